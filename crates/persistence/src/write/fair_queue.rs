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

#[cfg(test)]
mod tests {
    use super::{FairQueue, KEPT, KEPT_PLACES};
    use std::collections::HashSet;

    type Thing = (&'static str, u32, u32);

    /// A queue filled from tuples: a group, its number of members, and the number of things of each.
    fn queue(groups: &[(&'static str, u32, u32)]) -> FairQueue<&'static str, u32, Thing> {
        let mut queue = FairQueue::default();
        for (group, members, things) in groups {
            for member in 0..*members {
                (0..*things).for_each(|number| queue.push((*group, member), (*group, member, number)));
            }
        }
        queue
    }

    fn drain(queue: &mut FairQueue<&'static str, u32, Thing>) -> Vec<Thing> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn groups_have_their_turns_and_in_those_of_a_group_its_members() {
        let mut queue = queue(&[("two", 2, 2), ("one", 1, 3)]);
        let expected =
            [("two", 0, 0), ("one", 0, 0), ("two", 1, 0), ("one", 0, 1), ("two", 0, 1), ("one", 0, 2), ("two", 1, 1)];
        assert_eq!(queue.len(), expected.len());
        assert_eq!(drain(&mut queue), expected);
        assert!(queue.is_empty());
    }

    #[test]
    fn the_share_of_a_group_does_not_depend_on_its_number_of_members() {
        for members in [1, 2, 7, 50] {
            let mut queue = queue(&[("many", members, 700 / members), ("one", 1, 20), ("other", 3, 20)]);
            let order: Vec<_> = (0..60).filter_map(|_| queue.pop()).collect();
            for group in ["many", "one", "other"] {
                assert_eq!(
                    order.iter().filter(|(whose, ..)| *whose == group).count(),
                    20,
                    "{group}: {members} members"
                );
            }
        }
    }

    #[test]
    fn nobody_waits_for_more_than_a_round_whatever_comes_and_goes() {
        // Pseudo-random numbers, the same each time.
        let mut seed = 20_261_130_u64;
        let mut chance = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut queue = FairQueue::<u64, u64, (u64, u64)>::default();
        // A plainer model of the queue: the things that wait, and those served since each one's last turn.
        let mut waits: Vec<(u64, u64)> = Vec::new();
        let mut groups_since = vec![HashSet::new(); 6];
        let mut members_since = vec![vec![HashSet::new(); 9]; 6];
        for _ in 0..20_000 {
            if chance(5) < 3 && waits.len() < 300 {
                let (group, member) = (chance(6), chance(9));
                if !waits.iter().any(|(whose, _)| *whose == group) {
                    groups_since[group as usize].clear();
                }
                if !waits.contains(&(group, member)) {
                    members_since[group as usize][member as usize].clear();
                }
                waits.push((group, member));
                queue.push((group, member), (group, member));
            } else if let Some((group, member)) = queue.pop() {
                let place = waits.iter().position(|one| *one == (group, member)).expect("it was put there");
                waits.remove(place);
                groups_since[group as usize].clear();
                members_since[group as usize][member as usize].clear();
                for other in 0..6 {
                    let is_waiting = waits.iter().any(|(whose, _)| *whose == other);
                    assert!(
                        !is_waiting || other == group || groups_since[other as usize].insert(group),
                        "twice before"
                    );
                }
                for other in 0..9 {
                    let since = &mut members_since[group as usize][other as usize];
                    let is_waiting = waits.contains(&(group, other));
                    assert!(!is_waiting || other == member || since.insert(member), "twice before a colleague");
                }
            }
            assert_eq!(queue.len(), waits.len());
        }
    }

    #[test]
    fn things_of_one_member_come_in_the_order_in_which_they_were_put_there() {
        let mut queue = queue(&[("a", 3, 40)]);
        let order = drain(&mut queue);
        for member in 0..3 {
            let own: Vec<_> =
                order.iter().filter(|(_, whose, _)| *whose == member).map(|(.., number)| *number).collect();
            assert_eq!(own, (0..40).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_group_with_most_gives_way_to_one_with_less_however_its_members_share_it() {
        let mut queue = queue(&[("many", 3, 1), ("two", 1, 2)]);
        assert_eq!(queue.give_way(("many", 0)), None, "not to its own end");
        assert_eq!(queue.give_way(("two", 0)), None, "they would change places");
        assert!(matches!(queue.give_way(("new", 0)), Some(("many", _, 0))));
        assert_eq!((queue.len(), queue.give_way(("two", 0))), (4, None));
        queue.push(("new", 0), ("new", 0, 0));
        let order: Vec<_> = drain(&mut queue).into_iter().map(|(group, ..)| group).collect();
        assert_eq!(order, ["many", "two", "new", "many", "two"]);
    }

    #[test]
    fn the_member_with_most_gives_way_to_a_colleague_with_less() {
        let mut queue = queue(&[("group", 1, 3)]);
        queue.push(("group", 1), ("group", 1, 0));
        assert_eq!(queue.give_way(("group", 0)), None, "not to its own end");
        assert_eq!(queue.give_way(("group", 2)), Some(("group", 0, 2)));
        assert_eq!(queue.give_way(("group", 1)), None, "they would change places");
        assert_eq!(drain(&mut queue), [("group", 0, 0), ("group", 1, 0), ("group", 0, 1)]);
    }

    #[test]
    fn of_those_who_have_gone_only_a_few_are_kept() {
        let mut queue = FairQueue::default();
        for number in 0..1000 {
            (0..1000 / (number + 1)).for_each(|_| queue.push((number, number), number));
            queue.push((0, number), number);
        }
        while queue.pop().is_some() {}
        assert!(queue.groups.len() <= KEPT, "{}", queue.groups.len());
        for group in queue.groups.values() {
            assert!(group.lines.len() <= KEPT && group.lines.values().all(|line| line.capacity() <= KEPT_PLACES));
        }
    }

    #[test]
    fn others_are_told_apart_by_group_and_by_member() {
        let queue = queue(&[("group", 1, 1)]);
        assert!(!queue.has_others("group", 0) && !queue.has_other_groups("group"));
        assert!(queue.has_others("group", 1) && queue.has_other_groups("other"));
    }

    #[test]
    fn places_out_of_turn_are_those_of_the_fronts() {
        let mut queue = queue(&[("a", 2, 1), ("b", 1, 1), ("c", 1, 1)]);
        assert_eq!(queue.fronts().collect::<Vec<_>>(), [("a", 0), ("b", 0), ("c", 0)]);
        assert_eq!(queue.take_at(1), Some((("b", 0), ("b", 0, 0))));
        assert_eq!(queue.take_at(0), Some((("a", 0), ("a", 0, 0))));
        assert_eq!(queue.fronts().collect::<Vec<_>>(), [("c", 0), ("a", 1)]);
        assert_eq!(queue.take_at(2), None);
        assert_eq!(queue.len(), 2);
    }
}
