//! Rights lost on one node, used on another that has not heard of it yet.

use super::{FATES, Victim, assert_refused};
use serde_json::json;
use support::waiting::eventually;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

on_both_engines! {
    fn no_node_writes_by_a_right_that_another_one_has_taken_away(world: World) {
        for fate in FATES.into_iter().filter(|fate| fate.is_of_a_machine()) {
            let victim = Victim::of(fate, &world.server, &world.admin, Role::Editor, "H18.1");
            let node = world.server.lagging_node();
            let there = Client::new(node.url(), victim.client.token().map(str::to_owned));
            there.get("/api/v1/me").expect(200);
            let key = format!("/api/v1/clients/{}/keys/{}", victim.name, victim.key);
            // Noting it is a write, with which the other node catches up.
            eventually("the use is noted", || {
                (!world.admin.get(&key).expect(200).json["last_used_at"].is_null()).then_some(())
            });
            victim.meets(fate, &world.admin, "H18.1");
            there.get("/api/v1/me").expect(200);
            let course = json!({"code": victim.name, "name": "Khóa", "kind": "awareness", "form": "online", "hours": 4,
                                "from": "2026-02-01", "to": "2026-02-02", "organiser": "H18.20"});
            let answer = there.post("/api/v1/courses", &course);
            // It may have heard by now: who was demoted is then refused before the write.
            if answer.json["code"] != "forbidden" {
                assert_refused(fate, "createCourse", answer.status, &answer.json);
            }
            world.admin.get(&format!("/api/v1/courses/{}", victim.name)).refused(404, "not_found");
        }
        world.server.assert_verified();
    }
}
