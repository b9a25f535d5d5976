//! Reconciling: a puller says what its figures come to, and is told only what differs.

use crate::api::log::changes::cell_line;
use crate::api::log::logged_changes::CellView;
use crate::api::log::receipts::ahead;
use crate::auth::caller::{Allowed, Caller, Read, permission};
use crate::problem::Problem;
use crate::request::body::Body;
use crate::response::etag;
use crate::store::Store;
use crate::store::exports::ExportRecord;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::id::{CalendarId, IndicatorId, Number, Position};
use thidua_domain::limits::Within;
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::text;
use thidua_domain::time::Month;
use thidua_persistence::Model;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Reconciling.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(reconcile);
}

/// Reconcile figures
///
/// Send a digest of your cells for every indicator, calendar and month, as of a position of the change log; the answer
/// holds those that differ, with the cells as they are, also those you did not name, and those of which there is nothing
/// here. Nothing is written. With the small-cell rule on, a machine has no cells of indicators that count people.
#[utoipa::path(
    operation_id = "reconcileCells",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "changes",
    request_body(content = ReconciliationInput, example = json!({"digests": []})),
    responses((status = OK, body = Reconciliation, description = "The differences"))
)]
#[post("/changes/reconcile")]
async fn reconcile(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    Body(input): Body<ReconciliationInput>,
) -> Result<HttpResponse, Problem> {
    let seq = input.seq.map(Position::get);
    if let Some(seq) = seq {
        let end = store.end_of_log(seq).await?;
        if seq > end {
            return Err(ahead(end).into());
        }
    }
    let seq = seq.map(|seq| seq.to_string());
    let model = store.model_as_of(seq.as_deref()).await?;
    let here = groups(&model, &caller);
    let mut there = BTreeMap::new();
    for digest in input.digests.get() {
        let key = (digest.indicator.get().into(), digest.calendar.get().into(), digest.month);
        there.insert(key, String::from(digest.digest));
    }
    let mut differing = Vec::new();
    for (key, cells) in &here {
        let digest = digest(cells);
        if there.remove(key).as_ref() != Some(&digest) {
            differing.push(Difference::new(*key, digest, cells));
        }
    }
    let nothing = digest(&[]);
    let unknown = there.into_iter().filter(|(_, digest)| *digest != nothing);
    differing.extend(unknown.map(|(key, _)| Difference::new(key, nothing.clone(), &[])));
    let answer = Reconciliation { seq: model.seq, differing };
    drop(model);
    if !answer.differing.is_empty() {
        let detail = format!("{} months, at {}", answer.differing.len(), answer.seq);
        store.record_export(&request, &caller, &ExportRecord { operation: "reconcileCells", detail }).await?;
    }
    Ok(etag::ok(&answer))
}

type GroupKey = (IndicatorId, CalendarId, Month);
type Cells = Vec<(CellKey, Cell)>;

/// The cells within a caller's scope by indicator, calendar and month, each in the order of the agency's identity.
fn groups(model: &Model, caller: &Caller) -> BTreeMap<GroupKey, Cells> {
    let mut groups: BTreeMap<GroupKey, Cells> = BTreeMap::new();
    for (key, cell) in model.cells.iter() {
        let hidden = caller.small_cells.hides_parts(&model.catalogue, key.indicator, Month::EARLIEST..=Month::LATEST);
        if !hidden && caller.sees(&model.catalogue, key.agency) {
            groups.entry((key.indicator, key.calendar, key.month)).or_default().push((key, cell));
        }
    }
    for cells in groups.values_mut() {
        cells.sort_unstable_by_key(|(key, _)| key.agency);
    }
    groups
}

fn digest(cells: &[(CellKey, Cell)]) -> String {
    let mut digest = Sha256::new();
    for (key, cell) in cells {
        digest.update(cell_line(*key, *cell));
    }
    hexadecimal(&digest.finalize())
}

/// The digests of cells in one request.
type Digests = Within<Vec<CellDigest>, 0, 6000>;

/// Digests of the cells that a puller has.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReconciliationInput {
    /// The position the digests were made at; now when absent.
    seq: Option<Position>,
    /// A digest for every indicator, calendar and month of which there are cells.
    digests: Digests,
}

/// Digest of the cells of an indicator, a calendar and a month.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"month": "2026-10"}))]
struct CellDigest {
    /// Identity of the indicator.
    indicator: Number,
    /// Identity of the calendar.
    calendar: Number,
    /// The month.
    month: Month,
    /// SHA-256 in lower-case hexadecimal over a line for every cell that is not empty, in the order of the agency's
    /// identity: `<indicator> <agency> <calendar> <month> <numerator> <denominator> <reports>` and a line feed.
    digest: text::Digest,
}

/// Differences as of a position.
#[derive(Debug, Serialize, ToSchema)]
struct Reconciliation {
    /// The position.
    #[schema(minimum = 0)]
    seq: i64,
    /// Differences, by indicator, calendar and month; those that only the puller has come last.
    #[schema(max_items = 200000)]
    differing: Vec<Difference>,
}

/// The cells of an indicator, a calendar and a month as they are.
#[derive(Debug, Serialize, ToSchema)]
struct Difference {
    /// Identity of the indicator.
    indicator: IndicatorId,
    /// Identity of the calendar.
    calendar: CalendarId,
    /// The month.
    #[schema(value_type = String, format = "month", example = "2026-10")]
    month: Month,
    /// Digest of the cells.
    #[schema(format = "sha-256")]
    digest: String,
    /// The cells that are not empty, in the order of the agency's identity.
    #[schema(max_items = 100000)]
    cells: Vec<CellView>,
}

impl Difference {
    fn new((indicator, calendar, month): GroupKey, digest: String, cells: &[(CellKey, Cell)]) -> Self {
        let cells = cells.iter().map(|(key, cell)| CellView::new(*key, *cell)).collect();
        Self { indicator, calendar, month, digest, cells }
    }
}
