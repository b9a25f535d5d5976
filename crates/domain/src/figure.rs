//! A figure, and the verdict on it.

use crate::string_enum;
use serde::{Deserialize, Serialize};

/// A sum of cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
    /// True when anything was reported.
    pub reported: bool,
}

impl Figure {
    /// Numerator and denominator as they are told. Without a report there are none, but of people and systems that are
    /// there the denominator is told all the same.
    pub fn told(self) -> (Option<i64>, Option<i64>) {
        let is_there = self.reported || self.denominator > 0;
        (self.reported.then_some(self.numerator), is_there.then_some(self.denominator))
    }

    /// Two figures together.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
            reported: self.reported || other.reported,
        }
    }
}

string_enum! {
    /// Verdict on a figure by its target.
    Verdict {
        /// The target is met.
        Met = "met",
        /// The target is not met.
        NotMet = "not_met",
        /// The denominator is 0 (không phát sinh), or no target applies.
        NotApplicable = "not_applicable",
        /// Nothing was reported.
        Missing = "missing",
    }
}
