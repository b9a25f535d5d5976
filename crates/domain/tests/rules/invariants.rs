//! Entities that cannot be wrong by themselves: tenures, incidents, observations, indicators, phases, courses.

use crate::support::*;
use chrono::{Days, TimeDelta};
use proptest::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind};
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::Phase;
use thidua_domain::catalogue::record_kinds::{CourseKind, TrainingResult};
use thidua_domain::catalogue::sources::{ReportedBy, Semantics, Source};
use thidua_domain::fraction::MAX_COUNT;
use thidua_domain::id::AgencyId;
use thidua_domain::records::courses::{Course, CourseForm, Hours};
use thidua_domain::records::incidents::{Incident, IncidentKind, ReportClock, Severity};
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::time::Moment;

// Tenures.

fn stay(agency: AgencyId, from: &str, to: Option<&str>) -> Tenure {
    Tenure { agency, from: day(from), to: to.map(day) }
}

#[test]
fn stays_may_touch_or_leave_gaps_but_not_share_a_day() {
    let two = |to, from| vec![stay(DEPARTMENT, "2026-01-01", Some(to)), stay(WARD, from, None)];
    assert!(Tenures::parse("/t", two("2026-01-31", "2026-02-01")).is_ok());
    assert!(Tenures::parse("/t", two("2026-01-31", "2026-05-01")).is_ok());
    let shared = Tenures::parse("/t", two("2026-01-31", "2026-01-31"));
    assert_eq!(refusal(shared), ("/t/0".into(), "overlapping_tenures"));
}

#[test]
fn only_the_last_stay_may_be_open_and_none_may_end_before_it_starts() {
    let open_first = vec![stay(DEPARTMENT, "2026-01-01", None), stay(WARD, "2026-02-01", None)];
    assert_eq!(refusal(Tenures::parse("/t", open_first)), ("/t/0".into(), "overlapping_tenures"));
    let backwards =
        vec![stay(DEPARTMENT, "2026-01-01", Some("2026-01-02")), stay(WARD, "2026-02-02", Some("2026-02-01"))];
    assert_eq!(refusal(Tenures::parse("/t", backwards)), ("/t/1".into(), "overlapping_tenures"));
    assert!(Tenures::parse("/t", vec![stay(WARD, "2026-02-02", Some("2026-02-02"))]).is_ok(), "one day is a stay");
}

#[test]
fn there_are_1_to_100_stays() {
    let stays = |count: u64| {
        let days = (0..count).map(|n| day("2020-01-01") + Days::new(n));
        Tenures::parse("/t", days.map(|on| Tenure { agency: WARD, from: on, to: Some(on) }).collect())
    };
    assert_eq!(refusal(stays(0)), ("/t".into(), "invalid_tenures"));
    assert!(stays(1).is_ok() && stays(100).is_ok());
    assert_eq!(refusal(stays(101)), ("/t".into(), "invalid_tenures"));
    assert_eq!(refusal(stays(100).unwrap().transferred("/on", DEPARTMENT, day("2020-04-09"))).1, "invalid_transfer");
}

#[test]
fn a_transfer_is_refused_outside_the_current_stay_or_to_the_same_agency() {
    let current = Tenures::parse("", vec![stay(DEPARTMENT, "2026-01-10", Some("2026-03-10"))]).unwrap();
    for (agency, on) in [(WARD, "2026-01-09"), (WARD, "2026-01-10"), (WARD, "2026-03-11"), (DEPARTMENT, "2026-02-01")] {
        let outcome = current.transferred("/on", agency, day(on));
        assert_eq!(refusal(outcome), ("/on".into(), "invalid_transfer"), "{on}");
    }
    let moved = current.transferred("/on", WARD, day("2026-01-11")).unwrap();
    let expected = [stay(DEPARTMENT, "2026-01-10", Some("2026-01-10")), stay(WARD, "2026-01-11", Some("2026-03-10"))];
    assert_eq!(moved.all(), expected);
    assert!(current.transferred("/on", WARD, day("2026-03-10")).is_ok(), "on the very last day");
}

#[test]
fn ending_sets_the_last_day_of_the_current_stay_only() {
    let current = Tenures::since(DEPARTMENT, day("2026-01-10")).transferred("", WARD, day("2026-02-01")).unwrap();
    let ended = current.ended("/to", day("2026-02-28")).unwrap();
    assert_eq!((ended.agency_on(day("2026-02-28")), ended.agency_on(day("2026-03-01"))), (Some(WARD), None));
    assert_eq!(ended.agency_on(day("2026-01-31")), Some(DEPARTMENT));
    assert_eq!(ended.last(), stay(WARD, "2026-02-01", Some("2026-02-28")));
    assert_eq!(refusal(current.ended("/to", day("2026-01-31"))), ("/to/1".into(), "overlapping_tenures"));
}

