//! Passwords that an administrator has set: whoever has one may do nothing before it is changed.

use super::examples::{self, OwnSample};
use crate::contract::document::operations;
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::server::PASSWORD;
use support::{Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// A password that an administrator sets.
const GIVEN: &str = "mat-khau-quan-tri-cap";
/// The operations that are left to whoever must change the password.
const LEFT: &str = "changePassword getMe logOut logOutEverywhere";
/// Operations without a caller.
const OPEN: &str = "acceptInvitation logIn refreshTokens signOn";

/// A user whose password an administrator has set, logged in.
fn given(server: &Server, name: &str, role: Role) -> Client {
    let body = bodies::user(name).with("role", role.as_str()).with("password", GIVEN);
    server.admin().post("/api/v1/users", &body).expect(201);
    server.login(name, GIVEN)
}

fn change(client: &Client, new: &str) -> support::Answer {
    client.post("/api/v1/auth/password", &json!({"old_password": GIVEN, "new_password": new}))
}

/// The member of a user as administrators see it.
fn told(world: &World, name: &str) -> Value {
    world.admin.get(&format!("/api/v1/users/{name}")).expect(200).json["must_change_password"].clone()
}

#[on_both_engines]
fn whoever_has_a_given_password_may_do_nothing_before_it_is_changed(sample: OwnSample) {
    let server = &sample.0;
    for role in [Role::Admin, Role::Editor, Role::Approver, Role::Viewer, Role::Auditor] {
        let user = given(server, &format!("moi-{role}"), role);
        let before = server.database().model().seq;
        for (path, method, operation) in operations() {
            let id = operation["operationId"].as_str().unwrap();
            if [LEFT, OPEN].iter().any(|list| list.split(' ').any(|left| left == id)) {
                continue;
            }
            let answer = examples::send(&examples::with_headers(&user, &operation), &path, &method, &operation);
            let code = answer.json["code"].as_str().unwrap_or_default();
            assert_eq!((answer.status, code), (403, "password_must_be_changed"), "{id} as {role}: {}", answer.json);
        }
        assert_eq!(server.database().model().seq, before);
        assert_eq!(user.get("/api/v1/me").expect(200).json["must_change_password"], true);
        change(&user, PASSWORD).expect(204);
        let user = server.login(&format!("moi-{role}"), PASSWORD);
        assert_eq!(user.get("/api/v1/me").expect(200).json["must_change_password"], false);
        user.get("/api/v1/agencies").expect(200);
    }
    server.assert_verified();
}

#[on_both_engines]
fn whoever_has_a_given_password_may_leave_and_must_choose_another(world: World) {
    let user = given(&world.server, "moi", Role::Viewer);
    let errors = change(&user, GIVEN).refused(422, "invalid_input").errors();
    assert_eq!(errors["/new_password"], "password_not_changed");
    user.post("/api/v1/auth/logout", &json!({})).expect(204);
    user.get("/api/v1/me").refused(401, "invalid_token");
    let again = world.server.login("moi", GIVEN);
    again.post("/api/v1/auth/logout-everywhere", &json!({})).expect(204);
    let other = world.server.login("moi", GIVEN);
    let detail = other.clone().with("accept-language", "vi").get("/api/v1/agencies").expect(403).json["detail"].clone();
    assert!(detail.as_str().unwrap().contains("hãy đổi mật khẩu"), "{detail}");
    change(&other, PASSWORD).expect(204);
    // An own password may stay what it is.
    let own = world.server.login("moi", PASSWORD);
    let same = json!({"old_password": PASSWORD, "new_password": PASSWORD});
    own.post("/api/v1/auth/password", &same).expect(204);
}

#[on_both_engines]
fn a_password_is_given_whenever_an_administrator_sets_that_of_another(world: World) {
    given(&world.server, "moi", Role::Viewer);
    assert_eq!(told(&world, "moi"), true);
    let path = "/api/v1/users/moi";
    world.admin.patch(path, &json!({"display_name": "Người mới"})).expect(200);
    assert_eq!(told(&world, "moi"), true, "nothing else makes it an own one");
    change(&world.server.login("moi", GIVEN), PASSWORD).expect(204);
    assert_eq!(told(&world, "moi"), false);
    let own = world.server.login("moi", PASSWORD);
    let patched = world.admin.patch(path, &json!({"password": GIVEN})).expect(200);
    assert_eq!(patched.json["must_change_password"], true);
    own.get("/api/v1/me").refused(401, "invalid_token");
    world.server.login("moi", GIVEN).get("/api/v1/agencies").refused(403, "password_must_be_changed");
    // One's own is nobody else's.
    let admin = world.admin.patch("/api/v1/users/admin", &json!({"password": GIVEN})).expect(200);
    assert_eq!(admin.json["must_change_password"], false);
    world.server.login("admin", GIVEN).get("/api/v1/agencies").expect(200);
    world.server.assert_verified();
}

/// Nobody chooses the password of a machine; people have clients for machines that should not have one.
#[on_both_engines]
fn a_machine_keeps_its_given_password_and_whoever_it_becomes_does_not(world: World) {
    let machine = given(&world.server, "may", Role::Puller);
    assert_eq!(told(&world, "may"), false);
    machine.get("/api/v1/agencies").expect(200);
    world.admin.patch("/api/v1/users/may", &json!({"role": "viewer"})).expect(200);
    assert_eq!(told(&world, "may"), true);
    machine.get("/api/v1/agencies").refused(403, "password_must_be_changed");
}

#[on_both_engines]
fn an_answer_that_is_kept_is_not_given_before_the_password_is_changed(world: World) {
    let path = "/api/v1/attainments?period=2026-10&calendar=nd09";
    let own = world.server.user(Role::Viewer, None);
    let user = given(&world.server, "moi", Role::Viewer);
    for _ in 0..2 {
        own.get(path).expect(200);
    }
    user.get(path).refused(403, "password_must_be_changed");
}
