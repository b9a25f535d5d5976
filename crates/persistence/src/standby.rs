//! A standby that takes reads off the primary: a PostgreSQL server that repeats what the primary commits. It is asked only
//! for a state that it has come to. Where it has not, or does not answer, the primary is asked, and nobody is refused.

use crate::engine::connection::{Connection, Engine};
use crate::error::{Error, Result};
use crate::log::changes;
use crate::model::shared::SharedModel;
use diesel::r2d2::{NopErrorHandler, Pool};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, park_timeout};
use std::time::{Duration, Instant};
use thidua_domain::log::changes::Hash;

/// A standby that reads go to.
pub struct Standby {
    readers: Pool<Engine>,
    watched: Arc<Watched>,
    measures: StandbyMeasures,
    /// Stops the watch when it is dropped.
    _watch: Sender<()>,
}

/// Counts of the reads that a standby might have answered.
#[derive(Debug, Default)]
struct StandbyMeasures {
    answered: AtomicU64,
    behind: AtomicU64,
    busy: AtomicU64,
    away: AtomicU64,
}

/// A standby as its watch sees it.
struct Watched {
    model: Arc<SharedModel>,
    /// The state of the read model that it was last seen to have come to.
    reached: Mutex<(i64, Hash)>,
    /// Time of its last answer to the watch; none while it is not to be asked.
    answered: Mutex<Option<Instant>>,
    /// The last change that it has.
    seq: AtomicI64,
}

/// Interval of the watch.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// Time without an answer to the watch from which on nobody else asks. A server that hangs holds those who have asked.
const SILENCE: Duration = Duration::from_secs(2);

/// Looks at a standby that has not come to the state of the read model: it is some milliseconds behind the primary.
const LOOKS: u32 = 4;

/// Time between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

impl Standby {
    /// Watches a standby, and opens connections to it once it answers: `most` out of the reads that run at a time, so
    /// that one that hangs does not hold all of them.
    pub(crate) fn watch(engine: Engine, model: Arc<SharedModel>, most: u32) -> Result<(Self, JoinHandle<()>)> {
        let readers = Pool::builder()
            .max_size(most)
            .min_idle(Some(1))
            .test_on_check_out(true)
            // Nobody waits for a connection: it bounds the pauses between tries to open one.
            .connection_timeout(SILENCE)
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(engine.clone());
        let watched =
            Arc::new(Watched { model, reached: Mutex::default(), answered: Mutex::default(), seq: AtomicI64::new(0) });
        let (stop, stopped) = channel();
        let mut watch = Watch { engine, watched: Arc::clone(&watched), connection: None, was_away: None };
        let thread = std::thread::Builder::new()
            .name("standby".to_owned())
            .spawn(move || {
                watch.turn();
                while stopped.recv_timeout(WATCH_EVERY) == Err(RecvTimeoutError::Timeout) {
                    watch.turn();
                }
            })
            .map_err(Error::internal)?;
        Ok((Self { readers, watched, measures: StandbyMeasures::default(), _watch: stop }, thread))
    }

    /// Reads from the standby if it has come to the state of the read model; otherwise the primary is to be asked.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Option<Result<T>> {
        if !self.watched.answers() {
            self.measures.away.fetch_add(1, Relaxed);
            return None;
        }
        // Where all are in use, others are opened meanwhile, off the callers' way.
        let Some(mut connection) = self.readers.try_get() else {
            self.measures.busy.fetch_add(1, Relaxed);
            return None;
        };
        let read = connection.tracking_health(|connection| match self.watched.has_reached(connection)? {
            true => work(connection).map(Some),
            false => Ok(None),
        });
        match read {
            Ok(Some(answer)) => {
                self.measures.answered.fetch_add(1, Relaxed);
                Some(Ok(answer))
            }
            Ok(None) => {
                self.measures.behind.fetch_add(1, Relaxed);
                None
            }
            Err(error) if error.is_refusal() => {
                self.measures.answered.fetch_add(1, Relaxed);
                Some(Err(error))
            }
            Err(error) => {
                log::debug!("the standby has not answered a read: {error}");
                self.measures.away.fetch_add(1, Relaxed);
                None
            }
        }
    }

    /// True while it answers.
    pub fn is_up(&self) -> bool {
        self.watched.answers()
    }

    /// The last change that it has.
    pub fn seq(&self) -> i64 {
        self.watched.seq.load(Relaxed)
    }

    /// Counts of reads, by what became of them.
    pub fn reads(&self) -> [(&'static str, u64); 4] {
        let StandbyMeasures { answered, behind, busy, away } = &self.measures;
        [("answered", answered), ("behind", behind), ("busy", busy), ("away", away)]
            .map(|(name, count)| (name, count.load(Relaxed)))
    }
}

impl Watched {
    fn answers(&self) -> bool {
        lock(&self.answered).is_some_and(|at| at.elapsed() < SILENCE)
    }

    /// True when the standby has come to the state of the read model, or does within some milliseconds.
    fn has_reached(&self, connection: &mut Connection) -> Result<bool> {
        let (seq, hash) = {
            let model = self.model.read();
            let reached = lock(&self.reached);
            if (reached.0, &reached.1) == (model.seq, &model.hash) {
                return Ok(true);
            }
            (model.seq, model.hash.clone())
        };
        for look in 0..LOOKS {
            if look > 0 {
                park_timeout(BETWEEN_LOOKS);
            }
            if let Some(found) = changes::hash_at(&mut connection.0, seq)? {
                let is_same = found == hash;
                if is_same {
                    *lock(&self.reached) = (seq, hash);
                }
                return Ok(is_same);
            }
        }
        Ok(false)
    }
}

/// The thread that sees whether the standby is there, and whether its log is the primary's.
struct Watch {
    engine: Engine,
    watched: Arc<Watched>,
    connection: Option<Connection>,
    /// True while it does not answer, which is logged once; none before the first look.
    was_away: Option<bool>,
}

impl Watch {
    fn turn(&mut self) {
        // A panic in one turn must not prevent the next one.
        let looked = catch_unwind(AssertUnwindSafe(|| self.look()))
            .unwrap_or_else(|_| Err(Error::internal("the watch of the standby panicked")));
        let is_away = looked.is_err();
        match looked {
            Ok(seq) => {
                self.watched.seq.store(seq, Relaxed);
                *lock(&self.watched.answered) = Some(Instant::now());
                if self.was_away == Some(true) {
                    log::info!("reads go to the standby again");
                }
            }
            Err(error) => {
                self.connection = None;
                *lock(&self.watched.answered) = None;
                if self.was_away != Some(true) {
                    log::warn!("reads go to the primary alone: {error}");
                }
            }
        }
        self.was_away = Some(is_away);
    }

    /// The last change that the standby has, if its log is the primary's as far as both are known.
    fn look(&mut self) -> Result<i64> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.engine.connect()?,
        };
        let (seq, hash) = {
            let model = self.watched.model.read();
            (model.seq, model.hash.clone())
        };
        let found = changes::hash_at(&mut connection.0, seq)?;
        if found.is_some_and(|found| found != hash) {
            return Err(Error::Unavailable("the standby has another log than the primary".to_owned()));
        }
        let reached = changes::end(&mut connection)?;
        self.connection = Some(connection);
        Ok(reached)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
