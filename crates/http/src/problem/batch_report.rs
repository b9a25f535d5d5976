//! Outcome of a batch, row by row: the answer to one, and part of the refusal of one that is written as a whole.

use super::broken_rule::ProblemError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Outcome of the rows of a batch.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct BatchReport {
    /// Rows received.
    #[schema(minimum = 0, maximum = 100000)]
    pub(crate) received: usize,
    /// Rows created.
    #[schema(minimum = 0, maximum = 100000)]
    pub(crate) created: usize,
    /// Rows changed.
    #[schema(minimum = 0, maximum = 100000)]
    pub(crate) updated: usize,
    /// Rows that were there as given.
    #[schema(minimum = 0, maximum = 100000)]
    pub(crate) unchanged: usize,
    /// Rows refused, told or not.
    #[schema(minimum = 0, maximum = 100000)]
    pub(crate) rejected: usize,
    /// The first 1000 rows refused, in the order given, as far as 4 MiB of errors go.
    #[schema(max_items = 1000)]
    pub(crate) rejections: Vec<Rejection>,
}

/// A refused row.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Rejection {
    /// Its place in the batch, from 0.
    #[schema(minimum = 0, maximum = 99999)]
    pub(crate) index: usize,
    /// Its key, as far as it could be read.
    #[schema(max_length = 2000, pattern = r"^[\s\S]*$")]
    pub(crate) key: Option<String>,
    /// Errors of the row, the first 20; pointers begin with the index.
    #[schema(max_items = 20)]
    pub(crate) errors: Vec<ProblemError>,
}

impl BatchReport {
    /// The errors of the refused rows, as many as a problem lists.
    pub fn errors(&self) -> impl Iterator<Item = &ProblemError> {
        self.rejections.iter().flat_map(|rejection| &rejection.errors)
    }
}
