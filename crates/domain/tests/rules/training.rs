//! CT7: distinct people trained in the phase, over the dated roll.

use crate::support::*;
use chrono::Days;
use proptest::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::calendars::Calendar;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::record_kinds::{CourseKind, Direction, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{ReportedBy, Source};
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::ToldHolders;
use thidua_domain::figure::Verdict;
use thidua_domain::id::{AgencyId, CalendarId};
use thidua_domain::records::staff;
use thidua_domain::records::staff::{Staff, Training};
use thidua_domain::records::standings::BeforeAfter;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::time::Period;

fn staff(tenures: Tenures) -> Staff {
    Staff { code: code("NV-0042"), kind: StaffKind::CivilServant, tenures, told: ToldHolders::default() }
}

fn attended(on: &str) -> Training {
    training(training_record(day(on), TrainingResult::Attended))
}

fn training(record: TrainingRecord) -> Training {
    Training { record, course_kind: CourseKind::BasicDigitalSkills }
}

/// The contribution of a person when nothing is to come any more.
fn contribution(catalogue: &Catalogue, person: &Staff, trainings: &[Training]) -> Cells {
    staff::contribution(catalogue, person, trainings, long_after())
}

fn contribution_difference(catalogue: &Catalogue, person: &Staff, trainings: BeforeAfter<&[Training]>) -> Cells {
    staff::contribution_difference(catalogue, person, trainings, long_after())
}

/// Contribution of somebody at the department since 2026 began.
fn of_department(trainings: &[Training]) -> Cells {
    contribution(&catalogue(), &staff(Tenures::since(DEPARTMENT, day("2026-01-01"))), trainings)
}

fn at(cells: &Cells, agency: AgencyId, text: &str) -> (i64, i64) {
    figure(&catalogue(), cells, (CT7, agency, ND09), text)
}

fn nd09(cells: &Cells) -> Vec<(AgencyId, String, (i64, i64, i64))> {
    cells_of(cells, CT7, ND09)
}

fn rows<const N: usize>(rows: [(AgencyId, &str, (i64, i64, i64)); N]) -> [(AgencyId, String, (i64, i64, i64)); N] {
    rows.map(|(agency, at, cell)| (agency, at.to_owned(), cell))
}

#[test]
fn three_attendances_make_one_person_trained() {
    let cells = of_department(&[attended("2026-02-14"), attended("2026-02-20"), attended("2027-05-05")]);
    assert_eq!(nd09(&cells), rows([(DEPARTMENT, "2026-01", (0, 1, 1)), (DEPARTMENT, "2026-02", (1, 0, 0))]));
    assert_eq!(at(&cells, DEPARTMENT, "2030"), (1, 1));
}

#[test]
fn people_are_added_and_the_shortfall_is_the_people_still_to_train() {
    let trained = of_department(&[attended("2026-02-01")]);
    let untrained = of_department(&[]);
    let cells = sum([&trained, &trained, &untrained, &untrained, &untrained]);
    let answer = ask(&catalogue(), &cells, (CT7, DEPARTMENT, ND09), "2026-Q1");
    assert_eq!((answer.figure.numerator, answer.figure.denominator), (2, 5));
    assert_eq!((answer.verdict, answer.shortfall), (Verdict::NotMet, Some(3)));
}

#[test]
fn training_on_the_14th_counts_in_the_month_and_on_the_15th_in_the_next() {
    let on_14th = of_department(&[attended("2026-02-14")]);
    assert_eq!((at(&on_14th, DEPARTMENT, "2026-01"), at(&on_14th, DEPARTMENT, "2026-02")), ((0, 1), (1, 1)));
    let on_15th = of_department(&[attended("2026-02-15")]);
    assert_eq!((at(&on_15th, DEPARTMENT, "2026-02"), at(&on_15th, DEPARTMENT, "2026-03")), ((0, 1), (1, 1)));
}

#[test]
fn a_trained_person_who_moves_is_a_trained_person_there() {
    let tenures = Tenures::since(DEPARTMENT, day("2026-01-01")).transferred("", WARD, day("2026-02-15")).unwrap();
    let cells = contribution(&catalogue(), &staff(tenures), &[attended("2026-01-10")]);
    let expected =
        [(DEPARTMENT, "2026-01", (1, 1, 1)), (DEPARTMENT, "2026-03", (-1, -1, 0)), (WARD, "2026-03", (1, 1, 1))];
    assert_eq!(nd09(&cells), rows(expected));
    assert_eq!((at(&cells, DEPARTMENT, "2026-02"), at(&cells, WARD, "2026-02")), ((1, 1), (0, 0)));
    assert_eq!((at(&cells, DEPARTMENT, "2026-03"), at(&cells, WARD, "2026-03")), ((0, 0), (1, 1)));
    for text in ["2026-01", "2026-02", "2026-03", "2026", "2030"] {
        assert_eq!(at(&cells, PROVINCE, text), (1, 1), "one person in the province in {text}");
    }
}

#[test]
fn a_move_on_the_14th_belongs_to_the_month_and_on_the_15th_to_the_next() {
    let ward_in_february = |on| {
        let tenures = Tenures::since(DEPARTMENT, day("2026-01-01")).transferred("", WARD, day(on)).unwrap();
        at(&contribution(&catalogue(), &staff(tenures), &[]), WARD, "2026-02")
    };
    assert_eq!(ward_in_february("2026-02-14"), (0, 1));
    assert_eq!(ward_in_february("2026-02-15"), (0, 0));
}

#[test]
fn somebody_who_leaves_is_on_the_roll_through_their_last_day() {
    let at_end_of_february = |last_day| {
        let tenures = Tenures::since(DEPARTMENT, day("2026-01-01")).ended("", day(last_day)).unwrap();
        at(&contribution(&catalogue(), &staff(tenures), &[attended("2026-01-10")]), DEPARTMENT, "2026-02")
    };
    assert_eq!(at_end_of_february("2026-02-13"), (0, 0));
    assert_eq!(at_end_of_february("2026-02-14"), (1, 1));
    assert_eq!(at_end_of_february("2026-02-15"), (1, 1));
}

#[test]
fn somebody_who_starts_is_on_the_roll_from_their_first_day() {
    let at_end_of_february = |first_day| {
        let cells = contribution(&catalogue(), &staff(Tenures::since(DEPARTMENT, day(first_day))), &[]);
        let answer = ask(&catalogue(), &cells, (CT7, DEPARTMENT, ND09), "2026-02");
        (answer.figure.denominator, answer.verdict)
    };
    assert_eq!(at_end_of_february("2026-02-14"), (1, Verdict::NotMet));
    assert_eq!(at_end_of_february("2026-02-15"), (0, Verdict::Missing));
}

#[test]
fn somebody_who_comes_back_is_counted_again_and_still_trained() {
    let stay = |from, to: Option<&str>| Tenure { agency: DEPARTMENT, from: day(from), to: to.map(day) };
    let stays = vec![stay("2026-01-01", Some("2026-01-31")), stay("2026-04-01", None)];
    let cells = contribution(&catalogue(), &staff(Tenures::parse("", stays).unwrap()), &[attended("2026-01-10")]);
    let expected =
        [(DEPARTMENT, "2026-01", (1, 1, 1)), (DEPARTMENT, "2026-02", (-1, -1, 0)), (DEPARTMENT, "2026-04", (1, 1, 1))];
    assert_eq!(nd09(&cells), rows(expected));
    assert_eq!(at(&cells, DEPARTMENT, "2026-Q1"), (0, 0));
}

#[test]
fn an_agency_everybody_has_left_is_not_applicable_rather_than_missing() {
    let tenures = Tenures::since(DEPARTMENT, day("2026-01-01")).ended("", day("2026-02-13")).unwrap();
    let cells = contribution(&catalogue(), &staff(tenures), &[]);
    let answer = ask(&catalogue(), &cells, (CT7, DEPARTMENT, ND09), "2026-03");
    assert_eq!((answer.verdict, answer.percent), (Verdict::NotApplicable, None));
}

#[test]
fn training_before_the_phase_does_not_count_in_it() {
    let since_2020 = |trained| {
        contribution(&catalogue(), &staff(Tenures::since(DEPARTMENT, day("2020-01-01"))), &[attended(trained)])
    };
    let ask_at = |cells: &Cells, calendar, text| figure(&catalogue(), cells, (CT7, DEPARTMENT, calendar), text);
    let before_all = since_2020("2022-12-14");
    assert_eq!((ask_at(&before_all, ND09, "2023"), ask_at(&before_all, ND09, "2026")), ((0, 1), (0, 1)));
    let first_day = since_2020("2022-12-15");
    assert_eq!(ask_at(&first_day, ND09, "2023-01"), (1, 1), "nd09 opens 2023 on 15/12/2022");
    assert_eq!(ask_at(&first_day, CIVIL, "2023-01"), (0, 1), "the civil year opens on 01/01");
    let last_of_phase_i = since_2020("2025-12-14");
    assert_eq!((ask_at(&last_of_phase_i, ND09, "2025"), ask_at(&last_of_phase_i, ND09, "2026")), ((1, 1), (0, 1)));
    let between = since_2020("2025-12-15");
    assert_eq!((ask_at(&between, ND09, "2025"), ask_at(&between, ND09, "2026")), ((0, 1), (1, 1)));
    assert_eq!((ask_at(&between, CIVIL, "2025"), ask_at(&between, CIVIL, "2026")), ((1, 1), (0, 1)));
}

#[test]
fn a_new_phase_starts_from_nobody_trained() {
    let tenures = Tenures::since(DEPARTMENT, day("2020-01-01"));
    let cells = contribution(&catalogue(), &staff(tenures), &[attended("2024-05-05"), attended("2026-05-05")]);
    let expected = [
        (DEPARTMENT, "2023-01", (0, 1, 1)),
        (DEPARTMENT, "2024-05", (1, 0, 0)),
        (DEPARTMENT, "2026-01", (0, 1, 1)),
        (DEPARTMENT, "2026-05", (1, 0, 0)),
    ];
    assert_eq!(nd09(&cells), rows(expected));
    let answers = ["2023", "2024", "2025-12", "2026-01", "2026-04", "2026-05"].map(|text| at(&cells, DEPARTMENT, text));
    assert_eq!(answers, [(0, 1), (1, 1), (1, 1), (0, 1), (0, 1), (1, 1)]);
}

#[test]
fn only_results_and_course_kinds_the_indicator_names_count() {
    let outcome = |result, course_kind| {
        let mut catalogue = catalogue();
        change(&mut catalogue, CT7, |old| {
            old.redefined(|found| {
                found.source = Source::TrainingRecords {
                    results: vec![TrainingResult::Completed],
                    course_kinds: vec![CourseKind::BasicDigitalSkills, CourseKind::Ai],
                    confirmed_only: false,
                    staff_kinds: Vec::new(),
                    reported_by: ReportedBy::Roll,
                }
            })
        });
        let training = Training { record: training_record(day("2026-01-10"), result), course_kind };
        let person = staff(Tenures::since(DEPARTMENT, day("2026-01-01")));
        figure(&catalogue, &contribution(&catalogue, &person, &[training]), (CT7, DEPARTMENT, ND09), "2026-01")
    };
    assert_eq!(outcome(TrainingResult::Completed, CourseKind::BasicDigitalSkills), (1, 1));
    assert_eq!(outcome(TrainingResult::Completed, CourseKind::Ai), (1, 1));
    assert_eq!(outcome(TrainingResult::Completed, CourseKind::Awareness), (0, 1));
    assert_eq!(outcome(TrainingResult::Attended, CourseKind::Ai), (0, 1));
    assert_eq!(outcome(TrainingResult::Failed, CourseKind::Ai), (0, 1));
}

#[test]
fn people_of_kinds_the_indicator_does_not_name_are_in_neither_part() {
    let counted = |staff_kinds: &[StaffKind], kind| {
        let mut catalogue = catalogue();
        let name_kinds = |found: &mut Definition| {
            if let Source::TrainingRecords { staff_kinds: named, .. } = &mut found.source {
                *named = staff_kinds.to_vec();
            }
        };
        change(&mut catalogue, CT7, |old| old.redefined(name_kinds));
        let person = Staff { kind, ..staff(Tenures::since(DEPARTMENT, day("2026-01-01"))) };
        let trained = [attended("2026-01-10")];
        let none: &[Training] = &[];
        let whole = contribution(&catalogue, &person, &trained);
        // The difference by a training is the person's contribution with it less that without.
        let added = contribution_difference(&catalogue, &person, BeforeAfter { before: none, after: &trained[..] });
        assert_eq!(added, whole.clone().less(&contribution(&catalogue, &person, none)));
        figure(&catalogue, &whole, (CT7, DEPARTMENT, ND09), "2026-01")
    };
    let named = [StaffKind::Cadre, StaffKind::CivilServant, StaffKind::PublicEmployee];
    for kind in StaffKind::ALL {
        let expected = if named.contains(kind) { (1, 1) } else { (0, 0) };
        assert_eq!((counted(&named, *kind), counted(&[], *kind)), (expected, (1, 1)), "{kind}");
    }
}

#[test]
fn rules_written_before_kinds_and_directions_are_read_and_written_as_they_were() {
    for text in [
        r#"{"kind":"training_records","results":["completed"],"course_kinds":[],"confirmed_only":true}"#,
        r#"{"kind":"document_exchanges","numerator":"electronic"}"#,
    ] {
        let source: Source = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&source).unwrap(), text);
        assert!(
            StaffKind::ALL.iter().all(|kind| source.counts_staff(*kind))
                != source.counts_direction(Direction::Incoming)
        );
    }
}

