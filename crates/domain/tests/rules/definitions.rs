//! Definitions have time: a month decides which version it is counted by.

use crate::support::*;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::record_kinds::{CourseKind, Direction, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::{Dated, Roll, ToldHolders};
use thidua_domain::closing::locks::Lock;
use thidua_domain::fraction::Count;
use thidua_domain::id::{AgencyId, CalendarId};
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::staff::{Staff, Training};
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::records::{document_exchanges, observations, staff};
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::time::{Moment, Month, Period};

fn confirmed(only: bool) -> impl Fn(&mut Definition) {
    move |definition| {
        if let Source::TrainingRecords { confirmed_only, .. } = &mut definition.source {
            *confirmed_only = only;
        }
    }
}

/// Number and first month of each version.
fn versions(indicator: &Indicator) -> Vec<(i64, String)> {
    let from = |definition: &Definition| definition.holds_from.map_or("-".to_owned(), |month| month.to_string());
    indicator.definitions.all().map(|definition| (definition.version, from(definition))).collect()
}

fn listed(expected: &[(i64, &str)]) -> Vec<(i64, String)> {
    expected.iter().map(|(version, from)| (*version, (*from).to_owned())).collect()
}

fn ct7() -> Indicator {
    catalogue().indicators.remove(&CT7).unwrap()
}

#[test]
fn a_version_holds_from_its_month_until_the_next_one_does() {
    let unit = |text: &'static str| move |definition: &mut Definition| definition.unit = name(text);
    let indicator = ct7().redefined_from("2026-01", unit("a")).redefined_from("2026-07", unit("b"));
    assert_eq!(versions(&indicator), listed(&[(1, "-"), (2, "2026-01"), (3, "2026-07")]));
    for (at, version) in
        [("2000-01", 1), ("2025-12", 1), ("2026-01", 2), ("2026-06", 2), ("2026-07", 3), ("2199-12", 3)]
    {
        assert_eq!(indicator.definition_in(month(at)).version, version, "{at}");
    }
    // The same month again edits the version; an earlier one has later ones give way.
    assert_eq!(versions(&indicator.clone().redefined(unit("c"))), listed(&[(1, "-"), (2, "2026-01"), (4, "2026-07")]));
    assert_eq!(
        versions(&indicator.clone().redefined_from("2026-03", unit("c"))),
        listed(&[(1, "-"), (2, "2026-01"), (4, "2026-03")])
    );
    assert_eq!(versions(&indicator.clone().redefined_from("2025-01", unit("c"))), listed(&[(1, "-"), (4, "2025-01")]));
    // The first month of all is the beginning.
    assert_eq!(versions(&indicator.redefined_from("2000-01", unit("c"))), listed(&[(4, "-")]));
}

#[test]
fn a_version_that_says_what_the_one_before_it_does_is_taken_back_and_its_number_is_not_given_again() {
    let indicator = ct7().redefined_from("2026-01", confirmed(true));
    let back = indicator.clone().redefined(confirmed(false));
    assert_eq!(versions(&back), listed(&[(1, "-")]));
    assert_eq!(back.latest(), ct7().latest());
    let again = back.clone().redefined_from("2026-02", confirmed(true));
    assert_eq!(versions(&again), listed(&[(1, "-"), (3, "2026-02")]));
    // A version that begins at another month keeps its number, as its content is the same.
    assert_eq!(versions(&indicator.clone().redefined_from("2026-05", |_| ())), listed(&[(1, "-"), (2, "2026-05")]));
    assert_eq!(versions(&indicator.redefined_from("2025-05", |_| ())), listed(&[(1, "-"), (2, "2025-05")]));
    assert_eq!(ct7().redefined_from("2026-01", |_| ()), ct7());
    assert_eq!(ct7().redefined(confirmed(false)), ct7());
    // The number of a version that was taken back is read again from the logged row.
    let text = serde_json::to_string(&back).unwrap();
    assert_eq!(serde_json::from_str::<Indicator>(&text).unwrap(), back);
}

#[test]
fn a_row_of_a_single_definition_is_logged_as_before_there_were_versions() {
    let text = r#"{"code":"CT7","movement":1,"name_vi":"Tập huấn","name_en":null,"numerator_definition":"tử số","denominator_definition":"mẫu số","unit":"người","semantics":"stock","source":{"kind":"training_records","results":["attended","completed"],"course_kinds":[],"confirmed_only":false},"owner":2,"legal_basis":"2158/KH-UBND","weight":1,"agency_kinds":["so_nganh"],"valid_from":"2023-01-01","valid_to":null,"version":4}"#;
    let indicator: Indicator = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&indicator).unwrap(), text);
    assert_eq!(versions(&indicator), listed(&[(4, "-")]));
    let dated = indicator.redefined_from("2026-01", confirmed(true));
    assert_eq!(versions(&dated), listed(&[(4, "-"), (5, "2026-01")]));
    let text = serde_json::to_string(&dated).unwrap();
    assert!(text.contains(r#""version":5,"holds_from":"2026-01","earlier":[{"version":4,"movement":1,"#), "{text}");
    assert_eq!(serde_json::from_str::<Indicator>(&text).unwrap(), dated);
}

fn person(agency: AgencyId, from: &str) -> Staff {
    let tenures = Tenures::since(agency, day(from));
    Staff { code: code("NV-0042"), kind: StaffKind::CivilServant, tenures, told: ToldHolders::default() }
}

fn trained(on: &str, confirmed_on: Option<&str>) -> Training {
    let record = training_record(day(on), TrainingResult::Completed);
    let record = TrainingRecord { confirmed_on: confirmed_on.map(day), ..record };
    Training { record, course_kind: CourseKind::BasicDigitalSkills }
}

/// Cells by agency and month.
type Listed = Vec<(AgencyId, String, (i64, i64, i64))>;

/// CT7 of nd09 and of the civil calendar, with a change of the catalogue.
fn counted(person: &Staff, trainings: &[Training], redefine: impl FnOnce(Indicator) -> Indicator) -> [Listed; 2] {
    let mut catalogue = catalogue();
    change(&mut catalogue, CT7, redefine);
    let cells = staff::contribution(&catalogue, person, trainings, long_after());
    [ND09, CIVIL].map(|calendar| cells_of(&cells, CT7, calendar))
}

fn of_department(cells: &[(&str, (i64, i64, i64))]) -> Listed {
    cells.iter().map(|(month, cell)| (DEPARTMENT, (*month).to_owned(), *cell)).collect()
}

#[test]
fn the_first_month_of_a_stock_under_a_version_holds_the_difference_to_the_standing_under_the_one_before() {
    // Trained on 05/01, skills confirmed on 20/05, which nd09 counts in June.
    let trainings = [trained("2026-01-05", Some("2026-05-20"))];
    let [nd09, civil] = counted(&person(DEPARTMENT, "2020-01-01"), &trainings, |indicator| {
        indicator.redefined_from("2026-03", confirmed(true))
    });
    let first = [("2023-01", (0, 1, 1)), ("2026-01", (1, 1, 1)), ("2026-03", (-1, 0, 0))];
    assert_eq!(nd09, of_department(&[&first[..], &[("2026-06", (1, 0, 0))]].concat()));
    assert_eq!(civil, of_department(&[&first[..], &[("2026-05", (1, 0, 0))]].concat()));
}

#[test]
fn people_leave_and_join_with_the_version_that_counts_their_kind() {
    let kinds = |kinds: &'static [StaffKind]| {
        move |definition: &mut Definition| {
            if let Source::TrainingRecords { staff_kinds, .. } = &mut definition.source {
                *staff_kinds = kinds.to_vec();
            }
        }
    };
    let [nd09, _] = counted(&person(DEPARTMENT, "2026-01-01"), &[trained("2026-01-05", None)], |indicator| {
        let without = indicator.redefined_from("2026-03", kinds(&[StaffKind::Cadre]));
        without.redefined_from("2026-06", kinds(&[StaffKind::CivilServant]))
    });
    let expected = [("2026-01", (1, 1, 1)), ("2026-03", (-1, -1, 0)), ("2026-06", (1, 1, 1))];
    assert_eq!(nd09, of_department(&expected));
}

