//! Running periods, told as of a day: events up to that day count, later ones do not yet.

use crate::support::*;
use chrono::Days;
use proptest::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::catalogue::calendars::Calendar;
use thidua_domain::catalogue::record_kinds::{CourseKind, StaffKind, TrainingResult};
use thidua_domain::cells::DayKey;
use thidua_domain::closing::late::{Late, ToldHolders};
use thidua_domain::figure::Verdict;
use thidua_domain::figures::attainment::Attainment;
use thidua_domain::figures::completeness::Absence;
use thidua_domain::id::{AgencyId, CalendarId, InformationSystemId};
use thidua_domain::records::information_systems::InformationSystem;
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus};
use thidua_domain::records::staff::{Staff, Training};
use thidua_domain::records::standings::BeforeAfter;
use thidua_domain::records::{information_systems, observations, staff};
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::time::{Month, Period};

/// A status that meets every requirement until its last event is more than 30 days back, or its assessment has run out.
fn status(on: &str, last_event: &str, valid_until: &str) -> MonitoringStatus {
    MonitoringStatus {
        system: InformationSystemId(1),
        on: day(on),
        level_approved: true,
        plan_deployed: true,
        monitored_by: Monitor::Own,
        last_event: Some(day(last_event)),
        assessment_valid_until: Some(day(valid_until)),
        evidence: None,
        note: None,
        late: Late::default(),
    }
}

fn system(tenures: Tenures) -> InformationSystem {
    let (code, name) = (code("HT-1"), name("Cổng dịch vụ công"));
    InformationSystem { code, name, level: None, level_basis: None, tenures, told: ToldHolders::default() }
}

fn person(tenures: Tenures) -> Staff {
    Staff { code: code("NV-0042"), kind: StaffKind::CivilServant, tenures, told: ToldHolders::default() }
}

fn trained(on: Date) -> Training {
    let record = training_record(on, TrainingResult::Completed);
    Training { record, course_kind: CourseKind::BasicDigitalSkills }
}

fn stay(agency: AgencyId, from: &str, to: Option<&str>) -> Tenure {
    Tenure { agency, from: day(from), to: to.map(day) }
}

/// The figure told on a day; none where nothing is reported.
fn told(answer: &Attainment) -> Option<(i64, i64)> {
    answer.figure.reported.then_some((answer.figure.numerator, answer.figure.denominator))
}

#[test]
fn a_system_that_meets_every_rule_today_is_met_until_its_status_runs_out() {
    // The event of 05/11 is 30 days back on 05/12 and 31 on 06/12.
    let statuses = [status("2026-11-20", "2026-11-05", "2031-12-31")];
    let system = system(Tenures::since(DEPARTMENT, day("2026-01-01")));
    let cells = information_systems::contribution(&catalogue(), &system, &statuses, day("2026-11-20"));
    let on = |today, calendar, at| {
        let answer = ask_on(day(today), &catalogue(), &cells, (CT6, DEPARTMENT, calendar), at);
        (told(&answer), answer.so_far.provisional, answer.so_far.judged_on.to_string(), answer.is_complete())
    };
    let provisional = |met, today: &str| (Some((met, 1)), true, today.to_owned(), false);
    // The nd09 month from 15/11 to 14/12, and the quarter, half and year that end with it.
    for at in ["2026-12", "2026-Q4", "2026-H2", "2026"] {
        for (today, met) in
            [("2026-11-20", 1), ("2026-11-29", 1), ("2026-12-05", 1), ("2026-12-06", 0), ("2026-12-14", 0)]
        {
            assert_eq!(on(today, ND09, at), provisional(met, today), "{at} on {today}");
        }
        assert_eq!(on("2026-12-15", ND09, at), (Some((0, 1)), false, "2026-12-14".to_owned(), true), "{at}");
    }
    // The civil month ends while the status holds; the year goes on.
    for (today, met) in [("2026-11-30", 1), ("2026-12-01", 1), ("2026-12-05", 1), ("2026-12-06", 0), ("2026-12-31", 0)]
    {
        assert_eq!(on(today, CIVIL, "2026"), provisional(met, today), "{today}");
    }
    assert_eq!(on("2026-11-29", CIVIL, "2026-11"), provisional(1, "2026-11-29"));
    assert_eq!(on("2026-12-20", CIVIL, "2026-11"), (Some((1, 1)), false, "2026-11-30".to_owned(), true));
}

