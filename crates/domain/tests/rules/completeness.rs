//! Completeness of figures: months owed and reported, and verdicts on the agencies behind them.

use crate::rollup::{Tree, any_tree};
use crate::support::*;
use proptest::prelude::*;
use thidua_domain::catalogue::record_kinds::Direction;
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::cells::Cells;
use thidua_domain::figure::{Figure, Verdict};
use thidua_domain::figures::attainment::{Attainment, attain, attain_assuming};
use thidua_domain::figures::completeness::{Absence, Completeness};
use thidua_domain::figures::question::Question;
use thidua_domain::fraction::Count;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId, TargetId};
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::{document_exchanges, observations};
use thidua_domain::time::Period;

/// Declared figures: agency, calendar, month, numerator, denominator.
fn declared(indicator: IndicatorId, figures: &[(AgencyId, CalendarId, &str, i64, i64)]) -> Cells {
    let of = |(agency, calendar, at, numerator, denominator): &(AgencyId, CalendarId, &str, i64, i64)| {
        observations::contribution(&observation((indicator, *agency, *calendar), at, *numerator, *denominator))
    };
    sum(figures.iter().map(of).collect::<Vec<_>>().iter())
}

fn months(answer: &Attainment) -> (usize, usize, bool) {
    let behind = answer.completeness;
    (behind.expected_months, behind.reported_months, behind.is_complete())
}

/// Agencies that met, did not, lack.
fn standings(answer: &Attainment) -> (usize, usize, usize) {
    let behind = answer.completeness;
    (behind.agencies_met, behind.agencies_not_met, behind.agencies_lacking)
}

/// Completeness of a node's answer, from the plain data and one node after the other.
fn plainly(tree: &Tree, indicator: IndicatorId, node: usize, period: Period) -> Completeness {
    let catalogue = tree.catalogue();
    let window = catalogue.window(ND09, period).unwrap();
    let mut behind = Completeness::default();
    for member in tree.members(node) {
        let is_reported = |at| tree.cell(indicator, member, at).reports > 0;
        let own = tree.own(indicator, member, period);
        let there_at_the_end = tree.exists(member, window.to, window.to);
        if indicator == CT2 && there_at_the_end {
            let last = period.months().filter(|at| is_reported(*at)).last();
            behind.oldest_month = [behind.oldest_month, last].into_iter().flatten().min();
        }
        if !tree.expected(indicator, member, window) {
            continue;
        }
        for at in period.months() {
            let month = catalogue.window(ND09, Period::Month(at)).unwrap();
            let owed = match indicator {
                CT3 => tree.exists(member, month.from, month.to),
                CT2 => at == period.last_month(),
                _ => false,
            };
            behind.expected_months += usize::from(owed);
            behind.reported_months += usize::from(owed && is_reported(at));
        }
        match own {
            // A figure of people is a lack only where there are people.
            Figure { reported: false, denominator, .. } => {
                behind.agencies_lacking += usize::from(indicator != CT7 || denominator > 0);
            }
            Figure { denominator: ..=0, .. } => {}
            Figure { numerator, denominator, .. } if numerator >= denominator => behind.agencies_met += 1,
            _ => behind.agencies_not_met += 1,
        }
    }
    behind
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_behind_a_roll_up_is_what_is_behind_each_of_its_members(
        tree in any_tree(), period in any_period(2023..=2027), indicator in prop::sample::select(vec![CT2, CT3, CT7]),
    ) {
        let (catalogue, book) = (tree.catalogue(), tree.book());
        for node in 0..tree.size() {
            let question = Question { indicator, agency: Tree::id(node), calendar: ND09, period, day: long_after() };
            let answer = attain(&catalogue, &book, question).unwrap();
            prop_assert_eq!(answer.completeness, plainly(&tree, indicator, node, period), "below {}", node);
            // No verdict by a target, exactly when a reason is named.
            let judged = matches!(answer.verdict, Verdict::Met | Verdict::NotMet);
            prop_assert_eq!(judged, answer.absence.is_none());
        }
    }

    #[test]
    fn the_months_a_flow_owes_are_the_agencies_that_each_month_expects(tree in any_tree(), year in 2023..=2027i32) {
        let (catalogue, book) = (tree.catalogue(), tree.book());
        let at = |period| {
            let question = Question { indicator: CT3, agency: Tree::id(0), calendar: ND09, period, day: long_after() };
            attain(&catalogue, &book, question).unwrap()
        };
        let by_month: Vec<_> = Period::Year(year).months().map(|month| at(Period::Month(month))).collect();
        let year = at(Period::Year(year)).completeness;
        prop_assert_eq!(year.expected_months, by_month.iter().map(|answer| answer.expected).sum::<usize>());
        prop_assert_eq!(year.reported_months, by_month.iter().map(|answer| answer.reported).sum::<usize>());
    }
}

