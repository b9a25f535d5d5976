//! Moves of agencies: a new parent or kind holds from a day on, and leaves all earlier answers as they were.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::engines::{Engine, FromEngine};
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// The small world with a second department, figures of a room, a frozen phase I, and the first half of 2026 locked
/// under nd09, which ends on 14/06.
struct Closed(World);

const ROOM: &str = "/api/v1/agencies/H18.20.1";

impl FromEngine for Closed {
    fn on(engine: Engine) -> Option<Self> {
        let world = World::on(engine)?;
        world.agency("H18.21", "so_nganh", Some("H18"));
        for (month, numerator, denominator) in [("2025-05", 2, 2), ("2026-03", 5, 5), ("2026-07", 3, 4)] {
            world.declare("CT3", "H18.20.1", month, numerator, denominator);
        }
        world.declare("CT2", "H18.20.1", "2026-03", 7, 9);
        world.person("NV1", "H18.20.1", "2025-01-01");
        world.course("K");
        world.trained("NV1", "K", "2026-02-01");
        world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
        let lock = bodies::lock("2026-H1", "H18");
        world.create("locks", lock);
        Some(Self(world))
    }
}

impl Closed {
    /// All answers about closed time, without their position.
    fn told(&self) -> Vec<Value> {
        let admin = &self.0.admin;
        let mut told = Vec::new();
        for period in ["2025-05", "2025-Q2", "2025", "2026-03", "2026-Q1", "2026-H1"] {
            let list = admin.get(&format!("/api/v1/attainments?period={period}&subtree=true")).expect(200).json;
            let report = admin.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
            for rows in [&list["items"], &report["attainments"]] {
                told.extend(rows.as_array().unwrap().iter().cloned());
            }
            let department = format!("/api/v1/attainments?period={period}&agency=H18.20&subtree=true");
            told.extend(admin.get(&department).expect(200).items().iter().cloned());
        }
        let trend = "/api/v1/attainments/CT3/H18.20/series?from=2025-01&to=2026-06";
        told.extend(admin.get(trend).expect(200).items().iter().cloned());
        for row in &mut told {
            let members = row.as_object_mut().unwrap();
            members.remove("seq");
            // It speaks of the other calendar, in which the half-year is open.
            members.remove("recorded_under");
        }
        told
    }

    fn figure(&self, agency: &str, period: &str) -> Value {
        let row = self.0.attainment("CT3", agency, period);
        json!([row["numerator"], row["denominator"], row["expected_agencies"], row["reported_agencies"]])
    }

    /// The agencies with rows at or below one.
    fn listed(&self, indicator: &str, agency: &str, period: &str) -> Vec<String> {
        let path = format!("/api/v1/attainments?period={period}&agency={agency}&indicator={indicator}&subtree=true");
        let list = self.0.admin.get(&path).expect(200);
        list.items().iter().map(|row| row["agency"].as_str().unwrap().to_owned()).collect()
    }

    fn move_room(&self) -> Value {
        let body = json!({"parent": "H18.21", "placed_from": "2026-06-15"});
        self.0.admin.patch(ROOM, &body).expect(200).json
    }
}

/// The texts of a refusal.
fn said(problem: &Value) -> String {
    problem["errors"].to_string()
}

