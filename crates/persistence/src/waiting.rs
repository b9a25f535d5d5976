//! Writes that wait for the writer, and whose turn it is: single ones account by account, and batches, which take long, by
//! themselves and no more of the writer's time than leaves others most of it.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Writes that wait, by whoever sent them.
pub(crate) struct Waiting<J> {
    single: Lanes<J>,
    batches: Lanes<J>,
    /// Until when an account's batches rest, if others write meanwhile.
    rests: HashMap<i64, Instant>,
    /// The moments of the last writes of accounts.
    sent: HashMap<i64, Instant>,
    /// True when single writes were let in before a batch whose turn it would have been.
    batch_is_next: bool,
}

/// Whose turn it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<J> {
    /// Single writes share a commit.
    Single(Vec<J>),
    /// A batch of an account, or a part of one, has a commit of its own.
    Batch(i64, J),
    /// Nobody's before this moment, unless something else comes.
    After(Instant),
    /// Nothing waits.
    Nobody,
}

/// A batch rests for so many times as long as it took: it has a third of the time at most.
const REST: u32 = 2;
/// An account that has sent something so lately is taken to be about to write again.
const ABOUT: Duration = Duration::from_secs(2);

impl<J> Waiting<J> {
    /// The number of writes that wait.
    pub(crate) fn len(&self) -> usize {
        self.single.count + self.batches.count
    }

    /// Adds a write of an account.
    pub(crate) fn add(&mut self, (account, is_batch): (i64, bool), write: J, now: Instant) {
        if self.sent.insert(account, now).is_none() {
            self.sent.retain(|_, sent| now.saturating_duration_since(*sent) < ABOUT);
            self.rests.retain(|_, until| now < *until);
        }
        if is_batch { self.batches.add(account, write) } else { self.single.add(account, write) }
    }

    /// Whose turn it is now; `most` single writes share a commit. Who has waited for longest since its last turn comes first.
    pub(crate) fn turn(&mut self, most: usize, now: Instant) -> Turn<J> {
        let ripe = self.batches.order.iter().position(|account| self.is_ripe(*account, now));
        if let Some(place) = ripe.filter(|_| self.batch_is_next || self.single.count == 0)
            && let Some((account, batch)) = self.batches.take_at(place)
        {
            self.batch_is_next = false;
            return Turn::Batch(account, batch);
        }
        if self.single.count > 0 {
            self.batch_is_next = ripe.is_some();
            return Turn::Single(std::iter::from_fn(|| self.single.take()).take(most).collect());
        }
        let soonest = self.batches.order.iter().filter_map(|account| self.rests.get(account)).min();
        soonest.map_or(Turn::Nobody, |until| Turn::After(*until))
    }

    /// Says how long a batch of an account took that has just ended.
    pub(crate) fn took(&mut self, account: i64, took: Duration, now: Instant) {
        self.rests.insert(account, now + took * REST);
    }

    /// Lets nothing rest any more.
    pub(crate) fn wake(&mut self) {
        self.rests.clear();
    }

    fn is_ripe(&self, account: i64, now: Instant) -> bool {
        let rests = self.rests.get(&account).is_some_and(|until| now < *until);
        !rests || !self.others_are_about(account, now)
    }

    fn others_are_about(&self, account: i64, now: Instant) -> bool {
        let about = |sent: &Instant| now.saturating_duration_since(*sent) < ABOUT;
        self.sent.iter().any(|(other, sent)| *other != account && about(sent))
            || [&self.single, &self.batches].iter().any(|lanes| lanes.order.iter().any(|other| *other != account))
    }
}

impl<J> Default for Waiting<J> {
    fn default() -> Self {
        Self {
            single: Lanes::default(),
            batches: Lanes::default(),
            rests: HashMap::new(),
            sent: HashMap::new(),
            batch_is_next: false,
        }
    }
}

/// Writes by account, each account's in the order in which they came.
struct Lanes<J> {
    lanes: HashMap<i64, VecDeque<J>>,
    /// The accounts of which something waits; the one whose turn was longest ago first.
    order: VecDeque<i64>,
    count: usize,
}

impl<J> Lanes<J> {
    fn add(&mut self, account: i64, write: J) {
        let lane = self.lanes.entry(account).or_default();
        if lane.is_empty() {
            self.order.push_back(account);
        }
        lane.push_back(write);
        self.count += 1;
    }

    fn take(&mut self) -> Option<J> {
        self.take_at(0).map(|(_, write)| write)
    }

    /// The next write of the account at a place in the order, which goes to its end.
    fn take_at(&mut self, place: usize) -> Option<(i64, J)> {
        let account = self.order.remove(place)?;
        let lane = self.lanes.get_mut(&account)?;
        let write = lane.pop_front()?;
        self.count -= 1;
        if lane.is_empty() {
            self.lanes.remove(&account);
        } else {
            self.order.push_back(account);
        }
        Some((account, write))
    }
}

