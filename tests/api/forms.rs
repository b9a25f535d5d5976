//! Texts, dates, moments and numbers are judged by the member they stand in, and have one form each.

use chrono::Utc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use support::bodies::{self, Members};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::Date;
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_domain::id::AgencyId;
use thidua_domain::records::courses::{Course, CourseForm, Hours};
use thidua_domain::text::{Code, Name};
use thidua_persistence::Context;
use thidua_persistence::records::courses;

const COURSES: &str = "/api/v1/courses";

fn trying(world: &World) -> Client {
    world.admin.clone().with("prefer", "tx=rollback")
}

fn codes(answer: Answer) -> BTreeMap<String, String> {
    answer.refused(422, "invalid_input").errors()
}

fn json_text(client: &Client, path: &str, text: &str) -> Answer {
    client.send("POST", path, Some("application/json"), text.as_bytes())
}

#[on_both_engines]
fn a_text_that_looks_like_a_date_is_a_text(world: World) {
    for text in ["1-2-3", "15-12-14", "05-01-01", "0123-04-05", "9999-12-31"] {
        world.admin.post(COURSES, &bodies::course(text, "H18.20").with("name", text)).expect(201);
        let found = world.admin.get(&format!("/api/v1/training-records?course={text}")).expect(200);
        assert!(found.items().is_empty());
        let correction = bodies::correction("2026-01", "H18.20").with("document_number", text).with("reason", text);
        trying(&world).post("/api/v1/corrections", &correction).refused(409, "not_locked");
    }
    world.admin.post("/api/v1/staff", &bodies::staff("NV-F", "H18.1", "2025-01-01")).expect(201);
    let training = bodies::training("NV-F", "15-12-14", "2026-11-01").with("certificate", "15-12-14");
    let made = world.admin.post("/api/v1/training-records", &training).expect(201);
    assert_eq!(made.json["certificate"], "15-12-14");
}

#[on_both_engines]
fn a_date_has_one_form_wherever_it_stands(world: World) {
    let loose = [
        "2026-1-5",
        "+2026-01-05",
        "2026 - 01 - 05",
        "2026-01-05T00:00:00",
        "05/01/2026",
        "20260105",
        "",
        " 2026-01-05",
    ];
    let remote = ["0123-04-05", "1899-12-31", "2200-01-01"];
    let all = loose.map(|text| (text, "invalid_date")).into_iter().chain(remote.map(|text| (text, "remote_date")));
    for (text, code) in all {
        let course = bodies::course("K", "H18.20").with("from", text);
        assert_eq!(codes(world.admin.post(COURSES, &course))["/from"], code, "{text}");
        let staff = bodies::staff("NV", "H18.1", text);
        assert_eq!(codes(world.admin.post("/api/v1/staff", &staff))["/tenures/0/from"], code, "{text}");
        let batch = world.admin.post("/api/v1/courses/batch?mode=partial", &json!([course])).expect(207);
        assert_eq!(batch.json["rejections"][0]["errors"][0]["code"], code, "{text}");
        assert_eq!(batch.json["rejections"][0]["errors"][0]["pointer"], "/0/from", "{text}");
        let escaped = text.replace('+', "%2B").replace(' ', "%20");
        assert_eq!(
            codes(world.admin.get(&format!("/api/v1/training-records?from={escaped}")))["/from"],
            code,
            "{text}"
        );
        let as_of = world.admin.get(&format!("/api/v1/provincial-report?period=2026-10&asOf={escaped}"));
        assert!(as_of.status == 422, "{text}");
    }
}

#[on_both_engines]
fn a_moment_has_one_form(world: World) {
    let incident = |at: &str| bodies::incident("H18.1").with("detected_at", at);
    for loose in
        ["2026-03-01 08:00:00+07:00", "2026-03-01T08:00:00", "2026-03-01T08:00+07:00", "2026-03-01", "1772326800"]
    {
        let faults = codes(world.admin.post("/api/v1/incidents", &incident(loose)));
        assert_eq!(faults["/detected_at"], "invalid_moment", "{loose}");
    }
    let remote =
        codes(world.admin.post("/api/v1/incidents", &incident("1999-12-31T00:00:00Z").with("resolved_at", "x")));
    assert_eq!(
        (remote["/detected_at"].as_str(), remote["/resolved_at"].as_str()),
        ("invalid_moment", "invalid_moment")
    );
    // RFC 3339, section 5.6: letters may be small.
    let made = world.admin.post("/api/v1/incidents", &incident("2026-03-01t01:00:00.5z")).expect(201);
    assert_eq!(made.json["detected_at"], "2026-03-01T08:00:00.500+07:00");
    // The same moment, spelled by another offset, is the same row.
    let twice = json!([incident("2026-03-02T01:00:00Z"), incident("2026-03-02T08:00:00+07:00")]);
    world.admin.post("/api/v1/incidents/batch", &twice).refused(422, "batch_rejected");
}

