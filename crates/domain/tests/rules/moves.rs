//! Figures over moves in the tree of agencies: a month belongs to the place of its last day.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::sources::Semantics;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::closing::errata::{Cause, Erratum, Moved, MovedCell};
use thidua_domain::closing::locks::Lock;
use thidua_domain::figure::Verdict;
use thidua_domain::figures::attainment::{Attainment, attain, errata};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::explanation::{CountedMonths, parts};
use thidua_domain::figures::question::Question;
use thidua_domain::id::{AgencyId, CalendarId, CorrectionId, ErratumId, IndicatorId, LockId};
use thidua_domain::records::observations;
use thidua_domain::time::{Moment, Month, Period};

/// The ward lies below the department until 19/03/2026, and below the other one from the 20th on.
fn world() -> Catalogue {
    let mut catalogue = catalogue();
    let mut ward = catalogue.agencies[&WARD].clone();
    ward.parent = Some(DEPARTMENT);
    catalogue.agencies.insert(WARD, moved(&ward, "2026-03-20", AgencyKind::Ward, Some(OTHER_DEPARTMENT)));
    catalogue.indexed()
}

fn declared(indicator: IndicatorId, figures: &[(AgencyId, CalendarId, &str, i64, i64)]) -> Cells {
    let figures = figures.iter().map(|(agency, calendar, at, numerator, denominator)| {
        observations::contribution(&observation((indicator, *agency, *calendar), at, *numerator, *denominator))
    });
    sum(&figures.collect::<Vec<_>>())
}

/// Numerator, denominator, expected and reported agencies, expected and reported months.
fn told(answer: &Attainment) -> (i64, i64, usize, usize, usize, usize) {
    let behind = answer.completeness;
    let figure = answer.figure;
    let months = (behind.expected_months, behind.reported_months);
    (figure.numerator, figure.denominator, answer.expected, answer.reported, months.0, months.1)
}

#[test]
fn a_flow_adds_each_month_where_it_belonged() {
    let catalogue = world();
    // nd09: March ends on 14/03, before the move; April on 14/04, after it.
    let cells = declared(
        CT3,
        &[
            (WARD, ND09, "2026-01", 1, 2),
            (WARD, ND09, "2026-03", 3, 4),
            (WARD, ND09, "2026-04", 5, 8),
            (DEPARTMENT, ND09, "2026-03", 10, 10),
        ],
    );
    let at = |agency, text| told(&ask(&catalogue, &cells, (CT3, agency, ND09), text));
    assert_eq!(at(DEPARTMENT, "2026-03"), (13, 14, 2, 2, 2, 2));
    assert_eq!(at(DEPARTMENT, "2026-04"), (0, 0, 1, 0, 1, 0));
    assert_eq!(at(OTHER_DEPARTMENT, "2026-03"), (0, 0, 1, 0, 1, 0));
    assert_eq!(at(OTHER_DEPARTMENT, "2026-04"), (5, 8, 2, 1, 2, 1));
    assert_eq!(at(DEPARTMENT, "2026-Q1"), (14, 16, 2, 2, 6, 3));
    // Over the half-year the ward is one of both, each with its months: three and three of its six.
    assert_eq!(at(DEPARTMENT, "2026-H1"), (14, 16, 2, 2, 6 + 3, 3));
    assert_eq!(at(OTHER_DEPARTMENT, "2026-H1"), (5, 8, 2, 1, 6 + 3, 1));
    assert_eq!(at(WARD, "2026-H1"), (9, 14, 1, 1, 6, 3));
    // Of the province it is one agency: two departments, the commune and the ward.
    assert_eq!(at(PROVINCE, "2026-H1"), (19, 24, 4, 2, 24, 4));
    let behind = ask(&catalogue, &cells, (CT3, OTHER_DEPARTMENT, ND09), "2026-H1").completeness;
    assert_eq!((behind.agencies_met, behind.agencies_not_met, behind.agencies_lacking), (0, 1, 1));
}