/// Stays by their offsets in days from a fixed day; days are few, so that they collide.
fn any_stays() -> impl Strategy<Value = Vec<(i64, u64, Option<u64>)>> {
    prop::collection::vec((1..=3i64, 0..20u64, prop::option::weighted(0.9, 0..20u64)), 0..4)
}

fn on(offset: u64) -> Date {
    day("2026-01-01") + Days::new(offset)
}

fn laid(stays: &[(i64, u64, Option<u64>)]) -> Vec<Tenure> {
    stays
        .iter()
        .map(|(agency, from, to)| Tenure { agency: AgencyId(*agency), from: on(*from), to: to.map(on) })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn stays_parse_exactly_when_ordered_and_no_day_has_two(stays in any_stays()) {
        let last = stays.len().saturating_sub(1);
        let closed_in_order = stays.iter().enumerate().all(|(at, (_, from, to))| match to {
            Some(to) => from <= to,
            None => at == last,
        });
        let in_time = stays.is_sorted_by_key(|(_, from, _)| *from);
        let holds = |(_, from, to): &&(i64, u64, Option<u64>), at| *from <= at && to.is_none_or(|to| at <= to);
        let alone = (0..40).all(|at| stays.iter().filter(|stay| holds(stay, at)).count() <= 1);
        let good = !stays.is_empty() && closed_in_order && in_time && alone;
        prop_assert_eq!(Tenures::parse("", laid(&stays)).is_ok(), good, "{:?}", stays);
    }

    #[test]
    fn each_day_has_the_agency_whose_stay_holds_it(stays in any_stays()) {
        if let Ok(tenures) = Tenures::parse("", laid(&stays)) {
            for at in 0..40u64 {
                let holder = stays.iter().find(|(_, from, to)| (*from..=to.unwrap_or(u64::MAX)).contains(&at));
                prop_assert_eq!(tenures.agency_on(on(at)), holder.map(|(agency, ..)| AgencyId(*agency)));
            }
        }
    }

    #[test]
    fn a_transfer_changes_the_holder_from_its_day_on_and_nothing_before(
        stays in any_stays(), at in 0..45u64, to in 1..=3i64,
    ) {
        if let Ok(before) = Tenures::parse("", laid(&stays)) {
            let last = before.last();
            let possible = last.from < on(at) && last.to.is_none_or(|end| on(at) <= end) && last.agency != AgencyId(to);
            let outcome = before.transferred("", AgencyId(to), on(at));
            prop_assert_eq!(outcome.is_ok(), possible);
            if let Ok(after) = outcome {
                prop_assert_eq!(after.all().len(), before.all().len() + 1);
                for offset in 0..60u64 {
                    let held_before = before.agency_on(on(offset));
                    let expected = if offset < at { held_before } else { held_before.map(|_| AgencyId(to)) };
                    prop_assert_eq!(after.agency_on(on(offset)), expected, "day {}", offset);
                }
                prop_assert_eq!(Tenures::parse("", after.all().to_vec()), Ok(after), "the result is well formed");
            }
        }
    }

    #[test]
    fn tenures_read_back_from_json(stays in any_stays()) {
        if let Ok(tenures) = Tenures::parse("", laid(&stays)) {
            let json = serde_json::to_string(&tenures).unwrap();
            prop_assert_eq!(serde_json::from_str::<Tenures>(&json).unwrap(), tenures);
        }
    }
}

// Incidents.

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn incident(detected_at: &str) -> Incident {
    Incident {
        agency: DEPARTMENT,
        system: None,
        kind: IncidentKind::Incident,
        severity: Severity::High,
        title: name("Mã độc"),
        description: None,
        detected_at: moment(detected_at),
        first_reported_at: None,
        detailed_reported_at: None,
        resolved_at: None,
    }
}

#[test]
fn the_first_report_is_due_after_24_hours_and_the_detailed_one_after_72() {
    // Over the end of a leap February.
    let incident = incident("2028-02-28T17:30:00Z");
    assert_eq!(incident.first_report_due(), moment("2028-02-29T17:30:00Z"));
    assert_eq!(incident.detailed_report_due(), moment("2028-03-02T17:30:00Z"));
}

