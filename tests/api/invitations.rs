//! Invitations: who has the secret of one sets a password that nobody else knows, once, within 72 hours.

use crate::database::fixture::Tables;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use support::bodies::Members;
use support::server::{PASSWORD, create_user};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::crypto::{api_key, totp};

const OTHER: &str = "mot-mat-khau-khac-han";

/// A new user without a password.
fn invited(name: &str) -> Value {
    json!({"username": name, "role": "viewer"})
}

/// The secret of an answer that invites.
#[track_caller]
fn secret(invitation: &Value) -> String {
    let secret = invitation["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("tdi_") && secret.len() == 53, "{invitation}");
    secret
}

/// Creates a user without a password, and gives the secret of the invitation.
fn create(world: &World, name: &str) -> String {
    secret(&world.create("users", invited(name))["invitation"])
}

/// Invites a user again.
fn invite(world: &World, name: &str) -> Answer {
    world.admin.send("POST", &format!("/api/v1/users/{name}/invitation"), None, b"")
}

fn accept(world: &World, secret: &str, password: &str) -> Answer {
    let acceptance = json!({"secret": secret, "password": password});
    world.server.anonymous().post("/api/v1/invitations/accept", &acceptance)
}

fn log_in(world: &World, name: &str, password: &str) -> Answer {
    world.server.anonymous().post("/api/v1/auth/login", &json!({"username": name, "password": password}))
}

/// The operations of events about credentials that name an account, the oldest first.
fn told(world: &World, account: &Value) -> Vec<Value> {
    let events = world.admin.get("/api/v1/audit/events?kind=credentials&sort=seq&limit=1000").expect(200);
    let events = events.items().iter().filter(|event| event["subjects"] == json!([account]));
    events.map(|event| event["operation"].clone()).collect()
}

#[on_both_engines]
fn whoever_is_invited_sets_a_password_that_nobody_else_knows(world: World) {
    let created = world.admin.post("/api/v1/users", &invited("moi").with("display_name", "Người mới")).expect(201);
    assert_eq!(created.headers["cache-control"], "no-store");
    let secret = secret(&created.json["invitation"]);
    let expires: DateTime<Utc> = created.json["invitation"]["expires_at"].as_str().unwrap().parse().unwrap();
    let left = expires - Utc::now();
    assert!(left > TimeDelta::minutes(72 * 60 - 5) && left <= TimeDelta::hours(72), "{left}");
    // It is in this answer only, whose tag is that of the user.
    let read = world.admin.get("/api/v1/users/moi").expect(200);
    assert_eq!((read.json.get("invitation"), &read.headers["etag"]), (None, &created.headers["etag"]));
    assert_eq!(read.json["must_change_password"], false);
    log_in(&world, "moi", PASSWORD).refused(401, "wrong_credentials");

    accept(&world, &secret, PASSWORD).expect(204);
    let user = world.server.login("moi", PASSWORD);
    assert_eq!(user.get("/api/v1/me").expect(200).json["must_change_password"], false);
    user.get("/api/v1/agencies").expect(200);
    assert_eq!(told(&world, &created.json["id"]), ["createUser", "acceptInvitation"]);
    let log = world.admin.get("/api/v1/audit?resource=users&sort=-seq&limit=1").expect(200);
    assert_eq!(log.items()[0]["username"], "moi", "the password is set by the one it belongs to");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_secret_that_is_not_good_has_one_answer_whatever_is_wrong_with_it(world: World) {
    let mut tables = Tables::of(world.server.place());
    let (used, replaced, revoked) = (create(&world, "mot"), create(&world, "hai"), create(&world, "ba"));
    accept(&world, &used, PASSWORD).expect(204);
    let expired = secret(&invite(&world, "hai").expect(200).json);
    tables.execute("UPDATE invitations SET expires_at = expires_at - 259200000000 WHERE account_id IN (SELECT id FROM users WHERE username = 'hai')");
    world.admin.clone().with("if-match", "*").delete("/api/v1/users/ba/invitation").expect(204);
    let unknown = api_key::invitation().unwrap();
    let mistyped = format!("tdi_{}", "0".repeat(49));
    let answers = [&used, &replaced, &revoked, &expired, &unknown, &mistyped].map(|secret| {
        // An easy password is not told of either.
        accept(&world, secret, "ngan-qua-di").refused(409, "invitation_void");
        accept(&world, secret, OTHER).refused(409, "invitation_void").told()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    world.admin.clone().with("if-match", "*").delete("/api/v1/users/ba/invitation").refused(404, "not_found");
    let id = world.admin.get("/api/v1/users/ba").expect(200).json["id"].clone();
    assert_eq!(told(&world, &id), ["createUser", "revokeInvitation"]);
    log_in(&world, "mot", PASSWORD).expect(200);
}

#[on_both_engines]
fn an_invitation_is_void_once_a_password_is_set_or_the_account_is_shut_out(world: World) {
    create_user(world.server.database(), "co-mat-khau", Role::Viewer);
    let path = "/api/v1/users/co-mat-khau";
    let voids: [&dyn Fn(); 3] = [
        &|| {
            let change = json!({"old_password": PASSWORD, "new_password": OTHER});
            world.server.login("co-mat-khau", PASSWORD).post("/api/v1/auth/password", &change).expect(204);
        },
        &|| {
            world.admin.patch(path, &json!({"password": PASSWORD})).expect(200);
        },
        &|| {
            world.admin.patch(path, &json!({"disabled": true})).expect(200);
            invite(&world, "co-mat-khau").refused(409, "account_disabled");
            world.admin.patch(path, &json!({"disabled": false})).expect(200);
        },
    ];
    for void in voids {
        let secret = secret(&invite(&world, "co-mat-khau").expect(200).json);
        void();
        accept(&world, &secret, OTHER).refused(409, "invitation_void");
    }
    // Whoever is created shut out is not invited yet.
    let shut_out = world.create("users", invited("nghi").with("disabled", true));
    assert_eq!(shut_out.get("invitation"), None);
    invite(&world, "khong-co-ai").refused(404, "not_found");
}

#[on_both_engines]
fn a_lost_password_is_replaced_by_an_invitation_and_goes_on_until_then(world: World) {
    create_user(world.server.database(), "quen", Role::Viewer);
    let session = world.server.login("quen", PASSWORD);
    let prepared = session.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})).expect(200);
    let key = BASE32_NOPAD.decode(prepared.json["secret"].as_str().unwrap().as_bytes()).unwrap();
    let code = |later: i64| totp::code(&key, totp::step(Utc::now().timestamp()) + later);
    session.post("/api/v1/auth/second-factor/confirmation", &json!({"code": code(-1)})).expect(200);

    let answered = invite(&world, "quen").expect(200);
    assert_eq!((answered.headers["cache-control"].as_str(), answered.headers.get("etag")), ("no-store", None));
    session.get("/api/v1/me").expect(200);
    log_in(&world, "quen", PASSWORD).refused(401, "second_factor_required");
    // Beside a second factor, which stays, a password may be short.
    accept(&world, &secret(&answered.json), "cau-tre-9x").expect(204);
    session.get("/api/v1/me").refused(401, "invalid_token");
    log_in(&world, "quen", PASSWORD).refused(401, "wrong_credentials");
    log_in(&world, "quen", "cau-tre-9x").refused(401, "second_factor_required");
    let credentials = json!({"username": "quen", "password": "cau-tre-9x", "code": code(0)});
    world.server.anonymous().post("/api/v1/auth/login", &credentials).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn an_easy_password_is_refused_and_leaves_the_invitation_good(world: World) {
    let answered = world.create("users", invited("lo-van-chieng").with("display_name", "Lò Văn Chiêng"));
    let secret = secret(&answered["invitation"]);
    for (password, code) in [
        ("ngan", "invalid_password_length"),
        ("password123456", "common_password"),
        ("lo-van-chieng2026", "common_password"),
        ("LoVanChieng123", "common_password"),
        ("cau-tre-9x", "invalid_password_length"),
        ("aaaaaaaaaaaaaaaaaaaa", "common_password"),
        ("qwertyuiop123456", "common_password"),
    ] {
        let errors = accept(&world, &secret, password).refused(422, "invalid_input").errors();
        assert_eq!(errors["/password"], code, "{password}");
    }
    accept(&world, &secret, PASSWORD).expect(204);
}

#[on_both_engines]
fn secrets_are_guessed_no_faster_than_passwords(world: World) {
    let unknown = api_key::invitation().unwrap();
    for _ in 0..5 {
        accept(&world, &unknown, PASSWORD).refused(409, "invitation_void");
    }
    let answer = accept(&world, &unknown, PASSWORD).refused(429, "too_many_wrong_tries");
    assert!(answer.headers["retry-after"].parse::<u32>().unwrap() >= 20);
    let refused = world.admin.get("/api/v1/audit/events?kind=log_in_refused").expect(200);
    assert_eq!(refused.items()[0]["operation"], "acceptInvitation");
}

#[on_both_engines]
fn an_answer_that_is_given_again_shows_no_secret_and_none_is_kept_anywhere(world: World) {
    let keyed = world.admin.clone().with("idempotency-key", "lan-mot");
    let first = keyed.post("/api/v1/users", &invited("moi")).expect(201);
    let secret = secret(&first.json["invitation"]);
    let again = keyed.post("/api/v1/users", &invited("moi")).expect(201);
    assert_eq!((again.headers["idempotency-replayed"].as_str(), again.json.get("invitation")), ("true", None));
    assert_eq!((&again.json["id"], &again.headers["etag"]), (&first.json["id"], &first.headers["etag"]));
    let once = keyed.send("POST", "/api/v1/users/moi/invitation", None, b"");
    once.refused(400, "idempotency_key_not_taken");
    accept(&world, &secret, PASSWORD).expect(204);
    let mut tables = Tables::of(world.server.place());
    for (table, column) in [("idempotency_keys", "body"), ("changes", "after"), ("events", "operation")] {
        assert_eq!(tables.count(&format!("{table} WHERE {column} LIKE '%tdi_%'")), 0, "{table}");
    }
    let second = create(&world, "hai");
    assert_eq!(tables.count("invitations WHERE length(hash) = 64"), 1);
    assert_eq!(tables.count(&format!("invitations WHERE hash = '{second}'")), 0);
}

#[on_both_engines]
fn a_user_who_is_only_tried_is_not_invited(world: World) {
    let trying = world.admin.clone().with("prefer", "tx=rollback");
    let told = trying.post("/api/v1/users", &invited("moi")).expect(201);
    assert_eq!((told.json["username"].as_str(), told.json.get("invitation")), (Some("moi"), None));
    assert_eq!(Tables::of(world.server.place()).count("invitations"), 0);
    create(&world, "moi");
}

#[on_both_engines]
fn only_administrators_of_the_whole_province_invite(world: World) {
    create(&world, "moi");
    let refused = |client: &Client| {
        client.send("POST", "/api/v1/users/moi/invitation", None, b"").refused(403, "forbidden");
        client.clone().with("if-match", "*").delete("/api/v1/users/moi/invitation").refused(403, "forbidden");
        client.post("/api/v1/users", &invited("khac")).refused(403, "forbidden");
    };
    for role in [Role::Editor, Role::Approver, Role::Viewer, Role::Auditor, Role::Puller] {
        refused(&world.server.user(role, None));
    }
    refused(&world.server.user(Role::Admin, Some("H18")));
    let other = world.server.user(Role::Admin, None);
    other.send("POST", "/api/v1/users/moi/invitation", None, b"").expect(200);
    let stale = other.clone().with("if-match", "\"khac\"");
    stale.send("POST", "/api/v1/users/moi/invitation", None, b"").refused(412, "stale");
}
