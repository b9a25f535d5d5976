//! Caching of aggregates: a strong tag, and 304 for an unchanged answer. Also members of attainments besides the
//! figure.

use super::examples::address;
use crate::contract::document::operations;
use serde_json::{Value, json};
use support::bodies;
use support::server::Sample;
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

const AGGREGATES: &[&str] = &[
    "/api/v1/attainments/CT3/H18/2026-03",
    "/api/v1/attainments?period=2026-03",
    "/api/v1/attainments/CT3/H18/series?from=2026-01&to=2026-03",
    "/api/v1/provincial-report?period=2026-03",
];

/// The target that applies to a commune in March 2026, and to the other one.
fn applied(world: &World) -> (Value, Value) {
    let of = |agency| world.attainment("CT5", agency, "2026-03")["target"]["id"].clone();
    (of("H18.1"), of("H18.2"))
}

#[on_both_engines]
fn nothing_that_is_known_already_is_sent_again(sample: Sample) {
    let admin = sample.0.admin();
    for (path, _, operation) in operations().into_iter().filter(|(_, method, _)| method == "GET") {
        let path = address(&path, &operation);
        let first = admin.get(&path).expect(200);
        if path == "/api/v1/me" {
            // An answer about the caller is not for caches.
            assert_eq!(first.headers["cache-control"], "no-store");
            continue;
        }
        let tag = first.headers.get("etag").unwrap_or_else(|| panic!("{path} has no tag")).clone();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{path}: {tag} is not strong");
        let ask = |known: &str| admin.clone().with("if-none-match", known).get(&path);
        for known in [tag.clone(), format!("W/{tag}"), format!("\"a\",W/\"b\" , {tag}"), "*".to_owned()] {
            let again = ask(&known).expect(304);
            assert!(again.body.is_empty() && again.headers["etag"] == tag, "{path} knowing {known}");
            assert_eq!(again.headers.get("vary"), first.headers.get("vary"), "{path}");
            assert_eq!(again.headers.get("cache-control"), first.headers.get("cache-control"), "{path}");
            assert_eq!(again.headers.get("link"), first.headers.get("link"), "{path}");
        }
        for unknown in ["\"other\"", "W/\"other\"", "\"\""] {
            assert_eq!(ask(unknown).expect(200).body, first.body, "{path} knowing {unknown}");
        }
    }
}

#[on_both_engines]
fn a_change_makes_a_new_tag_and_a_refusal_does_not(world: World) {
    for (month, path) in AGGREGATES.iter().enumerate() {
        let tag = world.admin.get(path).expect(200).headers["etag"].clone();
        let known = world.admin.clone().with("if-none-match", &tag);
        world.admin.post("/api/v1/observations", &json!({})).expect(422);
        known.get(path).expect(304);
        world.declare("CT3", "H18.1", &format!("2026-0{}", month + 1), 1, 2);
        let changed = known.get(path).expect(200);
        assert_ne!(changed.headers["etag"], tag);
        assert_eq!(changed.json["seq"], world.server.anonymous().get("/readyz").expect(200).json["seq"]);
    }
}

#[on_both_engines]
fn nobody_learns_from_a_tag_without_logging_in(world: World) {
    let tag = world.admin.get(AGGREGATES[0]).expect(200).headers["etag"].clone();
    world.server.anonymous().with("if-none-match", &tag).get(AGGREGATES[0]).refused(401, "unauthenticated");
}

