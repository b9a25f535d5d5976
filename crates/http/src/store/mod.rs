//! The database as handlers see it: reads leave the async threads, writes are awaited without holding one.

pub mod claimants;
pub mod current_request;
pub mod exports;
pub mod key_uses;
pub mod read_pool;
pub mod repeats;
pub mod room;

use crate::config::AccessConfig;
use crate::crypto::key_files::Reloading;
use crate::crypto::passwords;
use crate::crypto::refresh_tokens::RefreshTokens;
use crate::crypto::signing::SigningKeys;
use crate::crypto::tokens::Tokens;
use crate::problem::Problem;
use crate::store::claimants::{Claimant, Group, Subject};
use crate::store::current_request::CurrentRequest;
use crate::store::exports::Exports;
use crate::store::key_uses::KeyUses;
use crate::store::read_pool::ReadPool;
use crate::store::repeats::Repeats;
use crate::store::room::{Measure, Reservation, Room};
use actix_web::web;
use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, RwLockReadGuard};
use std::time::Duration;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Actor;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::sessions::Lifetimes;
use thidua_persistence::log::changes;
use thidua_persistence::write::idempotency_keys::Bounds;
use thidua_persistence::{Connection, Context, Database, Model, Prefetch, Result, Transaction};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::timeout;

/// The state that handlers share.
pub struct Store {
    database: Arc<Database>,
    /// The time the server was started.
    pub(crate) started: DateTime<Utc>,
    /// Signs and reads access tokens.
    pub tokens: Tokens,
    access: AccessConfig,
    /// Bounds of the answers kept under idempotency keys.
    pub(crate) kept_under_keys: Bounds,
    signing_keys: Reloading<SigningKeys>,
    secret: [u8; 32],
    progress: watch::Sender<Progress>,
    pub(crate) exports: Exports,
    pub(crate) repeats: Repeats,
    pub(crate) key_uses: KeyUses,
    probing: Arc<Semaphore>,
    hashing: Semaphore,
    reading: ReadPool,
    what_ifs: Room,
    log_ins: AtomicU32,
}

/// The longest a write waits for its turn.
const WRITE_PATIENCE: Duration = Duration::from_secs(4);
/// The longest a batch, or a part of one, waits for its turn: others are let in before it.
const BATCH_PATIENCE: Duration = Duration::from_secs(30);
/// The longest a write takes once its turn has come: longer than the largest batch, or than a restart of the database.
const WRITE_TIME: Duration = Duration::from_secs(30);

/// Passwords hashed at once: each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 4;
/// The longest somebody who logs in waits for a password to be hashed.
const HASH_PATIENCE: Duration = Duration::from_secs(5);
/// The longest a probe waits for the database.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// Bounds of what-ifs and dry runs of batches judged at once, out of all turns at reading: for an agency, and for one
/// account.
const WHAT_IFS: Measure =
    Measure { group: 2, share: 1, queue: 16, patience: Duration::from_secs(10), ..Measure::BOUNDLESS };
/// Log-ins between two sweeps of what is kept of earlier ones.
const LOG_INS_PER_SWEEP: u32 = 256;

/// State that those who wait for changes watch.
struct Progress {
    /// The position the read model has come to.
    seq: i64,
    /// True when the server is about to stop.
    stopping: bool,
}

impl Store {
    /// Shares a database.
    pub fn new(
        database: Arc<Database>,
        tokens: Tokens,
        signing_keys: Reloading<SigningKeys>,
        secret: [u8; 32],
        (access, kept_under_keys): (AccessConfig, u16),
    ) -> Self {
        let progress = watch::Sender::new(Progress { seq: database.model().seq, stopping: false });
        let told = progress.clone();
        database.on_progress(move |seq| told.send_modify(|progress| progress.seq = seq));
        Self {
            reading: ReadPool::new(database.readers()),
            what_ifs: Room::new(WHAT_IFS),
            database,
            started: Utc::now(),
            tokens,
            access,
            kept_under_keys: Bounds::of_mib(kept_under_keys),
            signing_keys,
            secret,
            progress,
            exports: Exports::default(),
            repeats: Repeats::default(),
            key_uses: KeyUses::default(),
            probing: Arc::new(Semaphore::new(1)),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            log_ins: AtomicU32::new(0),
        }
    }

    /// Waits until the log goes beyond a position, or the server is about to stop.
    pub async fn beyond(&self, seq: i64) {
        // The sender is this store's own: there is somebody to tell as long as anybody can ask.
        let _ = self.progress.subscribe().wait_for(|progress| progress.stopping || progress.seq > seq).await;
    }

    /// Ends all waiting for changes: the server is about to stop.
    pub fn stop(&self) {
        self.progress.send_modify(|progress| progress.stopping = true);
    }

