//! Values recorded with a log, compared with those computed from it.

use crate::cells::{Cell, differs};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::hash::Hash;

/// The values of one kind of thing: cells, or steps.
#[derive(Debug)]
pub(super) struct Ledger<K> {
    given: HashMap<K, Cell>,
    /// Computed values of keys that have moved and have not been given them.
    owed: BTreeMap<K, Cell>,
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self { given: HashMap::new(), owed: BTreeMap::new() }
    }
}

impl<K: Copy + Display + Hash + Ord> Ledger<K> {
    /// Notes the computed value that a key has moved to.
    pub(super) fn moved(&mut self, key: K, now: Cell) {
        if self.given(key) == now {
            self.owed.remove(&key);
        } else {
            self.owed.insert(key, now);
        }
    }

    /// Takes a value recorded with a change. Refuses one that differs from the computed value, and one of a key that
    /// has not moved.
    pub(super) fn give(&mut self, seq: i64, key: K, value: Cell, computed: Cell) -> Result<(), String> {
        if value != computed {
            return Err(differs(key, &format!("given by change {seq}"), value, computed));
        }
        if self.owed.remove(&key).is_none() {
            return Err(format!("{key}: given by change {seq}, which did not move it"));
        }
        self.given.insert(key, value);
        Ok(())
    }

    /// Ends a write with its last change. Refuses a write that has moved a key without giving its value.
    pub(super) fn close(&mut self, seq: i64) -> Result<(), String> {
        let Some((key, value)) = self.owed.pop_first() else { return Ok(()) };
        Err(differs(key, &format!("after change {seq} still"), self.given(key), value))
    }

    /// Gives all values that are owed, and returns them.
    pub(super) fn record_owed(&mut self) -> Vec<(K, Cell)> {
        let owed = Vec::from_iter(std::mem::take(&mut self.owed));
        self.given.extend(owed.iter().copied());
        owed
    }

    fn given(&self, key: K) -> Cell {
        self.given.get(&key).copied().unwrap_or_default()
    }
}
