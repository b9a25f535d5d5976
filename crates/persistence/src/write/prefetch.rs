//! Prefetching: rows that many writes will ask for, read for all of them at once; and rows put off, which are stored for
//! many writes at once. A resource whose records come by the thousand fills [`Facts`]; the writer knows it by its facts
//! alone, [`Prefetched`].

use crate::engine::connection::{AnyConnection, Connection};
use crate::error::Result;
use std::hash::Hash;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::training_facts::{TrainingFacts, TrainingHint};

/// Rows that have been read for many writes at once.
pub type Prefetched = TrainingFacts;

/// A hint: the rows that a write will ask for.
pub type PrefetchHint = TrainingHint;

/// Rows to read before a write asks for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefetch {
    /// The rows. The write may ask for more, or less.
    pub rows: PrefetchHint,
    /// True for a batch, or a part of one: it takes long, so it has a commit of its own and leaves time to others.
    pub is_batch: bool,
}

/// Facts of a resource that are read for many writes at once, and its rows that these put off.
pub(crate) trait Facts: Default {
    /// The resource whose rows are put off.
    const RESOURCE: Resource;
    /// A hint: the rows that a write will ask for.
    type PrefetchHint;
    /// Those whose facts change by rows of the resource.
    type Owner: Copy + Eq + Hash;
    /// A row that is logged, and not in the table yet.
    type Row;

    /// Reads the rows that several hints name. The tables must hold everything written so far.
    fn learn<'f>(
        &mut self,
        connection: &mut Connection,
        hints: impl Iterator<Item = &'f Self::PrefetchHint> + Clone,
    ) -> Result<()>
    where
        Self::PrefetchHint: 'f;

    /// Reads the facts of some owners again that change by rows of the resource.
    fn read_again(&mut self, connection: &mut Connection, owners: &[Self::Owner]) -> Result<()>;

    /// The owners that were found, in any order.
    fn owners(&self) -> impl Iterator<Item = Self::Owner>;

    /// Puts rows in the table.
    fn put(connection: &mut AnyConnection, rows: &[Self::Row]) -> Result<()>;

    /// Reads the rows that one hint names.
    fn of(connection: &mut Connection, hint: &Self::PrefetchHint) -> Result<Self> {
        let mut facts = Self::default();
        facts.learn(connection, std::iter::once(hint))?;
        Ok(facts)
    }
}

/// A row that is logged, and not in the table yet.
pub(crate) type DeferredRow = <Prefetched as Facts>::Row;