/// A course as text, with any text in the place of its hours, and a name that must stay as it is.
fn course(code: &str, hours: &str) -> String {
    let body = bodies::course(code, "H18.20").with("name", "Lớp 4.0 \\ \"1e0\" -0").to_string();
    body.replace("\"hours\":1", &format!("\"hours\":{hours}"))
}

#[on_both_engines]
fn a_whole_number_is_one_by_its_digits(world: World) {
    let before = world.server.seq();
    for (text, hours) in [("4.0", 4), ("4e0", 4), ("40E-1", 4), ("0.4e1", 4), ("1.2e+1", 12), ("12.000", 12)] {
        let made = json_text(&trying(&world), COURSES, &course("K", text)).expect(201);
        assert_eq!((&made.json["hours"], made.json["name"].as_str()), (&json!(hours), Some("Lớp 4.0 \\ \"1e0\" -0")));
        let lines = format!("{}\n{}\n", course("K-1", text), course("K-2", text));
        for (kind, body) in [
            ("application/json", format!("[{},{}]", course("K-1", text), course("K-2", text))),
            ("application/x-ndjson", lines),
        ] {
            let made = trying(&world).send("POST", "/api/v1/courses/batch", Some(kind), body.as_bytes()).expect(200);
            assert_eq!(made.json["created"], 2, "{text} as {kind}");
        }
    }
    for unfit in [
        "4.5",
        "4e-1",
        "0.04e1",
        "1e30",
        "1e400000000000",
        "-4.0",
        "9007199254740993.0",
        "4.00000000000000000001",
        &format!("4.{}", "0".repeat(100)),
        &format!("-{}e1", "9".repeat(100_000)),
    ] {
        let refused = json_text(&world.admin, COURSES, &course("K", unfit));
        assert!(matches!(refused.status, 400 | 422), "{unfit}: {}", refused.status);
        assert_eq!(world.server.seq(), before, "{unfit}");
    }
    // Beyond the numbers that a floating-point number tells apart: 2^53 + 1 would be 2^53.
    let exact = json_text(&world.admin, COURSES, &course("K", "9007199254740993.0")).refused(422, "invalid_input");
    let plain = json_text(&world.admin, COURSES, &course("K", "9007199254740993")).refused(422, "invalid_input");
    assert_eq!(exact.told(), plain.told());
    world.indicator("KPI", "flow", &json!({"kind": "declared"}));
    let observation = |numerator: &str| {
        let body = bodies::declared("KPI", "H18.1", "2026-10", 1, 100_000_000_000).to_string();
        body.replace("\"numerator\":1", &format!("\"numerator\":{numerator}"))
    };
    let told =
        |numerator: &str| json_text(&trying(&world), "/api/v1/observations", &observation(numerator)).expect(201);
    assert_eq!(told("99999999999.0").json["numerator"], 99_999_999_999_i64);
}

/// Sends a request as bytes, beside the contract, and gives the document that is answered.
fn raw(client: &Client, request: &str, headers: &str, body: &[u8]) -> Value {
    let address = client.base.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).expect("a server");
    let token = client.token.as_deref().unwrap_or_default();
    let head =
        format!("{request} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n");
    let sent = [head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat();
    stream.write_all(&sent).expect("a connection");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let start = answer.find('{').unwrap_or_else(|| panic!("no JSON in {answer}"));
    let mut documents = serde_json::Deserializer::from_str(&answer[start..]).into_iter();
    documents.next().expect("a document").expect("JSON")
}

/// Sends a body in chunks of one byte.
fn in_single_bytes(client: &Client, path: &str, kind: &str, body: &[u8]) -> Value {
    let chunk = |byte: &u8| [b"1\r\n", &[*byte][..], b"\r\n"].concat();
    let chunks = body.iter().flat_map(chunk).chain(*b"0\r\n\r\n").collect::<Vec<u8>>();
    let headers = format!("Prefer: tx=rollback\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n");
    raw(client, &format!("POST {path}"), &headers, &chunks)
}

