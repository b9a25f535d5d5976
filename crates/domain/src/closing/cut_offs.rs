//! Cut-offs of periods, and the cells changed after them: a late figure must not look as if it had come in time.

use crate::Date;
use crate::catalogue::periods::PeriodDates;
use crate::id::{AgencyId, CalendarId};
use crate::time::{Month, Period};
use std::collections::{BTreeMap, HashMap};

/// The stored cut-offs.
#[derive(Debug, Clone, Default)]
pub struct CutOffs {
    of_periods: HashMap<(CalendarId, Period), Date>,
    /// The earliest one of the periods that end with a month.
    by_end: HashMap<CalendarId, BTreeMap<Month, Date>>,
}

/// The last days of change of an indicator's cells in a calendar, for cells that were changed after a cut-off.
pub(crate) type LateChanges = HashMap<AgencyId, BTreeMap<Month, Date>>;

impl CutOffs {
    /// Adds the cut-off of a period, if one is stored.
    pub fn add(&mut self, dates: &PeriodDates) {
        let Some(cut_off) = dates.cut_off else { return };
        self.of_periods.insert((dates.calendar, dates.period), cut_off);
        let ends = self.by_end.entry(dates.calendar).or_default();
        let first = ends.entry(dates.period.last_month()).or_insert(cut_off);
        *first = cut_off.min(*first);
    }

    /// The cut-off of a period.
    pub fn of(&self, calendar: CalendarId, period: Period) -> Option<Date> {
        self.of_periods.get(&(calendar, period)).copied()
    }

    /// True for a cell of a month, changed on a day, that some period counts whose cut-off was then over: one that ends
    /// with the month or, as stocks are sums from the phase's start, after it.
    pub fn are_over_for(&self, (calendar, month): (CalendarId, Month), day: Date) -> bool {
        let ends = self.by_end.get(&calendar);
        ends.is_some_and(|ends| ends.range(month..).any(|(_, cut_off)| *cut_off < day))
    }

    /// The calendars in which cut-offs were over on a day, each with the last months of periods and a cut-off for each.
    /// A cell of a month is late when it was changed after the cut-off of the first such month that is not before it.
    pub fn over(&self, day: Date) -> impl Iterator<Item = (CalendarId, BTreeMap<Month, Date>)> + '_ {
        self.by_end.iter().filter_map(move |(calendar, ends)| {
            let mut first = Date::MAX;
            let firsts = ends.iter().rev().map(|(end, cut_off)| {
                first = first.min(*cut_off);
                (*end, first)
            });
            let over: BTreeMap<_, _> = firsts.filter(|(_, cut_off)| *cut_off < day).collect();
            (!over.is_empty()).then_some((*calendar, over))
        })
    }

    /// True when none is stored.
    pub fn is_empty(&self) -> bool {
        self.of_periods.is_empty()
    }
}
