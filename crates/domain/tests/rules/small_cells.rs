//! The small-cell rule: no small count is told, and none follows from the figures told.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::catalogue::sources::{Semantics, Source};
use thidua_domain::figure::Figure;
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::question::Question;
use thidua_domain::figures::small_cells::{OwnFigure, SmallCells, Withheld, counts_people};
use thidua_domain::id::AgencyId;

fn figure(numerator: i64, denominator: i64) -> Figure {
    Figure { numerator, denominator, reported: true }
}

fn part(agency: i64, parent: Option<i64>, own: Figure) -> OwnFigure {
    OwnFigure { agency: AgencyId(agency), parent: parent.map(AgencyId), own }
}

fn named(found: impl IntoIterator<Item = AgencyId>) -> Vec<i64> {
    let mut found: Vec<_> = found.into_iter().map(|id| id.0).collect();
    found.sort_unstable();
    found
}

/// A figure of an agency: with all below it, or its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Whole(AgencyId),
    Own(AgencyId),
}

/// A whole and all below it, by recursion.
fn whole(parts: &[OwnFigure], at: &OwnFigure) -> Figure {
    let below = parts.iter().filter(|part| part.parent == Some(at.agency)).map(|part| whole(parts, part));
    below.fold(at.own, |sum, more| Figure {
        numerator: sum.numerator + more.numerator,
        denominator: sum.denominator + more.denominator,
        reported: sum.reported || more.reported,
    })
}

/// True when the own figure of an agency or of one below it is withheld, by recursion.
fn hides_an_own(parts: &[OwnFigure], withheld: &Withheld, at: &OwnFigure) -> bool {
    let mut below = parts.iter().filter(|part| part.parent == Some(at.agency));
    withheld.owns.contains(&at.agency) || below.any(|part| hides_an_own(parts, withheld, part))
}

fn is_withheld(withheld: &Withheld, named: Named) -> bool {
    match named {
        Named::Whole(agency) => withheld.wholes.contains(&agency),
        Named::Own(agency) => withheld.owns.contains(&agency),
    }
}

/// The figures that add up: a whole, then its parts.
fn sums(parts: &[OwnFigure]) -> Vec<Vec<Named>> {
    let sum = |at: &OwnFigure| {
        let below = parts.iter().filter(|part| part.parent == Some(at.agency)).map(|part| Named::Whole(part.agency));
        [Named::Whole(at.agency), Named::Own(at.agency)].into_iter().chain(below).collect()
    };
    parts.iter().map(sum).collect()
}

/// Another world in which everything told is the same and one withheld figure is not: found by passing a difference of
/// one on from sum to sum.
fn other_world(parts: &[OwnFigure], withheld: &Withheld, start: Named) -> Option<BTreeMap<Named, i64>> {
    let sums = sums(parts);
    let mut by = BTreeMap::from([(start, 1)]);
    loop {
        // The error of a sum: its whole less its parts.
        let off = |sum: &[Named], by: &BTreeMap<Named, i64>| {
            let difference = |named: &Named| by.get(named).copied().unwrap_or(0);
            difference(&sum[0]) - sum[1..].iter().map(difference).sum::<i64>()
        };
        let Some(sum) = sums.iter().find(|sum| off(sum, &by) != 0) else { return Some(by) };
        let free = sum.iter().find(|named| is_withheld(withheld, **named) && !by.contains_key(*named))?;
        let change = if *free == sum[0] { -off(sum, &by) } else { off(sum, &by) };
        by.insert(*free, change);
    }
}

fn trees() -> impl Strategy<Value = Vec<OwnFigure>> {
    let own = prop_oneof![
        1 => Just(Figure::default()),
        1 => Just(figure(0, 0)),
        6 => (0_i64..30, 0_i64..30).prop_map(|(one, other)| figure(one.min(other), one.max(other))),
        1 => (0_i64..30, 0_i64..30).prop_map(|(one, other)| figure(one, other)),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), prop::bool::weighted(0.1), own), 1..14).prop_map(|drawn| {
        let place = |index: usize| i64::try_from(index).unwrap();
        let part = |(index, (above, top, own)): (usize, (prop::sample::Index, bool, Figure))| {
            part(place(index), (index > 0 && !top).then(|| place(above.index(index))), own)
        };
        drawn.into_iter().enumerate().map(part).collect()
    })
}

proptest! {
    #[test]
    fn nothing_small_is_told_and_nothing_withheld_follows_from_what_is(parts in trees(), least in 0_u8..12) {
        let rule = SmallCells::below(least);
        let withheld = rule.withhold(&parts);
        let small = |figure: Figure| {
            let within = |count: i64| count >= 1 && count < i64::from(least);
            figure.reported && (within(figure.numerator) || within(figure.denominator) || within(figure.denominator - figure.numerator))
        };
        let mut any_small = false;
        for at in &parts {
            // The number of agencies that meet a target is counted over own figures: where all of them are told, it
            // follows from them.
            prop_assert_eq!(withheld.standings.contains(&at.agency), hides_an_own(&parts, &withheld, at));
            for (named, figure) in [(Named::Whole(at.agency), whole(&parts, at)), (Named::Own(at.agency), at.own)] {
                any_small |= small(figure);
                prop_assert!(!small(figure) || is_withheld(&withheld, named), "{named:?} is told: {figure:?}");
                if is_withheld(&withheld, named) {
                    prop_assert!(figure.reported, "{named:?}: there is nothing to withhold");
                    prop_assert!(other_world(&parts, &withheld, named).is_some(), "{named:?} follows from what is told");
                }
            }
        }
        prop_assert_eq!(any_small, withheld != Withheld::default(), "only what is small brings anything else along");
    }
}