#[test]
fn a_version_that_begins_with_a_phase_leaves_the_phase_before_as_it_was() {
    let trainings = [trained("2025-03-05", None), trained("2026-02-05", None)];
    let person = person(DEPARTMENT, "2020-01-01");
    let [before, _] = counted(&person, &trainings, |indicator| indicator);
    let [after, _] = counted(&person, &trainings, |indicator| indicator.redefined_from("2026-01", confirmed(true)));
    let phase_one = [("2023-01", (0, 1, 1)), ("2025-03", (1, 0, 0))];
    assert_eq!(before, of_department(&[&phase_one[..], &[("2026-01", (0, 1, 1)), ("2026-02", (1, 0, 0))]].concat()));
    assert_eq!(after, of_department(&[&phase_one[..], &[("2026-01", (0, 1, 1))]].concat()));
}

fn documents(at: &str, direction: Direction, [electronic, signed]: [i64; 2]) -> DocumentExchange {
    DocumentExchange {
        agency: DEPARTMENT,
        calendar: ND09,
        month: month(at),
        direction,
        total: Count::stored(10),
        secret: Count::stored(0),
        electronic: Count::stored(electronic),
        signed: Count::stored(signed),
        paperless: Count::stored(0),
        failed: Count::stored(0),
    }
}

