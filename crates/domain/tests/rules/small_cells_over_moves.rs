//! The small-cell rule in windows over a move: no withheld figure is a sum or a difference of figures told. This is
//! shown by linear algebra.

use crate::support::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::figures::attainment::attain;
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::question::Question;
use thidua_domain::figures::small_cells::{SmallCells, Withheld};
use thidua_domain::id::AgencyId;
use thidua_domain::time::Month;

/// Two moves within the second quarter of nd09: April until 14/04, May until 14/05, June until 14/06.
const TURNS: [&str; 2] = ["2026-04-20", "2026-05-20"];
const MONTHS: [&str; 3] = ["2026-04", "2026-05", "2026-06"];

/// Agencies with their parents and their reports, month by month.
#[derive(Debug, Clone)]
struct World {
    parents: Vec<[Option<usize>; 3]>,
    cells: Vec<[Cell; 3]>,
}

fn id(node: usize) -> AgencyId {
    AgencyId(1000 + i64::try_from(node).unwrap())
}

impl World {
    fn catalogue(&self) -> Catalogue {
        let mut catalogue = catalogue();
        catalogue.agencies.clear();
        for (index, parents) in self.parents.iter().enumerate() {
            let mut found = agency(&format!("H18.{index}"), AgencyKind::Department, parents[0].map(id));
            for (parent, turn) in parents[1..].iter().zip(TURNS) {
                if found.parent != parent.map(id) {
                    found = moved(&found, turn, AgencyKind::Department, parent.map(id));
                }
            }
            catalogue.agencies.insert(id(index), found);
        }
        change(&mut catalogue, CT3, |found| found.redefined(|definition| definition.unit = name("người")));
        catalogue.indexed()
    }

    fn book(&self) -> CellBook {
        let of = |(index, cells): (usize, &[Cell; 3])| {
            let key = |at: Month| CellKey { indicator: CT3, agency: id(index), calendar: ND09, month: at };
            MONTHS.map(month).into_iter().map(key).zip(*cells).collect::<Vec<_>>()
        };
        self.cells.iter().enumerate().flat_map(of).collect()
    }

    fn is_within(&self, node: usize, root: usize, at: usize) -> bool {
        node == root || self.parents[node][at].is_some_and(|parent| self.is_within(parent, root, at))
    }

    /// A figure as the unknown counts that it adds up: those of agencies and months with anything to count.
    fn sum(&self, includes: impl Fn(usize, usize) -> bool) -> BTreeSet<(usize, usize)> {
        let all = (0..self.parents.len()).flat_map(|node| (0..3).map(move |at| (node, at)));
        let has_any = |cell: Cell| cell.reports > 0 && (cell.numerator, cell.denominator) != (0, 0);
        all.filter(|(node, at)| includes(*node, *at) && has_any(self.cells[*node][*at])).collect()
    }

    fn own(&self, node: usize) -> BTreeSet<(usize, usize)> {
        self.sum(|other, _| other == node)
    }

    fn whole(&self, node: usize) -> BTreeSet<(usize, usize)> {
        self.sum(|other, at| self.is_within(other, node, at))
    }

    /// The parts that an agency has below one parent.
    fn below(&self, node: usize, parent: Option<usize>) -> BTreeSet<(usize, usize)> {
        self.sum(|other, at| self.parents[node][at] == parent && self.is_within(other, node, at))
    }

    fn figure(&self, sum: &BTreeSet<(usize, usize)>) -> (i64, i64) {
        let cells = sum.iter().map(|(node, at)| self.cells[*node][*at]);
        cells
            .fold((0, 0), |(numerator, denominator), cell| (numerator + cell.numerator, denominator + cell.denominator))
    }

    fn withheld(&self, least: u8) -> Withheld {
        let question =
            Question { indicator: CT3, agency: id(0), calendar: ND09, period: period("2026-Q2"), day: long_after() };
        SmallCells::below(least).withheld(&self.catalogue(), &self.book(), question)
    }
}

/// A prime modulus: a row that is no combination of others modulo it is none over the fractions either.
const PRIME: i128 = (1 << 61) - 1;

fn inverse(of: i128) -> i128 {
    let (mut base, mut power, mut result) = (of, PRIME - 2, 1);
    while power > 0 {
        if power % 2 == 1 {
            result = result * base % PRIME;
        }
        (base, power) = (base * base % PRIME, power / 2);
    }
    result
}

/// Sums in row echelon form, by the unknown that each leads with.
#[derive(Default)]
struct Span(BTreeMap<(usize, usize), BTreeMap<(usize, usize), i128>>);

impl Span {
    fn reduced(&self, sum: &BTreeSet<(usize, usize)>) -> BTreeMap<(usize, usize), i128> {
        let mut row: BTreeMap<_, _> = sum.iter().map(|unknown| (*unknown, 1)).collect();
        for (lead, known) in &self.0 {
            let Some(factor) = row.get(lead).copied() else { continue };
            for (unknown, value) in known {
                let entry = row.entry(*unknown).or_insert(0);
                *entry = (*entry - factor * value).rem_euclid(PRIME);
            }
            row.retain(|_, value| *value != 0);
        }
        row
    }

