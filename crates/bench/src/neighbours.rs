//! Neighbours that do their worst within their limits, and what that leaves to others: a clerk who writes single
//! records, and the province's pull. Each is measured alone and beside every kind of neighbour, in turn, in one run.

use crate::load::{Connection, Request, Requests};
use crate::province::Caller;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::{spawn, time::sleep};
use anyhow::Result;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The name of the section.
pub(super) const NAME: &str = "Beside neighbours";

/// The first lines of the table.
pub(super) const HEAD: &str = "\
| Neighbour | Connections | Inserts/s | Ratio | p99 of an insert, ms | Worst, ms | Pulls/s | Ratio | Its answers/s, of which refused |
|---|--:|--:|--:|--:|--:|--:|--:|--:|";

/// A neighbour: the load it makes, over so many connections.
pub(super) struct Neighbour {
    pub(super) name: &'static str,
    pub(super) connections: usize,
    pub(super) does: Load,
}

/// The load over one connection.
#[derive(Clone)]
pub(super) enum Load {
    /// Sends requests one after the other.
    Sends(Rc<[Vec<u8>]>),
    /// Sends the head of a request, and its body drop by drop.
    Drips(Vec<u8>),
    /// Asks for a stream and reads it.
    Listens(Vec<u8>),
}

/// Time between two drops of a body: as slow as the server allows.
const DROP: Duration = Duration::from_millis(100);
/// Time before measuring, until the neighbour is at work.
const SETTLING: Duration = Duration::from_millis(500);
/// Time until a neighbour begins again that was refused, or whose connection has ended.
const AGAIN: Duration = Duration::from_millis(20);

/// Clients that write and pull while a neighbour makes its load.
pub(super) struct Bystanders {
    /// Records to be created one by one.
    pub(super) inserts: Requests,
    /// The pull.
    pub(super) pull: Request,
}

/// Measurements of the clients that write and pull.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    took: Duration,
    /// Time of each insert, in ascending order.
    inserts: Vec<Duration>,
    pulls: u64,
    /// Answers that the neighbour was given, and the refusals among them.
    neighbours: (u64, u64),
}

impl Bystanders {
    /// Measures for a time, beside a neighbour if there is one.
    pub(super) async fn beside(
        &self,
        address: SocketAddr,
        neighbour: Option<&Neighbour>,
        lasting: Duration,
    ) -> Result<Measured> {
        let mut at_it: Vec<JoinHandle<()>> = Vec::new();
        let answers = Rc::new(std::cell::Cell::new((0, 0)));
        if let Some(Neighbour { connections, does, .. }) = neighbour {
            at_it.extend((0..*connections).map(|_| spawn(at_worst(address, does.clone(), Rc::clone(&answers)))));
            sleep(SETTLING).await;
        }
        answers.set((0, 0));
        let (began, until) = (Instant::now(), Instant::now() + lasting);
        let pulls = spawn(pulling(address, self.pull.clone(), until));
        let mut inserts = inserting(address, &self.inserts, until).await?;
        let pulls = pulls.await??;
        let came = answers.get();
        at_it.iter().for_each(JoinHandle::abort);
        inserts.sort_unstable();
        Ok(Measured { took: began.elapsed(), inserts, pulls, neighbours: came })
    }
}

/// Time of each insert. A refused one does not count; it costs time, and a new connection.
async fn inserting(address: SocketAddr, asks: &Requests, until: Instant) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut took = Vec::new();
    while Instant::now() < until {
        let ask = asks.next()?;
        let began = Instant::now();
        match connection.exchange(&ask.bytes).await.map(|answer| answer.status) {
            Ok(status) if status == ask.status => took.push(began.elapsed()),
            _ => connection = Connection::open(address).await?,
        }
    }
    Ok(took)
}

/// Number of pulls that were answered; refused ones do not count.
async fn pulling(address: SocketAddr, pull: Request, until: Instant) -> Result<u64> {
    let mut connection = Connection::open(address).await?;
    let mut pulls = 0;
    while Instant::now() < until {
        match connection.exchange(&pull.bytes).await.map(|answer| answer.status) {
            Ok(status) if status == pull.status => pulls += 1,
            _ => connection = Connection::open(address).await?,
        }
    }
    Ok(pulls)
}

/// Makes a neighbour's load again and again, until it is ended. Limits may refuse it.
async fn at_worst(address: SocketAddr, does: Load, answers: Rc<std::cell::Cell<(u64, u64)>>) {
    loop {
        // Why a load has ended does not matter: refused or cut off, the neighbour begins again.
        let _ = match &does {
            Load::Sends(requests) => asking(address, requests, &answers).await,
            Load::Drips(request) => dripping(address, request).await,
            Load::Listens(request) => listening(address, request).await,
        };
        sleep(AGAIN).await;
    }
}

