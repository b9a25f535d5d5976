//! The writes of one commit, as far as they are stored together: rows, changes and cells that writes put off cost a
//! fraction of storing them one by one. A write that touches the tables itself finds them stored there, and has a
//! savepoint of its own.

use crate::engine::connection::{AnyConnection, Connection, Engine};
use crate::error::Result;
use crate::log::cell_versions;
use crate::log::cell_versions::CellVersion;
use crate::log::changes;
use crate::log::nonces::Nonces;
use crate::model::access;
use crate::model::access::Access;
use crate::model::cells;
use crate::model::shared::SharedModel;
use crate::write::prefetch::{DeferredRow, Facts, Prefetch, Prefetched};
use crate::write::read_ahead::ReadAhead;
use diesel::connection::SimpleConnection;
use std::collections::BTreeMap;
use std::sync::Arc;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::log::nonce::Nonce;

/// The writes of one commit.
pub(crate) struct CommitBatch {
    engine: Engine,
    /// The end of the log before it.
    began: i64,
    model: Arc<SharedModel>,
    /// True while the cells in the tables are those of the model.
    as_in_model: bool,
    facts: Prefetched,
    put_off: Deferred,
    /// The cells that were put off and stored, with their new values; none once a write has touched the tables itself.
    moved: Option<BTreeMap<CellKey, Cell>>,
    nonces: Nonces,
    /// Accounts and credentials as of all writes so far that stand. They are read again once a write has changed some.
    access: Option<Arc<Access>>,
    /// True when the write under way has touched the tables, in a savepoint.
    alone: bool,
    /// The SQL that ends the last savepoint. It is sent with the next savepoint, or with the commit, to save a round
    /// trip.
    ended: &'static str,
}

/// Rows that writes have put off.
#[derive(Default)]
pub(crate) struct Deferred {
    rows: Vec<DeferredRow>,
    changes: Vec<changes::Row>,
    versions: Vec<CellVersion>,
    /// Every cell that has moved, with its new value.
    cells: BTreeMap<CellKey, Cell>,
}

impl CommitBatch {
    /// Begins a commit on tables in which the log ends at a position.
    pub(crate) fn new(engine: Engine, model: Arc<SharedModel>, access: Arc<Access>, began: i64) -> Self {
        let as_in_model = model.read().seq == began;
        Self {
            engine,
            began,
            model,
            as_in_model,
            facts: Prefetched::default(),
            put_off: Deferred::default(),
            moved: Some(BTreeMap::new()),
            nonces: Nonces::default(),
            access: Some(access),
            alone: false,
            ended: "",
        }
    }

    /// Accounts and credentials at the beginning of the write under way: the remembered ones, unless a write of this
    /// commit has changed them.
    pub(crate) fn access(&mut self, connection: &mut Connection) -> Result<&Access> {
        let known = match self.access.take() {
            Some(known) => known,
            None => {
                // A write that is undone, and not rolled back yet, must not be read.
                self.end_last(&mut connection.0)?;
                Arc::new(access::read(connection)?)
            }
        };
        Ok(self.access.insert(known))
    }

    /// Forgets accounts and credentials: a write that stands has changed them.
    pub(crate) fn forget_access(&mut self) {
        self.access = None;
    }

    /// The nonce of the next change.
    pub(crate) fn nonce(&mut self) -> Result<Nonce> {
        self.nonces.draw()
    }

