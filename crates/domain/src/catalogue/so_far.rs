//! Periods as far as they have come: a running one is answered as of a day, and marked as provisional.

use crate::Date;
use crate::catalogue::calendars::Calendar;
use crate::time::{Month, Period, Window};

/// A first and a last month.
pub(crate) type MonthSpan = (Month, Month);

/// A period as far as it has come on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoFar {
    /// All its days.
    pub window: Window,
    /// The day as of which its figures are told: the last one of a period that has ended, else the day asked on.
    pub judged_on: Date,
    /// True until its last day has passed.
    pub provisional: bool,
    /// True from its first day on.
    pub begun: bool,
    /// Its first month.
    pub first: Month,
    /// The last month of it that has begun; its first one before that.
    pub last: Month,
}

/// The last days of a calendar's months, as far as days have come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MonthEnds<'a> {
    calendar: &'a Calendar,
    until: Date,
}

impl MonthEnds<'_> {
    /// The last day of a month, or the last one that has come of a month that runs.
    pub(crate) fn last_day(self, month: Month) -> Date {
        self.calendar.last_day(month).min(self.until)
    }
}

impl SoFar {
    /// A period on a day.
    pub fn of(calendar: &Calendar, period: Period, day: Date) -> Self {
        let window = calendar.window(period);
        let provisional = day <= window.to;
        let judged_on = if provisional { day } else { window.to };
        let month = calendar.month_of(judged_on).unwrap_or(period.last_month());
        Self {
            window,
            judged_on,
            provisional,
            begun: window.from <= day,
            first: period.first_month(),
            last: month.clamp(period.first_month(), period.last_month()),
        }
    }

    /// The days that have come, of a window that begins within the period; all of them before it has begun.
    #[must_use]
    pub fn part(&self, window: Window) -> Window {
        let to = if self.begun { window.to.min(self.judged_on) } else { window.to };
        Window { from: window.from, to }
    }

    /// Its months that have begun, from the first to the last one.
    pub(crate) fn months(&self) -> MonthSpan {
        (self.first, self.last)
    }

    /// The days at whose end agencies are looked at, month by month.
    pub(crate) fn ends<'a>(&self, calendar: &'a Calendar) -> MonthEnds<'a> {
        MonthEnds { calendar, until: self.part(self.window).to }
    }

    /// The day at whose end people, systems and agencies are looked at; the first one before it has begun.
    pub fn end(&self) -> Date {
        if self.begun { self.judged_on } else { self.window.from }
    }
}
