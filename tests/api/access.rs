//! Access to the API: tokens, roles, scopes of agencies, and names of people.

use crate::contract::document::operations;
use serde_json::json;
use support::bodies::{self, Members};
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Operations that need no access token.
const OPEN: [&str; 4] = ["acceptInvitation", "logIn", "refreshTokens", "signOn"];

/// A path with something in the place of every parameter.
pub(super) fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[on_both_engines]
fn nobody_gets_in_without_a_token(world: World) {
    let anonymous = world.server.anonymous();
    for (path, method, operation) in operations() {
        if OPEN.contains(&operation["operationId"].as_str().unwrap()) {
            continue;
        }
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let answer = anonymous.send(&method, &filled(&path), Some(kind), b"{}").refused(401, "unauthenticated");
        assert!(answer.headers["www-authenticate"].starts_with("Bearer"), "{method} {path}");
    }
}

#[on_both_engines]
fn a_wrong_or_void_token_is_refused(world: World) {
    let with = |token: &str| support::Client::new(world.server.url(), Some(token.to_owned())).get("/api/v1/me");
    let good = world.admin.token().unwrap().to_owned();
    with(&good).expect(200);
    with("garbage").refused(401, "invalid_token");
    with(&good[..good.len() - 2]).refused(401, "invalid_token");

    let leaving = world.server.user(Role::Viewer, None);
    leaving.get("/api/v1/me").expect(200);
    leaving.post("/api/v1/auth/logout", &json!({})).expect(204);
    leaving.get("/api/v1/me").refused(401, "invalid_token");

    let shut_out = world.server.user(Role::Viewer, None);
    let name = shut_out.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
    world.admin.patch(&format!("/api/v1/users/{name}"), &json!({"disabled": true})).expect(200);
    shut_out.get("/api/v1/me").refused(401, "invalid_token");
}

#[on_both_engines]
fn each_role_reads_and_writes_what_it_may(world: World) {
    let records = [
        "staff",
        "training-records",
        "document-exchanges",
        "information-systems",
        "monitoring-statuses",
        "incidents",
        "observations",
    ];
    let catalogue = [
        "agencies",
        "movements",
        "indicators",
        "targets",
        "calendars",
        "holidays",
        "periods",
        "courses",
        "attainments?period=2026-01",
        "provincial-report?period=2026-01",
    ];
    for role in Role::ALL.iter().copied() {
        let client = world.server.user(role, None);
        for resource in catalogue {
            client.get(&format!("/api/v1/{resource}")).expect(200);
        }
        for resource in records {
            client.get(&format!("/api/v1/{resource}")).expect(if role == Role::Puller { 403 } else { 200 });
        }
        client.get("/api/v1/users").expect(if role == Role::Admin { 200 } else { 403 });
        let course = bodies::course(&format!("K-{role}"), "H18.20").with("from", "2026-01-01").with("to", "2026-01-01");
        let writes = matches!(role, Role::Admin | Role::Editor | Role::Approver);
        client.post("/api/v1/courses", &course).expect(if writes { 201 } else { 403 });
        let calendar = json!({"code": format!("c-{role}"), "name_vi": "Lịch"});
        client.post("/api/v1/calendars", &calendar).expect(if role == Role::Admin { 201 } else { 403 });
    }
    let bounded = world.server.user(Role::Admin, Some("H18.20"));
    bounded.post("/api/v1/calendars", &json!({"code": "mine", "name_vi": "Lịch"})).refused(403, "forbidden");
}

#[on_both_engines]
fn an_agency_sees_and_writes_its_own_subtree_only(world: World) {
    world.person("OWN", "H18.20.1", "2026-01-01");
    world.person("OTHER", "H18.1", "2026-01-01");
    world.course("K");
    let own = world.declare("CT3", "H18.20.1", "2026-01", 1, 1);
    let other = world.declare("CT3", "H18.1", "2026-01", 1, 1);
    let editor = world.server.user(Role::Editor, Some("H18.20"));

    let codes: Vec<_> = editor.get("/api/v1/staff").expect(200).items().iter().map(|row| row["code"].clone()).collect();
    assert_eq!(codes, [json!("OWN")]);
    let agencies = editor.get("/api/v1/agencies").expect(200);
    let seen: Vec<_> = agencies.items().iter().map(|row| row["identifier"].as_str().unwrap()).collect();
    assert_eq!(seen, ["H18.20", "H18.20.1", "H18.20.2"]);
    assert_eq!(editor.get("/api/v1/observations").expect(200).items().len(), 1);
    editor.get(&format!("/api/v1/observations/{}", own["id"])).expect(200);

    // Another agency's item and a missing one look alike.
    let hidden = editor.get(&format!("/api/v1/observations/{}", other["id"])).refused(404, "not_found");
    let missing = editor.get("/api/v1/observations/999999").refused(404, "not_found");
    assert_eq!(hidden.told(), missing.told());
    editor.get("/api/v1/staff/OTHER").refused(404, "not_found");
    editor.get("/api/v1/agencies/H18.1").refused(404, "not_found");
    editor.get("/api/v1/attainments/CT3/H18/2026-01").refused(404, "not_found");
    editor.get("/api/v1/attainments/CT3/H18.20/2026-01").expect(200);
    editor.delete(&format!("/api/v1/observations/{}", other["id"])).refused(404, "not_found");
    editor
        .patch(&format!("/api/v1/observations/{}", own["id"]), &json!({"agency": "H18.1"}))
        .refused(422, "invalid_input");

    let training = |person: &str| bodies::training(person, "K", "2026-02-01");
    let refused = editor.post("/api/v1/training-records", &training("OTHER")).refused(422, "invalid_input");
    let unknown = editor.post("/api/v1/training-records", &training("NOBODY")).refused(422, "invalid_input");
    assert_eq!(refused.errors(), unknown.errors());
    editor.post("/api/v1/training-records", &training("OWN")).expect(201);
    let report = editor.get("/api/v1/provincial-report?period=2026-01").expect(200).json;
    assert!(
        report["attainments"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["agency"].as_str().unwrap().starts_with("H18.20"))
    );
}
