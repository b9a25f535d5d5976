//! Contributions of declared figures, and the sums of flows and states over time (CT2 to CT5).

use crate::support::*;
use thidua_domain::cells::Cells;
use thidua_domain::figure::Verdict;
use thidua_domain::id::{AgencyId, IndicatorId};
use thidua_domain::records::observations::contribution;

/// Declared figures of nd09 months, as contributions added up.
fn declared(indicator: IndicatorId, figures: &[(AgencyId, &str, i64, i64)]) -> Cells {
    let each = figures.iter().map(|(agency, at, numerator, denominator)| {
        contribution(&observation((indicator, *agency, ND09), at, *numerator, *denominator))
    });
    sum(&each.collect::<Vec<_>>())
}

#[test]
fn an_observation_is_one_cell_of_its_own_month_and_calendar() {
    let cells = contribution(&observation((CT3, DEPARTMENT, ND09), "2026-05", 8, 10));
    assert_eq!(cells.iter().collect::<Vec<_>>(), [(key(CT3, DEPARTMENT, ND09, "2026-05"), cell(8, 10, 1))]);
}

#[test]
fn a_declared_zero_is_still_a_report() {
    let cells = contribution(&observation((CT3, DEPARTMENT, ND09), "2026-05", 0, 0));
    assert_eq!(cells.get(key(CT3, DEPARTMENT, ND09, "2026-05")), cell(0, 0, 1));
}

#[test]
fn flows_add_up_over_the_quarter_the_half_and_the_year_and_no_further() {
    for indicator in [CT3, CT4] {
        let cells = declared(
            indicator,
            &[
                (DEPARTMENT, "2025-12", 1000, 1000),
                (DEPARTMENT, "2026-01", 1, 2),
                (DEPARTMENT, "2026-03", 10, 20),
                (DEPARTMENT, "2026-04", 100, 200),
                (DEPARTMENT, "2026-06", 3, 3),
                (DEPARTMENT, "2026-07", 5, 5),
                (DEPARTMENT, "2026-12", 7, 7),
                (DEPARTMENT, "2027-01", 2000, 2000),
            ],
        );
        let catalogue = catalogue();
        let at = |text| figure(&catalogue, &cells, (indicator, DEPARTMENT, ND09), text);
        assert_eq!(at("2026-01"), (1, 2));
        assert_eq!(at("2026-Q1"), (11, 22));
        assert_eq!(at("2026-Q2"), (103, 203));
        assert_eq!(at("2026-Q4"), (7, 7));
        assert_eq!(at("2026-H1"), (114, 225));
        assert_eq!(at("2026-H2"), (12, 12));
        assert_eq!(at("2026"), (126, 237));
        let gap = ask(&catalogue, &cells, (indicator, DEPARTMENT, ND09), "2026-02");
        assert_eq!(gap.verdict, Verdict::Missing, "a month without a report is missing, not zero");
    }
}

#[test]
fn ratios_of_agencies_are_never_averaged() {
    // 1/1 and 0/99: the mean of the per cents is 50, the ratio of the sums is 1.
    let cells = declared(CT3, &[(DEPARTMENT, "2026-05", 1, 1), (OTHER_DEPARTMENT, "2026-05", 0, 99)]);
    let answer = ask(&catalogue(), &cells, (CT3, PROVINCE, ND09), "2026-05");
    assert_eq!(answer.percent.as_deref(), Some("1.00"));
    assert_eq!((answer.figure.numerator, answer.figure.denominator), (1, 100));
}

#[test]
fn ct5_is_met_at_one_inspection_in_two() {
    let verdict = |numerator, denominator| {
        let cells = declared(CT5, &[(DEPARTMENT, "2026-05", numerator, denominator)]);
        let answer = ask(&catalogue(), &cells, (CT5, DEPARTMENT, ND09), "2026-Q2");
        (answer.verdict, answer.shortfall)
    };
    assert_eq!(verdict(1, 2), (Verdict::Met, Some(0)));
    assert_eq!(verdict(1, 3), (Verdict::NotMet, Some(1)));
    assert_eq!(verdict(0, 0), (Verdict::NotApplicable, None));
}

