//! Receipts: the position each puller has been given, and the one it has acknowledged.

use serde_json::json;
use support::waiting::eventually;
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn administrators_see_how_far_each_credential_has_come_and_how_far_behind_it_is(world: World) {
    let machine = world.server.user(Role::Puller, None);
    let name = machine.get("/api/v1/me").expect(200).json["username"].clone();
    let receipt = || {
        let rows = world.admin.get("/api/v1/changes/receipts").expect(200).items().clone();
        rows.into_iter().find(|row| row["username"] == name)
    };
    assert_eq!(receipt(), None);
    let page = machine.get("/api/v1/changes?limit=5").expect(200).json;
    // It is noted by and by: nobody who pulls waits for it.
    let given = eventually("it has pulled", receipt);
    assert_eq!(
        (&given["pulled_seq"], &given["acknowledged_seq"], &given["behind"]),
        (&json!(5), &json!(null), &page["head"])
    );

    let confirmed = machine.post("/api/v1/changes/receipts", &json!({"seq": 5})).expect(200).json;
    let head = world.server.database().model().seq;
    assert_eq!(confirmed, json!({"seq": 5, "head": head, "behind": head - 5}));
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let known = receipt().expect("it has acknowledged");
    assert_eq!((&known["acknowledged_seq"], &known["behind"]), (&json!(5), &json!(head + 1 - 5)));
    let told = given["pulled_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!((chrono::Utc::now() - told).num_seconds().abs() < 60);
    assert_eq!(world.server.database().model().seq, head + 1, "receipts are not changes");
}

#[on_both_engines]
fn nobody_acknowledges_what_there_is_not(world: World) {
    let beyond = world.server.database().model().seq + 1;
    let errors = world.admin.post("/api/v1/changes/receipts", &json!({"seq": beyond})).expect(422).errors();
    assert_eq!(errors.get("/seq").map(String::as_str), Some("unknown_seq"));
    world.server.user(Role::Puller, None).get("/api/v1/changes/receipts").refused(403, "forbidden");
}
