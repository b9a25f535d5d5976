//! Closing: locks, corrections and reopenings, and the errata of figures that move after they were told.

pub(crate) mod answer_errata;
pub(crate) mod closed_answers;
pub mod corrections;
pub mod errata;
pub mod locks;
pub(crate) mod reopenings;

use crate::error::Result;
use crate::write::transaction::Transaction;
use thidua_domain::closing::told_changes::ToldChanges;

/// Publishes errata of what a write has changed after it was told.
pub(crate) fn publish(transaction: &mut Transaction<'_>, changed: ToldChanges) -> Result<()> {
    errata::publish(transaction, changed.cells)?;
    answer_errata::publish(transaction, changed.answers)
}
