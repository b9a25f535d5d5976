//! Comparison of declared figures with records, for the same agencies and months.

use crate::support::*;
use proptest::prelude::*;
use std::sync::Arc;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::StaffKind;
use thidua_domain::catalogue::sources::{ComparedWith, Semantics, Source};
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::ToldHolders;
use thidua_domain::figures::attainment::{Attainment, attain};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::comparison::Derived;
use thidua_domain::figures::question::Question;
use thidua_domain::figures::rehearsal::{Facts, FindingKind, FindingReason, Rehearsal, rehearse};
use thidua_domain::id::{AgencyId, CalendarId};
use thidua_domain::message::{Argument, Message};
use thidua_domain::records::head_counts::{HeadCounts, Member};
use thidua_domain::records::staff::Staff;
use thidua_domain::records::{observations, staff};
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::time::Period;

/// The catalogue with CT2 beside the people of some kinds on the roll.
fn beside(kinds: &[StaffKind]) -> Catalogue {
    let mut catalogue = catalogue();
    let source = Source::Declared { compared_with: Some(ComparedWith::PeopleOnRoll { staff_kinds: kinds.to_vec() }) };
    change(&mut catalogue, CT2, |old| old.redefined(|found| found.source = source));
    catalogue
}

fn member(kind: StaffKind, tenures: Tenures) -> Member {
    Member { kind, tenures, told: ToldHolders::default() }
}

fn since(agency: AgencyId, from: &str) -> Member {
    member(StaffKind::CivilServant, Tenures::since(agency, day(from)))
}

fn people(members: &[Member]) -> HeadCounts {
    let mut people = HeadCounts::default();
    members.iter().cloned().for_each(|member| people.add(member));
    people
}

/// Declared figures of CT2: agency, month, denominator.
fn declared(figures: &[(AgencyId, &str, i64)]) -> Cells {
    let of = |(agency, at, denominator): &(AgencyId, &str, i64)| {
        observations::contribution(&observation((CT2, *agency, ND09), at, 1, *denominator))
    };
    sum(figures.iter().map(of).collect::<Vec<_>>().iter())
}

fn with(cells: &Cells, members: &[Member]) -> CellBook {
    let mut book = book(cells);
    book.keep_people(Some(Arc::new(people(members))));
    book
}

fn answer(catalogue: &Catalogue, book: &CellBook, agency: AgencyId, at: &str) -> Attainment {
    let question = Question { indicator: CT2, agency, calendar: ND09, period: period(at), day: long_after() };
    attain(catalogue, book, question).unwrap()
}

fn derived(denominator: i64) -> Derived {
    Derived { numerator: None, denominator: Some(denominator) }
}

#[test]
fn the_roll_of_those_who_declared_stands_beside_what_they_declared() {
    let catalogue = beside(&[]);
    let members = [since(DEPARTMENT, "2026-01-01"), since(DEPARTMENT, "2026-02-14"), since(WARD, "2026-01-01")];
    let book = with(&declared(&[(DEPARTMENT, "2026-01", 1), (DEPARTMENT, "2026-02", 3)]), &members);
    let told = |agency, at| {
        let answer = answer(&catalogue, &book, agency, at);
        answer.derived.map(|derived| (derived, derived.difference(answer.figure)))
    };
    assert_eq!(told(DEPARTMENT, "2026-01"), Some((derived(1), derived(0))));
    assert_eq!(told(DEPARTMENT, "2026-02"), Some((derived(2), derived(1))));
    // A state rests on the last month that was declared, and is compared with the roll of that month.
    assert_eq!(told(DEPARTMENT, "2026-Q2"), None);
    assert_eq!(told(DEPARTMENT, "2026-H1"), Some((derived(2), derived(1))));
    // The ward has declared nothing, so its people are beside nothing.
    assert_eq!((told(WARD, "2026-02"), told(PROVINCE, "2026-02")), (None, Some((derived(2), derived(1)))));
}

#[test]
fn only_kinds_of_people_that_are_named_stand_beside_it() {
    let worker = |from| member(StaffKind::Worker, Tenures::since(DEPARTMENT, day(from)));
    let members = [since(DEPARTMENT, "2026-01-01"), worker("2026-01-01"), worker("2026-01-01")];
    let cells = declared(&[(DEPARTMENT, "2026-01", 3)]);
    let of = |kinds: &[StaffKind]| answer(&beside(kinds), &with(&cells, &members), DEPARTMENT, "2026-01").derived;
    assert_eq!(of(&[]), Some(derived(3)));
    assert_eq!(of(&[StaffKind::Worker]), Some(derived(2)));
    assert_eq!(of(&[StaffKind::CivilServant, StaffKind::Cadre]), Some(derived(1)));
}

#[test]
fn nothing_is_beside_a_figure_that_is_compared_with_nothing() {
    let (catalogue, cells) = (catalogue(), declared(&[(DEPARTMENT, "2026-01", 3)]));
    let book = with(&cells, &[since(DEPARTMENT, "2026-01-01")]);
    assert_eq!(answer(&catalogue, &book, DEPARTMENT, "2026-01").derived, None);
}

