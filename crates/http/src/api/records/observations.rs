//! Declared figures.

use crate::api::catalogue::{calendars, indicators};
use crate::auth::caller::{Allowed, Caller, ReadRecords, WriteRecords, permission};
use crate::problem::Problem;
use crate::problem::batch_report::BatchReport;
use crate::request::agency_identifier::identifier;
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
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::ObservationId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::observations::{Nature, Observation};
use thidua_domain::text::{Prose, Reference, optional};
use thidua_domain::time::Period;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::observations;
use thidua_persistence::records::observations::{Filter, Sort};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Result as Stored, Supposition, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Declared figures.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(write_many).service(read).service(update).service(remove);
}

/// List observations
///
/// The figures declared by the agencies within your scope.
#[utoipa::path(
    operation_id = "listObservations",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "observations",
    params(ListParams<ObservationView, Sort>, ObservationFilter),
    responses((status = OK, body = Items<ObservationView>, description = "A page of observations"))
)]
#[get("/observations")]
async fn list(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    list: List<ObservationView, Sort, ObservationFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let filter = list.filter.parse(&catalogue, &caller)?;
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| observations::list(connection, &filter, sort, &slice)).await?;
    let convert = |(id, observation): (ObservationId, Observation)| ObservationView::new(&catalogue, id, &observation);
    Ok(list.order.answer(page, convert))
}

/// Declare an observation
///
/// One figure per indicator, agency, calendar and month, and only for an indicator of declared source. A denominator of
/// 0 says that nothing arose.
#[utoipa::path(
    operation_id = "createObservation",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "observations",
    request_body(content = ObservationInput, example = json!({
        "indicator": "CT2", "agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "numerator": 45,
        "denominator": 50, "nature": "actual"
    })),
    responses((status = CREATED, body = ObservationView, description = "The new observation"))
)]
#[post("/observations")]
async fn create(store: Data<Store>, write: Write<WriteRecords>, Body(input): Body<ObservationInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let catalogue = transaction.catalogue();
            let observation = input.parse(&catalogue, caller)?;
            let id = observations::insert(transaction, &observation)?;
            Ok(Created::at(format!("observations/{id}"), ObservationView::new(&catalogue, id, &observation)))
        })
        .await
}

/// Declare many figures
///
/// A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at most
/// 10,000 unless the installation says otherwise. Each row is complete: what is left out is removed.
/// A row is known by indicator, agency, calendar and month.
#[utoipa::path(
    operation_id = "batchObservations",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "observations",
    params(BatchQuery),
    request_body(content(
        (Vec<ObservationInput> = "application/json", example = json!([{"indicator": "CT2", "agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "numerator": 45, "denominator": 50, "nature": "actual"}])),
        (ObservationInput = "application/x-ndjson", example = json!({"indicator": "CT2", "agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "numerator": 45, "denominator": 50, "nature": "actual"}))
    )),
    responses(
        (status = OK, body = BatchReport, description = "All rows were written"),
        (status = 207, body = BatchReport, description = "The result of each row")
    )
)]
#[post("/observations/batch")]
async fn write_many(
    store: Data<Store>,
    write: Write<WriteRecords>,
    Query(query): Query<BatchQuery>,
    rows: Rows<ObservationInput>,
) -> ApiResult {
    batch::run(&store, write, &query, rows, write_set).await
}

/// Read an observation
///
/// One declared figure with its evidence.
#[utoipa::path(
    operation_id = "getObservation",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "observations",
    params(("observation" = i64, Path, description = "The observation's identity", minimum = 1, example = 6834), AsOfQuery),
    responses((status = OK, body = ObservationView, description = "The observation"))
)]
#[get("/observations/{observation}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    path: Path<i64>,
    Query(query): Query<AsOfQuery>,
) -> ApiResult {
    Ok(etag::ok(&store.row_as_of(&query, caller.caller(), *path, visible).await?))
}

/// Change an observation
///
/// A JSON merge patch (RFC 7396). The agency must lie within your scope before and after.
#[utoipa::path(
    operation_id = "updateObservation",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "observations",
    params(("observation" = i64, Path, description = "The observation's identity", minimum = 1, example = 6834)),
    request_body(content = ObservationInput, content_type = "application/merge-patch+json", example = json!({
        "note": "Số liệu đã được rà soát"
    })),
    responses((status = OK, body = ObservationView, description = "The observation as it is now"))
)]
#[patch("/observations/{observation}")]
async fn update(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>, patch: Patch) -> ApiResult {
    write
        .update(&store, current_row(*path, visible), move |transaction, caller, current| {
            let (id, catalogue) = (ObservationId(current.id), transaction.catalogue());
            let after = patch.applied_to(&current.observation)?.parse(&catalogue, caller)?;
            observations::update(transaction, id, &after)?;
            Ok(ObservationView::new(&catalogue, id, &after))
        })
        .await
}

