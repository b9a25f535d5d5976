//! The writing of a batch's sets, and the answer that tells of it.

use crate::auth::caller::Caller;
use crate::problem::batch_report::BatchReport;
use crate::request::write::Outcome;
use actix_web::http::StatusCode;
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Result as Stored, Transaction};

/// A way to write sets of rows. It goes from part to part, and is cloned where a commit is tried anew: what it gathers is
/// what was written.
pub trait WriteSets: Clone + Send + 'static {
    /// A row.
    type Row;

    /// Writes one set of rows and says, in their order, what became of each.
    fn write(
        &mut self,
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        rows: &[&Self::Row],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>>;

    /// The answer that tells what became of all rows.
    fn answer(self, status: StatusCode, report: &BatchReport) -> Outcome {
        Outcome::done(status, report)
    }
}

/// Writes one set of rows and says, in their order, what became of each.
pub type WriteSet<I> = fn(&mut Transaction<'_>, &Caller, &[&I], Mode) -> Stored<Vec<RowOutcome>>;

impl<I: 'static> WriteSets for WriteSet<I> {
    type Row = I;

    fn write(
        &mut self,
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        rows: &[&I],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        self(transaction, caller, rows, mode)
    }
}