#[on_both_engines]
fn a_byte_order_mark_is_passed_over(world: World) {
    let marked = |text: &str| format!("\u{feff}{text}");
    let one = course("K", "4.0");
    let lines = format!("{}\n{}\n", course("K-1", "4"), course("K-2", "4e0"));
    assert_eq!(json_text(&trying(&world), COURSES, &marked(&one)).expect(201).json["hours"], 4);
    let array = format!("[{one}]");
    for (kind, body, rows) in [("application/json", &array, 1), ("application/x-ndjson", &lines, 2)] {
        let path = "/api/v1/courses/batch?mode=partial";
        let made = trying(&world).send("POST", path, Some(kind), marked(body).as_bytes()).expect(207);
        assert_eq!((&made.json["created"], &made.json["rejected"]), (&json!(rows), &json!(0)), "{kind}");
        let made = in_single_bytes(&world.admin, path, kind, marked(body).as_bytes());
        assert_eq!((&made["created"], &made["rejected"]), (&json!(rows), &json!(0)), "{kind} byte by byte");
    }
    // One mark at the beginning, no more and nowhere else.
    for text in [format!("\u{feff}\u{feff}{one}"), format!("{one}\u{feff}")] {
        json_text(&trying(&world), COURSES, &text).refused(400, "malformed_request");
    }
    for short in [&b""[..], b"\xef", b"\xef\xbb", b"\xef\xbb\xbf"] {
        trying(&world).send("POST", COURSES, Some("application/json"), short).refused(400, "malformed_request");
    }
}

/// Texts in which nothing can be seen.
const BLANK: [&str; 9] = [
    "\u{200b}",
    "\u{feff}",
    "\u{ad}",
    "\u{2060}",
    "\u{2800}",
    "\u{3164}",
    " \u{200b} \u{a0}\u{115f} ",
    "\u{e0001}",
    "\u{fe0f}",
];
/// Texts with a character that turns or breaks a line, or is none.
const BROKEN: [&str; 9] = [
    "\u{202e}gnort",
    "a\u{202a}b",
    "a\u{2067}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\u{ffff}",
    "\u{fdd0}a",
    "a\u{1fffe}b",
    "a\u{10ffff}b",
];

#[on_both_engines]
fn a_text_can_be_read(world: World) {
    world.admin.post(COURSES, &bodies::course("K-1", "H18.20")).expect(201);
    let lock = world.admin.post("/api/v1/locks", &bodies::lock("2026-04", "H18.1")).expect(201);
    let lock = format!("/api/v1/locks/{}", lock.json["id"]);
    let before = world.server.seq();
    let all =
        BLANK.map(|text| (text, "nothing_visible")).into_iter().chain(BROKEN.map(|text| (text, "control_character")));
    for (text, code) in all {
        let course = bodies::course("K", "H18.20").with("name", text);
        assert_eq!(codes(world.admin.post(COURSES, &course))["/name"], code, "{text:?}");
        let batch = world.admin.post("/api/v1/courses/batch?mode=partial", &json!([course])).expect(207);
        assert_eq!(batch.json["rejections"][0]["errors"][0]["code"], code, "{text:?}");
        // Every fault of a body at once.
        let both = codes(world.admin.post(COURSES, &course.with("from", "2026-1-1")));
        assert_eq!((both["/name"].as_str(), both["/from"].as_str()), (code, "invalid_date"), "{text:?}");
        assert_eq!(
            codes(world.admin.patch(&format!("{COURSES}/K-1"), &json!({"name": text})))["/name"],
            code,
            "{text:?}"
        );
        let incident = bodies::incident("H18.1").with("title", text).with("description", text);
        let faults = codes(world.admin.post("/api/v1/incidents", &incident));
        assert_eq!((faults["/title"].as_str(), faults["/description"].as_str()), (code, code), "{text:?}");
        let correction = bodies::correction("2026-04", "H18.1").with("document_number", text).with("reason", text);
        let faults = codes(world.admin.post("/api/v1/corrections", &correction));
        assert_eq!((faults["/document_number"].as_str(), faults["/reason"].as_str()), (code, code), "{text:?}");
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let asked = codes(world.admin.delete(&format!("{lock}?reason={encoded}")));
        assert_eq!(asked["/reason"], code, "{text:?}");
        let declared = world.admin.clone().with("change-reason", &format!("UTF-8''{encoded}"));
        assert_eq!(codes(declared.delete(&lock))["/Change-Reason"], code, "{text:?}");
    }
    assert_eq!(world.server.seq(), before);
    // Beside something that can be seen, what cannot be seen is a part of it: a family of emoji, a word that may be parted.
    for text in
        ["Lớp 👩\u{200d}👩\u{200d}👧 \u{1f1fb}\u{1f1f3}", "chuyển\u{ad}đổi", "\u{feff}Lớp", "ไทย", "\u{200f}שלום"]
    {
        let made = trying(&world).post(COURSES, &bodies::course("K", "H18.20").with("name", text)).expect(201);
        assert_eq!(made.json["name"], text);
    }
}

