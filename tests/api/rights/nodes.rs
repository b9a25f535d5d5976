//! Rights lost on one node, used on another that has not heard of it yet.

use super::{FATES, Victim, assert_refused};
use serde_json::json;
use support::waiting::eventually;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn no_node_writes_by_a_right_that_another_one_has_taken_away(world: World) {
    for fate in FATES.into_iter().filter(|fate| fate.is_of_a_machine()) {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Editor, "H18.1");
        let key = format!("/api/v1/clients/{}/keys/{}", victim.name, victim.key);
        let last_use = || world.admin.get(&key).expect(200).json["last_used_at"].clone();
        let before = last_use();
        let node = world.server.lagging_node();
        let there = Client::new(node.url(), victim.client.token().map(str::to_owned));
        there.get("/api/v1/me").expect(200);
        // Noting it is a write, with which the other node catches up: until then it would hear of the fate.
        eventually("the use is noted", || (last_use() != before).then_some(()));
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

#[on_both_engines]
fn no_node_tells_changes_by_a_right_that_another_one_has_taken_away(world: World) {
    for fate in FATES.into_iter().filter(|fate| fate.is_of_a_machine()) {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Viewer, "H18.1");
        let node = world.server.lagging_node();
        let there = Client::new(node.url(), victim.client.token().map(str::to_owned));
        let head = world.server.database().model().seq;
        // To begin to read is an event in the log, after which the reader goes on.
        let pulled = there.get(&format!("/api/v1/changes?after={}", head - 1)).expect(200).json["last"].clone();
        let end = there.get(&format!("/api/v1/changes?after={pulled}")).expect(200).json["last"].as_i64().unwrap();
        // Noting it is a write, with which the other node catches up: until then it would hear of the fate.
        eventually("the pull is noted", || {
            let receipts = world.admin.get("/api/v1/changes/receipts").expect(200);
            let mut receipts = receipts.json["items"].as_array().unwrap().iter();
            let own = receipts.find(|receipt| receipt["username"] == victim.name.as_str())?;
            (own["pulled_seq"] == end).then_some(())
        });
        victim.meets(fate, &world.admin, "H18.1");
        world.person(&format!("NV-{}", victim.name), "H18.2", "2026-01-05");
        let page = there.get(&format!("/api/v1/changes?after={end}")).expect(200).json;
        assert_eq!((&page["items"], &page["last"], &page["head"]), (&json!([]), &json!(end), &json!(end)), "{fate:?}");
    }
}
