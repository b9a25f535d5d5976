//! Training records as they are shown: with the codes of the person and the course.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::date::Day;
use crate::engine::decode::{from_json_or_empty, spelled, stored, stored_option};
use crate::engine::functions::unindexed;
use crate::engine::in_list::one_of;
use crate::engine::literal::literal;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::{Page, Slice, Steps, paged, paged_in_steps};
use crate::engine::schema::{courses, staff, training_records};
use crate::error::{Error, Result};
use crate::records::{courses as taught, staff as people};
use crate::write::records::get;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::catalogue::record_kinds::TrainingResult;
use thidua_domain::closing::late::Late;
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::{Code, Reference};

/// Filter of a list of training records.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of people whose current or last agency is one of these.
    pub within: Option<Vec<AgencyId>>,
    /// Only this person's.
    pub staff: Option<StaffId>,
    /// Only this course's.
    pub course: Option<CourseId>,
    /// Only this result.
    pub result: Option<TrainingResult>,
    /// Only from this day on.
    pub from: Option<Date>,
    /// Only up to this day.
    pub to: Option<Date>,
}

thidua_domain::string_enum! {
    /// Sort orders of training records; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
        /// By day.
        On = "on",
    }
}

/// Records with the codes they are shown with.
macro_rules! shown_rows {
    () => {
        training_records::table
            .inner_join(staff::table.on(staff::id.eq(training_records::staff_id)))
            .inner_join(courses::table.on(courses::id.eq(training_records::course_id)))
            .select((
                training_records::id,
                training_records::held_on,
                training_records::result,
                training_records::confirmed_on,
                training_records::certificate,
                training_records::late,
                staff::code,
                staff::agency_id,
                courses::code,
            ))
    };
}

/// Records that the conditions of a filter let through, but for the agencies.
macro_rules! narrowed {
    ($records:expr, $filter:expr) => {{
        let filter: &Filter = $filter;
        $records
            .into_boxed::<AnyBackend>()
            .narrowed(filter.staff.map(|person| training_records::staff_id.eq(person.0)))
            .narrowed(filter.course.map(|course| training_records::course_id.eq(course.0)))
            .narrowed(filter.result.map(|result| training_records::result.eq(literal(result.as_str()))))
            .narrowed(filter.from.map(|from| training_records::held_on.ge(Day(from))))
            .narrowed(filter.to.map(|to| training_records::held_on.le(Day(to))))
    }};
}

/// The most people whose records are looked up person by person and put in order, of which those of the page are then read
/// with all they are shown with. For more people it is faster to read records in the order asked for and keep those that
/// fit.
const FEW_PEOPLE: usize = 1000;

