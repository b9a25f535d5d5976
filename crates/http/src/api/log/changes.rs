//! The change log as a feed: every position, in commit order and without gaps; what a caller must not see is a numbered
//! blank.

use crate::api::log::change_streams::{Following, PAGE};
use crate::api::log::feed_parts::OF_A_PAGE;
use crate::api::log::logged_changes::LoggedChange;
use crate::api::log::readings::Readings;
use crate::auth::caller::{Allowed, Read, permission};
use crate::auth::stream_places::stream_place;
use crate::problem::Problem;
use crate::problem::negotiation;
use crate::request::body::Query;
use crate::response::etag;
use crate::response::long_polled::LongPolled;
use crate::store::Store;
use actix_web::http::header::HeaderMap;
use actix_web::rt::time::timeout;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::limits::{GREATEST, Within};
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::text::Shape;
use thidua_domain::violation::Violation;
use thidua_persistence::log::feed::{Entry, FeedPart};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

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
    let after = last_event(request.headers())?.or(query.after.map(After::get)).unwrap_or(0);
    let end = store.end_of_log(after).await?;
    if after > end {
        return Err(beyond_the_end(end).into());
    }
    let limit = query.limit.map_or(PAGE, PageSize::get);
    match FeedForm::wanted(request.headers()) {
        FeedForm::Page => {
            let mut told = readings.parts.read(&store, &caller, (after, limit), OF_A_PAGE).await?;
            let wait = Duration::from_secs(query.wait.map_or(0, Wait::get).into());
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
        FeedForm::Lines => {
            let place = stream_place(&request).await?;
            readings.pulls.record(&store, &request, &caller, after, "lines").await?;
            Ok(Following::new(&request, store, readings, caller, place)?.lines(after))
        }
        FeedForm::Events => {
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

/// The forms of the feed.
enum FeedForm {
    Page,
    Lines,
    Events,
}

impl FeedForm {
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

fn last_event(headers: &HeaderMap) -> Result<Option<i64>, Violation> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let seq = text.parse().ok().filter(|seq| *seq >= 0 && text.len() <= 15);
    seq.map(Some).ok_or_else(|| Violation::new("/Last-Event-ID", "invalid_header.last_event_id"))
}

/// The refusal of a position beyond the end of the log. Its reader has read a log that is no more; to wait for this one
/// to grow would hide that.
fn beyond_the_end(head: i64) -> Violation {
    Violation::new("/after", "unknown_seq.restored").with("head", &head.to_string())
}

/// The position to go on after.
type After = Within<i64, 0, GREATEST>;

/// Changes in a page.
type PageSize = Within<i64, 1, 1000>;

/// Seconds to wait for a change.
type Wait = Within<u32, 0, 30>;

/// Position to go on after, and bounds of the answer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedQuery {
    /// The position to go on after; 0, the beginning, when absent.
    #[param(inline)]
    after: Option<After>,
    /// Changes in a page at most; 500 when absent. A page is shorter when they are large: go on until `last` is `head`.
    #[param(inline)]
    limit: Option<PageSize>,
    /// Seconds to wait for a change when there is none yet.
    #[param(inline)]
    wait: Option<Wait>,
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

/// Changes as events: `id` is the position, `event` is `change`, `data` a change on one line.
#[derive(ToSchema)]
#[schema(format = "event-stream")]
struct EventStream(#[expect(dead_code, reason = "only the contract speaks of it")] String);

impl ChangePage {
    fn new(after: i64, part: &FeedPart) -> Self {
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
