//! The writer: one thread, one connection, many writes in one commit.
//!
//! Writes queue up; the writer runs each in a savepoint of a shared transaction, commits once, brings the read model up
//! to the commit, and only then answers. Durability costs one sync per batch instead of one per write.

use crate::changes;
use crate::connection::{AnyConnection, Connection, Engine};
use crate::error::{Error, Result};
use crate::measures::{WriteOutcome, WriterMeasures};
use crate::model::SharedModel;
use crate::transaction::{Ended, Progress, Transaction};
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;
use thidua_domain::changes::Actor;
use thidua_domain::incidents::Moment;

/// Who writes, when, and why.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Moment,
    /// Why, when it was said.
    pub reason: Option<String>,
}

/// The sending side of the writer's queue.
#[derive(Clone)]
pub(crate) struct Queue {
    sender: SyncSender<Box<dyn Job>>,
    measures: Arc<WriterMeasures>,
}

/// Writes waiting at most; more are refused at once rather than kept waiting without end.
pub const QUEUE: usize = 4096;
/// Writes in one commit at most.
pub(crate) const BATCH: usize = 256;
/// The advisory lock that gives the nodes on one PostgreSQL schema one order.
const WRITE_LOCK: &str = "hashtext('thidua write'), hashtext(current_schema())";

/// Starts the writer. It ends when every [`Queue`] is gone and all accepted writes are answered.
pub(crate) fn start(
    engine: Engine,
    model: Arc<SharedModel>,
    measures: Arc<WriterMeasures>,
) -> Result<(Queue, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let mut writer = Writer { engine, connection: None, model, measures: Arc::clone(&measures) };
    let thread = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.serve(&receiver))
        .map_err(Error::internal)?;
    Ok((Queue { sender, measures }, thread))
}

impl Queue {
    /// Queues a write; `reply` is called after the commit, or when there will be none.
    pub(crate) fn submit<T, F, R>(&self, context: Context, work: F, reply: R)
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
        R: FnOnce(Result<T>) + Send + 'static,
    {
        let job = Box::new(Typed { context, work: Some(work), outcome: None, stands: false, reply });
        self.measures.queued();
        let (job, why) = match self.sender.try_send(job) {
            Ok(()) => return,
            Err(TrySendError::Full(job)) => (job, "too many writes are waiting"),
            Err(TrySendError::Disconnected(job)) => (job, "the writer has stopped"),
        };
        self.measures.turned_away();
        job.finish(Err(why));
    }
}

/// A queued write, its types hidden from the queue.
trait Job: Send {
    fn context(&self) -> &Context;
    /// Runs inside a savepoint; `None` means it is to be rolled back.
    fn run(&mut self, connection: &mut Connection, progress: Progress) -> Option<Progress>;
    /// What becomes of it when the transaction has come to this end.
    fn outcome(&self, committed: bool) -> WriteOutcome;
    /// Answers the caller: the outcome when committed, or why there was no commit.
    fn finish(self: Box<Self>, committed: std::result::Result<(), &str>);
}

struct Typed<T, F, R> {
    context: Context,
    work: Option<F>,
    outcome: Option<Result<T>>,
    /// Whether it was kept in the transaction.
    stands: bool,
    reply: R,
}

impl<T, F, R> Job for Typed<T, F, R>
where
    T: Send + 'static,
    F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    R: FnOnce(Result<T>) + Send + 'static,
{
    fn context(&self) -> &Context {
        &self.context
    }

    fn run(&mut self, connection: &mut Connection, progress: Progress) -> Option<Progress> {
        let work = self.work.take()?;
        let mut transaction = Transaction::new(connection, &self.context, progress);
        let ran = catch_unwind(AssertUnwindSafe(move || {
            let value = work(&mut transaction)?;
            Ok((value, transaction.finish()?))
        }));
        let (outcome, progress) = match ran {
            Ok(Ok((value, Ended::Standing(progress)))) => (Ok(value), Some(progress)),
            Ok(Ok((value, Ended::Abandoned))) => (Ok(value), None),
            Ok(Err(error)) => (Err(error), None),
            Err(_) => (Err(Error::internal("a write panicked")), None),
        };
        self.outcome = Some(outcome);
        self.stands = progress.is_some();
        progress
    }

    fn outcome(&self, committed: bool) -> WriteOutcome {
        match &self.outcome {
            Some(Err(Error::Unavailable(_) | Error::Internal(_))) => WriteOutcome::Failed,
            Some(Err(_)) => WriteOutcome::Refused,
            Some(Ok(_)) if committed && self.stands => WriteOutcome::Committed,
            Some(Ok(_)) if committed => WriteOutcome::Tried,
            Some(Ok(_)) | None => WriteOutcome::Failed,
        }
    }

    fn finish(self: Box<Self>, committed: std::result::Result<(), &str>) {
        let outcome = match (committed, self.outcome) {
            // A refusal is a refusal whether or not the others were committed.
            (_, Some(Err(refused))) => Err(refused),
            (Ok(()), Some(done)) => done,
            (Ok(()), None) => Err(Error::internal("a write was not run")),
            (Err(why), _) => Err(Error::Unavailable(why.to_owned())),
        };
        (self.reply)(outcome);
    }
}

struct Writer {
    engine: Engine,
    connection: Option<Connection>,
    model: Arc<SharedModel>,
    measures: Arc<WriterMeasures>,
}

impl Writer {
    fn serve(&mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(BATCH - 1));
            self.measures.begin_batch(batch.len());
            let committed = self.commit(&mut batch);
            self.measures.end_batch();
            if let Err(error) = &committed {
                log::error!("writes not committed: {error}");
                self.connection = None;
            }
            for job in batch {
                self.measures.count(job.outcome(committed.is_ok()));
                job.finish(committed.as_ref().copied().map_err(|_| "the database did not take the write"));
            }
        }
    }

    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.engine.connect()?,
        };
        let began = Instant::now();
        begin(&mut connection.0)?;
        let head = changes::head(&mut connection.0)?;
        let catalogue = self.model.catalogue_at(head.seq, &mut connection)?;
        let mut progress = Progress { head, catalogue };
        for job in batch.iter_mut() {
            log::trace!("write by {:?}", job.context().actor);
            connection.0.batch_execute("SAVEPOINT job")?;
            match job.run(&mut connection, progress.clone()) {
                Some(further) => {
                    progress = further;
                    connection.0.batch_execute("RELEASE SAVEPOINT job")?;
                }
                None => {
                    connection.0.batch_execute("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")?;
                }
            }
        }
        let committing = Instant::now();
        connection.0.batch_execute("COMMIT")?;
        self.measures.commits.observe_duration(committing.elapsed());
        self.measures.transactions.observe_duration(began.elapsed());
        // The writes stand: a read model that lags behind must not turn them into failures.
        if let Err(error) = self.model.catch_up(&mut connection) {
            log::error!("read model is behind: {error}");
        }
        self.connection = Some(connection);
        Ok(())
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
