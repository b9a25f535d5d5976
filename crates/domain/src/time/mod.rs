//! Time as reports count it: moments and civil dates in Asia/Ho_Chi_Minh, and the months and periods of a year.

use crate::id::WholeNumber;
use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

mod date;
mod period;

pub use date::Date;
pub use period::{Month, Period, Year};

/// A moment in time.
pub type Moment = DateTime<Utc>;

/// In microseconds since 1970.
impl WholeNumber for Moment {
    fn number(&self) -> i64 {
        self.timestamp_micros()
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::from_timestamp_micros(number)
    }
}

/// A range of civil dates, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = WindowView, description = "The dates of a period, both ends included."))]
pub struct Window {
    /// First day.
    #[cfg_attr(feature = "openapi", schema(example = "2026-09-15"))]
    pub from: Date,
    /// Last day.
    #[cfg_attr(feature = "openapi", schema(example = "2026-10-14"))]
    pub to: Date,
}

/// The first of the days in which two times of validity, each a first and a last day, differ; none where they are the
/// same.
pub(crate) fn first_day_apart(one: (Date, Option<Date>), other: (Date, Option<Date>)) -> Option<Date> {
    let begins = (one.0 != other.0).then(|| one.0.min(other.0));
    let ends = [one.1, other.1].into_iter().flatten().min().filter(|_| one.1 != other.1);
    begins.into_iter().chain(ends).min()
}

/// The civil date of a moment in Asia/Ho_Chi_Minh, which has kept UTC+7 since 1975.
pub fn civil_date(moment: Moment) -> Date {
    local_time(moment).date().into()
}

/// The last microsecond of a day in Asia/Ho_Chi_Minh.
pub fn end_of_day(day: Date) -> Moment {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(24 - 7) - TimeDelta::microseconds(1)
}

/// The local time of a moment in Asia/Ho_Chi_Minh.
pub(crate) fn local_time(moment: Moment) -> NaiveDateTime {
    moment.naive_utc() + TimeDelta::hours(7)
}

/// A date as Vietnamese texts write it, e.g. `29/11/2026`.
pub fn written(day: Date) -> String {
    day.format("%d/%m/%Y").to_string()
}
