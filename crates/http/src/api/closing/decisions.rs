//! Decisions on corrections, and their end before the window is over.

use crate::api::closing::corrections::CorrectionView;
use crate::auth::caller::{Approve, Caller, WriteRecords, permission};
use crate::request::body::Body;
use crate::request::time::LocalTime;
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::post;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use thidua_domain::id::CorrectionId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Reference;
use thidua_persistence::closing::corrections;
use thidua_persistence::write::records::known;
use thidua_persistence::{Result as Stored, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Deciding on corrections, and closing them.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(approve).service(reject).service(close);
}

/// Approve a correction
///
/// Opens a window of at most 30 days, from now on unless said otherwise. Who asked for the correction cannot approve it.
#[utoipa::path(
    operation_id = "approveCorrection",
    extensions(("x-required-roles" = json!(permission::<Approve>()))),
    tag = "corrections",
    params(("correction" = i64, Path, description = "The correction's identity", minimum = 1, example = 10697)),
    request_body(content = CorrectionApproval, example = json!({})),
    responses((status = OK, body = CorrectionView, description = "The correction as it is now"))
)]
#[post("/corrections/{correction}/approve")]
async fn approve(
    store: Data<Store>,
    write: Write<Approve>,
    path: Path<i64>,
    Body(input): Body<CorrectionApproval>,
) -> ApiResult {
    write
        .act(&store, input, current(path), |transaction, _, current, input| {
            let CorrectionApproval { opens_at, closes_at } = input;
            let [opens_at, closes_at] = [opens_at, closes_at].map(|moment| moment.map(LocalTime::moment));
            corrections::approve(transaction, current.id, opens_at, closes_at)?;
            CorrectionView::after(transaction, current.id)
        })
        .await
}

/// Reject a correction
///
/// The figures stay as they are. Who asked for the correction cannot reject it.
#[utoipa::path(
    operation_id = "rejectCorrection",
    extensions(("x-required-roles" = json!(permission::<Approve>()))),
    tag = "corrections",
    params(("correction" = i64, Path, description = "The correction's identity", minimum = 1, example = 10698)),
    request_body(content = CorrectionRejection, example = json!({"reason": "Chưa có văn bản xác nhận của đơn vị (ví dụ)"})),
    responses((status = OK, body = CorrectionView, description = "The correction as it is now"))
)]
#[post("/corrections/{correction}/reject")]
async fn reject(
    store: Data<Store>,
    write: Write<Approve>,
    path: Path<i64>,
    Body(input): Body<CorrectionRejection>,
) -> ApiResult {
    write
        .act(&store, input, current(path), |transaction, _, current, input| {
            corrections::reject(transaction, current.id, input.reason)?;
            CorrectionView::after(transaction, current.id)
        })
        .await
}

/// Close a correction
///
/// Closes it before its window is over; the figures are locked again at once. Whoever writes the agency's records may
/// do so.
#[utoipa::path(
    operation_id = "closeCorrection",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "corrections",
    params(("correction" = i64, Path, description = "The correction's identity", minimum = 1, example = 10699)),
    responses((status = OK, body = CorrectionView, description = "The correction as it is now"))
)]
#[post("/corrections/{correction}/close")]
async fn close(store: Data<Store>, write: Write<WriteRecords>, path: Path<i64>) -> ApiResult {
    write
        .act(&store, (), current(path), |transaction, _, current, ()| {
            corrections::close(transaction, current.id)?;
            CorrectionView::after(transaction, current.id)
        })
        .await
}

/// Window in which the figures may change.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionApproval {
    /// The first moment; now while absent.
    opens_at: Option<LocalTime>,
    /// The moment the window is over, at most 30 days later; 30 days later while absent.
    closes_at: Option<LocalTime>,
}

/// Reason for rejecting a correction.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionRejection {
    /// Reason.
    reason: Reference,
}

/// The correction in an address, as it stands when a write begins; its agency must lie within the caller's scope.
fn current(path: Path<i64>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<CorrectionView> + Clone {
    let id = CorrectionId(path.into_inner());
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        let correction = known(&catalogue.corrections, id)?;
        caller.require(&catalogue, correction.agency, Resource::Corrections)?;
        CorrectionView::load(transaction.connection(), &catalogue, id, correction)
    }
}
