//! Moments on the wire.

use chrono::{DateTime, Datelike, FixedOffset, NaiveTime, TimeDelta, Utc};
use thidua_domain::Date;
use thidua_domain::time::{Moment, Month};
use thidua_domain::violation::Violation;

/// A moment as the database keeps it, to the microsecond, within the years this system knows.
pub fn parse(pointer: &str, moment: DateTime<FixedOffset>) -> Result<Moment, Violation> {
    let kept = DateTime::from_timestamp_micros(moment.timestamp_micros());
    kept.filter(|moment| (Month::FIRST_YEAR..=Month::LAST_YEAR).contains(&moment.year())).ok_or_else(|| {
        Violation::new(pointer, "invalid_moment.years")
            .with("first", &Month::FIRST_YEAR.to_string())
            .with("last", &Month::LAST_YEAR.to_string())
    })
}

/// A moment as it is answered: in Asia/Ho_Chi_Minh, which has kept UTC+7 since 1975.
pub fn local(moment: Moment) -> DateTime<FixedOffset> {
    zone().map_or_else(|| moment.fixed_offset(), |offset| moment.with_timezone(&offset))
}

/// The last microsecond of a day in Asia/Ho_Chi_Minh.
pub fn end_of_day(day: Date) -> Option<Moment> {
    let midnight = day.succ_opt()?.and_time(NaiveTime::MIN).and_local_timezone(zone()?).single()?;
    Some(midnight.with_timezone(&Utc) - TimeDelta::microseconds(1))
}

fn zone() -> Option<FixedOffset> {
    FixedOffset::east_opt(7 * 3600)
}
