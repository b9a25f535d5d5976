//! Roll-ups over the tree of agencies.

use crate::support::*;
use proptest::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind};
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::figure::{Figure, Verdict};
use thidua_domain::figures::attainment::{Attainment, attain, is_expected};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::question::Question;
use thidua_domain::id::{AgencyId, IndicatorId};
use thidua_domain::records::observations;
use thidua_domain::time::{Month, Period, Window};

/// One agency of a random tree: which earlier agency it lies below, its kind, and its first and last day.
#[derive(Debug, Clone)]
struct Node {
    parent: Option<usize>,
    kind: AgencyKind,
    from: Date,
    to: Option<Date>,
}

/// A random tree with random cells of one flow (CT3), one state (CT2) and one stock (CT7) indicator.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    cells: Vec<(IndicatorId, usize, Month, Cell)>,
}

impl Tree {
    pub(crate) fn id(node: usize) -> AgencyId {
        AgencyId(1000 + i64::try_from(node).unwrap())
    }

    pub(crate) fn size(&self) -> usize {
        self.nodes.len()
    }

    fn children(&self, node: usize) -> Vec<usize> {
        (0..self.nodes.len()).filter(|child| self.nodes[*child].parent == Some(node)).collect()
    }

    /// A node and all below it, by recursion over the plain data.
    pub(crate) fn members(&self, node: usize) -> Vec<usize> {
        let below = self.children(node).into_iter().flat_map(|child| self.members(child));
        std::iter::once(node).chain(below).collect()
    }

    pub(crate) fn catalogue(&self) -> Catalogue {
        let mut catalogue = catalogue();
        catalogue.agencies.clear();
        for (index, node) in self.nodes.iter().enumerate() {
            let agency = agency(&format!("H18.{index}"), node.kind, node.parent.map(Self::id));
            let agency = Agency { valid_from: node.from, valid_to: node.to, ..agency };
            catalogue.agencies.insert(Self::id(index), agency);
        }
        catalogue.indexed()
    }

    pub(crate) fn book(&self) -> CellBook {
        let mut book = CellBook::default();
        for (indicator, node, month, cell) in &self.cells {
            let key = CellKey { indicator: *indicator, agency: Self::id(*node), calendar: ND09, month: *month };
            book.set(key, *cell);
        }
        book
    }

    /// The node's cell of a month; of those set twice the last.
    pub(crate) fn cell(&self, indicator: IndicatorId, node: usize, at: Month) -> Cell {
        let mut set = self.cells.iter().rev();
        set.find(|cell| (cell.0, cell.1, cell.2) == (indicator, node, at)).map_or_else(Cell::default, |cell| cell.3)
    }

    /// True when the node exists on any day from one to another.
    pub(crate) fn exists(&self, node: usize, from: Date, to: Date) -> bool {
        let node = &self.nodes[node];
        node.from <= to && node.to.is_none_or(|end| from <= end)
    }

    /// The node's own figure from the plain data; cells set twice count by their last value.
    pub(crate) fn own(&self, indicator: IndicatorId, node: usize, period: Period) -> Figure {
        let from_phase = Month::new(if period.year() <= 2025 { 2023 } else { 2026 }, 1).unwrap();
        let first = if indicator == CT7 { from_phase } else { period.first_month() };
        let mut months: Vec<(Month, Cell)> = Vec::new();
        for (_, _, month, cell) in self.cells.iter().filter(|(of, at, ..)| *of == indicator && *at == node) {
            months.retain(|(before, _)| before != month);
            months.push((*month, *cell));
        }
        months.retain(|(month, _)| first <= *month && *month <= period.last_month());
        months.sort_by_key(|(month, _)| *month);
        if indicator == CT2 {
            months.retain(|(_, cell)| cell.reports > 0);
            months.drain(..months.len().saturating_sub(1));
        }
        Figure {
            numerator: months.iter().map(|(_, cell)| cell.numerator).sum(),
            denominator: months.iter().map(|(_, cell)| cell.denominator).sum(),
            reported: months.iter().any(|(_, cell)| cell.reports > 0),
        }
    }

    pub(crate) fn expected(&self, indicator: IndicatorId, node: usize, window: Window) -> bool {
        let Node { kind, from, to, .. } = self.nodes[node];
        let kind_reports = !matches!(kind, AgencyKind::Province | AgencyKind::Division);
        let first_needed = if indicator == CT3 { window.from } else { window.to };
        kind_reports && from <= window.to && to.is_none_or(|to| first_needed <= to)
    }
}

