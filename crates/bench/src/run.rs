//! A measurement: the product and the constant handler in turn, row by row of the table.

use crate::bare_inserts;
use crate::load::{self, Request, Requests};
use crate::neighbours::{self, Bystanders, Line};
use crate::options::Options;
use crate::processes::Process;
use crate::province::{Caller, DEPARTMENT, MONTH};
use crate::table::{HEAD, Row, Side};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Measures, and prints the table.
pub(super) fn run(options: &Options) -> Result<()> {
    actix_web::rt::System::new().block_on(measure(options))
}

/// A run, with the product serving.
struct Run<'a> {
    options: &'a Options,
    product: Process,
}

/// Connections of single figures and rows, and of large documents.
const MANY: [usize; 2] = [16, 64];
const FEW: [usize; 2] = [4, 16];
/// Time a started server rests until it counts as idle: by then it has given back what it needed to start.
const REST: Duration = Duration::from_secs(5);
/// Load before the first round, so that nothing is measured cold.
const WARM_UP: Duration = Duration::from_millis(300);

async fn measure(options: &Options) -> Result<()> {
    let started = Instant::now();
    let product = Process::product(options)?;
    let run = Run { options, product };
    let admin = run.log_in().await?;
    println!("Ready after {} ms.", started.elapsed().as_millis());
    actix_web::rt::time::sleep(REST).await;
    println!("Memory, idle: {}.", run.product.memory()?);
    println!("\n{HEAD}");
    run.documents(&admin).await?;
    run.rows(&admin).await?;
    run.neighbours(&admin).await?;
    println!("\nMemory, under load: {}.", run.product.memory()?);
    run.bulk(admin).await
}

