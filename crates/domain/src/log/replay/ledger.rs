//! Values recorded with a log, compared with those computed from it.

use crate::cells::{Cell, differs};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Display;

/// The values of one kind of thing, cells or steps, that are owed: those of keys that have moved and have not been given
/// them. A key that is not here has been given its computed value.
#[derive(Debug)]
pub(super) struct Ledger<K> {
    owed: BTreeMap<K, Owed>,
}

/// A computed value that has not been given.
#[derive(Debug)]
struct Owed {
    /// The value that was given last.
    given: Cell,
    computed: Cell,
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self { owed: BTreeMap::new() }
    }
}

impl<K: Copy + Display + Ord> Ledger<K> {
    /// Notes that the computed value of a key moves.
    pub(super) fn moved(&mut self, key: K, before: Cell, by: Cell) {
        let computed = before.plus(by);
        match self.owed.entry(key) {
            Entry::Vacant(vacant) if before != computed => drop(vacant.insert(Owed { given: before, computed })),
            Entry::Vacant(_) => {}
            Entry::Occupied(occupied) if occupied.get().given == computed => drop(occupied.remove()),
            Entry::Occupied(mut occupied) => occupied.get_mut().computed = computed,
        }
    }

    /// Takes a value recorded with a change. Refuses one that differs from the computed value, and one of a key that
    /// has not moved.
    pub(super) fn give(&mut self, seq: i64, key: K, value: Cell, computed: Cell) -> Result<(), String> {
        if value != computed {
            return Err(differs(key, &format!("given by change {seq}"), value, computed));
        }
        match self.owed.remove(&key) {
            Some(_) => Ok(()),
            None => Err(format!("{key}: given by change {seq}, which did not move it")),
        }
    }

    /// Ends a write with its last change. Refuses a write that has moved a key without giving its value.
    pub(super) fn close(&mut self, seq: i64) -> Result<(), String> {
        let Some((key, Owed { given, computed })) = self.owed.pop_first() else { return Ok(()) };
        Err(differs(key, &format!("after change {seq} still"), given, computed))
    }

    /// Gives all values that are owed, and returns them.
    pub(super) fn record_owed(&mut self) -> Vec<(K, Cell)> {
        std::mem::take(&mut self.owed).into_iter().map(|(key, owed)| (key, owed.computed)).collect()
    }
}