#[test]
fn a_flow_over_two_versions_counts_each_month_by_its_own_and_names_both() {
    let mut catalogue = catalogue();
    let signed = |definition: &mut Definition| {
        definition.source =
            Source::DocumentExchanges { numerator: DocumentMeasure::Signed, directions: vec![Direction::Outgoing] };
    };
    change(&mut catalogue, CT1, |indicator| indicator.redefined_from("2026-06", signed));
    let mut cells = Cells::default();
    for exchange in [
        documents("2026-05", Direction::Outgoing, [9, 3]),
        documents("2026-06", Direction::Outgoing, [8, 2]),
        documents("2026-06", Direction::Incoming, [7, 1]),
    ] {
        cells.add_all(&document_exchanges::contribution(&catalogue, &exchange));
    }
    let at = |text: &str| {
        let answer = ask(&catalogue, &cells, (CT1, DEPARTMENT, ND09), text);
        let months = (answer.completeness.expected_months, answer.completeness.reported_months);
        let figure = (answer.figure.numerator, answer.figure.denominator);
        (figure, answer.definition_version, answer.definition_versions, months)
    };
    assert_eq!(at("2026-05"), ((9, 10), 1, vec![1], (1, 0)), "one direction of two");
    assert_eq!(at("2026-06"), ((2, 10), 2, vec![2], (1, 1)), "the only direction");
    assert_eq!(at("2026-Q2"), ((11, 20), 2, vec![1, 2], (3, 1)));
    assert_eq!(at("2026-H2"), ((0, 0), 2, vec![2], (6, 0)));
}

#[test]
fn kinds_that_change_in_the_middle_of_a_year_are_expected_in_their_months() {
    let mut catalogue = catalogue();
    for id in [CT2, CT3] {
        change(&mut catalogue, id, |indicator| {
            let departments = indicator.redefined(|definition| definition.agency_kinds = vec![AgencyKind::Department]);
            let kinds = vec![AgencyKind::Commune, AgencyKind::Ward];
            departments.redefined_from("2026-07", |definition| definition.agency_kinds = kinds)
        });
    }
    let expected = |indicator, agency, text: &str| {
        let answer = ask(&catalogue, &Cells::default(), (indicator, agency, ND09), text);
        (answer.expected, answer.completeness.expected_months)
    };
    // Two departments until June, the commune and the ward from July on.
    assert_eq!(expected(CT3, PROVINCE, "2026-H1"), (2, 12));
    assert_eq!(expected(CT3, PROVINCE, "2026-H2"), (2, 12));
    assert_eq!(expected(CT3, PROVINCE, "2026"), (4, 24));
    assert_eq!(expected(CT3, DEPARTMENT, "2026-Q3"), (0, 0));
    assert_eq!(expected(CT3, COMMUNE, "2026"), (1, 6));
    // A state is expected from those named in the last month.
    assert_eq!(expected(CT2, PROVINCE, "2026-06"), (2, 2));
    assert_eq!(expected(CT2, PROVINCE, "2026"), (2, 2));
    assert_eq!(expected(CT2, DEPARTMENT, "2026"), (0, 0));
    assert_eq!(expected(CT2, COMMUNE, "2026"), (1, 1));
}

/// CT3 is declared until 2025, and computed from training from 2026 on.
fn declared_then_derived() -> Catalogue {
    let mut catalogue = catalogue();
    let trained = ct7().latest().source.clone();
    change(&mut catalogue, CT3, |indicator| {
        indicator.redefined_from("2026-01", |definition| {
            (definition.semantics, definition.source) = (Semantics::Stock, trained);
        })
    });
    catalogue
}

#[test]
fn semantics_and_kind_of_source_may_change_with_a_phase() {
    let catalogue = declared_then_derived();
    let mut cells = staff::contribution(
        &catalogue,
        &person(DEPARTMENT, "2020-01-01"),
        &[trained("2026-02-05", None)],
        long_after(),
    );
    for at in ["2025-11", "2025-12"] {
        cells.add_all(&observations::contribution(&observation((CT3, DEPARTMENT, ND09), at, 2, 5)));
    }
    let at = |text: &str| figure(&catalogue, &cells, (CT3, DEPARTMENT, ND09), text);
    assert_eq!(["2025-12", "2025", "2026-01", "2026-02", "2026"].map(at), [(2, 5), (4, 10), (0, 1), (1, 1), (1, 1)]);
}

