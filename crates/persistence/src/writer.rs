//! The writer: one thread, one connection, many writes in one commit.
//!
//! Writes queue up; the writer runs each in a savepoint of a shared transaction, commits once, brings the read model up
//! to the commit, and only then answers. Durability costs one sync per batch instead of one per write.

use crate::changes;
use crate::connection::{AnyConnection, Connection, Engine};
use crate::error::{Error, Result};
use crate::model::SharedModel;
use crate::transaction::{Ended, Progress, Transaction};
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
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
pub(crate) struct Queue(SyncSender<Box<dyn Job>>);

/// Writes waiting at most; more are refused at once rather than kept waiting without end.
const QUEUE: usize = 4096;
/// Writes in one commit at most.
const BATCH: usize = 256;
/// The advisory lock that gives the nodes on one PostgreSQL schema one order.
const WRITE_LOCK: &str = "hashtext('thidua write'), hashtext(current_schema())";

/// Starts the writer. It ends when every [`Queue`] is gone and all accepted writes are answered.
pub(crate) fn start(engine: Engine, model: Arc<SharedModel>) -> Result<(Queue, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let mut writer = Writer { engine, connection: None, model };
    let thread = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.serve(&receiver))
        .map_err(Error::internal)?;
    Ok((Queue(sender), thread))
}

impl Queue {
    /// Queues a write; `reply` is called after the commit, or when there will be none.
    pub(crate) fn submit<T, F, R>(&self, context: Context, work: F, reply: R)
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
        R: FnOnce(Result<T>) + Send + 'static,
    {
        let job = Box::new(Typed { context, work: Some(work), outcome: None, reply });
        match self.0.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => job.finish(Err("too many writes are waiting")),
            Err(TrySendError::Disconnected(job)) => job.finish(Err("the writer has stopped")),
        }
    }
}

/// A queued write, its types hidden from the queue.
trait Job: Send {
    fn context(&self) -> &Context;
    /// Runs inside a savepoint; `None` means it is to be rolled back.
    fn run(&mut self, connection: &mut Connection, progress: Progress) -> Option<Progress>;
    /// Answers the caller: the outcome when committed, or why there was no commit.
    fn finish(self: Box<Self>, committed: std::result::Result<(), &str>);
}

struct Typed<T, F, R> {
    context: Context,
    work: Option<F>,
    outcome: Option<Result<T>>,
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
        progress
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
}

impl Writer {
    fn serve(&mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(BATCH - 1));
            let committed = self.commit(&mut batch);
            if let Err(error) = &committed {
                log::error!("writes not committed: {error}");
                self.connection = None;
            }
            for job in batch {
                job.finish(committed.as_ref().copied().map_err(|_| "the database did not take the write"));
            }
        }
    }

    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.engine.connect()?,
        };
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
        connection.0.batch_execute("COMMIT")?;
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
