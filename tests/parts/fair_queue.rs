//! The fair queue.

use std::collections::HashSet;
use thidua_persistence::FairQueue;

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
            assert_eq!(order.iter().filter(|(whose, ..)| *whose == group).count(), 20, "{group}: {members} members");
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
                assert!(!is_waiting || other == group || groups_since[other as usize].insert(group), "twice before");
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
        let own: Vec<_> = order.iter().filter(|(_, whose, _)| *whose == member).map(|(.., number)| *number).collect();
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
    let pairs = |group: fn(u32) -> u32, member: fn(u32) -> u32| (0..1000).map(move |of| (group(of), member(of)));
    for (what, pairs) in [
        ("groups", pairs(|of| of, |_| 0)),
        ("members of a group", pairs(|_| 0, |of| of)),
        ("things of a member", pairs(|_| 0, |_| 0)),
    ] {
        let mut queue = FairQueue::default();
        pairs.for_each(|pair| queue.push(pair, pair));
        assert!(queue.capacity() >= 1000, "{what}");
        while queue.pop().is_some() {}
        assert!(queue.capacity() <= 100, "{what}: {}", queue.capacity());
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
