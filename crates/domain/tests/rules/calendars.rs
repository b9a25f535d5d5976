//! Calendars and periods.

use crate::support::*;
use chrono::{Datelike, Days};
use proptest::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_domain::time::{Month, Period, Window};

const ND09_CLOSE: MonthClose = MonthClose::OnDay(14);

fn holds(window: Window, date: Date) -> bool {
    window.from <= date && date <= window.to
}

#[test]
fn nd09_counts_the_14th_in_its_own_month_and_the_15th_in_the_next() {
    let expected = [
        ("2026-10-14", "2026-10"),
        ("2026-10-15", "2026-11"),
        ("2026-10-31", "2026-11"),
        ("2026-11-01", "2026-11"),
        ("2025-12-14", "2025-12"),
        ("2025-12-15", "2026-01"),
        ("2025-12-31", "2026-01"),
        ("2026-01-01", "2026-01"),
        ("2026-01-14", "2026-01"),
        ("2026-01-15", "2026-02"),
        ("2024-02-14", "2024-02"),
        ("2024-02-15", "2024-03"),
        ("2024-02-29", "2024-03"),
        ("2024-03-01", "2024-03"),
        ("2025-02-28", "2025-03"),
    ];
    for (date, month) in expected {
        assert_eq!(ND09_CLOSE.month_of(day(date)).unwrap().to_string(), month, "{date}");
    }
}

