//! Telling how far something long has come.

/// Is told how far something long has come.
pub trait Progress {
    /// A stage begins; `total` is how many steps it has.
    fn start(&self, what: &str, total: u64);
    /// So many more steps are done.
    fn advance(&self, by: u64);
}

/// Says nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _what: &str, _total: u64) {}

    fn advance(&self, _by: u64) {}
}
