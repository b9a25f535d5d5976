//! Growth: no request costs more because the log is longer. Every reading operation is asked, with each of its filters,
//! while the log has some changes of other things, and again when it has four times as many; nothing else has grown
//! meanwhile. The costs are steps and rows of the database, which are the same on every machine.

mod noise;
mod pages;
mod questions;

use super::pairs::ground::Ground;
use noise::Noise;
use questions::{Question, questions};
use support::costs::{Cost, Costs};
use support::on_both_engines;

/// Rounds of other changes before costs are counted first, and in all when they are counted again.
const FIRST: usize = 10;
const LAST: usize = 4 * FIRST;

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

on_both_engines! {
    fn no_answer_costs_more_because_the_log_is_longer(ground: Ground) {
        let world = &ground.world;
        let mut costs = Costs::of(world.server.place());
        let noise = Noise::begin(world);
        let asked = questions(&ground, world);
        let positions = noise.positions(2 * asked.len());
        let mut refused = Vec::new();
        let mut counted = |time: usize| -> Vec<Cost> {
            costs.settle();
            let head = world.server.database().model().seq;
            let ask = |(index, question): (usize, &Question)| {
                // No state of the past is asked for twice: those asked for last are kept.
                let (early, late) = (positions[2 * index + time], head - i64::try_from(index).unwrap());
                let (answer, cost) = costs.during(|| question.ask(&world.admin, early, late));
                if !(200..300).contains(&answer.status) {
                    refused.push(format!("{}: {}", question.what, answer.json));
                }
                cost
            };
            asked.iter().enumerate().map(ask).collect()
        };
        let head = || u64::try_from(world.server.database().model().seq).unwrap();
        noise.rounds(0..FIRST);
        let before = head();
        let first = counted(0);
        noise.rounds(FIRST..LAST);
        let added = head() - before;
        let second = counted(1);

        assert!(refused.is_empty(), "{}", refused.join("\n"));
        assert!(added > 2 * before && added > READ_FOR_A_PAGE, "{added} changes after {before}");
        let mut grown = Vec::new();
        for (question, (first, second)) in asked.iter().zip(first.iter().zip(&second)) {
            let may_read_on = question.what.starts_with("listAuditEntries") && !have_grown_beyond_a_page(first, second, before);
            if have_grown(first, second, added) && !may_read_on {
                grown.push(format!("{}: {} → {}\n{}", question.what, first.total, second.total, second.dearest()));
            }
        }
        assert!(grown.is_empty(), "{} of {} grow with {added} changes:\n{}", grown.len(), asked.len(), grown.join("\n"));
        pages::assert_that_they_lead_on_to_all(world);
        pages::assert_that_they_are_counted_as_far_as_positions_tell(world);
        world.server.assert_verified();
    }
}
