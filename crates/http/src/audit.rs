//! Who did what: changes with their members before and after, and events beside them.

use crate::auth::{Allowed, Audit, permission};
use crate::changes::ActorView;
use crate::listing::{Items, List, ListParams};
use crate::moments::local;
use crate::problem::Problem;
use crate::schemas;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::changes::{ActorKind, Operation, Resource};
use thidua_domain::events::EventKind;
use thidua_domain::id::{AccountId, GREATEST};
use thidua_domain::unlogged::take_mark;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::History;
use thidua_persistence::changes::{self, Logged, Sort};
use thidua_persistence::{Model, events, personal};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Changes and events, for auditors.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(list_events);
}

/// List changes for an audit
///
/// Who changed what, when and why, with the members that changed. Filter by resource and row, by user (a person or a
/// machine credential), kind of actor, operation, and time. For administrators and auditors of the whole province.
#[utoipa::path(
    operation_id = "listAuditEntries",
    extensions(("x-required-roles" = json!(permission::<Audit>()))),
    tag = "audit",
    params(ListParams<AuditEntryView, Sort>, AuditFilter),
    responses((status = OK, body = Items<AuditEntryView>, description = "A page of changes"))
)]
#[get("/audit")]
async fn list(
    store: Data<Store>,
    _caller: Allowed<Audit>,
    list: List<AuditEntryView, Sort, AuditFilter>,
) -> Result<HttpResponse, Problem> {
    let wanted = &list.filter;
    let names = Names::read(&store).await?;
    let filter = changes::Filter {
        resource: wanted.resource,
        id: wanted.row,
        users: names.wanted(wanted.user.as_deref(), wanted.account)?,
        actor: wanted.actor_kind,
        operation: wanted.operation,
        from: wanted.from.map(|at| at.with_timezone(&Utc)),
        to: wanted.to.map(|at| at.with_timezone(&Utc)),
    };
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store
        .read(move |connection| {
            let mut page = changes::list(connection, &filter, sort, &slice)?;
            page.items = personal::opened(connection, page.items)?;
            Ok(page)
        })
        .await?;
    Ok(list.order.answer(page, |logged| AuditEntryView::new(&names, &logged)))
}

/// List events
///
/// What happened beside changes: log-ins and wrong ones, refusals, data taken out in bulk, who was shown the names of which
/// people, and who erased personal data of whom, and why. For administrators and auditors of the whole province.
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
    let names = Names::read(&store).await?;
    let filter = events::Filter {
        kind: wanted.kind,
        users: names.wanted(wanted.user.as_deref(), wanted.account)?,
        from: wanted.from.map(|at| at.with_timezone(&Utc)),
        to: wanted.to.map(|at| at.with_timezone(&Utc)),
    };
    let (sort, slice) = (asked.order.sort, asked.order.slice.clone());
    let page = store.read(move |connection| events::list(connection, &filter, sort, &slice)).await?;
    Ok(asked.order.answer(page, |logged| EventView::new(&names, &logged)))
}

/// Filters of the changes.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditFilter {
    /// Only of this resource.
    #[param(value_type = Option<schemas::Resource>)]
    resource: Option<Resource>,
    /// Only of the row with this identity.
    #[validate(range(min = 1, max = GREATEST))]
    #[param(minimum = 1)]
    row: Option<i64>,
    /// Only by users and clients that have this name, or have had it: several, when the name was given again. Their
    /// identities tell them apart.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    user: Option<String>,
    /// Only by the user or client with this identity.
    #[validate(range(min = 1, max = GREATEST))]
    #[param(minimum = 1)]
    account: Option<i64>,
    /// Only by persons, by machines, or by the program itself.
    #[param(value_type = Option<schemas::ActorKind>)]
    actor_kind: Option<ActorKind>,
    /// Only creations, changes, or deletions.
    #[param(value_type = Option<schemas::Operation>)]
    operation: Option<Operation>,
    /// Only those made at this moment or later; in an address `+` is written `%2B`.
    from: Option<DateTime<FixedOffset>>,
    /// Only those made at this moment or earlier; in an address `+` is written `%2B`.
    to: Option<DateTime<FixedOffset>>,
}

/// Filters of the events.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventFilter {
    /// Only events of this kind.
    #[param(value_type = Option<schemas::EventKind>)]
    kind: Option<EventKind>,
    /// Only by users and clients that have this name, or have had it: several, when the name was given again. Their
    /// identities tell them apart.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    user: Option<String>,
    /// Only by the user or client with this identity.
    #[validate(range(min = 1, max = GREATEST))]
    #[param(minimum = 1)]
    account: Option<i64>,
    /// Only those that happened at this moment or later; in an address `+` is written `%2B`.
    from: Option<DateTime<FixedOffset>>,
    /// Only those that happened at this moment or earlier; in an address `+` is written `%2B`.
    to: Option<DateTime<FixedOffset>>,
}

