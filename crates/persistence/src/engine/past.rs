//! The past as of which a connection shows rows.

use thidua_domain::time::Moment;

/// A moment of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The last change that had been made; 0 before the first.
    pub seq: i64,
    /// The time asked for, or that of the change.
    pub at: Moment,
}
