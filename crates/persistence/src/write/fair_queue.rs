//! A fair queue: nobody waits for everything that others have put there. Groups have their turns one after the other,
//! and in the turns of a group its members. The share of a group does not depend on its number of members. When the
//! queue is full, the one with most in it gives up a place.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Things that wait, each for a member of a group.
#[derive(Debug)]
pub struct FairQueue<G, M, T> {
    groups: HashMap<G, GroupQueue<M, T>>,
    /// Groups with something that waits, each once; the one whose turn was longest ago comes first.
    order: VecDeque<G>,
    len: usize,
}

/// Things of a group that wait.
#[derive(Debug)]
struct GroupQueue<M, T> {
    /// Things by member, in the order in which they came.
    lines: HashMap<M, VecDeque<T>>,
    /// Members with something that waits, in the order of their turns.
    order: VecDeque<M>,
    len: usize,
}

/// Number of empty groups, and of empty lines of a group, that are kept, so that things that come one at a time
/// allocate no memory.
const KEPT: usize = 16;
/// The most places of an empty line that is kept.
const KEPT_PLACES: usize = 64;

impl<G, M, T> Default for FairQueue<G, M, T> {
    fn default() -> Self {
        Self { groups: HashMap::new(), order: VecDeque::new(), len: 0 }
    }
}

impl<M, T> Default for GroupQueue<M, T> {
    fn default() -> Self {
        Self { lines: HashMap::new(), order: VecDeque::new(), len: 0 }
    }
}

impl<G: Copy + Eq + Hash, M: Copy + Eq + Hash, T> FairQueue<G, M, T> {
    /// The number of things that wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of things that it has memory for, those that wait among them.
    pub fn capacity(&self) -> usize {
        self.groups.values().flat_map(|group| group.lines.values()).map(VecDeque::capacity).sum()
    }

    /// Puts something at the end of a member's line.
    pub fn push(&mut self, (whose, member): (G, M), what: T) {
        let group = self.groups.entry(whose).or_default();
        if group.len == 0 {
            self.order.push_back(whose);
        }
        let line = group.lines.entry(member).or_default();
        if line.is_empty() {
            group.order.push_back(member);
        }
        line.push_back(what);
        group.len += 1;
        self.len += 1;
    }

    /// Takes the first thing of the member whose turn it is. The group comes again after all others, and the member
    /// after all of the group.
    pub fn pop(&mut self) -> Option<T> {
        self.take_at(0).map(|(_, what)| what)
    }

    /// The members whose turn is next, one of each group, in the order of the groups' turns.
    pub fn fronts(&self) -> impl Iterator<Item = (G, M)> {
        self.order.iter().filter_map(|group| Some((*group, *self.groups.get(group)?.order.front()?)))
    }

    /// Takes, out of turn, the thing of the member at a place of [`Self::fronts`].
    pub fn take_at(&mut self, place: usize) -> Option<((G, M), T)> {
        let whose = self.order.remove(place)?;
        let group = self.groups.get_mut(&whose)?;
        let (member, what) = group.pop()?;
        self.len -= 1;
        if group.len > 0 {
            self.order.push_back(whose);
        } else if self.groups.len() > KEPT + 2 * self.order.len() {
            self.groups.retain(|_, group| group.len > 0);
        }
        Some(((whose, member), what))
    }

    /// True when something of other groups waits.
    pub fn has_other_groups(&self, group: G) -> bool {
        self.order.iter().any(|other| *other != group)
    }

    /// True when something of other members waits, in any group.
    pub fn has_others(&self, group: G, member: M) -> bool {
        let of_the_group = |group: &GroupQueue<M, T>| group.order.iter().any(|other| *other != member);
        self.has_other_groups(group) || self.groups.get(&group).is_some_and(of_the_group)
    }

    /// Makes room for a member: takes the last thing of the longest line in the group with most, provided that this
    /// group still has more than the member's own. Otherwise takes it from the longest line of the member's own group,
    /// if that line is longer than the member's by more than one.
    pub fn give_way(&mut self, (whose, member): (G, M)) -> Option<T> {
        let own = self.groups.get(&whose).map_or(0, |group| group.len);
        let (most, len) = self.groups.iter().map(|(key, group)| (*key, group.len)).max_by_key(|(_, len)| *len)?;
        let (gives, spared) = if len > own + 1 {
            (most, 0)
        } else {
            (whose, self.groups.get(&whose)?.lines.get(&member).map_or(0, VecDeque::len) + 1)
        };
        let group = self.groups.get_mut(&gives)?;
        let (longest, line) = group.lines.iter_mut().max_by_key(|(_, line)| line.len())?;
        if line.len() <= spared {
            return None;
        }
        let longest = *longest;
        let last = line.pop_back()?;
        if line.is_empty() {
            group.order.retain(|other| *other != longest);
        }
        group.len -= 1;
        self.len -= 1;
        Some(last)
    }
}

impl<M: Copy + Eq + Hash, T> GroupQueue<M, T> {
    /// Takes the first thing of the member whose turn it is.
    fn pop(&mut self) -> Option<(M, T)> {
        let member = self.order.pop_front()?;
        let line = self.lines.get_mut(&member)?;
        let first = line.pop_front()?;
        self.len -= 1;
        if !line.is_empty() {
            self.order.push_back(member);
            return Some((member, first));
        }
        if line.capacity() > KEPT_PLACES {
            *line = VecDeque::new();
        }
        if self.lines.len() > KEPT + 2 * self.order.len() {
            self.lines.retain(|_, line| !line.is_empty());
        }
        Some((member, first))
    }
}
