//! The writer: one thread, one connection, many writes in one commit.
//!
//! Writes queue up, and batches by themselves ([`Waiting`]). The writer runs each in a shared transaction, in a
//! savepoint if it touches the tables itself, commits once, brings the read model up to the commit, and only then
//! answers. Durability costs one sync per commit instead of one per write.
//!
//! Writes that the database breaks off are run again, if it is known that nothing of them stands. When a commit is not
//! answered, the log tells whether it stands.

use crate::engine::connection::{AnyConnection, Connection, Engine};
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::Head;
use crate::model::shared::{Commit, SharedModel};
use crate::write::commit_batch::CommitBatch;
use crate::write::metrics::WriterMeasures;
use crate::write::queue::{Job, Queue, QueueReceiver, RunOutcome, TakenJobs, queue};
use crate::write::transaction::{Publish, WriteState};
#[cfg(doc)]
use crate::write::waiting::Waiting;
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{JoinHandle, park_timeout};
use std::time::{Duration, Instant};

/// The most writes in one commit.
pub(crate) const BATCH: usize = 256;
/// The most runs of a batch.
const RUNS: u32 = 3;
/// Time for which the writer tries to learn whether an unanswered commit stands: as long as a restart of the database
/// may take.
const INQUIRY: Duration = Duration::from_secs(3);
/// The pause before it asks again.
const INQUIRY_PAUSE: Duration = Duration::from_millis(50);
/// The advisory lock that gives the nodes on one PostgreSQL schema one order.
const WRITE_LOCK: &str = "hashtext('thidua write'), hashtext(current_schema())";

/// Starts the writer. It ends when the [`Queue`] is gone and all accepted writes are answered.
pub(crate) fn start(
    engine: Engine,
    model: Arc<SharedModel>,
    measures: Arc<WriterMeasures>,
    publish: Publish,
) -> Result<(Queue, JoinHandle<()>)> {
    let (sender, taker) = queue(Arc::clone(&measures));
    let mut writer = Writer { engine, connection: None, model, measures, publish };
    let thread = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.serve(&taker))
        .map_err(Error::internal)?;
    Ok((sender, thread))
}

struct Writer {
    engine: Engine,
    connection: Option<Connection>,
    model: Arc<SharedModel>,
    measures: Arc<WriterMeasures>,
    publish: Publish,
}

/// A transaction that is to be committed.
struct Prepared {
    commit: Commit,
    /// The SQL that ends its last savepoint.
    ended: &'static str,
}

/// The failure of a batch that was not committed.
struct Failure {
    error: Error,
    /// True when running it again may help; then it is known that nothing of it stands.
    again: bool,
}

impl Writer {
    fn serve(&mut self, queue: &QueueReceiver) {
        while let Some(taken) = queue.next(BATCH) {
            let sender = taken.sender();
            let TakenJobs { jobs: mut batch, .. } = taken;
            self.measures.begin_batch(batch.len());
            // A panic in one batch must not take the writer from the next one.
            let written = catch_unwind(AssertUnwindSafe(|| self.write(&mut batch)))
                .unwrap_or_else(|_| Err(Error::Uncertain("the writer panicked".to_owned())));
            self.measures.end_batch();
            queue.ended(sender);
            if let Err(error) = &written {
                log::error!("writes not committed: {error}");
                self.connection = None;
            }
            for job in batch {
                self.measures.count(job.outcome(written.is_ok()));
                match &written {
                    Ok(()) => job.finish(),
                    // A refusal, too, may rest on writes of this batch that were not committed.
                    Err(error) => job.refuse(error.to_all()),
                }
            }
        }
    }

    fn write(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        let mut run = 1;
        loop {
            match self.run(batch, run < RUNS) {
                Ok(()) => return Ok(()),
                Err(Failure { error, again: true }) if run < RUNS => log::warn!("writes are run again: {error}"),
                Err(Failure { error, .. }) => return Err(error),
            }
            run += 1;
        }
    }

