//! Dry runs of batches: judged off the writer, as the batch would be written.

use super::examples::{self, OwnSample};
use super::rights::Lock;
use crate::contract::document::operations;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::bodies::{self, Members};
use support::{Answer, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const MODES: [&str; 6] = ["upsert", "create", "update", "partial", "create,partial", "update,partial"];

/// Resources that administrators alone write: a dry run is a write that is taken back.
const BY_THE_WRITER: [&str; 5] = ["/agencies/", "/indicators/", "/periods/", "/targets/", "/users/"];

#[on_both_engines]
fn a_dry_batch_of_records_is_answered_while_the_writer_is_taken(sample: OwnSample) {
    let server = &sample.0;
    let (admin, seq) = (server.admin(), server.database().model().seq);
    let lock = Lock::of(server);
    let mut tried = 0;
    for (path, method, operation) in operations() {
        let is_by_the_writer = BY_THE_WRITER.iter().any(|resource| path.contains(resource));
        if path.ends_with("/batch") && !is_by_the_writer {
            let client = examples::with_headers(&admin, &operation).with("prefer", "tx=rollback");
            let answer = examples::send(&client, &path, &method, &operation).expect(200);
            assert_eq!(answer.headers["preference-applied"], "tx=rollback", "{path}");
            tried += 1;
        }
    }
    assert_eq!(tried, 9);
    lock.let_go();
    assert_eq!(server.database().model().seq, seq);
}

#[on_both_engines]
fn a_dry_batch_tells_what_the_batch_then_does(world: World) {
    furnish(&world);
    let editor = world.server.user(Role::Editor, Some("H18.20"));
    let (mut refused, mut done) = (BTreeMap::<&str, BTreeSet<String>>::new(), [0; 3]);
    for (round, mode) in MODES.iter().cycle().take(3 * MODES.len()).enumerate() {
        for client in [&world.admin, &editor] {
            for (resource, rows) in batches(round) {
                if resource == "holidays" && client.get("/api/v1/me").json["role"] != "admin" {
                    continue;
                }
                // All rows, those that fit by themselves, and each other one by itself.
                let some = rows.iter().skip(round % 3).step_by(3).cloned().collect();
                for rows in [Value::from(rows.clone()), Value::Array(some)] {
                    let path = format!("/api/v1/{resource}/batch?mode={mode}");
                    let tried = client.clone().with("prefer", "tx=rollback").post(&path, &rows);
                    let written = client.post(&path, &rows);
                    assert_eq!(told(&tried), told(&written), "{path} {rows}");
                    for code in codes(&tried.json) {
                        refused.entry(resource).or_default().insert(code);
                    }
                    for (sum, name) in done.iter_mut().zip(["created", "updated", "unchanged"]) {
                        *sum += written.json[name].as_u64().unwrap_or_default();
                    }
                }
            }
        }
    }
    // The rounds mean something.
    assert!(done.iter().all(|count| *count > 40), "{done:?}");
    let seen = |resource: &str, codes: &[&str]| {
        let seen = &refused[resource];
        assert!(codes.iter().all(|code| seen.contains(*code)), "{resource}: {seen:?}");
    };
    seen("training-records", &["unknown_staff", "repeated_key", "in_future", "already_exists"]);
    seen("document-exchanges", &["period_locked", "unknown_agency", "repeated_key"]);
    seen("observations", &["period_locked", "indicator_is_derived", "not_found"]);
    seen("monitoring-statuses", &["unknown_system", "in_future", "already_exists"]);
    seen("incidents", &["in_future", "unknown_agency"]);
    seen("courses", &["period_locked", "outside_course", "not_found", "missing_member"]);
    seen("staff", &["agency_not_in_existence", "already_exists", "not_found", "reserved_code"]);
    seen("information-systems", &["agency_not_in_existence", "already_exists"]);
    seen("holidays", &["working_day_not_on_weekend", "already_exists"]);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_taken_code_that_a_dry_batch_tells_of_is_an_event(world: World) {
    world.person("NV-1", "H18.1", "2023-01-01");
    let dry = world.server.user(Role::Editor, Some("H18.20")).with("prefer", "tx=rollback");
    dry.post("/api/v1/staff/batch?mode=partial", &json!([person("NV-1", "H18.20")])).expect(207);
    let answer = world.admin.get("/api/v1/audit/events?kind=code_taken").expect(200);
    let events = answer.items();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["operation"], "batchStaff");
}

/// Time that is closed, and rows that the batches find there.
fn furnish(world: &World) {
    for code in ["NV-1", "NV-2", "NV-3"] {
        world.person(code, "H18.20.1", "2023-01-01");
    }
    world.person("NV-9", "H18.1", "2023-01-01");
    for code in ["K1", "K2", "K3"] {
        world.course(code);
    }
    // The kind of a course matters to a figure.
    let skills = json!({"kind": "training_records", "results": ["completed"], "confirmed_only": false,
                        "course_kinds": ["basic_digital_skills"], "reported_by": "roll"});
    world.indicator("CT8", "stock", &skills);
    world.trained("NV-1", "K3", "2026-02-02");
    for code in ["S1", "S2"] {
        let tenures = json!([{"agency": "H18.20.1", "from": "2026-01-01"}]);
        world.create("information-systems", json!({"code": code, "name": "Hệ thống", "tenures": tenures}));
    }
    let lock = bodies::lock("2026-02", "H18");
    world.create("locks", lock);
}

fn person(code: &str, agency: &str) -> Value {
    bodies::staff(code, agency, "2023-01-01")
}

/// Batches of every kind: new rows, rows that are there, changed and not, rows that are refused, and repeated ones.
fn batches(round: usize) -> Vec<(&'static str, Vec<Value>)> {
    let new = |prefix: &str| format!("{prefix}-{round}");
    let training = bodies::training;
    let trainings = vec![
        training(&new("P"), "K1", "2026-07-01"),
        training("NV-1", "K1", "2026-07-01"),
        training("NV-2", "K2", "2026-07-02").with("certificate", new("CN")),
        training("NV-3", "K2", "2026-02-03"),
        training("NV-0", "K1", "2026-07-01"),
        training("NV-9", "K1", "2026-07-01"),
        training("NV-2", "K1", "2199-01-01"),
        training("NV-1", "K1", "2026-07-03"),
        json!({"staff": "NV-1"}),
    ];
    let count = |agency: &str, month: &str, total: usize| {
        bodies::exchange(agency, month, 0, 3).with("total", total).with("signed", 2).with("paperless", 1)
    };
    let month = format!("20{}-{:02}", 26 - round / 12, round % 12 + 1);
    let counts = vec![
        count("H18.20.1", &month, 7),
        count("H18.20.1", "2026-06", 10),
        count("H18.20.1", "2026-07", 10 + round),
        count("H18.20.1", "2026-02", 10 + round),
        count("H18.77", "2026-06", 10),
        count("H18.1", "2026-06", 10),
        count("H18.20.1", "2026-07", 3),
    ];
    let figure = |indicator: &str, agency: &str, month: &str, numerator: usize| {
        bodies::declared(indicator, agency, month, 0, 50).with("numerator", numerator)
    };
    let figures = vec![
        figure("CT3", "H18.20.2", &month, 7),
        figure("CT3", "H18.20.2", "2026-06", 10),
        figure("CT3", "H18.20.2", "2026-07", round),
        figure("CT3", "H18.20.2", "2026-02", round),
        figure("CT7", "H18.20.2", "2026-06", 10),
        figure("CT3", "H18.1", "2026-06", 10),
    ];
    let status = |system: &str, on: String, monitored: bool| {
        bodies::status(system, &on).with("plan_deployed", monitored).with("monitored_by", "provincial_soc")
    };
    let statuses = vec![
        status("S1", format!("2026-05-{:02}", round + 1), true),
        status("S1", "2026-06-01".to_owned(), true),
        status("S2", "2026-06-01".to_owned(), round.is_multiple_of(2)),
        status("S9", "2026-06-01".to_owned(), true),
        status("S2", "2199-06-01".to_owned(), true),
    ];
    let incident = |agency: &str, title: &str, on: &str, severity: &str| {
        json!({"agency": agency, "system": "S1", "kind": "incident", "severity": severity, "title": title,
               "detected_at": format!("{on}T08:30:00+07:00")})
    };
    let incidents = vec![
        incident("H18.20.1", &new("Sự cố"), "2026-06-01", "low"),
        incident("H18.20.1", "Sự cố", "2026-06-01", "low"),
        incident("H18.20.1", "Sự cố", "2026-06-02", if round.is_multiple_of(2) { "low" } else { "high" }),
        incident("H18.77", "Sự cố", "2026-06-02", "low"),
        incident("H18.20.1", "Sự cố", "2198-06-02", "low"),
    ];
    let course = |code: &str, kind: &str, days: (&str, &str), organiser: &str| {
        json!({"code": code, "name": "Kỹ năng số", "kind": kind, "form": "online", "hours": 8, "from": days.0,
               "to": days.1, "organiser": organiser})
    };
    let (year, skills) = (("2025-01-01", "2026-12-31"), "basic_digital_skills");
    let courses = vec![
        course(&new("KH"), skills, year, "H18.20"),
        course("KH", skills, year, "H18.20"),
        course("K1", skills, year, if round.is_multiple_of(2) { "H18.20" } else { "H18.20.1" }),
        course("K3", "ai", year, "H18.20"),
        course("K2", skills, ("2025-01-01", "2025-01-02"), "H18.20"),
        course("KX", skills, year, "H18.1"),
        course("K1", skills, year, "H18.20"),
        json!({"code": "K2"}),
    ];
    let named = |row: Value| {
        let mut row = row;
        row["name"] = new("Người").into();
        row
    };
    let members = vec![
        person(&new("M"), "H18.20.1"),
        person("NV-1", "H18.20.1"),
        named(person("NV-2", "H18.20.1")),
        person("NV-9", "H18.20.2"),
        bodies::staff("NV-3", "H18.20.1", "2019-01-01"),
        person("erased-7", "H18.20.1"),
        person("NV-1", "H18.20.2"),
    ];
    let system = |code: &str, name: String, from: &str| bodies::system(code, "H18.20.1", from).with("name", name);
    let systems = vec![
        system(&new("HT"), "Hệ thống".to_owned(), "2026-01-01"),
        system("S1", "Hệ thống".to_owned(), "2026-01-01"),
        system("S2", new("Hệ thống"), "2026-01-01"),
        system("S2", "Hệ thống".to_owned(), "2019-01-01"),
        system("S3", "Hệ thống".to_owned(), "2019-01-01"),
    ];
    let day = |date: String, kind: &str, basis: String| json!({"date": date, "kind": kind, "name_vi": "Nghỉ", "basis": basis});
    let holidays = vec![
        day(format!("2027-03-{:02}", round + 1), "holiday", "TB".to_owned()),
        day("2027-01-01".to_owned(), "holiday", "TB".to_owned()),
        day("2027-01-02".to_owned(), "working_day", new("TB")),
        day("2027-01-04".to_owned(), "working_day", "TB".to_owned()),
    ];
    vec![
        ("training-records", trainings),
        ("document-exchanges", counts),
        ("observations", figures),
        ("monitoring-statuses", statuses),
        ("incidents", incidents),
        ("courses", courses),
        ("staff", members),
        ("information-systems", systems),
        ("holidays", holidays),
    ]
}

/// Status and report of an answer, without what differs between any two requests.
fn told(answer: &Answer) -> (u16, Value) {
    let mut told = answer.json.clone();
    for name in ["instance", "request_id"] {
        told.as_object_mut().expect("an object").remove(name);
    }
    (answer.status, told)
}

/// Codes of the refused rows.
fn codes(answer: &Value) -> Vec<String> {
    let report = if answer["batch"].is_object() { &answer["batch"] } else { answer };
    let rows = report["rejections"].as_array().into_iter().flatten();
    let errors = rows.flat_map(|row| row["errors"].as_array().expect("errors"));
    errors.map(|error| error["code"].as_str().expect("a code").to_owned()).collect()
}
