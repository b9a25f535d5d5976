//! Room that all share and of which nobody has more than a share, nor the accounts of an agency together more than
//! theirs: bytes in memory, or turns. Those who find none wait; of them the poorest agency comes first, and of its
//! accounts the poorest.

use crate::problem::Problem;
use crate::store::claimants::{Claimant, Group, Subject};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Room for everybody; clones share it.
#[derive(Debug, Clone)]
pub struct Room(Arc<SharedRoom>);

/// The size of a room, and the bounds within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The bound of all together.
    pub all: usize,
    /// The bound of a group's subjects together.
    pub group: usize,
    /// The bound of one subject.
    pub share: usize,
    /// Reserve for those who ask for little: a part of the whole and, beyond it, an addition to each share and that of
    /// each group. So a row is written beside a large batch.
    pub spare: usize,
    /// The most that counts as little.
    pub little: usize,
    /// The most that may wait of what is in memory already.
    pub made: usize,
    /// The most that may wait of one subject.
    pub queue: usize,
    /// The longest that anybody waits.
    pub patience: Duration,
}

impl Measure {
    /// A measure without bounds, and without a reserve.
    pub const BOUNDLESS: Self = Self {
        all: usize::MAX,
        group: usize::MAX,
        share: usize::MAX,
        spare: 0,
        little: 0,
        made: 0,
        queue: usize::MAX,
        patience: Duration::MAX,
    };
}

/// Room that somebody has taken; it is given back when this is dropped.
#[derive(Debug)]
pub struct Reservation {
    room: Arc<SharedRoom>,
    claimant: Claimant,
    much: AtomicUsize,
}

#[derive(Debug)]
struct SharedRoom {
    measure: Measure,
    held: Mutex<RoomState>,
}

#[derive(Debug, Default)]
struct RoomState {
    used: usize,
    by_group: HashMap<Group, usize>,
    by: HashMap<Subject, usize>,
    waiting: Vec<Waiter>,
    /// The amount that waits of what is in memory already.
    made: usize,
}

/// A refusal to wait: too much of the same subject's waits already.
struct TooMany;

/// Somebody who waits for more.
#[derive(Debug)]
struct Waiter {
    claimant: Claimant,
    more: usize,
    /// The amount of the reservation once `more` is there.
    then: usize,
    come: oneshot::Sender<Reservation>,
}

impl Room {
    /// Room of a measure.
    pub fn new(measure: Measure) -> Self {
        Self(Arc::new(SharedRoom { measure, held: Mutex::default() }))
    }

    /// An empty reservation for a claimant.
    pub fn none(&self, claimant: Claimant) -> Reservation {
        Reservation::of(&self.0, claimant, 0)
    }

    /// Reserves an amount; fails when it is not there in time.
    pub async fn take(&self, claimant: Claimant, much: usize) -> Result<Reservation, Problem> {
        let taken = self.none(claimant);
        taken.grow(much).await?;
        Ok(taken)
    }

    /// The amount that all have reserved.
    pub fn used(&self) -> usize {
        self.0.lock().used
    }
}

impl Reservation {
    fn of(room: &Arc<SharedRoom>, claimant: Claimant, much: usize) -> Self {
        Self { room: Arc::clone(room), claimant, much: AtomicUsize::new(much) }
    }

    /// Its amount.
    pub fn much(&self) -> usize {
        self.much.load(Ordering::Acquire)
    }

    /// An empty reservation for the same claimant.
    pub fn another(&self) -> Self {
        Self::of(&self.room, self.claimant, 0)
    }

    /// Grows to an amount, or waits for it; fails when it is not there in time.
    pub async fn grow(&self, much: usize) -> Result<(), Problem> {
        let Some(coming) = self.ask(much, self.room.measure.queue).map_err(|_| Problem::no_room())? else {
            return Ok(());
        };
        let came = timeout(self.room.measure.patience, coming).await.map_err(|_| Problem::no_room())?;
        self.join(came.map_err(Problem::internal)?);
        Ok(())
    }

    /// As [`Self::grow`], however long it takes: for a claimant who meanwhile holds nothing that others could want.
    pub async fn grow_without_limit_of_time(&self, much: usize) {
        if let Ok(Some(coming)) = self.ask(much, usize::MAX)
            && let Ok(came) = coming.await
        {
            self.join(came);
        }
    }

    /// As [`Self::grow`], for something that is in memory already: not too much of that may wait.
    pub async fn grow_for_made(&self, much: usize) -> Result<(), Problem> {
        if self.much() >= much || self.try_grow(much) {
            return Ok(());
        }
        let _waits = MadeWaiter::of(&self.room, much).ok_or_else(Problem::no_room)?;
        self.grow(much).await
    }

    /// Grows to an amount, beyond the bounds if need be: for answers that have to be given.
    pub fn grow_beyond_bounds(&self, much: usize) {
        let more = much.saturating_sub(self.much());
        self.room.lock().take(self.claimant, more);
        self.much.fetch_add(more, Ordering::AcqRel);
    }

    /// As [`Self::grow`], if half of all and of each share stays free: for what can be done with less. False when it
    /// does not.
    pub fn grow_if_plenty(&self, much: usize) -> bool {
        let Measure { all, group, share, .. } = self.room.measure;
        let half = Measure { all: all / 2, group: group / 2, share: share / 2, spare: 0, ..self.room.measure };
        self.try_grow_within(half, much)
    }

