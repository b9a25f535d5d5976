//! Contributions to stocks: a person or a system counts by its standing at the ends of months, and a cell holds the
//! month's change.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::{Run, Span};
use crate::cells::{Cell, CellKey, Cells};
use crate::id::{CalendarId, IndicatorId};
use crate::records::day_steps::add_day_steps;
use crate::records::standings::{BeforeAfter, MonthEnd, Reports, StockState, step};
use crate::time::Month;
use std::ops::Deref;

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
