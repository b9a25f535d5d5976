//! Cells computed again from all records, where a change of the catalogue makes them count otherwise.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::model::cells;
use crate::records::{document_exchanges, information_systems, observations, staff};
use crate::write::transaction::Transaction;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::cells::Cells;

/// The cells of some indicators, as stored and as computed from scratch with the catalogue as it is now. To be called
/// right after a change of the catalogue has been logged.
pub(crate) fn recount(transaction: &mut Transaction<'_>, which: impl Fn(&Indicator) -> bool) -> Result<(Cells, Cells)> {
    let mut catalogue = Catalogue::clone(&transaction.catalogue());
    catalogue.indicators.retain(|_, indicator| which(indicator));
    let today = transaction.logged_on();
    let mut before = Cells::default();
    for id in catalogue.indicators.keys() {
        before.add_all(&cells::with_steps_of(transaction.raw(), *id, today)?);
    }
    let after = from_scratch(transaction.connection(), &catalogue, today)?;
    Ok((before, after))
}

/// The sum of all contributions to the catalogue's indicators, with the steps on days after `today`.
fn from_scratch(connection: &mut Connection, catalogue: &Catalogue, today: Date) -> Result<Cells> {
    let mut sum = Cells::default();
    if catalogue.indicators.is_empty() {
        return Ok(sum);
    }
    document_exchanges::contributions(connection, catalogue, &mut sum)?;
    observations::contributions(connection, catalogue, &mut sum)?;
    information_systems::contributions(connection, (catalogue, today), &mut sum)?;
    staff::contributions(connection, (catalogue, today), &mut sum)?;
    Ok(sum)
}
