//! Batches of new users: each is invited by a secret of its own, which the answer alone shows.

use crate::database::fixture::Tables;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use support::bodies::Members;
use support::server::PASSWORD;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const BATCH: &str = "/api/v1/users/batch";
const PARTIAL: &str = "/api/v1/users/batch?mode=partial";

/// A new user of a commune.
fn row(name: &str) -> Value {
    json!({"username": name, "role": "editor", "agency": "H18.1"})
}

fn rows(names: &[&str]) -> Value {
    names.iter().map(|name| row(name)).collect()
}

fn lines(client: &Client, path: &str, rows: &[Value]) -> Answer {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    client.send("POST", path, Some("application/x-ndjson"), text.as_bytes())
}

/// The names and secrets that an answer shows.
#[track_caller]
fn invitations(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {report}")).to_owned();
    let told = report["invitations"].as_array().unwrap_or_else(|| panic!("no invitations in {report}"));
    told.iter().map(|told| (text(&told["username"]), text(&told["secret"]))).collect()
}

fn names(report: &Value) -> Vec<String> {
    invitations(report).into_iter().map(|(name, _)| name).collect()
}

/// Rows received, created and rejected.
fn counts(report: &Value) -> [i64; 3] {
    ["received", "created", "rejected"].map(|name| report[name].as_i64().unwrap())
}

/// The errors of refused rows: pointers and codes.
fn refused(report: &Value) -> Vec<(String, String)> {
    let rejections = report["rejections"].as_array().into_iter().flatten();
    let errors = rejections.flat_map(|row| row["errors"].as_array().into_iter().flatten());
    errors.map(|error| (error["pointer"].as_str().unwrap().into(), error["code"].as_str().unwrap().into())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).into(), (*code).into())).collect()
}

fn accept(world: &World, secret: &str) -> Answer {
    let acceptance = json!({"secret": secret, "password": PASSWORD});
    world.server.anonymous().post("/api/v1/invitations/accept", &acceptance)
}

fn user(world: &World, name: &str) -> Answer {
    world.admin.get(&format!("/api/v1/users/{name}"))
}

#[on_both_engines]
fn everyone_in_a_batch_sets_a_password_by_an_invitation_of_their_own_once(world: World) {
    let answers = [
        world.admin.post(BATCH, &rows(&["mot", "hai"])).expect(200),
        lines(&world.admin, PARTIAL, &[row("ba"), row("bon").with("display_name", "Người thứ tư")]).expect(207),
    ];
    for (answer, expected) in answers.iter().zip([["mot", "hai"], ["ba", "bon"]]) {
        assert_eq!((counts(&answer.json), names(&answer.json)), ([2, 2, 0], expected.map(str::to_owned).to_vec()));
        assert_eq!(answer.headers["cache-control"], "no-store");
        for told in answer.json["invitations"].as_array().unwrap() {
            let expires: DateTime<Utc> = told["expires_at"].as_str().unwrap().parse().unwrap();
            let left = expires - Utc::now();
            assert!(left > TimeDelta::minutes(72 * 60 - 5) && left <= TimeDelta::hours(72), "{left}");
        }
        for (name, secret) in invitations(&answer.json) {
            let credentials = json!({"username": name, "password": PASSWORD});
            world.server.anonymous().post("/api/v1/auth/login", &credentials).refused(401, "wrong_credentials");
            accept(&world, &secret).expect(204);
            let me = world.server.login(&name, PASSWORD).get("/api/v1/me").expect(200).json;
            assert_eq!(
                (&me["username"], &me["role"], &me["agency"]),
                (&json!(name), &json!("editor"), &json!("H18.1"))
            );
            accept(&world, &secret).refused(409, "invitation_void");
            let id = &user(&world, &name).expect(200).json["id"];
            let events = world.admin.get("/api/v1/audit/events?kind=credentials&sort=seq&limit=1000").expect(200);
            let of_user = events.items().iter().filter(|event| event["subjects"] == json!([id]));
            let operations: Vec<_> = of_user.map(|event| event["operation"].clone()).collect();
            assert_eq!(operations, ["batchUsers", "acceptInvitation"], "{name}");
        }
    }
    assert_eq!(user(&world, "bon").expect(200).json["display_name"], "Người thứ tư");
    world.server.assert_verified();
}

