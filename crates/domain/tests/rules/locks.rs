//! Which figures may still change: frozen phases, locked periods, and the dates that lock them.

use crate::support::*;
use proptest::prelude::*;
use thidua_domain::catalogue::{Catalogue, Closed};
use thidua_domain::id::PeriodId;
use thidua_domain::periods::PeriodDates;

fn dates(at: &str, locks_on: Option<&str>) -> PeriodDates {
    PeriodDates { calendar: ND09, period: period(at), cut_off: None, submission_due: None, locks_on: locks_on.map(day) }
}

fn locked(all: &[PeriodDates]) -> Catalogue {
    let mut catalogue = catalogue();
    for (index, dates) in all.iter().enumerate() {
        catalogue.periods.insert(PeriodId(index as i64), dates.clone());
    }
    catalogue.indexed()
}

#[test]
fn a_locked_quarter_closes_its_three_months_from_the_day_it_locks() {
    let catalogue = locked(&[dates("2026-Q2", Some("2026-06-20"))]);
    let closed = |at, today| catalogue.closed(key(CT3, DEPARTMENT, ND09, at), day(today));
    let lock = Some(Closed::PeriodLocked(period("2026-Q2")));
    for at in ["2026-04", "2026-05", "2026-06"] {
        assert_eq!((closed(at, "2026-06-19"), closed(at, "2026-06-20"), closed(at, "2030-01-01")), (None, lock, lock));
    }
    for at in ["2026-03", "2026-07", "2027-05"] {
        assert_eq!(closed(at, "2030-01-01"), None, "{at}");
    }
}

#[test]
fn a_period_is_locked_from_its_locking_day_on() {
    let dates = dates("2026-05", Some("2026-05-20"));
    assert!(!dates.is_locked(day("2026-05-19")));
    assert!(dates.is_locked(day("2026-05-20")));
}

#[test]
fn a_lock_holds_in_its_own_calendar_only() {
    let catalogue = locked(&[dates("2026", Some("2026-12-20"))]);
    assert!(catalogue.closed(key(CT3, DEPARTMENT, ND09, "2026-12"), day("2027-01-01")).is_some());
    assert!(catalogue.closed(key(CT3, DEPARTMENT, CIVIL, "2026-12"), day("2027-01-01")).is_none());
}

#[test]
fn stored_dates_without_a_lock_close_nothing() {
    let catalogue = locked(&[dates("2026-05", None)]);
    assert_eq!(catalogue.closed(key(CT3, DEPARTMENT, ND09, "2026-05"), day("2030-01-01")), None);
}

#[test]
fn a_frozen_phase_is_closed_in_every_calendar_and_month() {
    let catalogue = catalogue();
    for calendar in [ND09, CIVIL] {
        let closed = |at| catalogue.closed(key(CT3, DEPARTMENT, calendar, at), day("2020-01-01"));
        let frozen = Some(Closed::PhaseFrozen(PHASE_I));
        assert_eq!((closed("2023-01"), closed("2025-12")), (frozen, frozen));
        assert_eq!((closed("2022-12"), closed("2026-01")), (None, None));
    }
}

#[test]
fn the_three_dates_of_a_period_are_in_order_where_given() {
    let with = |cut_off: Option<&str>, submission_due: Option<&str>, locks_on: Option<&str>| {
        let base = dates("2026-05", locks_on);
        PeriodDates { cut_off: cut_off.map(day), submission_due: submission_due.map(day), ..base }.check()
    };
    let (first, second, third) = (Some("2026-05-14"), Some("2026-05-18"), Some("2026-05-25"));
    for (cut_off, due, lock) in
        [(None, None, None), (first, second, third), (first, first, first), (first, None, second), (None, first, None)]
    {
        assert_eq!(with(cut_off, due, lock), Ok(()));
    }
    for (cut_off, due, lock) in
        [(second, first, third), (first, third, second), (second, None, first), (None, third, first)]
    {
        assert_eq!(refusal(with(cut_off, due, lock)), ("/locks_on".into(), "dates_out_of_order"));
    }
}

proptest! {
    #[test]
    fn a_month_is_closed_exactly_when_some_period_that_holds_it_is_locked(
        locks in prop::collection::vec((any_period(2026..=2027), prop::option::of(any_day())), 0..5),
        year in 2026..=2027i32, month in 1..=12u32, today in any_day(),
    ) {
        let stored: Vec<_> = locks
            .iter()
            .enumerate()
            .filter(|(index, (at, _))| locks[..*index].iter().all(|(other, _)| other != at))
            .map(|(_, (at, locks_on))| PeriodDates { locks_on: *locks_on, ..dates(&at.to_string(), None) })
            .collect();
        let catalogue = locked(&stored);
        let at = thidua_domain::calendars::Month::new(year, month).unwrap();
        let holding = |dates: &&PeriodDates| dates.period.months().any(|held| held == at) && dates.is_locked(today);
        let closed = catalogue.closed(key(CT3, DEPARTMENT, ND09, &at.to_string()), today);
        prop_assert_eq!(closed.is_some(), stored.iter().any(|dates| holding(&dates)));
        if let Some(Closed::PeriodLocked(named)) = closed {
            prop_assert!(stored.iter().filter(holding).any(|dates| dates.period == named));
        }
    }
}
