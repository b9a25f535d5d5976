//! Texts, dates, moments and numbers are judged by the member they stand in, and have one form each.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use support::bodies::{self, Members};
use support::{Answer, Client, World, on_both_engines};

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
    for unfit in
        ["4.5", "4e-1", "0.04e1", "1e30", "1e400000000000", "-4.0", "9007199254740993.0", "4.00000000000000000001"]
    {
        let refused = json_text(&world.admin, COURSES, &course("K", unfit));
        assert!(matches!(refused.status, 400 | 422), "{unfit}: {}", refused.status);
        assert_eq!(world.server.seq(), before, "{unfit}");
    }
    // Beyond the numbers that a floating-point number tells apart: 2^53 + 1 would be 2^53.
    let exact = json_text(&world.admin, COURSES, &course("K", "9007199254740993.0")).refused(422, "invalid_input");
    let plain = json_text(&world.admin, COURSES, &course("K", "9007199254740993")).refused(422, "invalid_input");
    assert_eq!(exact.told(), plain.told());
    let observation = |numerator: &str| {
        let body = bodies::declared("KPI", "H18.1", "2026-10", 1, 900_719_925_474_099).to_string();
        body.replace("\"numerator\":1", &format!("\"numerator\":{numerator}"))
    };
    let told = |numerator: &str| json_text(&trying(&world), "/api/v1/observations", &observation(numerator)).told();
    assert_eq!(told("900719925474098.0"), told("900719925474098"));
}

/// Sends a body in chunks of one byte, and gives the answer.
fn in_single_bytes(client: &Client, path: &str, kind: &str, body: &[u8]) -> Value {
    let address = client.base.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).expect("a server");
    let token = client.token.as_deref().unwrap_or_default();
    let mut sent = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nPrefer: tx=rollback\r\n\
         Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    for byte in body {
        sent.extend_from_slice(b"1\r\n");
        sent.push(*byte);
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b"0\r\n\r\n");
    stream.write_all(&sent).expect("a connection");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let start = answer.find('{').unwrap_or_else(|| panic!("no JSON in {answer}"));
    let mut documents = serde_json::Deserializer::from_str(&answer[start..]).into_iter();
    documents.next().expect("a document").expect("JSON")
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