#[on_both_engines]
fn an_answer_that_is_given_again_shows_no_secret_of_a_batch_and_none_is_kept_anywhere(world: World) {
    let mut secrets = Vec::new();
    for (key, path, names) in [("lan-mot", BATCH, ["mot", "hai"]), ("lan-hai", PARTIAL, ["ba", "bon"])] {
        let keyed = world.admin.clone().with("idempotency-key", key);
        let first = keyed.post(path, &rows(&names));
        secrets.extend(invitations(&first.json));
        let again = keyed.post(path, &rows(&names)).expect(first.status);
        assert_eq!((again.headers["idempotency-replayed"].as_str(), again.json.get("invitations")), ("true", None));
        assert_eq!((counts(&again.json), &again.headers["etag"]), ([2, 2, 0], &first.headers["etag"]));
        keyed.post(path, &rows(&["khac"])).refused(422, "idempotency_key_reused");
    }
    let mut tables = Tables::of(world.server.place());
    for (table, column) in [("idempotency_keys", "body"), ("changes", "after"), ("events", "operation")] {
        assert_eq!(tables.count(&format!("{table} WHERE {column} LIKE '%tdi_%'")), 0, "{table}");
    }
    assert_eq!((tables.count("idempotency_keys"), tables.count("invitations WHERE length(hash) = 64")), (2, 4));
    for (_, secret) in &secrets {
        assert_eq!(tables.count(&format!("invitations WHERE hash = '{secret}'")), 0);
        accept(&world, secret).expect(204);
    }
    assert_eq!(secrets.len(), 4);
}

#[on_both_engines]
fn an_invitation_of_a_batch_is_void_once_it_is_revoked_replaced_or_its_user_shut_out(world: World) {
    let secrets = invitations(&world.admin.post(BATCH, &rows(&["mot", "hai", "ba", "bon"])).expect(200).json);
    world.admin.patch("/api/v1/users/mot", &json!({"disabled": true})).expect(200);
    world.admin.clone().with("if-match", "*").delete("/api/v1/users/hai/invitation").expect(204);
    world.admin.send("POST", "/api/v1/users/ba/invitation", None, b"").expect(200);
    for (name, secret) in &secrets {
        match name.as_str() {
            "bon" => accept(&world, secret).expect(204),
            _ => accept(&world, secret).refused(409, "invitation_void"),
        };
    }
    // Whoever is created shut out is not invited yet.
    let shut_out = [row("nam"), row("sau").with("disabled", true)];
    let told = world.admin.post(BATCH, &Value::from(shut_out.to_vec())).expect(200).json;
    assert_eq!((counts(&told), names(&told)), ([2, 2, 0], vec!["nam".to_owned()]));
    assert_eq!(user(&world, "sau").expect(200).json["disabled"], true);
}

