//! Answers of a node that lags behind: `Prefer: wait` has it look at the end of the log first.

use serde_json::json;
use support::server::PASSWORD;
use support::{World, on_both_engines};

on_both_engines! {
    fn a_node_that_is_asked_to_wait_reflects_every_commit_before(world: World) {
        let behind = world.server.lagging_node();
        let client = behind.login("admin", PASSWORD);
        let of_figure = "/api/v1/attainments/CT5/H18.1/2026-02";
        let before = client.get(of_figure).expect(200);
        world.declare("CT5", "H18.1", "2026-02", 1, 2);
        assert_eq!(client.get(of_figure).expect(200).json, before.json, "it has not heard of it");
        let fresh = client.clone().with("prefer", "wait=5").get(of_figure).expect(200);
        assert_eq!(fresh.headers["preference-applied"], "wait=5");
        assert_ne!(fresh.json, before.json);
        assert_eq!(fresh.json, world.admin.get(of_figure).expect(200).json);
    }

    fn a_user_made_at_one_node_can_come_in_at_another_that_waits(world: World) {
        let behind = world.server.lagging_node();
        let user = json!({"username": "moi", "role": "viewer", "password": PASSWORD});
        world.admin.post("/api/v1/users", &user).expect(201);
        let credentials = json!({"username": "moi", "password": PASSWORD});
        behind.anonymous().with("prefer", "wait=5").post("/api/v1/auth/login", &credentials).expect(200);
    }

    fn waiting_goes_with_other_preferences(world: World) {
        let strict = world.admin.clone().with("prefer", "count=exact, wait=5, handling=strict");
        let list = strict.get("/api/v1/agencies").expect(200);
        assert_eq!(list.headers["preference-applied"], "count=exact, handling=strict, wait=5");
        let tried = world.admin.clone().with("prefer", "tx=rollback, wait=5");
        let tried = tried.post("/api/v1/calendars", &json!({"code": "thu", "name_vi": "Thử"})).expect(201);
        assert_eq!(tried.headers["preference-applied"], "tx=rollback, wait=5");
        let endless = world.admin.clone().with("prefer", "wait=soon, handling=strict");
        endless.get("/api/v1/agencies").refused(400, "unknown_preference");
    }
}
