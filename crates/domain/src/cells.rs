//! Cells: the sums every figure is made of.
//!
//! An entity contributes a few cells; a write replaces its contribution (`cells += new − old`). Whatever the order of
//! writes, the cells equal the sum of all contributions computed from scratch.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::{Definition, Run, Span};
use crate::day_steps::{DayKey, add_day_steps};
pub use crate::figures::standings::{Reported, StockState};
use crate::figures::standings::{Reports, step};
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::time::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::ops::Deref;

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

/// Days on which a standing may change, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDays(Vec<Date>);

impl ChangeDays {
    /// Sorts days given in any order.
    pub fn on(days: impl IntoIterator<Item = Date>) -> Self {
        let mut days = Vec::from_iter(days);
        days.sort_unstable();
        Self(days)
    }

    /// The months at whose ends a standing may be another than at the end of the month before, in order, each once, the
    /// first of all included.
    fn months(&self, calendar: &Calendar, first: Month, last: Month) -> impl Iterator<Item = Month> {
        let turned = self.0.iter().filter_map(|day| calendar.month_of(*day));
        let turned = turned.filter(move |month| (first..=last).contains(month));
        let mut before = None;
        std::iter::once(first).chain(turned).filter(move |month| before.replace(*month) != Some(*month))
    }

    /// The days after one, each once.
    pub(crate) fn after(&self, day: Date) -> impl Iterator<Item = Date> {
        let later = self.0.get(self.0.partition_point(|turn| *turn <= day)..).unwrap_or_default();
        later.chunk_by(|one, other| one == other).filter_map(|same| same.first().copied())
    }
}

/// Adds the contribution of one thing to a stock indicator in the months of a run of its versions: in every calendar
/// and phase, the changes of its standing from one month's end to the next, so that a running sum from the phase's
/// start gives the state at any month's end; and the steps inside months on days after `today`.
///
/// `standing` is called once for the end of every month at which it may have changed, and for such days. The first
/// month of a version is one of these: another version may change it alone.
pub fn add_stock_contribution(
    cells: &mut Cells,
    catalogue: &Catalogue,
    indicator: (IndicatorId, Run<'_>),
    (turns, today): (&ChangeDays, Date),
    standing: impl Fn(PhaseStart<'_>, MonthEnd<'_>) -> Option<StockState>,
) {
    let standing = &standing;
    let from_nothing = |start| Some(move |end: MonthEnd<'_>| BeforeAfter { before: None, after: standing(start, end) });
    add_stock_difference(cells, catalogue, indicator, (&turns, today), from_nothing);
}

/// The beginning of a phase in a calendar.
#[derive(Debug, Clone, Copy)]
pub struct PhaseStart<'a> {
    /// The calendar's identity.
    pub id: CalendarId,
    /// The calendar.
    pub calendar: &'a Calendar,
    /// The phase's first day in it.
    pub day: Date,
}

/// The end of a month in a calendar, or the end that a month has come to on a day.
#[derive(Debug, Clone, Copy)]
pub struct MonthEnd<'a> {
    /// The month.
    pub month: Month,
    /// Its last day, so far.
    pub day: Date,
    /// The version of the indicator's definition that holds in it.
    pub definition: &'a Definition,
}

/// Two states of a thing: before a write and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BeforeAfter<T> {
    /// The state before.
    pub before: T,
    /// The state after.
    pub after: T,
}

/// Adds the change of one thing's contribution to a stock indicator when its standings are replaced: the contribution
/// of the new ones less that of the old ones, as [`add_stock_contribution`] would add them.
///
/// `standings` is called with the start of every phase in every calendar. It returns a function that tells the
/// standings at a month's end, or on a day as if its month ended with it; nothing for a phase in which no standing
/// changes.
pub fn add_stock_difference<'a, S: Fn(MonthEnd<'_>) -> BeforeAfter<Option<StockState>>>(
    cells: &mut Cells,
    catalogue: &'a Catalogue,
    (indicator, run): (IndicatorId, Run<'_>),
    (turns, today): (&impl Deref<Target = ChangeDays>, Date),
    standings: impl Fn(PhaseStart<'a>) -> Option<S>,
) {
    let reports = Reports::of(run);
    for phase in catalogue.phases_of(run.definition.movement) {
        let (first, last) = (phase.entity.first_month().max(run.first), phase.entity.last_month().min(run.last));
        for (calendar_id, calendar) in &catalogue.calendars {
            let start = PhaseStart { id: *calendar_id, calendar, day: calendar.month_window(first).from };
            let Some(standings) = standings(start) else { continue };
            let mut earlier = BeforeAfter::<Option<StockState>>::default();
            let mut reports = reports.clone();
            for Span { first, last, definition } in run.within(first..=last) {
                // Another rule counts reports from zero: those of the rule before are taken back in its first month.
                if let Some(counted) = reports.counted_anew(definition) {
                    for (agency, reports) in counted {
                        let key = CellKey { indicator, agency, calendar: *calendar_id, month: first };
                        cells.add(key, Cell { reports: -reports, ..Cell::default() });
                    }
                    earlier = BeforeAfter {
                        before: earlier.before.map(StockState::unreported),
                        after: earlier.after.map(StockState::unreported),
                    };
                }
                for month in turns.months(calendar, first, last) {
                    let key = |agency| CellKey { indicator, agency, calendar: *calendar_id, month };
                    let now = standings(MonthEnd { month, day: calendar.last_day(month), definition });
                    let (old, new) = ((earlier.before, now.before), (earlier.after, now.after));
                    if old != new {
                        let mut add = |agency, cell: Cell| {
                            reports.count(agency, cell.reports);
                            cells.add(key(agency), cell);
                        };
                        step(old.0, old.1, |agency, cell| add(agency, cell.negated()));
                        step(new.0, new.1, add);
                    }
                    earlier = now;
                }
            }
            let place = (indicator, *calendar_id);
            add_day_steps(cells, (place, calendar), (run, first..=last), turns.after(today), standings);
        }
    }
}
