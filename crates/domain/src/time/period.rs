//! Reporting months, and the periods that are made of them.

use crate::Date;
use crate::limits::Within;
use crate::message::same_everywhere;
use crate::text::{OneText, Shape, parsed, text_kind};
use crate::violation::Violation;
use chrono::Datelike;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::RangeInclusive;

/// A year that this system knows.
pub type Year = Within<i32, { Month::FIRST_YEAR as i64 }, { Month::LAST_YEAR as i64 }>;

/// A reporting month as `YYYYMM`, within the years [`Month::FIRST_YEAR`]..=[`Month::LAST_YEAR`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The first year of any period.
    pub const FIRST_YEAR: i32 = 2000;
    /// The last year of any period.
    pub const LAST_YEAR: i32 = 2199;
    /// The first month of all.
    pub const EARLIEST: Self = Self(Self::FIRST_YEAR * 100 + 1);
    /// The last month of all.
    pub const LATEST: Self = Self(Self::LAST_YEAR * 100 + 12);

    /// A month, `None` outside the known years or 1..=12.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let known = (Self::FIRST_YEAR..=Self::LAST_YEAR).contains(&year) && (1..=12).contains(&month);
        known.then(|| Self(year * 100 + i32::try_from(month).unwrap_or_default()))
    }

    /// The civil month of a day, or of the nearest day in the known years. No calendar counts a day in an earlier
    /// month.
    pub fn civil(date: Date) -> Self {
        let outside = if date.year() < Self::FIRST_YEAR { Self::EARLIEST } else { Self::LATEST };
        Self::new(date.year(), date.month()).unwrap_or(outside)
    }

    /// Reads the stored form back.
    pub fn from_yyyymm(value: i32) -> Option<Self> {
        Self::new(value / 100, u32::try_from(value % 100).ok()?)
    }

    /// The stored form, e.g. `202610`.
    pub fn yyyymm(self) -> i32 {
        self.0
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0 / 100
    }

    /// The month in the year, 1 to 12.
    pub fn month(self) -> u32 {
        (self.0 % 100).unsigned_abs()
    }

    /// The month after; `None` past the last known year.
    pub fn next(self) -> Option<Self> {
        if self.month() == 12 { Self::new(self.year() + 1, 1) } else { Some(Self(self.0 + 1)) }
    }

    /// The month before; `None` before the first known year.
    pub fn previous(self) -> Option<Self> {
        if self.month() == 1 { Self::new(self.year() - 1, 12) } else { Some(Self(self.0 - 1)) }
    }

    /// The months from this one to `last`, both included, in order.
    pub fn through(self, last: Month) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self), |month| month.next()).take_while(move |month| *month <= last)
    }

    /// A day of the civil month.
    pub(crate) fn day(self, day: u32) -> Date {
        Date::new(self.year(), self.month(), day).unwrap_or_default()
    }

    /// The first day of the civil month after.
    pub(crate) fn next_first_day(self) -> Date {
        let (year, month) = if self.month() == 12 { (self.year() + 1, 1) } else { (self.year(), self.month() + 1) };
        Date::new(year, month, 1).unwrap_or_default()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// A reporting period; a quarter, half-year or year is a union of months of the same calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// `2026-10`.
    Month(Month),
    /// `2026-Q4`.
    Quarter(i32, u32),
    /// `2026-H2`.
    Half(i32, u32),
    /// `2026`.
    Year(i32),
}

impl Period {
    /// Parses `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    pub fn parse(pointer: &str, text: &str) -> Result<Self, Violation> {
        Self::read(text).ok_or_else(|| Violation::new(pointer, "invalid_period"))
    }

    /// Parses a period that must be one month.
    pub fn parse_month(pointer: &str, text: &str) -> Result<Month, Violation> {
        match Self::read(text) {
            Some(Self::Month(month)) => Ok(month),
            _ => Err(Violation::new(pointer, "invalid_month")),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let (year, rest) = text.split_at_checked(4)?;
        let year = i32::try_from(digits(year)?).ok()?;
        Month::new(year, 1)?;
        match rest.as_bytes() {
            [] => Some(Self::Year(year)),
            [b'-', b'Q', quarter @ b'1'..=b'4'] => Some(Self::Quarter(year, u32::from(quarter - b'0'))),
            [b'-', b'H', half @ b'1'..=b'2'] => Some(Self::Half(year, u32::from(half - b'0'))),
            [b'-', _, _] => Month::new(year, digits(&rest[1..])?).map(Self::Month),
            _ => None,
        }
    }

    /// The year the period lies in; no period spans two.
    pub fn year(self) -> i32 {
        match self {
            Self::Month(month) => month.year(),
            Self::Quarter(year, _) | Self::Half(year, _) | Self::Year(year) => year,
        }
    }

    /// The first month.
    pub fn first_month(self) -> Month {
        self.month_range().0
    }

    /// The last month.
    pub fn last_month(self) -> Month {
        self.month_range().1
    }

    /// The months, in order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        self.first_month().through(self.last_month())
    }

    /// From the first month to the last.
    pub fn range(self) -> RangeInclusive<Month> {
        let (first, last) = self.month_range();
        first..=last
    }

    /// The periods that hold a month, shortest first: month, quarter, half-year, year.
    pub fn holding(month: Month) -> [Self; 4] {
        let (year, m) = (month.year(), month.month());
        [Self::Month(month), Self::Quarter(year, m.div_ceil(3)), Self::Half(year, m.div_ceil(6)), Self::Year(year)]
    }

    /// The period of the same length after this one; `None` past the last known year.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Month(month) => month.next().map(Self::Month),
            Self::Quarter(year, 4) => Month::new(year + 1, 1).map(|_| Self::Quarter(year + 1, 1)),
            Self::Quarter(year, quarter) => Some(Self::Quarter(year, quarter + 1)),
            Self::Half(year, 2) => Month::new(year + 1, 1).map(|_| Self::Half(year + 1, 1)),
            Self::Half(year, half) => Some(Self::Half(year, half + 1)),
            Self::Year(year) => Month::new(year + 1, 1).map(|_| Self::Year(year + 1)),
        }
    }

    fn month_range(self) -> (Month, Month) {
        let month = |year: i32, month: u32| Month(year * 100 + i32::try_from(month).unwrap_or_default());
        match self {
            Self::Month(m) => (m, m),
            Self::Quarter(year, quarter) => (month(year, quarter * 3 - 2), month(year, quarter * 3)),
            Self::Half(year, half) => (month(year, half * 6 - 5), month(year, half * 6)),
            Self::Year(year) => (month(year, 1), month(year, 12)),
        }
    }
}

impl OneText for Period {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::read(text)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(month) => month.fmt(f),
            Self::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Self::Half(year, half) => write!(f, "{year:04}-H{half}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

same_everywhere!(Month, Period);

text_kind!(Month, "month", MONTH_SHAPE, Period::parse_month);
text_kind!(Period, "period", PERIOD_SHAPE, Period::parse);

const MONTH_SHAPE: Shape = Shape { min_length: 7, max_length: 7, pattern: r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$" };
const PERIOD_SHAPE: Shape =
    Shape { min_length: 4, max_length: 7, pattern: r"^2[01][0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$" };

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, |text| Period::parse_month("", text))
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, |text| Self::parse("", text))
    }
}