    /// True when the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        self.progress.borrow().stopping
    }

    /// The end of the log, to check a position that somebody names. A position beyond this node's read model may come
    /// from another node: then the log itself is asked.
    pub async fn end_of_log(&self, named: i64) -> std::result::Result<i64, Problem> {
        let reached = self.model().seq;
        if named <= reached { Ok(reached) } else { self.read(changes::end).await }
    }

    /// The database, for facts that need no query.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The read model. Hold it briefly, and never across an `await`.
    pub fn model(&self) -> RwLockReadGuard<'_, Model> {
        self.database.model()
    }

    /// The catalogue as of now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.model().catalogue)
    }

    /// The secret that seals cursors, the fingerprints of requests, and user names as they were typed.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Maker of the refresh tokens of sessions.
    pub(crate) fn refresh_tokens(&self) -> RefreshTokens {
        RefreshTokens::under(&self.secret)
    }

    /// The lifetimes of sessions.
    pub fn lifetimes(&self) -> Lifetimes {
        self.access.lifetimes()
    }

    /// Days without a log-in after which a user is shut out; 0 for never.
    pub(crate) fn account_idle_days(&self) -> u16 {
        self.access.account_idle_days
    }

    /// The keys that sign reports and checkpoints.
    pub fn signing_keys(&self) -> Arc<SigningKeys> {
        self.signing_keys.get()
    }

    /// Reads rows, off the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        self.blocking(move |database| database.read(work)).await
    }

    /// Reads rows of which the change log tells, off the async threads, and off the primary where a standby has come to
    /// the state of the read model.
    pub async fn read_replicated<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Clone + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        self.blocking(move |database| database.read_replicated(work)).await
    }

    /// Reads for a probe: an answer within two seconds, or none. One at a time, so that probes do not take all threads
    /// and connections when the database hangs.
    pub(crate) async fn probe<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Option<T> {
        let turn = Arc::clone(&self.probing).acquire_owned();
        let read = async {
            let turn = turn.await.ok()?;
            let database = Arc::clone(&self.database);
            let answer = web::block(move || {
                let _turn = turn;
                database.read(work)
            });
            match answer.await.ok()? {
                Ok(value) => Some(value),
                Err(error) => {
                    log::debug!("a probe was not answered: {error}");
                    None
                }
            }
        };
        timeout(PROBE_PATIENCE, read).await.ok().flatten()
    }

    /// As [`Self::read_replicated`], of a row or two: on the spot where that is quicker than leaving the async threads.
    pub async fn read_row<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Clone + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        match self.database.read_at_once(work) {
            Ok(read) => Ok(read?),
            Err(work) => self.read_replicated(work).await,
        }
    }

    /// Hashes or checks a password, which is slow and takes memory on purpose: off the async threads, a few at once.
    pub async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let turn = timeout(HASH_PATIENCE, self.hashing.acquire()).await.map_err(|_| Problem::unavailable())?;
        let _turn = turn.map_err(Problem::internal)?;
        web::block(work).await.map_err(Problem::internal)
    }

    /// The hash of a new password, which must be long enough and not easily guessed; `known` are words of its owner.
    pub async fn new_hash(
        &self,
        pointer: &'static str,
        password: String,
        least: i64,
        known: Vec<String>,
    ) -> std::result::Result<String, Problem> {
        let hashed = self.hashing(move || {
            let known: Vec<_> = known.iter().map(String::as_str).collect();
            passwords::check(pointer, &password, least, &known)?;
            Ok::<_, Violation>(passwords::hash(&password))
        });
        hashed.await??.map_err(Problem::internal)
    }

    /// True once in so many log-ins, when what is kept of earlier ones is to be swept.
    pub(crate) fn is_time_to_sweep(&self) -> bool {
        self.log_ins.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOG_INS_PER_SWEEP)
    }

    /// Does work that blocks, off the async threads, when its turn has come.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let database = Arc::clone(&self.database);
        // The memory reserved for the request stays reserved until the work ends, even if its caller has gone.
        let room = CurrentRequest::room();
        let work = move || {
            let _room = room;
            work(&database)
        };
        let claimant = CurrentRequest::claimant().unwrap_or(Claimant::alone(Subject::Others));
        self.reading.take(claimant, work).await?.map_err(Problem::from)
    }

    /// Takes a turn at judging what is not written.
    pub(crate) async fn turn_for_what_if(&self, claimant: Claimant) -> std::result::Result<Reservation, Problem> {
        self.what_ifs.take(claimant, 1).await.map_err(|_| Problem::unavailable())
    }

    /// Brings the read model up to all that was committed before, on whatever node.
    pub async fn catch_up(&self) -> std::result::Result<(), Problem> {
        self.blocking(Database::catch_up).await
    }

    /// Notes in an actor's name what it did already, or was refused; nobody waits for it.
    pub fn note(&self, actor: Actor, work: impl FnOnce(&mut Transaction<'_>) -> Result<()> + Clone + Send + 'static) {
        let context = Context { actor, agency: writing_agency(), ..Context::of_program(Utc::now(), None) };
        self.database.submit(context, work, |outcome| {
            if let Err(error) = outcome {
                log::warn!("not noted: {error}");
            }
        });
    }

    /// Has work written, which waits among the writes of an agency, and waits for the commit: the writer's answer, or
    /// the refusal of a write that was not begun in time or whose outcome is not known.
    pub(crate) async fn commit<T: Send + 'static>(
        &self,
        context: Context,
        prefetch: Prefetch,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
    ) -> std::result::Result<Result<T>, Problem> {
        let (sender, mut receiver) = oneshot::channel();
        let patience = if prefetch.is_batch { BATCH_PATIENCE } else { WRITE_PATIENCE };
        let room = CurrentRequest::room();
        let work = move |transaction: &mut Transaction<'_>| {
            let _room = room;
            work(transaction)
        };
        let ticket = self.database.submit_prefetching(context, prefetch, work, move |outcome| {
            // A caller that has gone away needs no answer; the write stands or falls regardless.
            let _ = sender.send(outcome);
        });
        let answered = match timeout(patience, &mut receiver).await {
            Ok(answered) => answered,
            Err(_) if ticket.withdraw() => return Err(Problem::unavailable()),
            Err(_) => timeout(WRITE_TIME, receiver).await.map_err(|_| Problem::outcome_unknown())?,
        };
        // The writer has gone down with a write that it had begun: nobody knows whether it was committed.
        answered.map_err(|_| Problem::outcome_unknown())
    }
}

/// The agency among whose writes a write of the request at work waits.
pub(crate) fn writing_agency() -> Option<AgencyId> {
    CurrentRequest::claimant().map(|claimant| claimant.group).and_then(Group::agency)
}
