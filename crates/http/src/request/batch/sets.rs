//! Rows on their way from their reader to their writer, in sets: the first are written while the last are still text.

use super::bounds::{MOST_TOLD_BYTES, REJECTIONS, ROW_ERRORS, SET};
use super::keyed::Keyed;
use super::told_rows::ToldRows;
use crate::problem::broken_rule::brief;
use crate::problem::{Language, Problem};
use crate::request::body::{shaped, shaped_untold};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use thidua_domain::violation::Violation;
use utoipa::ToSchema;

/// A row of a batch.
pub enum BatchRow<I> {
    /// Of the right shape.
    Fit(I),
    /// Of the right shape, with the key of an earlier row.
    Repeated(I),
    /// Of another shape: what is wrong with it, unless so many were told of already.
    Unfit(Vec<Violation>),
}

impl<I> BatchRow<I> {
    /// The row, if it may be written.
    pub fn fit(&self) -> Option<&I> {
        match self {
            Self::Fit(input) => Some(input),
            Self::Repeated(_) | Self::Unfit(_) => None,
        }
    }
}

/// A row with its place in the text.
pub struct PlacedRow<I> {
    /// The row.
    pub row: BatchRow<I>,
    /// Its line, from 1, where each row has one of its own.
    pub line: Option<usize>,
}

impl<I> PlacedRow<I> {
    /// The row, if it may be written.
    pub fn fit(&self) -> Option<&I> {
        self.row.fit()
    }
}

/// Rows that follow on each other.
pub type Set<I> = Arc<[PlacedRow<I>]>;

/// The writer's end of a batch: its sets, in order.
pub struct Sets<I>(Arc<Shelf<I>>);

/// The reader's end of a batch: it takes the rows one by one, and must be told how they end.
pub struct Intake<I> {
    shelf: Arc<Shelf<I>>,
    begun: Vec<PlacedRow<I>>,
    keys: HashSet<String>,
    count: usize,
    unfit: usize,
    /// Bytes of what was told of refused rows.
    told: usize,
    /// The language in which a batch is refused of which no row fits.
    language: Language,
}

struct Shelf<I> {
    held: Mutex<ShelfState<I>>,
    more: Condvar,
    /// Memory and turn that the rows take, for as long as anybody has them.
    _taken: Arc<dyn Send + Sync>,
}

struct ShelfState<I> {
    sets: Vec<Set<I>>,
    /// The end of the rows, once it has come: that they were read, or the problem that stopped it.
    ended: Option<Result<(), Problem>>,
}

/// Both ends of an empty batch, which keeps what its rows have taken.
pub fn shelf<I>(taken: Arc<dyn Send + Sync>, language: Language) -> (Intake<I>, Sets<I>) {
    let held = Mutex::new(ShelfState { sets: Vec::new(), ended: None });
    let shelf = Arc::new(Shelf { held, more: Condvar::new(), _taken: taken });
    let (begun, keys) = (Vec::new(), HashSet::new());
    let intake = Intake { shelf: Arc::clone(&shelf), begun, keys, count: 0, unfit: 0, told: 0, language };
    (intake, Sets(shelf))
}

impl<I> Sets<I> {
    /// Waits for a set, by its number; none after the last. Fails when the rows turn out to be no batch at all, which may
    /// be after many sets.
    pub fn at(&self, number: usize) -> Result<Option<Set<I>>, Problem> {
        let held = self.0.wait_while(|held| held.sets.len() <= number && held.ended.is_none());
        match (held.sets.get(number), &held.ended) {
            (Some(set), _) => Ok(Some(Arc::clone(set))),
            (None, Some(Err(problem))) => Err(problem.clone()),
            (None, _) => Ok(None),
        }
    }

    /// Waits for all of them.
    pub fn all(&self) -> Result<Vec<Set<I>>, Problem> {
        let held = self.0.wait_while(|held| held.ended.is_none());
        held.ended.clone().unwrap_or(Ok(())).map(|()| held.sets.clone())
    }
}

impl<I> Clone for Sets<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I: Keyed> Intake<I> {
    /// Number of rows so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds the next row. Refuses all of them when none of a whole first set is of the right shape: the file is another
    /// one.
    pub fn put(&mut self, row: Result<I, Vec<Violation>>, line: Option<usize>) -> Result<(), Problem> {
        self.count += 1;
        let row = match row {
            Ok(input) if self.keys.insert(input.compared_key()) => BatchRow::Fit(input),
            Ok(input) => BatchRow::Repeated(input),
            Err(violations) => BatchRow::Unfit(self.told(violations)),
        };
        self.begun.push(PlacedRow { row, line });
        if self.begun.len() < SET {
            return Ok(());
        }
        if self.unfit == SET && self.count == SET {
            return Err(none_fits(&std::mem::take(&mut self.begun), self.language));
        }
        self.hand_over();
        Ok(())
    }

    /// A value as the next row. The reasons why it does not fit are looked for only as long as they are told.
    pub(super) fn shaped(&self, value: Value) -> Result<I, Vec<Violation>>
    where
        I: DeserializeOwned + ToSchema,
    {
        if self.reports_faults() { shaped(value) } else { shaped_untold(&value).ok_or_else(Vec::new) }
    }

    fn reports_faults(&self) -> bool {
        self.unfit < REJECTIONS && self.told < MOST_TOLD_BYTES
    }

    /// Cuts the violations of the next row down to what will be told: a hundred thousand rows may be wrong in hundreds
    /// of ways, and in long words.
    fn told(&mut self, mut violations: Vec<Violation>) -> Vec<Violation> {
        violations.truncate(if self.reports_faults() { ROW_ERRORS } else { 0 });
        self.unfit += 1;
        violations.shrink_to_fit();
        for Violation { pointer, message, .. } in &mut violations {
            let mut cut = |text: &mut String| {
                *text = brief(text);
                self.told += text.len();
            };
            cut(pointer);
            message.each_text(&mut cut);
        }
        violations
    }

    /// Ends the rows, and says how.
    pub fn end(mut self, how: Result<(), Problem>) {
        if !self.begun.is_empty() {
            self.hand_over();
        }
        self.shelf.lock().ended = Some(how);
    }
}

/// The refusal of a batch whose first rows are all of another shape, with what is wrong with them.
fn none_fits<I>(rows: &[PlacedRow<I>], language: Language) -> Problem {
    let mut told = ToldRows::default();
    for PlacedRow { row, line } in rows {
        if let BatchRow::Unfit(violations) = row {
            told.reject(*line, None, violations.clone(), language);
        }
        told.report.received += 1;
    }
    Problem::from(Violation::new("", "no_row_fits").with("set", &SET)).with_batch(told.report)
}

impl<I> Intake<I> {
    fn hand_over(&mut self) {
        let set = std::mem::take(&mut self.begun).into();
        self.shelf.lock().sets.push(set);
        self.shelf.more.notify_all();
    }
}

impl<I> Drop for Intake<I> {
    /// Ends the rows with a defect if their reader was lost, so that no writer waits for ever.
    fn drop(&mut self) {
        let lost = || Err(Problem::internal("the rows of a batch were not read to their end"));
        self.shelf.lock().ended.get_or_insert_with(lost);
        self.shelf.more.notify_all();
    }
}

impl<I> Shelf<I> {
    fn lock(&self) -> MutexGuard<'_, ShelfState<I>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, waiting: impl Fn(&ShelfState<I>) -> bool) -> MutexGuard<'_, ShelfState<I>> {
        self.more.wait_while(self.lock(), |held| waiting(held)).unwrap_or_else(PoisonError::into_inner)
    }
}