pub(crate) fn any_tree() -> impl Strategy<Value = Tree> {
    use AgencyKind::{Commune, Department, Division, Province};
    let kind = prop::sample::select(vec![Province, Department, Division, Commune]);
    let from = prop_oneof![3 => Just(day("2020-01-01")), 1 => any_day()];
    let to = prop_oneof![3 => Just(None), 1 => (0..2000u64).prop_map(Some)];
    let node = (any::<prop::sample::Index>(), kind, from, to);
    let month = (2023..=2027i32, 1..=12u32).prop_map(|(year, month)| Month::new(year, month).unwrap());
    let write =
        (prop::sample::select(vec![CT2, CT3, CT7]), any::<prop::sample::Index>(), month, 0..50i64, 0..50i64, 0..3i64);
    (prop::collection::vec(node, 1..14), prop::collection::vec(write, 0..60)).prop_map(|(nodes, cells)| {
        let count = nodes.len();
        let nodes = nodes.into_iter().enumerate().map(|(index, (parent, kind, from, to))| Node {
            parent: (index > 0).then(|| parent.index(index)),
            kind,
            from,
            to: to.map(|days| from + chrono::Days::new(days)),
        });
        let cells = cells.into_iter().map(|(indicator, node, month, numerator, denominator, reports)| {
            // A stock cell is a change and may be negative.
            let shift = if indicator == CT7 { 20 } else { 0 };
            (indicator, node.index(count), month, cell(numerator - shift, denominator - shift, reports))
        });
        Tree { nodes: nodes.collect(), cells: cells.collect() }
    })
}