#[test]
fn one_month_of_a_quarter_is_no_quarter() {
    let cells = declared(CT3, &[(DEPARTMENT, ND09, "2026-07", 10, 10)]);
    let catalogue = catalogue();
    let quarter = ask(&catalogue, &cells, (CT3, DEPARTMENT, ND09), "2026-Q3");
    assert_eq!((quarter.verdict, quarter.expected, quarter.reported), (Verdict::Met, 1, 1));
    assert_eq!(months(&quarter), (3, 1, false));
    assert_eq!(months(&ask(&catalogue, &cells, (CT3, DEPARTMENT, ND09), "2026-07")), (1, 1, true));
    // Two departments, the commune and the ward owe three months each; the division is not expected to report.
    assert_eq!(months(&ask(&catalogue, &cells, (CT3, PROVINCE, ND09), "2026-Q3")), (12, 1, false));
}

#[test]
fn an_agency_owes_the_months_in_which_it_exists() {
    // The reform was on 01/07/2025, within the nd09 month of July: both the district and the commune owe it.
    let catalogue = catalogue();
    let none = Cells::default();
    assert_eq!(months(&ask(&catalogue, &none, (CT3, DISTRICT, ND09), "2025")), (7, 0, false));
    assert_eq!(months(&ask(&catalogue, &none, (CT3, COMMUNE, ND09), "2025")), (6, 0, false));
    assert_eq!(months(&ask(&catalogue, &none, (CT3, COMMUNE, CIVIL), "2025-H1")), (0, 0, true));
    let early = declared(CT3, &[(COMMUNE, ND09, "2025-05", 1, 1)]);
    assert_eq!(
        months(&ask(&catalogue, &early, (CT3, COMMUNE, ND09), "2025")),
        (6, 0, false),
        "a month not owed fills none"
    );
}

#[test]
fn a_month_of_documents_is_whole_with_both_directions() {
    let exchange = |direction| {
        let (agency, calendar, month) = (DEPARTMENT, ND09, month("2026-03"));
        let counted = DocumentExchange {
            agency,
            calendar,
            month,
            direction,
            total: Count::stored(9),
            secret: Count::stored(0),
            electronic: Count::stored(9),
            signed: Count::stored(0),
            paperless: Count::stored(0),
            failed: Count::stored(0),
        };
        document_exchanges::contribution(&catalogue(), &counted)
    };
    let (one, other) = (exchange(Direction::Incoming), exchange(Direction::Outgoing));
    let of = |cells: &Cells| ask(&catalogue(), cells, (CT1, DEPARTMENT, ND09), "2026-03");
    assert_eq!((months(&of(&one)), of(&one).reported), ((1, 0, false), 1));
    assert_eq!(months(&of(&sum([&one, &other]))), (1, 1, true));
}

#[test]
fn a_state_says_the_oldest_month_it_rests_on_and_is_whole_with_the_last() {
    let figures =
        [(DEPARTMENT, ND09, "2026-01", 5, 10), (COMMUNE, ND09, "2026-02", 1, 1), (COMMUNE, ND09, "2026-03", 1, 1)];
    let cells = declared(CT2, &figures);
    let catalogue = catalogue();
    let at = |agency, text| {
        let answer = ask(&catalogue, &cells, (CT2, agency, ND09), text);
        (months(&answer), answer.completeness.oldest_month)
    };
    assert_eq!(at(DEPARTMENT, "2026-Q1"), ((1, 0, false), Some(month("2026-01"))));
    assert_eq!(at(COMMUNE, "2026-Q1"), ((1, 1, true), Some(month("2026-03"))));
    assert_eq!(at(PROVINCE, "2026-Q1"), ((4, 1, false), Some(month("2026-01"))));
    assert_eq!(at(PROVINCE, "2026-02"), ((4, 1, false), Some(month("2026-02"))));
    assert_eq!(at(WARD, "2026-Q1"), ((1, 0, false), None));
    let flow = ask(&catalogue, &declared(CT3, &figures), (CT3, PROVINCE, ND09), "2026-Q1");
    assert_eq!(flow.completeness.oldest_month, None, "a flow rests on all its months");
}