#[test]
fn a_count_is_small_from_one_to_below_the_least() {
    let rule = SmallCells::below(5);
    for (numerator, denominator) in [(1, 40), (4, 40), (36, 40), (39, 40), (0, 4), (4, 4), (0, 1)] {
        assert!(rule.is_small(figure(numerator, denominator)), "{numerator}/{denominator}");
    }
    for (numerator, denominator) in
        [(0, 40), (5, 40), (35, 40), (40, 40), (0, 0), (0, 5), (60, 40), (i64::MAX, i64::MIN)]
    {
        assert!(!rule.is_small(figure(numerator, denominator)), "{numerator}/{denominator}");
    }
    // The number of people is told, with or without records about them.
    let unrecorded = |people| Figure { reported: false, ..figure(0, people) };
    assert!(rule.is_small(unrecorded(4)) && !rule.is_small(unrecorded(5)) && !rule.is_small(unrecorded(0)));
    assert!(!SmallCells::below(0).is_small(figure(1, 2)) && !SmallCells::below(1).is_small(figure(1, 2)));
}

#[test]
fn one_small_agency_takes_the_next_smallest_along() {
    let parts = [
        part(1, None, Figure::default()),
        part(2, Some(1), figure(20, 40)),
        part(3, Some(1), figure(2, 30)),
        part(4, Some(1), figure(9, 20)),
        part(5, Some(1), figure(0, 0)),
    ];
    let withheld = SmallCells::below(5).withhold(&parts);
    assert_eq!(named(withheld.wholes), [3, 4]);
    assert_eq!(named(withheld.owns), [3, 4], "an agency without others below it is its own part");
    assert_eq!(SmallCells::below(2).withhold(&parts), Withheld::default());
}

#[test]
fn two_small_agencies_need_no_third() {
    let parts = [
        part(1, None, figure(50, 60)),
        part(2, Some(1), figure(1, 9)),
        part(3, Some(1), figure(8, 9)),
        part(4, Some(1), figure(20, 30)),
    ];
    assert_eq!(named(SmallCells::below(3).withhold(&parts).wholes), [2, 3]);
}

#[test]
fn a_cover_is_covered_below_it() {
    // 3 is withheld with 2; it would follow from its own parts, so one of these is withheld as well.
    let parts = [
        part(1, None, Figure::default()),
        part(2, Some(1), figure(1, 10)),
        part(3, Some(1), figure(10, 20)),
        part(4, Some(3), figure(10, 20)),
    ];
    let withheld = SmallCells::below(5).withhold(&parts);
    assert_eq!(named(withheld.wholes), [2, 3]);
    assert_eq!(named(withheld.owns), [2, 3]);
}

#[test]
fn people_are_counted_from_the_roll_or_declared_in_persons() {
    let catalogue = catalogue();
    assert!(counts_people(catalogue.indicators[&CT7].latest()));
    for id in [CT1, CT6] {
        assert!(!counts_people(catalogue.indicators[&id].latest()));
    }
    for (unit, counts) in
        [("người", true), ("Người dùng", true), ("NGƯỜI", true), ("hồ sơ", false), ("lượt người", false)]
    {
        let declared = indicator("X", Semantics::State, Source::Declared { compared_with: None });
        let declared = declared.redefined(|found| found.unit = name(unit));
        assert_eq!(counts_people(declared.latest()), counts, "{unit}");
    }
}

#[test]
fn what_is_withheld_is_the_same_whichever_agency_is_asked_about() {
    let catalogue = catalogue();
    let cells = CellBook::from_iter([
        (key(CT7, DEPARTMENT, ND09, "2026-01"), cell(10, 20, 1)),
        (key(CT7, DIVISION, ND09, "2026-01"), cell(1, 9, 1)),
        (key(CT7, COMMUNE, ND09, "2026-01"), cell(10, 30, 1)),
        (key(CT6, COMMUNE, ND09, "2026-01"), cell(1, 2, 1)),
    ]);
    let ask = |indicator, agency| {
        let question = Question { indicator, agency, calendar: ND09, period: period("2026-01"), day: long_after() };
        SmallCells::below(5).withheld(&catalogue, &cells, question)
    };
    let withheld = ask(CT7, COMMUNE);
    assert_eq!(withheld, ask(CT7, PROVINCE));
    assert_eq!(named(withheld.wholes), [DIVISION.0], "of the department and its division only the whole is told");
    assert_eq!(named(withheld.owns), [DEPARTMENT.0, DIVISION.0]);
    assert_eq!(ask(CT6, PROVINCE), Withheld::default(), "systems are no people");
}
