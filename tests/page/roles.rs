//! A day's work on the page, as each role.

use super::Visitor;
use serde_json::json;
use std::collections::BTreeSet;
use support::server::create_user;
use support::{Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const REASON: &str = "Sửa theo biên bản số 12 “họp giao ban”, ngày 3/11";

#[on_both_engines]
fn every_role_finds_and_reads_and_corrects_what_it_may(world: World) {
    let declared = world.declare("CT3", "H18.20", "2026-03", 3, 10)["id"].to_string();
    for (numerator, role) in
        [(4, Role::Admin), (5, Role::Editor), (6, Role::Approver), (0, Role::Viewer), (0, Role::Auditor)]
    {
        let name = format!("ban-{role}");
        create_user(world.server.database(), &name, role);
        let Some(mut visitor) = Visitor::of(&world.server) else { return };
        visitor.log_in(&name);
        let found = visitor.find("chi tieu");
        assert!(found.contains("listIndicators") && found.contains("getIndicator"), "{role}: {found:?}");
        assert!(!found.contains("listUsers"), "{role}: {found:?}");
        assert_eq!(found, visitor.find("CHỈ  TIÊU"), "{role}");
        assert_eq!(found.contains("updateIndicator"), role == Role::Admin, "{role}: {found:?}");
        let indicator = visitor.read("getIndicator", "indicator", "CT3");
        assert_eq!(indicator["name_vi"], "Chỉ tiêu CT3", "{role}");
        if role == Role::Admin {
            let renamed = visitor.change("updateIndicator", &json!({"name_vi": "Chỉ tiêu đã sửa"}), REASON);
            assert_eq!((&renamed["code"], &renamed["name_vi"]), (&json!("CT3"), &json!("Chỉ tiêu đã sửa")));
            assert_eq!(last_reason(&world), REASON);
            visitor.change("updateIndicator", &json!({"name_vi": "Chỉ tiêu CT3"}), "Trả lại tên");
        }
        visitor.read("getObservation", "observation", &declared);
        if numerator > 0 {
            let reason = format!("{REASON} ({role})");
            let corrected = visitor.change("updateObservation", &json!({"numerator": numerator}), &reason);
            assert_eq!(corrected["numerator"], numerator, "{role}");
            assert_eq!(last_reason(&world), reason);
        } else {
            assert!(visitor.find("updateObservation").is_empty(), "{role}");
        }
        let kept = visitor.kept();
        assert!(!kept.contains("eyJ") && !kept.contains("tdr_") && kept.starts_with(r#"[{},{},"""#), "{role}: {kept}");
        visitor.browser.assert_unharmed();
    }
    world.server.assert_verified();
}

/// The reason for the last change in the log.
fn last_reason(world: &World) -> String {
    let last = world.admin.get("/api/v1/audit?limit=1&sort=-seq").expect(200).json["items"][0]["reason"].clone();
    last.as_str().unwrap_or_default().to_owned()
}

#[on_both_engines]
fn a_role_is_shown_what_the_contract_says_it_may_do_and_nothing_else(world: World) {
    let somebody = |server: &Server, username: &str| {
        let mut visitor = Visitor::of(server)?;
        visitor.log_in(username);
        Some(visitor.find("/api/v1"))
    };
    let Some(mut nobody) = Visitor::of(&world.server) else { return };
    let all: BTreeSet<_> = operations().map(|(id, _, _)| id).collect();
    assert_eq!(nobody.find("/api/v1"), all);
    drop(nobody);
    for role in [Role::Admin, Role::Editor, Role::Approver, Role::Viewer, Role::Auditor] {
        let name = format!("ban-{role}");
        create_user(world.server.database(), &name, role);
        let may: BTreeSet<_> =
            operations().filter(|(_, roles, _)| roles.contains(&role.to_string())).map(|(id, _, _)| id).collect();
        assert_eq!(somebody(&world.server, &name).unwrap(), may, "{role}");
        assert_eq!(may == all, role == Role::Admin, "{role}");
    }
    // Whoever is bounded to an agency does nothing that takes the whole province.
    let bounded = json!({"username": "can-bo-so", "role": "editor", "agency": "H18.20"});
    world.admin.make_user(&bounded);
    let may: BTreeSet<_> = operations()
        .filter(|(_, roles, whole_province)| roles.contains("editor") && !whole_province)
        .map(|(id, _, _)| id)
        .collect();
    assert_eq!(somebody(&world.server, "can-bo-so").unwrap(), may);
}

/// The operations of the contract, each with the roles that may call it, and if it takes the whole province.
fn operations() -> impl Iterator<Item = (String, BTreeSet<String>, bool)> {
    let paths = support::contract::document()["paths"].as_object().unwrap();
    paths.values().flat_map(|item| item.as_object().unwrap().values()).map(|operation| {
        let needed = &operation["x-required-roles"];
        let everybody = ["admin", "editor", "approver", "viewer", "auditor"].map(str::to_owned);
        let roles = needed["roles"].as_array().map_or_else(
            || everybody.into_iter().collect(),
            |roles| roles.iter().map(|role| role.as_str().unwrap().to_owned()).collect(),
        );
        let id = operation["operationId"].as_str().unwrap().to_owned();
        (id, roles, needed["whole_province"] == json!(true))
    })
}
