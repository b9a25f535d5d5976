//! Answers to what is no request. Where a head cannot be read, is too large or does not come, actix-http answers with a
//! bare status by itself, and no handler or middleware hears of it: it has no hook for that. So each connection is wrapped,
//! and a bare answer on its way out is replaced by a problem. An answer of this program cannot be mistaken for one, as it
//! names its request. It costs a look at the last bytes of what is written, and a copy of the first bytes of what is read.

use super::middleware::Middleware;
use crate::auth::context::RequestContext;
use crate::problem::Problem;
use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderValue};
use actix_web::web::Data;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A connection whose bare answers are replaced.
pub(super) struct Connection<T> {
    stream: T,
    peer: Option<SocketAddr>,
    edge: Data<Middleware>,
    /// The first bytes of what was read last: a head that cannot be read is among them.
    read: Vec<u8>,
    /// The end of the connection, from when a bare answer was to be written.
    ending: Option<Ending>,
    is_ended: bool,
}

/// The end of a connection: the answer, then reading on for a while. Who still sends would be told by the operating system
/// that the connection is broken, and might never read the answer (RFC 9112, section 9.6).
struct Ending {
    /// The rest of the answer.
    rest: Vec<u8>,
    is_said: bool,
    until: Pin<Box<Sleep>>,
}

/// Time in which the other end may still send.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes that are kept of what was read last.
const KEPT: usize = 4 << 10;
/// Bytes in the longest status line of a bare answer, at least.
const LONGEST: usize = 64;
/// The headers of a bare answer, as actix-http writes them, up to its date. What it says of the connection depends on the
/// version of the request before.
const BARE_HEADERS: [&[u8]; 3] = [
    b"\r\ncontent-length: 0\r\nconnection: close\r\ndate: ",
    b"\r\ncontent-length: 0\r\nconnection: keep-alive\r\ndate: ",
    b"\r\ncontent-length: 0\r\ndate: ",
];
/// Bytes of a date (RFC 9110, section 5.6.7).
const DATE_LENGTH: usize = 29;

/// An answer without anything of this program in it.
struct BareAnswer<'a> {
    status: StatusCode,
    date: &'a [u8],
    /// Bytes that are written before it.
    before: usize,
}

impl<T> Connection<T> {
    pub(super) fn new(stream: T, peer: Option<SocketAddr>, edge: Data<Middleware>) -> Self {
        Self { stream, peer, edge, read: Vec::new(), ending: None, is_ended: false }
    }