#[on_both_engines]
fn a_row_of_before_the_rule_stays_and_may_be_changed(world: World) {
    let course = Course {
        code: Code::parse("", "K-1").unwrap(),
        name: Name::parse("", "\u{200b}").unwrap(),
        kind: CourseKind::Ai,
        form: CourseForm::Online,
        hours: Hours::stored(1),
        from: Date::new(2026, 11, 1).unwrap(),
        to: Date::new(2026, 11, 2).unwrap(),
        organiser: AgencyId(world.admin.get("/api/v1/agencies/H18.20").expect(200).json["id"].as_i64().unwrap()),
    };
    let context = Context::of_program(Utc::now(), None);
    world.server.database().write(context, move |transaction| courses::insert(transaction, &course)).unwrap();
    let path = format!("{COURSES}/K-1");
    // The contract describes texts as they are sent today.
    assert_eq!(raw(&world.admin, &format!("GET {path}"), "", b"")["name"], "\u{200b}");
    let headers = "If-Match: *\r\nContent-Type: application/merge-patch+json\r\nContent-Length: 11\r\n";
    let patched = raw(&world.admin, &format!("PATCH {path}"), headers, b"{\"hours\":2}");
    assert_eq!((&patched["hours"], &patched["name"]), (&json!(2), &json!("\u{200b}")));
    assert_eq!(
        world.admin.clone().with("if-match", "*").patch(&path, &json!({"name": "Lớp"})).expect(200).json["name"],
        "Lớp"
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn a_patch_leaves_one_kind_of_source_for_any_other(world: World) {
    let rule = json!({"level_approved": true, "plan_deployed": true, "monitored": true, "assessment_valid": true,
                      "last_event_within_days": 30});
    let people = json!({"kind": "people_on_roll", "staff_kinds": ["can_bo"]});
    let kinds = [
        ("flow", json!({"kind": "declared", "compared_with": people})),
        ("flow", json!({"kind": "document_exchanges", "numerator": "electronic", "directions": ["outgoing"]})),
        ("stock", json!({"kind": "monitoring_statuses", "rule": rule})),
        (
            "stock",
            json!({"kind": "training_records", "results": ["completed"], "course_kinds": ["ai"],
                         "confirmed_only": false, "staff_kinds": ["can_bo"]}),
        ),
    ];
    world.indicator("I", "flow", &json!({"kind": "declared"}));
    for (semantics, before) in &kinds {
        for (semantics_after, after) in &kinds {
            let of = |semantics: &str, source: &Value| json!({"semantics": semantics, "source": source});
            world.admin.patch("/api/v1/indicators/I", &of(semantics, before)).expect(200);
            let changed = world.admin.patch("/api/v1/indicators/I", &of(semantics_after, after)).expect(200).json;
            for (member, value) in after.as_object().unwrap() {
                assert_eq!(&changed["source"][member], value, "{before} to {after}");
            }
        }
    }
    // What the kind has not is refused where the patch names it.
    let named = json!({"semantics": "state", "source": {"kind": "declared", "results": ["completed"]}});
    assert_eq!(codes(world.admin.patch("/api/v1/indicators/I", &named))["/source/results"], "unknown_member");
    let nulls = json!({"semantics": "state", "source": {"kind": "declared", "results": null, "course_kinds": null}});
    world.admin.patch("/api/v1/indicators/I", &nulls).expect(200);
}

#[on_both_engines]
fn a_name_that_a_row_leaves_out_stays_and_null_erases_it(world: World) {
    let person = bodies::staff("NV-F", "H18.1", "2025-01-01");
    let named = || world.admin.get("/api/v1/staff/NV-F").expect(200).json["name"].clone();
    let batch = |row: &Value| world.admin.post("/api/v1/staff/batch", &json!([row])).expect(200).json;
    batch(&person.clone().with("name", "Lò Văn A"));
    assert_eq!((batch(&person)["unchanged"].as_i64(), named()), (Some(1), json!("Lò Văn A")));
    let elsewhere = bodies::staff("NV-F", "H18.2", "2025-01-01");
    assert_eq!((batch(&elsewhere)["updated"].as_i64(), named()), (Some(1), json!("Lò Văn A")));
    world.admin.patch("/api/v1/staff/NV-F", &json!({"kind": "vien_chuc"})).expect(200);
    assert_eq!(named(), "Lò Văn A");
    let nobody = elsewhere.with("kind", "vien_chuc").with("name", Value::Null);
    assert_eq!((batch(&nobody)["updated"].as_i64(), named()), (Some(1), Value::Null));
    batch(&nobody.with("name", "Lò Văn B"));
    world.admin.patch("/api/v1/staff/NV-F", &json!({"name": null})).expect(200);
    assert_eq!(named(), Value::Null);
    world.server.assert_verified();
}
