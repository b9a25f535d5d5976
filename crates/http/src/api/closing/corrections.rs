//! Corrections of locked figures: asked for by one person, decided by another, open for a limited time.

use crate::api::catalogue::{calendars, indicators};
use crate::api::closing::figure_filter::FigureFilter;
use crate::auth::caller::{Allowed, Approve, Caller, ReadRecords, WriteRecords, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::time;
use crate::request::time::local;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::corrections::{Correction, CorrectionState, Decision};
use thidua_domain::id::{AccountId, CorrectionId};
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{AgencyIdentifier, Code, Reference, optional};
use thidua_domain::time::{Moment, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::accounts;
use thidua_persistence::closing::corrections;
use thidua_persistence::closing::corrections::{Filter, Sort};
use thidua_persistence::{Connection, Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Corrections, and deciding on them.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(approve).service(reject).service(close);
}

/// List corrections
///
/// The corrections that concern agencies within your scope, those of agencies above included.
#[utoipa::path(
    operation_id = "listCorrections",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "corrections",
    params(ListParams<CorrectionView, Sort>, CorrectionFilter),
    responses((status = OK, body = Items<CorrectionView>, description = "A page of corrections"))
)]
#[get("/corrections")]
async fn list(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    list: List<CorrectionView, Sort, CorrectionFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let filter = list.filter.parse(&catalogue, &caller)?;
    let (sort, slice, now) = (list.order.sort, list.order.slice.clone(), Utc::now());
    let (page, names) = store
        .read(move |connection| {
            let page = corrections::list(connection, &filter, sort, &slice)?;
            let people: Vec<_> = page.items.iter().flat_map(|(_, correction)| people(correction)).collect();
            Ok((page, accounts::names(connection, &people)?))
        })
        .await?;
    Ok(list.order.answer(page, |(id, correction)| CorrectionView::new(&catalogue, &names, id, &correction, now)))
}

/// Request a correction
///
/// Asks to change something that is locked. Another person, who has the right to, decides on it; once it is approved,
/// whoever writes the agency's records may change exactly what it covers while its window is open, and an erratum tells
/// what was changed. A frozen phase cannot be corrected. Dated records (training, monitoring) count in every calendar:
/// each calendar in which they are locked needs a correction.
#[utoipa::path(
    operation_id = "createCorrection",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "corrections",
    request_body(content = CorrectionInput, example = json!({
        "calendar": "nd09", "period": "2026-01", "agency": "H18.SKHCN.7", "indicator": "CT4",
        "reason": "Sót một báo cáo đã gửi trên hệ thống (ví dụ)", "document_number": "12/CV-CCTC (ví dụ)"
    })),
    responses((status = CREATED, body = CorrectionView, description = "The request"))
)]
#[post("/corrections")]
async fn create(store: Data<Store>, write: Write<WriteRecords>, Body(input): Body<CorrectionInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let correction = input.parse(transaction, caller)?;
            let id = corrections::insert(transaction, &correction)?;
            Ok(Created::at(format!("corrections/{id}"), after(transaction, id)?))
        })
        .await
}