#[test]
fn each_calendar_goes_by_its_own_last_day() {
    let catalogue = world();
    // The civil March ends on the 31st, after the move.
    let cells = declared(CT3, &[(WARD, CIVIL, "2026-02", 1, 2), (WARD, CIVIL, "2026-03", 3, 4)]);
    let at = |agency, text| figure(&catalogue, &cells, (CT3, agency, CIVIL), text);
    assert_eq!((at(DEPARTMENT, "2026-02"), at(OTHER_DEPARTMENT, "2026-02")), ((1, 2), (0, 0)));
    assert_eq!((at(DEPARTMENT, "2026-03"), at(OTHER_DEPARTMENT, "2026-03")), ((0, 0), (3, 4)));
    assert_eq!((at(DEPARTMENT, "2026-Q1"), at(OTHER_DEPARTMENT, "2026-Q1")), ((1, 2), (3, 4)));
    // A figure that this calendar lacks and another has is looked for where the agency belonged, too.
    let lacking = ask(&catalogue, &cells, (CT3, DEPARTMENT, ND09), "2026-02");
    assert_eq!((lacking.verdict, lacking.recorded_under), (Verdict::Missing, vec![CIVIL]));
    assert_eq!(ask(&catalogue, &cells, (CT3, OTHER_DEPARTMENT, ND09), "2026-02").recorded_under, []);
}

#[test]
fn a_stock_and_a_state_belong_where_the_window_ends() {
    let catalogue = world();
    let mut cells = declared(CT2, &[(WARD, ND09, "2026-01", 3, 5)]);
    cells.add(key(CT7, WARD, ND09, "2026-01"), cell(4, 10, 1));
    cells.add(key(CT7, WARD, ND09, "2026-04"), cell(1, 0, 0));
    let at = |indicator, agency, text| figure(&catalogue, &cells, (indicator, agency, ND09), text);
    for (indicator, march, april) in [(CT7, (4, 10), (5, 10)), (CT2, (3, 5), (3, 5))] {
        assert_eq!(at(indicator, DEPARTMENT, "2026-Q1"), march);
        assert_eq!(at(indicator, OTHER_DEPARTMENT, "2026-Q1"), (0, 0));
        assert_eq!(at(indicator, DEPARTMENT, "2026-H1"), (0, 0));
        assert_eq!(at(indicator, OTHER_DEPARTMENT, "2026-H1"), april);
        assert_eq!(at(indicator, PROVINCE, "2026-H1"), april);
    }
    let expected = |agency, text| ask(&catalogue, &cells, (CT2, agency, ND09), text).expected;
    assert_eq!((expected(DEPARTMENT, "2026-Q1"), expected(OTHER_DEPARTMENT, "2026-Q1")), (2, 1));
    assert_eq!((expected(DEPARTMENT, "2026-H1"), expected(OTHER_DEPARTMENT, "2026-H1")), (1, 2));
}

#[test]
fn a_kind_counts_from_its_day_on() {
    // From 20/03 on the ward is a division: nothing is expected of it any more, and what it reports counts all the
    // same.
    let mut catalogue = catalogue();
    let ward = catalogue.agencies[&WARD].clone();
    catalogue.agencies.insert(WARD, moved(&ward, "2026-03-20", AgencyKind::Division, ward.parent));
    let catalogue = catalogue.indexed();
    let cells = declared(CT3, &[(WARD, ND09, "2026-03", 1, 1), (WARD, ND09, "2026-05", 1, 1)]);
    let at = |text| told(&ask(&catalogue, &cells, (CT3, WARD, ND09), text));
    assert_eq!(at("2026-03"), (1, 1, 1, 1, 1, 1));
    assert_eq!(at("2026-04"), (0, 0, 0, 0, 0, 0));
    assert_eq!(at("2026-05"), (1, 1, 0, 0, 0, 0));
    assert_eq!(at("2026-H1"), (2, 2, 1, 1, 3, 1), "it owes January to March");
    assert_eq!(at("2026-Q2"), (1, 1, 0, 0, 0, 0));
    let state = |text| ask(&catalogue, &cells, (CT2, WARD, ND09), text).expected;
    assert_eq!((state("2026-03"), state("2026-Q1"), state("2026-Q2")), (1, 1, 0));
}

