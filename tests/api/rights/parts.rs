//! Rights lost between the parts of a batch in `partial` mode.

use super::{FATES, Fate, Lock, Victim, assert_refused};
use crate::database::fixture::Tables;
use serde_json::{Value, json};
use support::waiting::eventually;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Rows of a part, where rows are written one by one.
const PART: i64 = 100;

#[on_both_engines]
fn whoever_loses_rights_between_two_parts_of_a_batch_gets_no_further(world: World) {
    let mut known = 0;
    for fate in FATES {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Editor, "H18.1");
        let rows: Vec<_> = (0..3 * PART).map(|number| course(&victim.name, number)).collect();
        if fate.is_of_a_machine() {
            // Noting the use of a key is a write, too, and not the first part.
            victim.client.get("/api/v1/me").expect(200);
            let key = format!("/api/v1/clients/{}/keys/{}", victim.name, victim.key);
            let used = || world.admin.get(&key).expect(200).json["last_used_at"].as_str().map(drop);
            eventually("the use is noted", used);
        }
        let answer = stopped(&world, fate, &victim, "/api/v1/courses/batch?mode=partial", rows);
        assert_refused(fate, "batchCourses", answer.status, &answer.json);
        known += PART;
        assert_eq!(courses(&world.admin), known, "{fate:?}");
    }
    world.server.assert_verified();
}

/// The answer to a batch whose sender loses rights while its first part is written.
fn stopped(world: &World, fate: Fate, victim: &Victim, path: &str, rows: Vec<Value>) -> Answer {
    let writer = world.server.database().writer();
    // Writes that were queued already go before the batch.
    world.admin.patch("/api/v1/agencies/H18.1", &json!({})).expect(200);
    let lock = Lock::of(&world.server);
    std::thread::scope(|scope| {
        let batch = scope.spawn(|| victim.client.post(path, &Value::Array(rows)));
        eventually("the writer has begun with the first part", || writer.busy());
        let befalls = scope.spawn(|| victim.meets(fate, &world.admin, "H18.1"));
        eventually("the loss is queued", || (writer.waiting() == 1).then_some(()));
        lock.let_go();
        befalls.join().unwrap();
        batch.join().unwrap()
    })
}

#[on_both_engines]
fn an_administrator_who_loses_rights_between_two_parts_creates_no_more_users(world: World) {
    let mut tables = Tables::of(world.server.place());
    for fate in FATES.into_iter().filter(|fate| !fate.is_of_a_machine()) {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Admin, "H18.1");
        let row = |number| json!({"username": format!("{}-{number}", victim.name), "role": "viewer"});
        let rows = (0..3 * PART).map(row).collect();
        let answer = stopped(&world, fate, &victim, "/api/v1/users/batch?mode=create,partial", rows);
        assert_refused(fate, "batchUsers", answer.status, &answer.json);
        assert_eq!(tables.count(&format!("users WHERE username LIKE '{}-%'", victim.name)), PART, "{fate:?}");
        // Nobody has a secret of those who were created: they are invited anew.
        let path = format!("/api/v1/users/{}-0/invitation", victim.name);
        assert!(world.admin.send("POST", &path, None, b"").expect(200).json["secret"].is_string());
    }
    world.server.assert_verified();
}

pub(super) fn course(prefix: &str, number: i64) -> Value {
    json!({"code": format!("{prefix}-{number}"), "name": "Khóa", "kind": "awareness", "form": "online", "hours": 4,
           "from": "2026-02-01", "to": "2026-02-02", "organiser": "H18.20"})
}

fn courses(admin: &Client) -> i64 {
    let counted = admin.clone().with("prefer", "count=exact").get("/api/v1/courses?limit=1").expect(200);
    counted.json["total"].as_i64().unwrap()
}