/// Read a correction
///
/// The correction with its present state. One that concerns no agency within your scope looks like a missing one.
#[utoipa::path(
    operation_id = "getCorrection",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "corrections",
    params(("correction" = i64, Path, description = "The correction's identity", minimum = 1, example = 10693), AsOfQuery),
    responses((status = OK, body = CorrectionView, description = "The correction"))
)]
#[get("/corrections/{correction}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    path: Path<i64>,
    Query(query): Query<AsOfQuery>,
) -> ApiResult {
    Ok(etag::ok(&store.row_as_of(&query, caller.caller(), *path, visible).await?))
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
            let moment = |pointer, moment: Option<_>| moment.map(|moment| time::parse(pointer, moment)).transpose();
            let mut found = Violations::default();
            let opens_at = found.take(moment("/opens_at", input.opens_at));
            let closes_at = found.take(moment("/closes_at", input.closes_at));
            let (opens_at, closes_at) = found.finish(opens_at.zip(closes_at))?;
            corrections::approve(transaction, current.id, opens_at, closes_at)?;
            after(transaction, current.id)
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
            after(transaction, current.id)
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
            after(transaction, current.id)
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CorrectionFilter {
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only corrections of this period.
    #[param(value_type = Option<String>, format = "period", example = "2026-01")]
    period: Option<Period>,
    /// Only corrections for the agency with this identifier, one above or one below it.
    agency: Option<AgencyIdentifier>,
    /// Only corrections of the one indicator with this code.
    indicator: Option<Code>,
    /// Only corrections in this state now.
    state: Option<CorrectionState>,
}

/// A correction as it is requested.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionInput {
    /// Code of the calendar.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// The period whose months are concerned: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    #[schema(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// Identifier of the agency concerned, with everything below it.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN")]
    agency: AgencyIdentifier,
    /// Code of the one indicator concerned; all while absent.
    #[schema(value_type = Option<String>, format = "code", example = "CT4")]
    indicator: Option<Code>,
    /// Reason why the figures were wrong; public with the erratum.
    #[schema(value_type = String, format = "reference", example = "Sót một báo cáo đã gửi trên hệ thống")]
    reason: Reference,
    /// Number of the document it rests on; public with the erratum.
    #[schema(value_type = String, format = "reference", example = "12/CV-SKHCN")]
    document_number: Reference,
}

/// Window in which the figures may change.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionApproval {
    /// The first moment; now while absent.
    opens_at: Option<DateTime<FixedOffset>>,
    /// The moment the window is over, at most 30 days later; 30 days later while absent.
    closes_at: Option<DateTime<FixedOffset>>,
}

/// Reason for rejecting a correction.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionRejection {
    /// Reason.
    reason: Reference,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectionView {
    /// Identity.
    id: CorrectionId,
    /// The correction.
    #[serde(flatten)]
    correction: CorrectionInput,
    /// `requested`, `approved`, `rejected` or `closed`: the window of an approved one is over.
    state: CorrectionState,
    /// Name of the user who asked for it; null when the program itself did.
    #[schema(value_type = Option<String>, format = "code", example = "chuyen-vien")]
    requested_by: Option<Code>,
    /// Time of the request.
    requested_at: DateTime<FixedOffset>,
    /// Name of the user who decided on it; null before, and when the program itself did.
    #[schema(value_type = Option<String>, format = "code", example = "lanh-dao")]
    decided_by: Option<Code>,
    /// Time of the decision; null before.
    decided_at: Option<DateTime<FixedOffset>>,
    /// The first moment at which the figures may change; null unless it was approved.
    opens_at: Option<DateTime<FixedOffset>>,
    /// The moment from which on they may not any more; null unless it was approved.
    closes_at: Option<DateTime<FixedOffset>>,
    /// Reason for the rejection; null unless it was rejected.
    rejection: Option<Reference>,
}

/// The names of the users that corrections mention.
type UserNames = HashMap<AccountId, Code>;

impl CorrectionFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let named = (self.calendar.as_deref(), self.period, self.agency.as_deref());
        let covered = FigureFilter::parse(&mut found, catalogue, caller, named);
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(catalogue, "/indicator", text)));
        let filter = (|| {
            let FigureFilter { calendar, period, agency } = covered?;
            Some(Filter {
                calendar,
                period,
                agencies: caller.concerning(catalogue, agency),
                indicator: indicator?,
                state: self.state.map(|state| (state, Utc::now())),
            })
        })();
        found.finish(filter)
    }
}

