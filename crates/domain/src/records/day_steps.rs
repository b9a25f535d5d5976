//! Steps of a stock inside a month: the cell as if its month ended on a day to come, less the cell as if it ended the
//! day before.
//!
//! A cell is that of its month's end. While the month runs, its value on a day is the cell less the steps of all later
//! days: a status that will have run out by the month's end counts until then. Only days after that of the write have
//! steps, as no question is asked about an earlier day. The first day of a month has none: its changes are the
//! difference of two cells.

use crate::Date;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::Run;
use crate::cells::{Cell, Cells, DayKey};
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::records::standings::{BeforeAfter, MonthEnd, StockState, step};
use crate::time::Month;
use std::ops::RangeInclusive;

/// Adds the steps of one thing on days of a phase, as [`crate::records::stocks::add_stock_difference`] adds its cells.
pub(crate) fn add_day_steps(
    cells: &mut Cells,
    ((indicator, calendar_id), calendar): ((IndicatorId, CalendarId), &Calendar),
    (run, phase): (Run<'_>, RangeInclusive<Month>),
    days: impl Iterator<Item = Date>,
    standings: impl Fn(MonthEnd<'_>) -> BeforeAfter<Option<StockState>>,
) {
    let end = |month, day| MonthEnd { month, day, definition: run.in_month(month) };
    for day in days {
        let Some(month) = calendar.month_of(day).filter(|month| phase.contains(month)) else { continue };
        let first = calendar.month_window(month).from;
        let (Some(eve), true) = (day.previous(), first < day) else { continue };
        let (was, is) = (standings(end(month, eve)), standings(end(month, day)));
        if was == is {
            continue;
        }
        // A cell is a change since the end of the month before, so a step is the difference of two such changes.
        let last_end = first.previous().and_then(|day| Some(end(calendar.month_of(day)?, day)));
        let last_end = last_end.filter(|end| phase.contains(&end.month));
        let since = last_end.map(&standings).unwrap_or_default();
        let key = |agency: AgencyId| DayKey { indicator, agency, calendar: calendar_id, day };
        let mut add = |agency, step: Cell| cells.add_step(key(agency), step);
        step(since.after, is.after, &mut add);
        step(since.before, was.before, &mut add);
        step(since.after, was.after, |agency, step| add(agency, step.negated()));
        step(since.before, is.before, |agency, step| add(agency, step.negated()));
    }
}
