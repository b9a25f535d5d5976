//! Reconciling: a puller sends digests of its cells, and gets only the cells that differ.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::digests::{hexadecimal, lines};
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn a_digest_that_is_none_is_refused(world: World) {
    let digest = json!({"indicator": 1, "calendar": 1, "month": "2026-10", "digest": "E".repeat(64)});
    let refusal = world.admin.post("/api/v1/changes/reconcile", &json!({"digests": [digest]})).expect(422);
    assert_eq!(refusal.errors()["/digests/0/digest"], "invalid_hash");
}

#[on_both_engines]
fn only_what_differs_is_answered_and_then_nothing_does(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    world.declare("CT3", "H18.2", "2026-10", 3, 4);
    world.declare("CT4", "H18.2", "2026-09", 5, 6);
    let seq = world.server.database().model().seq;
    let ask = |digests: Vec<Value>| {
        world.admin.post("/api/v1/changes/reconcile", &json!({"seq": seq, "digests": digests})).expect(200).json["differing"].as_array().unwrap().clone()
    };
    let everything = ask(Vec::new());
    let mut copy: BTreeMap<String, Value> = everything.iter().map(|part| (key(part), part.clone())).collect();
    assert!(copy.len() >= 4, "{everything:?}");
    let digests = |copy: &BTreeMap<String, Value>| copy.values().map(named).collect::<Vec<_>>();
    assert_eq!(ask(digests(&copy)), Vec::<Value>::new());

    // One value is another, one part is not there, and one is too many.
    let wrong = everything.iter().find(|part| part["cells"].as_array().unwrap().len() == 2).unwrap().clone();
    copy.get_mut(&key(&wrong)).unwrap()["cells"][1]["numerator"] = json!(99);
    let lost = everything
        .iter()
        .find(|part| part["month"] == "2026-09" && part["cells"][0]["numerator"] == 5)
        .unwrap()
        .clone();
    copy.remove(&key(&lost));
    let mut more = wrong.clone();
    more["month"] = json!("2026-05");
    more["cells"][0]["month"] = json!("2026-05");
    copy.insert(key(&more), more.clone());
    let differing = ask(digests(&copy));
    let mut expected = [wrong.clone(), lost];
    expected.sort_by_key(key);
    assert_eq!(differing[..2].iter().map(key).collect::<Vec<_>>(), expected.iter().map(key).collect::<Vec<_>>());
    assert!(expected.iter().all(|part| differing.contains(part)));
    assert_eq!((&differing[2]["month"], &differing[2]["cells"], differing.len()), (&json!("2026-05"), &json!([]), 3));
}

#[on_both_engines]
fn it_compares_as_of_the_position_that_is_named(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let seq = world.server.database().model().seq;
    let ask = |seq: i64, digests: &[Value]| {
        world.admin.post("/api/v1/changes/reconcile", &json!({"seq": seq, "digests": digests})).expect(200).json
    };
    let copy: Vec<_> = ask(seq, &[])["differing"].as_array().unwrap().iter().map(named).collect();
    world.declare("CT3", "H18.2", "2026-10", 1, 2);
    assert_eq!(ask(seq, &copy), json!({"seq": seq, "differing": []}));
    assert_eq!(ask(seq + 1, &copy)["differing"].as_array().unwrap().len(), 1);
}

#[on_both_engines]
fn a_node_that_lags_behind_answers_for_every_position_of_the_log(world: World) {
    let lagging = world.server.lagging_node();
    let (here, there) = (&world.admin, lagging.admin());
    let reached = lagging.database().model().seq;
    let declared = world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let seq = world.server.database().model().seq;
    let compare =
        |client: &Client, seq: i64| client.post("/api/v1/changes/reconcile", &json!({"seq": seq, "digests": []}));
    for path in ["attainments/CT3/H18/2026-10".to_owned(), format!("observations/{}", declared["id"])] {
        let path = format!("/api/v1/{path}?asOf={seq}");
        assert_eq!(there.get(&path).expect(200).json, here.get(&path).expect(200).json);
    }
    assert!(reached < seq && lagging.database().model().seq == reached, "it lagged behind all the time");
    // Giving cells writes an event, and with it the node catches up, but the answer is made before.
    assert_eq!(compare(&there, seq).expect(200).json, compare(here, seq).expect(200).json);
    assert_eq!(there.get(&format!("/api/v1/changes?after={seq}")).expect(200).json["head"], seq);
    let errors = compare(&there, seq + 1).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/seq").map(String::as_str), Some("unknown_seq"));
    let errors = there.get(&format!("/api/v1/agencies/H18?asOf={}", seq + 1)).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/asOf").map(String::as_str), Some("as_of_in_future"));
}

#[on_both_engines]
fn it_stays_within_the_callers_scope(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    world.declare("CT3", "H18.2", "2026-10", 3, 4);
    let commune = world.server.user(Role::Puller, Some("H18.2"));
    let differing =
        commune.post("/api/v1/changes/reconcile", &json!({"digests": []})).expect(200).json["differing"].clone();
    let agency = world.admin.get("/api/v1/agencies/H18.2").expect(200).id();
    let cells: Vec<_> =
        differing.as_array().unwrap().iter().flat_map(|part| part["cells"].as_array().unwrap()).collect();
    assert!(!cells.is_empty() && cells.iter().all(|cell| cell["agency"] == agency));
}

fn key(part: &Value) -> String {
    format!("{:>9} {:>9} {}", part["indicator"], part["calendar"], part["month"])
}

/// A part with the digest that the contract describes.
fn named(part: &Value) -> Value {
    let digest = hexadecimal(lines(&part["cells"]).as_bytes());
    json!({"indicator": part["indicator"], "calendar": part["calendar"], "month": part["month"], "digest": digest})
}