#[test]
fn a_report_at_the_deadline_is_in_time_and_a_microsecond_later_is_not() {
    let tick = TimeDelta::microseconds(1);
    let base = incident("2026-05-05T01:02:03Z");
    let now = moment("2026-06-01T00:00:00Z");
    for (due, first) in [(base.first_report_due(), true), (base.detailed_report_due(), false)] {
        let clock = |reported: Option<Moment>, now| {
            let mut incident = base.clone();
            *(if first { &mut incident.first_reported_at } else { &mut incident.detailed_reported_at }) = reported;
            if first { incident.first_report(now) } else { incident.detailed_report(now) }
        };
        assert_eq!(clock(Some(base.detected_at), now), ReportClock::OnTime);
        assert_eq!(clock(Some(due), now), ReportClock::OnTime);
        assert_eq!(clock(Some(due + tick), now), ReportClock::Late);
        assert_eq!(clock(None, due), ReportClock::Pending);
        assert_eq!(clock(None, due + tick), ReportClock::Overdue);
    }
}

#[test]
fn an_incident_that_passes_its_check_has_its_deadlines() {
    for json in [r#""+262142-12-31T23:59:59Z""#, r#""-262143-01-01T00:00:00Z""#, r#""9999-12-31T23:59:59Z""#] {
        let Ok(detected_at) = serde_json::from_str::<Moment>(json) else { continue };
        let incident = Incident { detected_at, ..incident("2026-05-05T01:00:00Z") };
        if incident.check().is_ok() {
            assert!(detected_at < incident.first_report_due(), "{json}");
            assert!(incident.first_report_due() < incident.detailed_report_due(), "{json}");
        }
    }
}

#[test]
fn the_two_clocks_run_apart() {
    let incident =
        Incident { first_reported_at: Some(moment("2026-05-05T02:00:00Z")), ..incident("2026-05-05T01:00:00Z") };
    let now = moment("2026-05-07T00:00:00Z");
    assert_eq!(
        (incident.first_report(now), incident.detailed_report(now)),
        (ReportClock::OnTime, ReportClock::Pending)
    );
}

#[test]
fn nothing_happens_before_detection() {
    let detected = "2026-05-05T01:00:00Z";
    let at = Some(moment(detected));
    let all = Incident { first_reported_at: at, detailed_reported_at: at, resolved_at: at, ..incident(detected) };
    assert_eq!((incident(detected).check(), all.check()), (Ok(()), Ok(())), "the same moment is allowed");
    let early = Some(moment("2026-05-05T00:59:59.999999Z"));
    let all =
        Incident { first_reported_at: early, detailed_reported_at: early, resolved_at: early, ..incident(detected) };
    let pointers = ["/first_reported_at", "/detailed_reported_at", "/resolved_at"];
    assert_eq!(refusals(all.check()), pointers.map(|pointer| (pointer.to_owned(), "before_detection")));
}

// The other entities.

#[test]
fn an_observation_holds_counts_in_range_and_no_numerator_without_a_denominator() {
    let check =
        |numerator, denominator| observation((CT3, DEPARTMENT, ND09), "2026-05", numerator, denominator).check();
    for (numerator, denominator) in [(0, 0), (0, 1), (5, 3), (MAX_COUNT, 1), (0, MAX_COUNT)] {
        assert_eq!(check(numerator, denominator), Ok(()));
    }
    assert_eq!(refusals(check(1, 0)), [("/numerator".into(), "numerator_without_denominator")]);
    assert_eq!(refusals(check(-1, 5)), [("/numerator".into(), "invalid_count")]);
    assert_eq!(refusals(check(0, -1)), [("/denominator".into(), "invalid_count")]);
    assert_eq!(refusals(check(MAX_COUNT + 1, 5)), [("/numerator".into(), "invalid_count")]);
    assert!(check(i64::MIN, i64::MIN).is_err() && check(i64::MAX, i64::MAX).is_err());
}

#[test]
fn semantics_fit_the_source() {
    let catalogue = catalogue();
    let fits = |id, semantics| {
        catalogue.indicators[&id].clone().redefined(|found| found.semantics = semantics).check().is_ok()
    };
    for (id, allowed) in [
        (CT1, vec![Semantics::Flow]),
        (CT2, vec![Semantics::Flow, Semantics::State]),
        (CT6, vec![Semantics::Stock]),
        (CT7, vec![Semantics::Stock]),
    ] {
        for semantics in Semantics::ALL {
            assert_eq!(fits(id, *semantics), allowed.contains(semantics), "{id} as {semantics}");
        }
    }
}