#[test]
fn a_record_is_late_only_where_it_counts() {
    // The same sum is closed with and without an indicator that counts training in phase II.
    let late = |mut catalogue: Catalogue| {
        catalogue.indicators.retain(|id, _| *id == CT3);
        let locked_at = Moment::from_timestamp(1_785_000_000, 0).unwrap();
        let (agency, reason) = (PROVINCE, reference("Khóa"));
        let lock = |period| Lock { calendar: ND09, period, agency, reason: reason.clone(), locked_at };
        catalogue.locks.insert(901.into(), lock(Period::Year(2025)));
        catalogue.locks.insert(902.into(), lock(period("2026-Q1")));
        let catalogue = catalogue.indexed();
        let (stays, told) = (Tenures::since(DEPARTMENT, day("2020-01-01")), ToldHolders::default());
        let held = Roll { stays: &stays, told: &told };
        let now = Moment::from_timestamp(1_795_000_000, 0).unwrap();
        ["2025-03-05", "2026-01-05"].map(|on| {
            let late = catalogue.late(Dated::Training, day(on), held, None, now);
            late.all().iter().map(|late| format!("{}/{}", late.first, late.last)).collect::<Vec<_>>()
        })
    };
    assert_eq!(late(declared_then_derived()), [vec![], vec!["2026-01/2026-03".to_owned()]]);
    assert_eq!(late(catalogue()), [Vec::<String>::new(), vec![]]);
}

const DAYS: &[&str] =
    &["2022-06-01", "2025-11-20", "2025-12-15", "2026-01-14", "2026-01-31", "2026-03-10", "2026-05-20", "2026-09-30"];
const MONTHS: &[&str] = &["2025-06", "2026-01", "2026-02", "2026-04", "2026-09", "2027-01"];

