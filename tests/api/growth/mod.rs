//! Growth: no request costs more because the log is longer. Every operation is asked, those that read with each of their
//! filters, while the log has some changes of other things, and again when it has three times as many or more; nothing else has
//! grown meanwhile. Answers about a figure are asked for also while its own rows have changed some times and many times.
//! The costs are steps and rows of the database, which are the same on every machine.

mod filters;
mod made_rows;
mod noise;
mod own_changes;
mod pages;
mod questions;
mod writes;

use super::pairs::ground::Ground;
use noise::Noise;
use own_changes::OwnChanges;
use questions::questions;
use support::costs::{Cost, Costs};
use support::{Answer, World, on_both_engines};
use writes::writes;

/// Rounds of other changes before costs are counted first, and in all when they are counted again.
const FIRST: usize = 10;
const LAST: usize = 5 * FIRST;

/// Changes of each row of a figure before costs are counted first, which are more than a page holds, and in all when
/// they are counted again.
const FEW: usize = 60;
const MANY: usize = 5 * FEW;

/// Changes that a page of the audit may read.
const READ_FOR_A_PAGE: u64 = 5_000;

/// True for costs that have grown by more than trees of pages that have become deeper. Each change that was added is a
/// row on PostgreSQL, and several steps on SQLite.
fn have_grown(first: &Cost, second: &Cost, added: u64) -> bool {
    second.total > first.total + first.total / 5 + added / 8
}

/// True for costs that have grown by more than what a page of the audit may read beyond the log that there was at
/// first, each change at the same price.
fn have_grown_beyond_a_page(first: &Cost, second: &Cost, before: u64) -> bool {
    second.total * before > first.total * READ_FOR_A_PAGE * 6 / 5
}

/// Costs of requests as they are asked, each with what it was, and the refusals among them.
struct Counted {
    costs: Costs,
    all: Vec<(String, Cost)>,
    refused: Vec<String>,
}

impl Counted {
    /// Begins to count, on a database whose tables have been looked at.
    fn begin(world: &World) -> Self {
        let mut costs = Costs::of(world.server.place());
        costs.settle();
        Self { costs, all: Vec::new(), refused: Vec::new() }
    }

    /// Counts a request.
    fn ask(&mut self, what: &str, ask: impl FnOnce() -> Answer) {
        let (answer, cost) = self.costs.during(ask);
        self.all.push((what.to_owned(), cost));
        if !(200..300).contains(&answer.status) {
            self.refused.push(format!("{what}: {}", answer.json));
        }
    }

    /// Insists that the same requests have been answered later, and cost no more, as some function of what was asked and
    /// both costs tells.
    fn assert_no_growth(&self, later: &Self, is_growth: impl Fn(&str, &Cost, &Cost) -> bool) {
        let refused: Vec<_> = self.refused.iter().chain(&later.refused).map(String::as_str).collect();
        assert!(refused.is_empty(), "{}", refused.join("\n"));
        let mut grown = Vec::new();
        for ((what, first), (again, second)) in self.all.iter().zip(&later.all) {
            assert_eq!(what, again);
            if is_growth(what, first, second) {
                grown.push(format!("{what}: {} → {}\n{}", first.total, second.total, second.dearest()));
            }
        }
        assert!(grown.is_empty(), "{} of {} grow:\n{}", grown.len(), self.all.len(), grown.join("\n"));
    }
}

/// Number of changes in the log.
fn head(world: &World) -> i64 {
    world.server.database().model().seq
}

#[on_both_engines]
fn no_request_costs_more_because_the_log_is_longer(ground: Ground) {
    let world = &ground.world;
    let noise = Noise::begin(world);
    let (asked, written) = (questions(&ground, world), writes(world));
    let positions = noise.positions(2 * asked.len());
    let count = |time: usize| {
        let (mut counted, head) = (Counted::begin(world), head(world));
        for (index, question) in asked.iter().enumerate() {
            // No state of the past is asked for twice: those asked for last are kept.
            let (early, late) = (positions[2 * index + time], head - i64::try_from(index).unwrap());
            counted.ask(&question.what, || question.ask(&world.admin, early, late));
        }
        written.iter().for_each(|write| counted.ask(&write.what, || write.ask(time)));
        counted
    };
    noise.rounds(0..FIRST);
    let before = u64::try_from(head(world)).unwrap();
    let first = count(0);
    noise.rounds(FIRST..LAST);
    let added = u64::try_from(head(world)).unwrap() - before;
    let second = count(1);

    assert!(added > 2 * before && added > READ_FOR_A_PAGE, "{added} changes after {before}");
    first.assert_no_growth(&second, |what, first, second| {
        let may_read_on = what.starts_with("listAuditEntries") && !have_grown_beyond_a_page(first, second, before);
        have_grown(first, second, added) && !may_read_on
    });
    pages::assert_that_they_lead_on_to_all(world);
    pages::assert_that_they_are_counted_as_far_as_positions_tell(world);
    world.server.assert_verified();
}

#[on_both_engines]
fn nothing_about_a_figure_costs_more_because_its_own_rows_were_changed_often(ground: Ground) {
    let world = &ground.world;
    let own = OwnChanges::of(&ground);
    let began = head(world);
    own.turns(0..FEW);
    let asked = own.questions();
    let count = |time: i64| {
        let (mut counted, head) = (Counted::begin(world), head(world));
        for (index, question) in (0..).zip(&asked) {
            // As above: each has positions of its own.
            let (early, late) = (began + 2 * index + time, head - index);
            counted.ask(&question.what, || question.ask(&world.admin, early, late));
        }
        for row in &own.rows {
            counted.ask(&format!("change of {}", row.path), || own.change(row, true));
            counted.ask(&format!("deletion of {}", row.path), || own.try_to_delete(row));
        }
        counted
    };
    let first = count(0);
    own.turns(FEW..MANY);
    let second = count(1);

    let added = ((MANY - FEW) * own.rows.len()) as u64;
    first.assert_no_growth(&second, |_, first, second| have_grown(first, second, added));
    own.assert_that_the_last_changes_are_named();
    world.server.assert_verified();
}
