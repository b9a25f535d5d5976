//! Safe writes: conditions, idempotency keys, and dry runs.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::bodies::{self, Members};
use support::contract::document;
use support::held::Held;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const COURSE: &str = "/api/v1/courses/K";

fn merge_patch(client: &Client, path: &str, body: &Value) -> Answer {
    client.send("PATCH", path, Some("application/merge-patch+json"), body.to_string().as_bytes())
}

fn course(code: &str) -> Value {
    json!({"code": code, "name": "Kỹ năng số cơ bản", "kind": "basic_digital_skills", "form": "online", "hours": 8,
           "from": "2026-01-05", "to": "2026-01-06", "organiser": "H18.20"})
}

/// The answers to requests that several callers send at the same time.
fn together(count: usize, ask: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..count)
            .map(|index| {
                scope.spawn({
                    let ask = &ask;
                    move || ask(index)
                })
            })
            .collect();
        asking.into_iter().map(|one| one.join().expect("an answer")).collect()
    })
}

#[on_both_engines]
fn a_change_of_what_one_has_not_seen_is_refused(world: World) {
    world.course("K");
    let tag = world.admin.get(COURSE).expect(200).headers["etag"].clone();
    merge_patch(&world.admin, COURSE, &json!({"hours": 9})).refused(428, "precondition_required");
    let seen = world.admin.clone().with("if-match", &tag);
    let changed = merge_patch(&seen, COURSE, &json!({"hours": 9})).expect(200);
    let now = changed.headers["etag"].clone();
    assert_ne!(now, tag);
    assert_eq!(world.admin.get(COURSE).expect(200).headers["etag"], now, "a change answers the tag of what it left");

    let stale = merge_patch(&seen, COURSE, &json!({"hours": 10})).refused(412, "stale");
    assert_eq!(stale.headers["etag"], now, "a refusal says the tag of now");
    seen.send("DELETE", COURSE, None, b"").refused(412, "stale");
    assert_eq!(world.admin.get(COURSE).expect(200).json["hours"], 9);

    let weak = world.admin.clone().with("if-match", &format!("W/{now}"));
    merge_patch(&weak, COURSE, &json!({"hours": 10})).refused(412, "stale");
    let one_of_two = world.admin.clone().with("if-match", &format!("\"other\", {now}"));
    merge_patch(&one_of_two, COURSE, &json!({"hours": 10})).expect(200);
    world.admin.clone().with("if-match", "*").send("DELETE", COURSE, None, b"").expect(204);
    world.server.assert_verified();
}

#[on_both_engines]
fn of_twenty_changes_of_the_same_state_one_is_made(world: World) {
    world.course("K");
    let tag = world.admin.get(COURSE).expect(200).headers["etag"].clone();
    let seen = world.admin.clone().with("if-match", &tag);
    let answers = together(20, |index| merge_patch(&seen, COURSE, &json!({"hours": 100 + index})));
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(made.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 19);
    assert_eq!(world.admin.get(COURSE).expect(200).json["hours"], made[0].json["hours"]);
    world.server.assert_verified();
}

