//! Erasure of the names of users and clients who no longer come in, in the log as well: their changes stay, as those of
//! an erased account.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

fn ask(client: &Client, path: &str) -> Answer {
    client.send("POST", &format!("/api/v1/{path}/erasure"), None, b"")
}

fn because(client: &Client) -> Client {
    client.clone().with("Change-Reason", "Theo đề nghị của người liên quan")
}

/// Authors of the changes of a resource, each by its name now and its name at the time.
fn authors(world: &World, resource: &str) -> Vec<[Value; 2]> {
    let told = world.admin.get(&format!("/api/v1/audit?resource={resource}")).expect(200);
    told.items().iter().map(|entry| ["username", "username_then"].map(|member| entry[member].clone())).collect()
}

/// A user who was renamed once, has recorded something, and is disabled if asked.
fn clerk(world: &World, disabled: bool) -> i64 {
    let body =
        bodies::user("can-bo-cu").with("display_name", "Tên Hiển Thị").with("role", "editor").with("agency", "H18.1");
    world.admin.make_user(&body);
    let renamed = world.admin.patch("/api/v1/users/can-bo-cu", &json!({"username": "can-bo-moi"})).expect(200).json;
    let id = renamed["id"].as_i64().unwrap();
    let clerk = world.server.login("can-bo-moi", support::server::PASSWORD);
    let declared = bodies::declared("CT3", "H18.1", "2026-01", 1, 2);
    clerk.post("/api/v1/observations", &declared).expect(201);
    world.admin.patch("/api/v1/users/can-bo-moi", &json!({"disabled": disabled})).expect(200);
    id
}

#[on_both_engines]
fn what_an_erased_user_did_is_an_erased_accounts(world: World) {
    let id = clerk(&world, true);
    assert_eq!(authors(&world, "observations"), [[json!("can-bo-moi"), json!("can-bo-moi")]]);
    let told = |world: &World| {
        let audit = world.admin.get("/api/v1/audit?resource=users").expect(200).told().to_string();
        let events = world.admin.get("/api/v1/audit/events").expect(200).told().to_string();
        let users = world.admin.get("/api/v1/users").expect(200).told().to_string();
        [audit, events, users].concat()
    };
    assert!(told(&world).contains("can-bo-cu") && told(&world).contains("can-bo-moi"));
    let erased = ask(&because(&world.admin), "users/can-bo-moi").expect(200).json;
    let name = format!("erased-{id}");
    assert_eq!(
        (&erased["username"], &erased["display_name"], &erased["disabled"]),
        (&json!(name), &Value::Null, &json!(true))
    );
    for text in ["can-bo-cu", "can-bo-moi", "Tên Hiển Thị"] {
        assert!(!told(&world).contains(text), "{text} is still told");
    }
    assert_eq!(authors(&world, "observations"), [[json!(name), json!(name)]]);
    world.admin.get("/api/v1/users/can-bo-moi").refused(404, "not_found");
    // The event has author, time and reason, and the account's identity.
    let event = world.admin.get("/api/v1/audit/events?kind=erasure").expect(200).items().clone().remove(0);
    assert_eq!((&event["operation"], &event["subjects"]), (&json!("eraseUser"), &json!([id])));
    assert_eq!(event["reason"], "Theo đề nghị của người liên quan");
    // Nobody comes in with the old password, enabled again or not.
    world.admin.patch(&format!("/api/v1/users/{name}"), &json!({"disabled": false})).expect(200);
    for username in ["can-bo-moi", &name] {
        let tried = json!({"username": username, "password": support::server::PASSWORD});
        world.server.anonymous().post("/api/v1/auth/login", &tried).expect(401);
    }
    // The old name is free.
    world.create("users", bodies::user("can-bo-moi"));
    world.server.assert_verified();
}

#[on_both_engines]
fn an_erased_client_is_told_by_its_number(world: World) {
    let id = world.create("clients", json!({"client_id": "may-cu", "name": "Máy cũ", "role": "viewer"}))["id"].clone();
    ask(&because(&world.admin), "clients/may-cu").refused(409, "account_not_disabled");
    world.admin.patch("/api/v1/clients/may-cu", &json!({"disabled": true})).expect(200);
    let erased = ask(&because(&world.admin), "clients/may-cu").expect(200).json;
    let name = json!(format!("erased-{id}"));
    assert_eq!((&erased["client_id"], &erased["name"]), (&name, &name));
    let told = world.admin.get("/api/v1/audit?resource=clients").expect(200).told().to_string();
    assert!(!told.contains("may-cu") && !told.contains("Máy cũ"), "{told}");
    world.server.assert_verified();
}

#[on_both_engines]
fn an_account_is_erased_by_an_administrator_who_says_why_after_it_was_disabled(world: World) {
    let id = clerk(&world, false);
    let errors = ask(&world.admin, "users/can-bo-moi").refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/Change-Reason").map(String::as_str), Some("reason_required"));
    ask(&because(&world.admin), "users/can-bo-moi").refused(409, "account_not_disabled");
    ask(&because(&world.admin), "users/khong-co").refused(404, "not_found");
    ask(&because(&world.server.user(Role::Approver, None)), "users/can-bo-moi").expect(403);
    world.admin.patch("/api/v1/users/can-bo-moi", &json!({"disabled": true})).expect(200);
    ask(&because(&world.admin), "users/can-bo-moi").expect(200);
    // Once more erases nothing.
    let seq = world.server.database().model().seq;
    ask(&because(&world.admin), &format!("users/erased-{id}")).expect(200);
    assert_eq!(world.server.database().model().seq, seq);
    assert_eq!(world.admin.get("/api/v1/audit/events?kind=erasure").expect(200).items().len(), 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_name_that_looks_like_an_erased_one_is_refused(world: World) {
    clerk(&world, false);
    let user = bodies::user("erased-1");
    let client = bodies::client("erased-1", "viewer");
    for (pointer, answer) in [
        ("/username", world.admin.post("/api/v1/users", &user)),
        ("/username", world.admin.patch("/api/v1/users/can-bo-moi", &json!({"username": "erased-1"}))),
        ("/client_id", world.admin.post("/api/v1/clients", &client)),
    ] {
        assert_eq!(answer.expect(422).errors().get(pointer).map(String::as_str), Some("reserved_code"));
    }
}