/// Draft of a version: the month it holds from, the kind of people it counts, confirmed skills only, the kind of
/// course, and the condition for counting as reported.
type Drafted = (&'static str, Option<StaffKind>, bool, Option<CourseKind>, ReportedBy);

fn drafts() -> impl Strategy<Value = Vec<Drafted>> {
    let kind = prop::option::of(select(vec![StaffKind::CivilServant, StaffKind::Worker]));
    let course = prop::option::of(select(vec![CourseKind::BasicDigitalSkills, CourseKind::Ai]));
    prop::collection::vec((select(MONTHS), kind, any::<bool>(), course, select(ReportedBy::ALL)), 0..5)
}

fn trainings() -> impl Strategy<Value = Vec<(Date, Option<Date>, CourseKind)>> {
    let course = select(vec![CourseKind::BasicDigitalSkills, CourseKind::Ai, CourseKind::Awareness]);
    let day_of = || select(DAYS).prop_map(day);
    prop::collection::vec((day_of(), prop::option::of(day_of()), course), 0..4)
}

/// The drafts that remain in the end: later ones give way to one that begins before them, the same content again moves
/// the last one, and the content of the one before adds none.
fn standing(drafts: &[Drafted]) -> Vec<Drafted> {
    let alike = |one: &Drafted, other: &Drafted| (one.1, one.2, one.3, one.4) == (other.1, other.2, other.3, other.4);
    let mut standing: Vec<Drafted> = Vec::new();
    for draft in drafts {
        let again = standing.last().copied().filter(|last| alike(last, draft));
        standing.retain(|other| other.0 < draft.0 && again.is_none_or(|again| again.0 != other.0));
        if standing.last().is_none_or(|last| !alike(last, draft)) {
            standing.push(*draft);
        }
    }
    standing
}

proptest! {
    /// The running sum equals, at any month's end, the state of the person under the version of that month, looked at
    /// plainly.
    #[test]
    fn whatever_the_versions_a_stock_stands_at_every_months_end_as_its_version_says(
        drafts in drafts(),
        trainings in trainings(),
        from in select(DAYS).prop_map(day),
        moved in prop::option::of(select(DAYS).prop_map(day)),
    ) {
        let mut catalogue = catalogue();
        for (from, kind, confirmed_only, course, reported_by) in &drafts {
            let source = Source::TrainingRecords {
                results: vec![TrainingResult::Completed],
                course_kinds: course.iter().copied().collect(),
                confirmed_only: *confirmed_only,
                staff_kinds: kind.iter().copied().collect(),
                reported_by: *reported_by,
            };
            change(&mut catalogue, CT7, |indicator| indicator.redefined_from(from, |found| found.source = source));
        }
        let stays = match moved.filter(|moved| from < *moved) {
            None => vec![Tenure { agency: DEPARTMENT, from, to: None }],
            Some(moved) => vec![
                Tenure { agency: DEPARTMENT, from, to: moved.previous() },
                Tenure { agency: OTHER_DEPARTMENT, from: moved, to: None },
            ],
        };
        let person = Staff { tenures: Tenures::parse("", stays.clone()).unwrap(), ..person(DEPARTMENT, "2020-01-01") };
        let records: Vec<_> = trainings.iter().map(|(on, confirmed_on, course_kind)| {
            let record = training_record(*on, TrainingResult::Completed);
            Training { record: TrainingRecord { confirmed_on: *confirmed_on, ..record }, course_kind: *course_kind }
        }).collect();
        let cells = staff::contribution(&catalogue, &person, &records, long_after());

        let standing = standing(&drafts);
        // The agencies that had the person at the end of a month since the roll has sufficed, in the phase.
        let mut arrived: BTreeMap<CalendarId, BTreeSet<AgencyId>> = BTreeMap::new();
        for month in month("2023-01").through(month("2027-03")) {
            let rule = standing.iter().rev().find(|draft| self::month(draft.0) <= month);
            for calendar in [ND09, CIVIL] {
                let closes = &catalogue.calendars[&calendar];
                let (end, phase) = (closes.last_day(month), if month.year() < 2026 { 2023 } else { 2026 });
                let start = closes.month_window(Month::new(phase, 1).unwrap()).from;
                let holder = stays.iter().find(|stay| stay.from <= end && stay.to.is_none_or(|to| end <= to));
                let by_records = rule.is_some_and(|rule| rule.4 == ReportedBy::Records);
                let arrived = arrived.entry(calendar).or_default();
                if by_records || month == Month::new(phase, 1).unwrap() {
                    arrived.clear();
                }
                let counts = rule.is_none_or(|(_, kind, ..)| *kind != Some(StaffKind::Worker));
                let is_trained = trainings.iter().any(|(on, confirmed_on, course)| {
                    let day = if rule.is_some_and(|rule| rule.2) { *confirmed_on } else { Some(*on) };
                    rule.and_then(|rule| rule.3).is_none_or(|wanted| wanted == *course)
                        && day.is_some_and(|day| start <= day && day <= end)
                });
                // Somebody confirmed is recorded as well, at whatever time the training was.
                let is_recorded = is_trained || trainings.iter().any(|(on, _, course)| {
                    rule.and_then(|rule| rule.3).is_none_or(|wanted| wanted == *course) && start <= *on && *on <= end
                });
                if let Some(stay) = holder.filter(|_| counts && !by_records) {
                    arrived.insert(stay.agency);
                }
                for agency in [DEPARTMENT, OTHER_DEPARTMENT] {
                    let holds = counts && holder.is_some_and(|stay| stay.agency == agency);
                    let expected = if holds { (i64::from(is_trained), 1) } else { (0, 0) };
                    let question = (CT7, agency, calendar);
                    let found = ask(&catalogue, &cells, question, &month.to_string()).own;
                    prop_assert_eq!((found.numerator, found.denominator), expected, "{} {}", month, calendar);
                    let reported = if by_records { holds && is_recorded } else { arrived.contains(&agency) };
                    prop_assert_eq!(found.reported, reported, "{} {}", month, calendar);
                }
            }
        }
    }
}

#[test]
fn the_first_month_that_another_state_reaches_is_that_of_the_first_version_that_differs() {
    let unit = |text: &'static str| move |definition: &mut Definition| definition.unit = name(text);
    let indicator = ct7().redefined_from("2026-01", unit("a")).redefined_from("2026-07", unit("b"));
    let validity =
        |from: &str, to: Option<&str>| Indicator { valid_from: day(from), valid_to: to.map(day), ..indicator.clone() };
    for (other, first) in [
        (indicator.clone(), None),
        (Indicator { weight: 9, ..indicator.clone() }, None),
        (indicator.clone().redefined_from("2026-07", unit("c")), Some("2026-07")),
        (indicator.clone().redefined_from("2026-10", unit("b")), Some("2026-07")),
        (indicator.clone().redefined_from("2025-12", unit("c")), Some("2025-12")),
        (ct7(), Some("2026-01")),
        (validity("2023-01-01", Some("2026-05-31")), Some("2026-05")),
        (validity("2022-11-15", None), Some("2022-11")),
    ] {
        assert_eq!(indicator.first_difference(&other), first.map(month));
        assert_eq!(other.first_difference(&indicator), first.map(month), "either way");
    }
}
