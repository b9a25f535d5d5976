//! Proof: the change log followed link by link, the rows compared with it, and the cells computed again from the rows.

use crate::cells;
use crate::changes::{self, Logged};
use crate::connection::Connection;
use crate::error::Result;
use crate::model;
use crate::progress::{Progress, Silent};
use crate::transaction::Transaction;
use crate::{document_exchanges, events, information_systems, observations, rows_proof, staff};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{Cell, CellKey, Cells, first_difference};
pub use thidua_domain::chain::Known;
use thidua_domain::chain::{Follower, Link};
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

/// Checks the chain from the first change on and what is known of it from outside, then every row against its last
/// change, then every cell against its records and its last version. All of it is read from one state of the database.
pub fn verify(connection: &mut Connection, known: &[Known], progress: &dyn Progress) -> Result<Finding> {
    connection.snapshot(|connection| verify_snapshot(connection, known, progress))
}

fn verify_snapshot(connection: &mut Connection, known: &[Known], progress: &dyn Progress) -> Result<Finding> {
    let head = u64::try_from(changes::head(&mut connection.0)?.seq).unwrap_or(0);
    progress.start("changes", head);
    let mut follower = Follower::after(0, known);
    if let Some(fault) = first_fault(connection, &mut follower, progress)? {
        return Ok(Finding::Difference(fault));
    }
    if let Some(fault) = events::first_fault(connection)? {
        return Ok(Finding::Difference(fault));
    }
    progress.start("rows", head);
    if let Some(fault) = rows_proof::first_fault(connection, progress)? {
        return Ok(Finding::Difference(fault));
    }
    let catalogue = model::catalogue(connection)?;
    progress.start("figures", SOURCES);
    let computed = from_scratch(connection, &catalogue, progress)?;
    let current = sum(cells::all(&mut connection.0)?);
    if let Some(difference) = first_difference(&computed, &current, "stored") {
        return Ok(Finding::Difference(difference));
    }
    let versions = sum(cells::last_versions(&mut connection.0)?);
    if let Some(difference) = first_difference(&computed, &versions, "last version") {
        return Ok(Finding::Difference(difference));
    }
    Ok(Finding::Clean { changes: follower.last(), cells: computed.len() })
}

/// The first change of the log that is wrong, in words.
fn first_fault(
    connection: &mut Connection,
    follower: &mut Follower<'_>,
    progress: &dyn Progress,
) -> Result<Option<String>> {
    loop {
        let page = changes::found_after(connection, follower.last(), 10_000)?;
        if page.is_empty() {
            return Ok(follower.finish().err());
        }
        progress.advance(u64::try_from(page.len()).unwrap_or(0));
        for (seq, logged) in page {
            let followed = match &logged {
                Ok(Logged { change, previous_hash, hash }) => {
                    follower.follow(Link { seq, previous: Some(previous_hash), change: Some(change), hash })
                }
                Err(error) => Err(format!("change {seq}: cannot be read: {error}")),
            };
            if let Err(fault) = followed {
                return Ok(Some(fault));
            }
        }
    }
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
    let after = from_scratch(transaction.connection(), &catalogue, &Silent)?;
    Ok((before, after))
}

/// Kinds of records that contribute to cells.
const SOURCES: u64 = 4;

/// The sum of all contributions to the catalogue's indicators.
fn from_scratch(connection: &mut Connection, catalogue: &Catalogue, progress: &dyn Progress) -> Result<Cells> {
    let mut sum = Cells::default();
    if catalogue.indicators.is_empty() {
        return Ok(sum);
    }
    document_exchanges::contributions(connection, catalogue, &mut sum)?;
    progress.advance(1);
    observations::contributions(connection, catalogue, &mut sum)?;
    progress.advance(1);
    information_systems::contributions(connection, catalogue, &mut sum)?;
    progress.advance(1);
    staff::contributions(connection, catalogue, &mut sum)?;
    progress.advance(1);
    Ok(sum)
}

fn sum(rows: Vec<(CellKey, Cell)>) -> Cells {
    let mut cells = Cells::default();
    for (key, cell) in rows {
        cells.add(key, cell);
    }
    cells
}