#[on_both_engines]
fn a_batch_of_users_is_written_as_a_whole_or_as_far_as_possible(world: World) {
    world.create("users", row("da-co").with("role", "viewer"));
    let before = world.server.database().model().seq;
    let mixed = [
        row("mot"),
        row("DA-CO"),
        row("Mot"),
        row("hai").with("agency", "H18.404"),
        row("ba").with("password", PASSWORD),
        row("bon").with("password", Value::Null).with("agency", "H18.404"),
        row("nam").with("vai_tro", "editor"),
        row("batch"),
        row("sau").with("subject", "f3b1c2d4"),
        row("bay"),
    ];
    let expected = pairs(&[
        ("/1/username", "already_exists"),
        ("/2", "repeated_key"),
        ("/3/agency", "unknown_agency"),
        ("/4/password", "password_in_batch"),
        ("/5/password", "password_in_batch"),
        ("/5/agency", "unknown_agency"),
        ("/6/vai_tro", "unknown_member"),
        ("/7/username", "reserved_word"),
        ("/8/subject", "subject_without_issuer"),
    ]);
    for whole in [world.admin.post(BATCH, &Value::from(mixed.to_vec())), lines(&world.admin, BATCH, &mixed)] {
        let report = whole.refused(422, "batch_rejected").json["batch"].clone();
        assert_eq!((counts(&report), refused(&report)), ([10, 0, 8], expected.clone()));
        assert_eq!(report.get("invitations"), None);
    }
    let mut tables = Tables::of(world.server.place());
    assert_eq!((world.server.database().model().seq, tables.count("invitations")), (before, 1));

    let told = lines(&world.admin, PARTIAL, &mixed).expect(207).json;
    assert_eq!((counts(&told), refused(&told)), ([10, 2, 8], expected));
    let placed: Vec<_> = told["rejections"].as_array().unwrap().iter().map(|row| row["line"].clone()).collect();
    assert_eq!(placed, [2, 3, 4, 5, 6, 7, 8, 9]);
    let secrets = invitations(&told);
    assert_eq!(names(&told), ["mot", "bay"]);
    secrets.iter().for_each(|(_, secret)| drop(accept(&world, secret).expect(204)));
    // Who is there stays as before, and what a refused row names is nobody.
    assert_eq!(user(&world, "da-co").expect(200).json["role"], "viewer");
    assert_eq!(tables.count("invitations"), 1);
    user(&world, "ba").refused(404, "not_found");
    for mode in ["upsert", "update", "upsert,partial"] {
        let errors = world.admin.post(&format!("{BATCH}?mode={mode}"), &rows(&["tam"])).refused(422, "invalid_input");
        assert_eq!(errors.errors()["/mode"], "unknown_value", "{mode}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_batch_of_users_that_is_tried_invites_nobody_and_leaves_nothing(world: World) {
    let mut tables = Tables::of(world.server.place());
    let (before, events) = (world.server.database().model().seq, tables.count("events"));
    let trying = world.admin.clone().with("prefer", "tx=rollback").with("idempotency-key", "thu");
    for (path, status) in [(BATCH, 200), (PARTIAL, 207)] {
        let told = trying.post(path, &rows(&["mot", "hai"])).expect(status);
        assert_eq!((counts(&told.json), told.json.get("invitations")), ([2, 2, 0], None));
        assert_eq!(told.headers["preference-applied"], "tx=rollback");
    }
    let left = ["invitations", "idempotency_keys", "events"].map(|table| tables.count(table));
    assert_eq!((world.server.database().model().seq, left), (before, [0, 0, events]));
    user(&world, "mot").refused(404, "not_found");
    world.admin.post(BATCH, &rows(&["mot", "hai"])).expect(200);
}

#[on_both_engines]
fn only_administrators_of_the_whole_province_create_users_in_batches(world: World) {
    for role in [Role::Editor, Role::Approver, Role::Viewer, Role::Auditor, Role::Puller] {
        let caller = world.server.user(role, None);
        caller.post(BATCH, &rows(&["moi"])).refused(403, "forbidden");
        lines(&caller, PARTIAL, &[row("moi")]).refused(403, "forbidden");
    }
    world.server.user(Role::Admin, Some("H18")).post(BATCH, &rows(&["moi"])).refused(403, "forbidden");
    world.server.anonymous().post(BATCH, &rows(&["moi"])).refused(401, "unauthenticated");
    user(&world, "moi").refused(404, "not_found");
    let other = world.server.user(Role::Admin, None).post(BATCH, &rows(&["moi"])).expect(200);
    assert_eq!(names(&other.json), ["moi"]);
}

#[on_both_engines]
fn a_batch_has_a_thousand_users_at_most(world: World) {
    let many = |count: usize| -> Value { (0..count).map(|number| row(&format!("nguoi-{number}"))).collect() };
    let before = world.server.database().model().seq;
    for path in [BATCH, PARTIAL] {
        let errors = world.admin.post(path, &many(1001)).refused(422, "invalid_input").errors();
        assert_eq!(errors[""], "too_many_rows", "{path}");
    }
    assert_eq!(world.server.database().model().seq, before);
    let told = world.admin.post(BATCH, &many(1000)).expect(200).json;
    let mut secrets: Vec<_> = invitations(&told).into_iter().map(|(_, secret)| secret).collect();
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!((counts(&told), secrets.len()), ([1000, 1000, 0], 1000), "each has a secret of its own");
}
