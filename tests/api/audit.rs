//! The audit: changes with their authors, and events such as log-ins, refusals, exports and names that were shown.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::server::PASSWORD;
use support::waiting::eventually;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn a_change_is_found_by_row_user_kind_operation_and_time_with_the_members_that_changed(world: World) {
    let observation = world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let editor = world.server.user(Role::Editor, Some("H18.1"));
    let name = editor.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
    let before = chrono::Utc::now().to_rfc3339().replace('+', "%2B");
    let path = format!("/api/v1/observations/{}", observation["id"]);
    editor
        .clone()
        .with("change-reason", "Rà soát")
        .patch(&path, &json!({"numerator": 2, "note": "Đã rà soát"}))
        .expect(200);
    let auditor = world.server.user(Role::Auditor, None);
    let of = |query: &str| auditor.get(&format!("/api/v1/audit?{query}")).expect(200).items().clone();
    let row = format!("resource=observations&row={}", observation["id"]);
    let entries = of(&row);
    assert_eq!(
        entries.iter().map(|entry| entry["operation"].as_str().unwrap()).collect::<Vec<_>>(),
        ["create", "update"]
    );
    let update = &entries[1];
    assert_eq!(
        (&update["username"], &update["actor"]["kind"], &update["reason"]),
        (&json!(name), &json!("person"), &json!("Rà soát"))
    );
    let uncoded = |member: &str, before: &str, after: &str| {
        json!({
        "member": member, "before": before, "after": after, "before_in_codes": null, "after_in_codes": null})
    };
    assert_eq!(update["changed"], json!([uncoded("note", "null", "\"Đã rà soát\""), uncoded("numerator", "1", "2")]));
    assert!(entries[0]["changed"].as_array().unwrap().iter().all(|member| member["before"].is_null()));
    assert_eq!(of(&format!("user={name}")), std::slice::from_ref(update));
    assert_eq!(of(&format!("{row}&operation=update")), std::slice::from_ref(update));
    assert_eq!(of(&format!("resource=observations&from={before}")), std::slice::from_ref(update));
    assert_eq!(of(&format!("{row}&to={before}")), [entries[0].clone()]);
    assert_eq!(of(&format!("{row}&actor_kind=machine")), Vec::<Value>::new());
    let errors = auditor.get("/api/v1/audit?user=nobody").expect(422).errors();
    assert_eq!(errors.get("/user").map(String::as_str), Some("unknown_user"));
}