#[test]
fn what_rests_on_an_estimate_is_counted_by_agency() {
    let figures = [
        (DEPARTMENT, ND09, "2026-01", 1, 2),
        (DEPARTMENT, ND09, "2026-02", 1, 2),
        (DIVISION, ND09, "2026-02", 1, 2),
        (COMMUNE, ND09, "2026-03", 1, 2),
    ];
    let catalogue = catalogue();
    let estimated = |indicator, marks: &[(AgencyId, &str)], (agency, text): (AgencyId, &str)| {
        let mut book = book(&declared(indicator, &figures));
        marks.iter().for_each(|(agency, at)| book.mark(key(indicator, *agency, ND09, at), true));
        let question = Question { indicator, agency, calendar: ND09, period: period(text), day: long_after() };
        attain(&catalogue, &book, question).unwrap().completeness.agencies_estimated
    };
    let marks = [(DEPARTMENT, "2026-01"), (DIVISION, "2026-02")];
    assert_eq!(
        estimated(CT3, &marks, (PROVINCE, "2026-Q1")),
        2,
        "a division counts although it is not expected to report"
    );
    assert_eq!(estimated(CT3, &marks, (PROVINCE, "2026-02")), 1);
    assert_eq!(estimated(CT3, &marks, (COMMUNE, "2026-Q1")), 0);
    assert_eq!(
        estimated(CT3, &[(DEPARTMENT, "2026-01"), (DEPARTMENT, "2026-02")], (PROVINCE, "2026-Q1")),
        1,
        "an agency counts once"
    );
    assert_eq!(estimated(CT2, &marks, (PROVINCE, "2026-Q1")), 1, "the department's state is that of February");
    let mut book = book(&declared(CT3, &figures));
    let place = key(CT3, DEPARTMENT, ND09, "2026-01");
    book.mark(place, true);
    assert!(book.is_estimate(place));
    book.mark(place, false);
    assert!(!book.is_estimate(place));
}

#[test]
fn not_expected_nothing_arisen_no_target_and_missing_are_four_answers() {
    let mut catalogue = catalogue();
    catalogue.targets.remove(&TargetId(CT4.0 + 10));
    let catalogue = catalogue.indexed();
    let cells = sum([
        &declared(CT3, &[(DEPARTMENT, ND09, "2026-01", 0, 0), (COMMUNE, ND09, "2026-01", 1, 2)]),
        &declared(CT4, &[(DEPARTMENT, ND09, "2026-01", 1, 2), (COMMUNE, ND09, "2026-01", 0, 0)]),
    ]);
    let at = |indicator, agency| {
        let answer = ask(&catalogue, &cells, (indicator, agency, ND09), "2026-01");
        (answer.verdict, answer.absence)
    };
    assert_eq!(at(CT3, COMMUNE), (Verdict::NotMet, None));
    assert_eq!(at(CT3, DEPARTMENT), (Verdict::NotApplicable, Some(Absence::NothingArisen)));
    assert_eq!(at(CT3, WARD), (Verdict::Missing, Some(Absence::Missing)));
    assert_eq!(at(CT3, DIVISION), (Verdict::Missing, Some(Absence::NotExpected)));
    assert_eq!(at(CT3, DISTRICT), (Verdict::Missing, Some(Absence::NotExpected)), "it is dissolved");
    assert_eq!(at(CT4, DEPARTMENT), (Verdict::NotApplicable, Some(Absence::NoTarget)));
    assert_eq!(
        at(CT4, COMMUNE),
        (Verdict::NotApplicable, Some(Absence::NothingArisen)),
        "a target would change nothing"
    );
    // With nobody on the roll and no system there is nothing to count, and no agency lacks anything.
    for indicator in [CT6, CT7] {
        assert_eq!(at(indicator, WARD), (Verdict::Missing, Some(Absence::NothingArisen)));
        assert_eq!(at(indicator, DIVISION), (Verdict::Missing, Some(Absence::NotExpected)));
        let province = ask(&catalogue, &cells, (indicator, PROVINCE, ND09), "2026-01");
        assert_eq!((standings(&province), months(&province)), ((0, 0, 0), (0, 0, true)));
    }
}

