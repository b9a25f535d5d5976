//! Cells: whatever the order of writes, they equal the sum computed from scratch.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::fraction::MAX_COUNT;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};

/// Few keys, so that writes meet.
fn any_key() -> impl Strategy<Value = CellKey> {
    let parts = (41..=42i64, 101..=102i64, 11..=12i64, prop::sample::select(vec!["2025-12", "2026-01"]));
    parts.prop_map(|(indicator, agency, calendar, at)| {
        key(IndicatorId(indicator), AgencyId(agency), CalendarId(calendar), at)
    })
}

fn any_cell() -> impl Strategy<Value = Cell> {
    let small = (-2..=2i64, -2..=2i64, -1..=1i64);
    let large = (-MAX_COUNT..=MAX_COUNT, -MAX_COUNT..=MAX_COUNT, -9..=9i64);
    prop_oneof![small, large].prop_map(|(numerator, denominator, reports)| cell(numerator, denominator, reports))
}

/// Contribution of one entity.
type Contribution = Vec<(CellKey, Cell)>;

fn any_contribution() -> impl Strategy<Value = Contribution> {
    prop::collection::vec((any_key(), any_cell()), 0..5)
}

fn cells(contribution: &Contribution) -> Cells {
    let mut cells = Cells::default();
    for (key, cell) in contribution {
        cells.add(*key, *cell);
    }
    cells
}

/// The sum of contributions in plain integers, cells that say nothing left out.
fn plain_sum<'a>(contributions: impl Iterator<Item = &'a Contribution>) -> Vec<(CellKey, (i64, i64, i64))> {
    let mut sums: BTreeMap<CellKey, (i64, i64, i64)> = BTreeMap::new();
    for (key, cell) in contributions.flatten() {
        let sum = sums.entry(*key).or_default();
        *sum = (sum.0 + cell.numerator, sum.1 + cell.denominator, sum.2 + cell.reports);
    }
    sums.into_iter().filter(|(_, sum)| *sum != (0, 0, 0)).collect()
}

fn plain(cells: &Cells) -> Vec<(CellKey, (i64, i64, i64))> {
    cells.iter().map(|(key, cell)| (key, (cell.numerator, cell.denominator, cell.reports))).collect()
}

#[test]
fn a_cell_that_returns_to_nothing_is_gone() {
    let at = key(CT3, DEPARTMENT, ND09, "2026-01");
    let mut cells = Cells::default();
    cells.add(at, cell(0, 0, 0));
    assert!(cells.is_empty(), "nothing added is nothing");
    cells.add(at, cell(1, 2, 1));
    assert_eq!(cells.len(), 1);
    cells.add(at, cell(-1, -2, -1));
    assert_eq!((cells.is_empty(), cells.len(), cells.get(at)), (true, 0, Cell::default()));
}

#[test]
fn a_report_of_zero_is_not_an_empty_cell() {
    let at = key(CT3, DEPARTMENT, ND09, "2026-01");
    let mut cells = Cells::default();
    cells.add(at, cell(0, 0, 1));
    assert_eq!((cells.len(), cells.get(at).is_empty()), (1, false));
}

#[test]
fn a_book_forgets_a_cell_set_to_nothing() {
    let at = key(CT3, DEPARTMENT, ND09, "2026-01");
    let mut book = CellBook::default();
    book.set(at, cell(1, 2, 1));
    book.set(at, cell(3, 4, 1));
    assert_eq!(book.get(at), cell(3, 4, 1), "the later value stands, it is not added");
    book.set(at, Cell::default());
    assert_eq!((book.get(at), book.iter().count()), (Cell::default(), 0));
}

proptest! {
    #[test]
    fn any_sequence_of_writes_leaves_the_sum_of_what_stands(
        writes in prop::collection::vec((0..4usize, prop::option::weighted(0.8, any_contribution())), 0..20),
    ) {
        // Four entities; a write replaces the contribution of one of them, or deletes it.
        let mut standing: [Contribution; 4] = Default::default();
        let mut stored = Cells::default();
        for (entity, contribution) in writes {
            let contribution = contribution.unwrap_or_default();
            let mut difference = cells(&contribution);
            difference.subtract_all(&cells(&standing[entity]));
            stored.add_all(&difference);
            standing[entity] = contribution;
            prop_assert_eq!(plain(&stored), plain_sum(standing.iter()));
            prop_assert!(stored.iter().all(|(_, cell)| !cell.is_empty()), "an empty cell remains");
        }
        for entity in standing {
            stored.subtract_all(&cells(&entity));
        }
        prop_assert!(stored.is_empty(), "deleting everything leaves nothing");
    }

    #[test]
    fn replacing_a_contribution_by_itself_changes_nothing(contribution in any_contribution()) {
        let mut difference = cells(&contribution);
        difference.subtract_all(&cells(&contribution));
        prop_assert!(difference.is_empty());
    }

    #[test]
    fn the_order_of_additions_does_not_matter(contributions in prop::collection::vec(any_contribution(), 0..6)) {
        let forward: Vec<_> = contributions.iter().map(cells).collect();
        let backward: Vec<_> = contributions.iter().rev().map(cells).collect();
        prop_assert_eq!(sum(&forward), sum(&backward));
    }

    #[test]
    fn a_book_gives_back_the_cells_it_was_set_to(contribution in any_contribution()) {
        let cells = cells(&contribution);
        let book = book(&cells);
        let mut listed: Vec<_> = book.iter().collect();
        listed.sort_by_key(|(key, _)| *key);
        prop_assert_eq!(listed, cells.iter().collect::<Vec<_>>());
        for (key, cell) in cells.iter() {
            prop_assert_eq!(book.get(key), cell);
        }
    }
}