/// Lists training records, each with all that is needed to show it.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(TrainingRecordId, Shown)>> {
    let few = match &filter.within {
        Some(within) => people::ids_if_at_most(connection, within, FEW_PEOPLE)?,
        None => None,
    };
    let selected =
        |access: Access| narrowed!(shown_rows!(), filter).within(staff::agency_id, filter.within.as_ref(), access);
    let (id, on) = (training_records::id, training_records::held_on);
    if let Some(people) = few {
        let theirs = || {
            let theirs = one_of(training_records::staff_id, people.iter().copied());
            narrowed!(training_records::table, filter).filter(theirs).select((on, id))
        };
        let places = match sort {
            Sort::Id => paged!(connection, theirs(), slice, id = unindexed(id), by = unindexed(id) => i64,
                               |place: (Day, i64)| (place.1, place.1), Ok),
            Sort::On => paged!(connection, theirs(), slice, id = unindexed(id), by = unindexed(on) => Day,
                               |place: (Day, i64)| (place.0, place.1), Ok),
        }?;
        // The filter by agency still decides, as people may have moved since they were looked up.
        let page = selected(Access::InOrder).filter(one_of(id, places.items.iter().map(|(_, id)| *id)));
        let rows: Vec<ShownRow> = page.load(&mut connection.0)?;
        let mut rows: HashMap<i64, ShownRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let items = places.items.iter().filter_map(|(_, id)| rows.remove(id)).map(ShownRow::parse);
        return Ok(Page { items: items.collect::<Result<_>>()?, next: places.next, total: places.total });
    }
    let passed = || narrowed!(training_records::table, filter);
    match (sort, filter.within.is_some()) {
        (Sort::Id, false) => {
            paged!(connection, selected(Access::OfAll), slice, id = id, by = id => i64,
                   |row: ShownRow| (row.id, row.id), ShownRow::parse)
        }
        (Sort::On, false) => {
            paged!(connection, selected(Access::OfAll), slice, id = id, by = on => Day,
                   |row: ShownRow| (row.held_on, row.id), ShownRow::parse)
        }
        (Sort::Id, true) => {
            paged_in_steps!(connection, Steps::BESIDE_A_TABLE, passed(), |access| selected(access), slice,
                            id = id, by = id => i64, |row: ShownRow| (row.id, row.id), ShownRow::parse)
        }
        (Sort::On, true) => {
            paged_in_steps!(connection, Steps::BESIDE_A_TABLE, passed(), |access| selected(access), slice,
                            id = id, by = on => Day, |row: ShownRow| (row.held_on, row.id), ShownRow::parse)
        }
    }
}

/// A training record as it is shown.
#[derive(Debug)]
pub struct Shown {
    /// The person's code.
    pub staff: Code,
    /// The course's code.
    pub course: Code,
    /// The day the training counts from.
    pub on: Date,
    /// Its result.
    pub result: TrainingResult,
    /// The day an assessment confirmed the skills.
    pub confirmed_on: Option<Date>,
    /// Number of the certificate.
    pub certificate: Option<Reference>,
    /// The months in which it does not count, since it came late.
    pub late: Late,
    /// The person's current or last agency.
    pub agency: AgencyId,
}

/// The training record with an identity, with all that is needed to show it.
pub fn shown(connection: &mut Connection, id: TrainingRecordId) -> Result<Shown> {
    if connection.as_of().is_some() {
        return shown_then(connection, id);
    }
    let found: Option<ShownRow> =
        shown_rows!().filter(training_records::id.eq(id.0)).first(&mut connection.0).optional()?;
    Ok(found.ok_or(Error::NotFound(Resource::TrainingRecords))?.parse()?.1)
}

fn shown_then(connection: &mut Connection, id: TrainingRecordId) -> Result<Shown> {
    let TrainingRecord { staff, course, on, result, confirmed_on, certificate, late } = get(connection, id)?;
    let member = people::get(connection, staff)?;
    let course = taught::codes(connection, &[course])?.remove(&course);
    let course = course.ok_or(Error::NotFound(Resource::Courses))?;
    let agency = member.tenures.last().agency;
    Ok(Shown { staff: member.code, course, on, result, confirmed_on, certificate, late, agency })
}

#[derive(Queryable)]
struct ShownRow {
    id: i64,
    held_on: Day,
    result: String,
    confirmed_on: Option<Day>,
    certificate: Option<String>,
    late: Option<String>,
    staff: String,
    agency: i64,
    course: String,
}

impl ShownRow {
    fn parse(self) -> Result<(TrainingRecordId, Shown)> {
        let shown = Shown {
            staff: stored(Code::parse("", &self.staff))?,
            course: stored(Code::parse("", &self.course))?,
            on: self.held_on.0,
            result: spelled(TrainingResult::from_spelling, &self.result)?,
            confirmed_on: self.confirmed_on.map(|day| day.0),
            certificate: stored_option(self.certificate.as_ref(), Reference::parse)?,
            late: from_json_or_empty(self.late.as_ref())?,
            agency: AgencyId(self.agency),
        };
        Ok((TrainingRecordId(self.id), shown))
    }
}