#[test]
fn with_no_course_kind_named_every_kind_counts() {
    for course_kind in CourseKind::ALL {
        let training = Training { course_kind: *course_kind, ..attended("2026-01-10") };
        assert_eq!(at(&of_department(&[training]), DEPARTMENT, "2026-01"), (1, 1), "{course_kind}");
    }
}

#[test]
fn confirmed_people_count_from_the_day_of_confirmation() {
    let mut catalogue = catalogue();
    change(&mut catalogue, CT7, |old| {
        old.redefined(|found| {
            found.source = Source::TrainingRecords {
                results: TrainingResult::ALL.to_vec(),
                course_kinds: Vec::new(),
                confirmed_only: true,
                staff_kinds: Vec::new(),
                reported_by: ReportedBy::Roll,
            }
        })
    });
    let person = staff(Tenures::since(DEPARTMENT, day("2020-01-01")));
    let answers = |confirmed_on: Option<&str>| {
        let record = training_record(day("2025-11-01"), TrainingResult::Completed);
        let record = TrainingRecord { confirmed_on: confirmed_on.map(day), ..record };
        let cells = contribution(&catalogue, &person, &[training(record)]);
        ["2025", "2026-01", "2026-02"].map(|text| figure(&catalogue, &cells, (CT7, DEPARTMENT, ND09), text))
    };
    assert_eq!(answers(None), [(0, 1), (0, 1), (0, 1)]);
    assert_eq!(answers(Some("2026-01-15")), [(0, 1), (0, 1), (1, 1)]);
    assert_eq!(answers(Some("2025-12-14")), [(1, 1), (0, 1), (0, 1)]);
}

