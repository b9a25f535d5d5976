//! Nothing is recorded before it has happened, and no training outside its course.

use crate::support::{calendar, day, month};
use chrono::{DateTime, Utc};
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_domain::message::{Argument, Message};
use thidua_domain::records::courses::CourseDays;
use thidua_domain::records::future::{require_day, require_moment, require_month};
use thidua_domain::violation::Violation;

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn refusal(outcome: Result<(), Violation>) -> Option<(String, &'static str)> {
    outcome.err().map(|violation| (violation.pointer, violation.code))
}

#[test]
fn today_has_come_and_tomorrow_has_not() {
    let today = day("2026-11-29");
    for past in ["2000-01-01", "2026-11-28", "2026-11-29"] {
        assert_eq!(require_day("/on", day(past), today), Ok(()), "{past}");
    }
    for future in ["2026-11-30", "2027-01-01", "2199-12-31"] {
        assert_eq!(refusal(require_day("/on", day(future), today)), Some(("/on".into(), "in_future")), "{future}");
    }
    let said = require_day("/on", day("2026-12-01"), today).unwrap_err();
    assert_eq!(said.message, Message::new("in_future.day").with("day", &day("2026-12-01")).with("today", &today));
}

#[test]
fn a_month_has_come_on_the_first_day_of_its_calendar() {
    let (nd09, civil) = (calendar("nd09", MonthClose::OnDay(14)), calendar("civil", MonthClose::AtEnd));
    // 2026-12 begins on 15/11 under nd09, and on 01/12 under civil.
    for (calendar, last_before, first) in [(nd09, "2026-11-14", "2026-11-15"), (civil, "2026-11-30", "2026-12-01")] {
        let window = calendar.month_window(month("2026-12"));
        assert_eq!(
            refusal(require_month("/month", window, day(last_before))),
            Some(("/month".into(), "in_future")),
            "{last_before}"
        );
        assert_eq!(require_month("/month", window, day(first)), Ok(()), "{first}");
    }
}

#[test]
fn a_moment_may_be_five_minutes_ahead_and_no_more() {
    // 00:10 of the 30th in Viet Nam.
    let now = moment("2026-11-29T17:10:00Z");
    for taken in ["2026-01-01T00:00:00Z", "2026-11-29T17:10:00Z", "2026-11-29T17:15:00Z"] {
        assert_eq!(require_moment("/detected_at", moment(taken), now), Ok(()), "{taken}");
    }
    let said = require_moment("/resolved_at", moment("2026-11-29T17:15:00.000001Z"), now).unwrap_err();
    assert_eq!((said.pointer.as_str(), said.code), ("/resolved_at", "in_future"));
    let now = Message::new("in_future.moment").with("time", "00:10").with("today", &day("2026-11-30"));
    assert_eq!(said.message, now.with("skew", &5));
}

#[test]
fn a_training_lies_within_its_course_or_thirty_days_after_it() {
    let course = CourseDays { from: day("2026-01-05"), to: day("2026-01-06") };
    for taken in ["2026-01-05", "2026-01-06", "2026-01-07", "2026-02-05"] {
        assert_eq!(course.require("/on", day(taken)), Ok(()), "{taken}");
    }
    for refused in ["2025-01-05", "2026-01-04", "2026-02-06", "2027-01-05"] {
        assert_eq!(refusal(course.require("/on", day(refused))), Some(("/on".into(), "outside_course")), "{refused}");
    }
    let said = course.require("/on", day("2026-02-06")).unwrap_err();
    let named = ["on", "from", "to", "last"].map(|name| said.message.argument(name).cloned());
    let days = ["2026-02-06", "2026-01-05", "2026-01-06", "2026-02-05"];
    assert_eq!(named, days.map(|text| Some(Argument::Date(*day(text)))));
}
