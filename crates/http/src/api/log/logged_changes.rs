//! Changes, their actors and their cells, as they are told.

use crate::request::time::LocalTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::id::{AccountId, AgencyId, CalendarId, IndicatorId};
use thidua_domain::log::changes::{Actor, ActorKind, Change, HashForm, Operation, Resource};
use thidua_domain::log::nonce::Nonce;
use thidua_domain::time::Period;
use thidua_persistence::log::feed::{Entry, Sight};
use utoipa::ToSchema;

/// A change as its reader may see it. Of one that is `hidden` there are `seq`, `sight`, `form`, `hash` and `cells` only,
/// of one that is `gone` also `resource` and `id`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub struct LoggedChange {
    /// Its position.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// Extent to which you may see it: `whole`; `gone` when the row has left your scope, or has a past outside it;
    /// `hidden`.
    pub sight: Sight,
    /// The form of its hash: 1 in changes made before version 0.2, 2 since.
    #[serde(default = "first_form")]
    #[schema(required, minimum = 1, maximum = 2, example = 2)]
    form: i32,
    /// In form 1 SHA-256 over the JSON array of: the previous hash, `seq`, `at_micros`, the actor's kind and id, `resource`,
    /// `id`, `operation`, `before`, `after`, `reason`; what is absent is null. In form 2 over the JSON array of: the number
    /// 2, `nonce`, and the array of form 1.
    #[schema(format = "sha-256")]
    pub hash: String,
    /// 128 random bits of this change alone, in form 2: without them nobody can try which content has its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "nonce")]
    nonce: Option<Nonce>,
    /// Time of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<LocalTime>,
    /// The same, in microseconds since 1970-01-01T00:00:00Z, as it is hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    at_micros: Option<i64>,
    /// Actor who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<ActorView>,
    /// Resource of the changed row.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource>,
    /// Identity of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    id: Option<i64>,
    /// Operation on the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Operation>,
    /// The row before, as the JSON text that is hashed; absent on creation. The identifiers of people, staff codes and
    /// numbers of certificates, are sealed in it: `{"sealed": "…"}`; so are names of users and clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "row-text")]
    before: Option<String>,
    /// The row after, as the JSON text that is hashed; absent on deletion. The identifiers of people are sealed in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "row-text")]
    after: Option<String>,
    /// Reason, when one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "reference")]
    reason: Option<String>,
    /// The new values of cells in your scope: the parts of all figures. A write of several changes gives them with its
    /// last.
    #[schema(max_items = 1000000)]
    pub cells: Vec<CellView>,
}

/// Actor of a change.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct ActorView {
    /// A person, a machine or the program itself.
    kind: ActorKind,
    /// The user's identity; 0 for the program itself.
    #[schema(minimum = 0)]
    id: i64,
}

/// A cell: what an agency itself, without those below it, has of an indicator in a month. For an indicator whose figure is
/// a running sum the numbers are the month's change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CellView {
    /// Identity of the indicator.
    indicator: IndicatorId,
    /// Identity of the agency.
    agency: AgencyId,
    /// Identity of the calendar.
    calendar: CalendarId,
    /// The month.
    #[schema(format = "month", example = "2026-10")]
    month: String,
    /// Upper part.
    numerator: i64,
    /// Lower part.
    denominator: i64,
    /// Number of reports behind it.
    reports: i64,
}

/// A change, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeReference {
    /// Its position in the log.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// Time of the change.
    pub at: LocalTime,
    /// Actor who made it: a person, a machine or the program itself.
    pub actor: ActorKind,
    /// The name of that user or client, for those who may read the audit; else null, as for the program itself.
    #[schema(format = "code")]
    pub username: Option<String>,
    /// Resource of the changed row.
    pub resource: Resource,
    /// Identity of the row.
    #[schema(minimum = 1)]
    pub id: i64,
    /// Operation on the row.
    pub operation: Operation,
    /// Reason, when one was given.
    #[schema(format = "reference")]
    pub reason: Option<String>,
}

impl ActorView {
    /// An actor as it is told.
    pub fn new(actor: Actor) -> Self {
        Self { kind: actor.kind, id: actor.id }
    }
}

impl LoggedChange {
    pub(crate) fn new(entry: &Entry) -> Self {
        let change = &entry.logged.change;
        let (whole, named) = (entry.sight == Sight::Whole, entry.sight != Sight::Hidden);
        Self {
            seq: change.seq,
            sight: entry.sight,
            form: change.form().number(),
            hash: entry.logged.hash.clone(),
            nonce: change.nonce.filter(|_| whole),
            at: whole.then(|| LocalTime(change.moment())),
            at_micros: whole.then_some(change.at),
            actor: whole.then_some(ActorView::new(change.actor)),
            resource: named.then_some(change.resource),
            id: named.then_some(change.resource_id),
            operation: whole.then_some(change.operation),
            before: change.before.clone().filter(|_| whole),
            after: change.after.clone().filter(|_| whole),
            reason: change.reason.clone().filter(|_| whole),
            cells: entry.cells.iter().map(|(key, cell)| CellView::new(*key, *cell)).collect(),
        }
    }

    /// The change, if it was told whole, its two times agree, and its form is the one it has.
    pub fn change(&self) -> Option<Change> {
        let actor = self.actor?;
        let change = Change {
            seq: self.seq,
            at: self.at_micros?,
            actor: Actor { kind: actor.kind, id: actor.id },
            resource: self.resource?,
            resource_id: self.id?,
            operation: self.operation?,
            before: self.before.clone(),
            after: self.after.clone(),
            reason: self.reason.clone(),
            nonce: self.nonce,
        };
        let fits = self.at? == LocalTime(change.moment()) && self.form == change.form().number();
        fits.then_some(change)
    }
}

impl CellView {
    /// The cell that was told; none when its month is none.
    pub fn parse(&self) -> Option<(CellKey, Cell)> {
        let Self { indicator, agency, calendar, ref month, numerator, denominator, reports } = *self;
        let key = CellKey { indicator, agency, calendar, month: Period::parse_month("", month).ok()? };
        Some((key, Cell { numerator, denominator, reports }))
    }

    /// A cell as it is told.
    pub fn new(CellKey { indicator, agency, calendar, month }: CellKey, cell: Cell) -> Self {
        let Cell { numerator, denominator, reports } = cell;
        Self { indicator, agency, calendar, month: month.to_string(), numerator, denominator, reports }
    }
}

impl ChangeReference {
    /// The reference to a change; `names` are the users' names.
    pub fn new(names: &BTreeMap<AccountId, String>, change: &Change) -> Self {
        Self {
            username: names.get(&AccountId(change.actor.id)).cloned(),
            seq: change.seq,
            at: LocalTime(change.moment()),
            actor: change.actor.kind,
            resource: change.resource,
            id: change.resource_id,
            operation: change.operation,
            reason: change.reason.clone(),
        }
    }
}

/// Default of `form`, for lines that were exported before lines said it.
fn first_form() -> i32 {
    HashForm::First.number()
}
