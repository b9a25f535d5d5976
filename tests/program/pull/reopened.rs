//! Reopenings and errata are pulled like all other rows.

use super::copy::{Copy, assert_same};
use super::pulled;
use serde_json::json;
use support::bodies;
use support::program::pull;
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn errata_of_cells_and_of_answers_are_pulled_with_the_reopening_they_rest_on(world: World) {
    let figure = format!("/api/v1/observations/{}", world.declare("CT3", "H18.1", "2026-03", 3, 4)["id"]);
    let lock = world.create("locks", bodies::lock("2026-03", "H18"));
    let reasoned = world.admin.clone().with("change-reason", "Giao lại mục tiêu");
    reasoned.delete(&format!("/api/v1/locks/{}", lock["id"])).expect(204);
    world.admin.patch(&figure, &json!({"numerator": 4})).expect(200);
    let target = world.admin.get("/api/v1/targets?indicator=CT3").expect(200).items()[0]["id"].clone();
    world.admin.patch(&format!("/api/v1/targets/{target}"), &json!({"value": {"numerator": 50}})).expect(200);
    let machine = world.server.machine(Role::Puller, None, &["read"]);
    for (client, role) in [(&world.admin, Role::Admin), (&machine, Role::Puller)] {
        let copy = Copy::new();
        pulled(&mut pull(&world.server.url(), &copy.path, client.token()));
        assert_same(&copy, client, world.server.database(), role);
        let kept = "SELECT json_array(COUNT(*), SUM(json ->> '$.period' = '2026-03')) AS value FROM rows WHERE resource = 'errata'";
        // One of the figure, and one for each agency whose answer the target judges.
        assert_eq!(copy.ask(kept), [json!([7, 6])], "{role}");
    }
}
