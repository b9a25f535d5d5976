//! Bodies as they arrive: unpacked, and bounded in size, in time, and in the memory they take of the room for all.

use crate::auth::caller::AtHead;
use crate::auth::context::RequestContext;
use crate::problem::Problem;
use crate::store::room::Reservation;
use actix_web::dev::{Decompress, Payload};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::stream::{self, LocalBoxStream, Stream};
use futures_util::{StreamExt, TryStreamExt};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Limits of bodies, as the installation says.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Bytes of a single row or question.
    pub single: usize,
    /// Bytes of a batch.
    pub batch: usize,
    /// Time that a body may take; each KiB of it earns a second more. Whoever sends slower holds on to the connection.
    pub patience: Duration,
    /// Time that any body may take in all: whoever sends slowly for hours holds on to memory.
    pub in_all: Duration,
}

/// A body that arrives.
pub struct Arrival {
    stream: LocalBoxStream<'static, Result<Bytes, PayloadError>>,
    limits: BodyLimits,
    most: usize,
    too_large: bool,
    began: Instant,
    received: usize,
    /// The first bytes, until they are known to be no byte order mark.
    first: Option<Bytes>,
    room: Arc<Reservation>,
    /// The sender, whose rights are checked again at the end: the body may take long to come.
    caller: Option<AtHead>,
}

/// U+FEFF in UTF-8 (RFC 8259, section 8.1: a reader may ignore it).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes for which a body may take a second more.
const BYTES_PER_SECOND: usize = 1024;
/// Bytes that are unpacked at a time, which may become a thousand times as many.
const PACKED_AT_ONCE: usize = 512;
/// Encodings of content that are unpacked. What brotli makes of a few bytes has no bound.
const UNPACKED: &[&str] = &["gzip", "deflate", "identity"];
/// Bytes that a value of JSON takes when it is read, at most, beside its text.
const PER_VALUE: usize = 64;

impl Arrival {
    /// A request's body, of at most so many bytes when it is unpacked (RFC 9110, section 8.4).
    pub fn of(request: &HttpRequest, payload: &mut Payload, most: fn(&BodyLimits) -> usize) -> Result<Self, Problem> {
        let limits =
            request.app_data::<Data<BodyLimits>>().ok_or_else(|| Problem::internal("a body without limits"))?;
        let call =
            request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
        let headers = request.headers();
        let most = most(limits);
        let announced = headers.get(CONTENT_LENGTH).filter(|_| !headers.contains_key(CONTENT_ENCODING));
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        Ok(Self {
            stream: unpacked(payload.take(), headers)?,
            limits: ***limits,
            most,
            too_large: announced.is_some_and(|announced| announced > most),
            began: Instant::now(),
            received: 0,
            first: Some(Bytes::new()),
            room: Arc::clone(&call.room),
            caller: AtHead::of(request),
        })
    }

    /// Room that it takes.
    pub fn room(&self) -> Arc<Reservation> {
        Arc::clone(&self.room)
    }

    /// The next bytes, without the byte order mark that some programs begin every text with; none at the end, where it is
    /// checked again that the sender may still send them.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        while let Some(first) = self.first.take() {
            let Some(bytes) = self.arrived().await? else {
                return Ok(Some(first).filter(|first| !first.is_empty()));
            };
            let mut bytes = if first.is_empty() { bytes } else { [first, bytes].concat().into() };
            if bytes.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&bytes) {
                self.first = Some(bytes);
                continue;
            }
            if bytes.starts_with(BYTE_ORDER_MARK) {
                bytes = bytes.split_off(BYTE_ORDER_MARK.len());
            }
            return Ok(Some(bytes));
        }
        self.arrived().await
    }

    async fn arrived(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.too_large {
            return Err(Problem::too_large());
        }
        let may_take = self.limits.may_take(self.received);
        let arrived = timeout_at(self.began + may_take, self.stream.next()).await;
        let slow = if may_take < self.limits.in_all { Problem::too_slow } else { Problem::took_too_long };
        let Some(bytes) = arrived.map_err(|_| slow())?.transpose().map_err(|_| unreadable())? else {
            self.caller.as_ref().map_or(Ok(()), AtHead::require_still)?;
            return Ok(None);
        };
        self.received += bytes.len();
        self.too_large = self.received > self.most;
        if self.too_large { Err(Problem::too_large()) } else { Ok(Some(bytes)) }
    }

    /// All of it, from somebody who may still send it.
    pub async fn whole(mut self) -> Result<Bytes, Problem> {
        let mut body = BytesMut::new();
        let mut values = 0_usize;
        while let Some(bytes) = self.next().await? {
            // Each value but the first comes after one of these.
            values += bytes.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
            self.room.grow(self.received.saturating_add(PER_VALUE.saturating_mul(values))).await?;
            body.extend_from_slice(&bytes);
        }
        Ok(body.freeze())
    }
}

impl BodyLimits {
    /// Time that a body may have taken when so many bytes have come.
    pub fn may_take(&self, received: usize) -> Duration {
        let earned = Duration::from_secs(u64::try_from(received / BYTES_PER_SECOND).unwrap_or(u64::MAX));
        self.patience.saturating_add(earned).min(self.in_all)
    }
}

/// The stream of a body, unpacked little by little.
fn unpacked(
    payload: Payload,
    headers: &HeaderMap,
) -> Result<LocalBoxStream<'static, Result<Bytes, PayloadError>>, Problem> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default().trim());
    let Some(encoding) = encodings.next() else { return Ok(payload.boxed_local()) };
    if encodings.next().is_some() || !UNPACKED.iter().any(|known| known.eq_ignore_ascii_case(encoding)) {
        return Err(Problem::content_encoding());
    }
    Ok(Decompress::from_headers(in_pieces(payload), headers).boxed_local())
}

fn in_pieces(payload: Payload) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    payload
        .map_ok(|mut bytes| {
            let pieces = bytes.len().div_ceil(PACKED_AT_ONCE);
            let cut = move |_| Ok(bytes.split_to(bytes.len().min(PACKED_AT_ONCE)));
            stream::iter((0..pieces).map(cut))
        })
        .try_flatten()
        .boxed_local()
}

fn unreadable() -> Problem {
    Problem::malformed("malformed_request.body")
}
