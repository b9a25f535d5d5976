//! Audit: changes with actor and reason and their members before and after, and events beside them.

mod codes;

use crate::api::catalogue::indicators;
use crate::api::closing::figure_filter::FigureFilter;
use crate::api::log::logged_changes::ActorView;
use crate::api::records::comparisons::PartsView;
use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Allowed, Audit, Caller, permission};
use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::request::list::{Items, List, ListParams};
use crate::request::time::LocalTime;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use codes::{Codes, RowCodes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{AccountId, Number};
use thidua_domain::log::changes::{ActorKind, Operation, Resource};
use thidua_domain::log::events::EventKind;
use thidua_domain::log::unlogged::take_mark;
use thidua_domain::message::Message;
use thidua_domain::records::observations::Observation;
use thidua_domain::spelling::is_same;
use thidua_domain::text::{AgencyIdentifier, Code, optional};
use thidua_domain::time::Period;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::Model;
use thidua_persistence::accounts::once_named;
use thidua_persistence::log::audit;
use thidua_persistence::log::audit::{AuditedChange, ChangeSubject};
use thidua_persistence::log::changes::{Filter, Sort};
use thidua_persistence::log::{events, names_then, personal_data, sought_events};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Changes and events, for auditors.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(list_events);
}

/// List changes for an audit
///
/// Changes, each with actor, time, reason and the members that changed. Filter by resource and row, by user (a person
/// or a machine credential), kind of actor, operation, and time; and by what the row is about: `agency` (with those
/// below it; a change that touches the whole province is about none), `indicator` and `period`. A page reads 5,000
/// changes at most, those of one row, user or resource if named, and looks for the other filters in them: it may be
/// short, or even empty, while `next` still leads on. `count=exact` counts by `from` and `to`, or all; it is passed
/// over with any other filter. For administrators and auditors of the whole province.
#[utoipa::path(
    operation_id = "listAuditEntries",
    extensions(("x-required-roles" = json!(permission::<Audit>()))),
    tag = "audit",
    params(ListParams<AuditEntryView, Sort>, AuditFilter),
    responses((status = OK, body = Items<AuditEntryView>, description = "A page of changes"))
)]
#[get("/audit")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Audit>,
    list: List<AuditEntryView, Sort, AuditFilter>,
) -> Result<HttpResponse, Problem> {
    let wanted = &list.filter;
    let catalogue = store.catalogue();
    let matter = wanted.matter(&catalogue, &caller)?;
    let filter = Filter {
        resource: wanted.resource,
        id: wanted.row.map(Number::get),
        users: wanted_accounts(&store, wanted.user.clone(), wanted.account.map(Number::get)).await?,
        actor: wanted.actor_kind,
        operation: wanted.operation,
        from: wanted.from.map(LocalTime::moment),
        to: wanted.to.map(LocalTime::moment),
    };
    if !audit::are_counted(&filter, &matter) {
        list.order.leave_uncounted(Message::new("phrase.changes_counted"))?;
    }
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let of_matter = std::sync::Arc::clone(&catalogue);
    let (page, rows, then) = store
        .read(move |connection| {
            let mut page = audit::list(connection, &of_matter, (&filter, &matter), sort, &slice)?;
            personal_data::open_all(connection, page.items.iter_mut().map(|change| &mut change.logged))?;
            let rows = RowCodes::read(connection, &page.items)?;
            let acts = page.items.iter().map(|change| &change.logged.change);
            let acts = acts.map(|change| (AccountId(change.actor.id), change.seq));
            let then = names_then::at_changes(connection, acts)?;
            Ok((page, rows, then))
        })
        .await?;
    let what = Occurrence::of(EventKind::Export, "listAuditEntries");
    store.record_reading(&request, Authority::of(&caller), what).await?;
    let model = store.model();
    let names = AccountNames { now: usernames(&model), then };
    let codes = Codes { catalogue: &catalogue, accounts: &names.now, rows: &rows, now: (&*model, store.today()) };
    Ok(list.order.answer(page, |change| AuditEntryView::new(&names, &codes, &change)))
}