#[test]
fn surplus_does_not_hide_who_lacks() {
    // 20 of 20 in all, with a surplus of two at the department and two lacking at the commune.
    let cells = declared(
        CT3,
        &[
            (DEPARTMENT, ND09, "2026-01", 12, 10),
            (COMMUNE, ND09, "2026-01", 8, 10),
            (OTHER_DEPARTMENT, ND09, "2026-01", 0, 0),
        ],
    );
    let mut catalogue = catalogue();
    let at = |catalogue: &_, agency| ask(catalogue, &cells, (CT3, agency, ND09), "2026-01");
    let province = at(&catalogue, PROVINCE);
    assert_eq!((province.verdict, province.shortfall), (Verdict::Met, Some(0)));
    assert_eq!(standings(&province), (1, 1, 1), "nothing arose at the other department, the ward lacks");
    assert_eq!(standings(&at(&catalogue, COMMUNE)), (0, 1, 0));
    // The commune's own target is lower.
    let own = Target { agency: Some(COMMUNE), ..target(CT3, TargetScope::Movement(MOVEMENT), 80, 100) };
    catalogue.targets.insert(TargetId(99), own);
    let catalogue = catalogue.indexed();
    assert_eq!(standings(&at(&catalogue, PROVINCE)), (2, 0, 1));
    // An assumed target takes the place of all targets.
    let assumed = asking(130, 100);
    let question =
        Question { indicator: CT3, agency: PROVINCE, calendar: ND09, period: period("2026-01"), day: long_after() };
    let answer = attain_assuming(&catalogue, &book(&cells), question, Some(&assumed)).unwrap();
    assert_eq!((answer.verdict, standings(&answer)), (Verdict::NotMet, (0, 2, 1)));
}

#[test]
fn figures_under_another_calendar_are_counted_beside_the_sum() {
    let catalogue = catalogue();
    let elsewhere = |cells: &Cells, indicator, agency, text| {
        ask(&catalogue, cells, (indicator, agency, ND09), text).completeness.agencies_elsewhere
    };
    let flow = declared(
        CT3,
        &[
            (DEPARTMENT, ND09, "2026-01", 10, 10),
            (DEPARTMENT, CIVIL, "2026-01", 9, 10),
            (COMMUNE, CIVIL, "2026-01", 3, 10),
            (DIVISION, CIVIL, "2026-02", 1, 1),
        ],
    );
    assert_eq!(elsewhere(&flow, CT3, PROVINCE, "2026-01"), 1, "the department has its figures here");
    assert_eq!(
        elsewhere(&flow, CT3, PROVINCE, "2026-Q1"),
        2,
        "the division counts although it is not expected to report"
    );
    assert_eq!(elsewhere(&flow, CT3, DEPARTMENT, "2026-Q1"), 1);
    assert_eq!(elsewhere(&flow, CT3, WARD, "2026-Q1"), 0);
    let month = declared(CT3, &[(WARD, ND09, "2026-01", 1, 1), (WARD, CIVIL, "2026-02", 1, 1)]);
    assert_eq!(elsewhere(&month, CT3, WARD, "2026-Q1"), 1, "a month is hidden although others are here");
    let state = declared(
        CT2,
        &[
            (DEPARTMENT, ND09, "2026-02", 1, 1),
            (DEPARTMENT, CIVIL, "2026-01", 1, 1),
            (COMMUNE, ND09, "2026-01", 1, 1),
            (COMMUNE, CIVIL, "2026-02", 1, 1),
            (WARD, CIVIL, "2026-01", 1, 1),
        ],
    );
    assert_eq!(elsewhere(&state, CT2, PROVINCE, "2026-Q1"), 2, "of a state only a later report is lacking");
    // Dated records count under every calendar by themselves.
    let mut stock = Cells::default();
    stock.add(key(CT7, WARD, CIVIL, "2026-01"), cell(0, 1, 1));
    assert_eq!(elsewhere(&stock, CT7, PROVINCE, "2026-01"), 0);
}
