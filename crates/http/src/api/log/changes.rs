//! The change log as a feed: every position, in commit order and without gaps; what a caller must not see is a numbered
//! blank.

use crate::api::log::change_streams::Following;
use crate::api::log::feed_parts::OF_A_PAGE;
use crate::api::log::readings::Readings;
use crate::auth::caller::{Allowed, Caller, Manage, Permission, Read, ReadRecords, permission};
use crate::auth::stream_places::stream_place;
use crate::request::body::Query;
use crate::request::schemas;
use crate::request::time::local;
use crate::response::etag;
use crate::response::long_polled::LongPolled;
use crate::response::negotiation;
use crate::response::problem::Problem;
use crate::store::Store;
use actix_web::http::header::HeaderMap;
use actix_web::rt::time::timeout;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::id::{AccountId, GREATEST, IndicatorId};
use thidua_domain::log::changes::{Actor, ActorKind, Change, HashForm, Operation, Resource};
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::log::nonce::Nonce;
use thidua_domain::text::Shape;
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::Violation;
use thidua_persistence::log::feed::{Entry, Part, Reader, Sight};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// The feed.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// Follow the changes
///
/// Every change after a position, in commit order and without gaps: keep `last` and ask for what comes after it. A change
/// that you may not see is a numbered blank with its hash, so that the chain can be followed; a deletion is a change whose
/// `operation` is `delete`. `cells` are the figures' parts that a change gave new values. With `wait` an answer without
/// changes is held back until there is one. As `application/x-ndjson` all changes up to the present come in one answer, a
/// line each; as `text/event-stream` they come as they are made, and `Last-Event-ID` is where to go on. What you may do is
/// asked before each part: when it ends or changes, the last line, or the last event, `problem`, is a problem object.
#[utoipa::path(
    operation_id = "listChanges",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "changes",
    params(
        FeedQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The position to go on after, instead of `after`: browsers send it when an event stream broke.", max_length = 15, pattern = "^[0-9]{1,15}$")
    ),
    responses((
        status = OK,
        description = "The changes after the position",
        content(
            (ChangePage = "application/json"),
            (LoggedChange = "application/x-ndjson"),
            (EventStream = "text/event-stream")
        )
    ))
)]
#[get("/changes")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    readings: Data<Readings>,
    caller: Allowed<Read>,
    Query(query): Query<FeedQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.caller();
    let after = last_event(request.headers())?.or(query.after).unwrap_or(0);
    let end = store.end_of_log(after).await?;
    if after > end {
        return Err(beyond_the_end(end).into());
    }
    let limit = query.limit.unwrap_or(PAGE);
    match Form::wanted(request.headers()) {
        Form::Page => {
            let mut told = readings.parts.read(&store, &caller, (after, limit), OF_A_PAGE).await?;
            let wait = Duration::from_secs(query.wait.unwrap_or(0).into());
            let waits = told.last().is_none() && !wait.is_zero();
            if waits {
                let _place = stream_place(&request).await?;
                if timeout(wait, store.beyond(after)).await.is_ok() {
                    told = readings.parts.read(&store, &caller, (after, limit), OF_A_PAGE).await?;
                }
            }
            if told.last().is_some() {
                readings.pulls.record(&store, &request, &caller, after, "a page").await?;
            }
            store.require_still(&caller)?;
            let page = ChangePage::new(after, &told.part);
            readings.pulls.note(&store, &caller, page.last);
            let mut answer = etag::ok(&page);
            if waits {
                answer.extensions_mut().insert(LongPolled);
            }
            Ok(answer)
        }
        Form::Lines => {
            let place = stream_place(&request).await?;
            readings.pulls.record(&store, &request, &caller, after, "lines").await?;
            Ok(Following::new(&request, store, readings, caller, place)?.lines(after))
        }
        Form::Events => {
            let place = stream_place(&request).await?;
            readings.pulls.record(&store, &request, &caller, after, "events").await?;
            Ok(Following::new(&request, store, readings, caller, place)?.events(after))
        }
    }
}