/// List events
///
/// Events beside changes: log-ins and wrong ones, refusals, codes that a row outside the caller's scope has already,
/// data taken out in bulk, who was shown the names of which people, and who erased personal data of whom, and why. A
/// page reads 5,000 events at most, those of one user or kind if named, and looks for the other filters in them: it may
/// be short, or even empty, while `next` still leads on. `count=exact` counts all; it is passed over with a filter. For
/// administrators and auditors of the whole province.
#[utoipa::path(
    operation_id = "listEvents",
    extensions(("x-required-roles" = json!(permission::<Audit>()))),
    tag = "audit",
    params(ListParams<EventView, events::Sort>, EventFilter),
    responses((status = OK, body = Items<EventView>, description = "A page of events"))
)]
#[get("/audit/events")]
async fn list_events(
    store: Data<Store>,
    _caller: Allowed<Audit>,
    asked: List<EventView, events::Sort, EventFilter>,
) -> Result<HttpResponse, Problem> {
    let wanted = &asked.filter;
    let filter = events::Filter {
        kind: wanted.kind,
        users: wanted_accounts(&store, wanted.user.clone(), wanted.account.map(Number::get)).await?,
        from: wanted.from.map(LocalTime::moment),
        to: wanted.to.map(LocalTime::moment),
    };
    if !filter.is_none() {
        asked.order.leave_uncounted(Message::new("phrase.events_counted"))?;
    }
    let (sort, slice) = (asked.order.sort, asked.order.slice.clone());
    let (page, then) = store
        .read(move |connection| {
            let page = sought_events::list(connection, &filter, sort, &slice)?;
            let acts = page.items.iter().map(|logged| (AccountId(logged.event.actor.id), logged.event.at));
            let then = names_then::at_moments(connection, acts)?;
            Ok((page, then))
        })
        .await?;
    let names = AccountNames { now: usernames(&store.model()), then };
    Ok(asked.order.answer(page, |logged| EventView::new(&names, &logged)))
}

/// Filters of the changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditFilter {
    /// Only of this resource.
    resource: Option<Resource>,
    /// Only of the row with this identity.
    #[param(inline)]
    row: Option<Number>,
    /// Only by users and clients that have this name, or have had it: several, when the name was given again. Their
    /// identities tell them apart.
    user: Option<Code>,
    /// Only by the user or client with this identity.
    #[param(inline)]
    account: Option<Number>,
    /// Only by persons, by machines, or by the program itself.
    actor_kind: Option<ActorKind>,
    /// Only of rows that the agency with this identifier, or one below it, held before or after.
    agency: Option<AgencyIdentifier>,
    /// Only of rows that name the indicator with this code, or that it is computed from.
    indicator: Option<Code>,
    /// Only of rows of a month or day of this period, of stays that begin or end in it, and of what covers a part of it.
    #[param(value_type = Option<String>, format = "period", example = "2026-10")]
    period: Option<Period>,
    /// Only of rows of the calendar with this code; with `period` also of rows with days, by this calendar's dates.
    calendar: Option<Code>,
    /// Only creations, changes, or deletions.
    operation: Option<Operation>,
    /// Only those made at this moment or later; in an address `+` is written `%2B`.
    from: Option<LocalTime>,
    /// Only those made at this moment or earlier; in an address `+` is written `%2B`.
    to: Option<LocalTime>,
}

/// Filters of the events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventFilter {
    /// Only events of this kind.
    kind: Option<EventKind>,
    /// Only by users and clients that have this name, or have had it: several, when the name was given again. Their
    /// identities tell them apart.
    user: Option<Code>,
    /// Only by the user or client with this identity.
    #[param(inline)]
    account: Option<Number>,
    /// Only those that happened at this moment or later; in an address `+` is written `%2B`.
    from: Option<LocalTime>,
    /// Only those that happened at this moment or earlier; in an address `+` is written `%2B`.
    to: Option<LocalTime>,
}

