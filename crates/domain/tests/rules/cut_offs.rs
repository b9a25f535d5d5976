//! Cut-offs: figures recorded or changed after one, counted by hand.

use crate::support::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::cells::CellKey;
use thidua_domain::figures::attainment::attain;
use thidua_domain::figures::question::Question;
use thidua_domain::id::{AgencyId, IndicatorId, PeriodId};

/// The catalogue with cut-offs of periods.
fn with_cut_offs(cut_offs: &[(&str, &str)]) -> Catalogue {
    let mut catalogue = catalogue();
    for (id, (at, cut_off)) in (1..).zip(cut_offs) {
        let (period, cut_off) = (period(at), Some(day(cut_off)));
        let dates = PeriodDates { calendar: ND09, period, cut_off, submission_due: None, locks_on: None };
        catalogue.periods.insert(PeriodId(id), dates);
    }
    catalogue.indexed()
}

/// Agencies whose figures came after the cut-off, when each of these cells was changed last on its day.
fn late(catalogue: &Catalogue, changes: &[(CellKey, &str)], indicator: IndicatorId, at: &str) -> usize {
    let mut cells = book(&Default::default());
    for (key, on) in changes {
        cells.set(*key, cell(1, 2, 1));
        if catalogue.cut_offs().are_over_for((key.calendar, key.month), day(on)) {
            cells.set_changed(*key, day(on));
        }
    }
    let question = Question { indicator, agency: PROVINCE, calendar: ND09, period: period(at), day: long_after() };
    attain(catalogue, &cells, question).unwrap().completeness.agencies_after_cut_off
}

fn at(indicator: IndicatorId, agency: AgencyId, month: &str) -> CellKey {
    key(indicator, agency, ND09, month)
}

#[test]
fn a_day_after_the_cut_off_is_late_and_the_day_itself_is_not() {
    let catalogue = with_cut_offs(&[("2026-09", "2026-09-16")]);
    let changed = |on| late(&catalogue, &[(at(CT3, DEPARTMENT, "2026-09"), on)], CT3, "2026-09");
    assert_eq!(["2026-09-15", "2026-09-16", "2026-09-17", "2026-11-29"].map(changed), [0, 0, 1, 1]);
}

#[test]
fn each_period_has_its_own_cut_off_or_none() {
    let catalogue = with_cut_offs(&[("2026-08", "2026-08-16"), ("2026-Q3", "2026-09-20")]);
    let changes = [(at(CT3, DEPARTMENT, "2026-08"), "2026-08-20"), (at(CT3, WARD, "2026-09"), "2026-09-25")];
    let count = |period| late(&catalogue, &changes, CT3, period);
    assert_eq!(["2026-08", "2026-09", "2026-Q3", "2026-H2", "2026"].map(count), [1, 0, 1, 0, 0]);
}

#[test]
fn a_flow_rests_on_all_its_months_a_state_on_one_and_a_stock_on_those_of_the_phase() {
    let catalogue = with_cut_offs(&[("2026-Q1", "2026-03-16")]);
    let months = |indicator| {
        ["2026-01", "2026-03"].map(|month| {
            (at(indicator, DEPARTMENT, month), if month == "2026-01" { "2026-04-01" } else { "2026-03-10" })
        })
    };
    assert_eq!(late(&catalogue, &months(CT3), CT3, "2026-Q1"), 1);
    assert_eq!(late(&catalogue, &months(CT2), CT2, "2026-Q1"), 0, "the state is that of March, which came in time");
    let early = [(at(CT7, DEPARTMENT, "2026-01"), "2026-09-01"), (at(CT7, WARD, "2026-02"), "2026-02-20")];
    let catalogue = with_cut_offs(&[("2026-08", "2026-08-16")]);
    assert_eq!(late(&catalogue, &early, CT7, "2026-08"), 1, "a training of January that came in September");
    let before_the_phase =
        [(at(CT7, DEPARTMENT, "2025-12"), "2026-09-01"), (at(CT7, DEPARTMENT, "2026-02"), "2026-02-20")];
    assert_eq!(late(&catalogue, &before_the_phase, CT7, "2026-08"), 0, "the phase before is no part of it");
}

#[test]
fn what_was_taken_back_is_no_figure_that_came_late() {
    let catalogue = with_cut_offs(&[("2026-09", "2026-09-16")]);
    let mut cells = book(&Default::default());
    cells.set_changed(at(CT3, DEPARTMENT, "2026-09"), day("2026-10-01"));
    let question =
        Question { indicator: CT3, agency: PROVINCE, calendar: ND09, period: period("2026-09"), day: long_after() };
    assert_eq!(attain(&catalogue, &cells, question).unwrap().completeness.agencies_after_cut_off, 0);
}
