//! Reports by records: where a definition says so, people and systems on the roll are no report. An agency has reported
//! when there is a record about one of them.

use crate::support::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::{CourseKind, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{ReportedBy, Source};
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::{Late, ToldHolders};
use thidua_domain::figure::Verdict;
use thidua_domain::figures::attainment::Attainment;
use thidua_domain::figures::completeness::Absence;
use thidua_domain::figures::rehearsal::{Facts, FindingReason, FindingStep, Rehearsal, rehearse};
use thidua_domain::id::{AgencyId, IndicatorId, InformationSystemId};
use thidua_domain::records::information_systems::InformationSystem;
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus};
use thidua_domain::records::staff::{Staff, Training};
use thidua_domain::records::{information_systems, staff};
use thidua_domain::tenures::Tenures;

/// The catalogue with an indicator whose latest version counts records as reports: from a month on, or from the
/// beginning.
fn by_records(mut catalogue: Catalogue, indicator: IndicatorId, from: Option<&str>) -> Catalogue {
    change(&mut catalogue, indicator, |old| {
        old.redefined(|found| {
            found.holds_from = from.map(month);
            match &mut found.source {
                Source::MonitoringStatuses { reported_by, .. } | Source::TrainingRecords { reported_by, .. } => {
                    *reported_by = ReportedBy::Records;
                }
                _ => {}
            }
        })
    });
    catalogue
}

fn person(tenures: Tenures) -> Staff {
    Staff { code: code("NV-0042"), kind: StaffKind::CivilServant, tenures, told: ToldHolders::default() }
}

fn training(on: &str, result: TrainingResult) -> Training {
    Training { record: training_record(day(on), result), course_kind: CourseKind::BasicDigitalSkills }
}

/// Contribution of people, each with their agency since 2026 began and their trainings.
fn people(catalogue: &Catalogue, people: &[(AgencyId, &[Training])]) -> Cells {
    let of = |(agency, trainings): &(AgencyId, &[Training])| {
        staff::contribution(catalogue, &person(Tenures::since(*agency, day("2026-01-01"))), trainings, long_after())
    };
    sum(people.iter().map(of).collect::<Vec<_>>().iter())
}

fn system(catalogue: &Catalogue, tenures: Tenures, statuses: &[(&str, Monitor)]) -> Cells {
    let (code, name) = (code("HT-1"), name("Cổng dịch vụ công"));
    let system =
        InformationSystem { code, name, level: None, level_basis: None, tenures, told: ToldHolders::default() };
    let status = |(on, monitored_by): &(&str, Monitor)| MonitoringStatus {
        system: InformationSystemId(1),
        on: day(on),
        level_approved: true,
        plan_deployed: true,
        monitored_by: *monitored_by,
        last_event: Some(day(on)),
        assessment_valid_until: Some(day("2031-12-31")),
        evidence: None,
        note: None,
        late: Late::default(),
    };
    let statuses: Vec<_> = statuses.iter().map(status).collect();
    information_systems::contribution(catalogue, &system, &statuses, long_after())
}

/// Numerator and denominator as told, verdict, agencies reported and expected, agencies lacking, and true for a
/// complete answer.
type Answered = ((Option<i64>, Option<i64>), Verdict, (usize, usize), usize, bool);

fn told(answer: &Attainment) -> Answered {
    let (reported, behind) = ((answer.reported, answer.expected), answer.completeness);
    (answer.figure.told(), answer.verdict, reported, behind.agencies_lacking, answer.is_complete())
}

#[test]
fn people_of_whom_nothing_is_recorded_are_lacking_and_counted() {
    let catalogue = by_records(catalogue(), CT7, None);
    let cells = people(
        &catalogue,
        &[(DEPARTMENT, &[]), (DEPARTMENT, &[]), (WARD, &[training("2026-02-10", TrainingResult::Completed)])],
    );
    let at = |agency, at| told(&ask(&catalogue, &cells, (CT7, agency, ND09), at));
    assert_eq!(at(DEPARTMENT, "2026-02"), ((None, Some(2)), Verdict::Missing, (0, 1), 1, false));
    assert_eq!(at(WARD, "2026-02"), ((Some(1), Some(1)), Verdict::Met, (1, 1), 0, true));
    // The roll stays below the line, so that nobody is left out: 1 of 3, and not 1 of 1.
    assert_eq!(at(PROVINCE, "2026-02"), ((Some(1), Some(3)), Verdict::NotMet, (1, 4), 1, false));
    // Before the first training all lack.
    assert_eq!(at(PROVINCE, "2026-01"), ((None, Some(3)), Verdict::Missing, (0, 4), 2, false));
    let answer = ask(&catalogue, &cells, (CT7, PROVINCE, ND09), "2026-01");
    assert_eq!((answer.absence, answer.shortfall, answer.percent), (Some(Absence::Missing), None, None));
}