#[on_both_engines]
fn a_room_moves_from_a_day_on_and_what_was_told_stays(place: Closed) {
    let world = &place.0;
    let told = place.told();
    let there = |rows: &[Value]| rows.iter().filter(|row| row["agency"] == "H18.20.1").count();
    assert!(there(&told) > 20, "the room was told about");
    assert_eq!(place.figure("H18.20", "2026-07"), json!([3, 4, 3, 1]));

    for refused in [
        json!({"parent": "H18.21"}),
        json!({"parent": "H18.21", "placed_from": "2026-03-01"}),
        json!({"parent": "H18.21", "placed_from": "2026-06-14"}),
    ] {
        let answer = world.admin.patch(ROOM, &refused).refused(409, "closed_figures");
        assert_eq!(answer.errors().get("/placed_from").map(String::as_str), Some("closed_figures"));
        assert!(said(&answer.json).contains("15/06/2026"), "it names the first open day: {}", answer.json);
    }
    assert_eq!(place.told(), told);

    let moved = place.move_room();
    assert_eq!((&moved["parent"], &moved["placed_from"]), (&json!("H18.21"), &json!("2026-06-15")));
    let earlier = json!([{"from": "2020-01-01", "to": "2026-06-14", "kind": "phong_chuyen_mon", "parent": "H18.20"}]);
    assert_eq!(moved["earlier_places"], earlier);
    assert_eq!(world.admin.get(ROOM).expect(200).json, moved);
    assert_eq!(place.told(), told);

    // July, from 15/06 on, is the other department's; the year adds each month where it belonged.
    assert_eq!(place.figure("H18.20", "2026-07"), json!([null, null, 2, 0]));
    assert_eq!(place.figure("H18.21", "2026-07"), json!([3, 4, 2, 1]));
    assert_eq!(place.figure("H18.20", "2026"), json!([5, 5, 3, 1]));
    assert_eq!(place.figure("H18.21", "2026"), json!([3, 4, 2, 1]));
    assert_eq!(place.figure("H18", "2026"), json!([8, 9, 6, 1]));
    assert_eq!(place.listed("CT3", "H18.20", "2026-06"), ["H18.20", "H18.20.1", "H18.20.2"]);
    assert_eq!(place.listed("CT3", "H18.20", "2026-07"), ["H18.20", "H18.20.2"]);
    assert_eq!(place.listed("CT3", "H18.20", "2026"), ["H18.20", "H18.20.1", "H18.20.2"]);
    assert_eq!(place.listed("CT3", "H18.21", "2026"), ["H18.20.1", "H18.21"]);
    // A stock and a state are those of the year's end.
    assert_eq!(place.listed("CT7", "H18.20", "2026"), ["H18.20", "H18.20.2"]);
    let people = |agency| world.attainment("CT7", agency, "2026-Q4")["own"].clone();
    assert_eq!(people("H18.20.1"), json!({"numerator": 1, "denominator": 1}));
    let whole = |code: &str, agency: &str| world.attainment(code, agency, "2026")["denominator"].clone();
    assert_eq!([whole("CT7", "H18.20"), whole("CT7", "H18.21")], [json!(null), json!(1)]);
    assert_eq!([whole("CT2", "H18.20"), whole("CT2", "H18.21")], [json!(null), json!(9)]);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_kind_changes_from_a_day_on_and_what_was_expected_stays(place: Closed) {
    let world = &place.0;
    let told = place.told();
    let answer = world.admin.patch(ROOM, &json!({"kind": "chi_cuc"})).refused(409, "closed_figures");
    assert!(said(&answer.json).contains("15/06/2026"), "{}", answer.json);
    world.admin.patch(ROOM, &json!({"kind": "chi_cuc", "placed_from": "2026-06-15"})).expect(200);
    assert_eq!(place.told(), told);
    assert_eq!(place.figure("H18.20", "2026-06"), json!([null, null, 3, 0]));
    assert_eq!(place.figure("H18.20", "2026-07"), json!([3, 4, 2, 0]));
    let year = world.attainment("CT3", "H18.20.1", "2026");
    assert_eq!(json!([year["expected_months"], year["reported_months"]]), json!([6, 1]), "{year}");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_place_can_be_corrected_as_far_as_nothing_closed_moves(place: Closed) {
    let world = &place.0;
    let before = world.admin.get(ROOM).expect(200).json;
    place.move_room();
    let july = |agency| place.figure(agency, "2026-07")[1].clone();
    // Another day, another parent from the same day on, and back again.
    world.admin.patch(ROOM, &json!({"placed_from": "2026-08-01"})).expect(200);
    assert_eq!([july("H18.20"), july("H18.21")], [json!(4), json!(null)]);
    world.admin.patch(ROOM, &json!({"placed_from": "2026-03-01"})).refused(409, "closed_figures");
    world.admin.patch(ROOM, &json!({"placed_from": null})).refused(409, "closed_figures");
    world.admin.patch(ROOM, &json!({"placed_from": "2026-06-15", "name_en": "Room"})).expect(200);
    world.admin.patch(ROOM, &json!({"parent": "H18.2"})).expect(200);
    assert_eq!([july("H18.21"), july("H18.2")], [json!(null), json!(4)]);
    let back = world.admin.patch(ROOM, &json!({"parent": "H18.20", "name_en": null})).expect(200).json;
    assert_eq!(back, before);
    assert_eq!(july("H18.20"), json!(4));

    for (wrong, pointer, code) in [
        (json!({"placed_from": "2026-07-01"}), "/placed_from", "invalid_place"),
        (json!({"parent": "H18.21", "placed_from": "2019-12-31"}), "/placed_from", "invalid_place"),
        (json!({"parent": "H18.20.1", "placed_from": "2026-07-01"}), "/parent", "cycle"),
    ] {
        let errors = world.admin.patch(ROOM, &wrong).refused(422, "invalid_input").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some(code), "{wrong}");
    }
    let new = bodies::agency("H18.22", "so_nganh", Some("H18"))
        .with("valid_from", "2026-07-01")
        .with("placed_from", "2026-08-01");
    let errors = world.admin.post("/api/v1/agencies", &new).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/placed_from").map(String::as_str), Some("invalid_place"));
    world.agency_from("H18.22", "2026-08-01");
    let early = json!({"parent": "H18.22", "placed_from": "2026-07-31"});
    let errors = world.admin.patch(ROOM, &early).refused(409, "agency_not_in_existence").errors();
    assert!(errors.contains_key("/parent"), "{errors:?}");

    // Whoever was above it once is referred to.
    world.admin.patch(ROOM, &json!({"parent": "H18.22", "placed_from": "2026-08-01"})).expect(200);
    world.admin.patch(ROOM, &json!({"parent": "H18.21", "placed_from": "2026-09-01"})).expect(200);
    world.admin.delete("/api/v1/agencies/H18.22").refused(409, "in_use");
    // It may end, but not before it was moved.
    let errors = world.admin.patch(ROOM, &json!({"valid_to": "2026-08-31"})).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/placed_from").map(String::as_str), Some("invalid_place"));
    world.server.assert_verified();
}

#[on_both_engines]
fn rights_follow_the_tree_of_today_and_locks_that_of_their_month(place: Closed) {
    let world = &place.0;
    let old = world.server.user(Role::Approver, Some("H18.20"));
    let new = world.server.user(Role::Approver, Some("H18.21"));
    let (march, own) = ("/api/v1/attainments/CT3/H18.20/2026-03", "/api/v1/attainments/CT3/H18.20.1/2026-03");
    let told = old.get(march).expect(200).json["numerator"].clone();
    old.get(own).expect(200);
    new.get(own).refused(404, "not_found");
    place.move_room();
    old.get(own).refused(404, "not_found");
    new.get(own).expect(200);
    assert_eq!(old.get(march).expect(200).json["numerator"], told, "its own answer stays whole");
    let rows = old.get("/api/v1/attainments?period=2026-03&indicator=CT3&subtree=true").expect(200);
    let agencies: Vec<_> = rows.items().iter().map(|row| row["agency"].as_str().unwrap()).collect();
    assert_eq!(agencies, ["H18.20", "H18.20.2"]);

    // A lock of the old department's May covers the room's May; one of its August does not cover the room's, which
    // has moved by then.
    world.admin.clone().with("change-reason", "Thử").delete(&format!("/api/v1/locks/{}", lock_id(world))).expect(204);
    for (period, agency) in [("2026-05", "H18.20"), ("2026-08", "H18.20")] {
        let lock = bodies::lock(period, agency);
        world.create("locks", lock);
    }
    let declare = |client: &support::Client, month: &str| {
        let body = bodies::declared("CT4", "H18.20.1", month, 1, 2);
        client.post("/api/v1/observations", &body)
    };
    declare(&world.admin, "2026-05").refused(409, "period_locked");
    declare(&world.admin, "2026-06").expect(201);
    declare(&world.admin, "2026-08").expect(201);
    world.server.assert_verified();
}

#[on_both_engines]
fn an_explanation_holds_the_records_of_the_months_that_belong(place: Closed) {
    let world = &place.0;
    place.move_room();
    let explained = |agency: &str| {
        let answer = world.admin.get(&format!("/api/v1/attainments/CT3/{agency}/2026/explain")).expect(200).json;
        let records = answer["records"].as_array().unwrap().iter().map(|row| row["month"].clone()).collect::<Vec<_>>();
        let parts = answer["parts"].as_array().unwrap().iter();
        let parts: Vec<_> = parts.map(|part| json!([part["agency"], part["figure"]["denominator"]])).collect();
        (records, parts, answer["moved_by"].as_array().unwrap().len())
    };
    let (room, other) = (json!(["H18.20.1", 5]), json!(["H18.20.2", null]));
    assert_eq!(explained("H18.20"), (vec![json!("2026-03")], vec![json!(["H18.20", null]), room, other], 1));
    assert_eq!(explained("H18.21"), (vec![json!("2026-07")], vec![json!(["H18.21", null]), json!(["H18.20.1", 4])], 1));
    // The rehearsal of the old department names the figures it owed: the room's months up to June.
    let rehearse = |agency: &str| {
        let body = json!({"period": "2026-Q3", "agency": agency});
        let found = world.admin.post("/api/v1/provincial-report/rehearse", &body).expect(200).json;
        let findings = found["findings"].as_array().unwrap().clone();
        findings.iter().any(|finding| finding["agency"] == "H18.20.1")
    };
    assert!(!rehearse("H18.20") && rehearse("H18.21"));
}

#[on_both_engines]
fn what_is_entered_late_is_told_the_first_open_day(place: Closed) {
    let world = &place.0;
    let told = place.told();
    let new = |from: &str| bodies::agency("H18.3", "ubnd_xa", Some("H18")).with("valid_from", from);
    let merger = |on: &str| json!({"predecessors": ["H18.1"], "on": on});
    for (answer, pointer) in [
        (world.admin.post("/api/v1/agencies", &new("2026-01-01")), "/valid_from"),
        (world.admin.post("/api/v1/agencies/H18.2/merger", &merger("2026-03-01")), "/on"),
        (world.admin.patch("/api/v1/agencies/H18.1", &json!({"valid_to": "2026-02-28"})), "/valid_to"),
    ] {
        let answer = answer.refused(409, "closed_figures");
        assert_eq!(answer.errors().get(pointer).map(String::as_str), Some("closed_figures"));
        assert!(said(&answer.json).contains("15/06/2026"), "{}", answer.json);
    }
    world.admin.post("/api/v1/agencies", &new("2026-06-15")).expect(201);
    world.admin.post("/api/v1/agencies/H18.2/merger", &merger("2026-06-15")).expect(200);
    let kept = |rows: Vec<Value>| rows.into_iter().filter(|row| row["agency"] != "H18.3").collect::<Vec<_>>();
    assert_eq!(kept(place.told()), told);
    world.admin.patch("/api/v1/agencies/H18.1", &json!({"valid_to": null})).expect(200);
    world.admin.patch("/api/v1/agencies/H18.1", &json!({"valid_to": "2026-06-14"})).expect(200);
    world.server.assert_verified();
}

fn lock_id(world: &World) -> i64 {
    world.admin.get("/api/v1/locks").expect(200).items()[0]["id"].as_i64().unwrap()
}
