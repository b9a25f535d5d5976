//! Training records.

use crate::api::closing::late::{CountedFrom, counted_from};
use crate::auth::caller::{Allowed, Caller, ReadRecords, WriteRecords, permission};
use crate::problem::Problem;
use crate::problem::batch_report::BatchReport;
use crate::request::as_of::AsOfQuery;
use crate::request::batch;
use crate::request::batch::{BatchQuery, Keyed, Rows};
use crate::request::body::{Body, Patch, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::schemas;
use crate::request::write::{ApiResult, Created, Write, current_row};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::late::{Dated, Late};
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::staff::Staff;
use thidua_domain::records::training_records::{TrainingRecord, TrainingResult};
use thidua_domain::text::{Code, Reference, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::training_records;
use thidua_persistence::records::training_records::{Filter, Shown, Sort};
use thidua_persistence::records::{courses, staff};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Forecast, Prefetch, Prefetched, Result as Stored, Supposition, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Training records.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(write_many).service(read).service(update).service(remove);
}

/// List training records
///
/// The records of people on your agencies' rolls.
#[utoipa::path(
    operation_id = "listTrainingRecords",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "training-records",
    params(ListParams<TrainingRecordView, Sort>, TrainingRecordFilter),
    responses((status = OK, body = Items<TrainingRecordView>, description = "A page of training records"))
)]
#[get("/training-records")]
async fn list(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    list: List<TrainingRecordView, Sort, TrainingRecordFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let wanted = &list.filter;
    let agency = wanted.agency.as_deref().map(|text| caller.agency(&catalogue, "/agency", text)).transpose()?;
    let within = caller.within(&catalogue, agency);
    let (sort, slice, author, tree) =
        (list.order.sort, list.order.slice.clone(), caller.caller(), Arc::clone(&catalogue));
    let TrainingRecordFilter { staff: person, course, result, from, to, .. } = list.filter;
    let page = store
        .read(move |connection| {
            let sees = |member: &Staff| author.sees(&tree, member.tenures.last().agency);
            let mut staff_of = |code: &str| {
                let seen = |code: &str| Ok(staff::find(connection, code)?.filter(|(_, member)| sees(member)));
                staff_of(code, seen).map(|found| found.map(|(id, _)| id))
            };
            let staff = person.map(|code| staff_of(&code)).transpose()?.transpose()?;
            let mut course_of =
                |code: &str| course_of(code, |code| Ok(courses::find(connection, code)?.map(|(id, _)| id)));
            let course = course.map(|code| course_of(&code)).transpose()?.transpose()?;
            let filter = Filter { within, staff, course, result, from, to };
            training_records::list(connection, &filter, sort, &slice)
        })
        .await?;
    Ok(list.order.answer(page, |(id, shown)| TrainingRecordView::shown(&catalogue, id, shown)))
}

/// Record a training
///
/// One record per person and course. It counts from `on`, in every calendar. In a calendar in which figures of that time
/// are closed it counts from the first open day of the phase: `counted_from` says so.
#[utoipa::path(
    operation_id = "createTrainingRecord",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "training-records",
    request_body(content = TrainingRecordInput, example = json!({
        "staff": "NV-0001", "course": "KNS-2026-99", "on": "2026-10-20", "result": "completed"
    })),
    responses((status = CREATED, body = TrainingRecordView, description = "The new record"))
)]
#[post("/training-records")]
async fn create(store: Data<Store>, write: Write<WriteRecords>, Body(input): Body<TrainingRecordInput>) -> ApiResult {
    write
        .prefetching(Keyed::prefetch(std::iter::once(&input)))
        .create(&store, input, |transaction, caller, input| {
            let record = input.parse(transaction, caller)?;
            let (id, late) = training_records::insert_dated(transaction, &record)?;
            let certificate = record.certificate.map(Into::into);
            let counted_from = counted_from(&transaction.catalogue(), Dated::Training, record.on, &late);
            let record = TrainingRecordInput { certificate, ..input };
            let view = TrainingRecordView { id: id.0, counted_from, record };
            Ok(Created::at(format!("training-records/{id}"), view))
        })
        .await
}

