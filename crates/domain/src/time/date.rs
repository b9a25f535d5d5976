//! Civil dates, which are written in one way only.

use crate::message::{Argument, Message, ToArgument};
use crate::text::{Shape, TextKind, parsed};
use crate::violation::Violation;
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Deref, RangeInclusive, Sub};
use std::str::FromStr;

/// A civil date in Asia/Ho_Chi_Minh.
///
/// A text is one if it is exactly `YYYY-MM-DD` (RFC 3339, `full-date`) and its year is known; what is computed from it
/// may lie outside these years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NaiveDate);

impl Date {
    /// The years of dates that are taken; the engines' own limits lie far outside and differ.
    pub const YEARS: RangeInclusive<i32> = 1900..=2199;
    /// A date before all others.
    pub const MIN: Self = Self(NaiveDate::MIN);
    /// A date after all others.
    pub const MAX: Self = Self(NaiveDate::MAX);

    /// A date, `None` where the calendar has none.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// Parses, naming `pointer` in the violation: `invalid_date`, or `remote_date` outside [`Self::YEARS`].
    pub fn parse(pointer: &str, text: &str) -> Result<Self, Violation> {
        let no_date = || Violation::new(pointer, "invalid_date").with("expected", &Message::new("phrase.date"));
        let date = Self::read(text).ok_or_else(no_date)?;
        if Self::YEARS.contains(&date.year()) {
            return Ok(date);
        }
        let (first, last) = (Self::YEARS.start(), Self::YEARS.end());
        Err(Violation::new(pointer, "remote_date").with("first", &first.to_string()).with("last", &last.to_string()))
    }

    /// Reads `YYYY-MM-DD`, whatever the year.
    pub fn read(text: &str) -> Option<Self> {
        let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return None };
        let number = |digits: &[u8]| -> Option<u32> {
            digits.iter().try_fold(0, |number, digit| {
                let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
                Some(number * 10 + digit)
            })
        };
        Self::new(i32::try_from(number(&[a, b, c, d])?).ok()?, number(&[e, f])?, number(&[g, h])?)
    }

    /// The ten characters of `YYYY-MM-DD`; none of a year that has not four digits.
    fn characters(self) -> Option<[u8; 10]> {
        let year = u32::try_from(self.year()).ok().filter(|year| *year < 10_000)?;
        let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or_default();
        let [month, day] = [self.month(), self.day()];
        let [a, b, c, d] = [year / 1000, year / 100, year / 10, year].map(digit);
        let [e, f, g, h] = [month / 10, month, day / 10, day].map(digit);
        Some([a, b, c, d, b'-', e, f, b'-', g, h])
    }

    /// The day after; none after the last of all.
    pub fn next(self) -> Option<Self> {
        self.succ_opt().map(Self)
    }

    /// The day before; none before the first of all.
    pub fn previous(self) -> Option<Self> {
        self.pred_opt().map(Self)
    }

    /// The day so many days later, or the last of all.
    pub fn plus_days(self, days: u64) -> Self {
        self.checked_add_days(Days::new(days)).map_or(Self::MAX, Self)
    }
}

impl Deref for Date {
    type Target = NaiveDate;

    fn deref(&self) -> &NaiveDate {
        &self.0
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl From<Date> for NaiveDate {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Add<TimeDelta> for Date {
    type Output = Self;

    fn add(self, time: TimeDelta) -> Self {
        Self(self.0 + time)
    }
}

impl Add<Days> for Date {
    type Output = Self;

    fn add(self, days: Days) -> Self {
        Self(self.0 + days)
    }
}

impl Sub<Days> for Date {
    type Output = Self;

    fn sub(self, days: Days) -> Self {
        Self(self.0 - days)
    }
}

impl Sub for Date {
    type Output = TimeDelta;

    fn sub(self, other: Self) -> TimeDelta {
        self.0 - other.0
    }
}

impl ToArgument for Date {
    fn to_argument(&self) -> Argument {
        Argument::Date(self.0)
    }
}

impl FromStr for Date {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        Self::parse("", text)
    }
}

/// As [`Date::read`] reads it. Every row of an answer and of the log has days, and a formatter writes them character by
/// character.
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let characters = self.characters();
        match characters.as_ref().and_then(|characters| std::str::from_utf8(characters).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, str::parse)
    }
}

crate::schema!(Date, crate::schema::date());

impl TextKind for Date {
    const NAME: &'static str = "Date";
    const FORMAT: &'static str = "date";
    const SHAPE: Shape = Shape { min_length: 10, max_length: 10, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" };

    fn fault(pointer: &str, text: &str) -> Option<Violation> {
        Self::parse(pointer, text).err()
    }
}