    /// The answer in the place of a bare one; it is counted and logged as it is made.
    fn answer(&self, bare: &BareAnswer<'_>) -> Vec<u8> {
        let problem = match bare.status {
            StatusCode::BAD_REQUEST if names_unknown_coding(&self.read) => unknown_coding(),
            StatusCode::REQUEST_TIMEOUT => Problem::new(StatusCode::REQUEST_TIMEOUT, "head_too_slow"),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(bare.status, "head_too_large"),
            status => Problem::of_status(status),
        };
        let call = RequestContext::of_unreadable(self.peer, &self.edge.trusted, &self.edge.room);
        let mut response = self.edge.answer_unreadable(&call, &problem);
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        if let Ok(date) = HeaderValue::from_bytes(bare.date) {
            headers.insert(DATE, date);
        }
        as_bytes(response)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let new = buffer.filled().get(before..).unwrap_or_default();
        if !new.is_empty() {
            self.read.clear();
            self.read.extend_from_slice(new.get(..KEPT).unwrap_or(new));
        }
        read
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let Some(bare) = BareAnswer::at_end(bytes) else {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        };
        if bare.before > 0 {
            let before = bytes.get(..bare.before).unwrap_or_default();
            return Pin::new(&mut self.stream).poll_write(context, before);
        }
        let mut ending = self.ending.take().unwrap_or_else(|| Ending::with(self.answer(&bare)));
        // The bare answer counts as written when the other end has had time to hear what stands in its place.
        let ended = ending.poll(&mut self.stream, context);
        if ended.is_pending() {
            self.ending = Some(ending);
        } else {
            self.is_ended = true;
        }
        ended.map_ok(|()| bytes.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if self.is_ended {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Ending {
    fn with(answer: Vec<u8>) -> Self {
        Self { rest: answer, is_said: false, until: Box::pin(sleep(PATIENCE)) }
    }

    fn poll<T: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut T,
        context: &mut Context<'_>,
    ) -> Poll<Result<()>> {
        let mut stream = Pin::new(stream);
        if !self.is_said && self.until.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Error::from(ErrorKind::TimedOut)));
        }
        while !self.rest.is_empty() {
            let written = ready!(stream.as_mut().poll_write(context, &self.rest))?;
            if written == 0 {
                return Poll::Ready(Err(Error::from(ErrorKind::WriteZero)));
            }
            self.rest.drain(..written);
        }
        if !self.is_said {
            ready!(stream.as_mut().poll_flush(context))?;
            ready!(stream.as_mut().poll_shutdown(context))?;
            self.is_said = true;
        }
        let mut passed_over = [0; 4 << 10];
        while self.until.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut passed_over);
            ready!(stream.as_mut().poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<'a> BareAnswer<'a> {
    /// The bare answer at the end of what is written. One stands there whole, and nothing comes after it. It is read from
    /// its end: nearly every other answer ends otherwise.
    fn at_end(bytes: &'a [u8]) -> Option<Self> {
        let (rest, date) = bytes.strip_suffix(b"\r\n\r\n")?.split_last_chunk::<DATE_LENGTH>()?;
        let rest = BARE_HEADERS.into_iter().find_map(|headers| rest.strip_suffix(headers))?;
        // The body of an answer before it need not end with a line.
        let end = rest.get(rest.len().saturating_sub(LONGEST)..)?;
        let start = rest.len() - end.len() + end.windows(7).rposition(|window| window == b"HTTP/1.")?;
        // A line after the status is a header that no bare answer has.
        let line = std::str::from_utf8(rest.get(start..)?).ok().filter(|line| !line.contains('\n'))?;
        let status = StatusCode::from_u16(line.split(' ').nth(1)?.parse().ok()?).ok()?;
        (status.as_u16() >= 400).then_some(Self { status, date, before: start })
    }
}

/// True where a head names transfer codings before the one that this program knows, `chunked`, which ends them. Where it
/// does not end them, nobody knows where the body ends: that is a malformed request (RFC 9112, sections 6.1 and 6.3).
fn names_unknown_coding(read: &[u8]) -> bool {
    let (mut codings, mut has_length) = (Vec::new(), false);
    for line in read.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take_while(|line| !line.is_empty()) {
        let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':')) else {
            continue;
        };
        has_length |= name.eq_ignore_ascii_case("content-length");
        if name.eq_ignore_ascii_case("transfer-encoding") {
            codings.extend(value.split(',').map(str::trim));
        }
    }
    let is_chunked = |coding: &&str| coding.eq_ignore_ascii_case("chunked");
    let ends = codings.last().is_some_and(is_chunked) && codings.iter().copied().filter(is_chunked).count() == 1;
    ends && codings.len() > 1 && !has_length && codings.iter().all(|coding| !coding.is_empty())
}

fn unknown_coding() -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "unknown_transfer_coding")
}

/// An answer as it is sent.
fn as_bytes(response: HttpResponse) -> Vec<u8> {
    let (head, body) = response.into_parts();
    let body = body.try_into_bytes().unwrap_or_default();
    let status = head.status();
    let (reason, length) = (status.canonical_reason().unwrap_or_default(), body.len());
    let start = format!("HTTP/1.1 {} {reason}\r\n{CONTENT_LENGTH}: {length}\r\n", status.as_str());
    let mut bytes = start.into_bytes();
    for (name, value) in head.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    bytes
}
