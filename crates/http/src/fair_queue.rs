//! A queue in which nobody waits for all that another has put there: who comes has its turn after one of each other, and
//! when it is full, whoever has most in it has one less.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Things that wait, by whom they are for.
#[derive(Debug)]
pub struct FairQueue<K, T> {
    lines: HashMap<K, VecDeque<T>>,
    /// Whose turn it is, in order: each that has something waiting, once.
    order: VecDeque<K>,
    len: usize,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self { lines: HashMap::new(), order: VecDeque::new(), len: 0 }
    }
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    /// The number of things that wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts something at the end of somebody's line.
    pub fn push(&mut self, whose: K, what: T) {
        let line = self.lines.entry(whose).or_default();
        if line.is_empty() {
            self.order.push_back(whose);
        }
        line.push_back(what);
        self.len += 1;
    }

    /// Takes the first of whose turn it is, who comes again after all others.
    pub fn pop(&mut self) -> Option<T> {
        let whose = self.order.pop_front()?;
        let line = self.lines.get_mut(&whose)?;
        let first = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&whose);
        } else {
            self.order.push_back(whose);
        }
        self.len -= usize::from(first.is_some());
        first
    }

    /// Takes the last of the longest line, provided that it stays longer than somebody's who wants to come.
    pub fn give_way(&mut self, whose: K) -> Option<T> {
        let own = self.lines.get(&whose).map_or(0, VecDeque::len);
        let (longest, line) = self.lines.iter_mut().max_by_key(|(_, line)| line.len())?;
        if line.len() <= own + 1 {
            return None;
        }
        let longest = *longest;
        let last = line.pop_back();
        if line.is_empty() {
            self.lines.remove(&longest);
            self.order.retain(|one| *one != longest);
        }
        self.len -= usize::from(last.is_some());
        last
    }
}

#[cfg(test)]
mod tests {
    use super::FairQueue;

    fn queue(lines: &[(&'static str, usize)]) -> FairQueue<&'static str, (&'static str, usize)> {
        let mut queue = FairQueue::default();
        for (whose, many) in lines {
            (0..*many).for_each(|number| queue.push(*whose, (*whose, number)));
        }
        queue
    }

    #[test]
    fn each_has_a_turn_after_one_of_each_other() {
        let mut queue = queue(&[("many", 4), ("one", 1), ("two", 2)]);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let expected = [("many", 0), ("one", 0), ("two", 0), ("many", 1), ("two", 1), ("many", 2), ("many", 3)];
        assert_eq!(order, expected);
        assert!(queue.is_empty());
    }

    #[test]
    fn the_longest_line_gives_way_to_a_shorter_one() {
        let mut queue = queue(&[("many", 3), ("two", 2)]);
        assert_eq!(queue.give_way("many"), None, "not to its own end");
        assert_eq!(queue.give_way("two"), None, "they would change places");
        assert_eq!(queue.give_way("new"), Some(("many", 2)));
        assert_eq!((queue.len(), queue.give_way("two")), (4, None));
        queue.push("new", ("new", 0));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [("many", 0), ("two", 0), ("new", 0), ("many", 1), ("two", 1)]);
    }
}
