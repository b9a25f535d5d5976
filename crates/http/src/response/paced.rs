//! Pacing of answers: a large one takes of the room for all until its reader has it, and goes out in pieces, so that
//! the connection holds no copy of it.

use crate::auth::context::RequestContext;
use crate::problem::Problem;
use crate::store::room::Reservation;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpResponse};
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Bytes of a piece. With twice as many, answers take a third longer to four readers.
pub const PIECE: usize = 1 << 15;

/// The largest answer that is not paced; most compressed ones are smaller.
const WHOLE: usize = 1 << 16;

/// The largest answer that a connection may take at once, where room is reserved for its copy of it.
pub const COPIED: usize = 1 << 22;

/// An answer that is held until it is read.
pub struct Paced {
    rest: Bytes,
    /// Bytes that the connection takes at a time.
    piece: usize,
    _room: Option<Reservation>,
}

impl Paced {
    /// An answer in pieces, for which room was taken.
    pub fn new(answer: Bytes, room: Option<Reservation>) -> Self {
        Self { rest: answer, piece: PIECE, _room: room }
    }

    /// An answer for which room was taken, and which nobody else holds: it goes out at once, as pieces cost a tenth of a
    /// large answer's speed. The connection lets go of it with this body, when less than a piece is left to send.
    pub fn owned(answer: Bytes, room: Reservation) -> Self {
        let piece = if answer.len() <= COPIED { answer.len() } else { PIECE };
        Self { rest: answer, piece, _room: Some(room) }
    }

    /// The body of an answer that others hold, too: the connection has a copy of it while there is plenty of room for
    /// copies, else of a piece.
    pub(crate) fn shared(answer: Bytes, call: &RequestContext) -> BoxBody {
        if answer.len() <= WHOLE {
            return BoxBody::new(answer);
        }
        let room = call.room.another();
        BoxBody::new(if room.grow_if_plenty(answer.len()) {
            Self::owned(answer, room)
        } else {
            Self::new(answer, None)
        })
    }

    /// The next piece.
    fn piece(&mut self) -> Option<Bytes> {
        let count = self.rest.len().min(self.piece);
        (count > 0).then(|| self.rest.split_to(count))
    }

    /// The next lines of a text: a piece of a stream ends where a line does, unless the line alone is larger.
    pub fn lines(&mut self) -> Option<Bytes> {
        let piece = self.rest.get(..PIECE).unwrap_or(&self.rest);
        let end = piece.iter().rposition(|byte| *byte == b'\n').map_or(piece.len(), |at| at + 1);
        (end > 0).then(|| self.rest.split_to(end))
    }
}

impl MessageBody for Paced {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(self.get_mut().piece().map(Ok))
    }
}

/// Paces an answer that is given whether there is room or not.
pub(crate) fn without_room(call: &RequestContext, response: HttpResponse) -> HttpResponse {
    let (response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(bytes) if bytes.len() > WHOLE => {
            let room = call.room.another();
            room.grow_beyond_bounds(bytes.len());
            BoxBody::new(Paced::owned(bytes, room))
        }
        Ok(bytes) => BoxBody::new(bytes),
        Err(stream) => stream,
    };
    response.set_body(body)
}

/// Reserves room for a large answer. The answer to a write is given whether there is room or not, since it was done; a
/// batch has reserved as much beforehand.
pub(crate) async fn with_room(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    match response.response().body().size() {
        BodySize::Sized(size) if size > WHOLE as u64 => {}
        _ => return Ok(response),
    }
    let call = response
        .request()
        .extensions()
        .get::<Rc<RequestContext>>()
        .cloned()
        .ok_or_else(|| Problem::internal("no call"))?;
    let (request, response) = response.into_parts();
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Ok(ServiceResponse::new(request, without_room(&call, response)));
    }
    let (response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(bytes) => {
            let room = call.room.another();
            room.grow_for_made(bytes.len()).await?;
            BoxBody::new(Paced::owned(bytes, room))
        }
        Err(stream) => stream,
    };
    Ok(ServiceResponse::new(request, response.set_body(body)))
}
