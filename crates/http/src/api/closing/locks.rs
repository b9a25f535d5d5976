//! Locks on figures.

use crate::api::catalogue::calendars;
use crate::api::closing::figure_filter::FigureFilter;
use crate::auth::caller::{Approve, Caller, Manage, Read, permission};
use crate::request::agency_identifier::identifier;
use crate::request::resource::{Find, PageRequest, PathParameter, Resource, Writing, operations, verbs, writable_row};
use crate::request::time::LocalTime;
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::delete;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::locks::Lock;
use thidua_domain::id::LockId;
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_domain::text::{AgencyIdentifier, Code, Reference};
use thidua_domain::time::{Moment, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::closing::locks;
use thidua_persistence::write::records::known;
use thidua_persistence::{Error, Page, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Locks. Approvers make them; managers take them away.
pub fn routes(config: &mut ServiceConfig<'_>) {
    verbs::<LockInput>(config);
    config.service(remove);
}

impl Resource for LockInput {
    const PATH: &str = "locks";
    const KEY: &[PathParameter] = &[PathParameter::identity("lock", "The lock's identity", 10692)];
    operations! {
        /// List locks
        ///
        /// The locks that hold for agencies within your scope, those of agencies above included. A period whose stored dates have
        /// a lock is locked for the whole province from that day; see `GET /api/v1/periods`.
        LIST "listLocks" => "A page of locks";
        /// Lock the figures of a period
        ///
        /// From now on no figure of the period's months in the calendar may change, for the agency and everything below it: a
        /// change needs a correction (`POST /api/v1/corrections`). Approvers lock within their scope.
        CREATE "createLock" => "The new lock";
        /// Read a lock
        ///
        /// A lock that holds for no agency within your scope looks like a missing one.
        READ "getLock" => "The lock";
    }
    const KEY_OF: fn(&LockView) -> String = |view| view.id.to_string();
    const FIND: Find<Self> = Find::Catalogue(|catalogue, caller, id| {
        let lock = known(&catalogue.locks, LockId(id))?;
        if !caller.is_concerned(catalogue, lock.agency) {
            return Err(Error::NotFound(changes::Resource::Locks));
        }
        Ok(LockView::new(catalogue, LockId(id), lock))
    });

    type Reads = Read;
    type Writes = Approve;
    type Key = i64;
    type View = LockView;
    type Sort = Sort;
    type Filter = LockFilter;
    type Writing = Self;

    fn example() -> Value {
        json!({
            "calendar": "civil", "period": "2026-01", "agency": "H18.SKHCN.7",
            "reason": "Đã gửi báo cáo tháng 01/2026 (ví dụ)"
        })
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<LockView>> {
        let PageRequest { catalogue, caller, filter, sort, slice, .. } = request;
        let mut found = Violations::default();
        let named = (filter.calendar.as_deref(), filter.period, filter.agency.as_deref());
        let covered = FigureFilter::parse(&mut found, catalogue, caller, named);
        let is_wanted = found.finish(covered)?.test(catalogue, caller);
        let locks = catalogue.locks.iter().filter(|(_, lock)| is_wanted(lock.calendar, lock.period, lock.agency));
        let page = match sort {
            Sort::Id => Page::of(locks, slice, |id, _| id.0),
            Sort::Period => Page::of(locks, slice, |_, lock| lock.period.to_string()),
        };
        Ok(page?.map(|(id, lock)| LockView::new(catalogue, id, &lock)))
    }
}

impl Writing<Self> for LockInput {
    fn insert(input: Self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<LockView> {
        let lock = input.parse(&transaction.catalogue(), caller, transaction.now())?;
        let id = locks::insert(transaction, &lock)?;
        Ok(LockView::new(&transaction.catalogue(), id, &lock))
    }
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
    let current = writable_row::<LockInput>(path.into_inner());
    write.delete(&store, current, |transaction, _, current| locks::delete(transaction, current.id)).await
}

string_enum! {
    /// Sort orders of locks; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
        /// By the code of the period.
        Period = "period",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LockFilter {
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only locks of this period.
    #[param(value_type = Option<String>, format = "period", example = "2026-01")]
    period: Option<Period>,
    /// Only locks for the agency with this identifier, one above or one below it.
    agency: Option<AgencyIdentifier>,
}

/// A lock as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "calendar": "nd09", "period": "2026-10", "agency": "H18.SKHCN", "reason": "Đã gửi báo cáo tháng 10/2026",
}))]
pub struct LockInput {
    /// Code of the calendar.
    calendar: Code,
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    period: Period,
    /// Identifier of the agency; everything below it is locked, too.
    agency: AgencyIdentifier,
    /// Reason.
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
    locked_at: LocalTime,
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
        Self { id, lock: input, locked_at: LocalTime(lock.locked_at) }
    }
}
