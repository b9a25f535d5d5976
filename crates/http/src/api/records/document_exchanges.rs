//! E-document exchange counts.

use crate::api::catalogue::calendars;
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
use thidua_domain::id::DocumentExchangeId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::document_exchanges::{Direction, DocumentExchange};
use thidua_domain::text::optional;
use thidua_domain::time::Period;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::document_exchanges;
use thidua_persistence::records::document_exchanges::{Filter, Sort};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Result as Stored, Supposition, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// E-document exchange counts.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(write_many).service(read).service(update).service(remove);
}

/// List document exchanges
///
/// The counts of the agencies within your scope.
#[utoipa::path(
    operation_id = "listDocumentExchanges",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "document-exchanges",
    params(ListParams<DocumentExchangeView, Sort>, DocumentExchangeFilter),
    responses((status = OK, body = Items<DocumentExchangeView>, description = "A page of counts"))
)]
#[get("/document-exchanges")]
async fn list(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    list: List<DocumentExchangeView, Sort, DocumentExchangeFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let filter = list.filter.parse(&catalogue, &caller)?;
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| document_exchanges::list(connection, &filter, sort, &slice)).await?;
    let convert =
        |(id, exchange): (DocumentExchangeId, DocumentExchange)| DocumentExchangeView::new(&catalogue, id, &exchange);
    Ok(list.order.answer(page, convert))
}

/// Record document exchanges
///
/// One row per agency, calendar, month and direction. Counts only: never particulars of a secret document. Paperless ≤
/// signed ≤ electronic ≤ total − secret.
#[utoipa::path(
    operation_id = "createDocumentExchange",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "document-exchanges",
    request_body(content = DocumentExchangeInput, example = json!({
        "agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "direction": "incoming", "total": 120,
        "secret": 5, "electronic": 112, "signed": 110, "paperless": 104, "failed": 1
    })),
    responses((status = CREATED, body = DocumentExchangeView, description = "The new count"))
)]
#[post("/document-exchanges")]
async fn create(store: Data<Store>, write: Write<WriteRecords>, Body(input): Body<DocumentExchangeInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let catalogue = transaction.catalogue();
            let exchange = input.parse(&catalogue, caller)?;
            let id = document_exchanges::insert(transaction, &exchange)?;
            Ok(Created::at(format!("document-exchanges/{id}"), DocumentExchangeView::new(&catalogue, id, &exchange)))
        })
        .await
}

/// Record many document exchanges
///
/// A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at most
/// 10,000 unless the installation says otherwise. Each row is complete: what is left out is removed.
/// A row is known by agency, calendar, month and direction.
#[utoipa::path(
    operation_id = "batchDocumentExchanges",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "document-exchanges",
    params(BatchQuery),
    request_body(content(
        (Vec<DocumentExchangeInput> = "application/json", example = json!([{"agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "direction": "incoming", "total": 120, "secret": 5, "electronic": 112, "signed": 110, "paperless": 104, "failed": 1}])),
        (DocumentExchangeInput = "application/x-ndjson", example = json!({"agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "direction": "incoming", "total": 120, "secret": 5, "electronic": 112, "signed": 110, "paperless": 104, "failed": 1}))
    )),
    responses(
        (status = OK, body = BatchReport, description = "All rows were written"),
        (status = 207, body = BatchReport, description = "The result of each row")
    )
)]
#[post("/document-exchanges/batch")]
async fn write_many(
    store: Data<Store>,
    write: Write<WriteRecords>,
    Query(query): Query<BatchQuery>,
    rows: Rows<DocumentExchangeInput>,
) -> ApiResult {
    batch::run(&store, write, &query, rows, write_set).await
}

/// Read a document exchange
///
/// The counts of one agency, calendar, month and direction.
#[utoipa::path(
    operation_id = "getDocumentExchange",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "document-exchanges",
    params(("document_exchange" = i64, Path, description = "The count's identity", minimum = 1, example = 6832), AsOfQuery),
    responses((status = OK, body = DocumentExchangeView, description = "The count"))
)]
#[get("/document-exchanges/{document_exchange}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    path: Path<i64>,
    Query(query): Query<AsOfQuery>,
) -> ApiResult {
    Ok(etag::ok(&store.row_as_of(&query, caller.caller(), *path, visible).await?))
}

/// Change a document exchange
///
/// A JSON merge patch (RFC 7396). The agency must lie within your scope before and after.
#[utoipa::path(
    operation_id = "updateDocumentExchange",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "document-exchanges",
    params(("document_exchange" = i64, Path, description = "The count's identity", minimum = 1, example = 6832)),
    request_body(content = DocumentExchangeInput, content_type = "application/merge-patch+json", example = json!({
        "failed": 2
    })),
    responses((status = OK, body = DocumentExchangeView, description = "The count as it is now"))
)]
#[patch("/document-exchanges/{document_exchange}")]
async fn update(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>, patch: Patch) -> ApiResult {
    write
        .update(&store, current_row(*path, visible), move |transaction, caller, current| {
            let (id, catalogue) = (DocumentExchangeId(current.id), transaction.catalogue());
            let after = patch.applied_to(&current.exchange)?.parse(&catalogue, caller)?;
            document_exchanges::update(transaction, id, &after)?;
            Ok(DocumentExchangeView::new(&catalogue, id, &after))
        })
        .await
}

