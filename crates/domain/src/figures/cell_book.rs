//! The book of cells, from which every answer is computed.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::definitions::Definition;
use crate::cells::{Cell, CellKey, Cells, DayKey};
use crate::closing::cut_offs::LateChanges;
use crate::figures::question::Question;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::records::head_counts::HeadCounts;
use crate::time::Month;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// All cells by indicator and calendar, then agency, then month.
#[derive(Debug, Clone, Default)]
pub struct CellBook {
    pub(crate) books: HashMap<(IndicatorId, CalendarId), Book>,
    /// Months whose figures are estimates: few, so they are kept beside the cells.
    pub(crate) estimates: HashMap<(IndicatorId, CalendarId), Estimates>,
    /// Steps of stocks: the changes of their cells on days to come.
    pub(crate) steps: HashMap<(IndicatorId, CalendarId), HashMap<AgencyId, DaySteps>>,
    /// Head counts of the rolls, where something is compared with them.
    pub(crate) people: Option<Arc<HeadCounts>>,
    /// Last days of change of cells that were changed after a cut-off: few, too.
    pub(crate) late_changes: HashMap<(IndicatorId, CalendarId), LateChanges>,
}

/// The months that agencies have estimated, of one indicator in one calendar.
pub(crate) type Estimates = HashMap<AgencyId, BTreeSet<Month>>;

/// The cells of one indicator in one calendar.
pub(crate) type Book = HashMap<AgencyId, Months>;

/// The cells of one agency among them.
pub(crate) type Months = BTreeMap<Month, Cell>;

/// The steps of one agency in one of them.
pub(crate) type DaySteps = BTreeMap<Date, Cell>;

impl CellBook {
    /// The part of the book that answers about one indicator are computed from, but for head counts.
    #[must_use]
    pub fn about(&self, indicator: IndicatorId) -> Self {
        Self {
            books: of(&self.books, indicator),
            estimates: of(&self.estimates, indicator),
            steps: of(&self.steps, indicator),
            people: None,
            late_changes: of(&self.late_changes, indicator),
        }
    }

    /// Adds a difference to cells and steps.
    pub fn add(&mut self, difference: &Cells) {
        for (key, cell) in difference.iter() {
            self.set(key, self.get(key).plus(cell));
        }
        for (key, step) in difference.steps() {
            self.set_step(key, self.step(key).plus(step));
        }
    }

    /// Sets the current value of a cell.
    pub fn set(&mut self, key: CellKey, cell: Cell) {
        let months = self.books.entry((key.indicator, key.calendar)).or_default().entry(key.agency).or_default();
        if cell.is_empty() {
            months.remove(&key.month);
        } else {
            months.insert(key.month, cell);
        }
    }

    /// The current value of a cell.
    pub fn get(&self, key: CellKey) -> Cell {
        self.months(key.indicator, key.calendar, key.agency)
            .and_then(|months| months.get(&key.month))
            .copied()
            .unwrap_or_default()
    }

    fn step(&self, key: DayKey) -> Cell {
        let agencies = self.steps.get(&(key.indicator, key.calendar));
        let step = agencies.and_then(|agencies| agencies.get(&key.agency)?.get(&key.day));
        step.copied().unwrap_or_default()
    }

    /// Sets the current value of a step.
    pub fn set_step(&mut self, key: DayKey, step: Cell) {
        let days = self.steps.entry((key.indicator, key.calendar)).or_default().entry(key.agency).or_default();
        if step.is_empty() {
            days.remove(&key.day);
        } else {
            days.insert(key.day, step);
        }
    }

