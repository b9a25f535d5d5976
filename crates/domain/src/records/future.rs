//! Days, months and moments to come: nothing has happened in them yet, so no record may say so.

use crate::Date;
use crate::time::{Moment, Window, civil_date, local_time};
use crate::violation::Violation;
use chrono::TimeDelta;

/// Minutes by which a caller's clock may be ahead of the server's.
const CLOCK_SKEW: i64 = 5;

/// Refuses a day to come.
pub fn require_day(pointer: &str, day: Date, today: Date) -> Result<(), Violation> {
    if day <= today {
        return Ok(());
    }
    Err(Violation::new(pointer, "in_future.day").with("day", &day).with("today", &today))
}

/// Refuses a month that has not begun; `window` holds its days.
pub fn require_month(pointer: &str, window: Window, today: Date) -> Result<(), Violation> {
    if window.from <= today {
        return Ok(());
    }
    Err(Violation::new(pointer, "in_future.month").with("from", &window.from).with("today", &today))
}

/// Refuses a moment to come.
pub fn require_moment(pointer: &str, moment: Moment, now: Moment) -> Result<(), Violation> {
    if moment - now <= TimeDelta::minutes(CLOCK_SKEW) {
        return Ok(());
    }
    let (today, time) = (civil_date(now), local_time(now).format("%H:%M"));
    Err(Violation::new(pointer, "in_future.moment")
        .with("time", &time.to_string())
        .with("today", &today)
        .with("skew", &CLOCK_SKEW))
}
