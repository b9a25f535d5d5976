//! The table of training records: its rows, and people's training read from it.

use crate::engine::columns::row;
use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::date::Day;
use crate::engine::in_list::one_of;
use crate::engine::insert_rows::insert_rows;
use crate::engine::schema::{courses, training_records};
use crate::engine::spelled::Spelled;
use crate::error::Result;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_domain::id::{CourseId, StaffId, TrainingRecordId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::courses::CourseDays;
use thidua_domain::records::staff::Training;
use thidua_domain::records::standings::BeforeAfter;
use thidua_domain::records::training_records::TrainingRecord;

/// Puts rows in the table.
pub(crate) fn put(connection: &mut AnyConnection, rows: &[Row]) -> Result<()> {
    insert_rows!(connection, training_records::table, rows)
}

/// People's training, each one's in the order of creation.
pub(crate) type Trainings = HashMap<StaffId, Vec<(TrainingRecordId, Training)>>;

/// A person's training without the identities of its records.
pub(crate) fn unnumbered(trainings: Vec<(TrainingRecordId, Training)>) -> Vec<Training> {
    trainings.into_iter().map(|(_, training)| training).collect()
}

/// The training of several people.
pub(crate) fn of_people(connection: &mut Connection, people: &[i64]) -> Result<Trainings> {
    trainings(connection, &People::These(people.to_vec()))
}

/// A person's training, in the order of creation.
pub(crate) fn of_staff(connection: &mut Connection, staff: StaffId) -> Result<Vec<Training>> {
    Ok(unnumbered(of_staff_range(connection, staff.0, staff.0)?.remove(&staff).unwrap_or_default()))
}

/// The training of the people with identities in a range, both ends included.
pub(crate) fn of_staff_range(connection: &mut Connection, first: i64, last: i64) -> Result<Trainings> {
    trainings(connection, &People::Range(first, last))
}

/// The people whose training is read.
enum People {
    Range(i64, i64),
    These(Vec<i64>),
}

fn trainings(connection: &mut Connection, people: &People) -> Result<Trainings> {
    let query = training_records::table
        .inner_join(courses::table.on(courses::id.eq(training_records::course_id)))
        .select((training_records::all_columns, courses::kind));
    let staff_id = training_records::staff_id;
    let rows: Vec<(Row, Spelled<CourseKind>)> = match people {
        People::Range(first, last) => query.filter(staff_id.between(first, last)).load(&mut connection.0)?,
        People::These(ids) => query.filter(one_of(staff_id, ids.iter().copied())).load(&mut connection.0)?,
    };
    let mut found = Trainings::new();
    for (row, Spelled(course_kind)) in rows {
        let (id, record) = row.parse()?;
        found.entry(record.staff).or_default().push((id, Training { record, course_kind }));
    }
    // Sorted here, person by person: the database would sort all rows together.
    found.values_mut().for_each(|trainings| trainings.sort_unstable_by_key(|(id, _)| *id));
    Ok(found)
}

/// The people with a record of a course, in identity order.
pub(crate) fn attendants(connection: &mut Connection, course: CourseId) -> Result<Vec<StaffId>> {
    let ids: Vec<i64> = training_records::table
        .filter(training_records::course_id.eq(course.0))
        .select(training_records::staff_id)
        .order(training_records::staff_id)
        .load(&mut connection.0)?;
    Ok(ids.into_iter().map(StaffId).collect())
}

/// The numbers of trainings of a course that its old days take and its new days leave out: those before the first day,
/// and those too long after the last.
pub(crate) fn left_out(
    connection: &mut Connection,
    course: CourseId,
    days: BeforeAfter<CourseDays>,
) -> Result<(i64, i64)> {
    let BeforeAfter { before, after } = days;
    let on = training_records::held_on;
    let taken = training_records::table
        .filter(training_records::course_id.eq(course.0))
        .filter(on.between(Day(before.from), Day(before.last_taken())));
    Ok((
        taken.filter(on.lt(Day(after.from))).count().get_result(&mut connection.0)?,
        taken.filter(on.gt(Day(after.last_taken()))).count().get_result(&mut connection.0)?,
    ))
}

/// Removes the numbers of certificates from a person's training records, and returns the number of records changed. No
/// figure reads them, so closed periods do not matter.
pub(crate) fn erase_certificates(transaction: &mut Transaction<'_>, person: StaffId) -> Result<usize> {
    let rows: Vec<Row> = training_records::table
        .filter(training_records::staff_id.eq(person.0).and(training_records::certificate.is_not_null()))
        .order(training_records::id)
        .load(transaction.raw())?;
    let certificates = rows.len();
    for row in rows {
        let (id, before) = row.parse()?;
        let after = TrainingRecord { certificate: None, ..before.clone() };
        transaction.updated(Resource::TrainingRecords, id.0, &before, &after)?;
        diesel::update(training_records::table.find(id.0)).set(Row::new(id, &after)).execute(transaction.raw())?;
    }
    Ok(certificates)
}

row! {
    training_records: TrainingRecordId => TrainingRecord {
        staff_id: i64 = staff,
        course_id: i64 = course,
        held_on: Day = on,
        result: String = result,
        confirmed_on: Option<Day> = confirmed_on,
        certificate: Option<String> = certificate,
        late: Option<String> = late,
    }
}
