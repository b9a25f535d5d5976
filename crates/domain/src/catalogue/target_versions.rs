//! Versions of a target: its value, comparison and basis, each from a month on.
//!
//! A period is judged by the version that holds in its last month, in every calendar alike. So a new version cannot
//! reach periods whose answers were told before.

use crate::fraction::Fraction;
use crate::string_enum;
use crate::text::Reference;
use crate::time::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A version of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetVersion {
    /// The exact value.
    pub value: Fraction,
    /// The side of the value on which figures meet it.
    pub comparison: Comparison,
    /// The document it rests on.
    pub basis: Reference,
    /// The first month in which it holds; none while it holds from the beginning of the target's scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_from: Option<Month>,
}

/// All versions of a target, in the order of their first months; there is one at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetVersions {
    #[serde(flatten)]
    latest: TargetVersion,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<TargetVersion>,
}

string_enum! {
    /// The side of a target's value on which figures meet it.
    Comparison {
        /// The figure must reach the value.
        AtLeast = "at_least",
        /// The figure must not exceed the value.
        AtMost = "at_most",
    }
}

impl TargetVersion {
    /// True of another version with the same content; the first month may differ.
    pub fn says_as(&self, other: &Self) -> bool {
        self.value == other.value && self.comparison == other.comparison && self.basis == other.basis
    }

    /// True when `numerator / denominator` meets the target; `denominator` must be positive.
    pub fn met_by(&self, numerator: i64, denominator: i64) -> bool {
        match self.comparison {
            Comparison::AtLeast => self.value.reached_by(numerator, denominator),
            Comparison::AtMost => self.value.not_exceeded_by(numerator, denominator),
        }
    }

    /// Units that the numerator lacks (or is over, for [`Comparison::AtMost`]); 0 when met.
    pub fn shortfall(&self, numerator: i64, denominator: i64) -> i64 {
        let numerator = i128::from(numerator);
        let units = match self.comparison {
            Comparison::AtLeast => self.value.least_numerator(denominator) - numerator,
            Comparison::AtMost => numerator - self.value.greatest_numerator(denominator),
        };
        i64::try_from(units.max(0)).unwrap_or(i64::MAX)
    }

    fn holds_in(&self, month: Month) -> bool {
        self.holds_from.is_none_or(|from| from <= month)
    }
}

impl TargetVersions {
    /// A version without others.
    pub fn only(version: TargetVersion) -> Self {
        Self { latest: version, earlier: Vec::new() }
    }

    /// The latest version.
    pub fn latest(&self) -> &TargetVersion {
        &self.latest
    }

    /// The versions before the latest.
    pub fn earlier(&self) -> &[TargetVersion] {
        &self.earlier
    }

    /// All versions.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &TargetVersion> {
        self.earlier.iter().chain([&self.latest])
    }

    /// The versions that begin up to a month.
    pub fn until(&self, month: Month) -> impl DoubleEndedIterator<Item = &TargetVersion> {
        self.all().filter(move |version| version.holds_in(month))
    }

    /// The version that holds in a month; none before the target begins.
    pub fn in_month(&self, month: Month) -> Option<&TargetVersion> {
        self.until(month).next_back()
    }

    /// The first month for which other versions differ.
    pub fn first_difference(&self, other: &Self) -> Option<Month> {
        let firsts = self.all().chain(other.all()).map(|version| version.holds_from.unwrap_or(Month::EARLIEST));
        let firsts: BTreeSet<Month> = firsts.collect();
        firsts.into_iter().find(|month| self.in_month(*month) != other.in_month(*month))
    }

    /// The versions with a new one in the place of all that begin in its month or later. A new one that says the same
    /// as the latest moves the first month of that; one that says the same as the version before it adds none, so that
    /// a version is taken back by sending the one before it again.
    #[must_use]
    pub fn with(&self, new: TargetVersion) -> Self {
        // A version that holds from the beginning is not moved: a later month would take it from the months between.
        let moves = |version: &TargetVersion| {
            version.holds_from.is_some() && *version == self.latest && new.says_as(&self.latest)
        };
        let kept = self.all().filter(|version| version.holds_from < new.holds_from && !moves(version));
        let mut earlier: Vec<_> = kept.cloned().collect();
        match earlier.pop_if(|before| before.says_as(&new)) {
            Some(latest) => Self { latest, earlier },
            None => Self { latest: new, earlier },
        }
    }
}