/// Delete a document exchange
///
/// Refused while its month is locked or its phase frozen.
#[utoipa::path(
    operation_id = "deleteDocumentExchange",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "document-exchanges",
    params(("document_exchange" = i64, Path, description = "The count's identity", minimum = 1, example = 6832)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/document-exchanges/{document_exchange}")]
async fn remove(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>) -> ApiResult {
    write
        .delete(&store, current_row(*path, visible), |transaction, _, current| {
            document_exchanges::delete(transaction, DocumentExchangeId(current.id))
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DocumentExchangeFilter {
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
    /// Only this direction.
    #[param(value_type = Option<schemas::Direction>)]
    direction: Option<Direction>,
}

/// An e-document exchange count as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentExchangeInput {
    /// Identifier of the agency.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier")]
    agency: String,
    /// Code of the calendar of the month.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code")]
    calendar: String,
    /// The month, which must have begun.
    #[validate(length(min = 7, max = 7))]
    #[schema(format = "month", example = "2026-11")]
    month: String,
    /// Incoming (đến) or outgoing (đi).
    #[schema(value_type = schemas::Direction)]
    direction: Direction,
    /// All documents.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    total: i64,
    /// Secret ones, out of scope (QĐ 28/2018); at most `total`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    secret: i64,
    /// Exchanged electronically; at most `total` − `secret`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    electronic: i64,
    /// Of these, digitally signed; at most `electronic`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    signed: i64,
    /// Of these, not followed by paper; at most `signed`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    paperless: i64,
    /// Of the electronic ones, how many failed to arrive; at most `electronic`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    failed: i64,
}

/// An e-document exchange count.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentExchangeView {
    /// Identity.
    #[schema(minimum = 1)]
    id: i64,
    /// The count.
    #[serde(flatten)]
    exchange: DocumentExchangeInput,
}

impl DocumentExchangeFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let agency = found.take(optional(self.agency.as_deref(), |text| caller.agency(catalogue, "/agency", text)));
        let calendar =
            found.take(optional(self.calendar.as_deref(), |text| calendars::require(catalogue, "/calendar", text)));
        let from = found.take(optional(self.from.as_deref(), |text| Period::parse_month("/from", text)));
        let to = found.take(optional(self.to.as_deref(), |text| Period::parse_month("/to", text)));
        let filter = (|| {
            Some(Filter {
                within: caller.within(catalogue, agency?),
                calendar: calendar?,
                from: from?,
                to: to?,
                direction: self.direction,
            })
        })();
        found.finish(filter)
    }
}

impl Keyed for DocumentExchangeInput {
    fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.agency, self.calendar, self.month, self.direction)
    }
}

impl DocumentExchangeInput {
    fn new(catalogue: &Catalogue, exchange: &DocumentExchange) -> Self {
        Self {
            agency: identifier(catalogue, exchange.agency),
            calendar: calendars::code(catalogue, exchange.calendar),
            month: exchange.month.to_string(),
            direction: exchange.direction,
            total: exchange.total,
            secret: exchange.secret,
            electronic: exchange.electronic,
            signed: exchange.signed,
            paperless: exchange.paperless,
            failed: exchange.failed,
        }
    }

    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<DocumentExchange, Vec<Violation>> {
        let mut found = Violations::default();
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let calendar = found.take(calendars::require(catalogue, "/calendar", &self.calendar));
        let month = found.take(Period::parse_month("/month", &self.month));
        let exchange = (|| {
            Some(DocumentExchange {
                agency: agency?,
                calendar: calendar?,
                month: month?,
                direction: self.direction,
                total: self.total,
                secret: self.secret,
                electronic: self.electronic,
                signed: self.signed,
                paperless: self.paperless,
                failed: self.failed,
            })
        })();
        found.finish(exchange)
    }
}

impl DocumentExchangeView {
    fn new(catalogue: &Catalogue, id: DocumentExchangeId, exchange: &DocumentExchange) -> Self {
        Self { id: id.0, exchange: DocumentExchangeInput::new(catalogue, exchange) }
    }
}

/// The count in an address, within the caller's scope.
fn visible(
    connection: &mut Connection,
    catalogue: &Catalogue,
    caller: &Caller,
    id: i64,
) -> Stored<DocumentExchangeView> {
    let exchange = document_exchanges::get(connection, DocumentExchangeId(id))?;
    caller.require(catalogue, exchange.agency, Resource::DocumentExchanges)?;
    Ok(DocumentExchangeView::new(catalogue, DocumentExchangeId(id), &exchange))
}

/// Writes a set of records.
fn write_set(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    inputs: &[&DocumentExchangeInput],
    mode: Mode,
) -> Stored<Vec<RowOutcome>> {
    let catalogue = transaction.catalogue();
    batch::write_records(transaction, &(), inputs, mode, |_, input| Ok(input.parse(&catalogue, caller)?))
}

/// Supposes a set of records.
pub(crate) fn suppose(
    supposition: &mut Supposition<'_>,
    caller: &Caller,
    inputs: &[&DocumentExchangeInput],
) -> Stored<Vec<RowOutcome>> {
    let rules = supposition.rules().clone();
    batch::suppose_records(supposition, &(), inputs, |input| Ok(input.parse(rules.catalogue(), caller)?))
}
