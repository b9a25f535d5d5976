//! Room that all share and of which nobody has more than a share: bytes in memory, or turns. Who finds none waits, and the
//! poorest of those who wait come first.

use crate::problem::Problem;
use crate::server::Subject;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Room for everybody.
#[derive(Debug, Clone)]
pub struct Room(Arc<Shared>);

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// For all together.
    pub all: usize,
    /// For one subject.
    pub share: usize,
    /// Left to those who ask for little, of the whole and, beyond it, of each share: a row is written beside a large batch.
    pub spare: usize,
    /// What counts as little.
    pub little: usize,
    /// So much of what is made already may wait.
    pub waiting: usize,
    /// How long it is waited.
    pub patience: Duration,
}

/// Room that somebody has taken; it is given back when this is dropped.
#[derive(Debug)]
pub struct Reservation {
    room: Arc<Shared>,
    subject: Subject,
    much: AtomicUsize,
}

#[derive(Debug)]
struct Shared {
    measure: Measure,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    used: usize,
    by: HashMap<Subject, usize>,
    waiting: Vec<Waiting>,
    /// How much of what is made already waits.
    made: usize,
}

/// Somebody who waits for more.
#[derive(Debug)]
struct Waiting {
    subject: Subject,
    more: usize,
    /// What they have with it.
    then: usize,
    come: oneshot::Sender<Reservation>,
}

impl Room {
    /// So much.
    pub fn new(measure: Measure) -> Self {
        Self(Arc::new(Shared { measure, held: Mutex::default() }))
    }

    /// None of it yet, for a subject.
    pub fn none(&self, subject: Subject) -> Reservation {
        Reservation::of(&self.0, subject, 0)
    }

    /// Some of it, if it comes in time.
    pub async fn take(&self, subject: Subject, much: usize) -> Result<Reservation, Problem> {
        let taken = self.none(subject);
        taken.reach(much).await?;
        Ok(taken)
    }

    /// How much of it is taken.
    pub fn used(&self) -> usize {
        self.0.held().used
    }
}

impl Reservation {
    fn of(room: &Arc<Shared>, subject: Subject, much: usize) -> Self {
        Self { room: Arc::clone(room), subject, much: AtomicUsize::new(much) }
    }

    /// How much it is.
    pub fn much(&self) -> usize {
        self.much.load(Ordering::Acquire)
    }

    /// None yet, for the same subject.
    pub fn another(&self) -> Self {
        Self::of(&self.room, self.subject, 0)
    }

    /// Takes as much more as makes it so much; fails when there is none for too long.
    pub async fn reach(&self, much: usize) -> Result<(), Problem> {
        let Some(coming) = self.ask(much) else { return Ok(()) };
        let came = timeout(self.room.measure.patience, coming).await.map_err(|_| Problem::no_room())?;
        self.join(came.map_err(Problem::internal)?);
        Ok(())
    }

    /// As [`Self::reach`], however long it takes: for whoever holds nothing meanwhile that others could want.
    pub async fn reach_at_last(&self, much: usize) {
        if let Some(coming) = self.ask(much)
            && let Ok(came) = coming.await
        {
            self.join(came);
        }
    }

    /// As [`Self::reach`], of what takes its memory already: not too much of that may wait.
    pub async fn reach_for_made(&self, much: usize) -> Result<(), Problem> {
        if self.much() >= much || self.try_reach(much) {
            return Ok(());
        }
        let _waits = MadeWaits::of(&self.room, much).ok_or_else(Problem::no_room)?;
        self.reach(much).await
    }

    /// As [`Self::reach`], whether there is room or not: for what has to be said.
    pub fn reach_anyway(&self, much: usize) {
        let more = much.saturating_sub(self.much());
        self.room.held().take(self.subject, more);
        self.much.fetch_add(more, Ordering::AcqRel);
    }

    /// Gives back all but so much.
    pub fn shrink(&self, much: usize) {
        let before = self.much.fetch_min(much, Ordering::AcqRel);
        self.room.give_back(self.subject, before.saturating_sub(much));
    }

    fn try_reach(&self, much: usize) -> bool {
        let mut held = self.room.held();
        let more = much.saturating_sub(self.much());
        let fits = held.has(self.room.measure, self.subject, more, much);
        if fits {
            held.take(self.subject, more);
            self.much.fetch_add(more, Ordering::AcqRel);
        }
        fits
    }

    /// Takes it, or waits for it.
    fn ask(&self, much: usize) -> Option<oneshot::Receiver<Reservation>> {
        // What is larger than a share comes when nothing else of the subject's is there.
        let much = much.min(self.room.measure.share);
        if self.much() >= much || self.try_reach(much) {
            return None;
        }
        let (come, coming) = oneshot::channel();
        let more = much.saturating_sub(self.much());
        self.room.held().waiting.push(Waiting { subject: self.subject, more, then: much, come });
        // Somebody may have given back in between.
        self.room.let_in();
        Some(coming)
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

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(self: &Arc<Self>, subject: Subject, much: usize) {
        if much == 0 {
            return;
        }
        let mut held = self.held();
        held.give_back(subject, much);
        let somebody_waits = !held.waiting.is_empty();
        drop(held);
        if somebody_waits {
            self.let_in();
        }
    }

    /// Gives those who wait what they wait for, the poorest first, as far as there is room.
    fn let_in(self: &Arc<Self>) {
        loop {
            let mut held = self.held();
            held.waiting.retain(|waiting| !waiting.come.is_closed());
            let fitting = held.waiting.iter().enumerate();
            let fitting = fitting.filter(|(_, one)| held.has(self.measure, one.subject, one.more, one.then));
            let Some((first, _)) = fitting.min_by_key(|(_, one)| held.of(one.subject)) else { return };
            let Waiting { subject, more, come, .. } = held.waiting.remove(first);
            held.take(subject, more);
            drop(held);
            // Who has gone away meanwhile gives it back by not taking it: the room must not be locked then.
            let _ = come.send(Reservation::of(self, subject, more));
        }
    }
}

impl Held {
    fn of(&self, subject: Subject) -> usize {
        self.by.get(&subject).copied().unwrap_or_default()
    }

