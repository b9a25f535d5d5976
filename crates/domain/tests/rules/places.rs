//! Places of agencies in their tree, by day.

use crate::support::*;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind};
use thidua_domain::id::AgencyId;

fn room() -> Agency {
    agency("H18.20.1", AgencyKind::Division, Some(DEPARTMENT))
}

/// The parent on a day, and the places before the current one with their first and last days.
fn parent(agency: &Agency, text: &str) -> Option<AgencyId> {
    agency.place_on(day(text)).parent
}

fn earlier(agency: &Agency) -> Vec<(String, String, Option<AgencyId>)> {
    agency.places().map(|(from, place)| (from.to_string(), place.to.to_string(), place.parent)).collect()
}

#[test]
fn a_move_leaves_the_days_before_it_where_they_were() {
    let once = moved(&room(), "2026-03-20", AgencyKind::Division, Some(OTHER_DEPARTMENT));
    let twice = moved(&once, "2026-09-01", AgencyKind::Department, Some(PROVINCE));
    for (on, above) in [
        ("2003-01-01", DEPARTMENT),
        ("2026-03-19", DEPARTMENT),
        ("2026-03-20", OTHER_DEPARTMENT),
        ("2026-08-31", OTHER_DEPARTMENT),
        ("2026-09-01", PROVINCE),
        ("2099-01-01", PROVINCE),
    ] {
        assert_eq!(parent(&twice, on), Some(above), "{on}");
    }
    assert_eq!(twice.place_on(day("2026-08-31")).kind, AgencyKind::Division);
    assert_eq!(twice.placed_from(), Some(day("2026-09-01")));
    let places = [("2004-01-01", "2026-03-19", DEPARTMENT), ("2026-03-20", "2026-08-31", OTHER_DEPARTMENT)];
    assert_eq!(earlier(&twice), places.map(|(from, to, above)| (from.to_owned(), to.to_owned(), Some(above))));
    assert!(twice.check().is_ok());
}

#[test]
fn without_another_day_the_place_itself_is_corrected() {
    let once = moved(&room(), "2026-03-20", AgencyKind::Division, Some(OTHER_DEPARTMENT));
    let corrected = Agency { parent: Some(PROVINCE), ..once.clone() };
    let corrected = corrected.placed(Some(&once), once.placed_from()).unwrap();
    assert_eq!(parent(&corrected, "2026-03-19"), Some(DEPARTMENT));
    assert_eq!(parent(&corrected, "2026-03-20"), Some(PROVINCE));
    // One that was never moved has the new place from its first day on.
    let never = Agency { parent: Some(PROVINCE), ..room() }.placed(Some(&room()), None).unwrap();
    assert_eq!((parent(&never, "2010-01-01"), never.placed_from()), (Some(PROVINCE), None));
}

#[test]
fn the_day_of_the_last_move_is_corrected_by_itself_and_taken_back_by_none() {
    let once = moved(&room(), "2026-03-20", AgencyKind::Division, Some(OTHER_DEPARTMENT));
    let later = once.clone().placed(Some(&once), Some(day("2026-04-01"))).unwrap();
    assert_eq!(parent(&later, "2026-03-31"), Some(DEPARTMENT));
    assert_eq!(later.placed_from(), Some(day("2026-04-01")));
    for always in [None, Some(day("2004-01-01"))] {
        let always = once.clone().placed(Some(&once), always).unwrap();
        assert_eq!((parent(&always, "2010-01-01"), always.placed_from()), (Some(OTHER_DEPARTMENT), None));
    }
}

#[test]
fn a_move_back_from_the_same_day_is_no_move() {
    let once = moved(&room(), "2026-03-20", AgencyKind::Division, Some(OTHER_DEPARTMENT));
    let back = Agency { parent: Some(DEPARTMENT), ..once.clone() };
    assert_eq!(back.placed(Some(&once), once.placed_from()).unwrap(), room());
}