    /// Reads the rows that writes will ask for, as of all writes so far.
    pub(crate) fn prefetch<'f>(
        &mut self,
        connection: &mut Connection,
        prefetch: impl Iterator<Item = &'f Prefetch> + Clone,
    ) -> Result<()> {
        self.end_last(&mut connection.0)?;
        self.store(&mut connection.0)?;
        self.facts.learn(connection, prefetch.map(|prefetch| &prefetch.rows))
    }

    /// True when all rows that a write will ask for have been read.
    pub(crate) fn knows(&self, prefetch: &Prefetch) -> bool {
        self.facts.has(&prefetch.rows)
    }

    /// The rows that have been read; none once the write under way has touched the tables, which must be asked then.
    pub(crate) fn facts(&mut self) -> Option<&mut Prefetched> {
        (!self.alone).then_some(&mut self.facts)
    }

    /// A reader ahead for a write that begins at a position of the log. Its connection sees only what was committed
    /// before this commit, so there is none when something was written since.
    pub(crate) fn read_ahead(&self, end: i64) -> Option<ReadAhead> {
        if end == self.began { ReadAhead::start(self.engine.clone()) } else { None }
    }

    /// True when the write under way has touched the tables.
    pub(crate) fn in_savepoint(&self) -> bool {
        self.alone
    }

    /// Lets the write under way touch the tables: stores what earlier ones have put off, and begins a savepoint.
    pub(crate) fn enter_savepoint(&mut self, connection: &mut AnyConnection) -> Result<()> {
        self.alone = true;
        self.store(connection)?;
        self.moved = None;
        let ended = std::mem::take(&mut self.ended);
        connection.batch_execute(&format!("{ended}SAVEPOINT job"))?;
        (self.as_in_model, self.facts) = (false, Prefetched::default());
        Ok(())
    }

    /// Ends the write under way; `stands` is false when it is to be undone.
    pub(crate) fn end(&mut self, stands: bool) {
        if std::mem::take(&mut self.alone) {
            self.ended = match stands {
                true => "RELEASE SAVEPOINT job; ",
                false => "ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job; ",
            };
        } else if !stands {
            // It may have added rows that do not come to be.
            self.facts = Prefetched::default();
        }
    }

    /// Puts off the rows that the write under way has made; `seq` is its last change.
    pub(crate) fn put_off(
        &mut self,
        connection: &mut AnyConnection,
        made: Deferred,
        difference: &Cells,
        seq: i64,
    ) -> Result<()> {
        for (key, cell) in difference.iter() {
            let before = match self.put_off.cells.get(&key) {
                Some(sum) => *sum,
                None if self.as_in_model => self.model.read().cells.get(key),
                None => cells::get(connection, key)?,
            };
            let sum = before.plus(cell);
            self.put_off.cells.insert(key, sum);
            self.put_off.versions.push(CellVersion::new(key, seq, sum));
        }
        self.put_off.rows.extend(made.rows);
        self.put_off.changes.extend(made.changes);
        Ok(())
    }

    /// Stores all that was put off, and returns the SQL that ends the last savepoint, with all cells that have moved if
    /// they are known.
    pub(crate) fn finish(
        mut self,
        connection: &mut AnyConnection,
    ) -> Result<(&'static str, Option<BTreeMap<CellKey, Cell>>)> {
        self.store(connection)?;
        Ok((self.ended, self.moved))
    }

    fn store(&mut self, connection: &mut AnyConnection) -> Result<()> {
        let put_off = std::mem::take(&mut self.put_off);
        if put_off.changes.is_empty() {
            return Ok(());
        }
        self.end_last(connection)?;
        self.as_in_model = false;
        if let Some(moved) = &mut self.moved {
            moved.extend(&put_off.cells);
        }
        put_off.store(connection)
    }

    /// Ends the last savepoint by itself, where no other begins right after it.
    fn end_last(&mut self, connection: &mut AnyConnection) -> Result<()> {
        match std::mem::take(&mut self.ended) {
            "" => Ok(()),
            ended => Ok(connection.batch_execute(ended)?),
        }
    }
}

impl Deferred {
    /// Rows, and the changes that log them.
    pub(crate) fn new(rows: Vec<DeferredRow>, changes: Vec<changes::Row>) -> Self {
        Self { rows, changes, ..Self::default() }
    }

    fn store(self, connection: &mut AnyConnection) -> Result<()> {
        Prefetched::put(connection, &self.rows)?;
        changes::insert(connection, &self.changes)?;
        cells::put(connection, &self.cells)?;
        cell_versions::insert(connection, &self.versions)
    }
}
