//! Erasure of people's names, codes and certificates: nothing tells them any more, the log included. The erasure itself
//! is told, with author and reason.

use crate::api::rights::Lock;
use crate::database::fixture::Tables;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Answer, Client, Server, World, on_both_engines, replay};
use thidua_domain::accounts::users::Role;
use thidua_persistence::Engine;

const NAME: &str = "Lò Thị Mẫu";

/// A problem but for the identity of its request.
fn without_id(mut problem: Value) -> Value {
    problem["request_id"] = Value::Null;
    problem
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The whole change log as one text.
fn log(world: &World) -> String {
    let query = "SELECT COALESCE(before, '') || COALESCE(after, '') || COALESCE(reason, '') AS text FROM changes";
    let lines: Vec<Line> = match world.server.database().engine() {
        Engine::Sqlite(path) => diesel::sql_query(query).load(&mut SqliteConnection::establish(path).unwrap()).unwrap(),
        Engine::Postgres(url) => diesel::sql_query(query).load(&mut PgConnection::establish(url).unwrap()).unwrap(),
    };
    assert!(lines.len() > 20);
    lines.into_iter().map(|line| line.text).collect()
}

/// Every byte the engine keeps of the database, as far as a program can read it.
fn stored(world: &World) -> Vec<u8> {
    match world.server.database().engine() {
        Engine::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(path).unwrap();
            diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).unwrap();
            let log = std::fs::read(format!("{path}-wal")).unwrap_or_default();
            [std::fs::read(path).unwrap(), log].concat()
        }
        Engine::Postgres(url) => {
            let query = "SELECT schema_to_xml(current_schema(), true, false, '')::text AS text";
            let lines: Vec<Line> = diesel::sql_query(query).load(&mut PgConnection::establish(url).unwrap()).unwrap();
            lines.into_iter().next().unwrap().text.into_bytes()
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn because(client: &Client) -> Client {
    client.clone().with("Change-Reason", "Theo đề nghị của người liên quan")
}

fn ask(client: &Client, code: &str) -> Answer {
    client.send("POST", &format!("/api/v1/staff/{code}/erasure"), None, b"")
}

fn erase(client: &Client, code: &str) -> Value {
    ask(&because(client), code).expect(200).json
}

/// A person with a name, two codes one after the other, and certificates; `NV-XOA-2` is the code now.
fn known(world: &World) -> i64 {
    let person = world.admin.clone().with("Idempotency-Key", "k-1").post(
        "/api/v1/staff",
        &bodies::staff("NV-XOA-1", "H18.1", "2025-01-01").with("kind", "can_bo").with("name", NAME),
    );
    world.admin.patch("/api/v1/staff/NV-XOA-1", &json!({"code": "NV-XOA-2"})).expect(200);
    for course in ["K-1", "K-2", "K-3", "K-4"] {
        world.course(course);
    }
    let record =
        |course, certificate| bodies::training("NV-XOA-2", course, "2026-01-06").with("certificate", certificate);
    world
        .admin
        .clone()
        .with("Idempotency-Key", "k-2")
        .post("/api/v1/training-records", &record("K-1", "CN-XOA-1"))
        .expect(201);
    let rows = json!([record("K-2", "CN-XOA-2"), record("K-3", "CN-XOA-3"), record("K-none", "CN-XOA-4")]);
    world
        .admin
        .clone()
        .with("Idempotency-Key", "k-3")
        .post("/api/v1/training-records/batch?mode=partial", &rows)
        .expect(207);
    let gone = world.create("training-records", record("K-4", "CN-XOA-5"));
    world.admin.delete(&format!("/api/v1/training-records/{}", gone["id"])).expect(204);
    person.expect(201).id()
}

/// Identifiers of the person whom [`known`] makes: the texts that an erasure must remove.
const IDENTIFIERS: [&str; 7] = [NAME, "NV-XOA-1", "NV-XOA-2", "CN-XOA-1", "CN-XOA-2", "CN-XOA-3", "CN-XOA-5"];

fn hire(world: &World, code: &str) {
    world.create("staff", bodies::staff(code, "H18.1", "2025-01-01").with("kind", "can_bo").with("name", NAME));
}

#[on_both_engines]
fn a_name_is_shown_to_those_who_write_only(world: World) {
    hire(&world, "NV");
    for (role, shown) in [
        (Role::Admin, true),
        (Role::Editor, true),
        (Role::Approver, true),
        (Role::Viewer, false),
        (Role::Auditor, false),
    ] {
        let client = world.server.user(role, Some("H18.1"));
        for answer in [client.get("/api/v1/staff/NV").expect(200), client.get("/api/v1/staff").expect(200)] {
            assert_eq!(String::from_utf8_lossy(&answer.body).contains(NAME), shown, "{role}");
        }
    }
}

#[on_both_engines]
fn an_erased_name_is_gone_everywhere_and_the_figures_stay(world: World) {
    hire(&world, "NV");
    world.course("K");
    world.trained("NV", "K", "2026-01-06");
    let row = world.attainment("CT7", "H18.1", "2026-01");
    let editor = world.server.user(Role::Editor, Some("H18.1"));
    for _ in 0..2 {
        editor.delete("/api/v1/staff/NV/name").expect(204);
    }
    assert!(editor.get("/api/v1/staff/NV").expect(200).json["name"].is_null());
    assert!(!String::from_utf8_lossy(&editor.get("/api/v1/staff").expect(200).body).contains(NAME));
    let after = world.attainment("CT7", "H18.1", "2026-01");
    assert_eq!((&after["numerator"], &after["denominator"]), (&row["numerator"], &row["denominator"]));
    world.server.assert_verified();
}

#[on_both_engines]
fn every_erasure_leaves_who_erased_when_and_why(world: World) {
    let editor = world.server.user(Role::Editor, Some("H18.1"));
    let name = editor.get("/api/v1/me").expect(200).json["username"].clone();
    let named = |code: &str| {
        world.create("staff", bodies::staff(code, "H18.1", "2025-01-01").with("kind", "can_bo").with("name", NAME))
                ["id"]
                .clone()
    };
    let people = ["NV-1", "NV-2", "NV-3", "NV-4", "NV-5"].map(named);
    let before = chrono::Utc::now();
    let why = |text: &str| editor.clone().with("Change-Reason", text);
    why("một").delete("/api/v1/staff/NV-1/name").expect(204);
    why("hai").patch("/api/v1/staff/NV-2", &json!({"name": null})).expect(200);
    let bare = json!([{"code": "NV-3", "name": null, "kind": "can_bo", "tenures": [{"agency": "H18.1", "from": "2025-01-01"}]}]);
    why("ba").post("/api/v1/staff/batch?mode=upsert", &bare).expect(200);
    why("bốn").delete("/api/v1/staff/NV-4").expect(204);
    world
        .server
        .user(Role::Approver, Some("H18.1"))
        .with("Change-Reason", "năm")
        .send("POST", "/api/v1/staff/NV-5/erasure", None, b"")
        .expect(200);
    let told = world.admin.get("/api/v1/audit/events?kind=erasure").expect(200).items().clone();
    let brief: Vec<_> = told
        .iter()
        .map(|event| (event["operation"].as_str().unwrap(), &event["subjects"], event["reason"].as_str().unwrap()))
        .collect();
    let [one, two, three, four, five] = people.map(|id| json!([id]));
    assert_eq!(
        brief,
        [
            ("eraseStaffName", &one, "một"),
            ("updateStaff", &two, "hai"),
            ("batchStaff", &three, "ba"),
            ("deleteStaff", &four, "bốn"),
            ("eraseStaff", &five, "năm"),
        ]
    );
    for event in &told[..4] {
        assert_eq!((&event["username"], &event["address"]), (&name, &json!("127.0.0.1")));
        let at: chrono::DateTime<chrono::Utc> = event["at"].as_str().unwrap().parse().unwrap();
        assert!(before <= at && at <= chrono::Utc::now());
    }

    // A name that is not there is not erased, and makes no change.
    let seq = world.server.database().model().seq;
    let again = why("sáu").delete("/api/v1/staff/NV-1/name").expect(204);
    assert_eq!((again.headers["unchanged"].as_str(), world.server.database().model().seq), ("true", seq));
    why("bảy").patch("/api/v1/staff/NV-2", &json!({"name": null})).expect(200);
    assert_eq!(world.admin.get("/api/v1/audit/events?kind=erasure").expect(200).items().len(), 5);
    why("tám").clone().with("Prefer", "tx=rollback").patch("/api/v1/staff/NV-1", &json!({"name": "Tên"})).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_name_that_changes_is_told_without_the_names(world: World) {
    hire(&world, "NV");
    world.admin.patch("/api/v1/staff/NV", &json!({"name": "Tên Khác Hẳn", "kind": "vien_chuc"})).expect(200);
    world.admin.patch("/api/v1/staff/NV", &json!({"name": NAME})).expect(200);
    world.admin.clone().with("Change-Reason", "Theo đề nghị").delete("/api/v1/staff/NV/name").expect(204);
    let told = world.admin.get("/api/v1/audit?resource=staff&operation=update").expect(200);
    let renamed =
        json!({"member": "name", "before": null, "after": null, "before_in_codes": null, "after_in_codes": null});
    let changed: Vec<_> = told.items().iter().map(|entry| (&entry["changed"], &entry["reason"])).collect();
    let kind = json!({"member": "kind", "before": "\"can_bo\"", "after": "\"vien_chuc\"",
                      "before_in_codes": null, "after_in_codes": null});
    assert_eq!(
        changed,
        [
            (&json!([kind, renamed]), &Value::Null),
            (&json!([renamed]), &Value::Null),
            (&json!([renamed]), &json!("Theo đề nghị")),
        ]
    );
    assert!(!told.told().to_string().contains("Tên Khác"));
    world.server.assert_verified();
}

#[on_both_engines]
fn a_name_of_null_in_a_patch_erases_it_and_another_replaces_it(world: World) {
    hire(&world, "NV");
    let patch = |body| world.admin.patch("/api/v1/staff/NV", &body).expect(200).json["name"].clone();
    assert_eq!(patch(json!({"kind": "vien_chuc"})), NAME);
    assert_eq!(patch(json!({"name": "Tên khác"})), "Tên khác");
    assert!(patch(json!({"name": null})).is_null());
    assert!(world.admin.get("/api/v1/staff/NV").expect(200).json["name"].is_null());
}

#[on_both_engines]
fn whoever_is_not_there_is_looked_up_without_the_writer_and_the_log(world: World) {
    let gone = world.person("NV-GONE", "H18.1", "2025-01-01")["id"].clone();
    world.admin.delete("/api/v1/staff/NV-GONE").expect(204);
    let other = world.person("NV-OTHER", "H18.2", "2025-01-01")["id"].clone();
    let approver = because(&world.server.user(Role::Approver, Some("H18.1")));
    let lock = Lock::of(&world.server);
    let nobody = ask(&approver, "NV-NOBODY").refused(404, "not_found");
    let others = ask(&approver, "NV-OTHER").refused(404, "not_found");
    let tried = ask(&approver.clone().with("Prefer", "tx=rollback"), "NV-NOBODY").refused(404, "not_found");
    assert_eq!(without_id(nobody.json.clone()), without_id(others.json));
    assert_eq!(without_id(nobody.json), without_id(tried.json));
    lock.let_go();
    // Whoever read the log of others would stumble.
    let mut tables = Tables::of(world.server.place()).unguarded();
    tables.and_back(&["changes"], |tables| {
        tables.execute(&format!(
            "UPDATE changes SET after = 'unreadable' WHERE resource = 'staff' AND resource_id = {other}"
        ));
        ask(&approver, "NV-NOBODY").refused(404, "not_found");
        ask(&approver.clone().with("Prefer", "tx=rollback"), "NV-GONE").expect(200);
        let then = format!("/api/v1/staff/NV-GONE?asOf={gone}");
        assert_eq!(world.admin.get(&then).expect(200).json["id"], gone);
        world.admin.get(&format!("/api/v1/staff/NV-NOBODY?asOf={gone}")).refused(404, "not_found");
    });
    world.server.assert_verified();
}

#[on_both_engines]
fn an_erasure_is_answered_again_under_its_key(world: World) {
    let id = world.person("NV-1", "H18.1", "2025-01-01")["id"].clone();
    let keyed = because(&world.admin).with("Idempotency-Key", "erase-once");
    let first = ask(&keyed, "NV-1").expect(200);
    let again = ask(&keyed, "NV-1").expect(200);
    assert_eq!((&first.json["id"], &again.json), (&id, &first.json));
    assert_eq!(again.headers["idempotency-replayed"].as_str(), "true");
    ask(&because(&world.admin), "NV-1").refused(404, "not_found");
    world.server.assert_verified();
}

#[on_both_engines]
fn erased_identifiers_are_nowhere_in_the_database(world: World) {
    let id = known(&world);
    let before = stored(&world);
    for text in [NAME, "NV-XOA-2", "CN-XOA-1", "CN-XOA-2", "CN-XOA-3"] {
        assert!(holds(&before, text), "{text} is there to be erased");
    }
    let erased = erase(&world.admin, "NV-XOA-2");
    assert_eq!(erased, json!({"id": id, "certificates": 3, "changes_in_the_open": 0}));
    let after = stored(&world);
    for text in IDENTIFIERS {
        assert!(!holds(&after, text), "{text} is still there");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn figures_and_answers_about_the_past_stay_when_a_person_is_erased(world: World) {
    let id = known(&world);
    let seq = world.server.database().model().seq;
    let figures = || {
        ["attainments?period=2026-01&subtree=true", "attainments/CT7/H18/series?from=2026-01&to=2026-12"]
            .map(|question| world.admin.get(&format!("/api/v1/{question}&asOf={seq}")).expect(200).body)
    };
    let (then, now) = (figures(), world.attainment("CT7", "H18.1", "2026-01"));
    erase(&world.admin, "NV-XOA-2");
    assert_eq!(figures(), then);
    let after = world.attainment("CT7", "H18.1", "2026-01");
    assert_eq!((&after["numerator"], &after["denominator"]), (&now["numerator"], &now["denominator"]));
    assert_eq!(now["numerator"], 1);

    world.admin.get(&format!("/api/v1/staff/NV-XOA-2?asOf={seq}")).refused(404, "not_found");
    let past = world.admin.get(&format!("/api/v1/staff/erased-{id}?asOf={seq}")).expect(200).json;
    assert_eq!((&past["code"], &past["kind"]), (&json!(format!("erased-{id}")), &json!("can_bo")));
    let list = world.admin.get(&format!("/api/v1/training-records?staff=erased-{id}")).expect(200);
    assert_eq!(list.items().len(), 3);
    for record in list.items() {
        let past = world.admin.get(&format!("/api/v1/training-records/{}?asOf={seq}", record["id"])).expect(200).json;
        assert_eq!((&past["certificate"], &past["staff"]), (&Value::Null, &json!(format!("erased-{id}"))));
    }
}

#[on_both_engines]
fn a_replay_of_the_log_gives_the_same_answers_after_an_erasure(world: World) {
    let id = known(&world);
    let seq = world.server.database().model().seq;
    erase(&world.admin, "NV-XOA-2");
    let log = replay::log(&world.server).into_iter().take_while(|change| change.seq <= seq).collect();
    let place = world.server.engine().place().unwrap();
    let database = replay::replay(&place, log);
    let then = Server::on_database(place, database);
    let record = world.admin.get("/api/v1/training-records").expect(200).items()[0]["id"].clone();
    for question in
        ["provincial-report?period=2026-01".into(), format!("staff/erased-{id}"), format!("training-records/{record}")]
    {
        let mark = if question.contains('?') { '&' } else { '?' };
        let past = world.admin.get(&format!("/api/v1/{question}{mark}asOf={seq}")).expect(200).body;
        assert_eq!(past, then.admin().get(&format!("/api/v1/{question}")).expect(200).body, "{question}");
    }
}

#[on_both_engines]
fn a_person_who_was_deleted_can_be_erased_by_the_last_code(world: World) {
    hire(&world, "NV-XOA-1");
    world.admin.patch("/api/v1/staff/NV-XOA-1", &json!({"code": "NV-XOA-2"})).expect(200);
    world.admin.delete("/api/v1/staff/NV-XOA-2").expect(204);
    ask(&because(&world.admin), "NV-XOA-1").refused(404, "not_found");
    let commune = world.server.user(Role::Approver, Some("H18.2"));
    ask(&because(&commune), "NV-XOA-2").refused(404, "not_found");
    let told = || world.admin.get("/api/v1/audit?resource=staff").expect(200).told().to_string();
    assert!(told().contains("NV-XOA-1") && told().contains("NV-XOA-2"));
    erase(&world.admin, "NV-XOA-2");
    assert!(!told().contains("NV-XOA"), "{}", told());
    ask(&because(&world.admin), "NV-XOA-2").refused(404, "not_found");
    world.server.assert_verified();
}

#[on_both_engines]
fn an_auditor_reads_identifiers_until_they_are_erased_and_the_feed_never_gives_them(world: World) {
    let id = known(&world);
    let auditor = world.server.user(Role::Auditor, None);
    let told = |path: &str| String::from_utf8(auditor.get(path).expect(200).body).unwrap();
    let audit = || told("/api/v1/audit?resource=staff&operation=update");
    assert!(audit().contains("NV-XOA-1") && audit().contains("NV-XOA-2"));
    for page in ["/api/v1/changes", "/api/v1/changes?after=20&limit=500"] {
        let feed = told(page);
        assert!(feed.contains("sealed") && !feed.contains("NV-XOA") && !feed.contains("CN-XOA"), "{feed}");
    }
    erase(&world.admin, "NV-XOA-2");
    assert!(!audit().contains("NV-XOA"));
    assert!(told("/api/v1/audit?resource=staff&operation=create").contains(&format!("erased-{id}")));
}

#[on_both_engines]
fn an_erased_person_goes_on_without_an_identifier(world: World) {
    let id = known(&world);
    erase(&world.admin, "NV-XOA-2");
    assert_eq!(erase(&world.admin, &format!("erased-{id}"))["certificates"], 0, "once more does no harm");
    let address = format!("/api/v1/staff/erased-{id}");
    let moved = json!({"agency": "H18.2", "on": "2026-05-01"});
    world.admin.post(&format!("{address}/transfers"), &moved).expect(200);
    world.admin.patch(&address, &json!({"kind": "vien_chuc"})).expect(200);
    world.course("K-9");
    let record = bodies::training(&format!("erased-{id}"), "K-9", "2026-06-01").with("certificate", "CN-MOI");
    let record = world.create("training-records", record);
    let seq = world.server.database().model().seq;
    world.admin.delete(&format!("/api/v1/training-records/{}", record["id"])).expect(204);
    let past = world.admin.get(&format!("/api/v1/training-records/{}?asOf={seq}", record["id"])).expect(200).json;
    assert_eq!(past["certificate"], "CN-MOI", "what is recorded later is sealed under a key of its own");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_closed_period_does_not_keep_an_identifier(world: World) {
    known(&world);
    world.create("locks", bodies::lock("2026-Q3", "H18").with("calendar", "civil"));
    assert_eq!(erase(&world.admin, "NV-XOA-2")["certificates"], 3);
    world.server.assert_verified();
}

#[on_both_engines]
fn erasing_asks_why_and_can_be_tried(world: World) {
    known(&world);
    let refusal = ask(&world.admin, "NV-XOA-2").expect(422);
    assert_eq!(refusal.errors().get("/Change-Reason").map(String::as_str), Some("reason_required"));
    let tried = ask(&because(&world.admin).with("Prefer", "tx=rollback"), "NV-XOA-2").expect(200).json;
    assert_eq!(tried["certificates"], 3);
    assert_eq!(world.admin.get("/api/v1/staff/NV-XOA-2").expect(200).json["name"], NAME);
    ask(&because(&world.admin).with("If-Match", "\"0\""), "NV-XOA-2").refused(412, "stale");
    let keyed = world.admin.clone().with("Idempotency-Key", "e-1");
    let erased = erase(&keyed, "NV-XOA-2");
    assert_eq!(erase(&keyed, "NV-XOA-2"), erased, "it is answered as the first time");
    assert_eq!(ask(&keyed, "NV-XOA-2").expect(422).errors()["/Change-Reason"], "reason_required");
}

#[on_both_engines]
fn a_code_that_looks_like_an_erased_one_is_refused(world: World) {
    hire(&world, "NV");
    let body = bodies::staff("erased-1", "H18.1", "2025-01-01").with("kind", "can_bo");
    for answer in [
        world.admin.post("/api/v1/staff", &body).expect(422),
        world.admin.patch("/api/v1/staff/NV", &json!({"code": "erased-1"})).expect(422),
    ] {
        assert_eq!(answer.errors().get("/code").map(String::as_str), Some("reserved_code"));
    }
}

#[on_both_engines]
fn an_erasure_says_what_an_older_log_still_holds_in_the_open(world: World) {
    let id = known(&world);
    let older = |seq, resource, id, after| {
        format!("INSERT INTO changes (seq, at, actor_kind, actor_id, resource, resource_id, operation, after, previous_hash, hash)
                     VALUES ({seq}, 0, 'system', 0, '{resource}', {id}, 'create', '{after}', '', '')")
    };
    for sql in [
        older(-3, "staff", id, r#"{"code":"NV-XOA-1"}"#.to_owned()),
        older(-2, "training-records", 7, format!(r#"{{"staff":{id},"certificate":"CN-XOA-9"}}"#)),
        older(-1, "training-records", 8, format!(r#"{{"staff":{id}1,"certificate":"CN-1"}}"#)),
    ] {
        match world.server.database().engine() {
            Engine::Sqlite(path) => diesel::sql_query(sql).execute(&mut SqliteConnection::establish(path).unwrap()),
            Engine::Postgres(url) => diesel::sql_query(sql).execute(&mut PgConnection::establish(url).unwrap()),
        }
        .unwrap();
    }
    assert_eq!(erase(&world.admin, "NV-XOA-2")["changes_in_the_open"], 2);
}

#[on_both_engines]
fn the_change_log_never_holds_a_name(world: World) {
    hire(&world, "NV");
    world.admin.patch("/api/v1/staff/NV", &json!({"name": "Tên Khác Hẳn"})).expect(200);
    world.admin.delete("/api/v1/staff/NV/name").expect(204);
    hire(&world, "NV2");
    world.admin.delete("/api/v1/staff/NV2").expect(204);
    let log = log(&world);
    assert!(log.contains("can_bo"), "the log tells of the person");
    for secret in [NAME, "Tên Khác Hẳn", "NV2"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[on_both_engines]
fn the_change_log_never_holds_a_users_name_or_password(world: World) {
    let body = json!({"username": "rieng-tu", "display_name": NAME, "role": "viewer", "password": "mat-khau-bi-mat-1"});
    world.create("users", body);
    world.admin.patch("/api/v1/users/rieng-tu", &json!({"password": "mat-khau-bi-mat-2"})).expect(200);
    let log = log(&world);
    for secret in [NAME, "rieng-tu", "mat-khau-bi-mat", "argon2"] {
        assert!(!log.contains(secret), "{secret}");
    }
}
