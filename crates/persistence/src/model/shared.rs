//! The model as the threads of a process share it, brought forward by the changes since its position.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::log::changes::Head;
use crate::log::{changes, past};
use crate::model::access::Access;
use crate::model::update::{KnownState, ModelUpdate};
use crate::model::{self, Model, access, catalogue, cells, head_counts, late_changes};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::id::IndicatorId;
use thidua_domain::records::head_counts::HeadCounts;

/// The model as the threads of a process share it.
#[derive(Debug, Default)]
pub(crate) struct SharedModel {
    model: RwLock<Model>,
    catching_up: Mutex<()>,
    /// Models of the past asked for last, the last one at the end.
    past: Mutex<Vec<Arc<Model>>>,
    listener: OnceLock<Listener>,
}

/// A commit of this process.
pub(crate) struct Commit {
    /// The end of the log before it.
    pub(crate) before: Head,
    /// The end of the log with it.
    pub(crate) after: Head,
    /// True when it has touched resources of which the model holds more than cells.
    pub(crate) moved_more_than_cells: bool,
    /// All cells that it has moved, and no step inside a month, if that is known.
    pub(crate) cells: Option<BTreeMap<CellKey, Cell>>,
}

/// A function that is told the position the model has come to.
struct Listener(Box<dyn Fn(i64) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Number of models of the past that are kept: a caller that asks for one asks on, but each costs as much memory as the
/// present.
const PAST_KEPT: usize = 2;

impl SharedModel {
    /// Locks the model for reading. Hold it briefly: commits wait for it.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Model> {
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The catalogue as of a position, which the caller's transaction sees.
    pub(crate) fn catalogue_at(&self, seq: i64, connection: &mut Connection) -> Result<Arc<Catalogue>> {
        let model = self.read();
        if model.seq == seq {
            return Ok(Arc::clone(&model.catalogue));
        }
        let (known, hash, before) = (model.seq, model.hash.clone(), Arc::clone(&model.catalogue));
        drop(model);
        let goes_on = known < seq && changes::hash_at(&mut connection.0, known)?.is_some_and(|found| found == hash);
        let catalogue = match goes_on {
            true => catalogue::moved_on(connection, (known, &before), seq)?,
            false => past::catalogue(connection, seq)?,
        };
        Ok(Arc::new(catalogue))
    }

    /// The book that answers about an indicator on a day are computed from, with all that belongs to it, as of a
    /// position with the day of its change. The caller's transaction sees that position; `catalogue` is of it.
    pub(crate) fn book_at(
        &self,
        (seq, changed_on): (i64, Date),
        catalogue: &Catalogue,
        (indicator, day): (IndicatorId, Date),
        connection: &mut Connection,
    ) -> Result<CellBook> {
        let model = self.read();
        let kept = (model.seq == seq).then(|| model.cells.about(indicator));
        drop(model);
        let mut book = match kept {
            Some(book) => book,
            None => {
                let mut book = cells::book_of(&mut connection.0, indicator, day)?;
                let cut_offs = catalogue.cut_offs();
                for (key, day) in late_changes::as_of(connection, cut_offs, Some(indicator), (seq, changed_on))? {
                    book.set_changed(key, day);
                }
                book
            }
        };
        if catalogue.indicators.get(&indicator).is_some_and(Indicator::is_beside_people) {
            book.keep_people(self.people_at(seq, catalogue, connection)?);
        }
        Ok(book)
    }

    /// The head counts as of a position, which the caller's transaction sees, with the catalogue of that position.
    fn people_at(
        &self,
        seq: i64,
        catalogue: &Catalogue,
        connection: &mut Connection,
    ) -> Result<Option<Arc<HeadCounts>>> {
        let model = self.read();
        if model.seq == seq {
            return Ok(model.cells.people().map(Arc::clone));
        }
        drop(model);
        head_counts::of(connection, catalogue)
    }

    /// The accounts and credentials as of a position, which the caller's transaction sees.
    pub(crate) fn access_at(&self, seq: i64, connection: &mut Connection) -> Result<Arc<Access>> {
        let model = self.read();
        if model.seq == seq {
            return Ok(Arc::clone(&model.access));
        }
        drop(model);
        Ok(Arc::new(access::read(connection)?))
    }

    /// The model as of a past position.
    pub(crate) fn as_of(&self, seq: i64, connection: &mut Connection) -> Result<Arc<Model>> {
        let kept = || self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|model| model.seq == seq).map(Arc::clone);
        let model = match known {
            Some(model) => model,
            None => Arc::new(model::past::read(connection, seq)?),
        };
        let mut kept = kept();
        kept.retain(|other| other.seq != seq);
        kept.push(Arc::clone(&model));
        let surplus = kept.len().saturating_sub(PAST_KEPT);
        kept.drain(..surplus);
        Ok(model)
    }

    /// The catalogue as of a past position: that of a model that is kept, or else the catalogue alone.
    pub(crate) fn catalogue_as_of(&self, seq: i64, connection: &mut Connection) -> Result<Arc<Catalogue>> {
        let kept = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|model| model.seq == seq).map(|model| Arc::clone(&model.catalogue));
        drop(kept);
        known.map_or_else(|| past::catalogue(connection, seq).map(Arc::new), Ok)
    }

    /// Brings the model to the end of the log.
    pub(crate) fn catch_up(&self, connection: &mut Connection) -> Result<()> {
        let _one_at_a_time = self.catching_up.lock().unwrap_or_else(PoisonError::into_inner);
        let known = KnownState::of(&self.read());
        let update = connection.snapshot(|connection| ModelUpdate::since(connection, &known))?;
        self.apply(update);
        Ok(())
    }

    /// Brings the model to the end of a commit of this process. Where the model stands at its beginning and it has moved
    /// nothing but cells, their new values are all that is read, unless they are known, and without a snapshot: versions
    /// stay as they are.
    pub(crate) fn follow(&self, connection: &mut Connection, commit: Commit) -> Result<()> {
        let one_at_a_time = self.catching_up.lock().unwrap_or_else(PoisonError::into_inner);
        let known = KnownState::of(&self.read());
        if commit.moved_more_than_cells || !known.is_at(&commit.before) {
            drop(one_at_a_time);
            return self.catch_up(connection);
        }
        if commit.before != commit.after {
            let update = ModelUpdate::of_cells(connection, &known, commit.after, commit.cells)?;
            self.apply(update);
        }
        Ok(())
    }

    fn apply(&self, update: ModelUpdate) {
        let mut model = self.model.write().unwrap_or_else(PoisonError::into_inner);
        let further = update.seq != model.seq;
        if update.from_scratch {
            *model = Model::default();
            self.past.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        (model.seq, model.hash, model.changed_on) = (update.seq, update.hash, update.changed_on);
        for (key, cell) in update.cells {
            model.cells.set(key, cell);
        }
        for (key, step) in update.steps {
            model.cells.set_step(key, step);
        }
        for (key, is_estimate) in update.marks {
            model.cells.mark(key, is_estimate);
        }
        update.people.apply(&mut model.cells);
        if update.late_anew {
            model.cells.forget_changed();
        }
        for (key, day) in update.late {
            model.cells.set_changed(key, day);
        }
        if let Some(catalogue) = update.catalogue {
            model.catalogue = Arc::new(catalogue);
        }
        if let Some(access) = update.access {
            model.access = Arc::new(access);
        }
        drop(model);
        if let (true, Some(Listener(tell))) = (further, self.listener.get()) {
            tell(update.seq);
        }
    }

    /// Registers the listener for every position the model comes to. There can be one only.
    pub(crate) fn listen(&self, tell: impl Fn(i64) + Send + Sync + 'static) {
        if self.listener.set(Listener(Box::new(tell))).is_err() {
            log::error!("the read model has a listener already");
        }
    }
}
