//! Rows that are judged before they are written: a write stores them then, a dry run of a batch does not.

use crate::error::Result;
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::closing::errata::Cause;

/// A row as it is to be stored, with the change of cells by it.
pub(crate) struct JudgedRow<E> {
    /// The row.
    pub(crate) row: E,
    difference: Cells,
    /// The cells that change after they were told, each with the cause.
    told: Vec<(CellKey, Cause)>,
}

impl<E> JudgedRow<E> {
    /// Judges the change of cells by a row. Refuses one of a frozen phase, or of a locked period that no open correction
    /// covers.
    pub(crate) fn new(rules: &Rules, row: E, difference: Cells) -> Result<Self> {
        let told = rules.permit(&difference)?;
        Ok(Self { row, difference, told })
    }

    /// Changes the cells, as part of the write that stores the row.
    pub(crate) fn count(self, transaction: &mut Transaction<'_>) {
        transaction.add_permitted(&self.difference, self.told);
    }
}
