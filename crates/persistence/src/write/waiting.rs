//! Writes that wait for the writer, in fair turns: agency by agency and, within an agency, account by account. Batches,
//! which take long, have turns of their own, and leave most of the writer's time to others.

use crate::write::fair_queue::FairQueue;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use thidua_domain::id::AgencyId;

/// Writes that wait, by their senders.
pub(crate) struct Waiting<J> {
    single: FairQueue<Group, i64, J>,
    batches: FairQueue<Group, i64, J>,
    /// The moments until which batches of groups rest, if others write meanwhile.
    rests: HashMap<Group, Instant>,
    /// The moments of the last writes of accounts.
    sent: HashMap<i64, Sent>,
    /// True when single writes went before a batch that was ready: then the batch is next.
    batch_is_next: bool,
}

/// An account among those with which it shares turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Sender {
    group: Group,
    account: i64,
}

/// Accounts that share turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    /// Those of an agency.
    Agency(AgencyId),
    /// One that belongs to none.
    Alone(i64),
}

/// The next turn.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<J> {
    /// Single writes share a commit.
    Single(Vec<J>),
    /// A batch of a group, or a part of one, has a commit of its own.
    Batch(Group, J),
    /// No turn before this moment, unless another write comes.
    After(Instant),
    /// Nothing waits.
    Nobody,
}

/// The last writes of an account.
#[derive(Clone, Copy)]
struct Sent {
    group: Group,
    any: Instant,
    single: Option<Instant>,
}

/// Length of a batch's rest, in multiples of the time it took: batches of a group have a third of the time at most.
const REST: u32 = 2;
/// Time for which an account that has sent something is expected to write again.
const ABOUT: Duration = Duration::from_secs(2);

impl Sender {
    /// An account, and the agency with whose other accounts it shares turns.
    pub(crate) fn of(account: i64, agency: Option<AgencyId>) -> Self {
        Self { group: agency.map_or(Group::Alone(account), Group::Agency), account }
    }
}

impl<J> Waiting<J> {
    /// The number of writes that wait.
    pub(crate) fn len(&self) -> usize {
        self.single.len() + self.batches.len()
    }

    /// Adds a write.
    pub(crate) fn add(&mut self, Sender { group, account }: Sender, is_batch: bool, write: J, now: Instant) {
        let known = self.sent.len();
        let sent = self.sent.entry(account).or_insert(Sent { group, any: now, single: None });
        (sent.group, sent.any) = (group, now);
        if !is_batch {
            sent.single = Some(now);
        }
        if self.sent.len() > known {
            self.sent.retain(|_, sent| is_about(sent.any, now));
            self.rests.retain(|_, until| now < *until);
        }
        let queue = if is_batch { &mut self.batches } else { &mut self.single };
        queue.push((group, account), write);
    }

    /// The turn at a moment; `most` single writes share a commit. The group whose last turn was longest ago comes
    /// first.
    pub(crate) fn turn(&mut self, most: usize, now: Instant) -> Turn<J> {
        let ripe = self.batches.fronts().position(|(group, account)| self.is_ripe(Sender { group, account }, now));
        if let Some(place) = ripe.filter(|_| self.batch_is_next || self.single.is_empty())
            && let Some(((group, _), batch)) = self.batches.take_at(place)
        {
            self.batch_is_next = false;
            return Turn::Batch(group, batch);
        }
        if !self.single.is_empty() {
            self.batch_is_next = ripe.is_some();
            return Turn::Single(std::iter::from_fn(|| self.single.pop()).take(most).collect());
        }
        let soonest = self.batches.fronts().filter_map(|(group, _)| self.rests.get(&group)).min();
        soonest.map_or(Turn::Nobody, |until| Turn::After(*until))
    }

    /// Notes the time that a batch of a group took, which has just ended.
    pub(crate) fn took(&mut self, group: Group, took: Duration, now: Instant) {
        self.rests.insert(group, now + took * REST);
    }

    /// Ends all rests.
    pub(crate) fn wake(&mut self) {
        self.rests.clear();
    }

    fn is_ripe(&self, sender: Sender, now: Instant) -> bool {
        let rests = self.rests.get(&sender.group).is_some_and(|until| now < *until);
        !rests || !self.others_are_about(sender, now)
    }