impl CorrectionInput {
    fn parse(self, transaction: &Transaction<'_>, caller: &Caller) -> Result<Correction, Vec<Violation>> {
        let catalogue = transaction.catalogue();
        let mut found = Violations::default();
        let calendar = found.take(calendars::require(&catalogue, "/calendar", &self.calendar));
        let agency = found.take(caller.agency(&catalogue, "/agency", &self.agency));
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(&catalogue, "/indicator", text)));
        let correction = (|| {
            Some(Correction {
                calendar: calendar?,
                period: self.period,
                agency: agency?,
                indicator: indicator?,
                reason: self.reason,
                document_number: self.document_number,
                requested_by: transaction.author(),
                requested_at: transaction.now(),
                decision: Decision::Pending,
            })
        })();
        found.finish(correction)
    }
}

impl CorrectionView {
    fn new(catalogue: &Catalogue, names: &UserNames, id: CorrectionId, correction: &Correction, at: Moment) -> Self {
        let name = |user: Option<AccountId>| user.and_then(|user| names.get(&user)).cloned();
        let (decided_by, decided_at, window, rejection) = match &correction.decision {
            Decision::Pending => (None, None, None, None),
            Decision::Approved { by, at, window } => (*by, Some(*at), Some(*window), None),
            Decision::Rejected { by, at, reason } => (*by, Some(*at), None, Some(reason.clone())),
        };
        let input = CorrectionInput {
            calendar: calendars::code(catalogue, correction.calendar),
            period: correction.period,
            agency: identifier(catalogue, correction.agency),
            indicator: correction.indicator.map(|indicator| indicators::code(catalogue, indicator)),
            reason: correction.reason.clone(),
            document_number: correction.document_number.clone(),
        };
        Self {
            id,
            correction: input,
            state: correction.state(at),
            requested_by: name(correction.requested_by),
            requested_at: local(correction.requested_at),
            decided_by: name(decided_by),
            decided_at: decided_at.map(local),
            opens_at: window.map(|window| local(window.opens_at)),
            closes_at: window.map(|window| local(window.closes_at)),
            rejection,
        }
    }

    fn load(
        connection: &mut Connection,
        catalogue: &Catalogue,
        id: CorrectionId,
        correction: &Correction,
    ) -> Stored<Self> {
        let names = accounts::names(connection, &people(correction).collect::<Vec<_>>())?;
        Ok(Self::new(catalogue, &names, id, correction, connection.moment(Utc::now())))
    }
}

/// The users whom a correction mentions.
fn people(correction: &Correction) -> impl Iterator<Item = AccountId> + use<> {
    let decided_by = match correction.decision {
        Decision::Pending => None,
        Decision::Approved { by, .. } | Decision::Rejected { by, .. } => by,
    };
    correction.requested_by.into_iter().chain(decided_by)
}

/// The correction with an identity, which must concern an agency within the caller's scope.
fn visible(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<CorrectionView> {
    let id = CorrectionId(id);
    match catalogue.corrections.get(&id).filter(|correction| caller.is_concerned(catalogue, correction.agency)) {
        Some(correction) => CorrectionView::load(connection, catalogue, id, correction),
        None => Err(Error::NotFound(Resource::Corrections)),
    }
}

/// The correction as this write has left it.
fn after(transaction: &mut Transaction<'_>, id: CorrectionId) -> Stored<CorrectionView> {
    let catalogue = transaction.catalogue();
    let correction = catalogue.corrections.get(&id).ok_or(Error::NotFound(Resource::Corrections))?;
    CorrectionView::load(transaction.connection(), &catalogue, id, correction)
}

/// The correction in an address, as it stands when a write begins; its agency must lie within the caller's scope.
fn current(path: Path<i64>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<CorrectionView> + Clone {
    let path = path.into_inner();
    move |transaction, caller| {
        let (id, catalogue) = (CorrectionId(path), transaction.catalogue());
        let correction = catalogue.corrections.get(&id).ok_or(Error::NotFound(Resource::Corrections))?;
        caller.require(&catalogue, correction.agency, Resource::Corrections)?;
        CorrectionView::load(transaction.connection(), &catalogue, id, correction)
    }
}
