//! CT6: information systems, their statuses and the rule that combines the facts.

use crate::support::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::MonitoringRule;
use thidua_domain::catalogue::sources::{ReportedBy, Source};
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::{Late, ToldHolders};
use thidua_domain::id::{AgencyId, CalendarId, InformationSystemId};
use thidua_domain::records::information_systems;
use thidua_domain::records::information_systems::{InformationSystem, LevelBasis};
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus, Requirement};
use thidua_domain::tenures::{Tenure, Tenures};

/// A status that meets every requirement, its last event on the given day.
fn status(on: &str, last_event: &str) -> MonitoringStatus {
    MonitoringStatus {
        system: InformationSystemId(1),
        on: day(on),
        level_approved: true,
        plan_deployed: true,
        monitored_by: Monitor::ProvincialSoc,
        last_event: Some(day(last_event)),
        assessment_valid_until: Some(day("2031-12-31")),
        evidence: None,
        note: None,
        late: Late::default(),
    }
}

fn system(tenures: Tenures) -> InformationSystem {
    InformationSystem {
        code: code("HT-1"),
        name: name("Cổng dịch vụ công"),
        level: Some(3),
        level_basis: Some(LevelBasis::Decree331Of2026),
        tenures,
        told: ToldHolders::default(),
    }
}

/// The contribution of a system when nothing is to come any more.
fn contribution(catalogue: &Catalogue, system: &InformationSystem, statuses: &[MonitoringStatus]) -> Cells {
    information_systems::contribution(catalogue, system, statuses, long_after())
}

/// A system of the department since 2026 began, with these statuses.
fn department_system(catalogue: &Catalogue, statuses: &[MonitoringStatus]) -> Cells {
    contribution(catalogue, &system(Tenures::since(DEPARTMENT, day("2026-01-01"))), statuses)
}

/// The catalogue with another rule for CT6.
fn with_rule(rule: MonitoringRule) -> Catalogue {
    let mut catalogue = catalogue();
    change(&mut catalogue, CT6, |old| {
        old.redefined(|found| found.source = Source::MonitoringStatuses { rule, reported_by: ReportedBy::Roll })
    });
    catalogue
}

fn months(cells: &Cells, calendar: CalendarId) -> Vec<(AgencyId, String, (i64, i64, i64))> {
    cells_of(cells, CT6, calendar)
}

#[test]
fn a_system_counts_from_its_first_months_end_and_is_met_while_the_last_event_is_recent() {
    let cells = department_system(&catalogue(), &[status("2026-01-20", "2026-01-15")]);
    // nd09: no status on 14/01; the event is exactly 30 days back on 14/02 and 58 on 14/03.
    let expected = [("2026-01", (0, 1, 1)), ("2026-02", (1, 0, 0)), ("2026-03", (-1, 0, 0))];
    assert_eq!(months(&cells, ND09), expected.map(|(at, cell)| (DEPARTMENT, at.to_owned(), cell)));
    // civil: 16 days back on 31/01, 44 on 28/02.
    let expected = [("2026-01", (1, 1, 1)), ("2026-02", (-1, 0, 0))];
    assert_eq!(months(&cells, CIVIL), expected.map(|(at, cell)| (DEPARTMENT, at.to_owned(), cell)));
}

#[test]
fn an_event_30_days_back_is_recent_and_one_31_days_back_is_not() {
    let catalogue = catalogue();
    let at_end_of_february = |event| {
        let cells = department_system(&catalogue, &[status("2026-01-20", event)]);
        figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), "2026-02")
    };
    assert_eq!(at_end_of_february("2026-01-15"), (1, 1));
    assert_eq!(at_end_of_february("2026-01-14"), (0, 1));
}

#[test]
fn the_number_of_days_is_the_administrators() {
    let at_end_of_february = |days| {
        let catalogue = with_rule(MonitoringRule { last_event_within_days: days, ..monitoring_rule() });
        let cells = department_system(&catalogue, &[status("2026-01-20", "2026-01-07")]);
        figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), "2026-02")
    };
    assert_eq!(at_end_of_february(Some(37)), (0, 1));
    assert_eq!(at_end_of_february(Some(38)), (1, 1));
    assert_eq!(at_end_of_february(None), (1, 1));
    assert_eq!(at_end_of_february(Some(u16::MAX)), (1, 1));
}