/// Record many trainings
///
/// A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at most
/// 10,000 unless the installation says otherwise. Each row is complete: what is left out is removed.
/// A row is known by person and course.
#[utoipa::path(
    operation_id = "batchTrainingRecords",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "training-records",
    params(BatchQuery),
    request_body(content(
        (Vec<TrainingRecordInput> = "application/json", example = json!([{"staff": "NV-0001", "course": "KNS-2026-99", "on": "2026-10-20", "result": "completed"}])),
        (TrainingRecordInput = "application/x-ndjson", example = json!({"staff": "NV-0001", "course": "KNS-2026-99", "on": "2026-10-20", "result": "completed"}))
    )),
    responses(
        (status = OK, body = BatchReport, description = "All rows were written"),
        (status = 207, body = BatchReport, description = "The result of each row")
    )
)]
#[post("/training-records/batch")]
async fn write_many(
    store: Data<Store>,
    write: Write<WriteRecords>,
    Query(query): Query<BatchQuery>,
    rows: Rows<TrainingRecordInput>,
) -> ApiResult {
    batch::run(&store, write, &query, rows, write_set).await
}

/// Read a training record
///
/// One record of a person on your agencies' rolls.
#[utoipa::path(
    operation_id = "getTrainingRecord",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "training-records",
    params(("training_record" = i64, Path, description = "The record's identity", minimum = 1, example = 7244), AsOfQuery),
    responses((status = OK, body = TrainingRecordView, description = "The record"))
)]
#[get("/training-records/{training_record}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    path: Path<i64>,
    Query(query): Query<AsOfQuery>,
) -> ApiResult {
    Ok(etag::ok(&store.row_as_of(&query, caller.caller(), *path, visible).await?))
}

/// Change a training record
///
/// A JSON merge patch (RFC 7396). The person of a record cannot change.
#[utoipa::path(
    operation_id = "updateTrainingRecord",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "training-records",
    params(("training_record" = i64, Path, description = "The record's identity", minimum = 1, example = 7244)),
    request_body(content = TrainingRecordInput, content_type = "application/merge-patch+json", example = json!({
        "certificate": "Số 12/CN-2026"
    })),
    responses((status = OK, body = TrainingRecordView, description = "The record as it is now"))
)]
#[patch("/training-records/{training_record}")]
async fn update(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>, patch: Patch) -> ApiResult {
    write
        .update(&store, current_row(*path, visible), move |transaction, caller, current| {
            let id = TrainingRecordId(current.id);
            let after = patch.applied_to(&current.record)?.parse(transaction, caller)?;
            training_records::update(transaction, id, &after)?;
            let catalogue = transaction.catalogue();
            Ok(TrainingRecordView::shown(&catalogue, id, training_records::shown(transaction.connection(), id)?))
        })
        .await
}

/// Delete a training record
///
/// The person's figures are as if it had never been; the change log keeps what it said.
#[utoipa::path(
    operation_id = "deleteTrainingRecord",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "training-records",
    params(("training_record" = i64, Path, description = "The record's identity", minimum = 1, example = 7244)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/training-records/{training_record}")]
async fn remove(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>) -> ApiResult {
    write
        .delete(&store, current_row(*path, visible), |transaction, _, current| {
            training_records::delete(transaction, TrainingRecordId(current.id))
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrainingRecordFilter {
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
        Prefetch { rows: Forecast { staff, courses }, ..Prefetch::default() }
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
    caller.require(catalogue, shown.agency, Resource::TrainingRecords)?;
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
    Violation::new(
        "/staff",
        "unknown_staff",
        format!("Không có người với mã {code}."),
        format!("There is no member of staff with the code {code}."),
    )
}

fn unknown_course(code: &str) -> Violation {
    Violation::new(
        "/course",
        "unknown_course",
        format!("Không có khóa tập huấn với mã {code}."),
        format!("There is no course with the code {code}."),
    )
}

/// Writes a set of records.
fn write_set(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    inputs: &[&TrainingRecordInput],
    mode: Mode,
) -> Stored<Vec<RowOutcome>> {
    let catalogue = transaction.catalogue();
    let known = transaction.look_up(&TrainingRecordInput::prefetch(inputs.iter().copied()))?;
    batch::write_records(transaction, &known, inputs, mode, |_, input| input.among(&known, &catalogue, caller))
}

/// Supposes a set of records.
pub(crate) fn suppose(
    supposition: &mut Supposition<'_>,
    caller: &Caller,
    inputs: &[&TrainingRecordInput],
) -> Stored<Vec<RowOutcome>> {
    let rules = supposition.rules().clone();
    batch::suppose_by_owner(
        inputs,
        |input| &input.staff,
        |inputs| {
            let known = supposition.look_up(&TrainingRecordInput::prefetch(inputs.iter().copied()))?;
            batch::suppose_records(supposition, &known, inputs, |input| input.among(&known, rules.catalogue(), caller))
        },
    )
}