#[test]
fn civil_months_end_on_their_last_day_in_leap_and_common_years() {
    let expected = [
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("2100-02", "2100-02-01", "2100-02-28"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-04", "2026-04-01", "2026-04-30"),
        ("2199-12", "2199-12-01", "2199-12-31"),
    ];
    for (at, from, to) in expected {
        assert_eq!(MonthClose::AtEnd.window(month(at)), window(from, to), "{at}");
    }
    assert_eq!(MonthClose::AtEnd.month_of(day("2024-02-29")), Some(month("2024-02")));
    assert_eq!(MonthClose::AtEnd.month_of(day("2024-03-01")), Some(month("2024-03")));
    assert_eq!(MonthClose::AtEnd.month_of(day("2026-12-31")), Some(month("2026-12")));
}

#[test]
fn nd09_windows_are_those_of_decree_09() {
    let nd09 = calendar("nd09", ND09_CLOSE);
    let expected = [
        ("2026-01", "2025-12-15", "2026-01-14"),
        ("2026-02", "2026-01-15", "2026-02-14"),
        ("2024-03", "2024-02-15", "2024-03-14"),
        ("2026-12", "2026-11-15", "2026-12-14"),
        ("2026-Q1", "2025-12-15", "2026-03-14"),
        ("2026-Q2", "2026-03-15", "2026-06-14"),
        ("2026-Q3", "2026-06-15", "2026-09-14"),
        ("2026-Q4", "2026-09-15", "2026-12-14"),
        ("2026-H1", "2025-12-15", "2026-06-14"),
        ("2026-H2", "2026-06-15", "2026-12-14"),
        ("2026", "2025-12-15", "2026-12-14"),
    ];
    for (at, from, to) in expected {
        assert_eq!(nd09.window(period(at)), window(from, to), "{at}");
    }
}

#[test]
fn civil_windows_are_civil_quarters_halves_and_years() {
    let civil = calendar("civil", MonthClose::AtEnd);
    let expected = [
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q2", "2026-04-01", "2026-06-30"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026-H1", "2026-01-01", "2026-06-30"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
    ];
    for (at, from, to) in expected {
        assert_eq!(civil.window(period(at)), window(from, to), "{at}");
    }
}

#[test]
fn dates_outside_the_known_years_belong_to_no_month() {
    assert_eq!(MonthClose::AtEnd.month_of(day("1999-12-31")), None);
    assert_eq!(MonthClose::AtEnd.month_of(day("2200-01-01")), None);
    assert_eq!(ND09_CLOSE.month_of(day("2199-12-14")), Some(month("2199-12")));
    assert_eq!(ND09_CLOSE.month_of(day("2199-12-15")), None);
    assert_eq!(ND09_CLOSE.month_of(Date::MAX), None);
    assert_eq!(ND09_CLOSE.month_of(Date::MIN), None);
    assert_eq!(month("2199-12").next(), None);
    for last in ["2199-12", "2199-Q4", "2199-H2", "2199"] {
        assert_eq!(period(last).next(), None, "{last}");
    }
}

#[test]
fn a_closing_day_is_1_to_28_or_absent() {
    assert_eq!(MonthClose::parse("/d", None), Ok(MonthClose::AtEnd));
    for day in 1..=28 {
        assert_eq!(MonthClose::parse("/d", Some(day)), Ok(MonthClose::OnDay(day)));
        assert_eq!(MonthClose::OnDay(day).day(), Some(day));
    }
    for day in [0, 29, 30, 31, 255] {
        assert_eq!(refusal(MonthClose::parse("/d", Some(day))), ("/d".into(), "invalid_closing_day"));
    }
}

#[test]
fn rubbish_is_no_period() {
    let long = "2026-10".repeat(100_000);
    let rubbish = [
        "",
        " ",
        "2",
        "202",
        "20261",
        "202610",
        "2026-",
        "2026-1",
        "2026-00",
        "2026-13",
        "2026-99",
        "2026-010",
        "2026-Q0",
        "2026-Q5",
        "2026-Q",
        "2026-Q10",
        "2026-q1",
        "2026-H0",
        "2026-H3",
        "2026-h1",
        "2026Q1",
        "2026-Y1",
        "2026-+1",
        "2026--1",
        "2026-1 ",
        "2026 10",
        " 2026-10",
        "2026-10 ",
        "2026-10\n",
        "2026-10-01",
        "2026/10",
        "+026-10",
        "-026-10",
        "+026",
        "1999",
        "1999-12",
        "2200",
        "2200-Q1",
        "0000",
        "9999-12",
        "２０２６-10",
        "2026-１０",
        "2026-Ｑ1",
        "2026-\u{e9}",
        "202\u{e9}-10",
        "٢٠٢٦-10",
        "2026\u{2013}10",
        "2026-10\0",
        "2026-Q4;DROP",
        &long,
    ];
    for text in rubbish {
        let short: String = text.chars().take(20).collect();
        assert_eq!(
            Period::parse("/period", text).map_err(|v| (v.pointer, v.code)),
            Err(("/period".into(), "invalid_period")),
            "{short:?}"
        );
        assert_eq!(
            Period::parse_month("/month", text).map_err(|v| (v.pointer, v.code)),
            Err(("/month".into(), "invalid_month")),
            "{short:?}"
        );
    }
}

#[test]
fn a_longer_period_is_no_month() {
    for text in ["2026", "2026-Q4", "2026-H1"] {
        assert_eq!(refusal(Period::parse_month("/m", text)), ("/m".into(), "invalid_month"));
    }
    assert!(serde_json::from_str::<Month>("\"2026-Q4\"").is_err());
    assert!(serde_json::from_str::<Month>("202610").is_err());
}

#[test]
fn a_stored_month_is_yyyymm_and_nothing_else_reads_back() {
    assert_eq!(month("2026-10").yyyymm(), 202_610);
    for wrong in [0, 12, 2026, 202_600, 202_613, 199_912, 220_001, -202_610, i32::MIN, i32::MAX] {
        assert_eq!(Month::from_yyyymm(wrong), None, "{wrong}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_date_lies_in_the_window_of_its_month_and_of_no_other(
        days in 0..73_000u64, close in any_close(), other in any_month(),
    ) {
        let date = day("2000-01-01") + Days::new(days);
        let own = close.month_of(date).unwrap();
        prop_assert!(holds(close.window(own), date));
        prop_assert_eq!(holds(close.window(other), date), other == own);
        for neighbour in own.next().into_iter().chain(Month::from_yyyymm(own.yyyymm() - 1)) {
            prop_assert!(!holds(close.window(neighbour), date), "{date} also in {neighbour}");
        }
    }

    #[test]
    fn a_month_starts_the_day_after_the_month_before_it_closes(at in any_month(), close in any_close()) {
        let window = close.window(at);
        prop_assert!(window.from <= window.to);
        prop_assert_eq!(close.month_of(window.to), Some(at));
        match close.day() {
            Some(last) => {
                let end = (window.to.year(), window.to.month(), window.to.day());
                prop_assert_eq!(end, (at.year(), at.month(), u32::from(last)));
            }
            None => prop_assert_eq!((window.to + Days::new(1)).day(), 1),
        }
        if let Some(next) = at.next() {
            prop_assert_eq!(close.window(next).from, window.to + Days::new(1));
            prop_assert_eq!(close.month_of(close.window(next).from), Some(next));
        }
    }

    #[test]
    fn a_longer_window_is_the_exact_union_of_its_months(period in any_period(2000..=2199), close in any_close()) {
        let calendar = calendar("any", close);
        let whole = calendar.window(period);
        let months: Vec<_> = period.months().collect();
        let length = match period {
            Period::Month(_) => 1,
            Period::Quarter(..) => 3,
            Period::Half(..) => 6,
            Period::Year(_) => 12,
        };
        prop_assert_eq!(months.len(), length);
        let mut expected_start = whole.from;
        for month in &months {
            let part = calendar.month_window(*month);
            prop_assert_eq!(part.from, expected_start, "gap or overlap before {}", month);
            prop_assert_eq!(month.year(), period.year());
            prop_assert!(Period::holding(*month).contains(&period));
            expected_start = part.to + Days::new(1);
        }
        prop_assert_eq!(whole.to + Days::new(1), expected_start);
        if let Some(next) = period.next() {
            prop_assert_eq!(calendar.window(next).from, expected_start, "{} follows {}", next, period);
        }
    }

    #[test]
    fn quarters_tile_halves_and_halves_tile_the_year(year in 2000..=2199i32, close in any_close()) {
        let window = |period| calendar("any", close).window(period);
        prop_assert_eq!(window(Period::Year(year)).from, window(Period::Half(year, 1)).from);
        prop_assert_eq!(window(Period::Half(year, 1)).to + Days::new(1), window(Period::Half(year, 2)).from);
        prop_assert_eq!(window(Period::Half(year, 2)).to, window(Period::Year(year)).to);
        for half in [1, 2] {
            let (first, second) = (Period::Quarter(year, half * 2 - 1), Period::Quarter(year, half * 2));
            prop_assert_eq!(window(Period::Half(year, half)).from, window(first).from);
            prop_assert_eq!(window(first).to + Days::new(1), window(second).from);
            prop_assert_eq!(window(second).to, window(Period::Half(year, half)).to);
        }
    }

    #[test]
    fn a_month_is_held_by_exactly_the_periods_whose_months_include_it(at in any_month()) {
        let kinds = Period::holding(at);
        let all = (1..=4).map(|q| Period::Quarter(at.year(), q)).chain((1..=2).map(|h| Period::Half(at.year(), h)));
        for period in all.chain([Period::Year(at.year()), Period::Month(at)]) {
            prop_assert_eq!(kinds.contains(&period), period.months().any(|month| month == at), "{}", period);
        }
    }

    #[test]
    fn a_period_reads_back_from_its_text_and_its_json(period in any_period(2000..=2199)) {
        let text = period.to_string();
        prop_assert_eq!(Period::parse("", &text), Ok(period));
        let json = serde_json::to_string(&period).unwrap();
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period);
        if let Period::Month(month) = period {
            prop_assert_eq!(Period::parse_month("", &text), Ok(month));
            prop_assert_eq!(Month::from_yyyymm(month.yyyymm()), Some(month));
        }
    }

    #[test]
    fn a_period_has_one_spelling_only(text in "([0-9+\\- QHqh]{0,9}|2[01][0-9]{2}-[QH0-9][0-9]|.{0,9})") {
        if let Ok(period) = Period::parse("", &text) {
            prop_assert_eq!(period.to_string(), text);
        }
    }
}
