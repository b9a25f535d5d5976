//! Promises of released contracts that were taken back on purpose.

/// The version that made the promise, and the promise as the comparison names it. The changelog tells each under Breaking.
pub const TAKEN_BACK: &[(&str, &str)] = &[];
