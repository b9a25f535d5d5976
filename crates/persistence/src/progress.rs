//! Progress of long work.

/// Receiver of the progress of long work.
pub trait Progress {
    /// A stage begins; `total` is the number of its steps.
    fn start(&self, what: &str, total: u64);
    /// More steps are done; `by` is their number.
    fn advance(&self, by: u64);
}

/// A receiver that ignores it.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _what: &str, _total: u64) {}

    fn advance(&self, _by: u64) {}
}
