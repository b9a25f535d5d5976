//! The change log as a stream: as lines up to the present, or as events for as long as its reader stays. Before each
//! part the reader's rights are checked again; a stream that ends for lack of them says so. One that finds no place to
//! read, or no memory, waits.

use crate::api::log::feed_parts::{OF_A_STREAM, ToldPart};
use crate::api::log::readings::Readings;
use crate::auth::caller::Caller;
use crate::auth::context::RequestContext;
use crate::problem::Problem;
use crate::response::paced::Paced;
use crate::store::Store;
use crate::store::room::Reservation;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::rt::time::{sleep, timeout};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream::{self, Stream};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Pause after which a stream without news says that it is alive: proxies close silent connections after a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Pause after which a stream that found no place asks again.
const RETRY: Duration = Duration::from_secs(1);
/// Changes in a page unless a caller says otherwise, and in one go of a stream.
pub(crate) const PAGE: i64 = 500;
/// Memory that a part may take: the changes, and their text.
const PART: usize = 3 * OF_A_STREAM;

/// A reader that takes the log bit by bit.
pub(crate) struct Following {
    store: Data<Store>,
    readings: Data<Readings>,
    caller: Caller,
    call: Rc<RequestContext>,
    /// One of the streams that its account may have.
    _place: Reservation,
}

/// The form of a stream.
#[derive(Clone, Copy)]
enum StreamForm {
    /// A line for each change that there is.
    Lines,
    /// An event for each change that there is and will be.
    Events,
}

/// A stream as far as it was given.
struct State {
    following: Following,
    form: StreamForm,
    at: i64,
    /// Position at which lines end: the end of the log when the first were read.
    end: Option<i64>,
    /// The rest of a part.
    part: Option<Paced>,
    /// Set when there is nothing to come.
    over: bool,
}

impl Following {
    /// A reader, for the request that it has made.
    pub(crate) fn new(
        request: &HttpRequest,
        store: Data<Store>,
        readings: Data<Readings>,
        caller: Caller,
        place: Reservation,
    ) -> Result<Self, Problem> {
        let call =
            request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
        Ok(Self { store, readings, caller, call, _place: place })
    }

    /// All changes up to the end of the log as it is when the first are read, a line each.
    pub(crate) fn lines(self, after: i64) -> HttpResponse {
        streamed("application/x-ndjson").streaming(pieces(self, StreamForm::Lines, after))
    }

    /// The changes as they are made.
    pub(crate) fn events(self, after: i64) -> HttpResponse {
        streamed("text/event-stream").streaming(pieces(self, StreamForm::Events, after))
    }

    /// The next part, with the memory it takes; none when the server is about to stop.
    async fn next(&self, after: i64, limit: i64) -> Result<Option<(Arc<ToldPart>, Reservation)>, Problem> {
        let room = self.call.room.another();
        loop {
            room.grow_without_limit_of_time(PART).await;
            let read = self.readings.parts.read(&self.store, &self.caller, (after, limit), OF_A_STREAM);
            match self.call.during(read).await {
                Ok(part) => return Ok(Some((part, room))),
                Err(problem) if problem.is_unavailable() => {}
                Err(problem) => return Err(problem),
            }
            // The stream has begun, so it is too late for a refusal. A reader that goes on later has lost nothing.
            room.shrink(0);
            sleep(RETRY).await;
            if self.store.is_stopping() {
                return Ok(None);
            }
        }
    }

    /// Refusal for a reader who may have no more, as JSON. The status of the answer has gone out long ago.
    fn refusal(&self) -> Result<Option<String>, Problem> {
        let Err(problem) = self.store.require_still(&self.caller) else { return Ok(None) };
        let body = problem.body(self.call.language, self.call.request_id.as_str());
        serde_json::to_string(&body).map(Some).map_err(Problem::internal)
    }
}

fn pieces(following: Following, form: StreamForm, after: i64) -> impl Stream<Item = Result<Bytes, Problem>> {
    let state = State { following, form, at: after, end: None, part: None, over: false };
    stream::try_unfold(state, |mut state| async move {
        loop {
            if let Some(piece) = state.part.as_mut().and_then(Paced::lines) {
                return Ok(Some((piece, state)));
            }
            state.part = None;
            if state.over {
                return Ok(None);
            }
            if let Some(small) = state.go_on().await? {
                return Ok(Some((small, state)));
            }
        }
    })
}

impl State {
    /// Reads the next part. Returns only text that is no part of the log: a sign of life, or the problem that ends the
    /// stream.
    async fn go_on(&mut self) -> Result<Option<Bytes>, Problem> {
        let limit = self.end.map_or(PAGE, |end| PAGE.min(end - self.at));
        let following = &self.following;
        if limit <= 0 || matches!(self.form, StreamForm::Events) && following.store.is_stopping() {
            self.over = true;
            return Ok(None);
        }
        let Some((part, room)) = following.next(self.at, limit).await? else {
            self.over = true;
            return Ok(None);
        };
        if let Some(problem) = following.refusal()? {
            self.over = true;
            return Ok(Some(Bytes::from(match self.form {
                StreamForm::Lines => problem + "\n",
                StreamForm::Events => format!("event: problem\ndata: {problem}\n\n"),
            })));
        }
        let Some(last) = part.last() else {
            drop((part, room));
            return Ok(self.nothing_new().await);
        };
        let text = match self.form {
            StreamForm::Lines => part.lines()?,
            StreamForm::Events => part.events()?,
        };
        room.shrink(text.len());
        following.readings.pulls.note(&following.store, &following.caller, last);
        self.end = matches!(self.form, StreamForm::Lines).then(|| self.end.unwrap_or(part.part.head));
        (self.at, self.part) = (last, Some(Paced::new(text, Some(room))));
        Ok(None)
    }

    /// Sign of life of a stream of events while there is nothing new; a stream of lines ends instead.
    async fn nothing_new(&mut self) -> Option<Bytes> {
        let following = &self.following;
        if matches!(self.form, StreamForm::Lines) {
            self.over = true;
            return None;
        }
        // Comes to nothing but a sign of life when time runs out; news are read in the next turn.
        let _ = timeout(HEARTBEAT, following.store.beyond(self.at)).await;
        following.readings.pulls.note(&following.store, &following.caller, self.at);
        Some(Bytes::from_static(b": \n\n"))
    }
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