#[on_both_engines]
fn acts_are_found_under_every_name_their_account_has_had_and_told_apart_when_it_was_given_again(world: World) {
    let account = |client: &Client| {
        let name = client.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
        (world.admin.get(&format!("/api/v1/users/{name}")).expect(200).id(), name)
    };
    let call = |from: &str, to: &str| {
        world.admin.patch(&format!("/api/v1/users/{from}"), &json!({"username": to})).expect(200);
    };
    let declared = |client: &Client, month: &str| {
        let body = bodies::declared("CT3", "H18.1", month, 1, 2);
        client.post("/api/v1/observations", &body).expect(201).id()
    };
    let (first, second) = [(); 2].map(|()| world.server.user(Role::Editor, Some("H18.1"))).into();
    let ((first_id, old), (second_id, other)) = (account(&first), account(&second));
    let one = declared(&first, "2026-01");
    call(&old, "ten-moi");
    let two = declared(&first, "2026-02");
    call(&other, &old);
    let three = declared(&second, "2026-03");

    let of = |query: &str| {
        let entries = world.admin.get(&format!("/api/v1/audit?{query}")).expect(200).items().clone();
        let told = |entry: &Value| {
            (
                entry["seq"].as_i64().unwrap(),
                entry["actor"]["id"].as_i64().unwrap(),
                entry["username"].as_str().unwrap().to_owned(),
                entry["username_then"].as_str().unwrap().to_owned(),
            )
        };
        entries.iter().map(told).collect::<Vec<_>>()
    };
    let [now, then] = ["ten-moi", &old].map(str::to_owned);
    let of_first = [(one, first_id, now.clone(), then.clone()), (two, first_id, now.clone(), now)];
    let of_second = (three, second_id, then.clone(), then);
    assert_eq!(of("user=ten-moi"), of_first);
    assert_eq!(of(&format!("user={old}")), [&of_first[..], std::slice::from_ref(&of_second)].concat());
    assert_eq!(of(&format!("user={other}")), std::slice::from_ref(&of_second));
    assert_eq!(of(&format!("user={old}&account={second_id}")), std::slice::from_ref(&of_second));
    assert_eq!(of(&format!("account={first_id}")), of_first);
    assert_eq!(of(&format!("user=ten-moi&account={second_id}")), []);

    let renamed = world.admin.get(&format!("/api/v1/audit?resource=users&row={first_id}&operation=update")).expect(200);
    let name = json!({"member": "username", "before": format!("\"{old}\""), "after": "\"ten-moi\"",
                      "before_in_codes": null, "after_in_codes": null});
    assert_eq!(renamed.items().iter().map(|entry| entry["changed"].clone()).collect::<Vec<_>>(), [json!([name])]);
    let log_ins = world.admin.get(&format!("/api/v1/audit/events?kind=log_in&user={old}")).expect(200).items().clone();
    let told: Vec<_> = log_ins.iter().map(|event| (&event["actor"]["id"], &event["username_then"])).collect();
    assert_eq!(told, [(&json!(first_id), &json!(old)), (&json!(second_id), &json!(other))]);
    let feed = world.admin.get("/api/v1/changes?limit=1000").expect(200).told().to_string();
    assert!(!feed.contains("ten-moi") && !feed.contains(&other), "names are sealed in the log");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_renamed_client_is_told_by_its_old_and_new_name_and_a_shown_name_without(world: World) {
    let client = world.create("clients", json!({"client_id": "may-1", "name": "Máy 1", "role": "puller"}));
    world.admin.patch("/api/v1/clients/may-1", &json!({"client_id": "may-2", "name": "Máy 2"})).expect(200);
    let entries =
        world.admin.get(&format!("/api/v1/audit?resource=clients&row={}&operation=update", client["id"])).expect(200);
    assert_eq!(
        entries.items()[0]["changed"],
        json!([
            {"member": "client_id", "before": "\"may-1\"", "after": "\"may-2\"", "before_in_codes": null, "after_in_codes": null},
            {"member": "name", "before": null, "after": null, "before_in_codes": null, "after_in_codes": null},
        ])
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn log_ins_and_wrong_ones_are_events_and_hold_no_secret(world: World) {
    let user = world.server.user(Role::Viewer, None);
    let name = user.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
    for (username, password) in [(name.as_str(), "khong-phai-mat-khau"), ("khong-co-ai", PASSWORD)] {
        world
            .server
            .anonymous()
            .post("/api/v1/auth/login", &json!({"username": username, "password": password}))
            .expect(401);
    }
    let events = world.admin.get("/api/v1/audit/events?kind=log_in_refused").expect(200).items().clone();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["username"].clone(), event["actor"]["kind"].clone(), event["address"].clone()))
        .collect();
    assert_eq!(
        told,
        [(json!(name), json!("person"), json!("127.0.0.1")), (Value::Null, json!("system"), json!("127.0.0.1"))]
    );
    assert_eq!(world.admin.get(&format!("/api/v1/audit/events?kind=log_in&user={name}")).expect(200).items().len(), 1);
    let everything = world.admin.get("/api/v1/audit/events").expect(200);
    let text = String::from_utf8_lossy(&everything.body).into_owned();
    assert!(!text.contains("khong-phai-mat-khau") && !text.contains("khong-co-ai"));
}

#[on_both_engines]
fn whoever_is_shown_a_name_leaves_a_trace_and_whoever_is_not_leaves_none(world: World) {
    let named = |code: &str, name: Option<&str>| {
        world.create("staff", bodies::staff(code, "H18.1", "2026-01-05").with("name", name))
    };
    let first = named("NV-1", Some("Lò Thị Mẫu"));
    named("NV-2", None);
    let second = named("NV-3", Some("Vàng A Mẫu"));
    let editor = world.server.user(Role::Editor, Some("H18.1"));
    let viewer = world.server.user(Role::Viewer, Some("H18.1"));
    for reader in [&viewer, &editor] {
        reader.get("/api/v1/staff").expect(200);
        reader.get("/api/v1/staff/NV-1").expect(200);
        reader.get("/api/v1/staff/NV-2").expect(200);
    }
    // Answers to writes show the name, too: of one that changes nothing, or is only tried, nothing else is left.
    let tried = editor.clone().with("prefer", "tx=rollback");
    let patch = |writer: &Client, code: &str, patch: Value| {
        let unseen = writer.clone().with("if-match", "*");
        let (path, body) = (format!("/api/v1/staff/{code}"), patch.to_string());
        unseen.send("PATCH", &path, Some("application/merge-patch+json"), body.as_bytes()).expect(200)
    };
    for writer in [&tried, &editor] {
        patch(writer, "NV-1", json!({}));
        patch(writer, "NV-2", json!({}));
    }
    tried
        .post("/api/v1/staff/NV-3/transfers", &json!({"agency": "H18.1", "on": "2026-02-01"}))
        .refused(422, "invalid_input");
    patch(&tried, "NV-3", json!({"kind": "vien_chuc"}));
    let name = editor.get("/api/v1/me").expect(200).json["username"].clone();
    let events = world.admin.get("/api/v1/audit/events?kind=personal_data").expect(200).items().clone();
    let told: Vec<_> = events
        .iter()
        .map(|event| (&event["username"], event["operation"].as_str().unwrap(), &event["subjects"]))
        .collect();
    let both = json!([first["id"], second["id"]]);
    let one = json!([first["id"]]);
    let other = json!([second["id"]]);
    assert_eq!(
        told,
        [
            (&name, "listStaff", &both),
            (&name, "getStaff", &one),
            (&name, "updateStaff", &one),
            (&name, "updateStaff", &one),
            (&name, "updateStaff", &other),
        ]
    );
    let text = String::from_utf8_lossy(&world.admin.get("/api/v1/audit/events").expect(200).body).into_owned();
    assert!(!text.contains("Mẫu"), "the trace itself names nobody");
}

#[on_both_engines]
fn refusals_are_events(world: World) {
    let viewer = world.server.user(Role::Viewer, None);
    viewer.get("/api/v1/users").refused(403, "forbidden");
    let name = viewer.get("/api/v1/me").expect(200).json["username"].clone();
    // It is noted by and by: nobody waits for it.
    let first = || world.admin.get("/api/v1/audit/events?kind=refused").expect(200).items().first().cloned();
    let event = eventually("the refusal is noted", first);
    assert_eq!((&event["username"], &event["operation"]), (&name, &json!("listUsers")));
}

#[on_both_engines]
fn what_is_taken_out_is_an_event_once_for_each_state(world: World) {
    let machine = world.server.user(Role::Puller, None);
    let exports = || world.admin.get("/api/v1/audit/events?kind=export").expect(200).items().clone();
    for _ in 0..3 {
        machine.get("/api/v1/provincial-report?period=2026-10").expect(200);
    }
    assert_eq!(exports().len(), 1);
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    machine.get("/api/v1/provincial-report?period=2026-10").expect(200);
    for _ in 0..2 {
        machine.get("/api/v1/export-profiles/native/report?period=2026-10").expect(200);
    }
    machine.clone().with("accept", "application/x-ndjson").get("/api/v1/changes").expect(200);
    let told: Vec<_> =
        exports().iter().map(|event| (event["operation"].clone(), event["actor"]["kind"].clone())).collect();
    assert_eq!(
        told,
        [
            (json!("getProvincialReport"), json!("machine")),
            (json!("getProvincialReport"), json!("machine")),
            (json!("getExportedReport"), json!("machine")),
            (json!("listChanges"), json!("machine")),
        ]
    );
    world.server.assert_verified();
}
