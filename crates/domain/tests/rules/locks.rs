//! Locks: frozen phases, locked periods and the dates that lock them decide which figures may still change.

use crate::support::*;
use chrono::Datelike;
use proptest::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::closing::corrections::{Correction, CorrectionState, CorrectionWindow, Decision};
use thidua_domain::closing::errata::Cause;
use thidua_domain::closing::locks::Lock;
use thidua_domain::closing::{Closed, ClosedFigure};
use thidua_domain::id::{AccountId, AgencyId, CalendarId, CorrectionId, IndicatorId, LockId, PeriodId};
use thidua_domain::time::{Moment, Period, civil_date};

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
fn a_frozen_phase_is_closed_in_every_calendar_and_month_once_it_is_over_there() {
    let catalogue = catalogue();
    // Phase I ends on 14/12/2025 in one calendar, on 31/12/2025 in the other.
    for (calendar, last_day, over) in [(ND09, "2025-12-14", "2025-12-15"), (CIVIL, "2025-12-31", "2026-01-01")] {
        let running = catalogue.closed(key(CT3, DEPARTMENT, calendar, "2023-01"), day(last_day));
        assert_eq!(running, None);
        let closed = |at| catalogue.closed(key(CT3, DEPARTMENT, calendar, at), day(over));
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

const AGENCIES: [AgencyId; 7] = [PROVINCE, DEPARTMENT, DIVISION, COMMUNE, WARD, DISTRICT, OTHER_DEPARTMENT];

/// Noon in Điện Biên.
fn noon(on: Date) -> Moment {
    on.and_hms_opt(5, 0, 0).unwrap().and_utc()
}

fn lock(calendar: CalendarId, at: &str, agency: AgencyId) -> Lock {
    let (period, locked_at) = (period(at), noon(day("2026-01-01")));
    Lock { calendar, period, agency, reason: reference("Đã gửi báo cáo"), locked_at }
}

fn correction(
    (calendar, at, agency): (CalendarId, &str, AgencyId),
    indicator: Option<IndicatorId>,
    decision: Decision,
) -> Correction {
    Correction {
        calendar,
        period: period(at),
        agency,
        indicator,
        reason: reference("Cộng sót"),
        document_number: reference("12/CV"),
        requested_by: Some(AccountId(1)),
        requested_at: noon(day("2026-01-01")),
        decision,
    }
}

/// Approved from the noon of one day to that of another.
fn approved(from: &str, to: &str) -> Decision {
    let window = CorrectionWindow { opens_at: noon(day(from)), closes_at: noon(day(to)) };
    Decision::Approved { by: Some(AccountId(2)), at: window.opens_at, window }
}

fn corrected(locks: Vec<Lock>, corrections: Vec<Correction>) -> Catalogue {
    let mut catalogue = catalogue();
    catalogue.locks = (1..).map(LockId).zip(locks).collect();
    catalogue.corrections = (1..).map(CorrectionId).zip(corrections).collect();
    catalogue.indexed()
}

#[test]
fn nothing_is_closed_before_its_period_has_ended() {
    let early = [lock(ND09, "2026-Q2", PROVINCE), lock(CIVIL, "2026-Q2", PROVINCE)];
    let by_lock = corrected(early.to_vec(), Vec::new());
    let by_dates = locked(&[dates("2026-Q2", Some("2026-05-01"))]);
    let closed = |catalogue: &Catalogue, calendar, today| {
        catalogue.closed(key(CT3, DEPARTMENT, calendar, "2026-04"), day(today)).is_some()
    };
    for (catalogue, calendar, last, over) in [
        (&by_lock, ND09, "2026-06-14", "2026-06-15"),
        (&by_lock, CIVIL, "2026-06-30", "2026-07-01"),
        (&by_dates, ND09, "2026-06-14", "2026-06-15"),
    ] {
        assert_eq!((closed(catalogue, calendar, last), closed(catalogue, calendar, over)), (false, true), "{last}");
    }
}

#[test]
fn a_step_of_a_stock_is_refused_where_a_later_closed_month_would_move() {
    let catalogue = corrected(vec![lock(ND09, "2026-06", DEPARTMENT)], Vec::new());
    let now = noon(day("2026-07-01"));
    let steps = |steps: &[(IndicatorId, &str, i64)]| {
        let mut cells = Cells::default();
        for (indicator, at, one) in steps {
            cells.add(key(*indicator, DIVISION, ND09, at), cell(*one, 0, 0));
        }
        catalogue.permit_difference(&cells, now)
    };
    let june =
        ClosedFigure { calendar: ND09, month: month("2026-06"), closed: Closed::PeriodLocked(period("2026-06")) };
    // April's step is in June's sum. A step that is taken back before June, or begins after it, is not.
    assert_eq!(steps(&[(CT7, "2026-04", 1)]), Err(june));
    assert_eq!(steps(&[(CT7, "2026-04", 1), (CT7, "2026-07", -1)]), Err(june));
    assert_eq!(steps(&[(CT7, "2026-04", 1), (CT7, "2026-06", -1)]), Ok(Vec::new()));
    assert_eq!(steps(&[(CT7, "2026-07", 1)]), Ok(Vec::new()));
    // The phase before has a sum of its own, and a flow only its own months.
    assert_eq!(steps(&[(CT3, "2026-04", 1)]), Ok(Vec::new()));
    assert_eq!(steps(&[(CT3, "2026-06", 1)]), Err(june));
}

#[test]
fn under_a_correction_every_step_before_the_corrected_month_is_told() {
    let open = correction((ND09, "2026-06", DEPARTMENT), None, approved("2026-07-01", "2026-07-20"));
    let catalogue = corrected(vec![lock(ND09, "2026-06", DEPARTMENT)], vec![open]);
    let mut cells = Cells::default();
    for (at, one) in [("2026-04", 1), ("2026-06", 1), ("2026-07", -1)] {
        cells.add(key(CT7, DIVISION, ND09, at), cell(one, 0, 0));
    }
    let told = |at| (key(CT7, DIVISION, ND09, at), Cause::Correction(CorrectionId(1)));
    let permitted = catalogue.permit_difference(&cells, noon(day("2026-07-10")));
    assert_eq!(permitted, Ok(vec![told("2026-04"), told("2026-06")]));
}

#[test]
fn a_lock_of_an_agency_holds_for_everything_below_it_and_nothing_else() {
    let catalogue = corrected(vec![lock(ND09, "2026-Q2", DEPARTMENT)], Vec::new());
    let closed = |agency| catalogue.closed(key(CT3, agency, ND09, "2026-05"), day("2026-06-15")).is_some();
    let locked: Vec<_> = AGENCIES.into_iter().filter(|agency| closed(*agency)).collect();
    assert_eq!(locked, [DEPARTMENT, DIVISION]);
}

#[test]
fn of_several_open_corrections_the_nearest_counts() {
    let open = || approved("2026-06-01", "2026-06-30");
    let of = |agency, indicator| correction((ND09, "2026-05", agency), indicator, open());
    let corrections =
        vec![of(PROVINCE, None), of(DEPARTMENT, Some(CT5)), of(DEPARTMENT, None), of(DEPARTMENT, Some(CT3))];
    let catalogue = corrected(vec![lock(ND09, "2026-05", PROVINCE)], corrections);
    let under = |indicator, agency| catalogue.permit(key(indicator, agency, ND09, "2026-05"), noon(day("2026-06-10")));
    assert_eq!(under(CT5, DIVISION), Ok(Some(Cause::Correction(CorrectionId(2)))));
    assert_eq!(under(CT3, DIVISION), Ok(Some(Cause::Correction(CorrectionId(3)))));
    assert_eq!(under(CT3, COMMUNE), Ok(Some(Cause::Correction(CorrectionId(1)))));
}

#[test]
fn no_correction_opens_a_frozen_phase() {
    let open = correction((ND09, "2025", PROVINCE), None, approved("2026-06-01", "2026-06-30"));
    let catalogue = corrected(vec![lock(ND09, "2025", PROVINCE)], vec![open]);
    let permit = catalogue.permit(key(CT3, COMMUNE, ND09, "2025-08"), noon(day("2026-06-10")));
    assert_eq!(permit, Err(Closed::PhaseFrozen(PHASE_I)));
}

#[test]
fn a_window_holds_its_first_moment_and_not_its_last_and_lasts_thirty_days_at_most() {
    let at = |on| noon(day(on));
    let window = CorrectionWindow::parse(at("2026-06-01"), None).unwrap();
    assert_eq!(window.closes_at, at("2026-07-01"));
    assert_eq!(
        [at("2026-06-01"), at("2026-06-30"), at("2026-07-01")].map(|now| window.is_open(now)),
        [true, true, false]
    );
    assert!(
        CorrectionWindow::parse(at("2026-06-01"), Some(at("2026-06-01")))
            .is_ok_and(|window| !window.is_open(at("2026-06-01")))
    );
    for closes_at in [at("2026-05-31"), at("2026-07-02")] {
        let refused = CorrectionWindow::parse(at("2026-06-01"), Some(closes_at));
        assert_eq!(refusal(refused), ("/closes_at".into(), "invalid_window"));
    }
}

#[test]
fn a_correction_is_decided_once_and_by_somebody_else() {
    let place = (ND09, "2026-05", COMMUNE);
    let pending = correction(place, None, Decision::Pending);
    assert_eq!(refusal(pending.check_decider(Some(AccountId(1)))).1, "requester_decides");
    assert_eq!((pending.check_decider(Some(AccountId(2))), pending.check_decider(None)), (Ok(()), Ok(())));
    let rejected =
        Decision::Rejected { by: Some(AccountId(2)), at: noon(day("2026-06-01")), reason: reference("Thôi") };
    for decision in [approved("2026-06-01", "2026-06-30"), rejected] {
        assert_eq!(
            refusal(correction(place, None, decision).check_decider(Some(AccountId(3)))).1,
            "correction_decided"
        );
    }
    let open = correction(place, None, approved("2026-06-01", "2026-06-30"));
    let state = |correction: &Correction, on| correction.state(noon(day(on)));
    assert_eq!(
        (state(&open, "2026-06-29"), state(&open, "2026-06-30")),
        (CorrectionState::Approved, CorrectionState::Closed)
    );
    let closed = open.closed(noon(day("2026-06-02"))).unwrap();
    assert_eq!(
        (state(&closed, "2026-06-02"), closed.is_open(noon(day("2026-06-02")))),
        (CorrectionState::Closed, false)
    );
    for (correction, on) in [(&closed, "2026-06-02"), (&open, "2026-06-30"), (&pending, "2026-06-01")] {
        assert_eq!(refusal(correction.closed(noon(day(on)))).1, "correction_not_open");
    }
}

fn any_place() -> impl Strategy<Value = (CalendarId, thidua_domain::time::Period, AgencyId)> {
    (prop::sample::select(vec![ND09, CIVIL]), any_period(2026..=2026), prop::sample::select(AGENCIES.to_vec()))
}

/// A decision: approved for a number of days from a day on, or pending.
fn any_decision() -> impl Strategy<Value = Decision> {
    let days = |from: u64| (day("2026-12-01") + chrono::Days::new(from)).to_string();
    prop_oneof![
        1 => Just(Decision::Pending),
        4 => (0..20u64, 0..=30u64).prop_map(move |(from, length)| approved(&days(from), &days(from + length))),
    ]
}

/// The end of a period by hand: in one calendar it is over from the 15th of its last month on, in the other from the
/// first of the next.
fn over(calendar: CalendarId, period: Period, today: Date) -> bool {
    let last = period.last_month();
    if calendar == ND09 {
        return today > Date::new(last.year(), last.month(), 14).unwrap();
    }
    (today.year(), today.month()) > (last.year(), last.month())
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
        let at = thidua_domain::time::Month::new(year, month).unwrap();
        let holding = |dates: &&PeriodDates| {
            dates.period.months().any(|held| held == at) && dates.is_locked(today) && over(ND09, dates.period, today)
        };
        let closed = catalogue.closed(key(CT3, DEPARTMENT, ND09, &at.to_string()), today);
        prop_assert_eq!(closed.is_some(), stored.iter().any(|dates| holding(&dates)));
        if let Some(Closed::PeriodLocked(named)) = closed {
            prop_assert!(stored.iter().filter(holding).any(|dates| dates.period == named));
        }
    }

    #[test]
    fn the_open_figures_are_those_a_plain_reading_of_locks_and_corrections_leaves_open(
        locks in prop::collection::vec(any_place(), 0..5),
        corrections in prop::collection::vec((any_place(), prop::option::of(prop::sample::select(vec![CT3, CT5])), any_decision()), 0..6),
        today in 0..31u64,
    ) {
        let now = noon(day("2026-12-01") + chrono::Days::new(today));
        let locks: Vec<_> = locks.iter().map(|(calendar, period, agency)| lock(*calendar, &period.to_string(), *agency)).collect();
        let corrections: Vec<_> = corrections
            .into_iter()
            .map(|((calendar, period, agency), indicator, decision)| correction((calendar, &period.to_string(), agency), indicator, decision))
            .collect();
        let catalogue = corrected(locks.clone(), corrections.clone());
        // The tree by hand.
        let below = |agency: AgencyId, above: AgencyId| {
            agency == above || above == PROVINCE || (agency == DIVISION && above == DEPARTMENT)
        };
        for month in period("2026").months() {
            for (calendar, indicator) in [(ND09, CT3), (ND09, CT5), (CIVIL, CT3), (CIVIL, CT7)] {
                for agency in AGENCIES {
                    let key = CellKey { indicator, agency, calendar, month };
                    let holds = |period: thidua_domain::time::Period| period.months().any(|held| held == month);
                    let locked = locks.iter().any(|lock| lock.calendar == calendar && holds(lock.period) && below(agency, lock.agency) && over(calendar, lock.period, civil_date(now)));
                    let opened = corrections.iter().any(|correction| {
                        let open = match &correction.decision {
                            Decision::Approved { window, .. } => window.opens_at <= now && now < window.closes_at,
                            _ => false,
                        };
                        let concerned = correction.indicator.is_none() || correction.indicator == Some(indicator);
                        open && concerned && correction.calendar == calendar && holds(correction.period) && below(agency, correction.agency)
                    });
                    let permit = catalogue.permit(key, now);
                    prop_assert_eq!(permit.is_ok(), !locked || opened, "{:?}", key);
                    prop_assert_eq!(permit.is_ok_and(|correction| correction.is_some()), locked && opened, "{:?}", key);
                }
            }
        }
    }
}
