//! Locks on figures.

use crate::api::catalogue::calendars;
use crate::api::closing::figure_filter::FigureFilter;
use crate::auth::caller::{Allowed, Approve, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::time::local;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::locks::Lock;
use thidua_domain::id::LockId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{AgencyIdentifier, Code, Reference};
use thidua_domain::time::{Moment, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::closing::locks;
use thidua_persistence::closing::locks::{Filter, Sort};
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Locks.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(remove);
}

/// List locks
///
/// The locks that hold for agencies within your scope, those of agencies above included. A period whose stored dates have
/// a lock is locked for the whole province from that day; see `GET /api/v1/periods`.
#[utoipa::path(
    operation_id = "listLocks",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "locks",
    params(ListParams<LockView, Sort>, LockFilter),
    responses((status = OK, body = Items<LockView>, description = "A page of locks"))
)]
#[get("/locks")]
async fn list(
    store: Data<Store>,
    caller: Allowed<Read>,
    list: List<LockView, Sort, LockFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let filter = list.filter.parse(&catalogue, &caller)?;
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| locks::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, lock)| LockView::new(&catalogue, id, &lock)))
}

/// Lock the figures of a period
///
/// From now on no figure of the period's months in the calendar may change, for the agency and everything below it: a
/// change needs a correction (`POST /api/v1/corrections`). Approvers lock within their scope.
#[utoipa::path(
    operation_id = "createLock",
    extensions(("x-required-roles" = json!(permission::<Approve>()))),
    tag = "locks",
    request_body(content = LockInput, example = json!({
        "calendar": "civil", "period": "2026-01", "agency": "H18.SKHCN.7",
        "reason": "Đã gửi báo cáo tháng 01/2026 (ví dụ)"
    })),
    responses((status = CREATED, body = LockView, description = "The new lock"))
)]
#[post("/locks")]
async fn create(store: Data<Store>, write: Write<Approve>, Body(input): Body<LockInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let lock = input.parse(&transaction.catalogue(), caller, transaction.now())?;
            let id = locks::insert(transaction, &lock)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("locks/{id}"), view))
        })
        .await
}

/// Read a lock
///
/// A lock that holds for no agency within your scope looks like a missing one.
#[utoipa::path(
    operation_id = "getLock",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "locks",
    params(("lock" = i64, Path, description = "The lock's identity", minimum = 1, example = 10692), AsOfQuery),
    responses((status = OK, body = LockView, description = "The lock"))
)]
#[get("/locks/{lock}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<Read>,
    path: Path<i64>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue_as_of(&query).await?;
    let id = find(&catalogue, &caller, *path)?;
    Ok(etag::ok(&view(&catalogue, id)?))
}

/// Take a lock away
///
/// The figures may change again without a correction; errata tell which of them do, and why: the header `Change-Reason` must
/// say it.
#[utoipa::path(
    operation_id = "deleteLock",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "locks",
    params(("lock" = i64, Path, description = "The lock's identity", minimum = 1, example = 10692)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/locks/{lock}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<i64>) -> ApiResult {
    write.delete(&store, current(path), |transaction, _, current| locks::delete(transaction, current.id)).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LockFilter {
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only locks of this period.
    #[param(value_type = Option<String>, format = "period", example = "2026-01")]
    period: Option<Period>,
    /// Only locks for the agency with this identifier, one above or one below it.
    agency: Option<AgencyIdentifier>,
}

/// A lock as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LockInput {
    /// Code of the calendar.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    #[schema(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// Identifier of the agency; everything below it is locked, too.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN")]
    agency: AgencyIdentifier,
    /// Reason.
    #[schema(value_type = String, format = "reference", example = "Đã gửi báo cáo tháng 10/2026")]
    reason: Reference,
}

/// A lock.
#[derive(Debug, Serialize, ToSchema)]
pub struct LockView {
    /// Identity.
    id: LockId,
    /// The lock.
    #[serde(flatten)]
    lock: LockInput,
    /// Time from which on the figures are locked.
    locked_at: DateTime<FixedOffset>,
}

impl LockFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let named = (self.calendar.as_deref(), self.period, self.agency.as_deref());
        let covered = FigureFilter::parse(&mut found, catalogue, caller, named);
        let filter = covered.map(|FigureFilter { calendar, period, agency }| {
            let agencies = caller.concerning(catalogue, agency);
            Filter { calendar, period, agencies }
        });
        found.finish(filter)
    }
}

impl LockInput {
    fn parse(self, catalogue: &Catalogue, caller: &Caller, now: Moment) -> Result<Lock, Vec<Violation>> {
        let mut found = Violations::default();
        let calendar = found.take(calendars::require(catalogue, "/calendar", &self.calendar));
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let Self { period, reason, .. } = self;
        let lock = calendar.zip(agency);
        found.finish(lock.map(|(calendar, agency)| Lock { calendar, period, agency, reason, locked_at: now }))
    }
}

impl LockView {
    fn new(catalogue: &Catalogue, id: LockId, lock: &Lock) -> Self {
        let input = LockInput {
            calendar: calendars::code(catalogue, lock.calendar),
            period: lock.period,
            agency: identifier(catalogue, lock.agency),
            reason: lock.reason.clone(),
        };
        Self { id, lock: input, locked_at: local(lock.locked_at) }
    }
}

/// The lock in an address, which must hold for an agency within the caller's scope.
fn find(catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<LockId> {
    let id = LockId(id);
    let lock = catalogue.locks.get(&id).filter(|lock| caller.is_concerned(catalogue, lock.agency));
    lock.map(|_| id).ok_or(Error::NotFound(Resource::Locks))
}

fn view(catalogue: &Catalogue, id: LockId) -> Stored<LockView> {
    let lock = catalogue.locks.get(&id).ok_or(Error::NotFound(Resource::Locks))?;
    Ok(LockView::new(catalogue, id, lock))
}

/// The lock in an address, as it stands when a write begins.
fn current(path: Path<i64>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<LockView> + Clone {
    let path = path.into_inner();
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        view(&catalogue, find(&catalogue, caller, path)?)
    }
}