#[test]
fn an_explanation_names_the_parts_of_each_month() {
    let catalogue = world();
    let cells = declared(
        CT3,
        &[(WARD, ND09, "2026-03", 3, 4), (WARD, ND09, "2026-04", 5, 8), (DEPARTMENT, ND09, "2026-05", 1, 1)],
    );
    let book = book(&cells);
    let of = |agency| {
        let question =
            Question { indicator: CT3, agency, calendar: ND09, period: period("2026-H1"), day: long_after() };
        let parts = parts(&catalogue, &book, question).unwrap();
        let parts: Vec<_> =
            parts.iter().map(|part| (part.agency, part.figure.numerator, part.figure.denominator)).collect();
        let counted = CountedMonths::by(&catalogue, &book, question).unwrap();
        (parts, ["2026-03", "2026-04"].map(|text| counted.holds(WARD, month(text))))
    };
    assert_eq!(of(DEPARTMENT), (vec![(DEPARTMENT, 1, 1), (DIVISION, 0, 0), (WARD, 3, 4)], [true, false]));
    assert_eq!(of(OTHER_DEPARTMENT), (vec![(OTHER_DEPARTMENT, 0, 0), (WARD, 5, 8)], [false, true]));
    assert_eq!(of(PROVINCE).1, [true, true]);
}

#[test]
fn an_erratum_stands_beside_the_answers_that_its_month_belongs_to() {
    let mut catalogue = world();
    let told = cell(1, 1, 1);
    for (id, at) in [(1, "2026-03"), (2, "2026-04")] {
        let erratum = Erratum {
            cause: Cause::Correction(CorrectionId(9)),
            indicator: CT3,
            agency: WARD,
            calendar: ND09,
            moved: Moved::Cell(MovedCell { month: month(at), old: told, new: told }),
            corrected_at: Moment::UNIX_EPOCH,
        };
        catalogue.errata.insert(ErratumId(id), erratum);
    }
    let catalogue = catalogue.indexed();
    let beside = |agency, text| {
        let question = Question { indicator: CT3, agency, calendar: ND09, period: period(text), day: long_after() };
        errata(&catalogue, question).into_iter().map(|(id, _)| id.0).collect::<Vec<_>>()
    };
    assert_eq!((beside(DEPARTMENT, "2026-H1"), beside(OTHER_DEPARTMENT, "2026-H1")), (vec![1], vec![2]));
    assert_eq!(beside(PROVINCE, "2026-H1"), [2, 1]);
}

#[test]
fn a_lock_holds_for_those_below_in_the_locked_month() {
    let locked = |indicator, agency: AgencyId, text: &str, at: &str| {
        let mut catalogue = world();
        let lock = Lock {
            calendar: ND09,
            period: period(text),
            agency,
            reason: reference("1/QĐ"),
            locked_at: Moment::UNIX_EPOCH,
        };
        catalogue.locks.insert(LockId(1), lock);
        let now = "2026-11-29T03:00:00Z".parse::<Moment>().unwrap();
        catalogue.indexed().permit(key(indicator, WARD, ND09, at), now).is_err()
    };
    assert!(locked(CT3, DEPARTMENT, "2026-Q1", "2026-03") && !locked(CT3, OTHER_DEPARTMENT, "2026-Q1", "2026-03"));
    assert!(locked(CT3, OTHER_DEPARTMENT, "2026-Q2", "2026-04") && !locked(CT3, DEPARTMENT, "2026-Q2", "2026-04"));
    assert!(locked(CT3, DEPARTMENT, "2026-H1", "2026-03") && locked(CT3, OTHER_DEPARTMENT, "2026-H1", "2026-05"));
    assert!(!locked(CT3, OTHER_DEPARTMENT, "2026-H1", "2026-03"), "a flow's March belongs to the department");
    // The other department's half-year may rest on the ward's March, as a state is that of the end; its quarter cannot.
    assert!(locked(CT2, OTHER_DEPARTMENT, "2026-H1", "2026-03"));
    assert!(!locked(CT2, OTHER_DEPARTMENT, "2026-Q2", "2026-03") && !locked(CT2, DEPARTMENT, "2026-Q2", "2026-04"));
}

/// A tree of up to nine agencies that are moved on a few days: for each the place at first and those of the turns.
#[derive(Debug, Clone)]
struct Moving {
    nodes: Vec<Vec<(Option<usize>, AgencyKind)>>,
    cells: Vec<(usize, Month, Cell)>,
}

/// Days of moves: on the last day of a month, on the first of the next, and between.
const TURNS: [&str; 3] = ["2026-02-14", "2026-03-15", "2026-03-31"];