impl<J> Default for Lanes<J> {
    fn default() -> Self {
        Self { lanes: HashMap::new(), order: VecDeque::new(), count: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{ABOUT, REST, Turn, Waiting};
    use std::time::{Duration, Instant};

    const MANY: usize = 256;
    const CLERK: i64 = 1;
    const SENDER: i64 = 2;
    const PART: Duration = Duration::from_millis(100);
    const COMMIT: Duration = Duration::from_millis(1);

    fn waiting() -> (Waiting<u32>, Instant) {
        (Waiting::default(), Instant::now())
    }

    #[test]
    fn the_writes_of_an_account_do_not_stand_before_those_of_another() {
        let (mut waiting, now) = waiting();
        (0..1000).for_each(|number| waiting.add((SENDER, false), number, now));
        waiting.add((CLERK, false), 5000, now);
        waiting.add((CLERK, false), 5001, now);
        assert_eq!(waiting.turn(5, now), Turn::Single(vec![0, 5000, 1, 5001, 2]));
        assert_eq!(waiting.turn(3, now), Turn::Single(vec![3, 4, 5]));
        assert_eq!(waiting.len(), 1002 - 8);
    }

    #[test]
    fn others_are_let_in_before_a_batch_and_between_its_parts() {
        let (mut waiting, now) = waiting();
        (0..3).for_each(|part| waiting.add((SENDER, true), part, now));
        waiting.add((CLERK, false), 50, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![50]));
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(SENDER, 0));
        waiting.took(SENDER, PART, now + PART);
        // The clerk, who is about to come again, finds nobody in the way for twice as long.
        let until = now + PART + PART * REST;
        assert_eq!(waiting.turn(MANY, now + PART), Turn::After(until));
        waiting.add((CLERK, false), 51, now + PART);
        assert_eq!(waiting.turn(MANY, now + PART), Turn::Single(vec![51]));
        assert_eq!(waiting.turn(MANY, until), Turn::Batch(SENDER, 1));
    }

    #[test]
    fn a_batch_has_its_turn_however_many_single_writes_there_are() {
        let (mut waiting, now) = waiting();
        waiting.add((SENDER, true), 0, now);
        (1..10).for_each(|number| waiting.add((CLERK, false), number, now));
        assert_eq!(waiting.turn(2, now), Turn::Single(vec![1, 2]));
        assert_eq!(waiting.turn(2, now), Turn::Batch(SENDER, 0));
        assert_eq!(waiting.turn(2, now), Turn::Single(vec![3, 4]));
        // Who came first, and has gone, was not let in before it.
        waiting.add((SENDER + 1, true), 20, now);
        assert_eq!(waiting.turn(2, now), Turn::Single(vec![5, 6]));
        assert_eq!(waiting.turn(2, now), Turn::Batch(SENDER + 1, 20));
    }

    #[test]
    fn where_nobody_else_writes_a_batch_does_not_rest() {
        let (mut waiting, now) = waiting();
        waiting.add((CLERK, false), 9, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![9]));
        let later = now + ABOUT;
        (0..2).for_each(|part| waiting.add((SENDER, true), part, later));
        for part in 0..2 {
            assert_eq!(waiting.turn(MANY, later), Turn::Batch(SENDER, part));
            waiting.took(SENDER, PART, later);
        }
        assert_eq!(waiting.turn(MANY, later), Turn::Nobody);
    }

    #[test]
    fn the_batches_of_one_account_have_a_third_of_the_time_while_another_writes() {
        let (mut waiting, begin) = waiting();
        let (mut now, mut written, mut of_batches) = (begin, 0, Duration::ZERO);
        // Eight batches at once, each part followed by the next, and one clerk who writes again as soon as it is answered.
        (0..8).for_each(|_| waiting.add((SENDER, true), 0, now));
        waiting.add((CLERK, false), 0, now);
        while now < begin + PART * 100 {
            match waiting.turn(MANY, now) {
                Turn::Single(writes) => {
                    now += COMMIT;
                    written += writes.len();
                    waiting.add((CLERK, false), 0, now);
                }
                Turn::Batch(account, _) => {
                    now += PART;
                    of_batches += PART;
                    waiting.took(account, PART, now);
                    waiting.add((SENDER, true), 0, now);
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(of_batches <= PART * 34, "{of_batches:?} of {:?}", PART * 100);
        assert!(of_batches >= PART * 32, "nor much less: {of_batches:?}");
        assert!(written > 6500, "{written} of the 10000 that the clerk writes alone");
    }

    #[test]
    fn two_senders_take_turns_and_nothing_rests_at_the_end() {
        let (mut waiting, now) = waiting();
        (0..2).for_each(|part| waiting.add((SENDER, true), part, now));
        (10..12).for_each(|part| waiting.add((CLERK, true), part, now));
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(SENDER, 0));
        waiting.took(SENDER, PART, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(CLERK, 10));
        waiting.took(CLERK, PART, now);
        assert_eq!(waiting.turn(MANY, now), Turn::After(now + PART * REST));
        waiting.wake();
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(SENDER, 1));
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(CLERK, 11));
        assert_eq!(waiting.turn(MANY, now), Turn::Nobody);
    }
}
