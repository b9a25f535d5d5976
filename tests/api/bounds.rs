//! Bounds of input: sizes, lengths and numbers at the edge.

use crate::contract::document::operations;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::bodies::{self, Members};
use support::{World, on_both_engines};

/// A course, padded to an exact number of bytes.
fn padded(length: usize) -> Vec<u8> {
    let course = bodies::course("K", "H18.20").with("from", "2026-01-01").with("to", "2026-01-01");
    let mut body = course.to_string().into_bytes();
    body.resize(length, b' ');
    body
}

#[on_both_engines]
fn a_mebibyte_is_taken_and_a_byte_more_is_not(world: World) {
    let send = |length| world.admin.send("POST", "/api/v1/courses", Some("application/json"), &padded(length));
    send(1_048_577).refused(413, "payload_too_large");
    send(1_048_576).expect(201);
}

#[on_both_engines]
fn a_nul_in_a_query_is_refused_by_every_operation_that_reads(world: World) {
    for (path, method, operation) in operations() {
        if method != "GET" || path.contains('{') || path == "/api/v1/me" {
            continue;
        }
        let required = operation["parameters"].as_array().into_iter().flatten().filter(|p| p["required"] == true);
        let query: String =
            required.map(|p| format!("{}={}&", p["name"].as_str().unwrap(), p["example"].as_str().unwrap())).collect();
        for nul in ["khong_co=%00", "%00=1", "a%00b=%00"] {
            world.admin.get(&format!("{path}?{query}{nul}")).expect(422);
        }
    }
}

