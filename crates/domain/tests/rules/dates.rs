//! Civil dates: one form, known years.

use chrono::TimeDelta;
use proptest::prelude::*;
use thidua_domain::Date;

fn code(text: &str) -> Result<String, &'static str> {
    Date::parse("/on", text).map(|date| date.to_string()).map_err(|violation| violation.code)
}

#[test]
fn a_date_has_one_form() {
    for date in ["1900-01-01", "2000-02-29", "2026-11-30", "2199-12-31"] {
        assert_eq!(code(date), Ok(date.to_owned()));
    }
    for text in [
        "",
        "2026",
        "2026-1-5",
        "+2026-01-05",
        "-2026-01-05",
        "2026 - 01 - 05",
        " 2026-01-05",
        "2026-01-05 ",
        "2026/01/05",
        "20260105",
        "05/01/2026",
        "2026-01-05T00:00:00",
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "20a6-01-01",
        "２０２６-01-01",
        "12026-01-05",
    ] {
        assert_eq!(code(text), Err("invalid_date"), "{text}");
    }
}

#[test]
fn a_year_that_no_record_has_is_refused() {
    for text in ["0000-01-01", "0123-04-05", "1899-12-31", "2200-01-01", "9999-12-31"] {
        assert_eq!(code(text), Err("remote_date"), "{text}");
    }
}

proptest! {
    #[test]
    fn a_day_of_the_calendar_is_read_as_it_is_written(year in 1900..2200_i32, month in 0..14_u32, day in 0..33_u32) {
        // The days of a month by the plain rule of the Gregorian calendar.
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month { 2 => if leap { 29 } else { 28 }, 4 | 6 | 9 | 11 => 30, 1..=12 => 31, _ => 0 };
        let text = format!("{year}-{month:02}-{day:02}");
        let expected = if (1..=days).contains(&day) { Ok(text.clone()) } else { Err("invalid_date") };
        prop_assert_eq!(code(&text), expected);
    }
    #[test]
    fn a_day_is_sent_as_it_is_shown(days in -4_000_000..4_000_000_i64) {
        let date = Date::new(2026, 11, 30).unwrap() + TimeDelta::days(days);
        prop_assert_eq!(serde_json::to_value(date).unwrap(), date.to_string());
    }
}