/// A change, as an auditor sees it.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntryView {
    /// Its position in the change log.
    #[schema(minimum = 1)]
    seq: i64,
    /// Time of the change.
    at: LocalTime,
    /// Actor who made it.
    actor: ActorView,
    /// The user's name, as it is now; null for the program itself.
    #[schema(format = "code")]
    username: Option<String>,
    /// The name that the same user had then, as far as the change log tells.
    #[schema(format = "code")]
    username_then: Option<String>,
    /// Resource of the changed row.
    resource: Resource,
    /// Identity of the row.
    #[schema(minimum = 1)]
    id: i64,
    /// The row in codes and names.
    subject: SubjectView,
    /// Operation on the row.
    operation: Operation,
    /// The members that are not the same before and after, by name.
    #[schema(max_items = 100)]
    changed: Vec<ChangedMember>,
    /// Reason, when one was given.
    #[schema(format = "reference")]
    reason: Option<String>,
    /// Its hash in the chain.
    #[schema(format = "sha-256")]
    hash: String,
}

/// A member of a row before and after a change.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedMember {
    /// Its name in the change log.
    #[schema(max_length = 100, pattern = "^[a-z_]+$", example = "numerator")]
    member: String,
    /// Its value before, as JSON text; null when the row was not there. Both values are null when the change log does not
    /// hold them: a name was changed, say.
    #[schema(max_length = 1000000, pattern = r"^[\s\S]*$", example = "36")]
    before: Option<String>,
    /// Its value after, as JSON text; null when the row is gone.
    #[schema(max_length = 1000000, pattern = r"^[\s\S]*$", example = "37")]
    after: Option<String>,
    /// `before` with codes in the place of the identities it holds, e.g. `"H18.SKHCN"`; null when it holds none.
    #[schema(max_length = 1000000, pattern = r"^[\s\S]*$", example = "\"H18.SKHCN\"")]
    before_in_codes: Option<String>,
    /// `after` with codes in the place of the identities it holds; null when it holds none.
    #[schema(max_length = 1000000, pattern = r"^[\s\S]*$", example = "\"H18.SKHCN.7\"")]
    after_in_codes: Option<String>,
}

/// The row of a change in codes and names, as they are now; null for whatever it has not, and for codes that are gone.
#[derive(Debug, Default, Serialize, ToSchema)]
struct SubjectView {
    /// Its own code, identifier or username.
    #[schema(format = "name", example = "NV-0001")]
    code: Option<String>,
    /// Identifier of the agency that held it last.
    #[schema(format = "agency-identifier", example = "H18.SKHCN")]
    agency: Option<String>,
    /// The agency's Vietnamese name.
    #[schema(format = "name")]
    agency_name: Option<String>,
    /// Code of its indicator.
    #[schema(format = "code", example = "CT3")]
    indicator: Option<String>,
    /// Code of its calendar.
    #[schema(format = "code", example = "nd09")]
    calendar: Option<String>,
    /// Its month or period.
    #[schema(format = "period", example = "2026-10")]
    period: Option<String>,
    /// Code of the member of staff it is about.
    #[schema(format = "code", example = "NV-0001")]
    staff: Option<String>,
    /// Code of the course it is about.
    #[schema(format = "code", example = "KNS-2026-01")]
    course: Option<String>,
    /// Code of the information system it is about.
    #[schema(format = "code", example = "HT-07")]
    system: Option<String>,
    /// Figure that records give now of the agency's month, where a declared figure stands and is compared with them (an
    /// indicator's `compared_with`); null otherwise.
    derived: Option<PartsView>,
    /// Excess of the figure as this change left it over `derived`, part by part.
    difference: Option<PartsView>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    /// Its position among the events.
    #[schema(minimum = 1)]
    seq: i64,
    /// Time of the event.
    at: LocalTime,
    /// Kind of event.
    kind: EventKind,
    /// Actor; the program itself while nobody is known.
    actor: ActorView,
    /// The user's name, as it is now; null while nobody is known.
    #[schema(format = "code")]
    username: Option<String>,
    /// The name that the same user had then, as far as the change log tells.
    #[schema(format = "code")]
    username_then: Option<String>,
    /// The address it came from.
    #[schema(max_length = 100, pattern = "^[0-9A-Fa-f.:]+$", example = "10.18.0.7")]
    address: Option<String>,
    /// The operation asked for.
    #[schema(max_length = 100, pattern = "^[A-Za-z0-9]*$", example = "listStaff")]
    operation: String,
    /// Identities of the members of staff and users whose names were shown, or of whoever's names were erased.
    #[schema(max_items = 1000)]
    subjects: Vec<i64>,
    /// Further particulars.
    #[schema(format = "reference")]
    detail: Option<String>,
    /// Number of times it happened. Refusals and readings that the same caller repeats within an hour are one more
    /// event at its end.
    #[schema(minimum = 1)]
    times: i64,
    /// Reason, when one was given.
    #[schema(format = "reference")]
    reason: Option<String>,
    /// Its hash in the chain of events.
    #[schema(format = "sha-256")]
    hash: String,
}