    /// Whether a subject may have more, of somebody who has so much then.
    fn has(&self, measure: Measure, subject: Subject, more: usize, then: usize) -> bool {
        let Measure { all, share, spare, little, .. } = measure;
        let (all, share) = if then <= little { (all, share.saturating_add(spare)) } else { (all - spare, share) };
        self.used.saturating_add(more) <= all && self.of(subject).saturating_add(more) <= share
    }

    fn take(&mut self, subject: Subject, much: usize) {
        if much > 0 {
            self.used += much;
            *self.by.entry(subject).or_default() += much;
        }
    }

    fn give_back(&mut self, subject: Subject, much: usize) {
        self.used = self.used.saturating_sub(much);
        if let Some(by) = self.by.get_mut(&subject) {
            *by = by.saturating_sub(much);
            if *by == 0 {
                self.by.remove(&subject);
            }
        }
    }
}

/// Something made already that waits.
struct MadeWaits<'a>(&'a Shared, usize);

impl<'a> MadeWaits<'a> {
    fn of(room: &'a Shared, much: usize) -> Option<Self> {
        let mut held = room.held();
        let made = held.made.saturating_add(much);
        (made <= room.measure.waiting).then(|| {
            held.made = made;
            Self(room, much)
        })
    }
}

impl Drop for MadeWaits<'_> {
    fn drop(&mut self) {
        self.0.held().made -= self.1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Measure, Room};
    use crate::server::Subject;
    use actix_web::rt::spawn;
    use std::time::Duration;
    use thidua_domain::id::AccountId;
    use tokio::task::yield_now;

    const ONE: Subject = Subject::Account(AccountId(1));
    const OTHER: Subject = Subject::Account(AccountId(2));

    fn room(all: usize, share: usize, spare: usize, patience: Duration) -> Room {
        Room::new(Measure { all, share, spare, little: 1, waiting: 2, patience })
    }

    #[actix_web::test]
    async fn nobody_has_more_than_a_share_and_the_rest_is_there_for_others() {
        let room = room(5, 3, 0, Duration::ZERO);
        let first = room.take(ONE, 3).await.expect("a share");
        assert!(room.take(ONE, 1).await.is_err(), "the share is used up");
        let other = room.take(OTHER, 2).await.expect("what is left");
        assert!(other.reach(3).await.is_err(), "there is no more for anybody");
        drop(first);
        other.reach(3).await.expect("a share");
        assert_eq!((room.used(), other.much()), (3, 3));
        drop(other);
        assert_eq!(room.used(), 0);
    }

    #[actix_web::test]
    async fn what_is_larger_than_a_share_takes_all_of_it() {
        let room = room(5, 3, 0, Duration::ZERO);
        let taken = room.take(ONE, 100).await.expect("a share");
        assert_eq!(room.used(), 3);
        taken.shrink(1);
        assert_eq!(room.used(), 1);
        taken.reach_anyway(9);
        assert_eq!(room.used(), 9);
    }

    #[actix_web::test]
    async fn little_finds_room_beside_much() {
        let room = room(6, 4, 2, Duration::ZERO);
        let much = room.take(ONE, 4).await.expect("a share");
        assert!(room.take(OTHER, 2).await.is_err(), "what is left is for those who ask for little");
        let little = (room.take(ONE, 1).await, room.take(OTHER, 1).await);
        assert!(little.0.is_ok() && little.1.is_ok());
        drop(much);
    }

    #[actix_web::test]
    async fn who_waits_comes_in_the_poorest_first_and_who_has_gone_leaves_nothing_taken() {
        let room = room(4, 4, 0, Duration::from_secs(3600));
        let (held, much) = (room.take(ONE, 1).await.expect("room"), room.take(OTHER, 3).await.expect("room"));
        let ask = |subject, amount| {
            let room = room.clone();
            spawn(async move { room.take(subject, amount).await })
        };
        let rich = ask(ONE, 3);
        let gone = ask(OTHER, 2);
        while room.0.held().waiting.len() < 2 {
            yield_now().await;
        }
        let poor = ask(Subject::Others, 3);
        while room.0.held().waiting.len() < 3 {
            yield_now().await;
        }
        gone.abort();
        drop(much);
        let poor = poor.await.expect("no panic").expect("room");
        assert!(!rich.is_finished());
        drop(poor);
        let rich = rich.await.expect("no panic").expect("room");
        assert_eq!((room.used(), rich.much()), (4, 3));
        drop((rich, held));
        assert_eq!(room.used(), 0);
    }

    #[actix_web::test]
    async fn of_what_is_made_only_so_much_waits() {
        let room = room(3, 3, 0, Duration::from_secs(3600));
        let held = room.take(ONE, 3).await.expect("room");
        let waits = spawn({
            let taken = room.none(OTHER);
            async move { taken.reach_for_made(2).await.map(|()| taken) }
        });
        while room.0.held().made < 2 {
            yield_now().await;
        }
        assert!(room.none(OTHER).reach_for_made(1).await.is_err(), "enough waits already");
        drop(held);
        assert_eq!(waits.await.expect("no panic").expect("room").much(), 2);
        assert_eq!(room.0.held().made, 0);
    }
}