fn plus(left: Figure, right: Figure) -> Figure {
    Figure {
        numerator: left.numerator + right.numerator,
        denominator: left.denominator + right.denominator,
        reported: left.reported || right.reported,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_roll_up_is_the_sum_of_its_members_and_of_its_childrens_roll_ups(
        tree in any_tree(), period in any_period(2023..=2027), indicator in prop::sample::select(vec![CT2, CT3, CT7]),
    ) {
        let (catalogue, book) = (tree.catalogue(), tree.book());
        let answers: Vec<Attainment> = (0..tree.nodes.len())
            .map(|node| {
                let question = Question { indicator, agency: Tree::id(node), calendar: ND09, period, day: long_after() };
                attain(&catalogue, &book, question).unwrap()
            })
            .collect();
        let window = answers[0].so_far.window;
        for (node, answer) in answers.iter().enumerate() {
            let members = tree.members(node);
            let of_members = members.iter().fold(Figure::default(), |sum, member| plus(sum, answers[*member].own));
            prop_assert_eq!(answer.figure, of_members, "sum of own figures below {}", node);
            let children = tree.children(node);
            let of_children = children.iter().fold(answer.own, |sum, child| plus(sum, answers[*child].figure));
            prop_assert_eq!(answer.figure, of_children, "own part and children of {}", node);

            let expected: Vec<_> = members.iter().filter(|at| tree.expected(indicator, **at, window)).collect();
            let reported = expected.iter().filter(|member| answers[***member].own.reported).count();
            prop_assert_eq!((answer.expected, answer.reported), (expected.len(), reported));
        }
    }

    #[test]
    fn an_own_figure_is_the_sum_the_last_report_or_the_running_sum_of_its_months(
        tree in any_tree(), period in any_period(2023..=2027),
    ) {
        let (catalogue, book) = (tree.catalogue(), tree.book());
        for indicator in [CT2, CT3, CT7] {
            for (index, node) in tree.nodes.iter().enumerate() {
                let question = Question { indicator, agency: Tree::id(index), calendar: ND09, period, day: long_after() };
                let answer = attain(&catalogue, &book, question).unwrap();
                // A state belongs to an agency that is there at the window's end; the others are tested by hand.
                let close = answer.so_far.window.to;
                if indicator != CT2 || node.from <= close && node.to.is_none_or(|to| close <= to) {
                    prop_assert_eq!(answer.own, tree.own(indicator, index, period), "{} of {}", indicator, index);
                }
            }
        }
    }

    #[test]
    fn an_agency_lies_within_another_exactly_when_it_is_in_its_subtree(tree in any_tree()) {
        let catalogue = tree.catalogue();
        for root in 0..tree.nodes.len() {
            let found = catalogue.subtree(Tree::id(root));
            let mut sorted = found.clone();
            sorted.sort();
            let mut members: Vec<_> = tree.members(root).into_iter().map(Tree::id).collect();
            members.sort();
            prop_assert_eq!(&sorted, &members);
            for other in (0..tree.nodes.len()).map(Tree::id) {
                prop_assert_eq!(catalogue.is_within(other, Tree::id(root)), members.contains(&other));
            }
            for (position, agency) in found.iter().enumerate().skip(1) {
                let parent = catalogue.agencies[agency].parent.unwrap();
                prop_assert!(found[..position].contains(&parent), "a parent comes before its children");
            }
        }
    }
}

#[test]
fn a_subtree_lists_siblings_in_identity_order() {
    let expected = [PROVINCE, DEPARTMENT, DIVISION, COMMUNE, WARD, DISTRICT, OTHER_DEPARTMENT];
    assert_eq!(catalogue().subtree(PROVINCE), expected);
}

#[test]
fn a_stored_cycle_neither_loops_nor_counts_twice() {
    let mut catalogue = catalogue();
    catalogue.agencies.get_mut(&PROVINCE).unwrap().parent = Some(DIVISION);
    let catalogue = catalogue.indexed();
    assert_eq!(catalogue.subtree(DEPARTMENT).len(), 7);
    assert!(catalogue.is_within(DEPARTMENT, DIVISION));
    assert!(!catalogue.is_within(DEPARTMENT, AgencyId(1)));
    let cells = observations::contribution(&observation((CT3, DEPARTMENT, ND09), "2026-01", 1, 2));
    assert_eq!(figure(&catalogue, &cells, (CT3, DIVISION, ND09), "2026-01"), (1, 2));
}

#[test]
fn a_closed_agency_keeps_its_past_figures_and_is_not_expected_after_closing() {
    let catalogue = catalogue();
    let district = observations::contribution(&observation((CT3, DISTRICT, ND09), "2025-05", 30, 40));
    let commune = observations::contribution(&observation((CT3, COMMUNE, ND09), "2025-09", 5, 10));
    let cells = sum([&district, &commune]);
    let at = |agency, text| {
        let answer = ask(&catalogue, &cells, (CT3, agency, ND09), text);
        ((answer.figure.numerator, answer.figure.denominator), (answer.expected, answer.reported))
    };
    // Before the reform two departments and the district report, after it two departments, the commune and the ward.
    assert_eq!(at(PROVINCE, "2025-05"), ((30, 40), (3, 1)));
    assert_eq!(at(PROVINCE, "2025-09"), ((5, 10), (4, 1)));
    assert_eq!(at(PROVINCE, "2025"), ((35, 50), (5, 2)), "a flow over the year holds both");
    assert_eq!(at(DISTRICT, "2025-05"), ((30, 40), (1, 1)));
    assert_eq!(at(DISTRICT, "2026-05"), ((0, 0), (0, 0)));
}

#[test]
fn a_flow_is_expected_from_whoever_existed_on_a_day_of_the_window() {
    // nd09: July 2025 runs from 15/06 to 14/07, over the reform on 01/07.
    let catalogue = catalogue();
    let expected = |indicator, agency, text: &str| {
        is_expected(&catalogue, Question { indicator, agency, calendar: ND09, period: period(text), day: long_after() })
    };
    for (agency, june, july, august) in
        [(DISTRICT, true, true, false), (COMMUNE, false, true, true), (DEPARTMENT, true, true, true)]
    {
        assert_eq!(expected(CT3, agency, "2025-06"), june);
        assert_eq!(expected(CT3, agency, "2025-07"), july);
        assert_eq!(expected(CT3, agency, "2025-08"), august);
    }
}

#[test]
fn a_state_or_stock_is_expected_from_whoever_exists_at_the_windows_end() {
    let catalogue = catalogue();
    for indicator in [CT2, CT6, CT7] {
        let expected = |agency, text: &str| {
            is_expected(
                &catalogue,
                Question { indicator, agency, calendar: ND09, period: period(text), day: long_after() },
            )
        };
        assert!(expected(DISTRICT, "2025-06") && !expected(DISTRICT, "2025-07") && !expected(DISTRICT, "2025"));
        assert!(!expected(COMMUNE, "2025-06") && expected(COMMUNE, "2025-07") && expected(COMMUNE, "2025"));
    }
}

#[test]
fn an_agency_exists_on_its_first_and_last_day() {
    let district = catalogue().agencies.remove(&DISTRICT).unwrap();
    assert!(district.exists_on(day("2025-06-30")) && !district.exists_on(day("2025-07-01")));
    assert!(district.exists_within(window("2025-06-30", "2025-07-29")));
    assert!(!district.exists_within(window("2025-07-01", "2025-07-29")));
    let ward = catalogue().agencies.remove(&WARD).unwrap();
    assert!(ward.exists_on(day("2025-07-01")) && !ward.exists_on(day("2025-06-30")));
    assert!(ward.exists_within(window("2025-06-15", "2025-07-01")));
    assert!(!ward.exists_within(window("2025-06-15", "2025-06-30")));
}

#[test]
fn an_agency_whose_kind_is_not_named_still_adds_its_figure_but_is_not_expected() {
    let catalogue = catalogue();
    let cells = observations::contribution(&observation((CT3, DIVISION, ND09), "2026-01", 1, 2));
    let answer = ask(&catalogue, &cells, (CT3, DEPARTMENT, ND09), "2026-01");
    assert_eq!((answer.figure.numerator, answer.figure.denominator), (1, 2));
    assert_eq!((answer.expected, answer.reported), (1, 0));
    assert_eq!(answer.verdict, Verdict::NotMet);
}

#[test]
fn a_merger_leaves_links_both_ways() {
    let catalogue = catalogue();
    assert_eq!(catalogue.successors(DISTRICT), [COMMUNE, WARD]);
    assert_eq!(catalogue.successors(WARD), []);
    assert_eq!(catalogue.agency("H18.30").map(|(id, _)| id), Some(COMMUNE));
    assert_eq!(catalogue.agency("h18.30").map(|(id, _)| id), None);
}
