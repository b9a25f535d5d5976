//! Batches: many rows in one request, all or none or as far as possible, and a report of each row.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

fn observation(agency: &str, month: &str, numerator: i64) -> Value {
    bodies::declared("CT3", agency, month, numerator, 10)
}

fn course(code: &str) -> Value {
    json!({"code": code, "name": "Kỹ năng số", "kind": "basic_digital_skills", "form": "online", "hours": 8,
           "from": "2025-01-06", "to": "2026-10-30", "organiser": "H18.20"})
}

fn person(code: &str, agency: &str) -> Value {
    bodies::staff(code, agency, "2023-01-01").with("name", "Người mẫu")
}

/// Counts of a report: created, updated, unchanged, rejected.
fn counts(report: &Value) -> [i64; 4] {
    ["created", "updated", "unchanged", "rejected"].map(|name| report[name].as_i64().expect("a count"))
}

/// A refused row: index, key, and its errors as pointer and code.
type Refused = (i64, String, Vec<(String, String)>);

/// The refused rows, in order.
fn rejections(report: &Value) -> Vec<Refused> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = report["rejections"].as_array().expect("rejections");
    let errors = |row: &Value| {
        let errors = row["errors"].as_array().expect("errors").iter();
        errors.map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
    };
    rows.iter().map(|row| (row["index"].as_i64().expect("an index"), text(&row["key"]), errors(row))).collect()
}

fn refused(index: i64, key: &str, pointer: &str, code: &str) -> Refused {
    (index, key.to_owned(), vec![(pointer.to_owned(), code.to_owned())])
}

fn lines(client: &Client, path: &str, text: &str) -> Answer {
    client.send("POST", path, Some("application/x-ndjson"), text.as_bytes())
}

const OBSERVATIONS: &str = "/api/v1/observations/batch";
const TRAININGS: &str = "/api/v1/training-records/batch";

/// Trainings of each person in each course, course by course; creates the people and the courses.
fn trainings(world: &World, courses: usize, people: usize) -> Vec<Value> {
    let new: Vec<_> = (0..courses).map(|n| course(&format!("K-{n}"))).collect();
    world.admin.post("/api/v1/courses/batch", &Value::from(new)).expect(200);
    let new: Vec<_> = (0..people).map(|n| person(&format!("NV-{n}"), "H18.1")).collect();
    world.admin.post("/api/v1/staff/batch", &Value::from(new)).expect(200);
    let row = |n: usize| bodies::training(&format!("NV-{}", n % people), &format!("K-{}", n / people), "2026-02-15");
    (0..courses * people).map(row).collect()
}