impl Moving {
    fn id(node: usize) -> AgencyId {
        AgencyId(1000 + i64::try_from(node).unwrap())
    }

    fn catalogue(&self) -> Catalogue {
        let mut catalogue = catalogue();
        catalogue.agencies.clear();
        for (index, places) in self.nodes.iter().enumerate() {
            let (parent, kind) = places[0];
            let mut found = agency(&format!("H18.{index}"), kind, parent.map(Self::id));
            for ((parent, kind), turn) in places[1..].iter().zip(TURNS) {
                if (found.parent, found.kind) != (parent.map(Self::id), *kind) {
                    found = moved(&found, turn, *kind, parent.map(Self::id));
                }
            }
            found.check().unwrap();
            catalogue.agencies.insert(Self::id(index), found);
        }
        catalogue.indexed()
    }

    fn book(&self, indicator: IndicatorId, calendar: CalendarId) -> CellBook {
        let cells = self.by_place();
        let key = |(node, month): (usize, Month)| CellKey { indicator, agency: Self::id(node), calendar, month };
        cells.into_iter().map(|(place, cell)| (key(place), cell)).collect()
    }

    /// The cells, of those set twice the last.
    fn by_place(&self) -> BTreeMap<(usize, Month), Cell> {
        self.cells.iter().map(|(node, month, cell)| ((*node, *month), *cell)).collect()
    }

    /// The place of a node in a month, by the plain data: the last turn that is not after its last day.
    fn place(&self, node: usize, calendar: CalendarId, month: Month) -> (Option<usize>, AgencyKind) {
        let (year, m) = (month.year(), month.month());
        let end = match calendar {
            ND09 => format!("{year}-{m:02}-14"),
            _ => format!(
                "{year}-{m:02}-{}",
                [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][usize::try_from(m).unwrap() - 1]
            ),
        };
        let turns = TURNS.iter().filter(|turn| **turn <= end.as_str()).count();
        self.nodes[node][turns]
    }

    fn is_within(&self, node: usize, root: usize, calendar: CalendarId, month: Month) -> bool {
        node == root || self.place(node, calendar, month).0.is_some_and(|up| self.is_within(up, root, calendar, month))
    }
}

fn any_moving() -> impl Strategy<Value = Moving> {
    use AgencyKind::{Commune, Department, Division};
    let place = || (any::<prop::sample::Index>(), prop::sample::select(vec![Commune, Department, Division]));
    let stays = prop::bool::weighted(0.5);
    let node = (place(), prop::array::uniform3((stays, place())));
    let month = (1..=6_u32).prop_map(|month| Month::new(2026, month).unwrap());
    let write = (any::<prop::sample::Index>(), month, 0..50_i64, 0..50_i64, 0..3_i64);
    (prop::collection::vec(node, 1..10), prop::collection::vec(write, 0..40)).prop_map(|(nodes, cells)| {
        let count = nodes.len();
        let nodes = nodes.into_iter().enumerate().map(|(index, (first, turns))| {
            let at = |(parent, kind): (prop::sample::Index, AgencyKind)| {
                let parent = parent.index(index + 1).checked_sub(1);
                (parent, kind)
            };
            let mut places = vec![at(first)];
            for (stays, turn) in turns {
                places.push(if stays { places[places.len() - 1] } else { at(turn) });
            }
            places
        });
        let nodes = nodes.collect();
        let cells = cells.into_iter().map(|(node, month, numerator, denominator, reports)| {
            (
                node.index(count),
                month,
                if reports == 0 { Cell::default() } else { cell(numerator, denominator, reports) },
            )
        });
        Moving { nodes, cells: cells.collect() }
    })
}

