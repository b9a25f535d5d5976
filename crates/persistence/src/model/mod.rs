//! The read model: catalogue, current cells and accounts in memory, each as of one position in the change log.
//!
//! There is one way to bring it forward, whoever committed: reading the changes since its position.

pub(crate) mod access;
pub(crate) mod catalogue;
pub(crate) mod cell_addition;
pub(crate) mod cells;
pub(crate) mod day_steps;
pub(crate) mod estimates;
pub(crate) mod follower;
pub(crate) mod head_counts;
pub(crate) mod last_moves;
pub(crate) mod late_changes;
pub(crate) mod past;
pub(crate) mod shared;
pub(crate) mod stays;
mod update;

use crate::model::access::Access;
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::log::changes::Hash;

/// Everything an answer is computed from, as of `seq`.
#[derive(Debug, Default)]
pub struct Model {
    /// The last change it reflects.
    pub seq: i64,
    /// That change's hash.
    pub hash: Hash,
    /// That change's civil day: no answer as of an earlier day is given from this state.
    pub changed_on: Date,
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// The current cells.
    pub cells: CellBook,
    /// The accounts and credentials that may come in.
    pub access: Arc<Access>,
}

impl Model {
    /// The state it reflects: the number of the last change, and its hash. A database that was restored gives numbers
    /// again, but not hashes.
    pub fn state(&self) -> (i64, &str) {
        (self.seq, &self.hash)
    }
}