/// Delete an observation
///
/// Refused while its month is locked or its phase frozen.
#[utoipa::path(
    operation_id = "deleteObservation",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "observations",
    params(("observation" = i64, Path, description = "The observation's identity", minimum = 1, example = 6834)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/observations/{observation}")]
async fn remove(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>) -> ApiResult {
    write
        .delete(&store, current_row(*path, visible), |transaction, _, current| {
            observations::delete(transaction, ObservationId(current.id))
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ObservationFilter {
    /// Only the indicator with this code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    indicator: Option<String>,
    /// Only the agency with this identifier and those below it.
    #[validate(length(max = 35))]
    #[param(format = "agency-identifier")]
    agency: Option<String>,
    /// Only the calendar with this code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    calendar: Option<String>,
    /// Only from this month on.
    #[validate(length(max = 7))]
    #[param(format = "month", example = "2026-01")]
    from: Option<String>,
    /// Only up to this month.
    #[validate(length(max = 7))]
    #[param(format = "month", example = "2026-12")]
    to: Option<String>,
    /// Only estimates, or only actual figures.
    #[param(value_type = Option<schemas::Nature>)]
    nature: Option<Nature>,
}

/// An observation as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservationInput {
    /// Code of the indicator, which must be of declared source.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code")]
    indicator: String,
    /// Identifier of the agency.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier")]
    agency: String,
    /// Code of the calendar of the month.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code")]
    calendar: String,
    /// The month; an actual figure needs one that has begun.
    #[validate(length(min = 7, max = 7))]
    #[schema(format = "month", example = "2026-11")]
    month: String,
    /// Upper part; may exceed the denominator.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    numerator: i64,
    /// Lower part; 0 says that nothing arose.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    denominator: i64,
    /// Place of the evidence.
    #[validate(length(min = 1, max = 500))]
    #[schema(format = "reference")]
    evidence: Option<String>,
    /// Remarks.
    #[validate(length(min = 1, max = 4000))]
    #[schema(format = "text")]
    note: Option<String>,
    /// Estimate (ước thực hiện) or actual figure (thực hiện).
    #[schema(value_type = schemas::Nature)]
    nature: Nature,
}

/// An observation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObservationView {
    /// Identity.
    #[schema(minimum = 1)]
    id: i64,
    /// The observation.
    #[serde(flatten)]
    observation: ObservationInput,
}

impl ObservationFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(catalogue, "/indicator", text)));
        let agency = found.take(optional(self.agency.as_deref(), |text| caller.agency(catalogue, "/agency", text)));
        let calendar =
            found.take(optional(self.calendar.as_deref(), |text| calendars::require(catalogue, "/calendar", text)));
        let from = found.take(optional(self.from.as_deref(), |text| Period::parse_month("/from", text)));
        let to = found.take(optional(self.to.as_deref(), |text| Period::parse_month("/to", text)));
        let filter = (|| {
            Some(Filter {
                within: caller.within(catalogue, agency?),
                indicator: indicator?,
                calendar: calendar?,
                from: from?,
                to: to?,
                nature: self.nature,
            })
        })();
        found.finish(filter)
    }
}

impl Keyed for ObservationInput {
    fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.indicator, self.agency, self.calendar, self.month)
    }
}

impl ObservationInput {
    fn new(catalogue: &Catalogue, observation: &Observation) -> Self {
        Self {
            indicator: indicators::code(catalogue, observation.indicator),
            agency: identifier(catalogue, observation.agency),
            calendar: calendars::code(catalogue, observation.calendar),
            month: observation.month.to_string(),
            numerator: observation.numerator,
            denominator: observation.denominator,
            evidence: observation.evidence.as_ref().map(ToString::to_string),
            note: observation.note.as_ref().map(ToString::to_string),
            nature: observation.nature,
        }
    }

    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Observation, Vec<Violation>> {
        let mut found = Violations::default();
        let indicator = found.take(indicators::require(catalogue, "/indicator", &self.indicator));
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let calendar = found.take(calendars::require(catalogue, "/calendar", &self.calendar));
        let month = found.take(Period::parse_month("/month", &self.month));
        let evidence = found.take(optional(self.evidence.as_deref(), |text| Reference::parse("/evidence", text)));
        let note = found.take(optional(self.note.as_deref(), |text| Prose::parse("/note", text)));
        let observation = (|| {
            Some(Observation {
                indicator: indicator?,
                agency: agency?,
                calendar: calendar?,
                month: month?,
                numerator: self.numerator,
                denominator: self.denominator,
                evidence: evidence?,
                note: note?,
                nature: self.nature,
            })
        })();
        found.finish(observation)
    }
}

impl ObservationView {
    fn new(catalogue: &Catalogue, id: ObservationId, observation: &Observation) -> Self {
        Self { id: id.0, observation: ObservationInput::new(catalogue, observation) }
    }
}

/// The observation in an address, within the caller's scope.
fn visible(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<ObservationView> {
    let observation = observations::get(connection, ObservationId(id))?;
    caller.require(catalogue, observation.agency, Resource::Observations)?;
    Ok(ObservationView::new(catalogue, ObservationId(id), &observation))
}

/// Writes a set of records.
fn write_set(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    inputs: &[&ObservationInput],
    mode: Mode,
) -> Stored<Vec<RowOutcome>> {
    let catalogue = transaction.catalogue();
    batch::write_records(transaction, &(), inputs, mode, |_, input| Ok(input.parse(&catalogue, caller)?))
}

/// Supposes a set of records.
pub(crate) fn suppose(
    supposition: &mut Supposition<'_>,
    caller: &Caller,
    inputs: &[&ObservationInput],
) -> Stored<Vec<RowOutcome>> {
    let rules = supposition.rules().clone();
    batch::suppose_records(supposition, &(), inputs, |input| Ok(input.parse(rules.catalogue(), caller)?))
}