#[test]
fn an_assessment_counts_on_its_last_day() {
    let statuses = [status("2026-11-20", "2026-11-20", "2026-12-01")];
    let system = system(Tenures::since(DEPARTMENT, day("2026-01-01")));
    let cells = information_systems::contribution(&catalogue(), &system, &statuses, day("2026-11-20"));
    let on = |today| told(&ask_on(day(today), &catalogue(), &cells, (CT6, DEPARTMENT, ND09), "2026-12"));
    assert_eq!(["2026-11-30", "2026-12-01", "2026-12-02"].map(on), [Some((1, 1)), Some((1, 1)), Some((0, 1))]);
}

#[test]
fn a_stay_that_ends_tomorrow_counts_today() {
    let stays = vec![stay(DEPARTMENT, "2026-02-01", Some("2026-11-30")), stay(WARD, "2026-12-01", None)];
    let person = person(Tenures::parse("", stays).unwrap());
    let cells = staff::contribution(&catalogue(), &person, &[trained(day("2026-03-03"))], day("2026-11-15"));
    let on = |today, agency, calendar, at| told(&ask_on(day(today), &catalogue(), &cells, (CT7, agency, calendar), at));
    assert_eq!(on("2026-11-30", DEPARTMENT, ND09, "2026-12"), Some((1, 1)));
    assert_eq!(on("2026-11-30", WARD, ND09, "2026-12"), None, "nobody has arrived there yet");
    assert_eq!(on("2026-12-01", DEPARTMENT, ND09, "2026-12"), Some((0, 0)));
    assert_eq!(on("2026-12-01", WARD, ND09, "2026-12"), Some((1, 1)));
    for today in ["2026-11-30", "2026-12-01"] {
        assert_eq!(on(today, PROVINCE, ND09, "2026"), Some((1, 1)), "{today}");
    }
    // In civil months it is the difference of two cells, and no step.
    assert_eq!(on("2026-11-30", DEPARTMENT, CIVIL, "2026"), Some((1, 1)));
    assert_eq!(on("2026-12-01", DEPARTMENT, CIVIL, "2026"), Some((0, 0)));
    assert_eq!(cells.steps().filter(|(key, _)| key.calendar == CIVIL).count(), 0);
}

#[test]
fn a_stay_within_a_month_counts_while_it_lasts() {
    let person = person(Tenures::parse("", vec![stay(DEPARTMENT, "2026-12-03", Some("2026-12-05"))]).unwrap());
    let cells = staff::contribution(&catalogue(), &person, &[], day("2026-11-29"));
    assert_eq!(cells.iter().count(), 0, "at no month's end it is there");
    let on = |today| told(&ask_on(day(today), &catalogue(), &cells, (CT7, DEPARTMENT, ND09), "2026"));
    assert_eq!(on("2026-12-02"), None);
    assert_eq!([on("2026-12-03"), on("2026-12-05")], [Some((0, 1)); 2]);
    assert_eq!(on("2026-12-06"), None);
    let step = |on, calendar| {
        let step = cells.step(DayKey { indicator: CT7, agency: DEPARTMENT, calendar, day: day(on) });
        (step.numerator, step.denominator, step.reports)
    };
    for calendar in [ND09, CIVIL] {
        assert_eq!((step("2026-12-03", calendar), step("2026-12-06", calendar)), ((0, 1, 1), (0, -1, -1)));
    }
}

