//! The report of a batch as it grows, and how much of refused rows it tells.

use super::bounds::{MOST_TOLD_BYTES, REJECTIONS, ROW_ERRORS};
use crate::problem::batch_report::{BatchReport, Rejection};
use crate::problem::{Language, ProblemError};
use thidua_domain::violation::Violation;

/// The report so far.
#[derive(Clone, Default)]
pub(super) struct ToldRows {
    pub(super) report: BatchReport,
    /// Bytes of what it tells of refused rows.
    bytes: usize,
}

impl ToldRows {
    /// Notes that the next row is refused. One without violations is only counted: enough were told of already.
    pub(super) fn reject(
        &mut self,
        line: Option<usize>,
        key: Option<String>,
        violations: Vec<Violation>,
        language: Language,
    ) {
        self.report.rejected += 1;
        if self.report.rejections.len() == REJECTIONS || self.bytes >= MOST_TOLD_BYTES || violations.is_empty() {
            return;
        }
        let index = self.report.received;
        let place = format!("/{index}");
        let told = violations.into_iter().take(ROW_ERRORS);
        let errors: Vec<_> = told.map(|error| ProblemError::new(&error.under(&place), language)).collect();
        self.bytes += errors.iter().map(|error| error.pointer.len() + error.detail.len()).sum::<usize>();
        self.report.rejections.push(Rejection { index, line, key, errors });
    }
}
