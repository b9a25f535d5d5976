//! Writes that wait for the writer, in fair turns: agency by agency and, within an agency, account by account. Batches,
//! which take long, have turns of their own, and leave most of the writer's time to others.

use crate::write::fair_queue::FairQueue;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use thidua_domain::id::AgencyId;

/// Writes that wait, by their senders.
pub struct Waiting<J> {
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
pub struct Sender {
    group: Group,
    account: i64,
}

/// Accounts that share turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Those of an agency.
    Agency(AgencyId),
    /// One that belongs to none.
    Alone(i64),
}

/// The next turn.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn<J> {
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
pub const REST: u32 = 2;
/// Time for which an account that has sent something is expected to write again.
pub const ABOUT: Duration = Duration::from_secs(2);

impl Sender {
    /// An account, and the agency with whose other accounts it shares turns.
    pub fn of(account: i64, agency: Option<AgencyId>) -> Self {
        Self { group: agency.map_or(Group::Alone(account), Group::Agency), account }
    }
}

impl<J> Waiting<J> {
    /// The number of writes that wait.
    pub(crate) fn len(&self) -> usize {
        self.single.len() + self.batches.len()
    }

    /// Adds a write.
    pub fn add(&mut self, Sender { group, account }: Sender, is_batch: bool, write: J, now: Instant) {
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
    pub fn turn(&mut self, most: usize, now: Instant) -> Turn<J> {
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
    pub fn took(&mut self, group: Group, took: Duration, now: Instant) {
        self.rests.insert(group, now + took * REST);
    }

    /// Ends all rests.
    pub fn wake(&mut self) {
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
