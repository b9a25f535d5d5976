//! The writer's queue: writes of any type, each of which can be withdrawn until its turn comes.

use crate::engine::connection::Connection;
use crate::error::{Error, Result};
use crate::write::commit_batch::CommitBatch;
use crate::write::context::Context;
use crate::write::metrics::{WriteOutcome, WriterMeasures};
use crate::write::prefetch::Prefetch;
use crate::write::transaction::{Publish, Transaction, WriteEnd, WriteState};
use crate::write::waiting::{Group, Sender, Turn, Waiting};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The sending side of the writer's queue. Writes that wait when it is dropped are still made.
pub(crate) struct Queue {
    shared: Arc<Shared>,
    measures: Arc<WriterMeasures>,
}

/// The writer's side of the queue. Writes that wait when it is dropped are given up.
pub(crate) struct QueueReceiver(Arc<Shared>);

/// Writes that are to share a commit.
pub(crate) struct TakenJobs {
    /// The writes, in the order in which they are run.
    pub(crate) jobs: Vec<Box<dyn Job>>,
    /// The group whose batch, or part of one, it is; none for single writes.
    batch_of: Option<Group>,
    began: Instant,
}

#[derive(Default)]
struct Shared {
    held: Mutex<QueueState>,
    come: Condvar,
}

#[derive(Default)]
struct QueueState {
    waiting: Waiting<Box<dyn Job>>,
    /// True when the sending side is gone.
    closed: bool,
    /// True when the writer's side is gone.
    stopped: bool,
}

/// Ticket of a queued write, with which the caller can withdraw it.
#[derive(Debug, Clone, Default)]
pub struct Ticket(Arc<AtomicBool>);

impl Ticket {
    /// Withdraws the write. Returns false when its turn has come: then its outcome is still to be told.
    pub fn withdraw(&self) -> bool {
        self.claim()
    }

