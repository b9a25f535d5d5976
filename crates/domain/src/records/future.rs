//! Days, months and moments to come: nothing has happened in them yet, so no record may say so.

use crate::Date;
use crate::time::{Moment, Window, civil_date, local_time, written};
use crate::violation::Violation;
use chrono::TimeDelta;

/// Minutes by which a caller's clock may be ahead of the server's.
const CLOCK_SKEW: i64 = 5;

/// Refuses a day to come.
pub fn require_day(pointer: &str, day: Date, today: Date) -> Result<(), Violation> {
    if day <= today {
        return Ok(());
    }
    Err(in_future(
        pointer,
        format!("Ngày {} chưa đến: hôm nay là ngày {}.", written(day), written(today)),
        format!("{day} has not come: today is {today}."),
    ))
}

/// Refuses a month that has not begun; `window` holds its days.
pub fn require_month(pointer: &str, window: Window, today: Date) -> Result<(), Violation> {
    if window.from <= today {
        return Ok(());
    }
    Err(in_future(
        pointer,
        format!("Tháng này bắt đầu ngày {}, chưa đến: hôm nay là ngày {}.", written(window.from), written(today)),
        format!("The month begins on {}, which has not come: today is {today}.", window.from),
    ))
}

/// Refuses a moment to come.
pub fn require_moment(pointer: &str, moment: Moment, now: Moment) -> Result<(), Violation> {
    if moment - now <= TimeDelta::minutes(CLOCK_SKEW) {
        return Ok(());
    }
    let (today, time) = (civil_date(now), local_time(now).format("%H:%M"));
    Err(in_future(
        pointer,
        format!(
            "Thời điểm này chưa đến: bây giờ là {time} ngày {}; đồng hồ được lệch tối đa {CLOCK_SKEW} phút.",
            written(today)
        ),
        format!(
            "That moment has not come: it is {time} on {today} in Viet Nam; clocks may differ by {CLOCK_SKEW} minutes."
        ),
    ))
}

fn in_future(pointer: &str, vi: String, en: String) -> Violation {
    Violation::new(pointer, "in_future", vi, en)
}
