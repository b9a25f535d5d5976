//! Rows as a batch tells of them: the line of each that is refused, all that is wrong with it, and what goes with a row
//! that is written.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Answer, Client, World, on_both_engines};

const OBSERVATIONS: &str = "/api/v1/observations/batch";
const COURSES: &str = "/api/v1/courses/batch";

fn lines(client: &Client, path: &str, text: &str) -> Answer {
    client.send("POST", path, Some("application/x-ndjson"), text.as_bytes())
}

/// The refused rows: index, line, and the codes of the errors with their pointers.
fn refused(report: &Value) -> Vec<(i64, Option<i64>, Vec<String>)> {
    let told = |error: &Value| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap());
    let row = |row: &Value| {
        let errors = row["errors"].as_array().unwrap().iter().map(told).collect();
        (row["index"].as_i64().unwrap(), row["line"].as_i64(), errors)
    };
    report["rejections"].as_array().unwrap().iter().map(row).collect()
}

fn one(index: i64, line: Option<i64>, error: &str) -> (i64, Option<i64>, Vec<String>) {
    (index, line, vec![error.to_owned()])
}

#[on_both_engines]
fn a_refused_row_is_told_by_its_line(world: World) {
    let figure = |agency: &str, month: &str| bodies::declared("CT3", agency, month, 1, 2).to_string();
    let (right, unknown) = (figure("H18.1", "2026-01"), figure("H18.KHONG", "2026-01"));
    let text = format!("\n{right}\r\n \n{unknown}\n\n  {{\"note\":\"ổ\",}}\n{{\"agency\":1}}\n{right}");
    let expected = |[unknown, broken, shapeless, again]: [Option<i64>; 4]| {
        let told = lines(&world.admin, &format!("{OBSERVATIONS}?mode=partial"), "{\"agency\":1}").expect(207).json;
        let shapeless_errors = refused(&told)[0].2.iter().map(|error| error.replacen("/0", "/3", 1)).collect();
        vec![
            one(1, unknown, "/1/agency unknown_agency"),
            one(2, broken, "/2 malformed_row"),
            (3, shapeless, shapeless_errors),
            one(4, again, "/4 repeated_key"),
        ]
    };
    let expected = expected([Some(4), Some(6), Some(7), Some(8)]);
    let before = world.server.seq();
    let whole = lines(&world.admin, OBSERVATIONS, &text).refused(422, "batch_rejected").json;
    assert_eq!(refused(&whole["batch"]), expected);
    assert_eq!(whole["errors"], json!([]), "what is told of a row is told once, with the row");
    assert_eq!(world.server.seq(), before);
    let english = world.admin.clone().with("accept-language", "en");
    let part = lines(&english, &format!("{OBSERVATIONS}?mode=partial"), &text).expect(207).json;
    assert_eq!((refused(&part), &part["created"]), (expected, &json!(1)));
    let broken = part["rejections"][1]["errors"][0]["detail"].as_str().unwrap();
    assert_eq!(broken, "Line 6 is not valid JSON (column 15).", "columns are characters of the line as it was sent");

    let array = format!("[{right},\n{unknown}]");
    let whole = world.admin.send("POST", OBSERVATIONS, Some("application/json"), array.as_bytes());
    let whole = whole.refused(422, "batch_rejected").json;
    assert_eq!(refused(&whole["batch"]), [one(1, None, "/1/agency unknown_agency")]);
    assert!(whole["batch"]["rejections"][0].get("line").is_none(), "rows of an array may share a line");
}

#[on_both_engines]
fn a_batch_of_which_no_row_fits_is_told_row_by_row(world: World) {
    let text = "\n{\"x\":1}\n".repeat(1000);
    let answer = lines(&world.admin, OBSERVATIONS, &text).refused(422, "invalid_input");
    assert_eq!(answer.errors().len(), 1);
    assert_eq!(answer.errors()[""], "no_row_fits");
    let told = refused(&answer.json["batch"]);
    assert_eq!((told.len(), &answer.json["batch"]["received"]), (1000, &json!(1000)));
    assert_eq!((told[999].0, told[999].1), (999, Some(2000)));
}

