//! Bounds of a batch, and of what is told of it.

/// Rows in a request, at most.
pub const MAX_ROWS: usize = 100_000;
/// Rows written as one set.
pub const SET: usize = 1000;
/// Refused rows that an answer tells of; the others are counted.
pub(super) const REJECTIONS: usize = 1000;
/// Errors that are told of one row.
pub(super) const ROW_ERRORS: usize = 20;
/// Bytes of what is told of refused rows; the others are counted.
pub(super) const MOST_TOLD_BYTES: usize = 4 << 20;