#[test]
fn a_phase_begins_anew_in_its_first_month() {
    // The first nd09 month of phase II: 15/12/2025 to 14/01/2026.
    let person = person(Tenures::parse("", vec![stay(DEPARTMENT, "2024-01-01", Some("2026-01-10"))]).unwrap());
    let trainings = [trained(day("2025-05-05")), trained(day("2025-12-18"))];
    let on = |today, counted: &[Training], at| {
        let cells = staff::contribution(&catalogue(), &person, counted, day("2025-12-18"));
        told(&ask_on(day(today), &catalogue(), &cells, (CT7, DEPARTMENT, ND09), at))
    };
    assert_eq!(on("2025-12-20", &trainings[..1], "2025"), Some((1, 1)));
    assert_eq!(on("2025-12-20", &trainings[..1], "2026-01"), Some((0, 1)), "what was learnt in phase I is of phase I");
    assert_eq!(on("2025-12-20", &trainings, "2026-01"), Some((1, 1)));
    assert_eq!(on("2026-01-10", &trainings, "2026-01"), Some((1, 1)));
    assert_eq!(on("2026-01-11", &trainings, "2026-01"), None, "at no month's end of the phase it was there");
}

#[test]
fn a_period_that_has_not_begun_is_missing() {
    let person = person(Tenures::since(DEPARTMENT, day("2026-01-01")));
    let mut cells = staff::contribution(&catalogue(), &person, &[], day("2026-11-29"));
    cells.add_all(&observations::contribution(&observation((CT3, DEPARTMENT, ND09), "2027-01", 1, 2)));
    for (indicator, at) in [(CT7, "2027"), (CT7, "2030"), (CT3, "2027-01"), (CT3, "2027-Q1")] {
        let answer = ask_on(day("2026-12-14"), &catalogue(), &cells, (indicator, PROVINCE, ND09), at);
        assert_eq!((told(&answer), answer.verdict, answer.absence), (None, Verdict::Missing, Some(Absence::NotBegun)));
        assert_eq!((answer.expected, answer.reported, answer.shortfall, answer.is_complete()), (0, 0, None, false));
        assert_eq!((answer.so_far.provisional, answer.so_far.judged_on), (true, day("2026-12-14")));
    }
    let begun = ask_on(day("2026-12-15"), &catalogue(), &cells, (CT7, PROVINCE, ND09), "2027");
    assert_eq!((told(&begun), begun.verdict), (Some((0, 1)), Verdict::NotMet));
}

#[test]
fn what_is_owed_has_begun() {
    let reports = [("2025-07", 1), ("2025-08", 1)]
        .map(|(at, count)| observations::contribution(&observation((CT3, DISTRICT, ND09), at, count, 2)));
    let cells = sum(&reports);
    // The district is dissolved with 30/06/2025, the commune is there from 01/07/2025, in the nd09 month of July.
    let months = |agency, today, at| {
        let behind = ask_on(day(today), &catalogue(), &cells, (CT3, agency, ND09), at);
        (behind.expected, behind.completeness.expected_months, behind.completeness.reported_months)
    };
    assert_eq!(months(COMMUNE, "2025-06-30", "2025"), (0, 0, 0));
    assert_eq!(months(COMMUNE, "2025-07-01", "2025"), (1, 1, 0));
    assert_eq!(months(COMMUNE, "2025-07-14", "2025"), (1, 1, 0));
    assert_eq!(months(COMMUNE, "2025-07-15", "2025"), (1, 2, 0));
    assert_eq!(months(COMMUNE, "2026-01-01", "2025"), (1, 6, 0));
    assert_eq!(months(DEPARTMENT, "2025-03-14", "2025"), (1, 3, 0));
    assert_eq!(months(DEPARTMENT, "2025-03-15", "2025"), (1, 4, 0));
}

