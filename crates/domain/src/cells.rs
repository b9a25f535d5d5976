//! Cells: the sums every figure is made of.
//!
//! An entity contributes a few cells; a write replaces its contribution (`cells += new − old`). Whatever the order of
//! writes, the cells equal the sum of all contributions computed from scratch.

use crate::Date;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::time::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// Key of a cell: the place where a contribution counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency itself, not its subtree.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The month in that calendar.
    pub month: Month,
}

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { indicator, agency, calendar, month } = self;
        write!(f, "cell (indicator {indicator}, agency {agency}, calendar {calendar}, month {month})")
    }
}

/// The day on which a cell of a stock steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayKey {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency itself, not its subtree.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The day, on which the standing differs from that of the day before.
    pub day: Date,
}

impl fmt::Display for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { indicator, agency, calendar, day } = self;
        write!(f, "step (indicator {indicator}, agency {agency}, calendar {calendar}, day {day})")
    }
}

/// Numerator, denominator and reports that are counted together. For a stock indicator a cell holds the month's change,
/// so parts may be negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
    /// Number of reports behind it; 0 means nothing was reported, which differs from a figure of zero.
    pub reports: i64,
}

impl Cell {
    /// True for a cell that is zero in all three parts.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Adds part by part.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
            reports: self.reports.saturating_add(other.reports),
        }
    }

    /// The cell with the sign of every part turned.
    #[must_use]
    pub fn negated(self) -> Self {
        Self {
            numerator: self.numerator.saturating_neg(),
            denominator: self.denominator.saturating_neg(),
            reports: self.reports.saturating_neg(),
        }
    }
}

/// A set of cells, ordered by key, empty cells left out: a contribution, or the difference of two. With the cells of a
/// stock go its steps on days to come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    months: BTreeMap<CellKey, Cell>,
    steps: BTreeMap<DayKey, Cell>,
}

impl Cells {
    /// Adds one cell.
    pub fn add(&mut self, key: CellKey, cell: Cell) {
        add(&mut self.months, key, cell);
    }

    /// Adds one step of a day to come.
    pub fn add_step(&mut self, key: DayKey, step: Cell) {
        add(&mut self.steps, key, step);
    }

    /// Adds every cell and step of another set.
    pub fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|(key, cell)| self.add(key, cell));
        other.steps().for_each(|(key, step)| self.add_step(key, step));
    }

    /// Takes every cell and step of another set away.
    pub fn subtract_all(&mut self, other: &Self) {
        other.iter().for_each(|(key, cell)| self.add(key, cell.negated()));
        other.steps().for_each(|(key, step)| self.add_step(key, step.negated()));
    }

    /// The difference: this set less every cell and step of another.
    #[must_use]
    pub fn less(mut self, other: &Self) -> Self {
        self.subtract_all(other);
        self
    }

    /// The set without the steps of days up to one: no question asks about those any more.
    #[must_use]
    pub fn with_steps_after(mut self, day: Date) -> Self {
        self.steps.retain(|key, _| day < key.day);
        self
    }

    /// The cells in key order.
    pub fn iter(&self) -> impl Iterator<Item = (CellKey, Cell)> + '_ {
        self.months.iter().map(|(key, cell)| (*key, *cell))
    }

    /// The steps of days to come in key order.
    pub fn steps(&self) -> impl Iterator<Item = (DayKey, Cell)> + '_ {
        self.steps.iter().map(|(key, step)| (*key, *step))
    }

    /// The cell at a key, empty when there is none.
    pub fn get(&self, key: CellKey) -> Cell {
        self.months.get(&key).copied().unwrap_or_default()
    }

    /// The step at a key, empty when there is none.
    pub fn step(&self, key: DayKey) -> Cell {
        self.steps.get(&key).copied().unwrap_or_default()
    }

    /// True when no cell and no step is left.
    pub fn is_empty(&self) -> bool {
        self.months.is_empty() && self.steps.is_empty()
    }

    /// The number of cells that are left.
    pub fn len(&self) -> usize {
        self.months.len()
    }
}

fn add<K: Ord>(cells: &mut BTreeMap<K, Cell>, key: K, cell: Cell) {
    match cells.entry(key) {
        Entry::Vacant(vacant) => {
            if !cell.is_empty() {
                vacant.insert(cell);
            }
        }
        Entry::Occupied(mut occupied) => {
            let sum = occupied.get().plus(cell);
            if sum.is_empty() {
                occupied.remove();
            } else {
                occupied.insert(sum);
            }
        }
    }
}

/// The first cell that differs from its computed value, in words; `name` says where it was found.
pub fn first_difference(computed: &Cells, found: &Cells, name: &str) -> Option<String> {
    let (key, _) = computed.clone().less(found).iter().next()?;
    Some(differs(key, name, found.get(key), computed.get(key)))
}

/// The message that a cell or a step differs from its computed value.
pub fn differs(key: impl fmt::Display, name: &str, found: Cell, computed: Cell) -> String {
    format!(
        "{key}: {name} {}/{} from {} reports, computed {}/{} from {}",
        found.numerator, found.denominator, found.reports, computed.numerator, computed.denominator, computed.reports,
    )
}
