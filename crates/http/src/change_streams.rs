//! The change log bit by bit: as lines up to the present, or as events for as long as its reader stays. Before each part it
//! is asked whether the reader may still have it; a stream that ends for that reason says so.

use crate::auth::Caller;
use crate::changes::{LoggedChange, PAGE, read};
use crate::problem::Problem;
use crate::server::Call;
use crate::store::Store;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream::{self, Stream};
use std::fmt::Write;
use std::rc::Rc;
use std::time::Duration;
use thidua_persistence::feed::Part;

/// Pause after which a stream without news says that it is alive: proxies close silent connections after a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A reader that takes the log bit by bit.
pub(crate) struct Following {
    store: Data<Store>,
    caller: Caller,
    call: Rc<Call>,
}

/// A part of the log, or why there is none any more, as JSON: the status has long been told.
type Next = Result<Part, String>;

impl Following {
    /// By a request.
    pub(crate) fn new(request: &HttpRequest, store: Data<Store>, caller: Caller) -> Result<Self, Problem> {
        let call = request.extensions().get::<Rc<Call>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
        Ok(Self { store, caller, call })
    }

    /// All changes up to the end of the log as it is when the first are read, a line each.
    pub(crate) fn lines(self, after: i64) -> HttpResponse {
        streamed("application/x-ndjson").streaming(lines(self, after))
    }

    /// The changes as they are made.
    pub(crate) fn events(self, after: i64) -> HttpResponse {
        streamed("text/event-stream").streaming(events(self, after))
    }

    async fn next(&self, after: i64, limit: i64) -> Result<Next, Problem> {
        let part = read(&self.store, &self.caller, after, limit).await?;
        let Err(problem) = self.store.require_still(&self.caller) else { return Ok(Ok(part)) };
        let body = problem.body(self.call.language, self.call.request_id.as_str());
        Ok(Err(serde_json::to_string(&body).map_err(Problem::internal)?))
    }
}

fn lines(following: Following, after: i64) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::try_unfold(Some((following, after, None::<i64>)), |state| async move {
        let Some((following, at, end)) = state else { return Ok(None) };
        let limit = end.map_or(PAGE, |end| PAGE.min(end - at));
        if limit <= 0 {
            return Ok(None);
        }
        let part = match following.next(at, limit).await? {
            Ok(part) => part,
            Err(problem) => return Ok(Some((Bytes::from(problem + "\n"), None))),
        };
        let Some(last) = part.entries.last().map(|entry| entry.logged.change.seq) else { return Ok(None) };
        let mut text = String::new();
        for entry in &part.entries {
            text.push_str(&serde_json::to_string(&LoggedChange::new(entry)).map_err(Problem::internal)?);
            text.push('\n');
        }
        following.store.note_pull(&following.caller, last);
        Ok(Some((Bytes::from(text), Some((following, last, Some(end.unwrap_or(part.head)))))))
    })
}

/// Events (HTML, "Server-sent events"), until the caller goes away or may have no more, or the server stops.
fn events(following: Following, after: i64) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::try_unfold(Some((following, after)), |state| async move {
        let Some((following, at)) = state.filter(|(following, _)| !following.store.is_stopping()) else {
            return Ok(None);
        };
        let part = match following.next(at, PAGE).await? {
            Ok(part) => part,
            Err(problem) => {
                return Ok(Some((Bytes::from(format!("event: problem\ndata: {problem}\n\n")), None)));
            }
        };
        let mut text = String::new();
        let mut last = at;
        for entry in &part.entries {
            last = entry.logged.change.seq;
            let item = serde_json::to_string(&LoggedChange::new(entry)).map_err(Problem::internal)?;
            write!(text, "id: {last}\nevent: change\ndata: {item}\n\n").map_err(Problem::internal)?;
        }
        if text.is_empty() {
            // Comes to nothing but a sign of life when time runs out; news are read in the next turn.
            let _ = timeout(HEARTBEAT, following.store.beyond(at)).await;
            text.push_str(": \n\n");
        }
        following.store.note_pull(&following.caller, last);
        Ok(Some((Bytes::from(text), Some((following, last)))))
    })
}

/// An answer that comes bit by bit; compressing it would hold bits back.
fn streamed(kind: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type(kind)
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((VARY, "authorization, accept"))
        .insert_header(("x-accel-buffering", "no"));
    response
}
