//! Courses. The kind of a course decides in which indicators its trainings count.

use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::date::Day;
use crate::engine::decode::{spelled, stored};
use crate::engine::functions::folded;
use crate::engine::in_list::{distinct, one_of};
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::courses;
use crate::error::Result;
use crate::log::entity_tables::impl_entity;
use crate::log::past;
pub use crate::log::past::get;
use crate::records::{staff, training_rows};
use crate::write::free_codes::Coding;
use crate::write::judged::JudgedRow;
use crate::write::records::{add_row, change_row, remove_row};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use crate::write::what_if::WhatIf;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_domain::cells::Cells;
use thidua_domain::id::{AgencyId, CourseId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::courses::{Course, CourseDays, CourseForm};
use thidua_domain::records::staff::contribution;
use thidua_domain::records::standings::BeforeAfter;
use thidua_domain::records::training_facts::CourseFacts;
use thidua_domain::spelling;
use thidua_domain::spelling::meant;
use thidua_domain::text::Code;

/// Filter of a list of courses.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those held by one of these agencies.
    pub within: Option<Vec<AgencyId>>,
    /// Only this kind.
    pub kind: Option<CourseKind>,
    /// Only this form.
    pub form: Option<CourseForm>,
    /// Only those that begin on this day or later.
    pub from: Option<Date>,
    /// Only those that begin on this day or earlier.
    pub to: Option<Date>,
}