#[on_both_engines]
fn every_record_resource_takes_a_batch_and_takes_it_again(world: World) {
    let system = bodies::system("HT-1", "H18.20", "2023-01-01");
    let status = bodies::status("HT-1", "2026-02-01")
        .with("monitored_by", "provincial_soc")
        .with("last_event", "2026-01-31")
        .with("assessment_valid_until", "2026-12-31");
    let exchange = bodies::exchange("H18.1", "2026-02", 9, 7).with("secret", 1).with("signed", 6).with("paperless", 5);
    let incident = bodies::incident("H18.1").with("system", "HT-1").with("detected_at", "2026-02-03T08:00:00+07:00");
    let training = bodies::training("NV-1", "K", "2026-01-06");
    let holiday = bodies::holiday("2026-09-02");
    for (resource, row, member, value) in [
        ("courses", course("K"), "hours", json!(9)),
        ("holidays", holiday, "basis", json!("TB 2")),
        ("staff", person("NV-1", "H18.1"), "kind", json!("vien_chuc")),
        ("information-systems", system, "name", json!("Hệ thống khác")),
        ("monitoring-statuses", status, "plan_deployed", json!(false)),
        ("document-exchanges", exchange, "failed", json!(2)),
        ("incidents", incident, "severity", json!("high")),
        ("training-records", training, "result", json!("attended")),
        ("observations", observation("H18.1", "2026-02", 4), "numerator", json!(5)),
    ] {
        let path = format!("/api/v1/{resource}/batch");
        let once = world.admin.post(&path, &json!([row])).expect(200);
        assert_eq!(counts(&once.json), [1, 0, 0, 0], "{resource}");
        let before = world.server.seq();
        let again = world.admin.post(&path, &json!([row])).expect(200);
        assert_eq!(counts(&again.json), [0, 0, 1, 0], "{resource}");
        assert_eq!(world.server.seq(), before, "{resource}: what is there already is not written");
        let mut changed = row.clone();
        changed[member] = value.clone();
        let changed = lines(&world.admin, &path, &format!("\n{changed}\n")).expect(200);
        assert_eq!(counts(&changed.json), [0, 1, 0, 0], "{resource}");
        let list = world.admin.get(&format!("/api/v1/{resource}")).expect(200);
        assert_eq!(list.items().len(), 1, "{resource}");
        assert_eq!(list.items()[0][member], value, "{resource}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_batch_counts_as_its_rows_one_by_one_would(world: World) {
    for code in ["K", "L"] {
        world.create("courses", course(code));
    }
    let people: Vec<_> = (0..30).map(|n| person(&format!("NV-{n}"), ["H18.1", "H18.2", "H18.20.1"][n % 3])).collect();
    world.admin.post("/api/v1/staff/batch", &Value::from(people)).expect(200);
    let row = |n: usize, course: &str| bodies::training(&format!("NV-{n}"), course, &format!("2026-0{}-15", n % 9 + 1));
    let rows: Vec<_> = (0..20).map(|n| row(n, "K")).chain((10..30).map(|n| row(n, "L"))).collect();
    assert_eq!(
        counts(&world.admin.post("/api/v1/training-records/batch", &json!(rows)).expect(200).json),
        [40, 0, 0, 0]
    );
    world.server.assert_verified();
    let together = world.attainment("CT7", "H18", "2026");
    assert_eq!((&together["numerator"], &together["denominator"]), (&json!(30), &json!(30)));
    let day_before = rows.iter().map(|row| {
        let mut row = row.clone();
        row["on"] = json!("2026-01-10");
        row
    });
    let moved = world.admin.post("/api/v1/training-records/batch", &Value::from(day_before.collect::<Vec<_>>()));
    assert_eq!(counts(&moved.expect(200).json), [0, 40, 0, 0]);
    assert_eq!(world.attainment("CT7", "H18", "2026-01")["numerator"], 30);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_long_batch_minds_what_it_has_written_itself(world: World) {
    // Everybody is in each of the sets of which it is written.
    let rows = trainings(&world, 5, 500);
    let path = format!("{TRAININGS}?mode=create");
    let twice: Vec<_> = rows.iter().chain(&rows[7..8]).cloned().collect();
    let refusal = world.admin.post(&path, &Value::from(twice)).refused(422, "batch_rejected");
    assert_eq!(rejections(&refusal.json["batch"]), [refused(2500, "NV-7/K-0", "/2500", "repeated_key")]);
    assert_eq!(counts(&world.admin.post(&path, &Value::from(rows)).expect(200).json), [2500, 0, 0, 0]);
    let together = world.attainment("CT7", "H18", "2026");
    assert_eq!((&together["numerator"], &together["denominator"]), (&json!(500), &json!(500)));
    world.server.assert_verified();
}

#[on_both_engines]
fn all_or_none_unless_parts_are_asked_for(world: World) {
    world.declare("CT3", "H18.1", "2026-01", 3, 10);
    let rows = json!([
        observation("H18.1", "2026-01", 4),
        observation("H18.KHONG", "2026-01", 4),
        observation("H18.2", "2026-01", -1),
        observation("H18.2", "2026-02", 5),
        observation("H18.2", "2026-02", 6),
    ]);
    let expected = [
        refused(1, "CT3/H18.KHONG/nd09/2026-01", "/1/agency", "unknown_agency"),
        refused(2, "", "/2/numerator", "out_of_limits"),
        refused(4, "CT3/H18.2/nd09/2026-02", "/4", "repeated_key"),
    ];
    let before = world.server.seq();
    let whole = world.admin.post(OBSERVATIONS, &rows).refused(422, "batch_rejected");
    assert_eq!(counts(&whole.json["batch"]), [0, 0, 0, 3]);
    assert_eq!(rejections(&whole.json["batch"]), expected);
    assert!(whole.errors().is_empty(), "each is told with its row");
    assert_eq!(world.server.seq(), before);

    let parts = world.admin.post(&format!("{OBSERVATIONS}?mode=partial"), &rows).expect(207);
    assert_eq!(parts.json["received"], 5);
    assert_eq!(counts(&parts.json), [1, 1, 0, 3]);
    assert_eq!(rejections(&parts.json), expected);
    assert_eq!(world.server.seq(), before + 2);
    assert_eq!(world.attainment("CT3", "H18", "2026-01")["numerator"], 4);
    world.server.assert_verified();
}

#[on_both_engines]
fn modes_refuse_what_is_there_or_is_not(world: World) {
    world.create("courses", course("K"));
    world.declare("CT3", "H18.1", "2026-01", 3, 10);
    let observations = json!([observation("H18.1", "2026-01", 4), observation("H18.1", "2026-02", 4)]);
    for (path, rows, first, second) in [
        ("/api/v1/courses/batch", json!([course("K"), course("L")]), "K", "L"),
        (OBSERVATIONS, observations, "CT3/H18.1/nd09/2026-01", "CT3/H18.1/nd09/2026-02"),
    ] {
        let create = world.admin.post(&format!("{path}?mode=create"), &rows).refused(422, "batch_rejected");
        assert_eq!(rejections(&create.json["batch"]), [refused(0, first, "/0", "already_exists")]);
        let update = world.admin.post(&format!("{path}?mode=update"), &rows).refused(422, "batch_rejected");
        assert_eq!(rejections(&update.json["batch"]), [refused(1, second, "/1", "not_found")]);
    }
    let both = world.admin.post("/api/v1/courses/batch?mode=create,partial", &json!([course("K"), course("L")]));
    assert_eq!(counts(&both.expect(207).json), [1, 0, 0, 1]);
    world.admin.post("/api/v1/courses/batch?mode=replace", &json!([course("K")])).refused(422, "invalid_input");
}

#[on_both_engines]
fn of_many_refused_rows_the_first_are_told_and_the_others_counted(world: World) {
    let wrong = format!("{{{}}}\n", (0..90).map(|n| format!("\"m{n}\":1")).collect::<Vec<_>>().join(","));
    let right = format!("{}\n", observation("H18.1", "2026-01", 1));
    let text = right.clone() + &wrong.repeat(1500) + &observation("H18.2", "2026-01", 2).to_string();
    let answer = lines(&world.admin, &format!("{OBSERVATIONS}?mode=partial"), &text).expect(207);
    assert_eq!(counts(&answer.json), [2, 0, 0, 1500]);
    let told = rejections(&answer.json);
    assert_eq!(told.iter().map(|row| row.0).collect::<Vec<_>>(), (1..=1000).collect::<Vec<_>>());
    assert!(told.iter().all(|row| row.2.len() == 20), "as many errors as are told of one row");

    for mode in ["partial", "upsert"] {
        let answer = lines(&world.admin, &format!("{OBSERVATIONS}?mode={mode}"), &(wrong.repeat(1000) + &right));
        let answer = answer.refused(422, "invalid_input");
        let codes: Vec<_> = answer.json["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
        assert_eq!(codes, ["no_row_fits"], "{mode}");
        let told = rejections(&answer.json["batch"]);
        assert_eq!(told.len(), 1000);
        assert!(told.iter().all(|row| row.2.len() == 20 && row.2[0].1 == "unknown_member"), "{mode}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_line_that_is_no_json_is_a_refused_row(world: World) {
    let text =
        format!("{}\r\n\n{{\"indicator\"\n{}", observation("H18.1", "2026-01", 1), observation("H18.2", "2026-01", 2));
    let answer = lines(&world.admin, &format!("{OBSERVATIONS}?mode=partial"), &text).expect(207);
    assert_eq!(counts(&answer.json), [2, 0, 0, 1]);
    assert_eq!(rejections(&answer.json), [refused(1, "", "/1", "malformed_row")]);
    for body in ["", "[]", "\n\n"] {
        let kind = if body == "[]" { "application/json" } else { "application/x-ndjson" };
        let answer = world.admin.send("POST", OBSERVATIONS, Some(kind), body.as_bytes()).refused(422, "invalid_input");
        assert_eq!(answer.errors()[""], "empty_batch");
    }
    world.admin.send("POST", OBSERVATIONS, Some("application/json"), b"[{]").refused(400, "malformed_request");
    world.admin.send("POST", OBSERVATIONS, Some("application/json"), b"{}").refused(400, "malformed_request");
    world.admin.send("POST", OBSERVATIONS, Some("text/csv"), b"a,b").refused(415, "unsupported_media_type");
}

#[on_both_engines]
fn a_refused_row_is_named_as_it_would_be_kept(world: World) {
    let incident =
        bodies::incident("H18.9").with("title", "\u{c}Sự cố\n").with("detected_at", "2026-10-08T17:00:00+07:00");
    let answer = world.admin.post("/api/v1/incidents/batch", &json!([incident])).refused(422, "batch_rejected");
    let key = "H18.9/2026-10-08T17:00:00+07:00/Sự cố";
    assert_eq!(rejections(&answer.json["batch"]), [refused(0, key, "/0/agency", "unknown_agency")]);
}

#[on_both_engines]
fn a_key_is_repeated_however_far_apart_its_rows_are(world: World) {
    let mut rows = trainings(&world, 30, 40);
    rows.extend([rows[1199].clone(), rows[3].clone()]);
    let repeated = |index: i64, key: &str| refused(index, key, &format!("/{index}"), "repeated_key");
    let expected = [repeated(1200, "NV-39/K-29"), repeated(1201, "NV-3/K-0")];
    let whole = world.admin.post(TRAININGS, &json!(rows)).refused(422, "batch_rejected");
    assert_eq!(rejections(&whole.json["batch"]), expected);
    let parts = world.admin.post(&format!("{TRAININGS}?mode=partial"), &json!(rows)).expect(207);
    assert_eq!(counts(&parts.json), [1200, 0, 0, 2]);
    assert_eq!(rejections(&parts.json), expected);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_long_body_that_is_no_batch_after_all_leaves_nothing_behind(world: World) {
    let rows = Value::from(trainings(&world, 50, 50)).to_string();
    let open = rows.trim_end_matches(']');
    let client = world.admin.clone().with("idempotency-key", "once");
    let before = world.server.seq();
    for path in [TRAININGS.to_owned(), format!("{TRAININGS}?mode=partial")] {
        let send = |text: &str| client.send("POST", &path, Some("application/json"), text.as_bytes());
        for end in ["", "]]", ",{\"staff\":", "] {}"] {
            send(&format!("{open}{end}")).refused(400, "malformed_request");
        }
        let empty = send(&format!("[{}]", " ".repeat(100_000))).refused(422, "invalid_input");
        assert_eq!(empty.errors()[""], "empty_batch");
        assert_eq!(world.server.seq(), before, "{path}");
    }
    let answer = client.send("POST", TRAININGS, Some("application/json"), rows.as_bytes()).expect(200);
    assert_eq!(counts(&answer.json), [2500, 0, 0, 0], "what was no batch has not used the key up");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_batch_stays_within_its_callers_scope(world: World) {
    world.create("courses", course("K"));
    world.person("NV-1", "H18.1", "2023-01-01");
    world.person("NV-2", "H18.2", "2023-01-01");
    let clerk = world.server.user(Role::Editor, Some("H18.1"));
    let training = |code: &str| bodies::training(code, "K", "2026-01-06");
    let trainings = json!([training("NV-1"), training("NV-2")]);
    let answer = clerk.post("/api/v1/training-records/batch?mode=partial", &trainings).expect(207);
    assert_eq!(rejections(&answer.json), [refused(1, "NV-2/K", "/1/staff", "unknown_staff")]);
    let answer = clerk.post("/api/v1/staff/batch", &json!([person("NV-2", "H18.1")])).refused(422, "batch_rejected");
    assert_eq!(counts(&answer.json["batch"]), [0, 0, 0, 1]);
    let declared = json!([observation("H18.1", "2026-01", 1), observation("H18.2", "2026-01", 1)]);
    let answer = clerk.post(&format!("{OBSERVATIONS}?mode=partial"), &declared).expect(207);
    assert_eq!(rejections(&answer.json), [refused(1, "CT3/H18.2/nd09/2026-01", "/1/agency", "unknown_agency")]);
    world.server.user(Role::Viewer, None).post(OBSERVATIONS, &declared).refused(403, "forbidden");
    world.server.assert_verified();
}

#[on_both_engines]
fn counts_of_a_frozen_phase_are_refused_and_dated_records_are_late(world: World) {
    world.create("courses", course("K"));
    for code in ["NV-1", "NV-2"] {
        world.person(code, "H18.1", "2023-01-01");
    }
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let row = |code: &str, on: &str| bodies::training(code, "K", on);
    let rows = json!([row("NV-1", "2025-06-01"), row("NV-2", "2026-06-01")]);
    let answer = world.admin.post("/api/v1/training-records/batch", &rows).expect(200);
    assert_eq!(answer.json["created"], 2);
    let late = |code: &str| {
        world.admin.get(&format!("/api/v1/training-records?staff={code}")).expect(200).items()[0]["counted_from"]
            .clone()
    };
    assert_eq!(late("NV-1"), json!([{"calendar": "nd09", "day": null}, {"calendar": "civil", "day": null}]));
    assert_eq!(late("NV-2"), json!([]));
    // The same row once more changes nothing.
    let answer = world.admin.post("/api/v1/training-records/batch", &rows).expect(200);
    assert_eq!(answer.json["unchanged"], 2);
    let rows = json!([observation("H18.1", "2025-06", 1), observation("H18.1", "2026-06", 1)]);
    let answer = world.admin.post(&format!("{OBSERVATIONS}?mode=partial"), &rows).expect(207);
    assert_eq!(rejections(&answer.json), [refused(0, "CT3/H18.1/nd09/2025-06", "/0/month", "phase_frozen")]);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_dry_batch_stores_nothing(world: World) {
    let dry = world.admin.clone().with("prefer", "tx=rollback");
    let before = world.server.seq();
    let rows: Vec<_> = (0..700).map(|n| course(&format!("K-{n}"))).collect();
    for (mode, status) in [("upsert", 200), ("partial", 207)] {
        let answer = dry.post(&format!("/api/v1/courses/batch?mode={mode}"), &Value::from(rows.clone())).expect(status);
        assert_eq!(counts(&answer.json), [700, 0, 0, 0]);
        assert_eq!(answer.headers["preference-applied"], "tx=rollback");
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_repeated_batch_is_answered_from_its_key(world: World) {
    let rows = Value::from((0..900).map(|n| course(&format!("K-{n}"))).collect::<Vec<_>>());
    for mode in ["upsert", "partial"] {
        let keyed = world.admin.clone().with("idempotency-key", mode);
        let path = format!("/api/v1/courses/batch?mode={mode}");
        let first = keyed.post(&path, &rows);
        let before = world.server.seq();
        let again = keyed.post(&path, &rows);
        assert_eq!(again.body, first.body);
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(world.server.seq(), before);
        keyed.post(&path, &json!([course("X")])).refused(422, "idempotency_key_reused");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn others_write_between_the_parts_of_a_batch(world: World) {
    let rows = Value::from((0..4000).map(|n| course(&format!("K-{n}"))).collect::<Vec<_>>());
    let before = world.server.seq();
    std::thread::scope(|scope| {
        let batch = scope.spawn(|| world.admin.post("/api/v1/courses/batch?mode=partial", &rows).expect(207));
        while world.server.seq() == before {
            std::thread::yield_now();
        }
        world.create("courses", course("X"));
        assert_eq!(counts(&batch.join().expect("an answer").json), [4000, 0, 0, 0]);
    });
    let between = world.admin.get("/api/v1/courses/X").expect(200).id();
    assert!(between < world.server.seq(), "the short write waited for the whole batch");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_batch_has_bounds_and_a_lower_one_when_others_must_wait_for_it(world: World) {
    let row = observation("H18.1", "2026-01", 1).to_string();
    let rows = |count: usize| vec![row.as_str(); count];
    let dry = world.admin.clone().with("prefer", "tx=rollback");
    let partial = format!("{OBSERVATIONS}?mode=partial");
    let before = world.server.seq();
    for (client, path, most, code) in [
        (&world.admin, OBSERVATIONS, 20_000, "too_many_rows_at_once"),
        (&world.admin, "/api/v1/observations/batch?mode=create", 20_000, "too_many_rows_at_once"),
        (&dry, partial.as_str(), 20_000, "too_many_rows_at_once"),
        (&world.admin, partial.as_str(), 100_000, "too_many_rows"),
    ] {
        let text = rows(most + 1);
        let answer = lines(client, path, &text.join("\n")).refused(422, "invalid_input");
        assert_eq!(answer.errors()[""], code, "{path}, lines");
        // Nothing after one row too many is read.
        let array = format!("[{},{{", text.join(","));
        let answer = client.send("POST", path, Some("application/json"), array.as_bytes());
        assert_eq!(answer.refused(422, "invalid_input").errors()[""], code, "{path}, an array");
    }
    assert_eq!(world.server.seq(), before);
    let full = lines(&world.admin, OBSERVATIONS, &rows(20_000).join("\n")).refused(422, "batch_rejected");
    assert_eq!(full.json["batch"]["received"], 20_000, "as many as there may be are judged");
}
