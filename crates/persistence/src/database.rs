//! The database: readers, the one writer, and the read model, opened together.

use crate::closing;
use crate::engine::connection::{Connection, Engine};
use crate::engine::migrations;
use crate::engine::migrations::Missing;
use crate::engine::past::AsOf;
use crate::error::{Error, Result};
use crate::figures::explanations;
use crate::figures::explanations::{Explanation, ExplanationQuery};
use crate::log::changes;
use crate::log::past;
use crate::migrate;
use crate::model::Model;
use crate::model::follower;
use crate::model::shared::SharedModel;
use crate::standby::Standby;
use crate::write::context::Context;
use crate::write::metrics::WriterMeasures;
use crate::write::prefetch::Prefetch;
use crate::write::queue::{Queue, Ticket};
use crate::write::transaction::Transaction;
use crate::write::what_if::WhatIf;
use crate::write::writer;
use diesel::r2d2::Pool;
use std::sync::mpsc::{Sender, sync_channel};
use std::sync::{Arc, RwLockReadGuard};
use std::thread::{JoinHandle, park_timeout};
use std::time::{Duration, Instant};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::time::Moment;

/// An open database.
pub struct Database {
    engine: Engine,
    readers: Pool<Engine>,
    standby: Option<Standby>,
    model: Arc<SharedModel>,
    queue: Option<Queue>,
    measures: Arc<WriterMeasures>,
    follower_stop: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// Options for opening a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// The engine, with the place of the data.
    pub engine: Engine,
    /// A server that repeats what is committed to the first, to read from.
    pub standby: Option<Engine>,
    /// The most connections for reading.
    pub readers: u32,
    /// Interval at which commits of other processes are looked for.
    pub follow_every: Duration,
}

/// The connections for reading at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// Number of open connections.
    pub open: u32,
    /// Number of these that nobody uses.
    pub idle: u32,
    /// The most there may be.
    pub most: u32,
}

impl Options {
    /// The defaults for a `DATABASE_URL`.
    pub fn from_url(url: &str) -> Self {
        Self { engine: Engine::from_url(url), standby: None, readers: 8, follow_every: Duration::from_millis(50) }
    }
}

/// Time that closing waits for the last writes. A server first waits for its requests under way, and service managers
/// kill a program after 30 seconds: this is a little less than the difference.
const CLOSING: Duration = Duration::from_secs(4);

/// Time that a reader waits for a connection.
const CONNECTING: Duration = Duration::from_millis(1500);

impl Database {
    /// Opens a database, migrated and with its read model loaded.
    pub fn open(options: Options) -> Result<Self> {
        let Options { engine, standby, readers: most, follow_every } = options;
        let mut connection = engine.connect()?;
        migrate::migrate(&mut connection)?;
        let model = Arc::new(SharedModel::default());
        model.catch_up(&mut connection)?;
        let readers = Pool::builder()
            .max_size(most)
            .min_idle(Some(1))
            .test_on_check_out(matches!(engine, Engine::Postgres(_)))
            .connection_timeout(CONNECTING)
            .build(engine.clone())
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        let measures = Arc::new(WriterMeasures::default());
        let (queue, writer) =
            writer::start(engine.clone(), Arc::clone(&model), Arc::clone(&measures), closing::publish)?;
        let (follower_stop, follower) = follower::start(engine.clone(), Arc::clone(&model), follow_every)?;
        let mut threads = vec![writer, follower];
        let standby = match standby {
            Some(engine) => {
                let (standby, watch) = Standby::watch(engine, Arc::clone(&model), most.div_ceil(2))?;
                threads.push(watch);
                Some(standby)
            }
            None => None,
        };
        let (queue, follower_stop) = (Some(queue), Some(follower_stop));
        Ok(Self { engine, readers, standby, model, queue, measures, follower_stop, threads })
    }

    /// Brings the schema up to date and returns the migrations that were applied, in order.
    pub fn migrate(engine: &Engine) -> Result<Vec<String>> {
        migrate::migrate(&mut engine.connect()?)
    }

    /// Looks for a database of this program, and says what is missing: in a wrong folder all of it. Nothing is created or
    /// changed.
    pub fn missing(engine: &Engine) -> Result<Option<Missing>> {
        migrations::missing(engine)
    }

    /// Reads a database without opening it for writing: nothing is created or changed. The schema is not migrated; it
    /// must be this program's own.
    pub fn inspect<T>(engine: &Engine, read: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        engine.read_only(|connection| migrations::require_current(connection).and_then(|()| read(connection)))
    }

    /// The present catalogue of a database that is read only, as by [`Self::inspect`].
    pub fn catalogue_of(engine: &Engine) -> Result<Catalogue> {
        Self::inspect(engine, |connection| {
            connection.snapshot(|connection| {
                let head = changes::head(&mut connection.0)?;
                past::catalogue(connection, head.seq)
            })
        })
    }

    /// Number of reads that can run at a time.
    pub fn readers(&self) -> u32 {
        self.readers.max_size()
    }

    /// Brings the read model up to everything that any process has committed before this call; blocks the calling
    /// thread.
    pub fn catch_up(&self) -> Result<()> {
        self.read(|connection| self.model.catch_up(connection))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The read model. Hold it briefly: commits wait for it.
    pub fn model(&self) -> RwLockReadGuard<'_, Model> {
        self.model.read()
    }

    /// Measures of the writer: the writes it has made, and those that wait.
    pub fn writer(&self) -> &WriterMeasures {
        &self.measures
    }

    /// True while the writer and the thread that follows other nodes run.
    pub fn threads_run(&self) -> bool {
        self.threads.iter().all(|thread| !thread.is_finished())
    }