#[test]
fn a_state_is_that_of_the_day() {
    let cells = observations::contribution(&observation((CT2, DISTRICT, ND09), "2025-05", 3, 4));
    let on = |today| told(&ask_on(day(today), &catalogue(), &cells, (CT2, DISTRICT, ND09), "2025"));
    assert_eq!([on("2025-06-30"), on("2025-07-01"), on("2026-01-01")], [Some((3, 4)), None, None]);
}

/// Stays of a person or a system, one after the other, some with a day or more between.
type Stays = Vec<(AgencyId, Date, Date)>;

fn any_stays() -> impl Strategy<Value = Stays> {
    let lengths = prop::collection::vec((prop::sample::select(vec![DEPARTMENT, WARD]), 0..50u64, 0..20u64), 1..5);
    (any_day(), lengths).prop_map(|(first, lengths)| {
        let mut from = first;
        let mut stays = Vec::new();
        for (agency, length, gap) in lengths {
            let to = from + Days::new(length);
            stays.push((agency, from, to));
            from = to + Days::new(gap + 1);
        }
        stays
    })
}

fn tenures(stays: &Stays) -> Tenures {
    let stays = stays.iter().map(|(agency, from, to)| Tenure { agency: *agency, from: *from, to: Some(*to) });
    Tenures::parse("", stays.collect()).unwrap()
}

/// Statuses by their days, each with its last event and the end of its assessment in days before and after.
fn any_statuses() -> impl Strategy<Value = BTreeMap<Date, (u64, u64)>> {
    prop::collection::btree_map(any_day(), (0..40u64, 0..40u64), 0..5)
}

fn statuses(facts: &BTreeMap<Date, (u64, u64)>) -> Vec<MonitoringStatus> {
    let text = |day: Date| day.to_string();
    let status = |(on, (back, ahead)): (&Date, &(u64, u64))| {
        status(&text(*on), &text(*on - Days::new(*back)), &text(*on + Days::new(*ahead)))
    };
    facts.iter().map(status).collect()
}

/// The agency that somebody is with on a day.
fn agency_on(stays: &Stays, day: Date) -> Option<AgencyId> {
    stays.iter().find(|(_, from, to)| *from <= day && day <= *to).map(|(agency, ..)| *agency)
}

/// True when the last status up to a day still holds on it.
fn holds(facts: &BTreeMap<Date, (u64, u64)>, day: Date) -> bool {
    let last = facts.range(..=day).next_back();
    last.is_some_and(|(on, (back, ahead))| {
        (day - (*on - Days::new(*back))).num_days() <= 30 && day <= *on + Days::new(*ahead)
    })
}

/// The first day of the phase that holds a month.
fn phase_start(calendar: &Calendar, month: Month) -> Date {
    calendar.window(Period::Year(if month.year() <= 2025 { 2023 } else { 2026 })).from
}

