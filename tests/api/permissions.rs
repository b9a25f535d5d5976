//! Permissions, operation by operation, and the rows that an agency sees of others.

use super::cases::{CASES, furnish};
use crate::contract::document::operations;
use serde_json::{Value, json};
use support::bodies;
use support::server::PASSWORD;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Resources of the catalogue: administrators of the whole province manage them.
const CATALOGUE: &[&str] = &[
    "agencies",
    "movements",
    "indicators",
    "targets",
    "periods",
    "calendars",
    "holidays",
    "users",
    "clients",
    "export-profiles",
];

/// Operations of an agency's administrators and approvers, closed to editors.
const APPROVING: &[&str] = &[
    "POST /api/v1/locks",
    "POST /api/v1/corrections/{correction}/approve",
    "POST /api/v1/corrections/{correction}/reject",
    "POST /api/v1/staff/{code}/erasure",
];

fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Sends `{}` to every operation that writes; the statuses by address.
fn tried(client: &Client) -> Vec<(String, String, u16)> {
    let mut tried = Vec::new();
    for (path, method, _) in operations() {
        // Questions that are sent, and what a reader says of itself, write nothing of the province's.
        let own = ["/rehearse", "/reconcile", "/what-if", "/receipts"].iter().any(|end| path.ends_with(end));
        if method == "GET" || path.contains("/auth/") || path.ends_with("/invitations/accept") || own {
            continue;
        }
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let answer = client.send(&method, &filled(&path), Some(kind), b"{}");
        let resource = path.split('/').nth(3).unwrap().to_owned();
        tried.push((resource, format!("{method} {path}"), answer.status));
    }
    tried
}

/// The row with another agency wherever it names one.
fn moved(body: &Value, to: &str) -> Value {
    serde_json::from_str(
        &body.to_string().replace("\"H18.1\"", &format!("\"{to}\"")).replace("\"H18.20\"", &format!("\"{to}\"")),
    )
    .unwrap()
}

#[on_both_engines]
fn readers_and_machines_write_nothing_at_all(world: World) {
    for role in [Role::Viewer, Role::Auditor, Role::Puller] {
        let client = world.server.user(role, None);
        let before = world.server.seq();
        for (_, operation, status) in tried(&client) {
            assert_eq!(status, 403, "{role}: {operation}");
        }
        assert_eq!(world.server.seq(), before);
    }
}

#[on_both_engines]
fn writers_and_bounded_administrators_leave_the_catalogue_alone(world: World) {
    for (role, agency) in
        [(Role::Editor, None), (Role::Approver, None), (Role::Admin, Some("H18")), (Role::Admin, Some("H18.20"))]
    {
        let client = world.server.user(role, agency);
        let before = world.server.seq();
        for (resource, operation, status) in tried(&client) {
            let managed = CATALOGUE.contains(&resource.as_str()) || operation == "DELETE /api/v1/locks/{lock}";
            let approving = role == Role::Editor && APPROVING.contains(&operation.as_str());
            assert_eq!(status == 403, managed || approving, "{role} of {agency:?}: {operation} → {status}");
        }
        assert_eq!(world.server.seq(), before);
        client.get("/api/v1/users").refused(403, "forbidden");
    }
}

#[on_both_engines]
fn a_machine_reads_aggregates_and_the_catalogue_but_no_person(world: World) {
    furnish(&world);
    let client = world.server.user(Role::Puller, None);
    for path in [
        "staff",
        "staff/P0",
        "training-records",
        "training-records/1",
        "incidents",
        "incidents/1",
        "observations/1",
        "document-exchanges/1",
        "information-systems/S0",
        "monitoring-statuses/1",
        "users",
        "users/admin",
    ] {
        client.get(&format!("/api/v1/{path}")).refused(403, "forbidden");
    }
    for path in [
        "me",
        "agencies/H18",
        "movements/M",
        "movements/M/phases",
        "movements/M/phases/II",
        "indicators/CT1",
        "calendars/nd09",
        "courses/C0",
        "attainments/CT7/H18/2026-01",
        "attainments/CT7/H18/series?from=2026-01&to=2026-02",
        "periods/resolve?date=2026-01-15",
    ] {
        client.get(&format!("/api/v1/{path}")).expect(200);
    }
    let report = client.get("/api/v1/provincial-report?period=2026-01").expect(200);
    assert!(!String::from_utf8_lossy(&report.body).contains("\"P0\""));
}