#[test]
fn an_indicator_names_who_reports_and_which_results_count() {
    let base = || catalogue().indicators.remove(&CT7).unwrap();
    let source = Source::TrainingRecords {
        results: Vec::new(),
        course_kinds: Vec::new(),
        confirmed_only: false,
        staff_kinds: Vec::new(),
        reported_by: ReportedBy::Roll,
    };
    let faults = [
        (base().redefined(|found| found.agency_kinds = Vec::new()), "/agency_kinds", "empty_list"),
        (base().redefined(|found| found.source = source), "/source/results", "empty_list"),
        (Indicator { weight: -1, ..base() }, "/weight", "invalid_weight"),
        (Indicator { weight: 1_000_001, ..base() }, "/weight", "invalid_weight"),
        (Indicator { valid_to: Some(day("2022-12-31")), ..base() }, "/valid_to", "ends_before_start"),
    ];
    assert_eq!(base().check(), Ok(()));
    assert_eq!(Indicator { valid_to: Some(base().valid_from), weight: 0, ..base() }.check(), Ok(()));
    for (indicator, pointer, code) in faults {
        assert_eq!(refusals(indicator.check()), [(pointer.to_owned(), code)]);
    }
}

#[test]
fn a_definition_counts_differently_when_source_semantics_or_movement_change_and_only_then() {
    let base = catalogue().indicators.remove(&CT7).unwrap();
    let base = base.latest();
    let changed = |change: &dyn Fn(&mut Definition)| {
        let mut definition = base.clone();
        change(&mut definition);
        definition
    };
    assert!(base.counts_as(&changed(&|found| found.unit = name("Đơn vị khác"))));
    assert!(base.counts_as(&changed(&|found| found.agency_kinds = vec![AgencyKind::Commune])));
    let confirmed = Source::TrainingRecords {
        results: vec![TrainingResult::Attended, TrainingResult::Completed],
        course_kinds: Vec::new(),
        confirmed_only: true,
        staff_kinds: Vec::new(),
        reported_by: ReportedBy::Roll,
    };
    assert!(!base.counts_as(&changed(&|found| found.source = confirmed.clone())));
    assert!(!base.counts_as(&changed(&|found| found.semantics = Semantics::Flow)));
    assert!(!base.counts_as(&changed(&|found| found.movement = thidua_domain::id::MovementId(999))));
}

#[test]
fn a_phase_is_one_to_thirty_whole_known_years() {
    for (first, last) in [(2026, 2026), (2026, 2055), (2000, 2029), (2170, 2199)] {
        assert_eq!(phase("II", first, last).check(), Ok(()), "{first}–{last}");
    }
    for (first, last) in [(2026, 2025), (2026, 2056), (1999, 2005), (2195, 2200), (0, 0)] {
        assert_eq!(refusal(phase("II", first, last).check()), ("/last_year".into(), "invalid_years"), "{first}–{last}");
    }
}

#[test]
fn years_at_the_ends_of_the_type_are_refused_without_overflow() {
    for (first, last) in [(i32::MIN, i32::MAX), (i32::MAX, i32::MIN), (-1, i32::MAX)] {
        assert_eq!(refusal(phase("II", first, last).check()), ("/last_year".into(), "invalid_years"));
    }
}

#[test]
fn the_years_of_a_phase_are_its_months() {
    let phase: Phase = phase("I", 2023, 2025);
    assert_eq!((phase.first_month(), phase.last_month()), (month("2023-01"), month("2025-12")));
    let held: Vec<_> = (2020..2030).filter(|year| phase.holds_year(*year)).collect();
    assert_eq!(held, [2023, 2024, 2025]);
}

#[test]
fn an_agency_does_not_end_before_it_starts() {
    let agency = catalogue().agencies.remove(&WARD).unwrap();
    let ending = |to: &str| Agency { valid_to: Some(day(to)), ..agency.clone() }.check();
    assert_eq!((agency.check(), ending("2025-07-01")), (Ok(()), Ok(())));
    assert_eq!(refusal(ending("2025-06-30")), ("/valid_to".into(), "ends_before_start"));
}

#[test]
fn a_course_has_hours_and_days_in_order() {
    let course = |hours, to: &str| Course {
        code: code("KH-1"),
        name: name("Kỹ năng số cơ bản"),
        kind: CourseKind::BasicDigitalSkills,
        form: CourseForm::Blended,
        hours: Hours::stored(hours),
        from: day("2026-05-05"),
        to: day(to),
        organiser: DEPARTMENT,
    };
    assert_eq!((course(1, "2026-05-05").check(), course(2000, "2026-06-05").check()), (Ok(()), Ok(())));
    for hours in [0, -1, 2001, i64::MIN, i64::MAX] {
        assert_eq!(refusals(course(hours, "2026-05-05").check()), [("/hours".into(), "invalid_hours")]);
    }
    assert_eq!(refusals(course(0, "2026-05-04").check()).len(), 2, "both faults are named");
}