    /// Every step, in no particular order.
    pub fn steps(&self) -> impl Iterator<Item = (DayKey, Cell)> + '_ {
        self.steps.iter().flat_map(|((indicator, calendar), agencies)| {
            agencies.iter().flat_map(move |(agency, days)| {
                days.iter().map(move |(day, step)| {
                    let (indicator, calendar, agency) = (*indicator, *calendar, *agency);
                    (DayKey { indicator, agency, calendar, day: *day }, *step)
                })
            })
        })
    }

    /// Marks the figure declared for a month as an estimate, or takes the mark away.
    pub fn mark(&mut self, key: CellKey, is_estimate: bool) {
        let place = (key.indicator, key.calendar);
        if is_estimate {
            self.estimates.entry(place).or_default().entry(key.agency).or_default().insert(key.month);
        } else if let Some(agencies) = self.estimates.get_mut(&place)
            && let Some(months) = agencies.get_mut(&key.agency)
        {
            months.remove(&key.month);
        }
    }

    /// True when the figure declared for a month is an estimate.
    pub fn is_estimate(&self, key: CellKey) -> bool {
        let agencies = self.estimates.get(&(key.indicator, key.calendar));
        agencies.and_then(|agencies| agencies.get(&key.agency)).is_some_and(|months| months.contains(&key.month))
    }

    /// Sets the head counts, or removes them.
    pub fn keep_people(&mut self, people: Option<Arc<HeadCounts>>) {
        self.people = people;
    }

    /// The head counts, if they are kept.
    pub fn people(&self) -> Option<&Arc<HeadCounts>> {
        self.people.as_ref()
    }

    /// The head counts to be changed, if they are kept. Readers that share them keep the state they have.
    pub fn people_mut(&mut self) -> Option<&mut HeadCounts> {
        self.people.as_mut().map(Arc::make_mut)
    }

    /// Records the day of a cell's last change. Only days after a cut-off of a period that counts the cell are needed.
    pub fn set_changed(&mut self, key: CellKey, day: Date) {
        let agencies = self.late_changes.entry((key.indicator, key.calendar)).or_default();
        agencies.entry(key.agency).or_default().insert(key.month, day);
    }

    /// Removes all days of last change.
    pub fn forget_changed(&mut self) {
        self.late_changes.clear();
    }

    /// Last days of change of cells that were changed after a cut-off, in no particular order.
    pub fn late_changes(&self) -> impl Iterator<Item = (CellKey, Date)> + '_ {
        self.late_changes.iter().flat_map(|((indicator, calendar), agencies)| {
            agencies.iter().flat_map(move |(agency, months)| {
                months.iter().map(move |(month, day)| {
                    let (indicator, calendar, agency) = (*indicator, *calendar, *agency);
                    (CellKey { indicator, agency, calendar, month: *month }, *day)
                })
            })
        })
    }

    /// True when a cell was changed after a cut-off.
    pub(crate) fn is_changed_after(&self, key: CellKey, cut_off: Date) -> bool {
        let agencies = self.late_changes.get(&(key.indicator, key.calendar));
        let day = agencies.and_then(|agencies| agencies.get(&key.agency)?.get(&key.month));
        day.is_some_and(|day| cut_off < *day)
    }

    /// Every cell, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (CellKey, Cell)> + '_ {
        self.books.iter().flat_map(|((indicator, calendar), agencies)| {
            agencies.iter().flat_map(move |(agency, months)| {
                months.iter().map(move |(month, cell)| {
                    let (indicator, calendar, agency) = (*indicator, *calendar, *agency);
                    (CellKey { indicator, agency, calendar, month: *month }, *cell)
                })
            })
        })
    }

    pub(super) fn months(&self, indicator: IndicatorId, calendar: CalendarId, agency: AgencyId) -> Option<&Months> {
        self.books.get(&(indicator, calendar))?.get(&agency)
    }

    /// The last of a question's months in which an agency reported something.
    pub(crate) fn last_reported(
        &self,
        question: &Question,
        agency: AgencyId,
        (first, last): (Month, Month),
    ) -> Option<Month> {
        let months = self.months(question.indicator, question.calendar, agency)?;
        months.range(first..=last).rfind(|(_, cell)| cell.reports > 0).map(|(month, _)| *month)
    }

    /// The figures of an indicator under other calendars; none for dated records, which count in every calendar.
    pub(crate) fn elsewhere(&self, catalogue: &Catalogue, definition: &Definition, question: &Question) -> Vec<&Book> {
        if definition.source.is_dated() {
            return Vec::new();
        }
        let others = catalogue.calendars.keys().filter(|other| **other != question.calendar);
        others.filter_map(|other| self.books.get(&(question.indicator, *other))).collect()
    }
}

/// The entries of one indicator, in every calendar.
fn of<T: Clone>(
    kept: &HashMap<(IndicatorId, CalendarId), T>,
    indicator: IndicatorId,
) -> HashMap<(IndicatorId, CalendarId), T> {
    let about = kept.iter().filter(|((of, _), _)| *of == indicator);
    about.map(|(place, value)| (*place, value.clone())).collect()
}

impl FromIterator<(CellKey, Cell)> for CellBook {
    fn from_iter<I: IntoIterator<Item = (CellKey, Cell)>>(cells: I) -> Self {
        let mut book = Self::default();
        for (key, cell) in cells {
            book.set(key, cell);
        }
        book
    }
}