    fn add(&mut self, sum: &BTreeSet<(usize, usize)>) {
        let mut row = self.reduced(sum);
        let Some((lead, value)) = row.first_key_value().map(|(lead, value)| (*lead, *value)) else { return };
        let by = inverse(value);
        row.values_mut().for_each(|value| *value = *value * by % PRIME);
        for known in self.0.values_mut() {
            let Some(factor) = known.get(&lead).copied() else { continue };
            for (unknown, value) in &row {
                let entry = known.entry(*unknown).or_insert(0);
                *entry = (*entry - factor * value).rem_euclid(PRIME);
            }
            known.retain(|_, value| *value != 0);
        }
        self.0.insert(lead, row);
    }

    fn tells(&self, sum: &BTreeSet<(usize, usize)>) -> bool {
        self.reduced(sum).is_empty()
    }
}

fn worlds() -> impl Strategy<Value = World> {
    let count = prop_oneof![
        2 => Just(Cell::default()),
        1 => Just(cell(0, 0, 1)),
        6 => (0_i64..12, 0_i64..12).prop_map(|(one, other)| cell(one.min(other), one.max(other), 1)),
    ];
    let moves = prop::array::uniform2(prop::option::weighted(0.3, any::<prop::sample::Index>()));
    let node = (any::<prop::sample::Index>(), moves, prop::array::uniform3(count));
    prop::collection::vec(node, 2..9).prop_map(|nodes| {
        let at = |index: usize, drawn: prop::sample::Index| drawn.index(index + 1).checked_sub(1);
        let parents = nodes.iter().enumerate().map(|(index, (first, moves, _))| {
            let first = at(index, *first);
            let second = moves[0].map_or(first, |to| at(index, to));
            [first, second, moves[1].map_or(second, |to| at(index, to))]
        });
        World { parents: parents.collect(), cells: nodes.iter().map(|(.., cells)| *cells).collect() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn nothing_withheld_follows_from_what_is_told(world in worlds(), least in 1_u8..10) {
        let withheld = world.withheld(least);
        let small = |(numerator, denominator): (i64, i64)| {
            [numerator, denominator, denominator - numerator].into_iter().any(|count| (1..i64::from(least)).contains(&count))
        };
        let mut told = Span::default();
        let mut hidden = Vec::new();
        for node in 0..world.parents.len() {
            for (sum, is_hidden) in [
                (world.own(node), withheld.owns.contains(&id(node))),
                (world.whole(node), withheld.wholes.contains(&id(node))),
            ] {
                prop_assert!(is_hidden || !small(world.figure(&sum)), "{node} is told: {:?}", world.figure(&sum));
                if is_hidden {
                    prop_assert!(!sum.is_empty(), "{node}: there is nothing to withhold");
                    hidden.push(sum);
                } else {
                    told.add(&sum);
                }
            }
            // Its whole below one of several parents is told nowhere, and must not follow from others where it is
            // small.
            let parents: BTreeSet<_> = world.parents[node].into_iter().collect();
            if parents.len() > 1 {
                hidden.extend(parents.into_iter().map(|parent| world.below(node, parent)).filter(|sum| small(world.figure(sum))));
            }
        }
        for sum in hidden {
            prop_assert!(!told.tells(&sum), "{:?} follows: {:?}", sum, withheld);
        }
    }
}

fn reports(figures: [(i64, i64); 3]) -> [Cell; 3] {
    figures.map(|(numerator, denominator)| cell(numerator, denominator, i64::from(denominator > 0)))
}

#[test]
fn a_small_part_below_one_parent_is_not_left_to_be_subtracted() {
    // 3 lies below 1 in April and below 2 from May on; in April it has 2 of 9, over the quarter 20 of 40.
    let world = World {
        parents: vec![[None; 3], [Some(0); 3], [Some(0); 3], [Some(1), Some(2), Some(2)]],
        cells: vec![
            reports([(0, 0); 3]),
            reports([(10, 20), (10, 20), (10, 20)]),
            reports([(10, 30), (10, 30), (10, 30)]),
            reports([(2, 9), (9, 15), (9, 16)]),
        ],
    };
    let withheld = world.withheld(5);
    let named = |found: &std::collections::HashSet<AgencyId>| {
        let mut found: Vec<_> = found.iter().map(|id| id.0 - 1000).collect();
        found.sort_unstable();
        found
    };
    // 3 is withheld because of its whole below 1. In April the whole of 1 is its own figure and that of 3, from May on
    // its own alone.
    assert_eq!(named(&withheld.wholes), [1, 2, 3]);
    assert_eq!(named(&withheld.owns), [1, 2, 3]);
    assert_eq!(named(&withheld.standings), [0, 1, 2, 3]);
    // Without the move nothing is small.
    let still = World { parents: vec![[None; 3], [Some(0); 3], [Some(0); 3], [Some(2); 3]], ..world.clone() };
    assert_eq!(still.withheld(5), Withheld::default());
    // The count of agencies below 1 that meet their target would tell of 2 of 9 alone.
    let question =
        Question { indicator: CT3, agency: id(1), calendar: ND09, period: period("2026-Q2"), day: long_after() };
    let answer = attain(&world.catalogue(), &world.book(), question).unwrap();
    assert_eq!((answer.completeness.agencies_met, answer.completeness.agencies_not_met), (0, 2));
}