#[test]
fn skills_cannot_be_confirmed_before_the_training() {
    let confirmed = |on: Option<&str>| {
        let record = training_record(day("2026-05-05"), TrainingResult::Completed);
        TrainingRecord { confirmed_on: on.map(day), ..record }.check()
    };
    assert_eq!((confirmed(None), confirmed(Some("2026-05-05"))), (Ok(()), Ok(())));
    assert_eq!(refusal(confirmed(Some("2026-05-04"))), ("/confirmed_on".into(), "confirmed_before_training"));
}

/// A person as plain data: stays as (agency, first day, last day), and days of training.
type Person = (Vec<(AgencyId, Date, Date)>, Vec<Date>);

fn any_person() -> impl Strategy<Value = Person> {
    let agencies = prop::sample::select(vec![DEPARTMENT, DIVISION, WARD]);
    let stay = (agencies, 1..400u64, 0..900u64);
    let stays = (any_day(), prop::collection::vec(stay, 1..4)).prop_map(|(start, stays)| {
        let mut from = start;
        let mut laid = Vec::new();
        for (agency, gap, length) in stays {
            let to = from + Days::new(length);
            laid.push((agency, from, to));
            from = to + Days::new(gap);
        }
        laid
    });
    (stays, prop::collection::vec(any_day(), 0..3))
}

