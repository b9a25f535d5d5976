//! The model of the past: the catalogue from the change log, and cells from their versions, as of a position.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::log::{cell_versions, changes, past};
use crate::model::{Model, day_steps, estimates, head_counts, late_changes};
use std::sync::Arc;
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::time::civil_date;

/// The model as of a position, without accounts: the caller's rights are those of now.
pub(crate) fn read(connection: &mut Connection, seq: i64) -> Result<Model> {
    let mut cells: CellBook = cell_versions::as_of(&mut connection.0, seq)?.into_iter().collect();
    for key in estimates::as_of(connection, seq)? {
        cells.mark(key, true);
    }
    let changed_on = civil_date(past::at_seq(connection, seq)?.at);
    for (key, step) in day_steps::as_of(&mut connection.0, seq, changed_on)? {
        cells.set_step(key, step);
    }
    let hash = changes::hash_of(connection, seq)?;
    let catalogue = Arc::new(past::catalogue(connection, seq)?);
    cells.keep_people(head_counts::as_of(connection, &catalogue, seq)?);
    for (key, day) in late_changes::as_of(connection, catalogue.cut_offs(), None, (seq, changed_on))? {
        cells.set_changed(key, day);
    }
    Ok(Model { seq, hash, changed_on, catalogue, cells, ..Model::default() })
}
