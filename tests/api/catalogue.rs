//! The catalogue in memory: rows that changes leave are put into the one there was, whoever has made the changes.

use serde_json::{Value, json};
use support::bodies;
use support::client::Client;
use support::{World, on_both_engines};

/// All that is listed of the catalogue.
fn told(client: &Client) -> Vec<Value> {
    let lists = [
        "agencies",
        "calendars",
        "corrections",
        "export-profiles",
        "holidays",
        "indicators",
        "locks",
        "movements",
        "targets",
    ];
    let lists = lists.iter().map(|list| format!("/api/v1/{list}"));
    let others = ["/api/v1/movements/M/phases", "/api/v1/attainments?period=2026-03&subtree=true"];
    let paths = lists.chain(others.map(str::to_owned));
    paths.map(|path| client.get(&path).expect(200).json["items"].clone()).collect()
}

#[on_both_engines]
fn a_catalogue_brought_forward_is_the_one_that_another_node_reads_anew(world: World) {
    let (admin, behind) = (&world.admin, world.server.lagging_node());
    world.agency("H18.21", "so_nganh", Some("H18"));
    world.agency("H18.22", "so_nganh", Some("H18"));
    let merged = json!({"identifier": "H18.23", "name_vi": "Sở", "kind": "so_nganh", "parent": "H18",
                        "valid_from": "2026-01-01", "predecessors": ["H18.22", "H18.21"]});
    world.create("agencies", merged);
    world.agency("H18.24", "so_nganh", Some("H18"));
    admin.delete("/api/v1/agencies/H18.24").expect(204);
    world.create("calendars", json!({"code": "thu", "name_vi": "Thử", "closing_day": 20}));
    world.create("holidays", bodies::holiday("2026-09-02"));
    world.declare("CT3", "H18.1", "2026-03", 4, 5);
    admin.patch("/api/v1/indicators/CT3", &json!({"name_vi": "Tên khác"})).expect(200);
    admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    // The other node learns of all that as it writes, and this one learns of its change.
    behind.admin().patch("/api/v1/agencies/H18.21", &json!({"name_en": "Department"})).expect(200);
    let anew = world.server.lagging_node();
    assert_eq!(told(&behind.admin()), told(&anew.admin()));
    let lock = bodies::lock("2026-Q1", "H18");
    world.create("locks", lock);
    let anew = world.server.lagging_node();
    assert_eq!(told(admin), told(&anew.admin()));
    let shown = admin.get("/api/v1/agencies/H18.21").expect(200).json;
    assert_eq!(shown["name_en"], "Department");
    world.server.assert_verified();
}

#[on_both_engines]
fn predecessors_are_listed_by_identity_now_and_then_whatever_order_they_came_in(world: World) {
    world.agency("H18.22", "so_nganh", Some("H18"));
    world.agency("H18.21", "so_nganh", Some("H18"));
    let merged = json!({"identifier": "H18.23", "name_vi": "Sở", "kind": "so_nganh", "parent": "H18",
                        "valid_from": "2026-01-01", "predecessors": ["H18.21", "H18.22"]});
    let created = world.create("agencies", merged);
    let path = format!("/api/v1/agencies/H18.23?asOf={}", created["id"]);
    for path in ["/api/v1/agencies/H18.23", &path] {
        assert_eq!(world.admin.get(path).expect(200).json["predecessors"], json!(["H18.22", "H18.21"]), "{path}");
    }
    world.server.assert_verified();
}
