//! The catalogue, made of the rows in the change log: the present one in the same way as that of the past.

use crate::engine::connection::Connection;
use crate::engine::decode::from_json;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::RowAfter;
use thidua_domain::catalogue::Catalogue;

/// A catalogue with the rows that changes have left.
pub(crate) fn with_rows(catalogue: &Catalogue, rows: impl IntoIterator<Item = RowAfter>) -> Result<Catalogue> {
    let mut catalogue = catalogue.clone();
    for (resource, id, row) in rows {
        let row = row.as_deref().map(from_json).transpose()?;
        catalogue.put(resource, id, row).map_err(Error::internal)?;
    }
    Ok(catalogue.indexed())
}

/// The catalogue as of a position, made of that of an earlier one.
pub(crate) fn moved_on(
    connection: &mut Connection,
    (known, catalogue): (i64, &Catalogue),
    seq: i64,
) -> Result<Catalogue> {
    with_rows(catalogue, changes::catalogue_between(&mut connection.0, known, seq)?)
}
