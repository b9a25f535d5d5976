//! Proof: the cells computed again from every record, and the change log followed link by link.

use crate::cells;
use crate::changes::{self, Logged};
use crate::connection::Connection;
use crate::error::Result;
use crate::model;
use crate::transaction::Transaction;
use crate::{document_exchanges, events, information_systems, observations, staff};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::changes::genesis;
use thidua_domain::indicators::Indicator;

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Everything agrees.
    Clean {
        /// How many changes were followed.
        changes: i64,
        /// How many cells were computed.
        cells: usize,
    },
    /// The first difference, in words.
    Difference(String),
}

/// Checks the chain from the first change on, then every cell against its records and its last version. `progress` is
/// told how many changes have been followed.
pub fn verify(connection: &mut Connection, progress: impl FnMut(i64)) -> Result<Finding> {
    connection.snapshot(|connection| verify_snapshot(connection, progress))
}

fn verify_snapshot(connection: &mut Connection, mut progress: impl FnMut(i64)) -> Result<Finding> {
    let mut previous = genesis();
    let mut seq = 0;
    loop {
        let page = changes::after(connection, seq, 10_000)?;
        if page.is_empty() {
            break;
        }
        for Logged { change, previous_hash, hash } in page {
            if change.seq != seq + 1 {
                return Ok(Finding::Difference(format!(
                    "change {}: follows change {seq}, {} expected",
                    change.seq,
                    seq + 1
                )));
            }
            seq = change.seq;
            if previous_hash != previous {
                return Ok(Finding::Difference(format!("change {seq}: is not chained to the change before it")));
            }
            if change.hash(&previous) != hash {
                return Ok(Finding::Difference(format!("change {seq}: its content does not fit its hash")));
            }
            previous = hash;
        }
        progress(seq);
    }
    if let Some(fault) = events::first_fault(connection)? {
        return Ok(Finding::Difference(fault));
    }
    let catalogue = model::catalogue(connection)?;
    let computed = from_scratch(connection, &catalogue)?;
    let current = sum(cells::all(&mut connection.0)?);
    if let Some(difference) = first_difference(&computed, &current, "stored") {
        return Ok(Finding::Difference(difference));
    }
    let versions = sum(cells::last_versions(&mut connection.0)?);
    if let Some(difference) = first_difference(&computed, &versions, "last version") {
        return Ok(Finding::Difference(difference));
    }
    Ok(Finding::Clean { changes: seq, cells: computed.len() })
}

/// The cells of some indicators as stored, and as computed from scratch with the catalogue as it is now.
pub(crate) fn recount(transaction: &mut Transaction<'_>, which: impl Fn(&Indicator) -> bool) -> Result<(Cells, Cells)> {
    transaction.fold()?;
    let mut catalogue = Catalogue::clone(&transaction.catalogue());
    catalogue.indicators.retain(|_, indicator| which(indicator));
    let mut before = Cells::default();
    for id in catalogue.indicators.keys() {
        before.add_all(&cells::of_indicator(transaction.raw(), *id)?);
    }
    let after = from_scratch(transaction.connection(), &catalogue)?;
    Ok((before, after))
}

/// The sum of all contributions to the catalogue's indicators.
fn from_scratch(connection: &mut Connection, catalogue: &Catalogue) -> Result<Cells> {
    let mut sum = Cells::default();
    if catalogue.indicators.is_empty() {
        return Ok(sum);
    }
    document_exchanges::contributions(connection, catalogue, &mut sum)?;
    observations::contributions(connection, catalogue, &mut sum)?;
    staff::contributions(connection, catalogue, &mut sum)?;
    information_systems::contributions(connection, catalogue, &mut sum)?;
    Ok(sum)
}

fn sum(rows: Vec<(CellKey, Cell)>) -> Cells {
    let mut cells = Cells::default();
    for (key, cell) in rows {
        cells.add(key, cell);
    }
    cells
}

fn first_difference(computed: &Cells, found: &Cells, name: &str) -> Option<String> {
    let mut difference = computed.clone();
    difference.subtract_all(found);
    let (key, _) = difference.iter().next()?;
    let (computed, found) = (computed.get(key), found.get(key));
    Some(format!(
        "cell (indicator {}, agency {}, calendar {}, month {}): {name} {}/{} from {} reports, computed {}/{} from {}",
        key.indicator,
        key.agency,
        key.calendar,
        key.month,
        found.numerator,
        found.denominator,
        found.reports,
        computed.numerator,
        computed.denominator,
        computed.reports,
    ))
}