    /// The connections for reading.
    pub fn pool(&self) -> PoolState {
        let state = self.readers.state();
        PoolState { open: state.connections, idle: state.idle_connections, most: self.readers.max_size() }
    }

    /// The standby that reads go to, if a setting names one.
    pub fn standby(&self) -> Option<&Standby> {
        self.standby.as_ref()
    }

    /// Registers a listener for every position the read model comes to, whichever thread brings it there.
    pub fn on_progress(&self, tell: impl Fn(i64) + Send + Sync + 'static) {
        self.model.listen(tell);
    }

    /// Reads rows; blocks the calling thread.
    pub fn read<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut connection = self.readers.get().map_err(|error| Error::Unavailable(error.to_string()))?;
        connection.tracking_health(work)
    }

    /// Reads rows of which the change log tells, as they stand at the state of the read model or after it: from the
    /// standby, if there is one that has come so far. The work is done again at the primary if the standby fails.
    pub fn read_replicated<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T> + Clone) -> Result<T> {
        let from_standby = self.standby.as_ref().and_then(|standby| standby.read(work.clone()));
        from_standby.unwrap_or_else(|| self.read(work))
    }

    /// Reads a row or two on the calling thread, where that takes no longer than asking another thread: from an SQLite
    /// file, with a connection that is idle. Otherwise the work is given back.
    pub fn read_at_once<T, W: FnOnce(&mut Connection) -> Result<T>>(
        &self,
        work: W,
    ) -> std::result::Result<Result<T>, W> {
        match (&self.engine, self.readers.try_get()) {
            (Engine::Sqlite(_), Some(mut connection)) => Ok(work(&mut connection)),
            _ => Err(work),
        }
    }

    /// The past moment right after a change, which must be in the log already: see [`Model::seq`].
    pub fn past_at_seq(&self, seq: i64) -> Result<AsOf> {
        self.read(|connection| past::at_seq(connection, seq))
    }

    /// The past moment at a time: the state that had been reached then.
    pub fn past_at_time(&self, at: Moment) -> Result<AsOf> {
        self.read(|connection| past::at_time(connection, at))
    }

    /// The read model as it was at a moment, without accounts; blocks the calling thread.
    pub fn model_at(&self, past: AsOf) -> Result<Arc<Model>> {
        self.read(|connection| self.model.as_of(past.seq, connection))
    }

    /// The catalogue as it was at a moment; blocks the calling thread. No figure is read for it.
    pub fn catalogue_at(&self, past: AsOf) -> Result<Arc<Catalogue>> {
        self.read(|connection| self.model.catalogue_as_of(past.seq, connection))
    }

    /// Reads rows as they were at a moment; blocks the calling thread.
    pub fn read_at<T>(&self, past: AsOf, work: impl FnOnce(&mut Connection) -> Result<T> + Clone) -> Result<T> {
        let read = |connection: &mut Connection| connection.back_at(past, work);
        // The log may go on beyond the read model, and a standby is known to have no more than that.
        if past.seq <= self.model().seq { self.read_replicated(read) } else { self.read(read) }
    }

    /// Explains a figure from one state of the database; blocks the calling thread.
    pub fn explain(&self, asked: &ExplanationQuery) -> Result<Explanation> {
        self.read(|connection| {
            connection.snapshot(|connection| {
                let head = changes::head(&mut connection.0)?;
                explanations::explain(connection, head, &self.model, asked)
            })
        })
    }

    /// Answers what-if questions from one state of the database; blocks the calling thread. Nothing is written.
    pub fn what_if<T>(&self, context: &Context, ask: impl FnOnce(&mut WhatIf<'_>) -> Result<T>) -> Result<T> {
        self.read(|connection| {
            connection.snapshot(|connection| ask(&mut WhatIf::begin(connection, &self.model, context)?))
        })
    }

    /// Submits a write, which is answered through `reply` after the commit; with the ticket it can be withdrawn before.
    /// The work may be run more than once: a run is undone before the next.
    pub fn submit<T: Send + 'static>(
        &self,
        context: Context,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
        reply: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Ticket {
        self.submit_prefetching(context, Prefetch::default(), work, reply)
    }

    /// As [`Self::submit`], of a write that names beforehand the rows it will read: they are read for many writes at
    /// once.
    pub fn submit_prefetching<T: Send + 'static>(
        &self,
        context: Context,
        prefetch: Prefetch,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
        reply: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Ticket {
        if let Some(queue) = &self.queue {
            return queue.submit(context, prefetch, work, reply);
        }
        reply(Err(Error::Unavailable("the database is closing".to_owned())));
        Ticket::default()
    }

    /// Makes a write; blocks the calling thread until the commit.
    pub fn write<T: Send + 'static>(
        &self,
        context: Context,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = sync_channel(1);
        self.submit(context, work, move |outcome| {
            // Nobody waits any more when the receiver is gone.
            let _ = sender.send(outcome);
        });
        receiver.recv().map_err(|_| Error::Unavailable("the writer has stopped".to_owned()))?
    }
}

impl Drop for Database {
    /// Answers every accepted write, then stops the threads. A thread that hangs on a database is left behind.
    fn drop(&mut self) {
        self.queue = None;
        self.follower_stop = None;
        self.standby = None;
        let deadline = Instant::now() + CLOSING;
        for thread in self.threads.drain(..) {
            while !thread.is_finished() && Instant::now() < deadline {
                park_timeout(Duration::from_millis(2));
            }
            if !thread.is_finished() {
                log::error!("the database does not answer: closing without it");
            } else if thread.join().is_err() {
                log::error!("a database thread had panicked");
            }
        }
    }
}