    /// Shrinks to an amount, and gives the rest back.
    pub fn shrink(&self, much: usize) {
        let before = self.much.fetch_min(much, Ordering::AcqRel);
        self.room.release(self.claimant, before.saturating_sub(much));
    }

    fn try_grow(&self, much: usize) -> bool {
        self.try_grow_within(self.room.measure, much)
    }

    fn try_grow_within(&self, measure: Measure, much: usize) -> bool {
        let mut held = self.room.lock();
        let more = much.saturating_sub(self.much());
        let fits = held.has(measure, self.claimant, more, much);
        if fits {
            held.take(self.claimant, more);
            self.much.fetch_add(more, Ordering::AcqRel);
        }
        fits
    }

    /// Takes an amount at once, or waits for it, unless `queue` of the subject's wait already.
    fn ask(&self, much: usize, queue: usize) -> Result<Option<oneshot::Receiver<Self>>, TooMany> {
        // A request for more than a share gets a share: once nothing else of the subject's is there.
        let much = much.min(self.room.measure.share);
        if self.much() >= much || self.try_grow(much) {
            return Ok(None);
        }
        let (come, coming) = oneshot::channel();
        let more = much.saturating_sub(self.much());
        let waiting = Waiter { claimant: self.claimant, more, then: much, come };
        self.room.lock().wait(waiting, queue)?;
        // Somebody may have given back in between.
        self.room.admit_waiting();
        Ok(Some(coming))
    }

    fn join(&self, other: Self) {
        self.much.fetch_add(other.much.swap(0, Ordering::AcqRel), Ordering::AcqRel);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

impl SharedRoom {
    fn lock(&self) -> MutexGuard<'_, RoomState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release(self: &Arc<Self>, claimant: Claimant, much: usize) {
        if much == 0 {
            return;
        }
        let mut held = self.lock();
        held.release(claimant, much);
        let somebody_waits = !held.waiting.is_empty();
        drop(held);
        if somebody_waits {
            self.admit_waiting();
        }
    }

    /// Gives those who wait what they wait for, the poorest first, as far as there is room.
    fn admit_waiting(self: &Arc<Self>) {
        loop {
            let mut held = self.lock();
            held.drop_gone();
            let fitting = held.waiting.iter().enumerate();
            let fitting = fitting.filter(|(_, one)| held.has(self.measure, one.claimant, one.more, one.then));
            let Some((first, _)) = fitting.min_by_key(|(_, one)| held.of(one.claimant)) else { return };
            let Waiter { claimant, more, come, .. } = held.waiting.remove(first);
            held.take(claimant, more);
            drop(held);
            // A claimant who has gone gives it back by not taking it: that locks the room, which must not be locked
            // here.
            let _ = come.send(Reservation::of(self, claimant, more));
        }
    }
}

impl RoomState {
    /// The amounts of a claimant's group and of the claimant.
    fn of(&self, claimant: Claimant) -> (usize, usize) {
        let group = self.by_group.get(&claimant.group).copied().unwrap_or_default();
        (group, self.by.get(&claimant.subject).copied().unwrap_or_default())
    }

    /// True when there is room for a claimant to take `more`, which makes its reservation `then`.
    fn has(&self, measure: Measure, claimant: Claimant, more: usize, then: usize) -> bool {
        let Measure { all, group, share, spare, little, .. } = measure;
        let (all, beyond) = if then <= little { (all, spare) } else { (all - spare, 0) };
        let (of_group, of_subject) = self.of(claimant);
        self.used.saturating_add(more) <= all
            && of_group.saturating_add(more) <= group.saturating_add(beyond)
            && of_subject.saturating_add(more) <= share.saturating_add(beyond)
    }

    fn take(&mut self, claimant: Claimant, much: usize) {
        if much > 0 {
            self.used += much;
            *self.by_group.entry(claimant.group).or_default() += much;
            *self.by.entry(claimant.subject).or_default() += much;
        }
    }

    fn release(&mut self, claimant: Claimant, much: usize) {
        self.used = self.used.saturating_sub(much);
        subtract(&mut self.by_group, claimant.group, much);
        subtract(&mut self.by, claimant.subject, much);
    }

    fn wait(&mut self, one: Waiter, queue: usize) -> Result<(), TooMany> {
        if queue < usize::MAX {
            self.drop_gone();
            let own = self.waiting.iter().filter(|other| other.claimant.subject == one.claimant.subject);
            if own.count() >= queue {
                return Err(TooMany);
            }
        }
        self.waiting.push(one);
        Ok(())
    }

    /// Forgets those who wait no more.
    fn drop_gone(&mut self) {
        self.waiting.retain(|waiting| !waiting.come.is_closed());
    }
}

/// Takes an amount off an entry. An empty one is removed: nothing is kept of those who have none any more.
fn subtract<K: Eq + Hash>(by: &mut HashMap<K, usize>, whose: K, much: usize) {
    if let Some(has) = by.get_mut(&whose) {
        *has = has.saturating_sub(much);
        if *has == 0 {
            by.remove(&whose);
        }
    }
}

/// Guard that counts something in memory already while it waits.
struct MadeWaiter<'a>(&'a SharedRoom, usize);

impl<'a> MadeWaiter<'a> {
    fn of(room: &'a SharedRoom, much: usize) -> Option<Self> {
        let mut held = room.lock();
        let made = held.made.saturating_add(much);
        (made <= room.measure.made).then(|| {
            held.made = made;
            Self(room, much)
        })
    }
}

impl Drop for MadeWaiter<'_> {
    fn drop(&mut self) {
        self.0.lock().made -= self.1;
    }
}
