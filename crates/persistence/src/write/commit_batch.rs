//! The writes of one commit, as far as they are stored together: rows, changes and cells that a write puts off cost a
//! fraction of what they cost one by one. Whatever touches the tables itself, finds them there, and has a savepoint.

use crate::engine::connection::{AnyConnection, Connection, Engine};
use crate::error::Result;
use crate::log::changes;
use crate::log::nonces::Nonces;
use crate::model::cells;
use crate::model::cells::Version;
use crate::model::{self, Access, SharedModel};
use crate::records::training_records;
use crate::write::prefetch::{Prefetch, Prefetched};
use crate::write::read_ahead::ReadAhead;
use diesel::connection::SimpleConnection;
use std::collections::BTreeMap;
use std::sync::Arc;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::log::nonce::Nonce;

/// The writes of one commit.
pub(crate) struct CommitBatch {
    engine: Engine,
    /// Where the log ended before it.
    began: i64,
    model: Arc<SharedModel>,
    /// Whether the cells in the tables are those of the model.
    as_in_model: bool,
    facts: Prefetched,
    put_off: Deferred,
    nonces: Nonces,
    /// Accounts and credentials, by all writes so far that stand; to be read again once one of them has changed some.
    access: Option<Arc<Access>>,
    /// Whether the write under way has touched the tables, in a savepoint.
    alone: bool,
    /// What ends the last savepoint: it begins the next, or the commit, in one round trip.
    ended: &'static str,
}

/// What is to be stored.
#[derive(Default)]
pub(crate) struct Deferred {
    trainings: Vec<training_records::Row>,
    changes: Vec<changes::Row>,
    versions: Vec<Version>,
    /// Every cell that has moved, as it is then.
    cells: BTreeMap<CellKey, Cell>,
}

impl CommitBatch {
    /// Begins a set on tables in which the log ends at a position.
    pub(crate) fn new(engine: Engine, model: Arc<SharedModel>, access: Arc<Access>, began: i64) -> Self {
        let as_in_model = model.read().seq == began;
        Self {
            engine,
            began,
            model,
            as_in_model,
            facts: Prefetched::default(),
            put_off: Deferred::default(),
            nonces: Nonces::default(),
            access: Some(access),
            alone: false,
            ended: "",
        }
    }

    /// Accounts and credentials where the write under way begins: as they are remembered, unless a write of this commit has
    /// changed them.
    pub(crate) fn access(&mut self, connection: &mut Connection) -> Result<&Access> {
        let known = match self.access.take() {
            Some(known) => known,
            None => {
                // What was undone must not be read.
                self.end_last(&mut connection.0)?;
                Arc::new(model::access(connection)?)
            }
        };
        Ok(self.access.insert(known))
    }

    /// A write that stands has changed who may come in.
    pub(crate) fn forget_access(&mut self) {
        self.access = None;
    }

    /// The nonce of the next change.
    pub(crate) fn nonce(&mut self) -> Result<Nonce> {
        self.nonces.draw()
    }

    /// Reads what writes say that they will ask for, after all that was written so far.
    pub(crate) fn prefetch<'f>(
        &mut self,
        connection: &mut Connection,
        prefetch: impl Iterator<Item = &'f Prefetch> + Clone,
    ) -> Result<()> {
        self.end_last(&mut connection.0)?;
        self.store(&mut connection.0)?;
        self.facts.learn(connection, prefetch)
    }

    /// Whether it is known what a write says that it will ask for.
    pub(crate) fn knows(&self, prefetch: &Prefetch) -> bool {
        self.facts.has(prefetch)
    }

    /// What is known, unless the write under way has touched the tables: then they are to be asked.
    pub(crate) fn facts(&mut self) -> Option<&mut Prefetched> {
        (!self.alone).then_some(&mut self.facts)
    }

    /// Somebody who reads ahead of a write that begins where the log ends: they see what was committed before the set, so
    /// nobody when something was written since.
    pub(crate) fn read_ahead(&self, end: i64) -> Option<ReadAhead> {
        if end == self.began { ReadAhead::start(self.engine.clone()) } else { None }
    }

    /// Whether the write under way has touched the tables.
    pub(crate) fn in_savepoint(&self) -> bool {
        self.alone
    }

    /// Lets the write under way touch the tables: stores what earlier ones have put off, and begins a savepoint.
    pub(crate) fn enter_savepoint(&mut self, connection: &mut AnyConnection) -> Result<()> {
        self.alone = true;
        self.store(connection)?;
        let ended = std::mem::take(&mut self.ended);
        connection.batch_execute(&format!("{ended}SAVEPOINT job"))?;
        (self.as_in_model, self.facts) = (false, Prefetched::default());
        Ok(())
    }

    /// Ends the write under way: what it did stands, or is undone.
    pub(crate) fn end(&mut self, stands: bool) {
        if std::mem::take(&mut self.alone) {
            self.ended = match stands {
                true => "RELEASE SAVEPOINT job; ",
                false => "ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job; ",
            };
        } else if !stands {
            // What it had added to them is not so.
            self.facts = Prefetched::default();
        }
    }

    /// Puts off what the write under way has made, up to its last change.
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
            self.put_off.versions.push(Version::new(key, seq, sum));
        }
        self.put_off.trainings.extend(made.trainings);
        self.put_off.changes.extend(made.changes);
        Ok(())
    }

    /// Stores all that was put off, and says what ends the last savepoint.
    pub(crate) fn finish(mut self, connection: &mut AnyConnection) -> Result<&'static str> {
        self.store(connection)?;
        Ok(self.ended)
    }

    fn store(&mut self, connection: &mut AnyConnection) -> Result<()> {
        let put_off = std::mem::take(&mut self.put_off);
        if put_off.changes.is_empty() {
            return Ok(());
        }
        self.end_last(connection)?;
        self.as_in_model = false;
        put_off.store(connection)
    }

    /// Ends the last savepoint, if none begins right after it.
    fn end_last(&mut self, connection: &mut AnyConnection) -> Result<()> {
        match std::mem::take(&mut self.ended) {
            "" => Ok(()),
            ended => Ok(connection.batch_execute(ended)?),
        }
    }
}

impl Deferred {
    /// Training records, and the changes that log them.
    pub(crate) fn new(trainings: Vec<training_records::Row>, changes: Vec<changes::Row>) -> Self {
        Self { trainings, changes, ..Self::default() }
    }

    fn store(self, connection: &mut AnyConnection) -> Result<()> {
        training_records::put(connection, &self.trainings)?;
        changes::insert(connection, &self.changes)?;
        cells::put(connection, &self.cells)?;
        cells::insert_versions(connection, &self.versions)
    }
}
