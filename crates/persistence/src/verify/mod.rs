//! Verification: the change log followed link by link, the rows compared with it, and the cells computed again from it.

pub(crate) mod rows;

use crate::engine::connection::Connection;
use crate::engine::folded_keys;
use crate::error::Result;
use crate::log::changes::LoggedChange;
use crate::log::{cell_versions, changes, events, former_codes};
use crate::model::{cells, day_steps};
use crate::progress::Progress;
use std::collections::BTreeMap;
use thidua_domain::cells::{Cell, CellKey, Cells, DayKey, first_difference};
pub use thidua_domain::log::hash_chain::KnownHash;
use thidua_domain::log::hash_chain::{Follower, Link};
use thidua_domain::log::replay::{Recorded, Replay};

/// Changes read in one go: what is read grows with them, and never with the log.
const PAGE: i64 = 2500;

/// Notes of rows whose codes differ in case alone, from before codes were compared without it: [`verify`] finds no fault
/// with them. Rows are named by their identities, as people are known by their codes.
pub fn notes(connection: &mut Connection) -> Result<Vec<String>> {
    let told = |(table, ids): (&str, Vec<i64>)| {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        format!("{} {}: their codes differ in case alone", table.replace('_', "-"), ids.join(", "))
    };
    Ok(folded_keys::twins(connection)?.into_iter().map(told).collect())
}

/// The result of [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Everything agrees.
    Clean {
        /// Number of changes that were followed.
        changes: i64,
        /// Number of cells that were computed.
        cells: usize,
    },
    /// The first difference, in words.
    Difference(String),
}

/// Checks the chain from the first change on, with the checkpoints known from outside; then every row against its last
/// change; then every value that a cell has had, and has, against the one computed from the records. Everything is read
/// from one state of the database.
pub fn verify(connection: &mut Connection, known: &[KnownHash], progress: &dyn Progress) -> Result<Finding> {
    connection.snapshot(|connection| verify_snapshot(connection, known, progress))
}

fn verify_snapshot(connection: &mut Connection, known: &[KnownHash], progress: &dyn Progress) -> Result<Finding> {
    let head = u64::try_from(changes::head(&mut connection.0)?.seq).unwrap_or(0);
    progress.start("changes", head);
    let (changes, computed) = match followed(connection, known, progress)? {
        Ok(followed) => followed,
        Err(fault) => return Ok(Finding::Difference(fault)),
    };
    if let Some(fault) = events::first_fault(connection)? {
        return Ok(Finding::Difference(fault));
    }
    progress.start("rows", head);
    if let Some(fault) = rows::first_fault(connection, progress)? {
        return Ok(Finding::Difference(fault));
    }
    if let Some(fault) = former_codes::first_fault(connection)? {
        return Ok(Finding::Difference(fault));
    }
    let computed = match computed {
        Ok(computed) => computed,
        Err(fault) => return Ok(Finding::Difference(fault)),
    };
    if let Some((seq, key)) = cell_versions::outside(&mut connection.0, changes)? {
        return Ok(Finding::Difference(format!("{key}: given by change {seq}, which there is not")));
    }
    if let Some((seq, key)) = day_steps::version_outside(&mut connection.0, changes)? {
        return Ok(Finding::Difference(format!("{key}: given by change {seq}, which there is not")));
    }
    let current = sum(cells::all(&mut connection.0)?);
    if let Some(difference) = first_difference(&computed, &current, "stored") {
        return Ok(Finding::Difference(difference));
    }
    Ok(Finding::Clean { changes, cells: computed.len() })
}

/// The log followed to its end: its last position, with the cells computed from it or the first fault in them, in
/// words; or else the first fault of the chain.
type Followed = std::result::Result<(i64, std::result::Result<Cells, String>), String>;

/// Follows the log link by link. Its rows are replayed meanwhile, and the values of cells they make are compared with
/// the stored versions. A fault of these is reported last, since a wrong row explains more.
fn followed(connection: &mut Connection, known: &[KnownHash], progress: &dyn Progress) -> Result<Followed> {
    let mut follower = Follower::after(0, known);
    let mut replay = Replay::with_steps();
    loop {
        let after = follower.last();
        let page = changes::found_after(connection, after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        let mut given: BTreeMap<i64, Vec<(CellKey, Cell)>> = BTreeMap::new();
        for (seq, key, cell) in cell_versions::given_between(&mut connection.0, after, *last)? {
            given.entry(seq).or_default().push((key, cell));
        }
        let mut steps: BTreeMap<i64, Vec<(DayKey, Cell)>> = BTreeMap::new();
        for (seq, key, step) in day_steps::given_between(&mut connection.0, after, *last)? {
            steps.entry(seq).or_default().push((key, step));
        }
        progress.advance(u64::try_from(page.len()).unwrap_or(0));
        for (seq, logged) in page {
            let LoggedChange { change, previous_hash, hash } = match logged {
                Ok(logged) => logged,
                Err(error) => return Ok(Err(format!("change {seq}: cannot be read: {error}"))),
            };
            let link = Link { seq, previous: Some(&previous_hash), change: Some(&change), hash: &hash };
            if let Err(fault) = follower.follow(link) {
                return Ok(Err(fault));
            }
            let cells = given.get(&seq).map_or(&[] as &[_], Vec::as_slice);
            let steps = steps.get(&seq).map_or(&[] as &[_], Vec::as_slice);
            replay.follow(&change, Recorded { cells, steps });
        }
    }
    Ok(follower.finish().map(|()| (follower.last(), replay.finish())))
}

fn sum(rows: Vec<(CellKey, Cell)>) -> Cells {
    let mut cells = Cells::default();
    for (key, cell) in rows {
        cells.add(key, cell);
    }
    cells
}