impl AuditFilter {
    fn matter(&self, catalogue: &Catalogue, caller: &Caller) -> Result<ChangeSubject, Vec<Violation>> {
        let mut found = Violations::default();
        let named = (self.calendar.as_deref(), self.period, self.agency.as_deref());
        let covered = FigureFilter::parse(&mut found, catalogue, caller, named);
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(catalogue, "/indicator", text)));
        let matter = (|| {
            let FigureFilter { calendar, period, agency } = covered?;
            Some(ChangeSubject {
                agencies: agency.map(|agency| catalogue.subtree(agency).into_iter().collect()),
                indicator: indicator?,
                period,
                calendar,
            })
        })();
        found.finish(matter)
    }
}

impl SubjectView {
    fn new(codes: &Codes<'_>, AuditedChange { logged, holders }: &AuditedChange) -> Self {
        let last = logged.change.after.as_deref().or(logged.change.before.as_deref());
        let row: Map<String, Value> = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let text = |names: &[&str]| names.iter().find_map(|name| row.get(*name)?.as_str()).map(str::to_owned);
        let code = |member: &str| codes.code(member, row.get(member)?.as_i64()?);
        let agency = holders.last().and_then(|id| codes.catalogue.agencies.get(id));
        let declared = logged.change.after.as_deref().filter(|_| logged.change.resource == Resource::Observations);
        let declared: Option<Observation> = declared.and_then(|text| serde_json::from_str(text).ok());
        let (model, today) = codes.now;
        let beside = declared.and_then(|declared| PartsView::beside_row(model, &declared, today));
        let (derived, difference) = beside.unzip();
        Self {
            code: text(&["code", "identifier", "username", "client_id"]),
            agency: agency.map(|agency| agency.identifier.to_string()),
            agency_name: agency.map(|agency| agency.name_vi.to_string()),
            indicator: code("indicator"),
            calendar: code("calendar"),
            period: text(&["month", "period"]),
            staff: code("staff"),
            course: code("course"),
            system: code("system"),
            derived,
            difference,
        }
    }
}

impl AuditEntryView {
    fn new(names: &AccountNames, codes: &Codes<'_>, audited: &AuditedChange) -> Self {
        let logged = &audited.logged;
        let change = &logged.change;
        let account = AccountId(change.actor.id);
        Self {
            seq: change.seq,
            at: LocalTime(change.moment()),
            actor: ActorView::new(change.actor),
            username: names.now.get(&account).cloned(),
            username_then: names.then(account, change.seq),
            resource: change.resource,
            id: change.resource_id,
            subject: SubjectView::new(codes, audited),
            operation: change.operation,
            changed: changed(codes, change.before.as_deref(), change.after.as_deref()),
            reason: change.reason.clone(),
            hash: logged.hash.clone(),
        }
    }
}