async fn asking(address: SocketAddr, requests: &[Vec<u8>], answers: &std::cell::Cell<(u64, u64)>) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    loop {
        for request in requests {
            let status = connection.exchange(request).await?.status;
            let (all, refused) = answers.get();
            answers.set((all + 1, refused + u64::from(status >= 400)));
            if status >= 400 {
                sleep(AGAIN).await;
            }
        }
    }
}

async fn dripping(address: SocketAddr, request: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    loop {
        sleep(DROP).await;
        stream.write_all(b" ").await?;
    }
}

async fn listening(address: SocketAddr, request: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut read = vec![0; 1 << 14];
    while stream.read(&mut read).await? > 0 {}
    Ok(())
}

/// Rows of a batch: large enough to hurt, small enough to be let in at once.
const ROWS: usize = 10_000;
/// Rows of each kind assumed in a question, as many as there may be.
const ASSUMED: usize = 1_000;

/// Every kind of neighbour, each `by` the same account.
pub(super) async fn all(by: &Caller, admin: &Caller) -> Result<Vec<Neighbour>> {
    let records = admin.new_records(ROWS).await?;
    // Every other time each row is changed.
    let bodies = ["completed", "attended"].map(|result| {
        let rows = records.iter().map(|record| record.replace("completed", result));
        format!("[{}]", rows.collect::<Vec<_>>().join(","))
    });
    let assumed = records.iter().take(ASSUMED).map(String::as_str).collect::<Vec<_>>().join(",");
    let question = format!(r#"{{"indicator":"CT7","agency":"H18","period":"2026-10","training_records":[{assumed}]}}"#);
    let batches = |path: &str, headers: &str| -> Load {
        Load::Sends(bodies.iter().map(|body| by.request("POST", path, headers, body)).collect())
    };
    let path = "/api/v1/training-records/batch";
    let mut head = by.request("POST", path, "", "");
    let large = "content-length: 1048576";
    head = String::from_utf8_lossy(&head).replace("content-length: 0", large).into_bytes();
    let neighbour = |name, connections, does| Neighbour { name, connections, does };
    Ok(vec![
        neighbour(
            "what-ifs of 1,000 records",
            16,
            Load::Sends([by.request("POST", "/api/v1/attainments/what-if", "", &question)].into()),
        ),
        neighbour("batches of 10,000 rows in parts", 8, batches(&format!("{path}?mode=partial"), "")),
        neighbour("batches of 10,000 rows, all or none", 8, batches(path, "")),
        neighbour("dry runs of 10,000 rows", 8, batches(path, "prefer: tx=rollback\r\n")),
        neighbour("bodies that drip", 64, Load::Drips(head)),
        neighbour(
            "event streams of the log",
            64,
            Load::Listens(by.request("GET", "/api/v1/changes?after=0", "accept: text/event-stream\r\n", "")),
        ),
    ])
}

/// A line of the table: beside a neighbour, compared with being alone.
pub(super) struct Line<'a> {
    pub(super) neighbour: Option<&'a Neighbour>,
    pub(super) alone: &'a Measured,
    pub(super) came: &'a Measured,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, connections) =
            self.neighbour.map_or(("nobody", 0), |neighbour| (neighbour.name, neighbour.connections));
        let (answers, refused) = self.came.neighbours;
        write!(
            f,
            "| {name} | {connections} | {} | **{}** | {} | {} | {} | **{}** | {}, {} |",
            self.came.rate(self.came.inserts.len() as u64),
            hundredths(self.came.share(self.alone, |came| came.inserts.len() as u64)),
            milliseconds(self.came.slowest(99)),
            milliseconds(self.came.slowest(100)),
            self.came.rate(self.came.pulls),
            hundredths(self.came.share(self.alone, |came| came.pulls)),
            self.came.rate(answers),
            self.came.rate(refused),
        )
    }
}

impl Measured {
    /// A number of answers as a rate a second.
    fn rate(&self, many: u64) -> u64 {
        self.per_second(many) / 100
    }

    fn per_second(&self, many: u64) -> u64 {
        u64::try_from(u128::from(many) * 100_000_000_000 / self.took.as_nanos().max(1)).unwrap_or(u64::MAX)
    }

    /// Rate in hundredths of the rate alone.
    fn share(&self, alone: &Self, of: impl Fn(&Self) -> u64) -> u64 {
        self.per_second(of(self)) * 100 / alone.per_second(of(alone)).max(1)
    }

    /// A percentile of the inserts' times: the longest of the quickest `of_hundred` in a hundred.
    fn slowest(&self, of_hundred: usize) -> Duration {
        let place = (self.inserts.len() * of_hundred).div_ceil(100).saturating_sub(1);
        self.inserts.get(place).copied().unwrap_or_default()
    }
}

fn hundredths(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

fn milliseconds(took: Duration) -> String {
    format!("{}.{}", took.as_millis(), took.as_micros() % 1000 / 100)
}
