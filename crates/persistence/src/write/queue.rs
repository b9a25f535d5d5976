//! The writer's queue: writes of any type, each of which can be withdrawn until its turn comes.

use crate::engine::connection::Connection;
use crate::error::{Error, Result};
use crate::write::commit_batch::CommitBatch;
use crate::write::metrics::{WriteOutcome, WriterMeasures};
use crate::write::prefetch::Prefetch;
use crate::write::transaction::{Ended, Transaction, WriteState};
use crate::write::waiting::{Group, Sender, Turn, Waiting};
use crate::write::writer::Context;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The sending side of the writer's queue. What waits is still written when it is gone.
pub(crate) struct Queue {
    shared: Arc<Shared>,
    measures: Arc<WriterMeasures>,
}

/// The writer's side of the queue. What waits is given up when it is gone.
pub(crate) struct Taker(Arc<Shared>);

/// Writes that are to share a commit.
pub(crate) struct Taken {
    /// The writes, in the order in which they are run.
    pub(crate) jobs: Vec<Box<dyn Job>>,
    /// Whose batch it is, or a part of one.
    batch_of: Option<Group>,
    began: Instant,
}

#[derive(Default)]
struct Shared {
    held: Mutex<Held>,
    come: Condvar,
}

#[derive(Default)]
struct Held {
    waiting: Waiting<Box<dyn Job>>,
    /// True when nobody will send anything any more.
    closed: bool,
    /// True when nobody takes anything any more.
    stopped: bool,
}

/// The place of a write in the queue: lets whoever waits give it up.
#[derive(Debug, Clone, Default)]
pub struct Ticket(Arc<AtomicBool>);

impl Ticket {
    /// Takes the write out of the queue; false when its turn has come, so that what becomes of it is still to be told.
    pub fn withdraw(&self) -> bool {
        self.claim()
    }

    /// Whether the one who asks is the first: either its turn comes, or it is withdrawn.
    fn claim(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Writes waiting at most; more are refused at once rather than kept waiting without end.
pub const QUEUE: usize = 4096;

/// Makes a queue and the side that takes from it.
pub(crate) fn queue(measures: Arc<WriterMeasures>) -> (Queue, Taker) {
    let shared = Arc::<Shared>::default();
    (Queue { shared: Arc::clone(&shared), measures }, Taker(shared))
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a write in, or gives it back and says why not.
    fn admit(
        &self,
        sender: Sender,
        is_batch: bool,
        job: Box<dyn Job>,
    ) -> std::result::Result<(), (Box<dyn Job>, &'static str)> {
        let mut held = self.held();
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

impl Taker {
    /// Waits for writes, so many at most that share a commit; nothing when all were taken and no more will come.
    pub(crate) fn next(&self, most: usize) -> Option<Taken> {
        let mut held = self.0.held();
        loop {
            let began = Instant::now();
            held = match held.waiting.turn(most, began) {
                Turn::Single(jobs) => return Some(Taken { jobs, batch_of: None, began }),
                Turn::Batch(group, job) => return Some(Taken { jobs: vec![job], batch_of: Some(group), began }),
                Turn::Nobody if held.closed => return None,
                Turn::Nobody => self.0.come.wait(held).unwrap_or_else(PoisonError::into_inner),
                Turn::After(moment) => {
                    let rest = moment.saturating_duration_since(began);
                    self.0.come.wait_timeout(held, rest).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Says that writes have come to their end.
    pub(crate) fn ended(&self, (batch_of, began): (Option<Group>, Instant)) {
        if let Some(group) = batch_of {
            let mut held = self.0.held();
            if !held.closed {
                held.waiting.took(group, began.elapsed(), Instant::now());
            }
        }
    }
}

impl Taken {
    /// Whose they are, and when they were taken.
    pub(crate) fn whose(&self) -> (Option<Group>, Instant) {
        (self.batch_of, self.began)
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.stopped = true;
        let given_up = std::mem::take(&mut held.waiting);
        drop(held);
        // Whoever waits learns of it as the writes are dropped, with nobody waiting for the lock.
        drop(given_up);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        held.closed = true;
        held.waiting.wake();
        drop(held);
        self.shared.come.notify_one();
    }
}

impl Queue {
    /// Queues a write; `reply` is called after the commit, or when there will be none. It may be run more than once: what
    /// a run has done is undone before the next.
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
    /// Whether it is to be run: nobody has withdrawn it.
    fn begin(&mut self) -> bool;
    /// What it will ask for.
    fn prefetch(&self) -> &Prefetch;
    /// Runs in a transaction, with others; `again` says whether it may have to be run once more.
    fn run(
        &mut self,
        connection: &mut Connection,
        set: &mut CommitBatch,
        progress: WriteState,
        again: bool,
    ) -> RunOutcome;
    /// What becomes of it when the transaction has come to this end.
    fn outcome(&self, committed: bool) -> WriteOutcome;
    /// Answers the caller that what it did stands.
    fn finish(self: Box<Self>);
    /// Answers the caller that nothing it did stands, or may not.
    fn refuse(self: Box<Self>, why: Error);
}

/// What a run leaves to its transaction.
pub(crate) enum RunOutcome {
    /// Something that is to stand.
    Standing(WriteState),
    /// Nothing: it is to be undone, whatever it answers.
    Undone,
    /// A transaction that cannot go on.
    Broken(Error),
}

struct Typed<T, F, R> {
    context: Context,
    prefetch: Prefetch,
    ticket: Ticket,
    begun: bool,
    work: Option<F>,
    outcome: Option<Result<T>>,
    /// Whether it was kept in the transaction.
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
    ) -> RunOutcome {
        log::trace!("write by {:?}", self.context.actor);
        let work = if again { self.work.clone() } else { self.work.take() };
        let Some(work) = work else { return RunOutcome::Undone };
        let mut transaction = Transaction::new(connection, set, &self.context, progress);
        let ran = catch_unwind(AssertUnwindSafe(move || {
            let value = transaction.require_right().and_then(|()| work(&mut transaction));
            transaction.check_poisoned()?;
            Ok::<_, Error>((value?, transaction.finish()?))
        }));
        let (outcome, ran) = match ran {
            Ok(Ok((value, Ended::Standing(progress)))) => (Ok(value), RunOutcome::Standing(progress)),
            Ok(Ok((value, Ended::Abandoned))) => (Ok(value), RunOutcome::Undone),
            Ok(Err(error)) if error.is_outage() => return RunOutcome::Broken(error),
            Ok(Err(error)) => (Err(error), RunOutcome::Undone),
            Err(_) => (Err(Error::internal("a write panicked")), RunOutcome::Undone),
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
            // Whoever waited for it has given it up before its turn came.
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
