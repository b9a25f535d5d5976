//! Rows on their way from their reader to their writer, in sets: the first are written while the last are still text.

use super::bounds::{MOST_TOLD_BYTES, REJECTIONS, ROW_ERRORS, SET};
use super::keyed::Keyed;
use crate::problem::Problem;
use crate::problem::broken_rule::brief;
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

/// Rows that follow on each other.
pub type Set<I> = Arc<[BatchRow<I>]>;

/// The writer's end of a batch: its sets, in order.
pub struct Sets<I>(Arc<Shelf<I>>);

/// The reader's end of a batch: it takes the rows one by one, and must be told how they end.
pub struct Intake<I> {
    shelf: Arc<Shelf<I>>,
    begun: Vec<BatchRow<I>>,
    keys: HashSet<String>,
    count: usize,
    unfit: usize,
    /// Bytes of what was told of refused rows.
    told: usize,
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
pub fn shelf<I>(taken: Arc<dyn Send + Sync>) -> (Intake<I>, Sets<I>) {
    let held = Mutex::new(ShelfState { sets: Vec::new(), ended: None });
    let shelf = Arc::new(Shelf { held, more: Condvar::new(), _taken: taken });
    let (begun, keys) = (Vec::new(), HashSet::new());
    let intake = Intake { shelf: Arc::clone(&shelf), begun, keys, count: 0, unfit: 0, told: 0 };
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
    pub fn put(&mut self, row: Result<I, Vec<Violation>>) -> Result<(), Vec<Violation>> {
        self.count += 1;
        let row = match row {
            Ok(input) if self.keys.insert(input.compared_key()) => BatchRow::Fit(input),
            Ok(input) => BatchRow::Repeated(input),
            Err(violations) => BatchRow::Unfit(self.told(violations)),
        };
        self.begun.push(row);
        if self.begun.len() < SET {
            return Ok(());
        }
        if self.unfit == SET && self.count == SET {
            return Err(none_fits(std::mem::take(&mut self.begun)));
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
fn none_fits<I>(rows: Vec<BatchRow<I>>) -> Vec<Violation> {
    let none_fits = Violation::new("", "no_row_fits").with("set", &SET);
    let wrong = rows.into_iter().enumerate().flat_map(|(index, row)| match row {
        BatchRow::Unfit(violations) => violations.into_iter().map(|error| error.under(&format!("/{index}"))).collect(),
        BatchRow::Fit(_) | BatchRow::Repeated(_) => Vec::new(),
    });
    std::iter::once(none_fits).chain(wrong).collect()
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