impl EventView {
    fn new(names: &AccountNames, logged: &events::LoggedEvent) -> Self {
        let event = &logged.event;
        let account = AccountId(event.actor.id);
        Self {
            seq: logged.seq,
            at: LocalTime(event.moment()),
            kind: event.kind,
            actor: ActorView::new(event.actor),
            username: names.now.get(&account).cloned(),
            username_then: names.then(account, event.at),
            address: event.address.clone(),
            operation: event.operation.clone(),
            subjects: event.subjects.clone(),
            detail: event.detail.clone(),
            times: event.times,
            reason: event.reason.clone(),
            hash: logged.hash.clone(),
        }
    }
}

impl ChangedMember {
    fn new(codes: &Codes<'_>, member: String, before: Option<&Value>, after: Option<&Value>) -> Self {
        let in_codes = |value: Option<&Value>| codes.of(&member, value?).map(|coded| coded.to_string());
        Self {
            before_in_codes: in_codes(before),
            after_in_codes: in_codes(after),
            before: before.map(Value::to_string),
            after: after.map(Value::to_string),
            member,
        }
    }
}

/// The members of a row that a change made other than they were, by name.
fn changed(codes: &Codes<'_>, before: Option<&str>, after: Option<&str>) -> Vec<ChangedMember> {
    let read = |text: Option<&str>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (before, mut after) = (read(before), read(after));
    let unlogged = take_mark(&mut after);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed
        .map(|name| ChangedMember::new(codes, name.clone(), before.get(name), after.get(name)))
        .chain(unlogged.into_iter().map(|member| ChangedMember::new(codes, member, None, None)))
        .collect()
}

/// The names that users and clients have now.
pub fn usernames(model: &Model) -> BTreeMap<AccountId, String> {
    model.access.accounts.iter().map(|(id, account)| (*id, account.username.clone())).collect()
}

/// The names of users and clients, as they are and as they were.
struct AccountNames {
    now: BTreeMap<AccountId, String>,
    then: names_then::Names,
}

impl AccountNames {
    /// The name that an account had at a place of the log, or else the one it has.
    fn then(&self, account: AccountId, place: i64) -> Option<String> {
        self.then.get(&(account, place)).or_else(|| self.now.get(&account)).cloned()
    }
}

/// The accounts to filter by: those that have, or had, the name asked for (spelled so, or else in any spelling), and the one with the identity. None when
/// neither was asked for.
async fn wanted_accounts(
    store: &Store,
    name: Option<Code>,
    account: Option<i64>,
) -> Result<Option<Vec<AccountId>>, Problem> {
    let Some(name) = name else { return Ok(account.map(|account| vec![AccountId(account)])) };
    let sought = name.clone();
    let mut found = store.read(move |connection| once_named(connection, &sought)).await?;
    let model = store.model();
    let now = model.access.accounts.iter().filter(|(_, known)| is_same(&known.username, &name));
    found.extend(now.map(|(id, known)| (*id, known.username.clone())));
    if found.iter().any(|(_, spelling)| *spelling == *name) {
        found.retain(|(_, spelling)| *spelling == *name);
    }
    let found: BTreeSet<AccountId> = found.into_iter().map(|(id, _)| id).collect();
    if found.is_empty() {
        return Err(unknown_user(&name).into());
    }
    Ok(Some(found.into_iter().filter(|id| account.is_none_or(|account| account == id.0)).collect()))
}

fn unknown_user(name: &str) -> Violation {
    Violation::new("/user", "unknown_user").with("name", &name)
}
