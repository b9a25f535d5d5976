//! Rows on their way from whoever reads them to whoever writes them, in sets: the first are written while the last are
//! still text.

use super::{Keyed, SET};
use crate::problem::Problem;
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use thidua_domain::violation::Violation;

/// A row of a batch.
pub(super) enum Row<I> {
    /// Of the right shape.
    Fit(I),
    /// Of the right shape, with the key of an earlier row.
    Repeated(I),
    /// Of another shape: what is wrong with it.
    Unfit(Vec<Violation>),
}

impl<I> Row<I> {
    /// The row, if it may be written.
    pub(super) fn fit(&self) -> Option<&I> {
        match self {
            Self::Fit(input) => Some(input),
            Self::Repeated(_) | Self::Unfit(_) => None,
        }
    }
}

/// Rows that follow on each other.
pub(super) type Set<I> = Arc<[Row<I>]>;

/// The sets of a batch, for those who write them.
pub(super) struct Sets<I>(Arc<Shelf<I>>);

/// Where whoever reads a batch puts its rows. How they end is to be said.
pub(super) struct Intake<I> {
    shelf: Arc<Shelf<I>>,
    begun: Vec<Row<I>>,
    keys: HashSet<String>,
    count: usize,
}

struct Shelf<I> {
    held: Mutex<Held<I>>,
    more: Condvar,
}

struct Held<I> {
    sets: Vec<Set<I>>,
    /// How they ended.
    ended: Option<Result<(), Problem>>,
}

/// An empty shelf, from both sides.
pub(super) fn shelf<I>() -> (Intake<I>, Sets<I>) {
    let held = Mutex::new(Held { sets: Vec::new(), ended: None });
    let shelf = Arc::new(Shelf { held, more: Condvar::new() });
    let intake = Intake { shelf: Arc::clone(&shelf), begun: Vec::new(), keys: HashSet::new(), count: 0 };
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
    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Puts the next row down.
    pub(super) fn put(&mut self, row: Result<I, Vec<Violation>>) {
        self.count += 1;
        self.begun.push(match row {
            Ok(input) if self.keys.insert(input.key()) => Row::Fit(input),
            Ok(input) => Row::Repeated(input),
            Err(violations) => Row::Unfit(violations),
        });
        if self.begun.len() == SET {
            self.hand_over();
        }
    }

    /// Says how they end.
    pub(super) fn end(mut self, how: Result<(), Problem>) {
        if !self.begun.is_empty() {
            self.hand_over();
        }
        self.shelf.held().ended = Some(how);
    }
}

impl<I> Intake<I> {
    fn hand_over(&mut self) {
        let set = std::mem::take(&mut self.begun).into();
        self.shelf.held().sets.push(set);
        self.shelf.more.notify_all();
    }
}

impl<I> Drop for Intake<I> {
    /// Nobody is left waiting, whatever happens to whoever reads.
    fn drop(&mut self) {
        let lost = || Err(Problem::internal("the rows of a batch were not read to their end"));
        self.shelf.held().ended.get_or_insert_with(lost);
        self.shelf.more.notify_all();
    }
}

impl<I> Shelf<I> {
    fn held(&self) -> MutexGuard<'_, Held<I>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, waiting: impl Fn(&Held<I>) -> bool) -> MutexGuard<'_, Held<I>> {
        self.more.wait_while(self.held(), |held| waiting(held)).unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Intake, Keyed, Row, SET, Set, shelf};
    use crate::problem::Problem;
    use std::sync::mpsc::channel;
    use std::thread::spawn;

    struct Named(usize);

    impl Keyed for Named {
        fn key(&self) -> String {
            self.0.to_string()
        }
    }

    fn put(intake: &mut Intake<Named>, names: impl Iterator<Item = usize>) {
        names.for_each(|name| intake.put(Ok(Named(name))));
    }

    fn fit(set: Option<Set<Named>>) -> Option<Vec<usize>> {
        set.map(|set| set.iter().filter_map(Row::fit).map(|row| row.0).collect())
    }

    #[test]
    fn a_set_is_there_as_soon_as_it_is_full_and_the_rest_at_the_end() {
        let (mut intake, sets) = shelf();
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
    fn those_who_write_learn_how_it_ended() {
        let (mut intake, sets) = shelf();
        put(&mut intake, 0..1);
        intake.end(Err(Problem::not_found()));
        assert!(sets.at(0).is_ok(), "what was read stays");
        assert!(sets.at(1).is_err() && sets.all().is_err());
    }

    #[test]
    fn nobody_waits_for_a_reader_who_is_gone() {
        let (mut intake, sets) = shelf();
        put(&mut intake, 0..SET);
        let reader = spawn(move || drop(intake));
        assert!(sets.at(0).is_ok() && sets.at(1).is_err() && sets.all().is_err());
        reader.join().expect("a reader");
    }
}
