//! Training records.

use crate::api::closing::late::{CountedFrom, counted_from};
use crate::auth::caller::{Caller, ReadRecords, WriteRecords};
use crate::request::batch::Keyed;
use crate::request::resource::{
    BatchResource, Find, PageRequest, Parsing, PathParameter, Reads, RecordResource, Records, Resource, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::TrainingResult;
use thidua_domain::closing::late::{Dated, Late};
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::log::changes;
use thidua_domain::records::staff::Staff;
use thidua_domain::records::training_records::{TrainingRecord, require_confirmed_after};
use thidua_domain::text::{AgencyIdentifier, Code, Reference};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::training_records::{Filter, Shown, Sort};
use thidua_persistence::records::{courses, staff, training_records};
use thidua_persistence::{Connection, Page, Prefetch, PrefetchHint, Prefetched, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};

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
    const WRITTEN: fn(&TrainingRecordView) -> Option<&Self> = |view| Some(&view.record);
    const FIND: Find<Self> = Find::Stored(visible);

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = TrainingRecordView;
    type Sort = Sort;
    type Filter = TrainingRecordFilter;
    type Writing = Records;

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
        let staff = match person {
            Some(code) => {
                let found = staff::find(connection, &code)?.filter(|(_, member)| sees(member));
                Some(found.ok_or_else(|| unknown_staff(&code))?.0)
            }
            None => None,
        };
        let course = match course {
            Some(code) => Some(courses::find(connection, &code)?.ok_or_else(|| unknown_course(&code))?.0),
            None => None,
        };
        let filter = Filter { within, staff, course, result, from, to };
        let page = training_records::list(connection, &filter, sort, slice)?;
        Ok(page.map(|(id, shown)| TrainingRecordView::shown(catalogue, id, shown)))
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
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrainingRecordFilter {
    /// Only people whose agency is the one with this identifier or lies below it.
    agency: Option<AgencyIdentifier>,
    /// Only the person with this staff code.
    staff: Option<Code>,
    /// Only the course with this code.
    course: Option<Code>,
    /// Only this result.
    result: Option<TrainingResult>,
    /// Only from this day on.
    from: Option<Date>,
    /// Only up to this day.
    to: Option<Date>,
}

/// A training record as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecordInput {
    /// The person's staff code.
    staff: Code,
    /// The course's code.
    course: Code,
    /// The day the training counts from: the last day of attendance. Not in the future, not before the course, and at most
    /// 30 days after it.
    on: Date,
    /// Result of the training.
    result: TrainingResult,
    /// The day an assessment confirmed the skills (QĐ 757/QĐ-BKHCN); not in the future.
    confirmed_on: Option<Date>,
    /// Number of the certificate.
    certificate: Option<Reference>,
}

/// A training record.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrainingRecordView {
    /// Identity.
    id: TrainingRecordId,
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

    /// Collects the codes of people and courses.
    fn prefetch<'a>(inputs: impl Iterator<Item = &'a Self> + Clone) -> Prefetch {
        let staff = inputs.clone().map(|input| input.staff.to_string()).collect();
        let courses = inputs.map(|input| input.course.to_string()).collect();
        Prefetch { rows: PrefetchHint { staff, courses }, ..Prefetch::default() }
    }
}

impl TrainingRecordInput {
    /// The record, of a person and a course that were looked up. A person outside the caller's scope looks like a missing
    /// one.
    fn record(
        &self,
        (catalogue, caller): (&Catalogue, &Caller),
        person: Option<(StaffId, AgencyId)>,
        course: Option<CourseId>,
    ) -> Stored<TrainingRecord> {
        let mut found = Violations::default();
        let person = person.filter(|(_, agency)| caller.sees(catalogue, *agency));
        let person = found.take(person.ok_or_else(|| unknown_staff(&self.staff)));
        let course = found.take(course.ok_or_else(|| unknown_course(&self.course)));
        let Self { on, result, confirmed_on, certificate, .. } = self.clone();
        let late = Late::default();
        let record = person.zip(course).map(|((staff, _), course)| TrainingRecord {
            staff,
            course,
            on,
            result,
            confirmed_on,
            certificate,
            late,
        });
        Ok(found.finish(record)?)
    }
}

impl RecordResource for TrainingRecordInput {
    type Record = TrainingRecord;
    type Named = ();
    const ID: fn(&TrainingRecordView) -> TrainingRecordId = |view| view.id;
    const OWNER: Option<fn(&Self) -> &str> = Some(|input| &input.staff);

    fn look_up(reads: &mut impl Reads, inputs: &[&Self]) -> Stored<((), Prefetched)> {
        Ok(((), reads.look_up(&Self::prefetch(inputs.iter().copied()))?))
    }

    fn check(&self) -> Result<(), Vec<Violation>> {
        require_confirmed_after(self.on, self.confirmed_on).map_err(|broken| vec![broken])
    }

    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<TrainingRecord> {
        let (person, course) = (by.known.person(&self.staff), by.known.course(&self.course));
        self.record((by.catalogue, by.caller), person.flatten(), course.flatten())
    }

    fn view(
        connection: &mut Connection,
        catalogue: &Catalogue,
        id: TrainingRecordId,
        _: &TrainingRecord,
    ) -> Stored<TrainingRecordView> {
        Ok(TrainingRecordView::shown(catalogue, id, training_records::shown(connection, id)?))
    }

    /// Looks up the two rows that a record names, and no more: they are known already where many records come one by one.
    fn create(self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<TrainingRecordView> {
        let person = staff::look_up(transaction, &self.staff)?;
        let course = courses::look_up(transaction, &self.course)?;
        let (person, staff) = person.map(|(id, agency, code)| ((id, agency), code)).unzip();
        let (course, code) = course.unzip();
        let record = self.record((&transaction.catalogue(), caller), person, course)?;
        let (id, late) = training_records::insert_dated(transaction, &record)?;
        let counted_from = counted_from(&transaction.catalogue(), Dated::Training, record.on, &late);
        let staff = staff.flatten().unwrap_or(self.staff);
        let course = code.flatten().unwrap_or(self.course);
        Ok(TrainingRecordView { id, counted_from, record: Self { staff, course, ..self } })
    }
}

impl TrainingRecordView {
    fn shown(catalogue: &Catalogue, id: TrainingRecordId, shown: Shown) -> Self {
        let counted_from = counted_from(catalogue, Dated::Training, shown.on, &shown.late);
        let record = TrainingRecordInput {
            staff: shown.staff,
            course: shown.course,
            on: shown.on,
            result: shown.result,
            confirmed_on: shown.confirmed_on,
            certificate: shown.certificate,
        };
        Self { id, counted_from, record }
    }
}

/// The record in an address, within the caller's scope.
fn visible(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<TrainingRecordView> {
    let id = TrainingRecordId(id);
    let shown = training_records::shown(connection, id)?;
    caller.require(catalogue, shown.agency, changes::Resource::TrainingRecords)?;
    Ok(TrainingRecordView::shown(catalogue, id, shown))
}

fn unknown_staff(code: &str) -> Violation {
    Violation::new("/staff", "unknown_staff").with("code", &code)
}

fn unknown_course(code: &str) -> Violation {
    Violation::new("/course", "unknown_course").with("code", &code)
}
