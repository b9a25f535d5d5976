//! The log: a line per record in either form, whatever is in it, and slow requests named.

use super::metrics::{puller, root};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::process::Stdio;
use support::engines::Place;
use support::program::{Serving, program, run};
use support::waiting::eventually;
use support::{Client, on_both_engines};

/// A text with everything that begins a line of its own in a terminal, a file or a viewer, or commands one.
const HOSTILE: &str = "a\n[2026-11-26T00:00:00Z INFO  thidua::access] forged\r\u{1b}[31m\u{9b}2J\u{2028}z";

fn is_hostile(letter: char) -> bool {
    letter.is_control() || letter == '\u{2028}' || letter == '\u{2029}'
}

/// Starts a server whose log goes into a file.
fn logging(place: &Place, arguments: &[&str], level: &str) -> Serving {
    let log = File::create(place.folder().join("log")).unwrap();
    Serving::start_logging(place, arguments, level, Stdio::from(log))
}

fn lines(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(place.folder().join("log")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn log_in(nobody: &Client) -> Client {
    let credentials = json!({"username": "root", "password": "mot-mat-khau-rat-dai"});
    let token = nobody.post("/api/v1/auth/login", &credentials).expect(200).json["access_token"].clone();
    Client::new(nobody.url().to_owned(), token.as_str().map(str::to_owned))
}

/// A line in JSON, with the members every one has.
fn record(line: &str) -> Value {
    let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let text = |name: &str| record[name].as_str().unwrap_or_else(|| panic!("no {name} in {line}"));
    let time = chrono::DateTime::parse_from_rfc3339(text("time")).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(text("time").ends_with('Z') && time.offset().local_minus_utc() == 0, "{line}");
    assert!(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&text("level")), "{line}");
    assert!(!text("target").is_empty() && !text("message").is_empty(), "{line}");
    record
}

#[on_both_engines]
fn in_json_every_line_is_an_object_and_a_request_has_its_members(place: Place) {
    let serving = logging(&place, &["--log-format", "json"], "trace");
    let root = root(&place, &serving);
    let machine = puller(&root, "may-keo");
    root.clone().with("x-request-id", "read").get("/api/v1/staff/NV-BIMAT?x=bimat").expect(422);
    root.clone().with("x-request-id", "nowhere").get("/bimat").expect(404);
    serving.anonymous().with("x-request-id", "nobody").get("/api/v1/agencies").expect(401);
    let token = root.token().unwrap().to_owned();
    assert_eq!(serving.terminate(), Some(0));

    let lines = lines(&place);
    let records: Vec<_> = lines.iter().map(|line| record(line)).collect();
    let access = |id: &str| {
        let mut mine =
            records.iter().filter(|record| record["request_id"] == id && record["target"] == "thidua::access");
        let line = mine.next().unwrap_or_else(|| panic!("no line of {id}"));
        assert!(mine.next().is_none(), "{id} has two lines");
        assert!(line["duration_us"].is_u64(), "{line}");
        [&line["method"], &line["path"], &line["status"], &line["user"]].map(Clone::clone)
    };
    let read = access("read");
    assert_eq!(read[..3], [json!("GET"), json!("/api/v1/staff/{code}"), json!(422)]);
    assert!(read[3].is_u64(), "an account is named by its number: {read:?}");
    assert_eq!(access("nowhere")[..3], [json!("GET"), json!(null), json!(404)]);
    assert_eq!(access("nobody"), [json!("GET"), json!("/api/v1/agencies"), json!(401), json!(null)]);
    assert!(records.iter().any(|record| record["level"] == "TRACE"), "it is as verbose as can be");
    let text = lines.join("\n");
    for secret in [&*token, machine.token().unwrap(), "mot-mat-khau-rat-dai", "bimat", "BIMAT"] {
        // The path of a request is told by the libraries below, at the level of traces only.
        let told = records.iter().filter(|record| record["level"] != "TRACE" && record["level"] != "DEBUG");
        let told: String = told.map(Value::to_string).collect();
        let heard = if secret.to_lowercase() == "bimat" { &told } else { &text };
        assert!(!heard.contains(secret), "{secret}");
    }
}

#[on_both_engines]
fn what_a_handler_logs_names_its_request(place: Place) {
    for format in ["text", "json"] {
        let serving = logging(&place, &["--log-format", format], "debug");
        let nobody = serving.anonymous();
        let root = if format == "text" { root(&place, &serving) } else { log_in(&nobody) };
        root.clone().with("x-request-id", "one").get("/api/v1/courses/K-1").expect(404);
        root.clone().with("x-request-id", "another").get("/api/v1/courses/K-2").expect(404);
        assert_eq!(serving.terminate(), Some(0));
        let lines = lines(&place);
        let of = |id: &str| {
            let end = if format == "text" {
                format!("courses request_id={id}")
            } else {
                format!(",\"request_id\":\"{id}\"}}")
            };
            lines.iter().filter(|line| line.contains("not found in ") && line.ends_with(&end)).count()
        };
        assert_eq!((of("one"), of("another")), (1, 1), "{format}: {lines:?}");
    }
}

#[on_both_engines]
fn a_request_that_takes_long_is_named_but_not_one_that_waits_on_purpose(place: Place) {
    let serving = logging(&place, &["--slow-request-ms", "1", "--log-format", "json"], "info,thidua::access=off");
    // Hashing a password takes longer than that on any machine.
    let root = root(&place, &serving);
    let head = root.get("/api/v1/changes").expect(200).json["head"].to_string();
    let waits = root.clone().with("x-request-id", "waits");
    waits.get(&format!("/api/v1/changes?after={head}&wait=1")).expect(200);
    let slow = |id: &str| {
        lines(&place)
            .iter()
            .map(|line| record(line))
            .find(|record| record["target"] == "thidua::slow" && record["request_id"] == id)
    };
    let log_in = serving.anonymous().with("x-request-id", "slow");
    log_in.post("/api/v1/auth/login", &json!({"username": "root", "password": "mot-mat-khau-rat-dai"})).expect(200);
    let line = eventually("it is named", || slow("slow"));
    assert_eq!((&line["level"], &line["path"]), (&json!("WARN"), &json!("/api/v1/auth/login")));
    assert!(line["duration_us"].as_u64().unwrap() >= 1000);
    assert_eq!(slow("waits"), None);
    drop(serving);

    let serving = logging(&place, &["--slow-request-ms", "0", "--log-format", "json"], "info");
    let log_in = serving.anonymous().with("x-request-id", "slow");
    log_in.post("/api/v1/auth/login", &json!({"username": "root", "password": "mot-mat-khau-rat-dai"})).expect(200);
    assert_eq!(serving.terminate(), Some(0));
    assert_eq!(slow("slow"), None, "nothing is slow");
}

#[test]
fn nobody_writes_a_line_of_the_log_but_the_program() {
    let place = support::Engine::Sqlite.place().unwrap();
    for format in ["text", "json"] {
        let output = program(&place)
            .args(["verify", "--log", HOSTILE, "--log-format", format])
            .env("RUST_LOG", "info")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let line = said.strip_suffix('\n').unwrap();
        assert!(!line.contains(is_hostile), "{format}: {line:?}");
        if format == "json" {
            assert!(record(line)["message"].as_str().unwrap().contains(HOSTILE), "nothing is lost");
        } else {
            assert!(line.contains(" ERROR ") && line.contains("a\\n[2026-11-26T00:00:00Z"), "{line}");
        }
    }
}

#[test]
fn an_unknown_form_of_the_log_is_refused() {
    let place = support::Engine::Sqlite.place().unwrap();
    let output = program(&place).arg("migrate").env("THIDUA_LOG_FORMAT", "xml").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(run(&place, &["migrate", "--create", "--log-format", "json"], "").status.success());
}
