//! Training records: each write replaces the person's contribution.

use crate::engine::connection::Connection;
use crate::engine::date::Day;
use crate::engine::decode::{from_json_or_empty, spelled, stored};
use crate::engine::schema::{courses, staff, training_records};
use crate::error::{Error, Result, both};
use crate::log::entity_tables::impl_entity;
pub use crate::records::training_list::{Filter, Shown, Sort, list, shown};
use crate::records::training_rows;
use crate::records::training_rows::{Row, of_staff};
use crate::write::batch::{Difference, Record, Written, by_owner};
use crate::write::prefetch::Prefetched;
use crate::write::records::require_unique;
pub use crate::write::records::{delete, get, update};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashSet;
use thidua_domain::catalogue::record_kinds::{CourseKind, StaffKind, TrainingResult};
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::{Dated, Late};
use thidua_domain::figures::rehearsal::NotedTraining;
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::staff::{Staff, Training, contribution_difference};
use thidua_domain::records::standings::BeforeAfter;
use thidua_domain::records::training_facts::{Circumstances, CourseFacts};
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::Code;
use thidua_domain::time::Window;
use thidua_domain::violation::Violation;

/// Creates a training record.
pub fn insert(transaction: &mut Transaction<'_>, record: &TrainingRecord) -> Result<TrainingRecordId> {
    insert_dated(transaction, record).map(|(id, _)| id)
}

/// Creates a training record, and returns the months in which it does not count as well.
pub fn insert_dated(transaction: &mut Transaction<'_>, record: &TrainingRecord) -> Result<(TrainingRecordId, Late)> {
    record.check()?;
    record.check_happened(transaction.today())?;
    let Circumstances { member, before, course: CourseFacts { kind: course_kind, days } } =
        circumstances(transaction, record)?;
    days.require("/on", record.on)?;
    let late = transaction.rules().late(Dated::Training, None, record.on, member.roll())?;
    let record = &TrainingRecord { late, ..record.clone() };
    if before.iter().any(|training| training.record.course == record.course) {
        let known = TrainingRecord::referred(transaction.connection(), record)?;
        let (rules, write) = (transaction.rules(), Written::new(None, record.clone()));
        require_unique(transaction.connection(), &rules, &known, &write)?;
    }
    let id = TrainingRecordId(transaction.created(Resource::TrainingRecords, record)?);
    let training = Training { record: record.clone(), course_kind };
    transaction.put_off(Row::new(id, record), |facts| facts.add(id, training.clone()))?;
    let before: Vec<_> = before.iter().collect();
    let after: Vec<_> = before.iter().copied().chain([&training]).collect();
    let trainings = BeforeAfter { before: before.as_slice(), after: after.as_slice() };
    let (catalogue, today) = (transaction.catalogue(), transaction.logged_on());
    transaction.add(&contribution_difference(&catalogue, &member, trainings, today))?;
    Ok((id, training.record.late))
}

fn circumstances(transaction: &mut Transaction<'_>, record: &TrainingRecord) -> Result<Circumstances> {
    let known = transaction.facts().and_then(|facts| facts.circumstances(record.staff, record.course));
    if let Some(known) = known {
        return Ok(known);
    }
    let connection = transaction.connection();
    Ok(Circumstances {
        member: crate::records::staff::get(connection, record.staff)?,
        before: of_staff(connection, record.staff)?,
        course: CourseFacts::of(&crate::records::courses::get(connection, record.course)?),
    })
}

/// The trainings of certain days that lie outside the days of their course, or came late.
pub(crate) fn noted(connection: &mut Connection, window: Window) -> Result<Vec<NotedTraining>> {
    let (on, late) = (training_records::held_on, training_records::late);
    let rows: Vec<NotedRow> = training_records::table
        .inner_join(staff::table.on(staff::id.eq(training_records::staff_id)))
        .inner_join(courses::table.on(courses::id.eq(training_records::course_id)))
        .filter(on.between(Day(window.from), Day(window.to)))
        .filter(on.lt(courses::from_on).or(on.gt(courses::to_on)).or(late.is_not_null()))
        .select((
            (staff::agency_id, staff::kind),
            (training_records::result, on, late),
            (courses::code, courses::kind, courses::from_on, courses::to_on),
        ))
        .load(&mut connection.0)?;
    let parse =
        |((agency, staff_kind), (result, Day(on), late), (course, course_kind, Day(from), Day(to))): NotedRow| {
            Ok(NotedTraining {
                agency: AgencyId(agency),
                staff_kind: spelled(StaffKind::from_spelling, &staff_kind)?,
                result: spelled(TrainingResult::from_spelling, &result)?,
                course: stored(Code::parse("", &course))?,
                course_kind: spelled(CourseKind::from_spelling, &course_kind)?,
                on,
                is_astray: !(from..=to).contains(&on),
                late: from_json_or_empty(late.as_ref())?,
            })
        };
    rows.into_iter().map(parse).collect()
}

/// Agency and kind of the person; result, day and late months of the record; code, kind, first and last day of the
/// course.
type NotedRow = ((i64, String), (String, Day, Option<String>), (String, String, Day, Day));

