//! Training records.

use crate::api::closing::late::{CountedFrom, counted_from};
use crate::auth::caller::{Caller, ReadRecords, WriteRecords};
use crate::request::batch::Keyed;
use crate::request::resource::{BatchResource, Find, PageRequest, PathParameter, Resource, operations};
use crate::request::{batch, schemas};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::TrainingResult;
use thidua_domain::closing::late::{Dated, Late};
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::log::changes;
use thidua_domain::records::staff::Staff;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::{Code, Reference, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::training_records::{Filter, Shown, Sort};
use thidua_persistence::records::{courses, staff, training_records};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Page, Prefetch, PrefetchHint, Prefetched, Result as Stored, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl Resource for TrainingRecordInput {
    const PATH: &str = "training-records";
    const KEY: &[PathParameter] = &[PathParameter::identity("training_record", "The record's identity", 7244)];
    operations! {
        /// List training records
        ///
        /// The records of people on your agencies' rolls.
        LIST "listTrainingRecords" => "A page of training records";
        /// Record a training
        ///
        /// One record per person and course. It counts from `on`, in every calendar. In a calendar in which figures of that time
        /// are closed it counts from the first open day of the phase: `counted_from` says so.
        CREATE "createTrainingRecord" => "The new record";
        /// Read a training record
        ///
        /// One record of a person on your agencies' rolls.
        READ "getTrainingRecord" => "The record";
        /// Change a training record
        ///
        /// A JSON merge patch (RFC 7396). The person of a record cannot change.
        UPDATE "updateTrainingRecord" => "The record as it is now";
        /// Delete a training record
        ///
        /// The person's figures are as if it had never been; the change log keeps what it said.
        DELETE "deleteTrainingRecord" => "It is gone";
    }
    const KEY_OF: fn(&TrainingRecordView) -> String = |view| view.id.to_string();
    const WRITTEN: fn(&TrainingRecordView) -> &Self = |view| &view.record;
    const FIND: Find<Self> = Find::Stored(visible);

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = TrainingRecordView;
    type Sort = Sort;
    type Filter = TrainingRecordFilter;

    fn example() -> Value {
        json!({"staff": "NV-0001", "course": "KNS-2026-99", "on": "2026-10-20", "result": "completed"})
    }

    fn patch_example() -> Value {
        json!({"certificate": "Số 12/CN-2026"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<TrainingRecordView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let agency = filter.agency.as_deref().map(|text| caller.agency(catalogue, "/agency", text)).transpose()?;
        let within = caller.within(catalogue, agency);
        let TrainingRecordFilter { staff: person, course, result, from, to, .. } = filter;
        let sees = |member: &Staff| caller.sees(catalogue, member.tenures.last().agency);
        let mut staff_of = |code: &str| {
            let seen = |code: &str| Ok(staff::find(connection, code)?.filter(|(_, member)| sees(member)));
            staff_of(code, seen).map(|found| found.map(|(id, _)| id))
        };
        let staff = person.map(|code| staff_of(&code)).transpose()?.transpose()?;
        let mut course_of = |code: &str| course_of(code, |code| Ok(courses::find(connection, code)?.map(|(id, _)| id)));
        let course = course.map(|code| course_of(&code)).transpose()?.transpose()?;
        let filter = Filter { within, staff, course, result, from, to };
        let page = training_records::list(connection, &filter, sort, slice)?;
        Ok(page.map(|(id, shown)| TrainingRecordView::shown(catalogue, id, shown)))
    }

    fn insert(self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<TrainingRecordView> {
        let record = self.parse(transaction, caller)?;
        let (id, late) = training_records::insert_dated(transaction, &record)?;
        let certificate = record.certificate.map(Into::into);
        let counted_from = counted_from(&transaction.catalogue(), Dated::Training, record.on, &late);
        Ok(TrainingRecordView { id: id.0, counted_from, record: Self { certificate, ..self } })
    }

    fn update(
        self,
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        current: TrainingRecordView,
    ) -> Stored<TrainingRecordView> {
        let (id, record) = (TrainingRecordId(current.id), self.parse(transaction, caller)?);
        training_records::update(transaction, id, &record)?;
        let catalogue = transaction.catalogue();
        Ok(TrainingRecordView::shown(&catalogue, id, training_records::shown(transaction.connection(), id)?))
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: TrainingRecordView) -> Stored<()> {
        training_records::delete(transaction, TrainingRecordId(current.id))
    }

    fn foreseen(&self) -> Prefetch {
        Keyed::prefetch(std::iter::once(self))
    }
}

impl BatchResource for TrainingRecordInput {
    operations! {
        /// Record many trainings
        ///
        /// A row is known by person and course.
        BATCH "batchTrainingRecords" => "All rows were written";
    }

    fn write_set(
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        inputs: &[&Self],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        let catalogue = transaction.catalogue();
        let known = transaction.look_up(&TrainingRecordInput::prefetch(inputs.iter().copied()))?;
        batch::write_records(transaction, &known, inputs, mode, |_, input| input.among(&known, &catalogue, caller))
    }

    fn assume(what_if: &mut WhatIf<'_>, caller: &Caller, inputs: &[&Self], mode: Mode) -> Stored<Vec<RowOutcome>> {
        let rules = what_if.rules().clone();
        batch::assume_by_owner(
            inputs,
            |input| &input.staff,
            |inputs| {
                let known = what_if.look_up(&TrainingRecordInput::prefetch(inputs.iter().copied()))?;
                let parse = |_: &mut WhatIf<'_>, input: &Self| input.among(&known, rules.catalogue(), caller);
                batch::assume_records(what_if, &known, inputs, mode, parse)
            },
        )
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrainingRecordFilter {
    /// Only people whose agency is the one with this identifier or lies below it.
    #[validate(length(max = 35))]
    #[param(format = "agency-identifier")]
    agency: Option<String>,
    /// Only the person with this staff code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    staff: Option<String>,
    /// Only the course with this code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    course: Option<String>,
    /// Only this result.
    #[param(value_type = Option<schemas::TrainingResult>)]
    result: Option<TrainingResult>,
    /// Only from this day on.
    from: Option<Date>,
    /// Only up to this day.
    to: Option<Date>,
}

/// A training record as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecordInput {
    /// The person's staff code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code")]
    staff: String,
    /// The course's code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code")]
    course: String,
    /// The day the training counts from: the last day of attendance. Not in the future, not before the course, and at most
    /// 30 days after it.
    on: Date,
    /// Result of the training.
    #[schema(value_type = schemas::TrainingResult)]
    result: TrainingResult,
    /// The day an assessment confirmed the skills (QĐ 757/QĐ-BKHCN); not in the future.
    confirmed_on: Option<Date>,
    /// Number of the certificate.
    #[validate(length(min = 1, max = 500))]
    #[schema(format = "reference")]
    certificate: Option<String>,
}

/// A training record.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrainingRecordView {
    /// Identity.
    #[schema(minimum = 1)]
    id: i64,
    /// Calendars in which it counts from another day than `on`, since it came when months were closed.
    #[schema(max_items = 100)]
    counted_from: Vec<CountedFrom>,
    /// The record.
    #[serde(flatten)]
    record: TrainingRecordInput,
}

impl Keyed for TrainingRecordInput {
    fn key(&self) -> String {
        format!("{}/{}", self.staff, self.course)
    }

    /// Collects the codes of people and courses. Malformed codes match no row, so they are left out.
    fn prefetch<'a>(inputs: impl Iterator<Item = &'a Self> + Clone) -> Prefetch {
        let codes = |of: fn(&'a Self) -> &'a String| -> Vec<String> {
            inputs.clone().map(of).filter(|code| is_code(code)).cloned().collect()
        };
        let (staff, courses) = (codes(|input| &input.staff), codes(|input| &input.course));
        Prefetch { rows: PrefetchHint { staff, courses }, ..Prefetch::default() }
    }
}

impl TrainingRecordInput {
    /// Parses the record. A person outside the caller's scope looks like a missing one.
    fn parse(&self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<TrainingRecord> {
        let catalogue = transaction.catalogue();
        let seen = |found: Option<(StaffId, AgencyId)>| found.filter(|(_, agency)| caller.sees(&catalogue, *agency));
        let person = staff_of(&self.staff, |code| Ok(seen(staff::look_up(transaction, code)?)))?;
        let course = course_of(&self.course, |code| courses::look_up(transaction, code))?;
        Ok(self.record(person.map(|(id, _)| id), course)?)
    }

    /// Parses the record, with the people and courses that were looked up. A person outside the caller's scope looks
    /// like a missing one.
    fn among(&self, known: &Prefetched, catalogue: &Catalogue, caller: &Caller) -> Stored<TrainingRecord> {
        let person = known.person(&self.staff).flatten().filter(|(_, agency)| caller.sees(catalogue, *agency));
        let person = person.map(|(id, _)| id).ok_or_else(|| unknown_staff(&self.staff));
        let course = known.course(&self.course).flatten().ok_or_else(|| unknown_course(&self.course));
        Ok(self.record(person, course)?)
    }

    fn record(
        &self,
        person: Result<StaffId, Violation>,
        course: Result<CourseId, Violation>,
    ) -> Result<TrainingRecord, Vec<Violation>> {
        let mut found = Violations::default();
        let person = found.take(person);
        let course = found.take(course);
        let certificate =
            found.take(optional(self.certificate.as_deref(), |text| Reference::parse("/certificate", text)));
        let record = (|| {
            Some(TrainingRecord {
                staff: person?,
                course: course?,
                on: self.on,
                result: self.result,
                confirmed_on: self.confirmed_on,
                certificate: certificate?,
                late: Late::default(),
            })
        })();
        found.finish(record)
    }
}

impl TrainingRecordView {
    fn shown(catalogue: &Catalogue, id: TrainingRecordId, shown: Shown) -> Self {
        let counted_from = counted_from(catalogue, Dated::Training, shown.on, &shown.late);
        let record = TrainingRecordInput {
            staff: shown.staff.into(),
            course: shown.course.into(),
            on: shown.on,
            result: shown.result,
            confirmed_on: shown.confirmed_on,
            certificate: shown.certificate.map(Into::into),
        };
        Self { id: id.0, counted_from, record }
    }
}

/// The record in an address, within the caller's scope.
fn visible(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<TrainingRecordView> {
    let id = TrainingRecordId(id);
    let shown = training_records::shown(connection, id)?;
    caller.require(catalogue, shown.agency, changes::Resource::TrainingRecords)?;
    Ok(TrainingRecordView::shown(catalogue, id, shown))
}

/// Looks up the person with a staff code; a malformed code matches nobody.
fn staff_of<T>(code: &str, find: impl FnOnce(&str) -> Stored<Option<T>>) -> Stored<Result<T, Violation>> {
    let found = if is_code(code) { find(code)? } else { None };
    Ok(found.ok_or_else(|| unknown_staff(code)))
}

/// Looks up the course with a code; a malformed code matches none.
fn course_of<T>(code: &str, find: impl FnOnce(&str) -> Stored<Option<T>>) -> Stored<Result<T, Violation>> {
    let found = if is_code(code) { find(code)? } else { None };
    Ok(found.ok_or_else(|| unknown_course(code)))
}

fn is_code(text: &str) -> bool {
    Code::parse("", text).is_ok()
}

fn unknown_staff(code: &str) -> Violation {
    Violation::new("/staff", "unknown_staff").with("code", &code)
}

fn unknown_course(code: &str) -> Violation {
    Violation::new("/course", "unknown_course").with("code", &code)
}