/// The figure on a day, counted without cells; none outside the phases. `meets` is true for a thing that counts in the
/// numerator, `there` gives the agency's roll.
fn counted(calendar: &Calendar, at: Date, there: impl Fn(Date) -> bool, meets: bool) -> Option<(i64, i64)> {
    let month = calendar.month_of(at).unwrap();
    if !(2023..=2030).contains(&month.year()) {
        return None;
    }
    let start = phase_start(calendar, month);
    let ends = (0..).map(|days| start + Days::new(days)).take_while(|day| *day < at);
    let mut ends = ends.filter(|day| calendar.last_day(calendar.month_of(*day).unwrap()) == *day);
    let arrived = there(at) || ends.any(&there);
    arrived.then_some(if there(at) { (i64::from(meets), 1) } else { (0, 0) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn the_figure_on_a_day_is_that_counted_on_the_day(
        (stays, later) in (any_stays(), any_stays()),
        facts in any_statuses(),
        (from, ahead, again) in (any_day(), 0..60u64, 0..30u64),
        trainings in prop::collection::vec(any_day(), 0..3),
    ) {
        let catalogue = catalogue();
        let (written, replaced) = (from, from + Days::new(again));
        let asked = replaced + Days::new(ahead);
        // Written on one day, with other stays; replaced on a later one, when steps up to it are left as they are.
        let (before, after) = (system(tenures(&later)), system(tenures(&stays)));
        let statuses = statuses(&facts);
        let mut cells = information_systems::contribution(&catalogue, &before, &statuses, written);
        cells.subtract_all(&information_systems::contribution(&catalogue, &before, &statuses, replaced));
        cells.add_all(&information_systems::contribution(&catalogue, &after, &statuses, replaced));
        let (before, after) = (person(tenures(&later)), person(tenures(&stays)));
        let records: Vec<_> = trainings.iter().map(|on| trained(*on)).collect();
        let (first, none) = (&records[..records.len().min(1)], &[][..]);
        cells.add_all(&staff::contribution(&catalogue, &before, first, written));
        cells.subtract_all(&staff::contribution(&catalogue, &before, first, replaced));
        cells.add_all(&staff::contribution(&catalogue, &after, none, replaced));
        let trained = BeforeAfter { before: none, after: &records[..] };
        cells.add_all(&staff::contribution_difference(&catalogue, &after, trained, replaced));

        for (calendar_id, agency) in [(ND09, DEPARTMENT), (ND09, WARD), (CIVIL, DEPARTMENT), (CIVIL, WARD)] {
            let calendar = &catalogue.calendars[&calendar_id];
            let month = calendar.month_of(asked).unwrap();
            let there = |day| agency_on(&stays, day) == Some(agency);
            let start = phase_start(calendar, month);
            let is_trained = trainings.iter().any(|on| start <= *on && *on <= asked);
            let expected = [
                (CT6, counted(calendar, asked, there, holds(&facts, asked))),
                (CT7, counted(calendar, asked, there, is_trained)),
            ];
            for (indicator, expected) in expected {
                for period in Period::holding(month) {
                    let answer = ask_on(asked, &catalogue, &cells, (indicator, agency, calendar_id), &period.to_string());
                    let own = answer.own.reported.then_some((answer.own.numerator, answer.own.denominator));
                    prop_assert_eq!(own, expected, "{} of {} in {} on {}", indicator, agency, period, asked);
                }
            }
        }
    }

    #[test]
    fn steps_are_of_days_to_come_and_never_of_a_months_first(
        stays in any_stays(),
        facts in any_statuses(),
        today in any_day(),
    ) {
        let catalogue = catalogue();
        let cells = information_systems::contribution(&catalogue, &system(tenures(&stays)), &statuses(&facts), today);
        for (key, _) in cells.steps() {
            let calendar = &catalogue.calendars[&key.calendar];
            prop_assert!(today < key.day);
            prop_assert_ne!(calendar.month_window(calendar.month_of(key.day).unwrap()).from, key.day);
        }
    }

    #[test]
    fn a_period_that_has_ended_is_told_alike_on_every_later_day(
        stays in any_stays(),
        facts in any_statuses(),
        today in any_day(),
        (at, later) in (any_period(2023..=2030), 1..400u64),
    ) {
        let catalogue = catalogue();
        let cells = information_systems::contribution(&catalogue, &system(tenures(&stays)), &statuses(&facts), today);
        let figure_on = |calendar: CalendarId, day| {
            told(&ask_on(day, &catalogue, &cells, (CT6, DEPARTMENT, calendar), &at.to_string()))
        };
        for calendar in [ND09, CIVIL] {
            let end = catalogue.calendars[&calendar].window(at).to;
            prop_assert_eq!(figure_on(calendar, end + Days::new(later)), figure_on(calendar, long_after()));
            prop_assert_eq!(figure_on(calendar, end), figure_on(calendar, long_after()), "on its last day it is what it will be");
        }
    }
}
