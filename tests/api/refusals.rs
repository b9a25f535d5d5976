//! Refusals: bad input gets a clear error, and changes nothing.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{World, on_both_engines};

fn exchange(total: i64, secret: i64, electronic: i64, signed: i64, paperless: i64) -> Value {
    bodies::exchange("H18.1", "2026-03", total, electronic)
        .with("secret", secret)
        .with("signed", signed)
        .with("paperless", paperless)
}

#[on_both_engines]
fn a_body_that_cannot_be_read_is_refused(world: World) {
    let before = world.server.seq();
    let path = "/api/v1/courses";
    world.admin.send("POST", path, Some("application/json"), b"{\"code\":").refused(400, "malformed_request");
    world.admin.send("POST", path, Some("text/plain"), b"{}").refused(415, "unsupported_media_type");
    world.admin.send("POST", path, None, b"{}").refused(415, "unsupported_media_type");
    let large = vec![b' '; 1_100_000];
    world.admin.send("POST", path, Some("application/json"), &large).refused(413, "payload_too_large");
    let anyway = world.admin.clone().with("if-match", "*");
    anyway.send("PATCH", "/api/v1/agencies/H18", Some("application/json"), b"[]").refused(422, "invalid_input");
    let deep = "[".repeat(100_000);
    world.admin.send("POST", path, Some("application/json"), deep.as_bytes()).refused(400, "malformed_request");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn every_broken_rule_is_named_at_its_member(world: World) {
    let before = world.server.seq();
    for (body, pointer, code) in [
        (exchange(10, 11, 0, 0, 0), "/secret", "secret_exceeds_total"),
        (exchange(10, 2, 9, 0, 0), "/electronic", "electronic_exceeds_open"),
        (exchange(10, 0, 5, 6, 0), "/signed", "signed_exceeds_electronic"),
        (exchange(10, 0, 5, 4, 5), "/paperless", "paperless_exceeds_signed"),
    ] {
        let errors = world.admin.post("/api/v1/document-exchanges", &body).refused(422, "invalid_input").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some(code), "{errors:?}");
    }
    let mut unknown = exchange(1, 0, 1, 0, 0);
    unknown["agency"] = json!("H18.NONE");
    let errors = world.admin.post("/api/v1/document-exchanges", &unknown).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/agency").map(String::as_str), Some("unknown_agency"));
    let mut member = exchange(1, 0, 1, 0, 0);
    member["totl"] = json!(1);
    let errors = world.admin.post("/api/v1/document-exchanges", &member).refused(422, "invalid_input").errors();
    assert!(errors.contains_key("/totl"), "{errors:?}");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_nul_is_refused_wherever_it_comes(world: World) {
    let before = world.server.seq();
    let course =
        bodies::course("K\u{0}", "H18.20").with("name", "a\u{0}b").with("from", "2026-01-01").with("to", "2026-01-01");
    let errors = world.admin.post("/api/v1/courses", &course).refused(422, "invalid_input").errors();
    assert!(errors.contains_key("/code") && errors.contains_key("/name"), "{errors:?}");
    let record = bodies::training("\u{0}", "\u{0}", "2026-01-01");
    world.admin.post("/api/v1/training-records", &record).refused(422, "invalid_input");
    world.admin.post("/api/v1/auth/login", &json!({"username": "\u{0}", "password": "x"})).expect(401);
    world.admin.get("/api/v1/staff?agency=%00").refused(422, "invalid_input");
    world.admin.get("/api/v1/staff/%00").refused(404, "not_found");
    world.admin.get("/api/v1/attainments/%00/H18/2026").refused(404, "not_found");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn impossible_and_remote_dates_are_refused(world: World) {
    for date in ["2026-02-30", "-10000-01-01", "+99999-01-01", "1899-12-31", "2200-01-01", "yesterday"] {
        let staff = bodies::staff("NV", "H18.1", date).with("kind", "can_bo");
        world.admin.post("/api/v1/staff", &staff).refused(422, "invalid_input");
        world
            .admin
            .get(&format!("/api/v1/training-records?from={}", date.replace('+', "%2B")))
            .refused(422, "invalid_input");
    }
    world.admin.get("/api/v1/periods/resolve?date=2026-10-15").expect(200);
}

#[on_both_engines]
fn a_list_refuses_what_it_does_not_know(world: World) {
    for query in [
        "limit=0",
        "limit=-1",
        "limit=many",
        "limit=1001",
        "cursor=forged",
        "sort=password",
        "limt=5",
        "kind=khong_co",
        "limit=1&limit=2",
    ] {
        world.admin.get(&format!("/api/v1/agencies?{query}")).refused(422, "invalid_input");
    }
}

#[on_both_engines]
fn a_walk_by_cursor_sees_every_row_once_in_both_directions(world: World) {
    for (sort, reversed) in [("identifier", false), ("-identifier", true)] {
        let mut seen = Vec::new();
        let mut path = format!("/api/v1/agencies?limit=2&sort={sort}");
        loop {
            let page = world.admin.get(&path).expect(200);
            seen.extend(page.items().iter().map(|row| row["identifier"].as_str().unwrap().to_owned()));
            let Some(next) = page.json["next"].as_str() else { break };
            path = format!("/api/v1/agencies?limit=2&sort={sort}&cursor={next}");
        }
        let mut expected = ["H18", "H18.1", "H18.2", "H18.20", "H18.20.1", "H18.20.2"];
        if reversed {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

#[on_both_engines]
fn unknown_addresses_and_methods_are_told_apart(world: World) {
    world.admin.get("/api/v1/nothing").refused(404, "not_found");
    world.admin.get("/api/v1/targets/abc").refused(404, "not_found");
    world.admin.get("/somewhere").refused(404, "not_found");
    let answer = world.admin.send("PUT", "/api/v1/agencies", None, b"").refused(405, "method_not_allowed");
    assert_eq!(answer.headers["allow"], "GET, HEAD, POST, OPTIONS");
}

#[on_both_engines]
fn refusals_speak_the_language_asked_for(world: World) {
    let title = |language: Option<&str>| {
        let client = match language {
            Some(language) => world.admin.clone().with("accept-language", language),
            None => world.admin.clone(),
        };
        client.get("/api/v1/agencies/KHONGCO").refused(404, "not_found").json["title"].as_str().unwrap().to_owned()
    };
    assert_eq!(title(None), "Không tìm thấy");
    assert_eq!(title(Some("en-GB,en;q=0.9,vi;q=0.5")), "Not found");
    assert_eq!(title(Some("vi,en;q=0.9")), "Không tìm thấy");
    assert_eq!(title(Some("fr")), "Không tìm thấy");
    assert_eq!(title(Some("en;q=0")), "Không tìm thấy");
    assert_eq!(title(Some("vi;q=0, *;q=0.1")), "Not found");
    assert_eq!(title(Some("*")), "Không tìm thấy");
}

#[on_both_engines]
fn a_frozen_phase_keeps_its_records_targets_and_years(world: World) {
    world.person("A", "H18.1", "2025-01-01");
    world.course("K");
    let record = world.trained("A", "K", "2025-06-01");
    let figure = world.declare("CT3", "H18.1", "2025-03", 1, 2);
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let before = world.server.seq();
    let admin = &world.admin;
    admin.delete(&format!("/api/v1/training-records/{}", record["id"])).refused(409, "phase_frozen");
    admin
        .patch(&format!("/api/v1/observations/{}", figure["id"]), &json!({"numerator": 2}))
        .refused(409, "phase_frozen");
    admin.patch("/api/v1/movements/M/phases/I", &json!({"last_year": 2024})).refused(409, "phase_frozen");
    admin
        .patch("/api/v1/staff/A", &json!({"tenures": [{"agency": "H18.2", "from": "2025-01-01"}]}))
        .refused(409, "phase_frozen");
    let target = bodies::target("CT5", 1, 2).with("year", 2025);
    admin.post("/api/v1/targets", &target).refused(409, "phase_frozen");
    assert_eq!(world.server.seq(), before);
    // Records after the frozen phase are free.
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    admin.post("/api/v1/staff/A/transfers", &json!({"agency": "H18.2", "on": "2026-02-01"})).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_locked_period_keeps_its_figures(world: World) {
    let figure = world.declare("CT3", "H18.1", "2026-02", 1, 2);
    world.create("periods", bodies::locks_on("2026-Q1", "2026-04-01"));
    let path = format!("/api/v1/observations/{}", figure["id"]);
    world.admin.patch(&path, &json!({"numerator": 2})).refused(409, "period_locked");
    world.admin.delete(&path).refused(409, "period_locked");
    world.declare("CT3", "H18.1", "2026-04", 1, 2);
    let reasoned = world.admin.clone().with("change-reason", "Mở để rà soát");
    reasoned.patch("/api/v1/periods/nd09/2026-Q1", &json!({"locks_on": null})).expect(200);
    world.admin.patch(&path, &json!({"numerator": 2})).expect(200);
}

#[on_both_engines]
fn a_locked_period_is_opened_for_a_reason_only(world: World) {
    let path = "/api/v1/periods/nd09/2026-Q1";
    world.create("periods", bodies::locks_on("2026-Q1", "2026-04-01"));
    let before = world.server.seq();
    let opening = [
        json!({"locks_on": null}),
        json!({"locks_on": "2199-01-01"}),
        json!({"period": "2025-Q4"}),
        json!({"calendar": "civil"}),
    ];
    let refused = |answer: support::Answer| {
        let errors = answer.refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/Change-Reason").map(String::as_str), Some("reason_required"));
    };
    for patch in &opening {
        refused(world.admin.patch(path, patch));
    }
    refused(world.admin.delete(path));
    assert_eq!(world.server.seq(), before);
    // A change that leaves it locked, or of a period not locked yet, needs no reason.
    world.admin.patch(path, &json!({"locks_on": "2026-05-01", "cut_off": "2026-04-20"})).expect(200);
    world.create("periods", bodies::locks_on("2026-Q2", "2199-01-01"));
    world.admin.patch("/api/v1/periods/nd09/2026-Q2", &json!({"locks_on": null})).expect(200);
    world.admin.delete("/api/v1/periods/nd09/2026-Q2").expect(204);

    let reasoned = world.admin.clone().with("change-reason", "Mở để rà soát");
    reasoned.patch(path, &json!({"locks_on": "2199-01-01"})).expect(200);
    let log = world.admin.get(&format!("/api/v1/changes?after={}", world.server.seq() - 1)).expect(200).json;
    assert_eq!(log["items"][0]["reason"], "Mở để rà soát");
    world.admin.delete(path).expect(204);
    world.create("periods", bodies::locks_on("2026-Q1", "2026-04-01"));
    reasoned.delete(path).expect(204);
}