#[test]
fn a_state_is_the_last_report_in_the_window() {
    let cells = declared(
        CT2,
        &[
            (DEPARTMENT, "2025-12", 3, 20),
            (DEPARTMENT, "2026-01", 10, 20),
            (DEPARTMENT, "2026-02", 15, 21),
            (DEPARTMENT, "2026-11", 0, 22),
        ],
    );
    let catalogue = catalogue();
    let at = |text| figure(&catalogue, &cells, (CT2, DEPARTMENT, ND09), text);
    assert_eq!(at("2026-01"), (10, 20));
    assert_eq!(at("2026-Q1"), (15, 21), "nothing in March: February stands");
    assert_eq!(at("2026-H1"), (15, 21));
    assert_eq!(at("2026"), (0, 22), "a later zero replaces an earlier figure");
    assert_eq!(at("2025"), (3, 20));
    let none = ask(&catalogue, &cells, (CT2, DEPARTMENT, ND09), "2026-Q2");
    assert_eq!(none.verdict, Verdict::Missing, "a state is not carried into a window without a report");
}

#[test]
fn the_state_of_a_province_adds_each_agencys_own_last_report() {
    let cells = declared(
        CT2,
        &[
            (DEPARTMENT, "2026-01", 10, 20),
            (OTHER_DEPARTMENT, "2026-01", 1, 2),
            (OTHER_DEPARTMENT, "2026-03", 2, 2),
            (DIVISION, "2026-02", 5, 5),
        ],
    );
    let answer = ask(&catalogue(), &cells, (CT2, PROVINCE, ND09), "2026-Q1");
    assert_eq!((answer.figure.numerator, answer.figure.denominator), (17, 27));
    assert_eq!((answer.own.numerator, answer.own.denominator), (0, 0));
    assert!(!answer.own.reported);
}

#[test]
fn a_last_state_of_nothing_arisen_makes_the_window_not_applicable() {
    let cells = declared(CT2, &[(DEPARTMENT, "2026-01", 10, 20), (DEPARTMENT, "2026-02", 0, 0)]);
    let answer = ask(&catalogue(), &cells, (CT2, DEPARTMENT, ND09), "2026-Q1");
    assert_eq!((answer.verdict, answer.percent), (Verdict::NotApplicable, None));
}

/// CT2 counts people on roll at the window's end. When a district dissolves, its people are on its successor's roll, so
/// the district's last report must not be added to the successor's for a window that ends after the dissolution.
#[test]
fn a_state_at_the_end_of_the_year_does_not_count_a_dissolved_agency_again() {
    let cells = declared(CT2, &[(DISTRICT, "2025-05", 30, 30), (COMMUNE, "2025-12", 30, 30)]);
    assert_eq!(figure(&catalogue(), &cells, (CT2, PROVINCE, ND09), "2025-05"), (30, 30));
    assert_eq!(figure(&catalogue(), &cells, (CT2, PROVINCE, ND09), "2025"), (30, 30));
}

#[test]
fn figures_of_another_calendar_are_named_not_guessed() {
    let cells = declared(CT3, &[(DEPARTMENT, "2026-05", 8, 10)]);
    let catalogue = catalogue();
    let elsewhere = ask(&catalogue, &cells, (CT3, PROVINCE, CIVIL), "2026-05");
    assert_eq!((elsewhere.verdict, elsewhere.recorded_under), (Verdict::Missing, vec![ND09]));
    let here = ask(&catalogue, &cells, (CT3, PROVINCE, ND09), "2026-05");
    assert_eq!((here.verdict, here.recorded_under), (Verdict::NotMet, vec![]));
    let civil = contribution(&observation((CT3, DEPARTMENT, CIVIL), "2026-05", 1, 1));
    let both = ask(&catalogue, &sum([&cells, &civil]), (CT3, PROVINCE, CIVIL), "2026-05");
    assert_eq!((both.figure.denominator, both.recorded_under), (1, vec![]), "a figure of its own needs no pointer");
    let other_month = ask(&catalogue, &cells, (CT3, PROVINCE, CIVIL), "2026-06");
    assert_eq!(other_month.recorded_under, vec![], "nothing was recorded for that month anywhere");
}

#[test]
fn a_question_about_something_unknown_has_no_answer() {
    use thidua_domain::figures::attainment::{Unanswerable, attain};
    use thidua_domain::figures::cell_book::CellBook;
    use thidua_domain::figures::question::Question;
    use thidua_domain::id::CalendarId;
    let known =
        Question { indicator: CT3, agency: DEPARTMENT, calendar: ND09, period: period("2026"), day: long_after() };
    let outcome = |question| attain(&catalogue(), &CellBook::default(), question).map(|answer| answer.so_far.window);
    assert_eq!(outcome(known), Ok(window("2025-12-15", "2026-12-14")));
    assert_eq!(outcome(Question { indicator: IndicatorId(1), ..known }), Err(Unanswerable::Indicator));
    assert_eq!(outcome(Question { agency: AgencyId(1), ..known }), Err(Unanswerable::Agency));
    assert_eq!(outcome(Question { calendar: CalendarId(1), ..known }), Err(Unanswerable::Calendar));
}