listed! {
    /// Lists courses.
    pub fn list(courses, Filter, by |filter| filter.within.as_ref()) -> (CourseId, Course) = Row::parse;
    /// Sort orders of courses; the first is the default.
    Sort {
        /// By code.
        Code = "code" => code: String,
        /// By first day.
        From = "from" => from_on: Day,
        /// In the order of creation.
        Id = "id" => id: i64,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> courses::BoxedQuery<'_, AnyBackend> {
    courses::table
        .into_boxed::<AnyBackend>()
        .within(courses::organiser_id, filter.within.as_ref(), access)
        .narrowed(filter.kind.map(|kind| courses::kind.eq(kind.as_str())))
        .narrowed(filter.form.map(|form| courses::form.eq(form.as_str())))
        .narrowed(filter.from.map(|from| courses::from_on.ge(Day(from))))
        .narrowed(filter.to.map(|to| courses::from_on.le(Day(to))))
}

/// Finds a course by code.
pub fn find(connection: &mut Connection, code: &str) -> Result<Option<(CourseId, Course)>> {
    let now = alike(connection, code)?;
    let Some(seq) = connection.as_of() else {
        return meant(code, now, |row| &row.code).map(Row::parse).transpose();
    };
    let now = now.into_iter().map(|row| row.id).collect();
    let found = past::with_code(connection, Resource::Courses, seq, now, |course: &Course| &course.code, code)?;
    Ok(found.map(|(id, course)| (CourseId(id), course)))
}

/// The courses that have a code in any spelling, in identity order.
fn alike(connection: &mut Connection, code: &str) -> Result<Vec<Row>> {
    let is_same = folded(courses::code).eq(spelling::folded(code));
    Ok(courses::table.filter(is_same).order(courses::id).load(&mut connection.0)?)
}

/// The codes of several courses.
pub fn codes(connection: &mut Connection, ids: &[CourseId]) -> Result<HashMap<CourseId, Code>> {
    if connection.as_of().is_some() {
        return ids.iter().map(|id| Ok((*id, get(connection, *id)?.code))).collect();
    }
    let ids = one_of(courses::id, ids.iter().map(|id| id.0));
    let rows: Vec<(i64, String)> =
        courses::table.filter(ids).select((courses::id, courses::code)).load(&mut connection.0)?;
    rows.into_iter().map(|(id, code)| Ok((CourseId(id), stored(Code::parse("", &code))?))).collect()
}

/// The course that a code means, as a write has left it so far, with its code where that is spelled otherwise.
pub fn look_up(transaction: &mut Transaction<'_>, code: &Code) -> Result<Option<(CourseId, Option<Code>)>> {
    if let Some(facts) = transaction.facts()
        && let Some(known) = facts.course(code)
    {
        return Ok(known.map(|id| (id, facts.course_code(id).and_then(|stored| stored.unlike(code)))));
    }
    let found = find(transaction.connection(), code)?;
    Ok(found.map(|(id, course)| (id, course.code.unlike(code))))
}

/// The courses with several codes, in any spelling, each with its code, kind and days; unknown codes are left out.
pub(crate) fn facts_by_codes(
    connection: &mut Connection,
    codes: &[&str],
) -> Result<Vec<(Code, CourseId, CourseFacts)>> {
    let rows: Vec<(String, i64, String, Day, Day)> = courses::table
        .filter(one_of(folded(courses::code), distinct(codes.iter().map(|code| spelling::folded(code)).collect())))
        .select((courses::code, courses::id, courses::kind, courses::from_on, courses::to_on))
        .load(&mut connection.0)?;
    let facts = |(code, id, kind, Day(from), Day(to)): (String, _, String, _, _)| {
        let kind = spelled(CourseKind::from_spelling, &kind)?;
        Ok((stored(Code::parse("", &code))?, CourseId(id), CourseFacts { kind, days: CourseDays { from, to } }))
    };
    rows.into_iter().map(facts).collect()
}

/// Creates a course.
pub fn insert(transaction: &mut Transaction<'_>, course: &Course) -> Result<CourseId> {
    let rules = transaction.rules();
    check_facts(transaction.connection(), &rules, (None, None), course)?;
    add_row(transaction, course)
}

/// Changes a course. With another kind the contributions of everyone who attended are replaced.
pub fn update(transaction: &mut Transaction<'_>, id: CourseId, after: &Course) -> Result<()> {
    let (rules, before) = (transaction.rules(), get(transaction.connection(), id)?);
    let judged = judge_change(transaction.connection(), &rules, (id, &before), after)?;
    change_row(transaction, id, &before, after)?;
    judged.count(transaction);
    Ok(())
}

/// Judges a new course, or the change of one, as [`insert`] or [`update`] does, and writes nothing.
pub fn assume(what_if: &mut WhatIf<'_>, id: Option<CourseId>, course: &Course) -> Result<()> {
    let rules = what_if.rules().clone();
    let connection = what_if.connection();
    let Some(id) = id else { return check_facts(connection, &rules, (None, None), course) };
    let before = get(connection, id)?;
    judge_change(connection, &rules, (id, &before), course).map(drop)
}

fn judge_change(
    connection: &mut Connection,
    rules: &Rules,
    (id, before): (CourseId, &Course),
    after: &Course,
) -> Result<JudgedRow<Course>> {
    check_facts(connection, rules, (Some(id), Some(before)), after)?;
    if before.days() != after.days() {
        let days = BeforeAfter { before: before.days(), after: after.days() };
        let (early, late) = training_rows::left_out(connection, id, days)?;
        after.days().require_all_within(early, late)?;
    }
    let difference =
        if before.kind == after.kind { Cells::default() } else { kind_difference(connection, rules, id, after.kind)? };
    JudgedRow::new(rules, after.clone(), difference)
}

/// Deletes a course without training records.
pub fn delete(transaction: &mut Transaction<'_>, id: CourseId) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    remove_row(transaction, id, &before)
}

fn check_facts(
    connection: &mut Connection,
    rules: &Rules,
    (id, before): (Option<CourseId>, Option<&Course>),
    course: &Course,
) -> Result<()> {
    course.check()?;
    rules.require_agency_on("/organiser", course.organiser, course.from)?;
    let coding = Coding::new(before.map(|before| &before.code), &course.code);
    let others = alike(connection, &course.code)?.into_iter().filter(|row| Some(CourseId(row.id)) != id);
    coding.require_free(others.map(|row| row.code))
}

/// The change of cells by a course that becomes another kind: of everyone who attended it.
fn kind_difference(connection: &mut Connection, rules: &Rules, course: CourseId, kind: CourseKind) -> Result<Cells> {
    let mut difference = Cells::default();
    for person in training_rows::attendants(connection, course)? {
        let member = staff::get(connection, person)?;
        let mut trainings = training_rows::of_staff(connection, person)?;
        let contributed = |trainings: &[_]| contribution(rules.catalogue(), &member, trainings, rules.logged_on());
        difference.subtract_all(&contributed(&trainings));
        let of_course = trainings.iter_mut().filter(|training| training.record.course == course);
        of_course.for_each(|training| training.course_kind = kind);
        difference.add_all(&contributed(&trainings));
    }
    Ok(difference)
}

impl_entity!(courses: CourseId => Course, Resource::Courses);

row! {
    courses: CourseId => Course {
        code: String = code,
        name: String = name,
        kind: String = kind,
        form: String = form,
        hours: i64 = hours,
        from_on: Day = from,
        to_on: Day = to,
        organiser_id: i64 = organiser,
    }
}