#[on_both_engines]
fn every_change_and_deletion_asks_for_a_condition(world: World) {
    let before = world.server.seq();
    for (path, item) in document()["paths"].as_object().expect("paths") {
        for method in ["patch", "put", "delete"].iter().filter(|method| item.get(**method).is_some()) {
            let address: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let kind = Some("application/merge-patch+json");
            let answer = world.admin.send(&method.to_uppercase(), &address.join("/"), kind, b"{}");
            answer.refused(428, "precondition_required");
        }
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_patch_that_changes_nothing_is_no_change_and_says_so(world: World) {
    let mut patched: BTreeSet<String> = BTreeSet::new();
    for Patched { template, path, member, other } in one_of_each(&world) {
        let before = world.server.seq();
        let row = world.admin.get(&path).expect(200);
        for body in [json!({}), json!({ member: row.json[member] })] {
            let answer = world.admin.patch(&path, &body).expect(200);
            assert_eq!(answer.headers.get("unchanged").map(String::as_str), Some("true"), "{path} {body}");
            assert_eq!((&answer.headers["etag"], &answer.json), (&row.headers["etag"], &row.json));
        }
        assert_eq!(world.server.seq(), before, "{path}");
        let changed = world.admin.patch(&path, &json!({ member: other })).expect(200);
        assert_eq!((changed.headers.get("unchanged"), &changed.json[member]), (None, &other), "{path}");
        assert_eq!(world.server.seq(), before + 1, "{path}");
        patched.insert(format!("/api/v1/{template}"));
    }
    let document = document();
    let paths = document["paths"].as_object().expect("paths").iter();
    let patches: BTreeSet<_> =
        paths.filter(|(_, item)| item.get("patch").is_some()).map(|(path, _)| path.clone()).collect();
    assert_eq!(patched, patches, "every patch there is");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_batch_of_what_is_there_already_is_no_change(world: World) {
    let person = bodies::staff("NV-1", "H18.1", "2026-01-05").with("name", "Tên mẫu");
    world.create("staff", person.clone());
    world.course("K");
    let record = bodies::training("NV-1", "K", "2026-03-02");
    world.create("training-records", record.clone());
    let before = world.server.seq();
    for (resource, row) in [("staff", person), ("training-records", record)] {
        let report = world.admin.post(&format!("/api/v1/{resource}/batch?mode=upsert"), &json!([row])).expect(200).json;
        assert_eq!((&report["unchanged"], &report["updated"]), (&json!(1), &json!(0)), "{report}");
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn an_action_heeds_a_condition_but_asks_for_none(world: World) {
    world.person("NV-1", "H18.20.1", "2023-01-01");
    let tag = world.admin.get("/api/v1/staff/NV-1").expect(200).headers["etag"].clone();
    let seen = world.admin.clone().with("if-match", &tag);
    let transfer = |on: &str| json!({"agency": "H18.20.2", "on": on});
    seen.post("/api/v1/staff/NV-1/transfers", &transfer("2026-02-01")).expect(200);
    seen.post("/api/v1/staff/NV-1/transfers", &transfer("2026-03-01")).refused(412, "stale");
    world.admin.post("/api/v1/staff/NV-1/transfers", &json!({"agency": "H18.1", "on": "2026-03-01"})).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_repeated_key_repeats_the_answer_and_not_the_deed(world: World) {
    let keyed = world.admin.clone().with("idempotency-key", "\"mot-khoa\"");
    let first = keyed.post("/api/v1/courses", &course("K")).expect(201);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let after = world.server.seq();
    let bare = world.admin.clone().with("idempotency-key", "mot-khoa");
    for client in [&keyed, &bare] {
        let again = client.post("/api/v1/courses", &course("K")).expect(201);
        assert_eq!(again.body, first.body);
        for header in ["location", "etag"] {
            assert_eq!(again.headers[header], first.headers[header]);
        }
        assert_eq!(again.headers["idempotency-replayed"], "true");
    }
    keyed.post("/api/v1/courses", &course("L")).refused(422, "idempotency_key_reused");
    assert_eq!(world.server.seq(), after);
}

#[on_both_engines]
fn requests_under_one_key_at_the_same_time_make_one_row(world: World) {
    let keyed = world.admin.clone().with("idempotency-key", "cung-luc");
    let answers = together(12, |_| keyed.post("/api/v1/courses", &course("K")).expect(201));
    let rows: BTreeSet<_> = answers.iter().map(Answer::id).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(answers.iter().filter(|answer| !answer.headers.contains_key("idempotency-replayed")).count(), 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_key_belongs_to_a_caller_and_a_route(world: World) {
    let keyed = world.admin.clone().with("idempotency-key", "chung");
    keyed.post("/api/v1/courses", &course("K")).expect(201);
    let other = world.server.user(Role::Editor, Some("H18.20")).with("idempotency-key", "chung");
    other.post("/api/v1/courses", &course("L")).expect(201);
    let person = bodies::staff("NV-1", "H18.1", "2026-01-01");
    keyed.post("/api/v1/staff", &person).expect(201);
}

#[on_both_engines]
fn a_refusal_is_not_kept_under_its_key(world: World) {
    let keyed = world.admin.clone().with("idempotency-key", "thu-lai");
    let record = bodies::training("NV-1", "K", "2026-01-06");
    keyed.post("/api/v1/training-records", &record).refused(422, "invalid_input");
    world.course("K");
    world.person("NV-1", "H18.1", "2026-01-01");
    keyed.post("/api/v1/training-records", &record).expect(201);
}

#[on_both_engines]
fn of_answers_that_are_kept_the_oldest_of_a_caller_make_room_and_nobody_elses(world: World) {
    let wrong = format!("{{{}}}\n", (0..20).map(|n| format!("\"m{n}\":1")).collect::<Vec<_>>().join(","));
    let wrong = wrong.repeat(1000);
    // True when the answer created the row of a key, as the first one did; and the length of the answer.
    let send = |client: &Client, agency: &str, key: usize| {
        let row = bodies::declared("CT3", agency, &format!("2026-{:02}", key + 1), 1, 2);
        let (body, name) = (format!("{row}\n{wrong}"), format!("k-{key}"));
        let headers = [("idempotency-key", name.as_str()), ("content-type", "application/x-ndjson")];
        let path = "/api/v1/observations/batch?mode=partial";
        let (status, text) = Held::begin(client, "POST", path, &headers, body.as_bytes()).finish_with_text();
        assert_eq!(status, 207, "{text}");
        (text.starts_with("{\"received\":1001,\"created\":1,"), text.len())
    };
    let other = world.server.user(Role::Editor, Some("H18.2"));
    assert!(send(&other, "H18.2", 0).0);
    let (mut sent, mut count) = (0, 0);
    while sent < 18 << 20 {
        let (created, bytes) = send(&world.admin, "H18.1", count);
        assert!(created && bytes > 1 << 20, "{bytes}");
        (sent, count) = (sent + bytes, count + 1);
    }
    assert!(send(&world.admin, "H18.1", count - 1).0, "the last is kept");
    assert!(!send(&world.admin, "H18.1", 0).0, "the first gave way, and counts as new");
    assert!(send(&other, "H18.2", 0).0, "what others have is their own");
    world.server.assert_verified();
}

#[on_both_engines]
fn an_erased_name_is_not_repeated_under_a_key(world: World) {
    let keyed = world.admin.clone().with("idempotency-key", "ten");
    let person = bodies::staff("NV-1", "H18.1", "2026-01-01").with("name", "Lò Thị Bản Ghi Mẫu");
    let created = keyed.post("/api/v1/staff", &person).expect(201);
    assert!(created.json["name"].is_string());
    world.admin.delete("/api/v1/staff/NV-1/name").expect(204);
    keyed.post("/api/v1/staff", &person).refused(409, "already_exists");
}

#[on_both_engines]
fn a_key_must_be_one(world: World) {
    for key in ["\"\"", &"k".repeat(256), "a b"] {
        let keyed = world.admin.clone().with("idempotency-key", key);
        keyed.post("/api/v1/courses", &course("K")).refused(400, "invalid_idempotency_key");
    }
}

#[on_both_engines]
fn a_dry_run_answers_as_the_deed_would_and_stores_nothing(world: World) {
    world.course("K");
    world.person("NV-1", "H18.20.1", "2023-01-01");
    let dry = world.admin.clone().with("prefer", "tx=rollback").with("idempotency-key", "thu");
    let before = (world.server.seq(), world.admin.get("/api/v1/provincial-report?period=2026-01").expect(200).body);
    let record = bodies::training("NV-1", "K", "2026-01-06");
    let answers = [
        dry.post("/api/v1/training-records", &record).expect(201),
        dry.post("/api/v1/staff/NV-1/transfers", &json!({"agency": "H18.1", "on": "2026-02-01"})).expect(200),
        dry.patch(COURSE, &json!({"hours": 9})).expect(200),
        dry.delete(COURSE).expect(204),
    ];
    assert_eq!(answers[2].json["hours"], 9);
    for answer in &answers {
        assert_eq!(answer.headers["preference-applied"], "tx=rollback");
    }
    dry.post("/api/v1/training-records", &json!({})).refused(422, "invalid_input");
    dry.post("/api/v1/courses", &course("K")).refused(409, "already_exists");
    let after = (world.server.seq(), world.admin.get("/api/v1/provincial-report?period=2026-01").expect(200).body);
    assert_eq!(after, before);
    // Nothing was kept under the key either.
    let real = world.admin.clone().with("idempotency-key", "thu").post("/api/v1/training-records", &record).expect(201);
    assert!(!real.headers.contains_key("idempotency-replayed"));
    world.server.assert_verified();
}

#[on_both_engines]
fn strict_handling_refuses_what_cannot_be_preferred(world: World) {
    let strict = world.admin.clone().with("prefer", "handling=strict, tx=rollback");
    let answer = strict.post("/api/v1/courses", &course("K")).expect(201);
    assert_eq!(answer.headers["preference-applied"], "tx=rollback, handling=strict");
    let strict = world.admin.clone().with("prefer", "handling=strict, respond-async");
    strict.post("/api/v1/courses", &course("K")).refused(400, "unknown_preference");
    world.admin.clone().with("prefer", "respond-async").post("/api/v1/courses", &course("K")).expect(201);
}

/// A row that can be patched.
struct Patched {
    /// Its address in the contract, below `/api/v1/`.
    template: &'static str,
    path: String,
    /// A member of it, with a value that it does not have.
    member: &'static str,
    other: Value,
}

/// A row of everything that can be patched.
fn one_of_each(world: &World) -> Vec<Patched> {
    world.create("staff", bodies::staff("NV-1", "H18.1", "2026-01-05").with("name", "Tên mẫu"));
    world.course("K");
    let trained = world.trained("NV-1", "K", "2026-03-02")["id"].clone();
    let declared = world.declare("CT3", "H18.1", "2026-10", 1, 2)["id"].clone();
    let create = |resource: &str, body: Value| world.create(resource, body)["id"].clone();
    create("information-systems", bodies::system("HT-1", "H18.1", "2026-01-01"));
    let status = create(
        "monitoring-statuses",
        bodies::status("HT-1", "2026-10-01")
            .with("last_event", "2026-10-01")
            .with("assessment_valid_until", "2027-01-01"),
    );
    let exchange = create(
        "document-exchanges",
        bodies::exchange("H18.1", "2026-10", 100, 80).with("secret", 10).with("signed", 70).with("paperless", 60),
    );
    let incident = create("incidents", bodies::incident("H18.1").with("detected_at", "2026-10-05T08:00:00+07:00"));
    create("periods", bodies::cut_off("2026-11", "2026-11-14"));
    create("holidays", bodies::holiday("2026-09-02"));
    create("export-profiles", bodies::profile("goi", &[bodies::property("A", "text", "agency")]));
    create(
        "users",
        json!({"username": "can-bo", "display_name": "Cán bộ", "role": "viewer", "password": "mot-mat-khau-du-dai-77"}),
    );
    create("clients", json!({"client_id": "may-1", "name": "Máy 1", "role": "puller"}));
    let target = world.admin.get("/api/v1/targets?indicator=CT3").expect(200).items()[0]["id"].clone();
    let row = |template: &'static str, keys: &[&str], member: &'static str, other: Value| {
        let mut keys = keys.iter();
        let parts =
            template.split('/').map(|part| if part.starts_with('{') { *keys.next().expect("a key") } else { part });
        let path = format!("/api/v1/{}", parts.collect::<Vec<_>>().join("/"));
        Patched { template, path, member, other }
    };
    let id = |id: &Value| id.to_string();
    vec![
        row("agencies/{agency}", &["H18.1"], "name_vi", json!("Xã khác")),
        row("calendars/{calendar}", &["civil"], "name_vi", json!("Lịch khác")),
        row("clients/{client_id}", &["may-1"], "name", json!("Máy khác")),
        row("courses/{code}", &["K"], "hours", json!(7)),
        row("document-exchanges/{document_exchange}", &[&id(&exchange)], "signed", json!(71)),
        row("export-profiles/{profile}", &["goi"], "name_vi", json!("Gói khác")),
        row("holidays/{date}", &["2026-09-02"], "name_vi", json!("Ngày lễ")),
        row("incidents/{incident}", &[&id(&incident)], "title", json!("Sự cố khác")),
        row("indicators/{indicator}", &["CT3"], "unit", json!("đơn vị khác")),
        row("information-systems/{code}", &["HT-1"], "name", json!("Hệ thống khác")),
        row("monitoring-statuses/{monitoring_status}", &[&id(&status)], "plan_deployed", json!(false)),
        row("movements/{movement}", &["M"], "name_vi", json!("Phong trào khác")),
        row("movements/{movement}/phases/{phase}", &["M", "II"], "name_vi", json!("Giai đoạn khác")),
        row("observations/{observation}", &[&id(&declared)], "numerator", json!(2)),
        row("periods/{calendar}/{period}", &["nd09", "2026-11"], "cut_off", json!("2026-11-13")),
        row("staff/{code}", &["NV-1"], "name", json!("Tên khác")),
        row("targets/{target}", &[&id(&target)], "basis", json!("Căn cứ khác")),
        row("training-records/{training_record}", &[&id(&trained)], "result", json!("attended")),
        row("users/{username}", &["can-bo"], "display_name", json!("Cán bộ khác")),
    ]
}
