//! Reported figures: a roll is no report where the definition asks for records, and records stand beside a declared
//! figure.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::bodies::{self, Members};
use support::engines::{Engine, FromEngine};
use support::server::Sample;
use support::{Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Members of a row: both parts, verdict, reason for its absence, agencies lacking, completeness.
fn told(row: &Value) -> Value {
    let members = ["numerator", "denominator", "verdict", "absence", "agencies_lacking", "complete"];
    json!(members.map(|name| row[name].clone()))
}

/// The derived denominator beside a row, and the difference between the two.
fn beside(row: &Value) -> [Value; 2] {
    ["derived", "difference"].map(|name| row[name]["denominator"].clone())
}

fn patch(world: &World, indicator: &str, patch: &Value) -> Value {
    world.admin.patch(&format!("/api/v1/indicators/{indicator}"), patch).expect(200).json
}

/// The rows that list, single figure, trend, report and explanation have of one question.
fn everywhere(client: &Client, indicator: &str, agency: &str, month: &str) -> Vec<Value> {
    let path = format!("/api/v1/attainments/{indicator}/{agency}");
    let list =
        client.get(&format!("/api/v1/attainments?period={month}&indicator={indicator}&agency={agency}")).expect(200);
    let trend = client.get(&format!("{path}/series?from={month}&to={month}")).expect(200);
    let report = client.get(&format!("/api/v1/provincial-report?period={month}")).expect(200).json;
    let is_it = |row: &&Value| row["indicator"] == indicator && row["agency"] == agency;
    vec![
        client.get(&format!("{path}/{month}")).expect(200).json,
        list.items()[0].clone(),
        trend.items()[0].clone(),
        report["attainments"].as_array().unwrap().iter().find(is_it).unwrap().clone(),
    ]
}

/// The small world with CT2 compared with the roll, and counts below five withheld from machines.
struct Guarded(World);

impl FromEngine for Guarded {
    fn on(engine: Engine) -> Option<Self> {
        let world = World::furnish(Server::start_withholding(engine.place()?, 5));
        patch(&world, "CT2", &json!({"source": {"compared_with": {"kind": "people_on_roll"}}}));
        Some(Self(world))
    }
}

#[on_both_engines]
fn an_agency_that_has_recorded_nothing_of_its_people_lacks_its_figure_from_the_month_it_is_asked_to(world: World) {
    world.course("K");
    for (code, agency) in [("A-1", "H18.1"), ("A-2", "H18.1"), ("B-1", "H18.2")] {
        world.person(code, agency, "2025-06-01");
    }
    world.trained("B-1", "K", "2026-03-10");
    let before = world.attainment("CT7", "H18.1", "2026-03");
    assert_eq!(told(&before), json!([0, 2, "not_met", null, 0, true]));
    assert_eq!(before["reported_agencies"], 1);

    let changed = patch(&world, "CT7", &json!({"source": {"reported_by": "records"}, "holds_from": "2026-03"}));
    assert_eq!(changed["source"]["reported_by"], "records");
    assert_eq!(changed["versions"][0]["source"]["reported_by"], "roll");
    let month = |agency: &str, month: &str| told(&world.attainment("CT7", agency, month));
    assert_eq!(month("H18.1", "2026-02"), json!([0, 2, "not_met", null, 0, true]), "as it was told");
    assert_eq!(month("H18.1", "2026-03"), json!([null, 2, "missing", "missing", 1, false]));
    assert_eq!(month("H18.2", "2026-03"), json!([1, 1, "met", null, 0, true]));
    assert_eq!(
        month("H18.20", "2026-03"),
        json!([null, null, "missing", "nothing_arisen", 0, true]),
        "nobody is there"
    );
    for row in everywhere(&world.admin, "CT7", "H18", "2026-03") {
        assert_eq!(told(&row), json!([1, 3, "not_met", null, 1, false]));
        assert_eq!(row["reported_agencies"], 1);
    }
    // The parts of the explanation add up, those of which nothing is recorded, too.
    let explained = world.admin.get("/api/v1/attainments/CT7/H18/2026-03/explain").expect(200).json;
    let sum = |name: &str| {
        explained["parts"].as_array().unwrap().iter().filter_map(|part| part["figure"][name].as_i64()).sum::<i64>()
    };
    assert_eq!((sum("numerator"), sum("denominator")), (1, 3));

    let rehearsed = world
        .admin
        .clone()
        .with("accept-language", "en")
        .post("/api/v1/provincial-report/rehearse", &json!({"period": "2026-03"}))
        .expect(200)
        .json;
    let findings = rehearsed["findings"].as_array().unwrap().iter();
    let lacking: Vec<_> = findings.filter(|finding| finding["indicator"] == "CT7").collect();
    let [finding] = lacking[..] else { panic!("{lacking:?}") };
    assert_eq!(
        (&finding["agency"], &finding["kind"], &finding["reason"]),
        (&json!("H18.1"), &json!("missing"), &json!("nothing_reported"))
    );
    assert_eq!(
        (&finding["operation"], &finding["address"]),
        (&json!("createTrainingRecord"), &json!("POST /api/v1/training-records"))
    );

    // One record, of somebody who did not pass, is a report; without it nothing is reported again.
    let failed = json!({"staff": "A-1", "course": "K", "on": "2026-03-11", "result": "failed"});
    let failed = world.create("training-records", failed)["id"].clone();
    assert_eq!(month("H18.1", "2026-03"), json!([0, 2, "not_met", null, 0, true]));
    world.admin.delete(&format!("/api/v1/training-records/{failed}")).expect(204);
    assert_eq!(month("H18.1", "2026-03"), json!([null, 2, "missing", "missing", 1, false]));
    world.server.assert_verified();
}

#[on_both_engines]
fn a_new_definition_is_reported_by_records_unless_it_says_otherwise(world: World) {
    world.person("A-1", "H18.1", "2025-06-01");
    let training = json!({"kind": "training_records", "results": ["attended"], "confirmed_only": false});
    world.indicator("KN", "stock", &training);
    assert_eq!(world.admin.get("/api/v1/indicators/KN").expect(200).json["source"]["reported_by"], "records");
    assert_eq!(told(&world.attainment("KN", "H18.1", "2026-03")), json!([null, 1, "missing", "missing", 1, false]));
    // A patch of something else leaves it as it is, either way.
    for (code, by) in [("KN", "records"), ("CT7", "roll")] {
        assert_eq!(patch(&world, code, &json!({"source": {"confirmed_only": true}}))["source"]["reported_by"], by);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn systems_without_a_status_are_lacking_as_well(world: World) {
    let source = json!({"source": {"reported_by": "records"}, "holds_from": "2026-03"});
    let system = bodies::system("HT-1", "H18.1", "2025-01-01");
    world.create("information-systems", system);
    patch(&world, "CT6", &source);
    let month = |month: &str| told(&world.attainment("CT6", "H18.1", month));
    assert_eq!(
        (month("2026-02"), month("2026-03")),
        (json!([0, 1, "not_met", null, 0, true]), json!([null, 1, "missing", "missing", 1, false]))
    );
    world.create(
        "monitoring-statuses",
        bodies::status("HT-1", "2026-04-01")
            .with("plan_deployed", false)
            .with("last_event", "2026-04-01")
            .with("assessment_valid_until", json!(null)),
    );
    assert_eq!(
        (month("2026-03"), month("2026-04")),
        (json!([null, 1, "missing", "missing", 1, false]), json!([0, 1, "not_met", null, 0, true]))
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn what_counts_as_reported_is_not_changed_in_closed_time(world: World) {
    world.person("A-1", "H18.1", "2025-06-01");
    world.create("locks", bodies::lock("2026-02", "H18"));
    let by_records = json!({"source": {"reported_by": "records"}, "holds_from": "2026-02"});
    let refusal = world.admin.patch("/api/v1/indicators/CT7", &by_records).refused(409, "closed_figures");
    assert_eq!(refusal.errors(), BTreeMap::from([("/holds_from".to_owned(), "closed_figures".to_owned())]));
    patch(&world, "CT7", &json!({"source": {"reported_by": "records"}, "holds_from": "2026-03"}));
    assert_eq!(told(&world.attainment("CT7", "H18.1", "2026-02")), json!([0, 1, "not_met", null, 0, true]));
    world.server.assert_verified();
}

#[on_both_engines]
fn the_roll_stands_beside_what_is_declared_wherever_it_is_told(world: World) {
    world.person("A-1", "H18.1", "2026-01-01");
    world.create("staff", bodies::staff("A-2", "H18.1", "2026-01-01").with("kind", "nguoi_lao_dong"));
    world.declare("CT2", "H18.1", "2026-02", 2, 4);
    let untold = world.attainment("CT2", "H18.1", "2026-02");
    assert_eq!((&untold["derived"], &untold["difference"]), (&Value::Null, &Value::Null));

    let unknown =
        json!({"source": {"compared_with": {"kind": "people_on_roll", "staff_kinds": ["cong_chuc", "cong_chuc"]}}});
    let refusal = world.admin.patch("/api/v1/indicators/CT2", &unknown).refused(422, "invalid_input");
    assert_eq!(
        refusal.errors(),
        BTreeMap::from([("/source/compared_with/staff_kinds".to_owned(), "repeated_value".to_owned())])
    );
    patch(&world, "CT2", &json!({"source": {"compared_with": {"kind": "people_on_roll"}}}));
    for row in everywhere(&world.admin, "CT2", "H18.1", "2026-02") {
        assert_eq!(row["derived"], json!({"numerator": null, "denominator": 2}));
        assert_eq!(row["difference"], json!({"numerator": null, "denominator": 2}));
        assert_eq!(told(&row), told(&untold), "the figure stays the declared one");
    }
    let explained = world.admin.get("/api/v1/attainments/CT2/H18.1/2026-02/explain").expect(200).json;
    assert_eq!(beside(&explained["attainment"]), [json!(2), json!(2)]);

    // The model follows the roll: somebody comes, moves, is counted otherwise, is deleted.
    let seq = untold["seq"].clone();
    let derived = || beside(&world.attainment("CT2", "H18.1", "2026-02"))[0].clone();
    world.person("A-3", "H18.1", "2026-02-14");
    world.person("A-4", "H18.1", "2026-02-15");
    assert_eq!(derived(), 3);
    let at = world.attainment("CT2", "H18.1", "2026-02")["seq"].clone();
    world.admin.post("/api/v1/staff/A-1/transfers", &json!({"agency": "H18.2", "on": "2026-02-01"})).expect(200);
    assert_eq!(derived(), 2);
    world.admin.delete("/api/v1/staff/A-3").expect(204);
    assert_eq!(derived(), 1);
    patch(
        &world,
        "CT2",
        &json!({"source": {"compared_with": {"kind": "people_on_roll", "staff_kinds": ["cong_chuc"]}}}),
    );
    assert_eq!(derived(), 0);
    // An auditor finds a declared figure with what the roll says of it now.
    let audited = world.admin.get("/api/v1/audit?resource=observations").expect(200).items()[0]["subject"].clone();
    assert_eq!((audited["agency"].clone(), beside(&audited)), (json!("H18.1"), [json!(0), json!(4)]));
    let then =
        |seq: &Value| world.admin.get(&format!("/api/v1/attainments/CT2/H18.1/2026-02?asOf={seq}")).expect(200).json;
    assert_eq!((beside(&then(&at))[0].clone(), then(&seq)["derived"].clone()), (json!(3), Value::Null));
    let rehearsed = world
        .admin
        .clone()
        .with("accept-language", "en")
        .post("/api/v1/provincial-report/rehearse", &json!({"period": "2026-02"}))
        .expect(200)
        .json;
    let differ: Vec<_> = rehearsed["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["reason"] == "differs_from_records")
        .collect();
    let [finding] = differ[..] else { panic!("{differ:?}") };
    assert_eq!(
        (&finding["agency"], &finding["kind"], &finding["operation"]),
        (&json!("H18.1"), &json!("inconsistent"), &json!("updateObservation"))
    );
    assert_eq!(
        finding["text"],
        "Cơ quan H18.1 has declared another denominator of CT2 than people are on its roll: 2026-02: 4 declared, 0 on the roll."
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn machines_that_are_not_told_small_counts_are_told_no_comparison(guarded: Guarded) {
    let Guarded(world) = guarded;
    for number in 0..9 {
        world.person(&format!("A-{number}"), "H18.1", "2026-01-01");
    }
    world.declare("CT2", "H18.1", "2026-02", 12, 24);
    let machine = world.server.user(Role::Puller, None);
    for row in everywhere(&machine, "CT2", "H18.1", "2026-02") {
        assert_eq!(
            (&row["denominator"], &row["derived"], &row["difference"]),
            (&json!(24), &Value::Null, &Value::Null)
        );
    }
    assert_eq!(beside(&world.attainment("CT2", "H18.1", "2026-02")), [json!(9), json!(15)]);
    world.server.assert_verified();
}

#[on_both_engines]
fn the_sample_declares_for_ct2_whom_its_roll_has(sample: Sample) {
    let admin = sample.0.admin();
    for period in ["2024-05", "2025-12", "2026-10", "2026-Q3"] {
        let rows = admin
            .get(&format!("/api/v1/attainments?period={period}&indicator=CT2&agency=H18&subtree=true"))
            .expect(200);
        let reported: Vec<_> = rows.items().iter().filter(|row| !row["denominator"].is_null()).collect();
        assert!(!reported.is_empty(), "{period}");
        for row in reported {
            assert_eq!(beside(row), [row["denominator"].clone(), json!(0)], "{} in {period}", row["agency"]);
        }
    }
    let kinds = |code: &str| admin.get(&format!("/api/v1/indicators/{code}")).expect(200).json["source"].clone();
    assert_eq!(kinds("CT7")["staff_kinds"], json!(["can_bo", "cong_chuc", "vien_chuc"]));
    assert_eq!(
        kinds("CT2")["compared_with"],
        json!({"kind": "people_on_roll", "staff_kinds": []}),
        "người lao động included"
    );
}