#[on_both_engines]
fn a_refusal_comes_before_a_304(world: World) {
    let client = world.server.user(Role::Viewer, Some("H18.1")).with("if-none-match", "*");
    client.get("/api/v1/attainments/CT3/H18/2026-03").refused(404, "not_found");
    client.get("/api/v1/attainments/KHONGCO/H18.1/2026-03").refused(404, "not_found");
    client.get("/api/v1/attainments/CT3/H18.1/2026-13").refused(422, "invalid_input");
    client.get("/api/v1/attainments?period=2026-03&agency=H18").refused(422, "invalid_input");
    client.get("/api/v1/attainments?period=2026-03&indicator=KHONGCO").refused(422, "invalid_input");
    client.get("/api/v1/attainments?period=2026-03&calendar=khong-co").refused(422, "invalid_input");
    let trend = "/api/v1/attainments/CT3/H18.1/series";
    client.get(&format!("{trend}?from=2026-03&to=2026-02")).refused(422, "invalid_input");
    client.get(&format!("{trend}?from=2026-03&to=2026-Q2")).refused(422, "invalid_input");
    client.get("/api/v1/provincial-report?period=x").refused(422, "invalid_input");
    client.get("/api/v1/provincial-report?period=2026-03&calendar=khong-co").refused(422, "invalid_input");
    client.get("/api/v1/export-profiles/khong-co/report?period=2026-03").refused(404, "not_found");
}

#[on_both_engines]
fn what_differs_between_two_scopes_differs_in_its_tag(world: World) {
    let bounded = world.server.user(Role::Viewer, Some("H18.1"));
    let path = "/api/v1/provincial-report?period=2026-03";
    let (whole, part) = (world.admin.get(path).expect(200), bounded.get(path).expect(200));
    assert_eq!(whole.json["seq"], part.json["seq"]);
    assert_ne!(whole.json, part.json);
    assert_ne!(whole.headers["etag"], part.headers["etag"]);
    // A browser two people share must not show one what it kept for the other.
    bounded.with("if-none-match", &whole.headers["etag"]).get(path).expect(200);
}

#[on_both_engines]
fn an_attainment_tells_the_own_figure_from_the_whole_and_who_has_reported(world: World) {
    world.declare("CT3", "H18.20", "2026-03", 1, 2);
    world.declare("CT3", "H18.20.1", "2026-03", 2, 4);
    let row = world.attainment("CT3", "H18.20", "2026-03");
    assert_eq!((&row["numerator"], &row["denominator"]), (&json!(3), &json!(6)));
    assert_eq!(row["own"], json!({"numerator": 1, "denominator": 2}));
    assert_eq!((&row["ratio"], &row["percent"], &row["shortfall"]), (&json!("1/2"), &json!("50.00"), &json!(3)));
    assert_eq!((&row["reported_agencies"], &row["expected_agencies"]), (&json!(2), &json!(3)));
    // The province does not report itself; nobody guesses a 0 for it.
    let province = world.attainment("CT3", "H18", "2026-03");
    assert_eq!(province["own"], json!({"numerator": null, "denominator": null}));
    assert_eq!((&province["reported_agencies"], &province["expected_agencies"]), (&json!(2), &json!(5)));
    let missing = world.attainment("CT3", "H18.1", "2026-03");
    for member in ["numerator", "denominator", "ratio", "percent", "shortfall"] {
        assert!(missing[member].is_null(), "{member}: {missing}");
    }
    assert_eq!((&missing["reported_agencies"], &missing["expected_agencies"]), (&json!(0), &json!(1)));
}

#[on_both_engines]
fn a_per_cent_is_never_rounded_up_to_the_target(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 99_999, 100_000);
    let row = world.attainment("CT3", "H18.1", "2026-03");
    assert_eq!((&row["percent"], &row["verdict"], &row["shortfall"]), (&json!("99.99"), &json!("not_met"), &json!(1)));
    world.declare("CT5", "H18.1", "2026-03", 49_999, 100_000);
    let row = world.attainment("CT5", "H18.1", "2026-03");
    assert_eq!((&row["percent"], &row["verdict"]), (&json!("49.99"), &json!("not_met")));
    world.declare("CT5", "H18.2", "2026-03", 3, 2);
    let row = world.attainment("CT5", "H18.2", "2026-03");
    assert_eq!((&row["percent"], &row["verdict"], &row["shortfall"]), (&json!("150.00"), &json!("met"), &json!(0)));
}