    /// Runs a batch and commits it.
    fn run(&mut self, batch: &mut [Box<dyn Job>], again: bool) -> std::result::Result<(), Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.engine.connect_to_write().map_err(|error| Failure { error, again: false })?,
        };
        // Only PostgreSQL breaks off transactions that may succeed a second time; with SQLite no copy of a write is
        // kept for that.
        let again = again && matches!(connection.0, AnyConnection::Postgres(_));
        let began = Instant::now();
        let Prepared { commit, ended } = match self.fill(batch, &mut connection, again) {
            Ok(filled) => filled,
            Err(error) => {
                let again = again && (matches!(error, Error::Contended(_)) || is_lost(&mut connection));
                return Err(Failure { error, again });
            }
        };
        let committing = Instant::now();
        if let Err(error) = connection.0.batch_execute(&format!("{ended}COMMIT")) {
            self.resolve_commit(error.into(), connection, &commit)?;
            return Ok(());
        }
        self.measures.commits.observe_duration(committing.elapsed());
        self.measures.transactions.observe_duration(began.elapsed());
        told(self.model.follow(&mut connection, commit));
        self.connection = Some(connection);
        Ok(())
    }

    /// Runs a batch in a transaction.
    fn fill(&self, batch: &mut [Box<dyn Job>], connection: &mut Connection, again: bool) -> Result<Prepared> {
        begin(&mut connection.0)?;
        let head = changes::head(&mut connection.0)?;
        let catalogue = self.model.catalogue_at(head.seq, connection)?;
        let before = head.clone();
        let access = self.model.access_at(head.seq, connection)?;
        let mut set = CommitBatch::new(self.engine.clone(), Arc::clone(&self.model), access, head.seq);
        set.prefetch(connection, batch.iter().map(|job| job.prefetch()))?;
        let mut progress = WriteState { head, catalogue, catalogue_rows: Vec::new(), moved_more_than_cells: false };
        for job in batch.iter_mut() {
            if !job.begin() {
                continue;
            }
            if !set.knows(job.prefetch()) {
                set.prefetch(connection, std::iter::once(job.prefetch()))?;
            }
            match job.run(connection, &mut set, progress.clone(), again, self.publish) {
                RunOutcome::Standing(further) => {
                    progress = further;
                    set.end(true);
                }
                RunOutcome::RolledBack => set.end(false),
                RunOutcome::Broken(error) => return Err(error),
            }
        }
        let (ended, cells) = set.finish(&mut connection.0)?;
        let WriteState { head: after, moved_more_than_cells, .. } = progress;
        Ok(Prepared { commit: Commit { before, after, moved_more_than_cells, cells }, ended })
    }

    /// Finds out whether a failed commit stands all the same. A database that still answers has refused it; one that is
    /// gone may have committed before, and then the log has its changes.
    fn resolve_commit(
        &mut self,
        error: Error,
        mut connection: Connection,
        Commit { before, after, .. }: &Commit,
    ) -> std::result::Result<(), Failure> {
        let is_sqlite = matches!(connection.0, AnyConnection::Sqlite(_));
        let refused = if is_sqlite { matches!(error, Error::Full(_)) } else { !is_lost(&mut connection) };
        drop(connection);
        if refused {
            let again = !is_sqlite && matches!(error, Error::Contended(_));
            return Err(Failure { error, again });
        }
        log::error!("a commit was not answered: {error}");
        let uncertain = |what: String| Failure { error: Error::Uncertain(what), again: false };
        if before == after {
            return Err(uncertain("nothing was logged that would tell whether a commit stands".to_owned()));
        }
        match self.poll_commit(after) {
            Ok(true) => {
                log::warn!("the commit that was not answered stands");
                Ok(())
            }
            Ok(false) => Err(Failure { error, again: !is_sqlite }),
            Err(error) => Err(uncertain(format!("whether a commit stands is not known: {error}"))),
        }
    }

    /// True when the log holds a change. It is looked up under the writers' lock, so that the transaction in question
    /// is over.
    fn poll_commit(&mut self, change: &Head) -> Result<bool> {
        let deadline = Instant::now() + INQUIRY;
        loop {
            match self.look_for(change) {
                Ok(stands) => return Ok(stands),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => park_timeout(INQUIRY_PAUSE),
            }
        }
    }

    fn look_for(&mut self, change: &Head) -> Result<bool> {
        let mut connection = self.engine.connect_to_write()?;
        begin(&mut connection.0)?;
        let found = changes::hash_at(&mut connection.0, change.seq)?;
        connection.0.batch_execute("ROLLBACK")?;
        let stands = found.as_ref() == Some(&change.hash);
        if stands {
            told(self.model.catch_up(&mut connection));
        }
        self.connection = Some(connection);
        Ok(stands)
    }
}

/// Logs that the read model could not be brought up to a commit. The writes stand: a model that lags behind must not turn
/// them into failures.
fn told(caught_up: Result<()>) {
    if let Err(error) = caught_up {
        log::error!("read model is behind: {error}");
    }
}

fn begin(connection: &mut AnyConnection) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(connection) => connection.batch_execute("BEGIN IMMEDIATE")?,
        AnyConnection::Postgres(connection) => {
            connection.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({WRITE_LOCK})"))?;
        }
    }
    Ok(())
}

/// True when the database at the other end is gone. It is tried, since error messages depend on the server's language.
fn is_lost(connection: &mut Connection) -> bool {
    connection.0.batch_execute("ROLLBACK").is_err()
}
