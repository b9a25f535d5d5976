//! Rows on their way from their reader to their writer. What becomes of rows of another shape, and of a body that is no
//! batch after all, are promises of `api/batch.rs`.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::spawn;
use thidua_http::problem::Language;
use thidua_http::request::batch::sets::{Intake, PlacedRow, Set, shelf};
use thidua_http::request::batch::{Keyed, SET};

struct Named(usize);

impl Keyed for Named {
    fn key(&self) -> String {
        self.0.to_string()
    }
}

fn put(intake: &mut Intake<Named>, names: impl IntoIterator<Item = usize>) {
    names.into_iter().for_each(|name| intake.put(Ok(Named(name)), None).expect("a row that fits"));
}

fn fit(set: Option<Set<Named>>) -> Option<Vec<usize>> {
    set.map(|set| set.iter().filter_map(PlacedRow::fit).map(|row| row.0).collect())
}

#[test]
fn a_set_is_there_as_soon_as_it_is_full_and_the_rest_at_the_end() {
    let (mut intake, sets) = shelf(Arc::new(()), Language::Vietnamese);
    let (go_on, told) = channel();
    let reader = spawn(move || {
        put(&mut intake, 0..SET + 2);
        told.recv().expect("to be told");
        put(&mut intake, [1, SET + 2]);
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
fn nobody_waits_for_a_reader_who_is_gone() {
    let (mut intake, sets) = shelf(Arc::new(()), Language::Vietnamese);
    put(&mut intake, 0..SET);
    let reader = spawn(move || drop(intake));
    assert!(sets.at(0).is_ok(), "what was read stays");
    assert!(sets.at(1).is_err() && sets.all().is_err());
    reader.join().expect("a reader");
}
