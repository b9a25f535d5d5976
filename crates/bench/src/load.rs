//! The load: kept-alive HTTP/1.1 connections in a closed loop on one thread. Every answer's status and length are
//! checked.

use actix_web::rt::{net::TcpStream, spawn};
use anyhow::{Context, Result, bail};
use futures_util::future::try_join_all;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A request as it goes over the wire, and the answer expected.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    pub(super) status: u16,
    /// The length of the body, where it is known.
    pub(super) length: Option<usize>,
}

/// Requests to send one after the other.
#[derive(Clone)]
pub(super) struct Requests {
    list: Rc<[Request]>,
    next: Rc<Cell<usize>>,
    /// True when the list begins again after its last request; false for rows to be created, which can be created once.
    again: bool,
}

impl Requests {
    /// Requests that may be sent any number of times.
    pub(super) fn of(list: Vec<Request>) -> Self {
        Self { list: list.into(), next: Rc::default(), again: true }
    }

    /// Requests that are sent once each.
    pub(super) fn once(list: Vec<Request>) -> Self {
        Self { again: false, ..Self::of(list) }
    }

    /// The next request.
    pub(super) fn next(&self) -> Result<&Request> {
        self.list.get(self.take()?).context("nothing to ask")
    }

    fn take(&self) -> Result<usize> {
        let next = self.next.get();
        self.next.set(next + 1);
        if self.again || next < self.list.len() {
            return next.checked_rem(self.list.len()).context("nothing to ask");
        }
        bail!("ran out of requests that can be sent once")
    }

    /// The same requests, to a server that gives all of them the same answer.
    pub(super) fn answered_with(&self, status: u16, length: usize) -> Self {
        let list = self.list.iter().map(|ask| Request { status, length: Some(length), ..ask.clone() });
        Self::of(list.collect())
    }
}

/// The result of a load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) answers: u64,
    pub(super) took: Duration,
}

/// Sends requests over so many connections for a time.
pub(super) async fn run(address: SocketAddr, asks: &Requests, connections: usize, lasting: Duration) -> Result<Tally> {
    let opened = try_join_all((0..connections).map(|_| Connection::open(address))).await?;
    let started = Instant::now();
    let until = started + lasting;
    let running = opened.into_iter().map(|connection| spawn(keep_asking(connection, asks.clone(), until)));
    let mut answers = 0;
    for connection in running.collect::<Vec<_>>() {
        answers += connection.await??;
    }
    Ok(Tally { answers, took: started.elapsed() })
}

async fn keep_asking(mut connection: Connection, asks: Requests, until: Instant) -> Result<u64> {
    let mut answers = 0;
    while Instant::now() < until {
        let Some(ask) = asks.list.get(asks.take()?) else { break };
        let (status, length) = {
            let answer = connection.exchange(&ask.bytes).await?;
            (answer.status, answer.body.len())
        };
        if status != ask.status || ask.length.is_some_and(|expected| expected != length) {
            let wanted = (ask.status, ask.length);
            bail!("answered {status} with {length} bytes instead of {wanted:?}: {}", connection.shown());
        }
        answers += 1;
    }
    Ok(answers)
}

/// A connection that is kept.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer; it is read until the next request is sent.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) head: &'a str,
    pub(super) body: &'a [u8],
}

const ROOM: usize = 1 << 16;

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| address.to_string())?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; ROOM], filled: 0 })
    }

    /// Sends a request and reads the whole answer, which must say its length.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let (status, head, length) = loop {
            self.fill().await?;
            let read = self.buffer.get(..self.filled).unwrap_or_default();
            if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let text = std::str::from_utf8(read.get(..end).unwrap_or_default())?;
                let (status, length) = head_of(text)?;
                break (status, end, length);
            }
        };
        let whole = head + 4 + length;
        while self.filled < whole {
            self.fill().await?;
        }
        if self.filled > whole {
            bail!("more came than the answer");
        }
        let (text, body) = self.buffer.split_at(head);
        let head = std::str::from_utf8(text)?;
        Ok(Answer { status, head, body: body.get(4..4 + length).unwrap_or_default() })
    }

    async fn fill(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.stream.read(room).await? {
            0 => bail!("the server hung up"),
            count => {
                self.filled += count;
                Ok(())
            }
        }
    }

    /// The beginning of the last answer.
    fn shown(&self) -> String {
        let read = self.buffer.get(..self.filled.min(2000)).unwrap_or_default();
        String::from_utf8_lossy(read).into_owned()
    }
}

/// The status of an answer and the length of its body.
fn head_of(head: &str) -> Result<(u16, usize)> {
    let status =
        head.get(9..12).and_then(|digits| digits.parse().ok()).with_context(|| format!("no status: {head}"))?;
    if matches!(status, 204 | 304) {
        return Ok((status, 0));
    }
    let length = header(head, "content-length").and_then(|value| value.parse().ok());
    Ok((status, length.with_context(|| format!("no length: {head}"))?))
}

/// The status of an answer as it went over the wire, and the length of its body.
pub(super) fn size_of(answer: &[u8]) -> Result<(u16, usize)> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("no answer")?;
    head_of(&String::from_utf8_lossy(answer.get(..end).unwrap_or_default()))
}

/// The value of a header.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then_some(value.trim())
    };
    head.lines().skip(1).find_map(value)
}