#[test]
fn an_agency_with_nobody_is_no_defaulter() {
    let catalogue = by_records(catalogue(), CT7, None);
    let cells = people(&catalogue, &[(WARD, &[training("2026-02-10", TrainingResult::Completed)])]);
    let answer = ask(&catalogue, &cells, (CT7, DEPARTMENT, ND09), "2026-02");
    assert_eq!((answer.absence, answer.completeness.agencies_lacking), (Some(Absence::NothingArisen), 0));
    assert!(ask(&catalogue, &cells, (CT7, PROVINCE, ND09), "2026-02").is_complete());
    // Everybody has left, so no agency lacks anything any more.
    let left = person(Tenures::since(DEPARTMENT, day("2026-01-01")).ended("", day("2026-02-13")).unwrap());
    let cells = staff::contribution(&catalogue, &left, &[], long_after());
    let absence = |at| ask(&catalogue, &cells, (CT7, DEPARTMENT, ND09), at).absence;
    assert_eq!([absence("2026-01"), absence("2026-02")], [Some(Absence::Missing), Some(Absence::NothingArisen)]);
}

#[test]
fn a_training_that_was_not_passed_is_a_record_and_one_of_another_course_is_none() {
    let mut catalogue = by_records(catalogue(), CT7, None);
    change(&mut catalogue, CT7, |old| {
        old.redefined(|found| {
            if let Source::TrainingRecords { course_kinds, .. } = &mut found.source {
                *course_kinds = vec![CourseKind::BasicDigitalSkills];
            }
        })
    });
    let failed = training("2026-02-10", TrainingResult::Failed);
    let told = |training: Training| {
        told(&ask(&catalogue, &people(&catalogue, &[(WARD, &[training])]), (CT7, WARD, ND09), "2026-02"))
    };
    assert_eq!(told(failed.clone()), ((Some(0), Some(1)), Verdict::NotMet, (1, 1), 0, true));
    let other = Training { course_kind: CourseKind::Ai, ..failed.clone() };
    assert_eq!(told(other), ((None, Some(1)), Verdict::Missing, (0, 1), 1, false));
    // It begins anew with the phase, which nd09 opens on 15/12/2025.
    let before = training("2025-12-14", TrainingResult::Completed);
    assert_eq!(told(before), ((None, Some(1)), Verdict::Missing, (0, 1), 1, false));
}

#[test]
fn a_record_goes_with_the_person() {
    let catalogue = by_records(catalogue(), CT7, None);
    let moved = Tenures::since(DEPARTMENT, day("2026-01-01")).transferred("", WARD, day("2026-03-01")).unwrap();
    let trained = [training("2026-01-10", TrainingResult::Completed)];
    let mover = staff::contribution(&catalogue, &person(moved), &trained, long_after());
    let cells = sum([&mover, &people(&catalogue, &[(DEPARTMENT, &[])])]);
    let at = |agency, at| told(&ask(&catalogue, &cells, (CT7, agency, ND09), at)).0;
    assert_eq!((at(DEPARTMENT, "2026-02"), at(WARD, "2026-02")), ((Some(1), Some(2)), (None, None)));
    assert_eq!((at(DEPARTMENT, "2026-03"), at(WARD, "2026-03")), ((None, Some(1)), (Some(1), Some(1))));
}

#[test]
fn a_system_is_recorded_by_its_first_status_whatever_that_says() {
    let catalogue = by_records(catalogue(), CT6, None);
    let since = || Tenures::since(DEPARTMENT, day("2026-01-01"));
    let cells = system(&catalogue, since(), &[("2026-02-10", Monitor::Nobody), ("2026-03-10", Monitor::Own)]);
    let at = |at| told(&ask(&catalogue, &cells, (CT6, DEPARTMENT, ND09), at));
    assert_eq!(at("2026-01"), ((None, Some(1)), Verdict::Missing, (0, 1), 1, false));
    assert_eq!(at("2026-02"), ((Some(0), Some(1)), Verdict::NotMet, (1, 1), 0, true));
    assert_eq!(at("2026-03"), ((Some(1), Some(1)), Verdict::Met, (1, 1), 0, true));
    // A status holds until the next, so that of the phase before is in force.
    let earlier = system(&catalogue, Tenures::since(DEPARTMENT, day("2025-01-01")), &[("2025-06-10", Monitor::Own)]);
    let answer = ask(&catalogue, &earlier, (CT6, DEPARTMENT, ND09), "2026-01");
    assert_eq!(told(&answer), ((Some(0), Some(1)), Verdict::NotMet, (1, 1), 0, true));
}