/// Counts people directly: on the agency's roll on the window's last day, and trained between the phase's first day
/// and then.
fn count(people: &[Person], agency: AgencyId, phase_start: Date, close: Date) -> (i64, i64) {
    let on_roll = people
        .iter()
        .filter(|(stays, _)| stays.iter().any(|(there, from, to)| *there == agency && *from <= close && close <= *to));
    let trained = |trainings: &[Date]| trainings.iter().any(|on| phase_start <= *on && *on <= close);
    on_roll.fold((0, 0), |(numerator, denominator), (_, trainings)| {
        (numerator + i64::from(trained(trainings)), denominator + 1)
    })
}

fn tenures_of(stays: &[(AgencyId, Date, Date)]) -> Tenures {
    let stays = stays.iter().map(|(agency, from, to)| Tenure { agency: *agency, from: *from, to: Some(*to) });
    Tenures::parse("", stays.collect()).unwrap()
}

fn any_trainings() -> impl Strategy<Value = Vec<Training>> {
    let any = (any_day(), prop::sample::select(TrainingResult::ALL));
    prop::collection::vec(any.prop_map(|(on, result)| training(training_record(on, result))), 0..4)
}

fn phase_start(calendar: &Calendar, year: i32) -> Date {
    let first_year = if year <= 2025 { 2023 } else { 2026 };
    calendar.window(Period::Year(first_year)).from
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_figure_is_a_count_of_people_at_the_windows_end(
        people in prop::collection::vec(any_person(), 1..5),
        periods in prop::collection::vec(any_period(2023..=2030), 12),
    ) {
        let catalogue = catalogue();
        let mut cells = Cells::default();
        for (stays, trainings) in &people {
            let trainings: Vec<_> = trainings.iter().map(|on| attended(&on.to_string())).collect();
            cells.add_all(&contribution(&catalogue, &staff(tenures_of(stays)), &trainings));
        }
        for calendar in [ND09, CIVIL] {
            let dates = &catalogue.calendars[&calendar];
            for at in &periods {
                let counted = |agency| count(&people, agency, phase_start(dates, at.year()), dates.window(*at).to);
                let answered = |agency, calendar: CalendarId| {
                    let answer = ask(&catalogue, &cells, (CT7, agency, calendar), &at.to_string());
                    (answer.own.numerator, answer.own.denominator)
                };
                for agency in [DEPARTMENT, DIVISION, WARD] {
                    prop_assert_eq!(answered(agency, calendar), counted(agency), "{} in {}", agency, at);
                }
            }
        }
    }

    #[test]
    fn a_difference_of_contributions_is_that_of_the_whole_ones(
        (stays, _) in any_person(),
        [kept, old, new] in [any_trainings(), any_trainings(), any_trainings()],
    ) {
        let (catalogue, person) = (catalogue(), staff(tenures_of(&stays)));
        let before = [kept.clone(), old].concat();
        let after = [kept, new].concat();
        let whole = contribution(&catalogue, &person, &after).less(&contribution(&catalogue, &person, &before));
        let trainings = BeforeAfter { before: before.as_slice(), after: after.as_slice() };
        prop_assert_eq!(contribution_difference(&catalogue, &person, trainings), whole);
    }
}