    /// True when others write for whom the batches of a sender's group rest. Batches of one group do not rest for each
    /// other: that would leave the writer idle.
    fn others_are_about(&self, Sender { group, account }: Sender, now: Instant) -> bool {
        let is_other = |(other, sent): (&i64, &Sent)| {
            let last = if sent.group == group { sent.single } else { Some(sent.any) };
            *other != account && last.is_some_and(|last| is_about(last, now))
        };
        self.sent.iter().any(is_other) || self.single.has_others(group, account) || self.batches.has_other_groups(group)
    }
}

/// True when somebody who has sent something at a moment is about to write again.
fn is_about(sent: Instant, now: Instant) -> bool {
    now.saturating_duration_since(sent) < ABOUT
}

impl<J> Default for Waiting<J> {
    fn default() -> Self {
        Self {
            single: FairQueue::default(),
            batches: FairQueue::default(),
            rests: HashMap::new(),
            sent: HashMap::new(),
            batch_is_next: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ABOUT, REST, Sender, Turn, Waiting};
    use std::time::{Duration, Instant};
    use thidua_domain::id::AgencyId;

    const MANY: usize = 256;
    const CLERK: i64 = 1;
    const SENDER: i64 = 2;
    const AGENCY: i64 = 10;
    const PART: Duration = Duration::from_millis(100);
    const COMMIT: Duration = Duration::from_millis(1);

    fn waiting() -> (Waiting<u32>, Instant) {
        (Waiting::default(), Instant::now())
    }

    /// An account of no agency.
    fn alone(account: i64) -> Sender {
        Sender::of(account, None)
    }

    /// An account of an agency.
    fn of_agency(account: i64, agency: i64) -> Sender {
        Sender::of(account, Some(AgencyId(agency)))
    }

    #[test]
    fn the_writes_of_an_account_do_not_stand_before_those_of_another() {
        let (mut waiting, now) = waiting();
        (0..1000).for_each(|number| waiting.add(alone(SENDER), false, number, now));
        waiting.add(alone(CLERK), false, 5000, now);
        waiting.add(alone(CLERK), false, 5001, now);
        assert_eq!(waiting.turn(5, now), Turn::Single(vec![0, 5000, 1, 5001, 2]));
        assert_eq!(waiting.turn(3, now), Turn::Single(vec![3, 4, 5]));
        assert_eq!(waiting.len(), 1002 - 8);
    }

    #[test]
    fn others_are_let_in_before_a_batch_and_between_its_parts() {
        let (mut waiting, now) = waiting();
        (0..3).for_each(|part| waiting.add(alone(SENDER), true, part, now));
        waiting.add(alone(CLERK), false, 50, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![50]));
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(alone(SENDER).group, 0));
        waiting.took(alone(SENDER).group, PART, now + PART);
        // The clerk, who is expected to write again, finds no batch in the way for twice as long.
        let until = now + PART + PART * REST;
        assert_eq!(waiting.turn(MANY, now + PART), Turn::After(until));
        waiting.add(alone(CLERK), false, 51, now + PART);
        assert_eq!(waiting.turn(MANY, now + PART), Turn::Single(vec![51]));
        assert_eq!(waiting.turn(MANY, until), Turn::Batch(alone(SENDER).group, 1));
    }

    #[test]
    fn a_batch_has_its_turn_however_many_single_writes_there_are() {
        let (mut waiting, now) = waiting();
        waiting.add(alone(SENDER), true, 0, now);
        (1..10).for_each(|number| waiting.add(alone(CLERK), false, number, now));
        assert_eq!(waiting.turn(2, now), Turn::Single(vec![1, 2]));
        assert_eq!(waiting.turn(2, now), Turn::Batch(alone(SENDER).group, 0));
        assert_eq!(waiting.turn(2, now), Turn::Single(vec![3, 4]));
        // The single writes were let in before the first batch, and not before this one.
        waiting.add(alone(SENDER + 1), true, 20, now);
        assert_eq!(waiting.turn(2, now), Turn::Single(vec![5, 6]));
        assert_eq!(waiting.turn(2, now), Turn::Batch(alone(SENDER + 1).group, 20));
    }

    #[test]
    fn where_nobody_else_writes_a_batch_does_not_rest() {
        let (mut waiting, now) = waiting();
        waiting.add(alone(CLERK), false, 9, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![9]));
        let later = now + ABOUT;
        (0..2).for_each(|part| waiting.add(alone(SENDER), true, part, later));
        for part in 0..2 {
            assert_eq!(waiting.turn(MANY, later), Turn::Batch(alone(SENDER).group, part));
            waiting.took(alone(SENDER).group, PART, later);
        }
        assert_eq!(waiting.turn(MANY, later), Turn::Nobody);
    }

    #[test]
    fn the_batches_of_one_account_have_a_third_of_the_time_while_another_writes() {
        let (mut waiting, begin) = waiting();
        let (mut now, mut written, mut of_batches) = (begin, 0, Duration::ZERO);
        // Eight batches at once, each part followed by the next, and one clerk who writes again as soon as it is
        // answered.
        (0..8).for_each(|_| waiting.add(alone(SENDER), true, 0, now));
        waiting.add(alone(CLERK), false, 0, now);
        while now < begin + PART * 100 {
            match waiting.turn(MANY, now) {
                Turn::Single(writes) => {
                    now += COMMIT;
                    written += writes.len();
                    waiting.add(alone(CLERK), false, 0, now);
                }
                Turn::Batch(group, _) => {
                    now += PART;
                    of_batches += PART;
                    waiting.took(group, PART, now);
                    waiting.add(alone(SENDER), true, 0, now);
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
        (0..2).for_each(|part| waiting.add(alone(SENDER), true, part, now));
        (10..12).for_each(|part| waiting.add(alone(CLERK), true, part, now));
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(alone(SENDER).group, 0));
        waiting.took(alone(SENDER).group, PART, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(alone(CLERK).group, 10));
        waiting.took(alone(CLERK).group, PART, now);
        assert_eq!(waiting.turn(MANY, now), Turn::After(now + PART * REST));
        waiting.wake();
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(alone(SENDER).group, 1));
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(alone(CLERK).group, 11));
        assert_eq!(waiting.turn(MANY, now), Turn::Nobody);
    }

    #[test]
    fn the_accounts_of_an_agency_have_its_turns_together() {
        let (mut waiting, now) = waiting();
        (0..50).for_each(|account| waiting.add(of_agency(100 + i64::from(account), AGENCY), false, account, now));
        (0..3).for_each(|number| waiting.add(of_agency(CLERK, AGENCY + 1), false, 70 + number, now));
        waiting.add(alone(SENDER), false, 80, now);
        assert_eq!(waiting.turn(8, now), Turn::Single(vec![0, 70, 80, 1, 71, 2, 72, 3]));
        assert_eq!(waiting.turn(MANY, now), Turn::Single((4..50).collect()));
    }

    #[test]
    fn the_batches_of_an_agency_have_a_third_of_the_time_however_many_accounts_send_them() {
        let (mut waiting, begin) = waiting();
        let (mut now, mut of_batches, mut written) = (begin, Duration::ZERO, 0);
        let sender = |account: u32| of_agency(100 + i64::from(account), AGENCY);
        (0..8).for_each(|account| waiting.add(sender(account), true, account, now));
        waiting.add(of_agency(CLERK, AGENCY + 1), false, 0, now);
        while now < begin + PART * 100 {
            match waiting.turn(MANY, now) {
                Turn::Single(_) => {
                    now += COMMIT;
                    written += 1;
                    waiting.add(of_agency(CLERK, AGENCY + 1), false, 0, now);
                }
                Turn::Batch(group, account) => {
                    now += PART;
                    of_batches += PART;
                    waiting.took(group, PART, now);
                    waiting.add(sender(account), true, account, now);
                }
                other => panic!("{other:?}"),
            }
        }
        assert!((PART * 32..=PART * 34).contains(&of_batches), "{of_batches:?} of {:?}", PART * 100);
        assert!(written > 6500, "{written} of the 10000 that the clerk writes alone");
    }

    #[test]
    fn batches_rest_for_single_writes_of_colleagues_and_not_for_their_batches() {
        let (mut waiting, now) = waiting();
        let (one, other) = (of_agency(1, AGENCY), of_agency(2, AGENCY));
        for round in 0..2 {
            [(one, 10), (other, 20)]
                .into_iter()
                .for_each(|(sender, part)| waiting.add(sender, true, part + round, now));
        }
        for part in [10, 20, 11] {
            assert_eq!(waiting.turn(MANY, now), Turn::Batch(one.group, part), "nobody waits for a pause");
            waiting.took(one.group, PART, now);
        }
        waiting.add(of_agency(3, AGENCY), false, 30, now);
        assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![30]));
        assert_eq!(waiting.turn(MANY, now), Turn::After(now + PART * REST), "the colleague is about to write again");
        assert_eq!(waiting.turn(MANY, now + ABOUT), Turn::Batch(one.group, 21));
    }
}
