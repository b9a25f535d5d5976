//! Changes of a write to what was told: errata tell of them.

use crate::cells::CellKey;
use crate::closing::errata::{AnswerKey, Cause, MovedAnswer};
use crate::id::ReopeningId;
use std::collections::BTreeMap;

/// Cells and answers that a write may have changed after they were told.
#[derive(Debug, Default)]
pub struct ToldChanges {
    /// The cells, each with the cause that let it change.
    pub cells: BTreeMap<CellKey, Cause>,
    /// The answers.
    pub answers: MovedAnswers,
}

impl ToldChanges {
    /// Adds those of a later part of the write. A cell keeps the cause it has.
    pub fn add(&mut self, later: Self) {
        for (key, cause) in later.cells {
            self.cells.entry(key).or_insert(cause);
        }
        self.answers.add(later.answers);
    }

    /// True when nothing that was told has changed.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.answers.is_empty()
    }
}

/// The answers that a write has moved since they were reopened.
#[derive(Debug, Default)]
pub struct MovedAnswers(BTreeMap<AnswerKey, (ReopeningId, MovedAnswer)>);

impl MovedAnswers {
    /// Notes that an answer has moved.
    pub fn note(&mut self, key: AnswerKey, reopening: ReopeningId, later: MovedAnswer) {
        match self.0.get_mut(&key) {
            Some((last, moved)) => (*last, moved.new) = (reopening, later.new),
            None => drop(self.0.insert(key, (reopening, later))),
        }
    }

    /// Adds the answers that a later part of the write has moved.
    pub fn add(&mut self, later: Self) {
        for (key, (reopening, moved)) in later.0 {
            self.note(key, reopening, moved);
        }
    }

    /// True when no answer has moved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for MovedAnswers {
    type Item = (AnswerKey, (ReopeningId, MovedAnswer));
    type IntoIter = std::collections::btree_map::IntoIter<AnswerKey, (ReopeningId, MovedAnswer)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