impl Run<'_> {
    /// Rows about documents that are computed from the read model.
    async fn documents(&self, admin: &Caller) -> Result<()> {
        let reader = admin.furnish().await?;
        let figure = format!("/api/v1/attainments/CT3/{DEPARTMENT}.7/{MONTH}");
        self.document("One attainment", admin, &figure, "", MANY, Some(85)).await?;
        let matrix = format!("/api/v1/attainments?period={MONTH}&agency={DEPARTMENT}&subtree=true");
        let report = format!("/api/v1/provincial-report?period={MONTH}");
        for (name, caller, path) in [("Matrix 7 × 200", admin, &matrix), ("Report 7 × 200", &reader, &report)] {
            self.document(name, caller, path, "", FEW, Some(80)).await?;
            let known = caller.known(path).await?;
            self.document(&format!("{name}, 304"), caller, path, &known, FEW, Some(85)).await?;
            self.document(&format!("{name}, gzip"), caller, path, "accept-encoding: gzip\r\n", FEW, None).await?;
        }
        Ok(())
    }

    /// Rows about reads and writes of the database.
    async fn rows(&self, admin: &Caller) -> Result<()> {
        let sqlite = self.options.target().is_sqlite();
        let goal = |on_sqlite, on_postgres| Some(if sqlite { on_sqlite } else { on_postgres });
        if self.wants("One row") {
            let (rows, first) = admin.single_rows().await?;
            self.compare("One row by id", &Requests::of(rows), &first, MANY, goal(25, 12)).await?;
        }
        let list = "/api/v1/training-records?result=completed&from=2026-01-01&sort=-on&limit=50";
        self.document("List of 50, filter and sort", admin, list, "", MANY, goal(11, 6)).await?;
        let list = "/api/v1/training-records?agency=H18.SKHCN&result=completed&sort=-on&limit=50";
        self.document("List of an agency and those below", admin, list, "", MANY, None).await?;
        if self.wants("Insert") {
            let mut records = admin.new_records(INSERTS).await?;
            let answer = admin.created(&records.pop().unwrap_or_default()).await?;
            let asks = Requests::once(records.iter().map(|record| admin.to_create(record)).collect());
            self.compare("Insert one record", &asks, &answer, [64, 16], goal(10, 6)).await?;
        }
        Ok(())
    }

    /// Measures what others are left with beside a neighbour at its worst.
    async fn neighbours(&self, admin: &Caller) -> Result<()> {
        if !self.wants(neighbours::NAME) {
            return Ok(());
        }
        let clerk = admin.another("editor").await?;
        let inserts = admin.new_records(INSERTS).await?.iter().map(|record| clerk.to_create(record)).collect();
        let (pull, _) =
            admin.another("viewer").await?.ask(&format!("/api/v1/provincial-report?period={MONTH}"), "").await?;
        let others = Bystanders { inserts: Requests::once(inserts), pull: Request { length: None, ..pull } };
        let neighbours = neighbours::all(&admin.another("editor").await?, admin).await?;
        let (address, lasting) = (self.product.address, Duration::from_millis(self.options.milliseconds));
        others.beside(address, None, WARM_UP).await?;
        let alone = others.beside(address, None, lasting).await?;
        println!("\n{}", neighbours::HEAD);
        println!("{}", Line { neighbour: None, alone: &alone, came: &alone });
        for neighbour in &neighbours {
            let came = others.beside(address, Some(neighbour), lasting).await?;
            println!("{}", Line { neighbour: Some(neighbour), alone: &alone, came: &came });
        }
        Ok(())
    }

    /// Measures one address.
    async fn document(
        &self,
        name: &str,
        caller: &Caller,
        path: &str,
        headers: &str,
        connections: [usize; 2],
        goal: Option<u64>,
    ) -> Result<()> {
        if !self.wants(name) {
            return Ok(());
        }
        let (ask, answer) = caller.ask(path, headers).await?;
        self.compare(name, &Requests::of(vec![ask]), &answer, connections, goal).await
    }

    /// Measures the product, and in turn a handler that always gives the same answer.
    async fn compare(
        &self,
        name: &str,
        asks: &Requests,
        answer: &[u8],
        connections: [usize; 2],
        goal: Option<u64>,
    ) -> Result<()> {
        let file = tempfile(answer)?;
        let constant = Process::constant(&file, self.options.workers)?;
        std::fs::remove_file(&file)?;
        let (status, length) = load::size_of(answer)?;
        let same = asks.answered_with(status, length);
        for connections in connections {
            self.load(&constant, &same, connections, WARM_UP).await?;
            self.load(&self.product, asks, connections, WARM_UP).await?;
            let mut rounds = Vec::new();
            for _ in 0..self.options.rounds {
                let lasting = Duration::from_millis(self.options.milliseconds);
                let product = self.load(&self.product, asks, connections, lasting).await?;
                rounds.push((product, self.load(&constant, &same, connections, lasting).await?));
            }
            println!("{}", Row { name: name.to_owned(), connections, goal, rounds });
        }
        Ok(())
    }

    async fn load(&self, process: &Process, asks: &Requests, connections: usize, lasting: Duration) -> Result<Side> {
        let before = process.on_cores()?;
        let tally = load::run(process.address, asks, connections, lasting).await?;
        Ok(Side::of(tally, process.on_cores()?.saturating_sub(before)))
    }

    /// Measures many records in one request, and in turn the same rows put into the same tables with nothing around it.
    /// The product does not run meanwhile.
    async fn bulk(mut self, mut admin: Caller) -> Result<()> {
        const NAME: &str = "Many records in one request, rows";
        let count = self.options.bulk;
        if count == 0 || !self.wants(NAME) {
            return Ok(());
        }
        let mut rounds = Vec::new();
        for _ in 0..self.options.rounds.min(MOST_BULK_ROUNDS) {
            let body = format!("[{}]", admin.new_records(count).await?.join(","));
            let before = admin.seq().await?;
            let started = Instant::now();
            let report = admin.post("/api/v1/training-records/batch?mode=create", &body, &[200]).await?;
            let took = started.elapsed();
            if report["created"] != count {
                bail!("not all were created: {report}");
            }
            let written = before + 1..=admin.seq().await?;
            println!("\nMemory, after many: {}.", self.product.memory()?);
            drop(self.product);
            let bare = bare_inserts::put_back(self.options.target(), &written)?;
            rounds.push((Side::of_rows(count, took), Side::of_rows(count, bare)));
            self.product = Process::product(self.options)?;
            admin = self.log_in().await?;
        }
        println!("\n{HEAD}\n{}", Row { name: NAME.to_owned(), connections: 1, goal: Some(50), rounds });
        Ok(())
    }

    async fn log_in(&self) -> Result<Caller> {
        Caller::log_in(self.product.address, &self.options.username, &self.options.password).await
    }

    fn wants(&self, name: &str) -> bool {
        name.contains(&self.options.only)
    }
}

/// Records to be created one by one, at most.
const INSERTS: usize = 150_000;
const MOST_BULK_ROUNDS: usize = 3;

/// Makes a file with an answer.
fn tempfile(answer: &[u8]) -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("thidua-bench-{}", std::process::id()));
    std::fs::write(&path, answer).with_context(|| path.display().to_string())?;
    Ok(path)
}