fn periods() -> impl Strategy<Value = Period> {
    prop::sample::select(vec!["2026-01", "2026-03", "2026-04", "2026-Q1", "2026-Q2", "2026-H1", "2026"])
        .prop_map(period)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_record_counts_under_each_root_exactly_in_the_months_in_which_it_lay_below_it(
        tree in any_moving(), period in periods(), calendar in prop::sample::select(vec![ND09, CIVIL]),
    ) {
        let (catalogue, book, cells) = (tree.catalogue(), tree.book(CT3, calendar), tree.by_place());
        let named = |kind| matches!(kind, AgencyKind::Commune | AgencyKind::Department);
        let nodes = || 0..tree.nodes.len();
        for root in nodes() {
            let question = Question { indicator: CT3, agency: Moving::id(root), calendar, period, day: long_after() };
            let answer = attain(&catalogue, &book, question).unwrap();
            let below = |node: &usize, month: &Month| tree.is_within(*node, root, calendar, *month);
            let counted = cells.iter().filter(|((node, month), _)| period.months().any(|at| at == *month) && below(node, month));
            let (mut numerator, mut denominator) = (0, 0);
            counted.for_each(|(_, cell)| (numerator, denominator) = (numerator + cell.numerator, denominator + cell.denominator));
            prop_assert_eq!((answer.figure.numerator, answer.figure.denominator), (numerator, denominator), "below {}", root);

            let reports = |node: usize, month: Month| cells.get(&(node, month)).is_some_and(|cell| cell.reports > 0);
            let (mut expected, mut reported, mut months) = (0, 0, (0, 0));
            for node in nodes() {
                let there: Vec<Month> = period.months().filter(|month| below(&node, month)).collect();
                let owed = there.iter().filter(|month| named(tree.place(node, calendar, **month).1));
                let owed: Vec<_> = owed.collect();
                if !owed.is_empty() {
                    expected += 1;
                    reported += usize::from(there.iter().any(|month| reports(node, *month)));
                    months.0 += owed.len();
                    months.1 += owed.iter().filter(|month| reports(node, ***month)).count();
                }
            }
            prop_assert_eq!((answer.expected, answer.reported), (expected, reported));
            prop_assert_eq!((answer.completeness.expected_months, answer.completeness.reported_months), months);

            // The parts add up, and so do the months.
            let parts = parts(&catalogue, &book, question).unwrap();
            let sum = |part: fn(&thidua_domain::figure::Figure) -> i64| parts.iter().map(|found| part(&found.figure)).sum::<i64>();
            prop_assert_eq!((sum(|figure| figure.numerator), sum(|figure| figure.denominator)), (numerator, denominator));
            let months = period.months().map(|month| attain(&catalogue, &book, Question { period: Period::Month(month), ..question }).unwrap());
            prop_assert_eq!(months.map(|answer| answer.figure.denominator).sum::<i64>(), denominator);
            let counted = CountedMonths::by(&catalogue, &book, question).unwrap();
            for (node, month) in nodes().flat_map(|node| period.months().map(move |month| (node, month))) {
                prop_assert_eq!(counted.holds(Moving::id(node), month), below(&node, &month));
            }
        }
        // Every record once, at the top of the tree it lay in.
        for month in period.months() {
            let tops = nodes().filter(|root| tree.place(*root, calendar, month).0.is_none());
            let answers = tops.map(|root| {
                let question = Question { indicator: CT3, agency: Moving::id(root), calendar, period: Period::Month(month), day: long_after() };
                attain(&catalogue, &book, question).unwrap().figure.denominator
            });
            let all = cells.iter().filter(|((_, at), _)| *at == month).map(|(_, cell)| cell.denominator);
            prop_assert_eq!(answers.sum::<i64>(), all.sum::<i64>());
        }
    }

    #[test]
    fn a_stock_or_a_state_is_the_sum_of_whoever_lies_below_at_the_windows_end(
        tree in any_moving(), period in periods(), calendar in prop::sample::select(vec![ND09, CIVIL]),
        indicator in prop::sample::select(vec![CT2, CT7]),
    ) {
        let (catalogue, book) = (tree.catalogue(), tree.book(indicator, calendar));
        let end = period.last_month().min(Month::new(2026, 6).unwrap());
        let at = |node| attain(&catalogue, &book, Question { indicator, agency: Moving::id(node), calendar, period, day: long_after() }).unwrap();
        for root in 0..tree.nodes.len() {
            let below = (0..tree.nodes.len()).filter(|node| tree.is_within(*node, root, calendar, end));
            let owns: Vec<_> = below.map(|node| at(node).own).collect();
            let sum = (owns.iter().map(|own| own.numerator).sum::<i64>(), owns.iter().map(|own| own.denominator).sum::<i64>());
            let figure = at(root).figure;
            prop_assert_eq!((figure.numerator, figure.denominator), sum, "{:?}", catalogue.indicators[&indicator].latest().semantics == Semantics::State);
        }
    }
}