#[test]
fn places_are_in_order_and_within_the_agencys_existence() {
    let once = moved(&room(), "2026-03-20", AgencyKind::Division, Some(OTHER_DEPARTMENT));
    let refused = |outcome| refusal(outcome);
    let invalid = ("/placed_from".to_owned(), "invalid_place");
    // Nothing new begins on the day; a move before the last one; a day of an agency that is new.
    assert_eq!(refused(room().placed(Some(&room()), Some(day("2026-01-01")))), invalid);
    let before = Agency { parent: Some(PROVINCE), ..once.clone() };
    assert_eq!(refused(before.placed(Some(&once), Some(day("2026-03-01")))), invalid);
    assert_eq!(refused(room().placed(None, Some(day("2026-03-01")))), invalid);
    assert!(room().placed(None, Some(day("2004-01-01"))).is_ok(), "its first day is where it begins anyway");
    // Before it existed, after its end, and on the day of the move before.
    for wrong in [
        moved(&room(), "2003-12-31", AgencyKind::Division, Some(PROVINCE)),
        Agency { valid_to: Some(day("2026-03-19")), ..once.clone() },
        Agency { valid_from: day("2026-03-20"), ..once.clone() },
        {
            let twice = moved(&once, "2026-05-01", AgencyKind::Division, Some(PROVINCE));
            twice.clone().placed(Some(&twice), Some(day("2026-03-20"))).unwrap()
        },
    ] {
        assert_eq!(refusal(wrong.check()), invalid, "{:?}", earlier(&wrong));
    }
    assert!(Agency { valid_to: Some(day("2026-03-20")), ..once }.check().is_ok(), "it may end on the day it was moved");
}

#[test]
fn a_place_below_itself_is_seen_on_any_day() {
    let mut catalogue = catalogue();
    let room = catalogue.agencies[&DIVISION].clone();
    // The division was below the other department until March; then the department is no longer above it.
    let before = Agency { parent: Some(OTHER_DEPARTMENT), ..room };
    catalogue.agencies.insert(DIVISION, moved(&before, "2026-03-20", AgencyKind::Division, Some(DEPARTMENT)));
    let catalogue = catalogue.indexed();
    let department = catalogue.agencies[&DEPARTMENT].clone();
    let below = |from| moved(&department, from, AgencyKind::Department, Some(DIVISION));
    assert!(catalogue.would_circle(DEPARTMENT, &below("2026-01-01")), "from the 20th of March on");
    let meanwhile = moved(&below("2026-01-01"), "2026-03-20", AgencyKind::Department, Some(PROVINCE));
    assert!(!catalogue.would_circle(DEPARTMENT, &meanwhile), "it is over before");
    let too_long = moved(&below("2026-01-01"), "2026-03-21", AgencyKind::Department, Some(PROVINCE));
    assert!(catalogue.would_circle(DEPARTMENT, &too_long), "on one day");
    assert!(catalogue.would_circle(DEPARTMENT, &Agency { parent: Some(DEPARTMENT), ..department }));
}

#[test]
fn an_agency_that_was_never_moved_is_written_as_ever() {
    let text = serde_json::to_string(&room()).unwrap();
    assert!(!text.contains("places"), "{text}");
    assert_eq!(serde_json::from_str::<Agency>(&text).unwrap(), room());
    let once = moved(&room(), "2026-03-20", AgencyKind::Department, None);
    let text = serde_json::to_string(&once).unwrap();
    assert!(
        text.ends_with(r#""earlier_places":[{"to":"2026-03-19","kind":"phong_chuyen_mon","parent":102}]}"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Agency>(&text).unwrap(), once);
}

#[test]
fn the_first_month_that_another_state_reaches_is_that_of_the_first_day_that_differs() {
    let first = |one: &Agency, other: &Agency| {
        assert_eq!(one.first_difference(other), other.first_difference(one), "either way");
        one.first_difference(other).map(|month| month.to_string())
    };
    let once = moved(&room(), "2026-03-20", AgencyKind::Division, Some(OTHER_DEPARTMENT));
    let twice = moved(&once, "2026-09-01", AgencyKind::Department, Some(PROVINCE));
    let until = |text: &str| Agency { valid_to: Some(day(text)), ..twice.clone() };
    let renamed = Agency { name_vi: name("Phòng khác"), ..twice.clone() };
    for (other, month) in [
        (twice.clone(), None),
        (renamed, None),
        (once, Some("2026-09")),
        (room(), Some("2026-03")),
        (until("2027-01-14"), Some("2027-01")),
        (Agency { valid_from: day("2003-12-31"), ..twice.clone() }, Some("2003-12")),
        // Days before all months there are count as the first.
        (Agency { valid_from: day("1950-05-01"), ..twice.clone() }, Some("2000-01")),
    ] {
        assert_eq!(first(&twice, &other).as_deref(), month);
    }
    assert_eq!(first(&until("2027-06-30"), &until("2027-01-14")).as_deref(), Some("2027-01"));
}
