//! Sources of indicators: each says which records count, and in which part of the figure.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{World, on_both_engines};

fn exchange(world: &World, direction: &str, [total, electronic, failed]: [i64; 3]) -> Value {
    world.create(
        "document-exchanges",
        bodies::exchange("H18.1", "2026-03", total, electronic).with("direction", direction).with("failed", failed),
    )
}

fn define(world: &World, code: &str, source: Value) {
    let path = format!("/api/v1/indicators/{code}");
    let answer = world.admin.patch(&path, &json!({"source": source})).expect(200);
    assert_eq!(answer.json["source"], source);
    assert_eq!(world.admin.get(&path).expect(200).json["source"], source);
}

/// Numerator and denominator of the province's figure.
fn figure(world: &World, indicator: &str, period: &str) -> [Value; 2] {
    let answer = world.attainment(indicator, "H18", period);
    ["numerator", "denominator"].map(|part| answer[part].clone())
}

/// Code, numerator, denominator and what is left out of each record behind the province's figure.
fn behind(world: &World, indicator: &str, period: &str) -> Vec<Value> {
    let path = format!("/api/v1/attainments/{indicator}/H18/{period}/explain");
    let records = world.admin.get(&path).expect(200).json["records"].as_array().unwrap().clone();
    records.iter().map(|row| json!([row["code"], row["numerator"], row["denominator"], row["left_out"]])).collect()
}

#[on_both_engines]
fn documents_that_failed_are_part_of_the_electronic_ones_and_may_be_left_out(world: World) {
    let made = exchange(&world, "incoming", [20, 10, 10]);
    assert_eq!(figure(&world, "CT1", "2026-03"), [10, 20]);
    let path = format!("/api/v1/document-exchanges/{}", made["id"]);
    let errors = world.admin.patch(&path, &json!({"failed": 11})).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/failed").map(String::as_str), Some("failed_exceeds_electronic"));
    let errors = world.admin.patch(&path, &json!({"electronic": 9})).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/failed").map(String::as_str), Some("failed_exceeds_electronic"));
    define(&world, "CT1", json!({"kind": "document_exchanges", "numerator": "delivered", "directions": []}));
    assert_eq!(figure(&world, "CT1", "2026-03"), [0, 20]);
    world.admin.patch(&path, &json!({"failed": 3})).expect(200);
    assert_eq!(figure(&world, "CT1", "2026-03"), [7, 20]);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_document_between_two_agencies_counts_once_when_one_direction_counts(world: World) {
    exchange(&world, "incoming", [10, 8, 1]);
    exchange(&world, "outgoing", [4, 4, 0]);
    assert_eq!(figure(&world, "CT1", "2026-03"), [12, 14]);
    // Both are the same as none named.
    define(
        &world,
        "CT1",
        json!({"kind": "document_exchanges", "numerator": "electronic", "directions": ["outgoing", "incoming"]}),
    );
    assert_eq!(figure(&world, "CT1", "2026-03"), [12, 14]);
    define(&world, "CT1", json!({"kind": "document_exchanges", "numerator": "electronic", "directions": ["outgoing"]}));
    assert_eq!(figure(&world, "CT1", "2026-03"), [4, 4]);
    let left_out = json!({"reason": "direction_not_counted", "units": 10});
    assert_eq!(behind(&world, "CT1", "2026-03"), [json!([null, 0, 0, left_out]), json!([null, 4, 4, null])]);
    let twice = json!({"source": {"kind": "document_exchanges", "numerator": "electronic", "directions": ["outgoing", "outgoing"]}});
    let errors = world.admin.patch("/api/v1/indicators/CT1", &twice).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/source/directions").map(String::as_str), Some("repeated_value"));
    world.server.assert_verified();
}

#[on_both_engines]
fn the_rehearsal_asks_for_the_other_direction_only_where_it_counts(world: World) {
    exchange(&world, "outgoing", [4, 4, 0]);
    let lacking = || {
        let answer = world.admin.post("/api/v1/provincial-report/rehearse", &json!({"period": "2026-03"})).expect(200);
        answer.json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["reason"] == "one_direction")
            .count()
    };
    assert_eq!(lacking(), 1);
    define(&world, "CT1", json!({"kind": "document_exchanges", "numerator": "electronic", "directions": ["outgoing"]}));
    assert_eq!(lacking(), 0);
}

#[on_both_engines]
fn a_person_of_a_kind_that_does_not_count_is_in_neither_part(world: World) {
    for (person, kind) in [("CB", "can_bo"), ("CC", "cong_chuc"), ("VC", "vien_chuc"), ("LD", "nguoi_lao_dong")] {
        world.create("staff", bodies::staff(person, "H18.1", "2026-01-05").with("kind", kind));
    }
    world.course("K");
    world.trained("CC", "K", "2026-01-06");
    world.trained("LD", "K", "2026-01-06");
    assert_eq!(figure(&world, "CT7", "2026-03"), [2, 4]);
    let source = |kinds: Value| {
        json!({"kind": "training_records", "results": ["attended", "completed"],
                                       "course_kinds": [], "confirmed_only": false, "staff_kinds": kinds, "reported_by": "roll"})
    };
    define(&world, "CT7", source(json!(["can_bo", "cong_chuc", "vien_chuc"])));
    assert_eq!(figure(&world, "CT7", "2026-03"), [1, 3]);
    let left_out = json!({"reason": "staff_kind_not_counted", "units": 1});
    assert_eq!(
        behind(&world, "CT7", "2026-03"),
        [
            json!(["CB", 0, 1, null]),
            json!(["CC", 1, 1, null]),
            json!(["VC", 0, 1, null]),
            json!(["LD", 0, 0, left_out]),
        ]
    );
    // Nothing is lacking that does not count.
    let lacking = world.admin.get("/api/v1/attainments/CT7/H18/2026-03/explain?lacking=true").expect(200).json;
    let lacking: Vec<_> = lacking["records"].as_array().unwrap().iter().map(|row| row["code"].clone()).collect();
    assert_eq!(lacking, ["CB", "VC"]);

    // A training of somebody who does not count moves nothing; whoever changes kind comes or goes with it.
    world.course("L");
    world.trained("LD", "L", "2026-02-03");
    assert_eq!(figure(&world, "CT7", "2026-03"), [1, 3]);
    world.admin.patch("/api/v1/staff/LD", &json!({"kind": "vien_chuc"})).expect(200);
    assert_eq!(figure(&world, "CT7", "2026-03"), [2, 4]);
    world.admin.patch("/api/v1/staff/CB", &json!({"kind": "nguoi_lao_dong"})).expect(200);
    assert_eq!(figure(&world, "CT7", "2026-03"), [2, 3]);
    define(&world, "CT7", source(json!([])));
    assert_eq!(figure(&world, "CT7", "2026-03"), [2, 4]);
    world.server.assert_verified();
}
