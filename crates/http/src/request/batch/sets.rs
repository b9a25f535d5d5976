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
use validator::Validate;

/// A row of a batch.
pub(super) enum BatchRow<I> {
    /// Of the right shape.
    Fit(I),
    /// Of the right shape, with the key of an earlier row.
    Repeated(I),
    /// Of another shape: what is wrong with it, unless so many were told of already.
    Unfit(Vec<Violation>),
}

impl<I> BatchRow<I> {
    /// The row, if it may be written.
    pub(super) fn fit(&self) -> Option<&I> {
        match self {
            Self::Fit(input) => Some(input),
            Self::Repeated(_) | Self::Unfit(_) => None,
        }
    }
}

/// Rows that follow on each other.
pub(super) type Set<I> = Arc<[BatchRow<I>]>;

/// The writer's end of a batch: its sets, in order.
pub(super) struct Sets<I>(Arc<Shelf<I>>);

/// The reader's end of a batch: it takes the rows one by one, and must be told how they end.
pub(super) struct Intake<I> {
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
pub(super) fn shelf<I>(taken: Arc<dyn Send + Sync>) -> (Intake<I>, Sets<I>) {
    let held = Mutex::new(ShelfState { sets: Vec::new(), ended: None });
    let shelf = Arc::new(Shelf { held, more: Condvar::new(), _taken: taken });
    let (begun, keys) = (Vec::new(), HashSet::new());
    let intake = Intake { shelf: Arc::clone(&shelf), begun, keys, count: 0, unfit: 0, told: 0 };
    (intake, Sets(shelf))
}

impl<I> Sets<I> {
    /// Waits for a set, by its number; none after the last. Fails when the rows turn out to be no batch at all, which may
    /// be after many sets.
    pub(super) fn at(&self, number: usize) -> Result<Option<Set<I>>, Problem> {
        let held = self.0.wait_while(|held| held.sets.len() <= number && held.ended.is_none());
        match (held.sets.get(number), &held.ended) {
            (Some(set), _) => Ok(Some(Arc::clone(set))),
            (None, Some(Err(problem))) => Err(problem.clone()),
            (None, _) => Ok(None),
        }
    }

    /// Waits for all of them.
    pub(super) fn all(&self) -> Result<Vec<Set<I>>, Problem> {
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
    pub(super) fn put(&mut self, row: Result<I, Vec<Violation>>) -> Result<(), Vec<Violation>> {
        self.count += 1;
        let row = match row {
            Ok(input) if self.keys.insert(input.key()) => BatchRow::Fit(input),
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
        I: DeserializeOwned + Validate + ToSchema,
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
    pub(super) fn end(mut self, how: Result<(), Problem>) {
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

#[cfg(test)]
mod tests {
    use super::{BatchRow, Intake, Keyed, REJECTIONS, ROW_ERRORS, SET, Set, Violation, shelf};
    use crate::problem::Problem;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread::spawn;

    struct Named(usize);

    impl Keyed for Named {
        fn key(&self) -> String {
            self.0.to_string()
        }
    }

    fn put(intake: &mut Intake<Named>, names: impl Iterator<Item = usize>) {
        names.for_each(|name| intake.put(Ok(Named(name))).expect("a row that fits"));
    }

    fn fit(set: Option<Set<Named>>) -> Option<Vec<usize>> {
        set.map(|set| set.iter().filter_map(BatchRow::fit).map(|row| row.0).collect())
    }

    #[test]
    fn a_set_is_there_as_soon_as_it_is_full_and_the_rest_at_the_end() {
        let (mut intake, sets) = shelf(Arc::new(()));
        let (go_on, told) = channel();
        let reader = spawn(move || {
            put(&mut intake, 0..SET + 2);
            told.recv().expect("to be told");
            put(&mut intake, [1, SET + 2].into_iter());
            assert_eq!(intake.count(), SET + 4);
            intake.end(Ok(()));
        });
        assert_eq!(fit(sets.at(0).expect("a set")), Some((0..SET).collect()));
        go_on.send(()).expect("a reader");
        assert_eq!(fit(sets.at(1).expect("a set")), Some(vec![SET, SET + 1, SET + 2]), "the repeated row is not one");
        assert!(sets.at(2).expect("an end").is_none());
        assert_eq!(sets.all().expect("sets").len(), 2);
        reader.join().expect("a reader");
    }

    #[test]
    fn of_many_rows_of_another_shape_the_first_are_told_and_the_others_counted() {
        let (mut intake, sets) = shelf(Arc::new(()));
        put(&mut intake, 0..1);
        let wrong = || vec![Violation::new("/x", "unknown_member"); ROW_ERRORS + 1];
        (0..REJECTIONS + 5).for_each(|_| intake.put(Err(wrong())).expect("one row fits"));
        intake.end(Ok(()));
        let sets = sets.all().expect("sets");
        let rows = sets.iter().flat_map(|set| set.iter()).skip(1);
        let told = rows.map(|row| if let BatchRow::Unfit(wrong) = row { wrong.len() } else { usize::MAX });
        assert_eq!(told.collect::<Vec<_>>(), [vec![ROW_ERRORS; REJECTIONS], vec![0; 5]].concat());
    }

    #[test]
    fn a_set_in_which_nothing_fits_ends_the_reading() {
        let (mut intake, _sets) = shelf::<Named>(Arc::new(()));
        let wrong = || Err(vec![Violation::new("/x", "unknown_member")]);
        let mut put = (1..=SET).map(|_| intake.put(wrong()));
        let refusal = put.find_map(Result::err).expect("a refusal");
        assert!(put.next().is_none(), "it comes with the last row of the set");
        let said: Vec<_> =
            refusal.iter().map(|violation| (violation.pointer.as_str(), violation.code)).take(3).collect();
        assert_eq!(said, [("", "no_row_fits"), ("/0/x", "unknown_member"), ("/1/x", "unknown_member")]);
    }

    #[test]
    fn those_who_write_learn_how_it_ended() {
        let (mut intake, sets) = shelf(Arc::new(()));
        put(&mut intake, 0..1);
        intake.end(Err(Problem::not_found()));
        assert!(sets.at(0).is_ok(), "what was read stays");
        assert!(sets.at(1).is_err() && sets.all().is_err());
    }

    #[test]
    fn nobody_waits_for_a_reader_who_is_gone() {
        let (mut intake, sets) = shelf(Arc::new(()));
        put(&mut intake, 0..SET);
        let reader = spawn(move || drop(intake));
        assert!(sets.at(0).is_ok() && sets.at(1).is_err() && sets.all().is_err());
        reader.join().expect("a reader");
    }
}