    /// True for the first claim only: either the writer runs the write, or the caller withdraws it.
    fn claim(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The most writes that wait; more are refused at once rather than kept waiting without end.
pub const QUEUE: usize = 4096;

/// Makes a queue and the side that takes from it.
pub(crate) fn queue(measures: Arc<WriterMeasures>) -> (Queue, QueueReceiver) {
    let shared = Arc::<Shared>::default();
    (Queue { shared: Arc::clone(&shared), measures }, QueueReceiver(shared))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a write in, or gives it back with the reason.
    fn admit(
        &self,
        sender: Sender,
        is_batch: bool,
        job: Box<dyn Job>,
    ) -> std::result::Result<(), (Box<dyn Job>, &'static str)> {
        let mut held = self.lock();
        if held.stopped {
            return Err((job, "the writer has stopped"));
        }
        if held.waiting.len() >= QUEUE {
            return Err((job, "too many writes are waiting"));
        }
        held.waiting.add(sender, is_batch, job, Instant::now());
        drop(held);
        self.come.notify_one();
        Ok(())
    }
}

impl QueueReceiver {
    /// Waits for writes that share a commit, `most` of them at most; none when all were taken and no more will come.
    pub(crate) fn next(&self, most: usize) -> Option<TakenJobs> {
        let mut held = self.0.lock();
        loop {
            let began = Instant::now();
            held = match held.waiting.turn(most, began) {
                Turn::Single(jobs) => return Some(TakenJobs { jobs, batch_of: None, began }),
                Turn::Batch(group, job) => return Some(TakenJobs { jobs: vec![job], batch_of: Some(group), began }),
                Turn::Nobody if held.closed => return None,
                Turn::Nobody => self.0.come.wait(held).unwrap_or_else(PoisonError::into_inner),
                Turn::After(moment) => {
                    let rest = moment.saturating_duration_since(began);
                    self.0.come.wait_timeout(held, rest).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Notes that writes taken from the queue have ended. For a batch its time is noted, as batches of its group rest
    /// in proportion to it.
    pub(crate) fn ended(&self, (batch_of, began): (Option<Group>, Instant)) {
        if let Some(group) = batch_of {
            let mut held = self.0.lock();
            if !held.closed {
                held.waiting.took(group, began.elapsed(), Instant::now());
            }
        }
    }
}

impl TakenJobs {
    /// The group of a batch, if it is one, and the time of taking.
    pub(crate) fn sender(&self) -> (Option<Group>, Instant) {
        (self.batch_of, self.began)
    }
}

impl Drop for QueueReceiver {
    fn drop(&mut self) {
        let mut held = self.0.lock();
        held.stopped = true;
        let given_up = std::mem::take(&mut held.waiting);
        drop(held);
        // Dropping the writes tells their senders. The lock is released before, so that nobody waits for it meanwhile.
        drop(given_up);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut held = self.shared.lock();
        held.closed = true;
        held.waiting.wake();
        drop(held);
        self.shared.come.notify_one();
    }
}

impl Queue {
    /// Queues a write; `reply` is called after the commit, or when there will be none. The work may be run more than
    /// once: a run is undone before the next.
    pub(crate) fn submit<T, F, R>(&self, context: Context, prefetch: Prefetch, work: F, reply: R) -> Ticket
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
        R: FnOnce(Result<T>) + Send + 'static,
    {
        let ticket = Ticket::default();
        let (sender, is_batch) = (Sender::of(context.actor.id, context.agency), prefetch.is_batch);
        let job = Box::new(Typed {
            context,
            prefetch,
            ticket: ticket.clone(),
            begun: false,
            work: Some(work),
            outcome: None,
            stands: false,
            reply,
        });
        self.measures.queued();
        if let Err((job, why)) = self.shared.admit(sender, is_batch, job) {
            self.measures.turned_away();
            job.refuse(Error::Unavailable(why.to_owned()));
        }
        ticket
    }
}

/// A queued write, its types hidden from the queue.
pub(crate) trait Job: Send {
    /// Claims it for running; false when it was withdrawn.
    fn begin(&mut self) -> bool;
    /// The rows it will ask for.
    fn prefetch(&self) -> &Prefetch;
    /// Runs it in a transaction, with others; `again` is true when it may have to be run once more, and `publish` tells
    /// of what it has changed after it was told.
    fn run(
        &mut self,
        connection: &mut Connection,
        set: &mut CommitBatch,
        progress: WriteState,
        again: bool,
        publish: Publish,
    ) -> RunOutcome;
    /// Its outcome, for a transaction that was committed or not.
    fn outcome(&self, committed: bool) -> WriteOutcome;
    /// Answers the caller after the commit.
    fn finish(self: Box<Self>);
    /// Answers the caller with an error: nothing of the write stands, or it is not known.
    fn refuse(self: Box<Self>, why: Error);
}

/// Result of a run within its transaction.
pub(crate) enum RunOutcome {
    /// Its changes are to stand.
    Standing(WriteState),
    /// It is to be undone, whatever its answer is.
    RolledBack,
    /// The whole transaction cannot go on.
    Broken(Error),
}

struct Typed<T, F, R> {
    context: Context,
    prefetch: Prefetch,
    ticket: Ticket,
    begun: bool,
    work: Option<F>,
    outcome: Option<Result<T>>,
    /// True when its changes stand in the transaction.
    stands: bool,
    reply: R,
}

impl<T, F, R> Job for Typed<T, F, R>
where
    T: Send + 'static,
    F: FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
    R: FnOnce(Result<T>) + Send + 'static,
{
    fn begin(&mut self) -> bool {
        self.begun = self.begun || self.ticket.claim();
        self.begun
    }

    fn prefetch(&self) -> &Prefetch {
        &self.prefetch
    }

    fn run(
        &mut self,
        connection: &mut Connection,
        set: &mut CommitBatch,
        progress: WriteState,
        again: bool,
        publish: Publish,
    ) -> RunOutcome {
        log::trace!("write by {:?}", self.context.actor);
        let work = if again { self.work.clone() } else { self.work.take() };
        let Some(work) = work else { return RunOutcome::RolledBack };
        let mut transaction = Transaction::new(connection, set, &self.context, progress);
        let ran = catch_unwind(AssertUnwindSafe(move || {
            let value = transaction.require_right().and_then(|()| work(&mut transaction));
            transaction.check_poisoned()?;
            Ok::<_, Error>((value?, transaction.finish(publish)?))
        }));
        let (outcome, ran) = match ran {
            Ok(Ok((value, WriteEnd::Standing(progress)))) => (Ok(value), RunOutcome::Standing(progress)),
            Ok(Ok((value, WriteEnd::RolledBack))) => (Ok(value), RunOutcome::RolledBack),
            Ok(Err(error)) if error.is_outage() => return RunOutcome::Broken(error),
            Ok(Err(error)) => (Err(error), RunOutcome::RolledBack),
            Err(_) => (Err(Error::internal("a write panicked")), RunOutcome::RolledBack),
        };
        self.outcome = Some(outcome);
        self.stands = matches!(ran, RunOutcome::Standing(_));
        ran
    }

    fn outcome(&self, committed: bool) -> WriteOutcome {
        match &self.outcome {
            Some(Err(error)) if error.is_refusal() && committed => WriteOutcome::Refused,
            Some(Ok(_)) if committed && self.stands => WriteOutcome::Committed,
            Some(Ok(_)) if committed => WriteOutcome::Tried,
            // Its sender has withdrawn it before its turn came.
            None if committed => WriteOutcome::TurnedAway,
            _ => WriteOutcome::Failed,
        }
    }

    fn finish(self: Box<Self>) {
        let withdrawn = || Err(Error::Unavailable("the write was withdrawn, or not run".to_owned()));
        (self.reply)(self.outcome.unwrap_or_else(withdrawn));
    }

    fn refuse(self: Box<Self>, why: Error) {
        (self.reply)(Err(why));
    }
}