#[test]
fn each_missing_fact_alone_is_named_and_fails_the_rule() {
    let good = || status("2026-02-01", "2026-02-01");
    let faults = [
        (MonitoringStatus { level_approved: false, ..good() }, Requirement::LevelApproved),
        (MonitoringStatus { plan_deployed: false, ..good() }, Requirement::PlanDeployed),
        (MonitoringStatus { monitored_by: Monitor::Nobody, ..good() }, Requirement::Monitored),
        (MonitoringStatus { assessment_valid_until: None, ..good() }, Requirement::AssessmentValid),
        (MonitoringStatus { assessment_valid_until: Some(day("2026-02-13")), ..good() }, Requirement::AssessmentValid),
        (MonitoringStatus { last_event: None, ..good() }, Requirement::LastEventRecent),
    ];
    let close = day("2026-02-14");
    assert_eq!(monitoring_rule().unmet(&good(), close), []);
    for (fault, requirement) in faults {
        assert_eq!(monitoring_rule().unmet(&fault, close), [requirement]);
        let catalogue = catalogue();
        let cells = department_system(&catalogue, &[fault]);
        assert_eq!(figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), "2026-02"), (0, 1), "{requirement}");
    }
    let last_day = MonitoringStatus { assessment_valid_until: Some(close), ..good() };
    assert_eq!(monitoring_rule().unmet(&last_day, close), [], "an assessment holds on its last day");
    for monitor in [Monitor::Own, Monitor::ProvincialSoc, Monitor::HiredService] {
        assert_eq!(monitoring_rule().unmet(&MonitoringStatus { monitored_by: monitor, ..good() }, close), []);
    }
}

#[test]
fn a_requirement_the_rule_does_not_name_is_not_asked() {
    let nothing = MonitoringStatus {
        level_approved: false,
        plan_deployed: false,
        monitored_by: Monitor::Nobody,
        last_event: None,
        assessment_valid_until: None,
        ..status("2026-02-01", "2026-02-01")
    };
    let no_rule = MonitoringRule {
        level_approved: false,
        plan_deployed: false,
        monitored: false,
        assessment_valid: false,
        last_event_within_days: None,
    };
    let close = day("2026-02-14");
    assert_eq!(monitoring_rule().unmet(&nothing, close), Requirement::ALL);
    assert_eq!(no_rule.unmet(&nothing, close), []);
    for (rule, requirement) in [
        (MonitoringRule { level_approved: true, ..no_rule.clone() }, Requirement::LevelApproved),
        (MonitoringRule { plan_deployed: true, ..no_rule.clone() }, Requirement::PlanDeployed),
        (MonitoringRule { monitored: true, ..no_rule.clone() }, Requirement::Monitored),
        (MonitoringRule { assessment_valid: true, ..no_rule.clone() }, Requirement::AssessmentValid),
        (MonitoringRule { last_event_within_days: Some(30), ..no_rule.clone() }, Requirement::LastEventRecent),
    ] {
        assert_eq!(rule.unmet(&nothing, close), [requirement]);
    }
}

#[test]
fn without_any_status_even_the_emptiest_rule_is_not_met() {
    let catalogue = with_rule(MonitoringRule {
        level_approved: false,
        plan_deployed: false,
        monitored: false,
        assessment_valid: false,
        last_event_within_days: None,
    });
    let cells = department_system(&catalogue, &[]);
    assert_eq!(figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), "2026-02"), (0, 1));
}

#[test]
fn a_later_status_replaces_an_earlier_one_in_whatever_order_they_come() {
    let catalogue = catalogue();
    let good = status("2026-02-01", "2026-02-01");
    let worse = MonitoringStatus { monitored_by: Monitor::Nobody, ..status("2026-02-10", "2026-02-10") };
    let better = status("2026-02-14", "2026-02-14");
    let at = |statuses: &[MonitoringStatus]| {
        figure(&catalogue, &department_system(&catalogue, statuses), (CT6, DEPARTMENT, ND09), "2026-02")
    };
    assert_eq!(at(std::slice::from_ref(&good)), (1, 1));
    assert_eq!(at(&[good.clone(), worse.clone()]), (0, 1));
    assert_eq!(at(&[worse.clone(), good.clone()]), (0, 1));
    assert_eq!(at(&[better, worse, good]), (1, 1), "a status of the closing day still counts");
}

#[test]
fn a_status_after_the_close_does_not_count_in_the_month_closed() {
    let catalogue = catalogue();
    let cells = department_system(&catalogue, &[status("2026-02-15", "2026-02-15")]);
    let at = |text| figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), text);
    assert_eq!(at("2026-02"), (0, 1));
    assert_eq!(at("2026-03"), (1, 1));
}