#[test]
fn what_was_told_by_the_roll_stays_before_the_month_from_which_records_count() {
    let catalogue = by_records(catalogue(), CT7, Some("2026-03"));
    let cells = people(&catalogue, &[(DEPARTMENT, &[]), (WARD, &[training("2026-04-10", TrainingResult::Completed)])]);
    let at = |agency, at| told(&ask(&catalogue, &cells, (CT7, agency, ND09), at)).0;
    assert_eq!((at(DEPARTMENT, "2026-02"), at(WARD, "2026-02")), ((Some(0), Some(1)), (Some(0), Some(1))));
    assert_eq!((at(DEPARTMENT, "2026-03"), at(WARD, "2026-03")), ((None, Some(1)), (None, Some(1))));
    assert_eq!((at(DEPARTMENT, "2026-04"), at(WARD, "2026-04")), ((None, Some(1)), (Some(1), Some(1))));
    // And by the roll again, were that ever wanted.
    let mut back = catalogue.clone();
    change(&mut back, CT7, |old| {
        let first = old.definitions.earlier()[0].clone();
        old.redefined_from("2026-06", |found| found.source = first.source)
    });
    let cells = people(&back, &[(DEPARTMENT, &[])]);
    let at = |at| told(&ask(&back, &cells, (CT7, DEPARTMENT, ND09), at)).0;
    assert_eq!(["2026-02", "2026-05", "2026-06"].map(at), [(Some(0), Some(1)), (None, Some(1)), (Some(0), Some(1))]);
}

#[test]
fn a_month_that_runs_is_told_as_of_a_day() {
    let catalogue = by_records(catalogue(), CT7, Some("2026-03"));
    let of_ward = person(Tenures::since(WARD, day("2026-01-01")));
    let trained = [training("2026-03-10", TrainingResult::Completed)];
    let cells = staff::contribution(&catalogue, &of_ward, &trained, day("2026-03-01"));
    let on = |today| ask_on(day(today), &catalogue, &cells, (CT7, WARD, ND09), "2026-03").figure.told();
    assert_eq!([on("2026-03-09"), on("2026-03-10")], [(None, Some(1)), (Some(1), Some(1))]);
}

#[test]
fn the_rehearsal_says_who_has_recorded_nothing_about_whom_it_has() {
    let catalogue = by_records(by_records(catalogue(), CT7, None), CT6, None);
    let trained = [training("2026-02-10", TrainingResult::Completed)];
    let cells = sum([
        &people(&catalogue, &[(DEPARTMENT, &[]), (WARD, &trained)]),
        &system(&catalogue, Tenures::since(COMMUNE, day("2026-01-01")), &[]),
    ]);
    let rehearsal = Rehearsal {
        calendar: ND09,
        period: period("2026-02"),
        tops: vec![PROVINCE],
        today: day("2026-03-01"),
        near_days: 7,
        names_systems: false,
    };
    let findings = rehearse(&catalogue, &book(&cells), &Facts::default(), &rehearsal);
    let derived = findings.iter().filter(|finding| matches!(finding.indicator, Some(CT6 | CT7)));
    let found: Vec<_> =
        derived.map(|finding| (finding.agency, finding.indicator, finding.reason, finding.step)).collect();
    let nothing = FindingReason::NothingReported;
    let expected = [
        (DEPARTMENT, Some(CT7), nothing, Some(FindingStep::RecordTraining)),
        (COMMUNE, Some(CT6), nothing, Some(FindingStep::RecordStatus)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn rules_that_say_nothing_of_it_are_read_and_written_as_they_were() {
    for text in [
        r#"{"kind":"training_records","results":["completed"],"course_kinds":[],"confirmed_only":true}"#,
        r#"{"kind":"monitoring_statuses","rule":{"level_approved":true,"plan_deployed":true,"monitored":true,"assessment_valid":true,"last_event_within_days":30}}"#,
        r#"{"kind":"declared"}"#,
    ] {
        let source: Source = serde_json::from_str(text).unwrap();
        assert_eq!(source.reported_by(), ReportedBy::Roll);
        assert_eq!(serde_json::to_string(&source).unwrap(), text);
    }
}