#[on_both_engines]
fn large_figures_stay_exact(world: World) {
    let most = 100_000_000_000_i64;
    world.declare("CT3", "H18.1", "2026-03", most - 1, most);
    world.declare("CT3", "H18.2", "2026-03", most, most);
    let row = world.attainment("CT3", "H18", "2026-03");
    assert_eq!((row["numerator"].as_i64(), row["denominator"].as_i64()), (Some(2 * most - 1), Some(2 * most)));
    assert_eq!((&row["verdict"], &row["shortfall"]), (&json!("not_met"), &json!(1)));
}

#[on_both_engines]
fn an_agency_comes_before_all_and_a_year_before_a_phase_before_the_movement(world: World) {
    world.declare("CT5", "H18.1", "2026-03", 1, 2);
    let target = |body: Value| {
        let mut whole = bodies::target("CT5", 1, 2);
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        world.create("targets", whole)["id"].clone()
    };
    let movement = applied(&world).1;
    let phase = target(json!({"phase": "II"}));
    assert_eq!(applied(&world), (phase.clone(), phase));
    let year = target(json!({"year": 2026}));
    assert_eq!(applied(&world), (year.clone(), year.clone()));
    let own = target(json!({"agency": "H18.1"}));
    assert_eq!(applied(&world), (own, year.clone()));
    let own_phase = target(json!({"agency": "H18.1", "phase": "II"}));
    assert_eq!(applied(&world), (own_phase, year.clone()));
    let own_year = target(json!({"agency": "H18.1", "year": 2026}));
    assert_eq!(applied(&world), (own_year, year));
    assert_eq!(world.attainment("CT5", "H18.2", "2025-03")["target"]["id"], movement);
}

#[on_both_engines]
fn windows_follow_decree_09_and_the_civil_month(world: World) {
    for (period, from, to) in [
        ("2026-01", "2025-12-15", "2026-01-14"),
        ("2026-Q1", "2025-12-15", "2026-03-14"),
        ("2026-H1", "2025-12-15", "2026-06-14"),
        ("2026-H2", "2026-06-15", "2026-12-14"),
        ("2026", "2025-12-15", "2026-12-14"),
    ] {
        assert_eq!(world.attainment("CT3", "H18", period)["window"], json!({"from": from, "to": to}));
    }
    let civil = world.admin.get("/api/v1/attainments/CT3/H18/2028-02?calendar=civil").expect(200).json;
    assert_eq!(civil["window"], json!({"from": "2028-02-01", "to": "2028-02-29"}));
    for period in ["2026-13", "2026-00", "2026-Q5", "2026-H3", "26", "2026-1", "1999", "2026-q1", "x"] {
        world.admin.get(&format!("/api/v1/attainments/CT3/H18/{period}")).refused(422, "invalid_input");
        world.admin.get(&format!("/api/v1/attainments?period={period}")).refused(422, "invalid_input");
    }
}

#[on_both_engines]
fn the_report_says_what_single_attainments_say(world: World) {
    world.person("A", "H18.1", "2025-01-01");
    world.course("K");
    world.trained("A", "K", "2026-01-06");
    world.declare("CT3", "H18.20.1", "2026-03", 1, 2);
    let report = world.admin.get("/api/v1/provincial-report?period=2026-03").expect(200).json;
    let rows = report["attainments"].as_array().unwrap();
    assert_eq!(rows.len(), 7 * 6);
    for row in rows {
        let text = |member: &str| row[member].as_str().unwrap().to_owned();
        assert_eq!(&world.attainment(&text("indicator"), &text("agency"), "2026-03"), row);
    }
    let keys: Vec<_> = rows.iter().map(|row| (row["indicator"].to_string(), row["agency"].to_string())).collect();
    assert!(keys.is_sorted(), "{keys:?}");
}
