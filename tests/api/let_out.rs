//! Events about data that was let out: every answer with names of people, and every whole export, leaves one, whatever
//! operation gave it.

use super::examples::{self, OwnSample};
use crate::contract::document::operations;
use serde_json::{Value, json};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Names that occur nowhere else in the sample.
const OF_A_PERSON: &str = "Lò Văn Dấu Vết";
const OF_A_USER: &str = "Quàng Thị Dấu Vết";
/// Operations that give a whole collection of data.
const EXPORTS: [&str; 5] =
    ["getProvincialReport", "getExportedReport", "listChanges", "reconcileCells", "listAuditEntries"];
/// Operations that begin or end sessions.
const COMING_AND_GOING: &str = "acceptInvitation logIn refreshTokens signOn logOut logOutEverywhere";

/// A user's events about data let out, by operation.
fn told(admin: &Client, username: &str) -> Vec<String> {
    let of = |kind: &str| {
        let path = format!("/api/v1/audit/events?user={username}&kind={kind}&limit=1000");
        let events = admin.get(&path).expect(200);
        events.items().iter().map(|event| event["operation"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    [of("export"), of("personal_data")].concat()
}

/// True for an answer whose content must leave an event. A name that the request itself has brought needs none.
fn lets_out(id: &str, answer: &Answer, operation: &Value) -> bool {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let brought = operation["requestBody"].to_string();
    let names = [OF_A_PERSON, OF_A_USER].iter().any(|name| text.contains(name) && !brought.contains(name));
    (200..300).contains(&answer.status) && (names || EXPORTS.contains(&id))
}

#[on_both_engines]
fn whoever_is_let_have_names_or_a_whole_export_leaves_an_event_by_whatever_operation(sample: OwnSample) {
    let (server, admin) = (&sample.0, sample.0.admin());
    admin.patch("/api/v1/staff/NV-0001", &json!({"name": OF_A_PERSON})).expect(200);
    admin.patch("/api/v1/users/admin", &json!({"display_name": OF_A_USER})).expect(200);
    let (mut untold, mut let_out) = (Vec::new(), std::collections::BTreeSet::new());
    for role in Role::ALL.iter().copied() {
        for agency in [None, Some("H18.SKHCN")] {
            let client = server.user(role, agency);
            let username = client.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
            for (path, method, operation) in operations() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                if COMING_AND_GOING.split(' ').any(|known| known == id) {
                    continue;
                }
                let asked = examples::with_headers(&client, &operation);
                let asked = if path.contains("/auth/") { asked } else { asked.with("prefer", "tx=rollback") };
                let answer = examples::send(&asked, &path, &method, &operation);
                if lets_out(&id, &answer, &operation) {
                    let_out.insert(id.clone());
                    if !told(&admin, &username).contains(&id) {
                        untold.push(format!("{id} as {role} of {agency:?}"));
                    }
                }
            }
        }
    }
    assert!(untold.is_empty(), "{}", untold.join("\n"));
    let expected = [
        "getExportedReport",
        "getProvincialReport",
        "getStaff",
        "getUser",
        "listAuditEntries",
        "listChanges",
        "listStaff",
        "listUsers",
        "reconcileCells",
        "transferStaff",
    ];
    assert_eq!(let_out.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    server.assert_verified();
}

#[on_both_engines]
fn a_steady_pull_of_the_change_log_is_one_event_and_one_that_begins_elsewhere_another(world: World) {
    let machine = world.server.machine(Role::Viewer, None, &["read", "records.read"]);
    let exports = || {
        let events = world.admin.get("/api/v1/audit/events?kind=export").expect(200);
        events.items().iter().map(|event| event["detail"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let page = |after: i64| machine.get(&format!("/api/v1/changes?after={after}&limit=2")).expect(200).json;
    let head = world.server.database().model().seq;
    assert!(head > 20, "{head}");
    let mut at = 0;
    while at < head {
        let last = page(at)["last"].as_i64().unwrap();
        // An answer that got lost is asked for again.
        assert_eq!(page(at)["last"], json!(last));
        at = last;
    }
    assert_eq!(page(at)["items"], json!([]));
    world.person("NV-1", "H18.1", "2026-01-05");
    page(at);
    assert_eq!(exports(), ["after 0, as a page"]);
    // The same reader goes on in another form, and it is still the same pull.
    let end = world.server.database().model().seq;
    let lines = machine.clone().with("accept", "application/x-ndjson");
    lines.get(&format!("/api/v1/changes?after={end}")).expect(200);
    assert_eq!(exports().len(), 1);

    page(0);
    page(7);
    assert_eq!(exports(), ["after 0, as a page", "after 0, as a page", "after 7, as a page"]);
    // Somebody else begins for themselves.
    let other = world.server.machine(Role::Viewer, None, &["read", "records.read"]);
    other.get("/api/v1/changes?after=9&limit=2").expect(200);
    assert_eq!(exports().len(), 4);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_page_of_the_change_log_on_which_there_is_nothing_is_no_export(world: World) {
    let machine = world.server.machine(Role::Puller, None, &["read"]);
    let head = world.server.database().model().seq;
    let empty = machine.get(&format!("/api/v1/changes?after={head}")).expect(200);
    assert_eq!(empty.items().len(), 0);
    assert_eq!(world.admin.get("/api/v1/audit/events?kind=export").expect(200).items().len(), 0);
}

#[on_both_engines]
fn cells_that_reconciling_gives_are_an_export_and_none_are_not(world: World) {
    let machine = world.server.machine(Role::Puller, None, &["read"]);
    let exports = || world.admin.get("/api/v1/audit/events?kind=export").expect(200).items().len();
    let nothing = json!({"digests": []});
    machine.post("/api/v1/changes/reconcile", &nothing).expect(200);
    assert_eq!(exports(), 0);
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let given = machine.post("/api/v1/changes/reconcile", &nothing).expect(200);
    assert_eq!(given.json["differing"].as_array().unwrap().len(), 1);
    assert_eq!(exports(), 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn readings_of_the_audit_are_told_once_and_then_counted(world: World) {
    let auditor = world.server.user(Role::Auditor, None);
    for _ in 0..5 {
        auditor.get("/api/v1/audit?limit=1").expect(200);
    }
    let exports = || {
        let events = world.admin.get("/api/v1/audit/events?kind=export").expect(200);
        events.items().iter().map(|event| event["times"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(exports(), [1]);
    world.server.store().tell_repeats(chrono::Utc::now() + chrono::TimeDelta::hours(1));
    support::waiting::eventually("the others are told", || (exports() == [1, 4]).then_some(()));
    world.server.assert_verified();
}