/// Shape of the JSON text of a logged row.
pub const ROW_SHAPE: Shape = Shape { min_length: 2, max_length: 1_000_000, pattern: r"^\{[\s\S]*\}$" };
/// Shape of an event stream: text, as long as its reader stays.
pub const STREAM_SHAPE: Shape = Shape { min_length: 0, max_length: i32::MAX as usize, pattern: r"^[\s\S]*$" };

/// Changes in a page unless a caller says otherwise, and in one go of a stream.
pub(crate) const PAGE: i64 = 500;
/// The forms of the feed.
enum Form {
    Page,
    Lines,
    Events,
}

impl Form {
    fn wanted(headers: &HeaderMap) -> Self {
        let weight = |kind| negotiation::weight(headers, kind);
        let (page, lines, events) =
            (weight("application/json"), weight("application/x-ndjson"), weight("text/event-stream"));
        if page >= lines.max(events) {
            Self::Page
        } else if lines >= events {
            Self::Lines
        } else {
            Self::Events
        }
    }
}

/// The caller as a reader of the log, with the rights that decide what it may see.
pub fn reader(store: &Store, caller: &Caller) -> Reader {
    reader_of(&store.catalogue(), caller)
}

/// As [`reader`], by a catalogue.
pub(crate) fn reader_of(catalogue: &Catalogue, caller: &Caller) -> Reader {
    // The feed shows a cell beside the past and the future of its indicator, so the rule is asked about all months.
    let hides = |id: &IndicatorId| caller.small_cells.hides_parts(catalogue, *id, Month::EARLIEST..=Month::LATEST);
    Reader {
        within: caller.scope.map(|scope| catalogue.subtree(scope).into_iter().collect()),
        records: ReadRecords::allows(caller),
        users: Manage::allows(caller),
        hidden: catalogue.indicators.keys().copied().filter(hides).collect(),
    }
}

fn last_event(headers: &HeaderMap) -> Result<Option<i64>, Violation> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let seq = text.parse().ok().filter(|seq| *seq >= 0 && text.len() <= 15);
    seq.map(Some).ok_or_else(|| {
        Violation::new(
            "/Last-Event-ID",
            "invalid_header",
            "Last-Event-ID là số thứ tự (seq) của sự kiện nhận được sau cùng.",
            "Last-Event-ID is the seq of the last event received.",
        )
    })
}

/// The refusal of a position beyond the end of the log. Its reader has read a log that is no more; to wait for this one
/// to grow would hide that.
fn beyond_the_end(head: i64) -> Violation {
    Violation::new(
        "/after",
        "unknown_seq",
        format!(
            "Nhật ký thay đổi chỉ đến số thứ tự {head}. Nếu trước đây đã nhận nhiều hơn, dữ liệu phía máy chủ đã bị khôi phục hoặc cắt bớt."
        ),
        format!(
            "The change log ends at {head}. If you have received more before, the server's data has been restored or cut."
        ),
    )
}

/// Position to go on after, and bounds of the answer.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedQuery {
    /// The position to go on after; 0, the beginning, when absent.
    #[validate(range(min = 0, max = GREATEST))]
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Changes in a page at most; 500 when absent. A page is shorter when they are large: go on until `last` is `head`.
    #[validate(range(min = 1, max = 1000))]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Seconds to wait for a change when there is none yet.
    #[validate(range(min = 0, max = 30))]
    #[param(minimum = 0, maximum = 30)]
    wait: Option<u32>,
}

/// A part of the change log.
#[derive(Debug, Serialize, ToSchema)]
struct ChangePage {
    /// The position asked for.
    #[schema(minimum = 0)]
    after: i64,
    /// The position to go on after.
    #[schema(minimum = 0)]
    last: i64,
    /// The end of the log: when it is `last`, you have everything.
    #[schema(minimum = 0)]
    head: i64,
    /// The hash of the change at `after`, 64 zeros at the beginning.
    #[schema(format = "sha-256")]
    previous_hash: String,
    /// SHA-256 over a line for every item, `<seq> <hash>`, each followed by a line for each of its cells,
    /// `<indicator> <agency> <calendar> <month> <numerator> <denominator> <reports>`; every line ends with a line feed.
    #[schema(format = "sha-256")]
    digest: String,
    /// One item for every position after `after`, in order.
    #[schema(max_items = 1000)]
    items: Vec<LoggedChange>,
}

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
    #[schema(value_type = schemas::Sight)]
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
    at: Option<DateTime<FixedOffset>>,
    /// The same, in microseconds since 1970-01-01T00:00:00Z, as it is hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    at_micros: Option<i64>,
    /// Actor who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<ActorView>,
    /// Resource of the changed row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schemas::Resource>)]
    resource: Option<Resource>,
    /// Identity of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    id: Option<i64>,
    /// Operation on the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schemas::Operation>)]
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

