//! Marks of answers that were waited for.

/// Mark of an answer that has waited because its caller had asked for that: it is not slow.
#[derive(Debug, Clone, Copy)]
pub struct LongPolled;
