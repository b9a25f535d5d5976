//! Pool of reading threads, of which there are few: work waits for its turn, and is refused when it waits too long or
//! too much waits.
//!
//! A thread takes the next work as soon as it has done one: to put it to sleep and wake it in between takes as long as
//! a small piece of work. Turns go round among the agencies that wait, and those of one among its accounts; work of
//! whoever has most waiting is refused first.

use crate::problem::Problem;
use crate::store::claimants::{Claimant, Group, Subject};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thidua_persistence::FairQueue;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The pool of reading threads. Once it is dropped it takes no more work, and does what waits.
pub struct ReadPool(Arc<Queue>);

/// Works that may wait for each thread.
const WAITING: usize = 64;
/// The longest that work waits for its turn.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest that waiting and work take together until the caller is refused; the thread goes on until the work ends.
const TIME: Duration = Duration::from_secs(10);

struct Queue {
    /// Works that may be admitted, those under way among them.
    most: usize,
    waiting: Mutex<WaitingReads>,
    come: Condvar,
}

#[derive(Default)]
struct WaitingReads {
    works: FairQueue<Group, Subject, Work>,
    /// Works that were taken in and have not ended.
    admitted: usize,
    /// Threads that have nothing to do.
    idle: usize,
    closed: bool,
}

type Work = Box<dyn FnOnce() + Send>;

impl ReadPool {
    /// A pool of so many threads.
    pub fn new(many: u32) -> Self {
        let queue = Arc::new(Queue {
            most: usize::try_from(many).unwrap_or(usize::MAX).max(1).saturating_mul(1 + WAITING),
            waiting: Mutex::default(),
            come: Condvar::new(),
        });
        for _ in 0..many.max(1) {
            let served = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("reader".to_owned());
            if let Err(error) = thread.spawn(move || served.serve()) {
                log::error!("no thread for a reader: {error}");
            }
        }
        Self(queue)
    }

    /// Does a claimant's work that blocks, off the async threads, when its turn has come.
    pub async fn take<T: Send + 'static>(
        &self,
        claimant: Claimant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, mut receiver) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let work = Box::new(move || {
            if sender.is_closed() {
                // Its caller has given up.
                return;
            }
            begins.store(true, Ordering::Release);
            // A caller who goes away now needs no answer.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        });
        if !self.0.admit(claimant, work) {
            return Err(Problem::unavailable());
        }
        let done = match timeout(PATIENCE, &mut receiver).await {
            Ok(done) => done,
            Err(_) if !begun.load(Ordering::Acquire) => return Err(Problem::unavailable()),
            Err(_) => timeout(TIME - PATIENCE, receiver).await.map_err(|_| Problem::unavailable())?,
        };
        // Work that was dropped before it began had to give way.
        done.map_err(|_| Problem::unavailable())?.map_err(|_| Problem::internal("a read panicked"))
    }
}

impl Drop for ReadPool {
    fn drop(&mut self) {
        self.0.waiting().closed = true;
        self.0.come.notify_all();
    }
}

impl Queue {
    /// Takes work in. When the pool is full, work of somebody who has more waiting gives way; without any it is
    /// refused.
    fn admit(&self, Claimant { group, subject }: Claimant, work: Work) -> bool {
        let mut waiting = self.waiting();
        let mut gives_way = None;
        if waiting.admitted >= self.most {
            gives_way = waiting.works.give_way((group, subject));
            if gives_way.is_none() {
                return false;
            }
            waiting.admitted -= 1;
        }
        waiting.admitted += 1;
        waiting.works.push((group, subject), work);
        let wake = waiting.idle > 0;
        drop(waiting);
        drop(gives_way);
        if wake {
            self.come.notify_one();
        }
        true
    }

    fn serve(&self) {
        let mut waiting = self.waiting();
        loop {
            if let Some(work) = waiting.works.pop() {
                drop(waiting);
                work();
                waiting = self.waiting();
                waiting.admitted -= 1;
            } else if waiting.closed {
                return;
            } else {
                waiting.idle += 1;
                waiting = self.come.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                waiting.idle -= 1;
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, WaitingReads> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
