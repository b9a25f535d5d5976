//! Cells computed from a change log alone, write by write: their values now, and every value they have had. With them
//! go the steps of stocks inside months.

mod ledger;
mod packed_map;
mod packing;
mod people;
mod rows;

use crate::Date;
use crate::cells::{Cell, CellKey, Cells, DayKey};
use crate::log::changes::{Actor, Change};
use ledger::Ledger;
use rows::{Rows, Subject};
use std::collections::HashMap;

/// Subjects whose contributions are held one by one.
const TOUCHED: usize = 1000;

/// A replay of a log: the cells its rows make so far, compared with the values recorded with the log. It holds all rows
/// that count, without texts; people and their trainings, of whom there are millions, in a dozen bytes each.
#[derive(Debug, Default)]
pub struct Replay {
    rows: Rows,
    /// Contributions, as they were before, of subjects whose changes have not been computed yet; at most [`TOUCHED`],
    /// however long a write is.
    touched: HashMap<Subject, Cells>,
    cells: Cells,
    given: Ledger<CellKey>,
    steps: Steps,
    last: Option<Written>,
    /// The day of the write under way.
    today: Date,
    fault: Option<String>,
}

/// Ways to treat steps.
#[derive(Debug, Default)]
enum Steps {
    /// They are passed over: the log comes without them.
    #[default]
    Passed,
    /// They are compared with those recorded.
    Compared(Ledger<DayKey>),
    /// They are made, each with the last change of the write that moves it. The recorded values of cells are not known
    /// here.
    Made(Ledger<DayKey>, Vec<(i64, DayKey, Cell)>),
}

/// The values recorded with a change.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorded<'a> {
    /// Values of cells.
    pub cells: &'a [(CellKey, Cell)],
    /// Values of steps.
    pub steps: &'a [(DayKey, Cell)],
}

/// The last change, as far as needed to tell the write it belongs to.
#[derive(Debug)]
struct Written {
    seq: i64,
    at: i64,
    actor: Actor,
    reason: Option<String>,
}

impl Replay {
    /// A replay of a log that comes with the recorded values of steps, too.
    pub fn with_steps() -> Self {
        Self { steps: Steps::Compared(Ledger::default()), ..Self::default() }
    }

    /// A replay that makes the values of steps, for a log that does not have them yet.
    pub fn making_steps() -> Self {
        Self { steps: Steps::Made(Ledger::default(), Vec::new()), ..Self::default() }
    }

    /// Applies the next change of the log, and compares the values recorded with it.
    ///
    /// A write gives a value to every cell it moves, with its last change or earlier. The log does not say where a
    /// write ends; changes of one moment, one actor and one reason are taken for one.
    pub fn follow(&mut self, change: &Change, given: Recorded<'_>) {
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

    /// Takes out the steps made by writes that have ended, each with the change that gives it; `at_end` says that the
    /// log has ended, too. Fails with the first fault, in words.
    pub fn take_steps(&mut self, at_end: bool) -> Result<Vec<(i64, DayKey, Cell)>, String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if at_end {
            self.close()?;
        }
        match &mut self.steps {
            Steps::Made(_, made) => Ok(std::mem::take(made)),
            Steps::Passed | Steps::Compared(_) => Ok(Vec::new()),
        }
    }

    fn step(&mut self, change: &Change, given: Recorded<'_>) -> Result<(), String> {
        if !self.last.as_ref().is_some_and(|last| last.is_of_the_write_of(change)) {
            self.close()?;
            self.today = match self.steps {
                // No day comes after this one, so no steps are computed.
                Steps::Passed => Date::MAX,
                Steps::Compared(_) | Steps::Made(..) => change.day(),
            };
        }
        let seq = change.seq;
        self.apply(change).map_err(|error| {
            format!("change {seq}: does not hold a row of {} that can be read: {error}", change.resource)
        })?;
        self.last = Some(Written { seq, at: change.at, actor: change.actor, reason: change.reason.clone() });
        if !given.cells.is_empty() || !given.steps.is_empty() {
            self.apply_touched();
        }
        for (key, cell) in given.cells {
            self.given.give(seq, *key, *cell, self.cells.get(*key))?;
        }
        if let Steps::Compared(ledger) = &mut self.steps {
            for (key, step) in given.steps {
                ledger.give(seq, *key, *step, self.cells.step(*key))?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change) -> serde_json::Result<()> {
        if change.resource.redefines_cells() {
            self.apply_touched();
            self.rows.put(change)?;
            let mut difference = self.rows.all_contributions(self.today);
            difference.subtract_all(&self.cells);
            self.moved(&difference.with_steps_after(self.today));
            return Ok(());
        }
        let subjects = self.rows.subjects(change)?;
        if self.touched.len() + subjects.len() > TOUCHED {
            self.apply_touched();
        }
        if subjects.len() > TOUCHED {
            // A course may have any number of attendants: their contributions are not held, but summed up.
            let before = self.rows.contributions(subjects.iter().copied(), self.today);
            self.rows.put(change)?;
            self.moved(&self.rows.contributions(subjects.into_iter(), self.today).less(&before));
            return Ok(());
        }
        for subject in subjects {
            let contribution = || self.rows.contribution(subject, self.today);
            self.touched.entry(subject).or_insert_with(contribution);
        }
        self.rows.put(change)
    }

    /// Computes the effect of the changes so far on the cells.
    fn apply_touched(&mut self) {
        let mut difference = Cells::default();
        for (subject, before) in std::mem::take(&mut self.touched) {
            difference.add_all(&self.rows.contribution(subject, self.today));
            difference.subtract_all(&before);
        }
        self.moved(&difference);
    }

    fn moved(&mut self, difference: &Cells) {
        for (key, by) in difference.iter() {
            self.given.moved(key, self.cells.get(key), by);
        }
        if let Steps::Compared(ledger) | Steps::Made(ledger, _) = &mut self.steps {
            for (key, by) in difference.steps() {
                ledger.moved(key, self.cells.step(key), by);
            }
        }
        self.cells.add_all(difference);
    }

    /// Ends a write.
    fn close(&mut self) -> Result<(), String> {
        self.apply_touched();
        let seq = self.last.as_ref().map_or(0, |last| last.seq);
        match &mut self.steps {
            Steps::Passed => self.given.close(seq),
            Steps::Compared(ledger) => self.given.close(seq).and_then(|()| ledger.close(seq)),
            Steps::Made(ledger, made) => {
                self.given.record_owed();
                made.extend(ledger.record_owed().into_iter().map(|(key, step)| (seq, key, step)));
                Ok(())
            }
        }
    }
}

impl Written {
    fn is_of_the_write_of(&self, change: &Change) -> bool {
        self.at == change.at && self.actor == change.actor && self.reason == change.reason
    }
}
