//! Outcome of a batch, row by row: the answer to one, and part of the refusal of one that is written as a whole.

use super::broken_rule::ProblemError;
use serde::{Deserialize, Serialize};
use thidua_persistence::write::batch::RowOutcome;
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
    /// Stays that were recorded and are no longer, since the rows of people or systems that were changed do not have
    /// them: no stay in the row has their agency and first day. 0 where rows have no stays.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100000000)]
    pub(crate) stays_removed: usize,
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
    /// Its line in the text sent, from 1, empty lines counted; only where each row has a line of its own (NDJSON).
    #[schema(minimum = 1, maximum = 1000000000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// Its key, as far as it could be read.
    #[schema(max_length = 2000, pattern = r"^[\s\S]*$")]
    pub(crate) key: Option<String>,
    /// Errors of the row, the first 20; pointers begin with the index.
    #[schema(max_items = 20)]
    pub(crate) errors: Vec<ProblemError>,
}

impl BatchReport {
    /// Counts a row that was not refused.
    pub(crate) fn count(&mut self, outcome: &RowOutcome) {
        match outcome {
            RowOutcome::Created => self.created += 1,
            RowOutcome::Updated { stays_removed } => {
                self.updated += 1;
                self.stays_removed += stays_removed;
            }
            RowOutcome::Unchanged | RowOutcome::Refused(_) => self.unchanged += 1,
        }
    }
}
