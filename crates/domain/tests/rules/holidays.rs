//! Holidays and make-up days.

use crate::support::*;
use thidua_domain::catalogue::holidays::{Holiday, HolidayKind};

fn checked(date: &str, kind: HolidayKind) -> Result<(), (String, &'static str)> {
    let row = Holiday { date: day(date), kind, name_vi: name("Ngày"), name_en: None, basis: reference("1/TB") };
    row.check().map_err(|violation| (violation.pointer, violation.code))
}

#[test]
fn a_make_up_day_is_a_day_of_a_weekend_and_a_holiday_any_day() {
    // Weekdays as printed calendars have them: 22 August 2026 and 10 February 2024 were Saturdays.
    let weekend = ["2026-08-22", "2026-08-23", "2024-02-10", "2024-02-11", "2000-01-01"];
    let week = ["2026-08-17", "2026-08-18", "2026-08-19", "2026-08-20", "2026-08-21", "2024-02-29", "2024-03-01"];
    for date in weekend {
        assert_eq!(checked(date, HolidayKind::WorkingDay), Ok(()), "{date}");
    }
    for date in week {
        let refused = Err(("/kind".to_owned(), "working_day_not_on_weekend"));
        assert_eq!(checked(date, HolidayKind::WorkingDay), refused, "{date}");
    }
    for date in weekend.iter().chain(&week) {
        assert_eq!(checked(date, HolidayKind::Holiday), Ok(()), "{date}");
    }
}

#[test]
fn a_date_is_looked_up_in_the_catalogue() {
    let row = |kind: &str| serde_json::json!({"date": "2026-08-22", "kind": kind, "name_vi": "Ngày", "name_en": null, "basis": "1/TB"});
    let mut catalogue = thidua_domain::catalogue::Catalogue::default();
    let holidays = thidua_domain::log::changes::Resource::Holidays;
    catalogue.put(holidays, 7, Some(row("working_day"))).unwrap();
    let found = catalogue.holiday(day("2026-08-22")).map(|(id, row)| (id.0, row.kind));
    assert_eq!(found, Some((7, HolidayKind::WorkingDay)));
    assert_eq!(catalogue.holiday(day("2026-08-23")), None);
    catalogue.put(holidays, 7, None).unwrap();
    assert_eq!(catalogue.holiday(day("2026-08-22")), None);
}