#[test]
fn a_quarter_and_a_year_show_the_state_at_their_end() {
    let catalogue = catalogue();
    let cells = department_system(&catalogue, &[status("2026-03-01", "2026-03-01")]);
    let at = |text| figure(&catalogue, &cells, (CT6, PROVINCE, ND09), text);
    assert_eq!(at("2026-Q1"), (1, 1));
    assert_eq!(at("2026-H1"), (0, 1), "no event since March");
    assert_eq!(at("2026"), (0, 1));
}

#[test]
fn a_retired_system_leaves_the_denominator_at_the_first_close_without_it() {
    let catalogue = catalogue();
    let stay = |to| vec![Tenure { agency: DEPARTMENT, from: day("2026-01-01"), to: Some(day(to)) }];
    let at_end_of_march = |to| {
        let system = system(Tenures::parse("", stay(to)).unwrap());
        let cells = contribution(&catalogue, &system, &[status("2026-03-01", "2026-03-01")]);
        figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), "2026-03")
    };
    assert_eq!(at_end_of_march("2026-03-14"), (1, 1));
    assert_eq!(at_end_of_march("2026-03-13"), (0, 0));
}

#[test]
fn a_retired_system_gives_back_exactly_what_it_had_counted() {
    let catalogue = catalogue();
    let stay = vec![Tenure { agency: DEPARTMENT, from: day("2026-01-01"), to: Some(day("2026-03-13")) }];
    let statuses = [status("2026-02-14", "2026-02-14")];
    let cells = contribution(&catalogue, &system(Tenures::parse("", stay).unwrap()), &statuses);
    let expected = [("2026-01", (0, 1, 1)), ("2026-02", (1, 0, 0)), ("2026-03", (-1, -1, 0))];
    assert_eq!(months(&cells, ND09), expected.map(|(at, cell)| (DEPARTMENT, at.to_owned(), cell)));
}

#[test]
fn a_system_handed_over_takes_its_status_along() {
    let catalogue = catalogue();
    let tenures = Tenures::since(DEPARTMENT, day("2026-01-01")).transferred("", WARD, day("2026-03-15")).unwrap();
    let cells = contribution(&catalogue, &system(tenures), &[status("2026-03-14", "2026-03-14")]);
    let at = |agency, text| figure(&catalogue, &cells, (CT6, agency, ND09), text);
    assert_eq!((at(DEPARTMENT, "2026-03"), at(WARD, "2026-03")), ((1, 1), (0, 0)));
    assert_eq!((at(DEPARTMENT, "2026-04"), at(WARD, "2026-04")), ((0, 0), (0, 1)), "31 days on 14/04");
    assert_eq!(at(PROVINCE, "2026-04"), (0, 1));
}

#[test]
fn a_system_older_than_the_phase_is_counted_anew_in_it() {
    let catalogue = catalogue();
    let system = system(Tenures::since(DEPARTMENT, day("2020-05-05")));
    let cells = contribution(&catalogue, &system, &[]);
    let expected = [("2023-01", (0, 1, 1)), ("2026-01", (0, 1, 1))];
    assert_eq!(months(&cells, ND09), expected.map(|(at, cell)| (DEPARTMENT, at.to_owned(), cell)));
    assert_eq!(figure(&catalogue, &cells, (CT6, DEPARTMENT, ND09), "2030"), (0, 1));
}

#[test]
fn an_event_cannot_follow_the_status_that_records_it() {
    assert_eq!(status("2026-02-14", "2026-02-14").check(), Ok(()));
    assert_eq!(MonitoringStatus { last_event: None, ..status("2026-02-14", "2026-02-14") }.check(), Ok(()));
    let outcome = status("2026-02-14", "2026-02-15").check();
    assert_eq!(refusal(outcome), ("/last_event".into(), "event_after_status"));
}

#[test]
fn a_level_is_1_to_5_and_comes_with_its_decree() {
    let with = |level, level_basis| {
        InformationSystem { level, level_basis, ..system(Tenures::since(DEPARTMENT, day("2026-01-01"))) }.check()
    };
    let decree = Some(LevelBasis::Decree85Of2016);
    assert_eq!(with(None, None), Ok(()));
    for level in 1..=5 {
        assert_eq!(with(Some(level), decree), Ok(()));
    }
    for level in [0, 6, 255] {
        assert_eq!(refusal(with(Some(level), decree)), ("/level".into(), "invalid_level"));
    }
    assert_eq!(refusal(with(Some(3), None)), ("/level_basis".into(), "level_without_basis"));
    assert_eq!(refusal(with(None, decree)), ("/level_basis".into(), "level_without_basis"));
}
