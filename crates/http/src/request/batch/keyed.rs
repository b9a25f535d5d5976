//! Rows that a batch can write.

use super::bounds::MAX_ROWS;
use thidua_domain::spelling::folded;
use thidua_persistence::Prefetch;

/// Rows written in one commit at most when a batch may be written in part: others get their turn in between.
const PART: usize = 500;

/// A row known by a key that people outside have.
pub trait Keyed {
    /// Weight of a row where others wait for the batch: more than 1 when it is not written as one of a set.
    const WEIGHT: usize = 1;

    /// Rows of a commit when a batch may be written in part: those that take longer are fewer.
    const PART: usize = if Self::WEIGHT <= 4 { PART } else { PART / 5 };

    /// Rows of a request at most, in whatever mode.
    const MOST: usize = MAX_ROWS;

    /// The key: its parts joined by `/`.
    fn key(&self) -> String;

    /// The key as it is compared with those of other rows: codes that differ in case alone are one.
    fn compared_key(&self) -> String {
        folded(&self.key())
    }

    /// Collects what writing these rows will look up, for a resource that looks it up for all of them at once.
    fn prefetch<'a>(_inputs: impl Iterator<Item = &'a Self> + Clone) -> Prefetch
    where
        Self: 'a,
    {
        Prefetch::default()
    }
}
