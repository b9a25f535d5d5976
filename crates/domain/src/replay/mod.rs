//! The figures' cells, computed from a change log alone, write by write: what they are, and every value they have had.

mod rows;

use crate::cells::{Cell, CellKey, Cells, differs};
use crate::changes::{Actor, Change};
use rows::{Rows, Subject};
use std::collections::{BTreeMap, HashMap};

/// What a log has made so far, compared with the values it is said to have given to cells. It holds all rows that count,
/// without texts: some hundred bytes each.
#[derive(Debug, Default)]
pub struct Replay {
    rows: Rows,
    /// What contributed something else before changes whose effect has not been computed yet.
    touched: HashMap<Subject, Cells>,
    cells: Cells,
    given: HashMap<CellKey, Cell>,
    /// Cells that have moved without having been given their value.
    owed: BTreeMap<CellKey, Cell>,
    last: Option<Written>,
    fault: Option<String>,
}

/// The last change, as far as it tells whether the next one belongs to the same write.
#[derive(Debug)]
struct Written {
    seq: i64,
    at: i64,
    actor: Actor,
    reason: Option<String>,
}

impl Replay {
    /// Makes the next change of the log, which is said to have given these cells these values.
    ///
    /// A write gives a value to every cell it moves, with its last change or earlier. The log does not say where a write
    /// ends; changes of one moment, one actor and one reason are taken for one.
    pub fn follow(&mut self, change: &Change, given: &[(CellKey, Cell)]) {
        if self.fault.is_none() {
            self.fault = self.step(change, given).err();
        }
    }

    /// Ends with the log: the cells that its rows make, or the first fault, in words.
    pub fn finish(mut self) -> Result<Cells, String> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => self.close().map(|()| self.cells),
        }
    }

    fn step(&mut self, change: &Change, given: &[(CellKey, Cell)]) -> Result<(), String> {
        if !self.last.as_ref().is_some_and(|last| last.is_of_the_write_of(change)) {
            self.close()?;
        }
        let seq = change.seq;
        self.apply(change).map_err(|error| {
            format!("change {seq}: does not hold a row of {} that can be read: {error}", change.resource)
        })?;
        self.last = Some(Written { seq, at: change.at, actor: change.actor, reason: change.reason.clone() });
        if !given.is_empty() {
            self.settle();
        }
        given.iter().try_for_each(|(key, cell)| self.give(seq, *key, *cell))
    }

    fn apply(&mut self, change: &Change) -> serde_json::Result<()> {
        if change.resource.redefines_cells() {
            self.settle();
            self.rows.put(change)?;
            let mut difference = self.rows.contributions();
            difference.subtract_all(&self.cells);
            self.moved(&difference);
            return Ok(());
        }
        for subject in self.rows.subjects(change)? {
            self.touched.entry(subject).or_insert_with(|| self.rows.contribution(subject));
        }
        self.rows.put(change)
    }

    /// Computes what the changes so far have made of the cells.
    fn settle(&mut self) {
        let mut difference = Cells::default();
        for (subject, before) in std::mem::take(&mut self.touched) {
            difference.add_all(&self.rows.contribution(subject));
            difference.subtract_all(&before);
        }
        self.moved(&difference);
    }

    fn moved(&mut self, difference: &Cells) {
        self.cells.add_all(difference);
        for (key, _) in difference.iter() {
            let now = self.cells.get(key);
            if self.given(key) == now {
                self.owed.remove(&key);
            } else {
                self.owed.insert(key, now);
            }
        }
    }

    fn give(&mut self, seq: i64, key: CellKey, cell: Cell) -> Result<(), String> {
        let computed = self.cells.get(key);
        if cell != computed {
            return Err(differs(key, &format!("given by change {seq}"), cell, computed));
        }
        if self.owed.remove(&key).is_none() {
            return Err(format!("{key}: given by change {seq}, which did not move it"));
        }
        self.given.insert(key, cell);
        Ok(())
    }

    /// Ends a write.
    fn close(&mut self) -> Result<(), String> {
        self.settle();
        let Some((key, cell)) = self.owed.pop_first() else { return Ok(()) };
        let seq = self.last.as_ref().map_or(0, |last| last.seq);
        Err(differs(key, &format!("after change {seq} still"), self.given(key), cell))
    }

    fn given(&self, key: CellKey) -> Cell {
        self.given.get(&key).copied().unwrap_or_default()
    }
}

impl Written {
    fn is_of_the_write_of(&self, change: &Change) -> bool {
        self.at == change.at && self.actor == change.actor && self.reason == change.reason
    }
}