#[test]
fn the_months_of_a_flow_are_compared_one_by_one_and_added_up() {
    let mut catalogue = beside(&[]);
    change(&mut catalogue, CT2, |old| old.redefined(|found| found.semantics = Semantics::Flow));
    let members = [since(DEPARTMENT, "2026-01-01"), since(DEPARTMENT, "2026-03-01")];
    let book = with(&declared(&[(DEPARTMENT, "2026-01", 1), (DEPARTMENT, "2026-03", 1)]), &members);
    // One person in January, two in March; nothing was declared for February.
    assert_eq!(answer(&catalogue, &book, DEPARTMENT, "2026-Q1").derived, Some(derived(3)));
}

#[test]
fn the_rehearsal_names_the_months_that_differ_and_numbers_only_to_who_may_see_them() {
    let catalogue = beside(&[]);
    let members = [since(DEPARTMENT, "2026-01-01"), since(WARD, "2026-01-01"), since(WARD, "2026-02-01")];
    let figures = [(DEPARTMENT, "2026-01", 1), (WARD, "2026-01", 1), (WARD, "2026-02", 5), (WARD, "2026-03", 2)];
    let book = with(&declared(&figures), &members);
    let findings = |names_systems| {
        let tops = vec![PROVINCE];
        let today = day("2026-04-01");
        let rehearsal =
            Rehearsal { calendar: ND09, period: period("2026-Q1"), tops, today, near_days: 7, names_systems };
        let found = rehearse(&catalogue, &book, &Facts::default(), &rehearsal);
        let differ = found.into_iter().filter(|finding| finding.reason == FindingReason::DiffersFromRecords);
        differ.map(|finding| (finding.agency, finding.indicator, finding.kind, finding.text)).collect::<Vec<_>>()
    };
    let told = |key: &'static str, months: &Argument| {
        let text = Message::new(key).with("months", months);
        let agency = Argument::Name { vi: "H18.31".to_owned(), en: "H18.31".to_owned() };
        vec![(WARD, Some(CT2), FindingKind::Inconsistent, text.with("agency", &agency).with("code", "CT2"))]
    };
    let numbers = Message::new("rehearsal.differs_from_roll.month").with("month", &month("2026-02"));
    let numbers = Argument::Each(vec![numbers.with("declared", &5).with("derived", &2)]);
    assert_eq!(findings(true), told("rehearsal.differs_from_roll.counted", &numbers));
    assert_eq!(findings(false), told("rehearsal.differs_from_roll", &Argument::Text("2026-02".to_owned())));
}

/// A kind, and stays as agency, first day, and days.
type Drafted = (StaffKind, Vec<(AgencyId, u64, u64)>);

fn any_people() -> impl Strategy<Value = Vec<Drafted>> {
    let stay = (prop::sample::select(vec![DEPARTMENT, WARD]), 1..200u64, 0..400u64);
    prop::collection::vec((prop::sample::select(StaffKind::ALL), prop::collection::vec(stay, 1..4)), 0..6)
}

fn staff((kind, stays): &Drafted) -> Staff {
    let mut from = day("2025-10-01");
    let stays = stays.iter().map(|(agency, gap, length)| {
        let first = from + chrono::Days::new(*gap);
        let last = first + chrono::Days::new(*length);
        from = last;
        Tenure { agency: *agency, from: first, to: Some(last) }
    });
    let tenures = Tenures::parse("", stays.collect()).unwrap();
    Staff { code: code("NV-1"), kind: *kind, tenures, told: ToldHolders::default() }
}

proptest! {
    /// Head counts are the denominators of an indicator of training that counts the same people, though computed by
    /// days.
    #[test]
    fn head_counts_are_the_people_that_cells_count(
        drafts in any_people(),
        gone in any_people(),
        kinds in prop::sample::subsequence(StaffKind::ALL.to_vec(), 0..3),
        month in 0..30usize,
    ) {
        let mut catalogue = catalogue();
        change(&mut catalogue, CT7, |old| old.redefined(|found| {
            if let Source::TrainingRecords { staff_kinds, .. } = &mut found.source {
                *staff_kinds = kinds.clone();
            }
        }));
        let all: Vec<_> = drafts.iter().map(staff).collect();
        let cells: Vec<_> = all.iter().map(|one| staff::contribution(&catalogue, one, &[], long_after())).collect();
        let cells = sum(cells.iter());
        let members = |drafts: &[Drafted]| drafts.iter().map(|one| Member::from(staff(one))).collect::<Vec<_>>();
        let mut people = people(&[members(&drafts), members(&gone)].concat());
        members(&gone).iter().for_each(|member| people.remove(member));
        let month = self::month("2026-01").through(self::month("2028-12")).nth(month).unwrap();
        for calendar in [ND09, CIVIL] {
            let end = catalogue.window(calendar, Period::Month(month)).unwrap().to;
            for agency in [DEPARTMENT, WARD] {
                let place: (CalendarId, _) = (calendar, month);
                let counted = figure(&catalogue, &cells, (CT7, agency, calendar), &month.to_string()).1;
                prop_assert_eq!(people.people(&kinds, agency, place, end), counted);
            }
        }
    }
}
