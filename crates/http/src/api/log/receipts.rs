//! Receipts: what pullers have, as they say and as they were given it.

use crate::auth::caller::{Allowed, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::body::Body;
use crate::request::list::{Items, Whole, WholeParams};
use crate::request::time::LocalTime;
use crate::request::write::{ApiResult, Outcome, Write};
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use thidua_domain::accounts::users::Role;
use thidua_domain::id::Position;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::receipts;
use thidua_persistence::accounts::receipts::Receipt;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Acknowledgements and receipts.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(acknowledge).service(list);
}

/// Acknowledge changes
///
/// Says that you have stored every change up to a position. Administrators see how far each credential has come.
#[utoipa::path(
    operation_id = "acknowledgeChanges",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "changes",
    request_body(content = ReceiptInput, example = json!({"seq": 1})),
    responses((status = OK, body = ReceiptConfirmation, description = "It is noted"))
)]
#[post("/changes/receipts")]
async fn acknowledge(store: Data<Store>, write: Write<Read>, Body(input): Body<ReceiptInput>) -> ApiResult {
    let fingerprint = write.fingerprint(&store, &input);
    write
        .answer(&store, fingerprint, move |transaction, caller| {
            let (head, seq) = (transaction.head(), input.seq.get());
            if seq > head {
                return Err(ahead(head).into());
            }
            receipts::acknowledged(transaction, caller.user, seq)?;
            let confirmation = ReceiptConfirmation { seq, head, behind: head - seq };
            Ok(Outcome::done(StatusCode::OK, &confirmation))
        })
        .await
}

/// List receipts
///
/// One row per credential that has read the change log: when it last did so, how far it was given, how far it says it has,
/// and how far that is behind, by user name.
#[utoipa::path(
    operation_id = "listReceipts",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "changes",
    params(WholeParams<ReceiptView>),
    responses((status = OK, body = Items<ReceiptView>, description = "The receipts"))
)]
#[get("/changes/receipts")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    _caller: Allowed<Manage>,
    list: Whole<ReceiptView, NoFilter>,
) -> Result<HttpResponse, Problem> {
    let found = store.read(receipts::all).await?;
    let mut rows: Vec<_> = {
        let model = store.model();
        let view = |receipt: &Receipt| {
            let account = model.access.accounts.get(&receipt.user)?;
            Some(ReceiptView::new(receipt, &account.username, account.role, model.seq))
        };
        found.iter().filter_map(view).collect()
    };
    rows.sort_by(|one, other| one.username.cmp(&other.username));
    list.answer(request.headers(), rows)
}

/// This list has no filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NoFilter {}

/// Position up to which a puller has the log.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptInput {
    /// The last position that it has stored.
    seq: Position,
}

/// Acknowledgement as it was noted.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptConfirmation {
    /// The position acknowledged.
    #[schema(minimum = 0)]
    seq: i64,
    /// The end of the log.
    #[schema(minimum = 0)]
    head: i64,
    /// Number of changes beyond the position.
    #[schema(minimum = 0)]
    behind: i64,
}

/// Progress of a credential through the log.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptView {
    /// The user name.
    #[schema(format = "code", example = "tinh")]
    username: String,
    /// Role: what the user may do.
    role: Role,
    /// The last position it was given.
    #[schema(minimum = 0)]
    pulled_seq: i64,
    /// Time at which it was last given something, give or take some seconds.
    pulled_at: LocalTime,
    /// The last position it has acknowledged; null when it never has.
    #[schema(minimum = 0)]
    acknowledged_seq: Option<i64>,
    /// Time of its last acknowledgement; null when it never has.
    acknowledged_at: Option<LocalTime>,
    /// Number of changes beyond what it has acknowledged; all when it never has.
    #[schema(minimum = 0)]
    behind: i64,
}

impl ReceiptView {
    fn new(receipt: &Receipt, username: &str, role: Role, head: i64) -> Self {
        let acknowledged_seq = receipt.acknowledged.map(|(seq, _)| seq);
        Self {
            username: username.to_owned(),
            role,
            pulled_seq: receipt.pulled_seq,
            pulled_at: LocalTime(receipt.pulled_at),
            acknowledged_seq,
            acknowledged_at: receipt.acknowledged.map(|(_, at)| LocalTime(at)),
            behind: head - acknowledged_seq.unwrap_or(0),
        }
    }
}

/// The refusal of a `seq` beyond the end of the log.
pub fn ahead(head: i64) -> Violation {
    Violation::new("/seq", "unknown_seq").with("head", &head.to_string())
}