#[on_both_engines]
fn every_list_shows_an_agency_only_what_is_below_it(world: World) {
    furnish(&world);
    world.person("Q0", "H18.20.1", "2025-01-01");
    world.create("information-systems", bodies::system("T0", "H18.20.1", "2025-01-01"));
    let bounded = [
        "agencies",
        "targets",
        "staff",
        "training-records",
        "information-systems",
        "monitoring-statuses",
        "incidents",
        "observations",
        "document-exchanges",
    ];
    let editor = world.server.user(Role::Editor, Some("H18.20"));
    for case in CASES.iter().filter(|case| bounded.contains(&case.list)) {
        let own =
            moved(&(case.body)(0), "H18.20.1").to_string().replace("\"P0\"", "\"Q0\"").replace("\"S0\"", "\"T0\"");
        let mut own: Value = serde_json::from_str(&own).unwrap();
        let mut theirs = moved(&(case.body)(1), "H18.1");
        if case.list == "agencies" {
            own["predecessors"] = json!([]);
            theirs["predecessors"] = json!([]);
        }
        let own = world.create(case.list, own);
        let theirs = world.create(case.list, theirs);
        let listed = editor.get(&format!("{}?limit=1000", case.all())).expect(200);
        let ids: Vec<_> = listed.items().iter().map(|row| row["id"].clone()).collect();
        assert!(ids.contains(&own["id"]) && !ids.contains(&theirs["id"]), "{}", case.list);
        assert_eq!(editor.get(&case.path(&own)).expect(200).json["id"], own["id"]);
        editor.get(&case.path(&theirs)).refused(404, "not_found");
        if CATALOGUE.contains(&case.list) {
            continue;
        }
        let before = world.server.seq();
        editor.patch(&case.path(&theirs), &json!({})).refused(404, "not_found");
        editor.delete(&case.path(&theirs)).refused(404, "not_found");
        let errors = editor.get(&format!("{}?agency=H18.1", case.all())).refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/agency").map(String::as_str), Some("unknown_agency"), "{}", case.list);
        // Another agency's person, system or agency looks like one that does not exist.
        let refused = editor.post(&case.all(), &moved(&(case.body)(2), "H18.1")).refused(422, "invalid_input");
        let codes = refused.errors().into_values().collect::<Vec<_>>();
        assert!(codes.iter().all(|code| code.starts_with("unknown_")), "{}: {codes:?}", case.list);
        assert_eq!(world.server.seq(), before);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn an_editor_takes_nobody_from_another_agency_and_gives_nobody_away(world: World) {
    furnish(&world);
    world.person("Q0", "H18.20.1", "2025-01-01");
    let editor = world.server.user(Role::Editor, Some("H18.20"));
    let before = world.server.seq();
    let on = json!({"agency": "H18.20.2", "on": "2026-02-01"});
    editor.post("/api/v1/staff/P0/transfers", &on).refused(404, "not_found");
    editor.post("/api/v1/information-systems/S0/transfers", &on).refused(404, "not_found");
    let away = json!({"agency": "H18.1", "on": "2026-02-01"});
    let errors = editor.post("/api/v1/staff/Q0/transfers", &away).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/agency").map(String::as_str), Some("unknown_agency"));
    let tenures = json!({"tenures": [{"agency": "H18.1", "from": "2025-01-01"}]});
    editor.patch("/api/v1/staff/Q0", &tenures).refused(422, "invalid_input");
    editor.patch("/api/v1/courses/C0", &json!({"organiser": "H18.1"})).refused(422, "invalid_input");
    editor.delete("/api/v1/staff/P0/name").refused(404, "not_found");
    assert_eq!(world.server.seq(), before);
    editor.post("/api/v1/staff/Q0/transfers", &on).expect(200);
}

#[on_both_engines]
fn a_stay_elsewhere_is_history_an_editor_must_keep(world: World) {
    world.create(
        "staff",
        json!({"code": "Q", "kind": "can_bo", "tenures": [
        {"agency": "H18.1", "from": "2025-01-01", "to": "2025-12-31"}, {"agency": "H18.20.1", "from": "2026-01-01"}]}),
    );
    let editor = world.server.user(Role::Editor, Some("H18.20"));
    let tenures = json!({"tenures": [{"agency": "H18.20.1", "from": "2025-06-01"}]});
    let errors = editor.patch("/api/v1/staff/Q", &tenures).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/tenures").map(String::as_str), Some("tenure_outside_scope"));
    editor.delete("/api/v1/staff/Q").refused(409, "tenure_outside_scope");
    editor.patch("/api/v1/staff/Q", &json!({"kind": "vien_chuc"})).expect(200);
}

#[on_both_engines]
fn a_new_password_voids_old_tokens_and_old_passwords(world: World) {
    let client = world.server.user(Role::Viewer, None);
    let name = client.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/users/{name}");
    world.admin.patch(&path, &json!({"display_name": "Tên"})).expect(200);
    client.get("/api/v1/me").expect(200);
    let errors = world.admin.patch(&path, &json!({"password": "ngan"})).refused(422, "invalid_input").errors();
    assert!(errors.contains_key("/password"), "{errors:?}");
    client.get("/api/v1/me").expect(200);
    world.admin.patch(&path, &json!({"password": "mot-mat-khau-moi-rat-dai"})).expect(200);
    client.get("/api/v1/me").refused(401, "invalid_token");
    let credentials = |password: &str| json!({"username": name, "password": password});
    let anonymous = world.server.anonymous();
    anonymous.post("/api/v1/auth/login", &credentials(PASSWORD)).refused(401, "wrong_credentials");
    world.server.login(&name, "mot-mat-khau-moi-rat-dai").get("/api/v1/me").expect(200);
    world.admin.patch(&path, &json!({"disabled": true})).expect(200);
    let refused = anonymous.post("/api/v1/auth/login", &credentials("mot-mat-khau-moi-rat-dai"));
    let unknown = anonymous.post("/api/v1/auth/login", &json!({"username": "ai", "password": "x"}));
    assert_eq!(refused.told(), unknown.told());
}

#[on_both_engines]
fn a_changed_role_or_scope_counts_at_once(world: World) {
    let client = world.server.user(Role::Editor, None);
    let name = client.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/users/{name}");
    world.admin.patch(&path, &json!({"agency": "H18.1"})).expect(200);
    client.get("/api/v1/agencies/H18.2").refused(404, "not_found");
    assert_eq!(client.get("/api/v1/me").expect(200).json["agency"], "H18.1");
    world.admin.patch(&path, &json!({"role": "puller"})).expect(200);
    client.get("/api/v1/staff").refused(403, "forbidden");
}

#[on_both_engines]
fn somebody_can_always_administer(world: World) {
    for change in [json!({"disabled": true}), json!({"role": "viewer"}), json!({"agency": "H18"})] {
        world.admin.patch("/api/v1/users/admin", &change).refused(409, "last_admin");
    }
    world.server.user(Role::Admin, Some("H18"));
    world.admin.patch("/api/v1/users/admin", &json!({"disabled": true})).refused(409, "last_admin");
    world.server.user(Role::Admin, None);
    world.admin.patch("/api/v1/users/admin", &json!({"role": "viewer"})).expect(200);
}

#[on_both_engines]
fn a_password_is_never_answered(world: World) {
    let answer = world.admin.post("/api/v1/users", &bodies::user("u")).expect(201);
    for answer in [answer, world.admin.get("/api/v1/users/u").expect(200), world.admin.get("/api/v1/users").expect(200)]
    {
        // That it must be changed tells nothing of it.
        let text = String::from_utf8_lossy(&answer.body).replace("must_change_password", "");
        assert!(!text.contains(PASSWORD) && !text.contains("argon2") && !text.contains("password"), "{text}");
    }
}

#[on_both_engines]
fn only_a_bearer_token_is_taken(world: World) {
    let token = world.admin.token().unwrap().to_owned();
    let anonymous = world.server.anonymous();
    for value in [format!("Basic {token}"), token.clone(), "Bearer".to_owned()] {
        anonymous.clone().with("authorization", &value).get("/api/v1/me").refused(401, "unauthenticated");
    }
    anonymous.clone().with("authorization", &format!("bearer {token}")).get("/api/v1/me").expect(200);
    world
        .admin
        .clone()
        .with("authorization", &format!("Bearer {token}"))
        .get("/api/v1/me")
        .refused(401, "invalid_token");
}