#[on_both_engines]
fn a_line_that_is_too_long_is_told_by_its_number(world: World) {
    let english = world.admin.clone().with("accept-language", "en");
    let text = format!("\n\n{{\"note\":\"{}\"}}\n", "x".repeat(1 << 17));
    let answer = lines(&english, OBSERVATIONS, &text).refused(422, "invalid_input");
    assert_eq!(answer.errors()["/0"], "row_too_large");
    let detail = answer.json["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.ends_with("line 3 has more."), "{detail}");
}

#[on_both_engines]
fn a_broken_line_is_lost_alone(world: World) {
    let course = |code: &str| {
        let row = bodies::course(code, "H18.20").with("name", format!("Lớp 4.0 và {code}.0"));
        row.to_string().replace("\"hours\":1", "\"hours\":8.0")
    };
    for (number, broken) in ["{\"code\":\"X", "\"", "{\"code\": \"\\", "[1,", "\u{0}", "4.", "{}}"].iter().enumerate() {
        let codes = [format!("A{number}"), format!("B{number}")];
        let text = format!("{}\n{broken}\n{}\n", course(&codes[0]), course(&codes[1]));
        let part = lines(&world.admin, &format!("{COURSES}?mode=partial"), &text).expect(207).json;
        assert_eq!((&part["created"], &part["rejected"]), (&json!(2), &json!(1)), "{broken}");
        assert_eq!(refused(&part), [one(1, Some(2), "/1 malformed_row")], "{broken}");
        for code in codes {
            let stored = world.admin.get(&format!("/api/v1/courses/{code}")).expect(200).json;
            assert_eq!((&stored["name"], &stored["hours"]), (&json!(format!("Lớp 4.0 và {code}.0")), &json!(8)));
        }
    }
    let lonely = world.admin.clone().with("accept-language", "en");
    let answer = lonely.send("POST", COURSES, Some("application/json"), format!("{}\n", course("C")).as_bytes());
    let detail = answer.refused(400, "malformed_request").json["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("application/x-ndjson"), "rows in lines that are called an array: {detail}");
}

#[on_both_engines]
fn all_that_is_wrong_with_a_row_is_told_at_once_and_once(world: World) {
    world.declare("CT3", "H18.1", "2026-01", 3, 10);
    world.course("K");
    world.person("NV-1", "H18.1", "2023-01-01");
    let figure = |agency: &str, month: &str| bodies::declared("CT3", agency, month, 1, 0);
    let exchange = bodies::exchange("H18.KHONG", "2026-02", 1, 2).with("calendar", "KHONG").with("failed", 3);
    let incident = bodies::incident("H18.KHONG").with("system", "KHONG");
    let incident =
        incident.with("detected_at", "2026-02-03T08:00:00+07:00").with("resolved_at", "2026-02-02T08:00:00+07:00");
    let status = bodies::status("KHONG", "2026-02-01").with("last_event", "2026-02-02");
    let training = bodies::training("NV-9", "K", "2026-02-03").with("confirmed_on", "2026-02-02");
    let member = bodies::staff("NV-1", "H18.KHONG", "2023-01-01");
    let course = bodies::course("K", "H18.KHONG");
    let target = bodies::target("KHONG", 1, 2);
    let cases: &[(&str, &str, Value, &[&str])] = &[
        (
            "observations",
            "create",
            figure("H18.1", "2026-01"),
            &[" already_exists", "/numerator numerator_without_denominator"],
        ),
        (
            "observations",
            "update",
            figure("H18.KHONG", "2026-02"),
            &["/agency unknown_agency", "/numerator numerator_without_denominator"],
        ),
        (
            "observations",
            "upsert",
            figure("H18.1", "2027-02"),
            &["/month in_future", "/numerator numerator_without_denominator"],
        ),
        (
            "observations",
            "upsert",
            json!({"indicator": "CT3", "month": "2026-13", "numerator": -1, "denominator": "x", "more": 1}),
            &[
                "/agency missing_member",
                "/calendar missing_member",
                "/denominator wrong_type",
                "/month invalid_month",
                "/more unknown_member",
                "/nature missing_member",
                "/numerator out_of_limits",
            ],
        ),
        (
            "document-exchanges",
            "upsert",
            exchange,
            &[
                "/agency unknown_agency",
                "/calendar unknown_calendar",
                "/electronic electronic_exceeds_open",
                "/failed failed_exceeds_electronic",
            ],
        ),
        (
            "incidents",
            "upsert",
            incident,
            &["/agency unknown_agency", "/resolved_at before_detection", "/system unknown_system"],
        ),
        ("monitoring-statuses", "upsert", status, &["/last_event event_after_status", "/system unknown_system"]),
        ("training-records", "upsert", training, &["/confirmed_on confirmed_before_training", "/staff unknown_staff"]),
        ("staff", "create", member, &[" already_exists", "/tenures/0/agency unknown_agency"]),
        ("courses", "create", course, &[" already_exists", "/organiser unknown_agency"]),
        ("targets", "update", target, &[" not_found", "/indicator unknown_indicator"]),
    ];
    for (resource, mode, row, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|error| format!("/0{error}")).collect();
        let path = format!("/api/v1/{resource}/batch?mode={mode}");
        for client in [&world.admin, &world.admin.clone().with("prefer", "tx=rollback")] {
            let answer = client.post(&path, &json!([row])).refused(422, "batch_rejected").json;
            let mut told = refused(&answer["batch"]).remove(0).2;
            told.sort_unstable();
            assert_eq!(told, expected, "{path}");
        }
    }
}

#[on_both_engines]
fn stays_that_a_row_leaves_out_are_counted(world: World) {
    let stays = |stays: &[(&str, &str, Option<&str>)]| {
        let stay = |(agency, from, to): &(&str, &str, Option<&str>)| json!({"agency": agency, "from": from, "to": to});
        Value::from(stays.iter().map(stay).collect::<Vec<_>>())
    };
    let moved = stays(&[("H18.1", "2023-01-01", Some("2024-12-31")), ("H18.2", "2025-01-01", None)]);
    for (resource, row) in [
        ("staff", bodies::staff("NV-1", "H18.1", "2023-01-01")),
        ("information-systems", bodies::system("HT-1", "H18.1", "2023-01-01")),
    ] {
        let path = format!("/api/v1/{resource}/batch");
        let whole = row.clone().with("tenures", moved.clone());
        let send =
            |client: &Client, path: &str, row: &Value, status| client.post(path, &json!([row])).expect(status).json;
        assert_eq!(send(&world.admin, &path, &whole, 200)["stays_removed"], 0, "{resource}: a new row");
        let ended = moved.as_array().unwrap().clone();
        let ended = row.clone().with("tenures", json!([ended[0], ended[1].clone().with("to", "2026-01-31")]));
        assert_eq!(send(&world.admin, &path, &ended, 200)["stays_removed"], 0, "{resource}: a stay that ends");
        // A list of who is where today, as a spreadsheet has it.
        let today = row.with("tenures", stays(&[("H18.2", "2025-01-01", None)]));
        let trying = world.admin.clone().with("prefer", "tx=rollback");
        assert_eq!(send(&trying, &path, &today, 200)["stays_removed"], 1, "{resource}: tried");
        let wrong = today.clone().with("code", "NEW").with("tenures", stays(&[("H18.KHONG", "2025-01-01", None)]));
        let none = world.admin.post(&path, &json!([today, wrong])).refused(422, "batch_rejected").json;
        assert_eq!(none["batch"]["stays_removed"], 0, "{resource}: nothing was written");
        let done = send(&world.admin, &format!("{path}?mode=partial"), &today, 207);
        assert_eq!((&done["updated"], &done["stays_removed"]), (&json!(1), &json!(1)), "{resource}");
        assert_eq!(send(&world.admin, &path, &today, 200)["stays_removed"], 0, "{resource}: they are gone already");
    }
    world.server.assert_verified();
}