/// Changes as events: `id` is the position, `event` is `change`, `data` a change on one line.
#[derive(ToSchema)]
#[schema(format = "event-stream")]
struct EventStream(#[expect(dead_code, reason = "only the contract speaks of it")] String);

/// Actor of a change.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct ActorView {
    /// A person, a machine or the program itself.
    #[schema(value_type = schemas::ActorKind)]
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
    #[schema(minimum = 1)]
    indicator: i64,
    /// Identity of the agency.
    #[schema(minimum = 1)]
    agency: i64,
    /// Identity of the calendar.
    #[schema(minimum = 1)]
    calendar: i64,
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
    pub at: DateTime<FixedOffset>,
    /// Actor who made it: a person, a machine or the program itself.
    #[schema(value_type = schemas::ActorKind)]
    pub actor: ActorKind,
    /// The name of that user or client, for those who may read the audit; else null, as for the program itself.
    #[schema(format = "code")]
    pub username: Option<String>,
    /// Resource of the changed row.
    #[schema(value_type = schemas::Resource)]
    pub resource: Resource,
    /// Identity of the row.
    #[schema(minimum = 1)]
    pub id: i64,
    /// Operation on the row.
    #[schema(value_type = schemas::Operation)]
    pub operation: Operation,
    /// Reason, when one was given.
    #[schema(format = "reference")]
    pub reason: Option<String>,
}

impl ChangePage {
    fn new(after: i64, part: &Part) -> Self {
        let mut digest = Sha256::new();
        for entry in &part.entries {
            digest.update(digest_lines(entry));
        }
        Self {
            after,
            last: part.entries.last().map_or(after, |entry| entry.logged.change.seq),
            head: part.head,
            previous_hash: part.previous_hash.clone(),
            digest: hexadecimal(&digest.finalize()),
            items: part.entries.iter().map(LoggedChange::new).collect(),
        }
    }
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
            at: whole.then(|| local(change.moment())),
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
        let fits = self.at? == local(change.moment()) && self.form == change.form().number();
        fits.then_some(change)
    }
}

impl CellView {
    /// The cell that was told; none when its month is none.
    pub fn parse(&self) -> Option<(CellKey, Cell)> {
        let key = CellKey {
            indicator: self.indicator.into(),
            agency: self.agency.into(),
            calendar: self.calendar.into(),
            month: Period::parse_month("", &self.month).ok()?,
        };
        let Self { numerator, denominator, reports, .. } = *self;
        Some((key, Cell { numerator, denominator, reports }))
    }

    /// A cell as it is told.
    pub fn new(key: CellKey, cell: Cell) -> Self {
        Self {
            indicator: key.indicator.0,
            agency: key.agency.0,
            calendar: key.calendar.0,
            month: key.month.to_string(),
            numerator: cell.numerator,
            denominator: cell.denominator,
            reports: cell.reports,
        }
    }
}

impl ChangeReference {
    /// The reference to a change; `names` are the users' names.
    pub fn new(names: &BTreeMap<AccountId, String>, change: &Change) -> Self {
        Self {
            username: names.get(&AccountId(change.actor.id)).cloned(),
            seq: change.seq,
            at: local(change.moment()),
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

fn digest_lines(entry: &Entry) -> String {
    let mut lines = format!("{} {}\n", entry.logged.change.seq, entry.logged.hash);
    for (key, cell) in &entry.cells {
        lines.push_str(&cell_line(*key, *cell));
    }
    lines
}

/// The line of a cell, as digests are made over it.
pub fn cell_line(key: CellKey, cell: Cell) -> String {
    let CellKey { indicator, agency, calendar, month } = key;
    let Cell { numerator, denominator, reports } = cell;
    format!("{indicator} {agency} {calendar} {month} {numerator} {denominator} {reports}\n")
}