/// A change, as an auditor sees it.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntryView {
    /// Its position in the change log.
    #[schema(minimum = 1)]
    seq: i64,
    /// When it was made.
    at: DateTime<FixedOffset>,
    /// Who made it.
    actor: ActorView,
    /// The user's name, as it is now; null for the program itself.
    #[schema(format = "code")]
    username: Option<String>,
    /// The name that the same user had then, as far as the change log tells.
    #[schema(format = "code")]
    username_then: Option<String>,
    /// Of which resource a row was changed.
    #[schema(value_type = schemas::Resource)]
    resource: Resource,
    /// Identity of the row.
    #[schema(minimum = 1)]
    id: i64,
    /// What was done to it.
    #[schema(value_type = schemas::Operation)]
    operation: Operation,
    /// The members that are not the same before and after, by name.
    #[schema(max_items = 100)]
    changed: Vec<ChangedMember>,
    /// Why, when it was said.
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
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    /// Its position among the events.
    #[schema(minimum = 1)]
    seq: i64,
    /// When it happened.
    at: DateTime<FixedOffset>,
    /// What kind of event.
    #[schema(value_type = schemas::EventKind)]
    kind: EventKind,
    /// Who; the program itself while nobody is known.
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
    /// Identities of the members of staff whose names were shown, or of whom personal data were erased.
    #[schema(max_items = 1000)]
    subjects: Vec<i64>,
    /// What else there is to say.
    #[schema(format = "reference")]
    detail: Option<String>,
    /// Why, when it was said.
    #[schema(format = "reference")]
    reason: Option<String>,
    /// Its hash in the chain of events.
    #[schema(format = "sha-256")]
    hash: String,
}

impl AuditEntryView {
    fn new(names: &Names, logged: &Logged) -> Self {
        let change = &logged.change;
        let account = AccountId(change.actor.id);
        let then = names.history.at_change(account, change.seq).map(str::to_owned);
        Self {
            seq: change.seq,
            at: local(change.moment()),
            actor: ActorView::new(change.actor),
            username: names.now.get(&account).cloned(),
            username_then: then.or_else(|| names.now.get(&account).cloned()),
            resource: change.resource,
            id: change.resource_id,
            operation: change.operation,
            changed: changed(change.before.as_deref(), change.after.as_deref()),
            reason: change.reason.clone(),
            hash: logged.hash.clone(),
        }
    }
}

impl EventView {
    fn new(names: &Names, logged: &events::Logged) -> Self {
        let event = &logged.event;
        let account = AccountId(event.actor.id);
        let then = names.history.at_moment(account, event.at).map(str::to_owned);
        Self {
            seq: logged.seq,
            at: local(event.moment()),
            kind: event.kind,
            actor: ActorView::new(event.actor),
            username: names.now.get(&account).cloned(),
            username_then: then.or_else(|| names.now.get(&account).cloned()),
            address: event.address.clone(),
            operation: event.operation.clone(),
            subjects: event.subjects.clone(),
            detail: event.detail.clone(),
            reason: event.reason.clone(),
            hash: logged.hash.clone(),
        }
    }
}

/// The members of a row that a change made other than they were, by name.
fn changed(before: Option<&str>, after: Option<&str>) -> Vec<ChangedMember> {
    let read = |text: Option<&str>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (before, mut after) = (read(before), read(after));
    let unlogged = take_mark(&mut after);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed
        .map(|name| ChangedMember {
            member: name.clone(),
            before: before.get(name).map(Value::to_string),
            after: after.get(name).map(Value::to_string),
        })
        .chain(unlogged.into_iter().map(|member| ChangedMember { member, before: None, after: None }))
        .collect()
}

/// The names that users and clients have now.
pub fn usernames(model: &Model) -> BTreeMap<AccountId, String> {
    model.access.accounts.iter().map(|(id, account)| (*id, account.username.clone())).collect()
}

/// The names of users and clients, as they are and as they were.
struct Names {
    now: BTreeMap<AccountId, String>,
    history: History,
}

impl Names {
    async fn read(store: &Store) -> Result<Self, Problem> {
        let history = store.read(History::read).await?;
        Ok(Self { now: usernames(&store.model()), history })
    }

    /// The accounts that are asked for by a name that they have or had, and by identity; none when all are.
    fn wanted(&self, name: Option<&str>, account: Option<i64>) -> Result<Option<Vec<AccountId>>, Violation> {
        let is_wanted = |id: &AccountId| account.is_none_or(|account| account == id.0);
        let Some(name) = name else { return Ok(account.map(|account| vec![AccountId(account)])) };
        let now = self.now.iter().filter(|(_, known)| *known == name).map(|(id, _)| *id);
        let found: BTreeSet<AccountId> = now.chain(self.history.had(name)).collect();
        if found.is_empty() {
            return Err(unknown_user(name));
        }
        Ok(Some(found.into_iter().filter(is_wanted).collect()))
    }
}

fn unknown_user(name: &str) -> Violation {
    Violation::new(
        "/user",
        "unknown_user",
        format!("Không có người dùng nào có hoặc từng có tên đăng nhập {name}."),
        format!("There is no user who has the name {name}, or has had it."),
    )
}