/// The months in which a changed record does not count. Refuses to change the facts it counts by if it counts in closed
/// time.
fn late_after(rules: &Rules, member: &Staff, before: &TrainingRecord, after: &TrainingRecord) -> Result<Late> {
    let counts_by = |record: &TrainingRecord| (record.course, record.on, record.result, record.confirmed_on);
    if counts_by(before) == counts_by(after) {
        return Ok(before.late.clone());
    }
    rules.late(Dated::Training, Some((before.on, &before.late)), after.on, member.roll())
}

fn member(known: &Prefetched, person: StaffId) -> Result<&Staff> {
    known.member(person).ok_or(Error::NotFound(Resource::Staff))
}

fn course(known: &Prefetched, course: CourseId) -> Result<CourseFacts> {
    known.taught(course).ok_or(Error::NotFound(Resource::Courses))
}

impl Record for TrainingRecord {
    type Key = (StaffId, CourseId);
    /// The people, with their training, and the courses.
    type References = Prefetched;
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|_, other| Error::taken("/course", other));

    fn key(&self) -> Self::Key {
        (self.staff, self.course)
    }

    fn stored(
        _: &mut Connection,
        _: &Rules,
        known: &Prefetched,
        records: &[Self],
    ) -> Result<Vec<(TrainingRecordId, Self)>> {
        let same = |record: &Self| {
            let mut trainings = known.trainings(record.staff).iter();
            trainings.find(|(_, training)| training.record.course == record.course)
        };
        let found = records.iter().filter_map(same);
        Ok(found.map(|(id, training)| (*id, training.record.clone())).collect())
    }

    fn referred(connection: &mut Connection, record: &Self) -> Result<Prefetched> {
        let mut known = Prefetched::default();
        known.add_people(&[], [(record.staff, crate::records::staff::get(connection, record.staff)?)].into());
        known.put_trainings(training_rows::of_people(connection, &[record.staff.0])?);
        let course = crate::records::courses::get(connection, record.course)?;
        known.add_courses(&[], vec![(course.code.clone(), record.course, CourseFacts::of(&course))]);
        Ok(known)
    }

    fn check(
        _: &mut Connection,
        rules: &Rules,
        known: &Prefetched,
        before: Option<&Self>,
        record: &Self,
    ) -> Result<()> {
        both(record.check(), record.check_happened(rules.today()))?;
        if before.is_some_and(|before| before.staff != record.staff) {
            return Err(Violation::new("/staff", "immutable.staff").into());
        }
        Ok(course(known, record.course)?.days.require("/on", record.on)?)
    }

    fn inherit(&mut self, before: &Self) {
        self.late.clone_from(&before.late);
    }

    fn decide_late(_: &mut Connection, rules: &Rules, known: &Prefetched, write: &mut Written<Self>) -> Result<()> {
        let member = member(known, write.after.staff)?;
        write.after.late = match &write.before {
            Some((_, before)) => late_after(rules, member, before, &write.after)?,
            None => rules.late(Dated::Training, None, write.after.on, member.roll())?,
        };
        Ok(())
    }

    fn differences(
        _: &mut Connection,
        rules: &Rules,
        known: &Prefetched,
        writes: &[Written<Self>],
    ) -> Result<Vec<Difference>> {
        let owners = by_owner(writes, |record| record.staff);
        let (catalogue, today) = (rules.catalogue(), rules.logged_on());
        let mut differences = Vec::new();
        for (person, writes_of_person) in owners {
            let before: Vec<_> = known.trainings(person).iter().map(|(_, training)| training).collect();
            let (mut written, mut replaced) = (Vec::new(), HashSet::new());
            for Written { before, after, .. } in writes_of_person.iter().filter_map(|index| writes.get(*index)) {
                let course_kind = course(known, after.course)?.kind;
                written.push(Training { record: after.clone(), course_kind });
                replaced.extend(before.as_ref().map(|(_, before)| before.course));
            }
            let kept = before.iter().copied().filter(|training| !replaced.contains(&training.record.course));
            let after: Vec<_> = kept.chain(&written).collect();
            let trainings = BeforeAfter { before: before.as_slice(), after: after.as_slice() };
            let cells = contribution_difference(catalogue, member(known, person)?, trainings, today);
            differences.push(Difference { writes: writes_of_person, cells });
        }
        Ok(differences)
    }

    fn names(&self) -> Option<StaffId> {
        self.certificate.is_some().then_some(self.staff)
    }

    fn taken_away(&self, connection: &mut Connection, rules: &Rules) -> Result<Cells> {
        let member = crate::records::staff::get(connection, self.staff)?;
        rules.require_uncounted(Dated::Training, (self.on, &self.late), member.roll())?;
        let before = of_staff(connection, self.staff)?;
        let before: Vec<_> = before.iter().collect();
        let kept = before.iter().copied().filter(|training| training.record.course != self.course);
        let after: Vec<_> = kept.collect();
        let trainings = BeforeAfter { before: before.as_slice(), after: after.as_slice() };
        Ok(contribution_difference(rules.catalogue(), &member, trainings, rules.logged_on()))
    }
}

impl_entity!(training_records: TrainingRecordId => TrainingRecord, Resource::TrainingRecords);
