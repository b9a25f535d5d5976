//! Bodies as they arrive: unpacked, and bounded in size and in time.

use crate::auth::AtHead;
use crate::problem::Problem;
use actix_web::HttpRequest;
use actix_web::dev::{Decompress, Payload};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Data};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What a body may be, as the installation says.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Bytes of a single row or question.
    pub single: usize,
    /// Bytes of a batch.
    pub batch: usize,
    /// How long a body may take, and a second more for each of its KiB: whoever sends slower holds on to the connection.
    pub patience: Duration,
}

/// A body that arrives.
pub struct Arrival {
    stream: Decompress<Payload>,
    most: usize,
    too_large: bool,
    patience: Duration,
    began: Instant,
    received: usize,
    /// The sender: it may take long to come.
    caller: Option<AtHead>,
}

/// Bytes for which a body may take a second more.
const BYTES_PER_SECOND: usize = 1024;

impl Arrival {
    /// A request's body, of at most so many bytes when it is unpacked (RFC 9110, section 8.4).
    pub fn of(request: &HttpRequest, payload: &mut Payload, most: fn(&BodyLimits) -> usize) -> Result<Self, Problem> {
        let limits =
            request.app_data::<Data<BodyLimits>>().ok_or_else(|| Problem::internal("a body without limits"))?;
        let headers = request.headers();
        let most = most(limits);
        let announced = headers.get(CONTENT_LENGTH).filter(|_| !headers.contains_key(CONTENT_ENCODING));
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        Ok(Self {
            stream: Decompress::from_headers(payload.take(), headers),
            most,
            too_large: announced.is_some_and(|announced| announced > most),
            patience: limits.patience,
            began: Instant::now(),
            received: 0,
            caller: AtHead::of(request),
        })
    }

    /// The next bytes; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.too_large {
            return Err(Problem::too_large());
        }
        let earned = Duration::from_secs(u64::try_from(self.received / BYTES_PER_SECOND).unwrap_or(u64::MAX));
        let deadline = self.began + self.patience.saturating_add(earned);
        let arrived = timeout_at(deadline, self.stream.next()).await.map_err(|_| Problem::too_slow())?;
        let Some(bytes) = arrived.transpose().map_err(|_| unreadable())? else { return Ok(None) };
        self.received += bytes.len();
        self.too_large = self.received > self.most;
        if self.too_large { Err(Problem::too_large()) } else { Ok(Some(bytes)) }
    }

    /// All of it, from somebody who may still send it.
    pub async fn whole(self) -> Result<Bytes, Problem> {
        self.whole_seen(|_| {}).await
    }

    /// All of it, shown piece by piece as it arrives.
    pub async fn whole_seen(mut self, mut see: impl FnMut(&[u8])) -> Result<Bytes, Problem> {
        let mut body = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            see(&bytes);
            body.extend_from_slice(&bytes);
        }
        self.caller.as_ref().map_or(Ok(()), AtHead::require_still)?;
        Ok(body.freeze())
    }
}

fn unreadable() -> Problem {
    Problem::malformed("Không đọc được nội dung gửi lên.", "The body cannot be read.")
}