#[on_both_engines]
fn a_nul_in_an_address_is_never_a_defect(world: World) {
    let before = world.server.seq();
    for (path, method, _) in operations() {
        if !path.contains('{') {
            continue;
        }
        let parts = path.split('/').map(|part| if part.starts_with('{') { "%00" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let answer = world.admin.send(&method, &path, Some(kind), b"{}");
        assert!(matches!(answer.status, 404 | 422), "{method} {path} → {}", answer.status);
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn strange_addresses_are_answered_in_order(world: World) {
    for segment in ["%2500", "%FF", "%C3%28", "..%2F..", "a%2Fb", "%20", "%F0%9F%98%80", "'--", &"9".repeat(400)] {
        for path in
            ["staff/", "agencies/", "courses/", "users/", "movements/", "calendars/", "observations/", "incidents/"]
        {
            let answer = world.admin.get(&format!("/api/v1/{path}{segment}"));
            assert!((400..500).contains(&answer.status), "{path}{segment} → {}", answer.status);
        }
    }
    for id in ["0", "-1", "1.5", "9223372036854775807", "9223372036854775808", "1e3", "٣"] {
        world.admin.get(&format!("/api/v1/observations/{}", id.replace('٣', "%D9%A3"))).refused(404, "not_found");
    }
}

#[on_both_engines]
fn an_address_tells_the_methods_it_takes(world: World) {
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, method, _) in operations() {
        methods.entry(path).or_default().push(method);
    }
    for (path, known) in methods {
        let filled: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        for method in ["PUT", "TRACE", "GET", "POST", "PATCH", "DELETE"] {
            if known.iter().any(|known| known == method) {
                continue;
            }
            let answer = world.admin.send(method, &filled.join("/"), None, b"");
            // These paths also fit another template, which may take the method.
            if ["/batch", "/resolve", "/series"].iter().any(|end| path.ends_with(end)) {
                continue;
            }
            let answer = answer.refused(405, "method_not_allowed");
            let mut allowed: Vec<_> = answer.headers["allow"].split(", ").collect();
            allowed.sort_unstable();
            let mut known: Vec<_> = known.iter().map(String::as_str).chain(["OPTIONS"]).collect();
            known.extend(known.contains(&"GET").then_some("HEAD"));
            known.sort_unstable();
            assert_eq!(allowed, known, "{method} {path}");
        }
    }
}

#[on_both_engines]
fn every_kind_of_refusal_comes_in_both_languages(world: World) {
    world.course("K");
    type Attempt<'a> = (&'a str, &'a str, Option<&'a str>, &'a [u8], u16);
    let requests: [Attempt<'_>; 7] = [
        ("POST", "/api/v1/courses", Some("application/json"), b"{", 400),
        ("GET", "/api/v1/agencies/X", None, b"", 404),
        ("PUT", "/api/v1/agencies", None, b"", 405),
        ("POST", "/api/v1/courses", Some("text/plain"), b"{}", 415),
        ("POST", "/api/v1/courses", Some("application/json"), b"{}", 422),
        ("GET", "/api/v1/courses?limit=0", None, b"", 422),
        ("DELETE", "/api/v1/movements/M", None, b"", 409),
    ];
    for (method, path, kind, body, status) in requests {
        let ask = |language: &str| {
            let client = world.admin.clone().with("accept-language", language).with("if-match", "*");
            let answer = client.send(method, path, kind, body).expect(status);
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{method} {path}");
            assert_eq!(answer.headers["content-language"], language, "{method} {path}");
            answer.json
        };
        let (vi, en) = (ask("vi"), ask("en"));
        assert_ne!(vi["title"], en["title"], "{method} {path}");
        assert_ne!(vi["detail"], en["detail"], "{method} {path}");
        assert_eq!((&vi["code"], &vi["status"], &vi["type"]), (&en["code"], &en["status"], &en["type"]));
        let details = |problem: &Value| {
            problem["errors"].as_array().unwrap().iter().map(|e| e["detail"].clone()).collect::<Vec<_>>()
        };
        for (vi, en) in details(&vi).iter().zip(details(&en)) {
            assert_ne!(vi, &en, "{method} {path}");
        }
    }
}

#[on_both_engines]
fn rules_that_tie_members_together_are_named_at_a_member(world: World) {
    world.create("information-systems", bodies::system("S", "H18.1", "2025-01-01"));
    world.person("P", "H18.1", "2025-01-01");
    world.course("K");
    let before = world.server.seq();
    let mut elsewhere = Vec::new();
    let stay = |agency: &str, from: &str, to: Option<&str>| json!({"agency": agency, "from": from, "to": to});
    let staff = |tenures: Value| ("staff", json!({"code": "Q", "kind": "can_bo", "tenures": tenures}));
    let status = |on: &str, event: &str| bodies::status("S", on).with("last_event", event);
    let incident = |member: &str| {
        json!({"agency": "H18.1", "kind": "incident", "severity": "low", "title": "A",
                                         "detected_at": "2026-03-02T00:00:00+07:00", member: "2026-03-01T23:59:59+07:00"})
    };
    let figure = |numerator: i64, denominator: i64| bodies::declared("CT3", "H18.1", "2026-03", numerator, denominator);
    let course = |from: &str, to: &str| bodies::course("K2", "H18.20").with("from", from).with("to", to);
    let period = |due: &str, lock: &str| {
        bodies::cut_off("2027-01", "2027-01-14").with("submission_due", due).with("locks_on", lock)
    };
    for ((resource, body), pointer) in [
        (staff(json!([stay("H18.1", "2025-01-01", Some("2024-12-31"))])), "/tenures/0"),
        (staff(json!([stay("H18.1", "2025-01-01", None), stay("H18.2", "2026-01-01", None)])), "/tenures/0"),
        (
            staff(json!([stay("H18.1", "2025-01-01", Some("2026-01-01")), stay("H18.2", "2026-01-01", None)])),
            "/tenures/0",
        ),
        (staff(json!([])), "/tenures"),
        (
            (
                "information-systems",
                json!({"code": "S2", "name": "HT", "level": 2,
          "tenures": [stay("H18.1", "2025-01-01", None)]}),
            ),
            "/level_basis",
        ),
        (("monitoring-statuses", status("2026-03-01", "2026-03-02")), "/last_event"),
        (("incidents", incident("first_reported_at")), "/first_reported_at"),
        (("incidents", incident("resolved_at")), "/resolved_at"),
        (("observations", figure(1, 0)), "/numerator"),
        (("observations", figure(-1, 1)), "/numerator"),
        (("observations", figure(100_000_000_001, 1)), "/numerator"),
        (("courses", course("2026-01-02", "2026-01-01")), "/to"),
        (("periods", period("2027-01-13", "2027-02-01")), "/locks_on"),
        (("periods", period("2027-01-17", "2027-01-16")), "/locks_on"),
        (
            ("movements/M/phases", json!({"code": "IV", "name_vi": "IV", "first_year": 2030, "last_year": 2031})),
            "/first_year",
        ),
        (
            ("movements/M/phases", json!({"code": "IV", "name_vi": "IV", "first_year": 2036, "last_year": 2035})),
            "/last_year",
        ),
        (("targets", bodies::target("CT3", 1, 2).with("phase", "II").with("year", 2026)), "/year"),
        (("targets", bodies::target("CT3", 1, 0).with("year", 2026)), "/value/denominator"),
        (
            ("training-records", bodies::training("P", "K", "2026-02-02").with("confirmed_on", "2026-02-01")),
            "/confirmed_on",
        ),
        (("calendars", json!({"code": "x", "name_vi": "Lịch", "closing_day": 29})), "/closing_day"),
        (("users", bodies::user("u").with("password", "ngan")), "/password"),
    ] {
        let answer = world.admin.post(&format!("/api/v1/{resource}"), &body);
        if answer.status != 422 || !answer.errors().contains_key(pointer) {
            elsewhere.push(format!("{resource} {pointer}: {} {:?}", answer.status, answer.errors()));
        }
    }
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    let derived = bodies::declared("CT7", "H18.1", "2026-03", 1, 2);
    world.admin.post("/api/v1/observations", &derived).refused(409, "indicator_is_derived");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_frozen_phase_takes_no_count_and_no_target_and_says_where(world: World) {
    world.create("information-systems", bodies::system("S", "H18.1", "2025-01-01"));
    world.person("P", "H18.1", "2024-01-01");
    world.course("K");
    let target = world.create("targets", bodies::target("CT5", 1, 3).with("phase", "I"));
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let before = world.server.seq();
    let month = |month: &str, calendar: &str| bodies::declared("CT3", "H18.1", month, 1, 2).with("calendar", calendar);
    let training = |on: &str| bodies::training("P", "K", on);
    for (resource, body, pointer) in [
        ("observations", month("2025-12", "nd09"), "/month"),
        ("observations", month("2023-01", "civil"), "/month"),
        ("document-exchanges", bodies::exchange("H18.1", "2025-12", 1, 1), "/month"),
        ("targets", bodies::target("CT4", 1, 2).with("phase", "I"), "/phase"),
        ("targets", bodies::target("CT4", 1, 2).with("year", 2024), "/year"),
    ] {
        let errors = world.admin.post(&format!("/api/v1/{resource}"), &body).refused(409, "phase_frozen").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some("phase_frozen"), "{resource}: {errors:?}");
    }
    let path = format!("/api/v1/targets/{}", target["id"]);
    world.admin.patch(&path, &json!({"basis": "KH khác"})).refused(409, "phase_frozen");
    world.admin.delete(&path).refused(409, "phase_frozen");
    world.admin.delete("/api/v1/movements/M/phases/I").refused(409, "phase_frozen");
    assert_eq!(world.server.seq(), before);
    world.create("training-records", training("2026-01-01"));
    world.create("observations", month("2026-01", "nd09"));
    world.server.assert_verified();
}

#[on_both_engines]
fn a_dated_record_of_a_frozen_phase_is_taken_and_counts_where_something_is_open(world: World) {
    world.create("information-systems", bodies::system("S", "H18.1", "2025-01-01"));
    world.person("P", "H18.1", "2024-01-01");
    for code in ["K", "K2"] {
        world.course(code);
    }
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let training = |course: &str, on: &str| world.create("training-records", bodies::training("P", course, on));
    // Training counts in the phase of its day, and that is over in both calendars.
    assert_eq!(
        training("K", "2025-12-14")["counted_from"],
        json!([{"calendar": "nd09", "day": null}, {"calendar": "civil", "day": null}])
    );
    // 20 December 2025 is January 2026 under nd09, but December 2025 under the civil calendar.
    assert_eq!(training("K2", "2025-12-20")["counted_from"], json!([{"calendar": "civil", "day": null}]));
    // A status holds until the next one, so that it counts from the first day of the next phase.
    let status = world.create("monitoring-statuses", bodies::status("S", "2025-06-01"));
    assert_eq!(
        status["counted_from"],
        json!([{"calendar": "nd09", "day": "2025-12-15"}, {"calendar": "civil", "day": "2026-01-01"}])
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn a_locked_month_takes_no_count_and_its_neighbours_do(world: World) {
    world.person("P", "H18.1", "2025-01-01");
    world.course("K");
    world.create("periods", bodies::locks_on("2026-02", "2026-03-20"));
    // A lock that lies ahead locks nothing yet.
    world.create("periods", bodies::locks_on("2026-03", "2199-01-01"));
    let before = world.server.seq();
    let training = |on: &str| bodies::training("P", "K", on);
    let figure = |calendar: &str, month: &str| bodies::declared("CT3", "H18.1", month, 1, 2).with("calendar", calendar);
    let errors =
        world.admin.post("/api/v1/observations", &figure("nd09", "2026-02")).refused(409, "period_locked").errors();
    assert!(errors.contains_key("/month"), "{errors:?}");
    assert_eq!(world.server.seq(), before);
    world.create("observations", figure("nd09", "2026-01"));
    world.create("observations", figure("nd09", "2026-03"));
    world.create("observations", figure("civil", "2026-02"));
    world.create("training-records", training("2026-02-15"));
    world.server.assert_verified();
}

#[on_both_engines]
fn bytes_that_are_no_text_and_other_charsets_are_refused_or_read(world: World) {
    let send = |kind: &str, body: &[u8]| world.admin.send("POST", "/api/v1/courses", Some(kind), body);
    send("application/json", b"{\"code\": \"\xff\"}").refused(400, "malformed_request");
    send("application/json", b"").refused(400, "malformed_request");
    send("application/json", b"{} {}").refused(400, "malformed_request");
    send("application/merge-patch+json", &padded(300)).refused(415, "unsupported_media_type");
    send("application/json; charset=utf-8", &padded(300)).expect(201);
    let anyway = world.admin.clone().with("if-match", "*");
    let patch = |kind: &str| anyway.send("PATCH", "/api/v1/courses/K", Some(kind), b"{\"hours\": 2}");
    patch("application/json-patch+json").refused(415, "unsupported_media_type");
    patch("application/json").expect(200);
}

#[on_both_engines]
fn a_reason_for_a_change_is_bounded_too(world: World) {
    let before = world.server.seq();
    let change = |reason: &str| {
        world.admin.clone().with("change-reason", reason).patch("/api/v1/agencies/H18", &json!({"name_en": "A"}))
    };
    let errors = change(&"x".repeat(501)).refused(422, "invalid_input").errors();
    assert!(errors.contains_key("/Change-Reason"), "{errors:?}");
    assert_eq!(world.server.seq(), before);
    change("Theo biên bản rà soát").expect(200);
    assert_eq!(world.server.seq(), before + 1);
}

#[on_both_engines]
fn a_moment_with_any_offset_is_the_same_moment(world: World) {
    let incident = |at: &str| bodies::incident("H18.1").with("title", "A").with("detected_at", at);
    world.create("incidents", incident("2026-03-01T01:00:00Z"));
    let row = world.create("incidents", incident("2026-03-01T08:00:00+07:00"));
    assert_eq!(row["detected_at"], "2026-03-01T08:00:00+07:00");
    assert_eq!(
        (&row["first_report_due"], &row["detailed_report_due"]),
        (&json!("2026-03-02T08:00:00+07:00"), &json!("2026-03-04T08:00:00+07:00"))
    );
    assert_eq!((&row["first_report"], &row["detailed_report"]), (&json!("overdue"), &json!("overdue")));
    let count = |query: &str| world.admin.get(&format!("/api/v1/incidents?{query}")).expect(200).items().len();
    assert_eq!(count("from=2026-03-01T01:00:00Z&to=2026-03-01T08:00:00%2B07:00"), 2);
    assert_eq!((count("from=2026-03-01T01:00:01Z"), count("open=true"), count("open=false")), (0, 2, 0));
    for wrong in ["2026-03-01", "2026-03-01T08:00:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z"] {
        world.admin.post("/api/v1/incidents", &incident(wrong)).refused(422, "invalid_input");
    }
}

#[on_both_engines]
fn filters_keep_what_fits_and_nothing_else(world: World) {
    world.declare("CT3", "H18.20.1", "2026-01", 1, 2);
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    world.declare("CT4", "H18.1", "2026-02", 1, 2);
    let count = |query: &str| world.admin.get(&format!("/api/v1/observations?{query}")).expect(200).items().len();
    for (query, expected) in [
        ("", 3),
        ("indicator=CT3", 2),
        ("agency=H18.20", 1),
        ("agency=H18", 3),
        ("from=2026-02", 2),
        ("to=2026-02", 2),
        ("from=2026-02&to=2026-02", 1),
        ("nature=estimate", 0),
        ("calendar=civil", 0),
    ] {
        assert_eq!(count(query), expected, "{query}");
    }
    for query in
        ["indicator=KHONG", "agency=KHONG", "calendar=KHONG", "from=2026-13", "nature=x", "agency=", "indicator="]
    {
        world.admin.get(&format!("/api/v1/observations?{query}")).refused(422, "invalid_input");
    }
}
