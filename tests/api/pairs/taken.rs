//! Codes that are taken: the one fact that is told of another agency's rows. Each such refusal leaves an event, dry
//! runs included.

use super::ground::Ground;
use serde_json::{Value, json};
use support::bodies;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

fn person(code: &str) -> Value {
    bodies::staff(code, "H18.1", "2026-01-05")
}

fn system(code: &str) -> Value {
    bodies::system(code, "H18.1", "2026-01-01")
}

/// Operation, detail and number of an event.
fn what(event: &Value) -> (Value, Value, Value) {
    (event["operation"].clone(), event["detail"].clone(), event["times"].clone())
}

/// The event of the caller in H18.1 after a refusal for some taken codes.
fn event(operation: &str, codes: i64) -> (Value, Value, Value) {
    (json!(operation), json!("scope: H18.1"), json!(codes))
}

fn events(world: &World) -> Vec<(Value, Value, Value)> {
    world.admin.get("/api/v1/audit/events?kind=code_taken").expect(200).items().iter().map(what).collect()
}

/// An operation, and the request that makes it.
type Way<'a> = (&'static str, Box<dyn Fn() -> Answer + 'a>);

/// Every way in which a row can be given a code.
fn ways<'a>(client: &'a Client, codes: [&'a str; 2]) -> Vec<Way<'a>> {
    let [staff, systems] = codes;
    let many = |path: &'static str, mode: &'static str, row: Value| -> Box<dyn Fn() -> Answer + 'a> {
        Box::new(move || client.post(&format!("/api/v1/{path}/batch?mode={mode}"), &json!([row])))
    };
    let mut all: Vec<Way<'a>> = vec![
        ("createStaff", Box::new(move || client.post("/api/v1/staff", &person(staff)))),
        ("updateStaff", Box::new(move || client.patch("/api/v1/staff/NV-1", &json!({"code": staff})))),
        ("createInformationSystem", Box::new(move || client.post("/api/v1/information-systems", &system(systems)))),
        (
            "updateInformationSystem",
            Box::new(move || client.patch("/api/v1/information-systems/HT-1", &json!({"code": systems}))),
        ),
    ];
    for mode in ["create", "upsert", "create,partial", "partial"] {
        all.push(("batchStaff", many("staff", mode, person(staff))));
        all.push(("batchInformationSystems", many("information-systems", mode, system(systems))));
    }
    all
}

#[on_both_engines]
fn whoever_runs_into_the_code_of_another_agencys_row_leaves_an_event_that_does_not_name_it(ground: Ground) {
    let world = &ground.world;
    for prefer in ["handling=strict", "tx=rollback"] {
        let count = ways(&world.admin, ["NV-2", "HT-2"]).len();
        for place in 0..count {
            // Repetitions of one caller are counted together, so each request has a user of its own.
            let editor = world.server.user(Role::Editor, Some("H18.1"));
            let name = editor.get("/api/v1/me").expect(200).json["username"].clone();
            let client = editor.with("prefer", prefer);
            let (operation, way) = ways(&client, ["NV-2", "HT-2"]).swap_remove(place);
            let answer = way();
            assert!(String::from_utf8_lossy(&answer.body).contains("already_exists"), "{operation}: {}", answer.json);
            let path = format!("/api/v1/audit/events?kind=code_taken&user={}", name.as_str().unwrap());
            let told = world.admin.get(&path).expect(200).items().clone();
            assert_eq!(told.iter().map(what).collect::<Vec<_>>(), [event(operation, 1)], "{operation}");
            assert_eq!(told[0]["subjects"], json!([]));
        }
    }
    let all = world.admin.get("/api/v1/audit/events?kind=code_taken").expect(200);
    let text = String::from_utf8_lossy(&all.body).into_owned();
    assert!(!text.contains("NV-2") && !text.contains("HT-2"), "{text}");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_code_of_ones_own_that_is_taken_is_no_event_nor_one_that_is_free(ground: Ground) {
    let world = &ground.world;
    let editor = world.server.user(Role::Editor, Some("H18.1")).with("prefer", "tx=rollback");
    world.person("NV-3", "H18.1", "2026-01-05");
    world.create("information-systems", system("HT-3"));
    for codes in [["NV-3", "HT-3"], ["NV-4", "HT-4"]] {
        ways(&editor, codes).into_iter().for_each(|(_, way)| drop(way()));
    }
    // A caller of the whole province sees every row, so a taken code tells it nothing new.
    let whole = world.server.user(Role::Editor, None).with("prefer", "tx=rollback");
    ways(&whole, ["NV-2", "HT-2"]).into_iter().for_each(|(_, way)| drop(way()));
    assert_eq!(events(world), []);
}

#[on_both_engines]
fn a_batch_is_one_event_that_counts_its_rows(ground: Ground) {
    let world = &ground.world;
    for number in 10..15 {
        world.person(&format!("NV-{number}"), "H18.2", "2026-01-05");
    }
    let editor = world.server.user(Role::Editor, Some("H18.1"));
    let rows: Vec<_> = (8..15).map(|number| person(&format!("NV-{number}"))).collect();
    editor.post("/api/v1/staff/batch?mode=partial", &json!(rows)).expect(207);
    assert_eq!(events(world), [event("batchStaff", 5)]);
    world.server.assert_verified();
}
