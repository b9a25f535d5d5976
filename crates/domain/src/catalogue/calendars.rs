//! Reporting calendars: the month that a civil date belongs to, and the dates that a period covers.
//!
//! A calendar is one fact, the day its months close. State reporting closes on the 14th (`nd09`, Decree
//! 09/2019/NĐ-CP), statistics at the month's end (`civil`); every longer window is a union of months.

use crate::Date;
use crate::limits::Within;
use crate::string_enum;
use crate::text::{Code, Name};
use crate::time::{Month, Period, Window};
use crate::violation::Violation;
use chrono::{Datelike, Days};
use serde::{Deserialize, Serialize};

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// `nd09`, `civil`, …
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// The day on which its months close.
    pub closes: MonthClose,
    /// The fate of records that come late.
    #[serde(default, skip_serializing_if = "LateRecords::is_counted")]
    pub late_records: LateRecords,
}

string_enum! {
    /// Dated records of closed time, as a calendar takes them.
    LateRecords: Default {
        /// They are taken, and count from the first open day.
        CountLater = "count_later",
        /// They are refused.
        Refuse = "refuse",
    }
}

impl LateRecords {
    fn is_counted(&self) -> bool {
        *self == Self::CountLater
    }
}

/// A day on which every month may close.
pub type ClosingDay = Within<u8, 1, 28>;

/// The last day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthClose {
    /// On this day (1–28); the days after it belong to the next month.
    OnDay(u8),
    /// On the last civil day.
    AtEnd,
}

impl MonthClose {
    /// Parses a closing day, `None` meaning the end of the month.
    pub fn parse(pointer: &str, day: Option<u8>) -> Result<Self, Violation> {
        match day {
            None => Ok(Self::AtEnd),
            Some(day) if ClosingDay::holds(&day) => Ok(Self::OnDay(day)),
            Some(_) => Err(Violation::new(pointer, "invalid_closing_day")),
        }
    }

    /// The closing day, `None` meaning the end of the month.
    pub fn day(self) -> Option<u8> {
        match self {
            Self::OnDay(day) => Some(day),
            Self::AtEnd => None,
        }
    }

    /// The month a date belongs to; `None` outside the years this system knows.
    pub fn month_of(self, date: Date) -> Option<Month> {
        let civil = Month::new(date.year(), date.month())?;
        match self {
            Self::OnDay(day) if date.day() > u32::from(day) => civil.next(),
            _ => Some(civil),
        }
    }

    /// The dates of a month.
    pub fn window(self, month: Month) -> Window {
        Window { from: self.first_day(month), to: self.last_day(month) }
    }

    fn last_day(self, month: Month) -> Date {
        match self {
            Self::OnDay(day) => month.day(u32::from(day)),
            Self::AtEnd => month.next_first_day() - Days::new(1),
        }
    }

    fn first_day(self, month: Month) -> Date {
        match self {
            Self::OnDay(day) => {
                let eve = month.day(1) - Days::new(1);
                Date::new(eve.year(), eve.month(), day.into()).unwrap_or(eve) + Days::new(1)
            }
            Self::AtEnd => month.day(1),
        }
    }
}

impl Calendar {
    /// The month a date belongs to; `None` outside the years this system knows.
    pub fn month_of(&self, date: Date) -> Option<Month> {
        self.closes.month_of(date)
    }

    /// The dates a period covers: the exact union of its months.
    pub fn window(&self, period: Period) -> Window {
        Window { from: self.closes.window(period.first_month()).from, to: self.closes.window(period.last_month()).to }
    }

    /// The dates of one month.
    pub fn month_window(&self, month: Month) -> Window {
        self.closes.window(month)
    }

    /// The last day of one month.
    pub fn last_day(&self, month: Month) -> Date {
        self.closes.last_day(month)
    }
}
