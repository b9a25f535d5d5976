//! Explanations: the records behind a figure, and the reasons for those left out.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::server::Sample;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn the_records_of_all_pages_and_the_parts_add_up_to_every_figure_of_the_sample(sample: Sample) {
    let admin = sample.0.admin();
    for indicator in ["CT1", "CT2", "CT3", "CT4", "CT5", "CT6", "CT7"] {
        for agency in ["H18", "H18.SKHCN", "H18.X42"] {
            for period in ["2026-10", "2026-Q3", "2025"] {
                let path = format!("/api/v1/attainments/{indicator}/{agency}/{period}");
                let figure = admin.get(&path).expect(200).json;
                let (first, records) = all_records(&admin, &format!("{path}/explain?limit=400"));
                assert_eq!(first["attainment"], figure);
                let expected = (figure["numerator"].as_i64().unwrap_or(0), figure["denominator"].as_i64().unwrap_or(0));
                assert_eq!(sum(&records), expected, "the records of {path}");
                let parts: Vec<_> =
                    first["parts"].as_array().unwrap().iter().map(|part| part["figure"].clone()).collect();
                assert_eq!(sum(&parts), expected, "the parts of {path}");
            }
        }
    }
}

#[on_both_engines]
fn for_training_it_names_who_is_not_yet_trained_and_why(world: World) {
    for (code, agency) in
        [("NV-1", "H18.20"), ("NV-2", "H18.20"), ("NV-3", "H18.20.1"), ("NV-4", "H18.20"), ("NV-5", "H18.1")]
    {
        world.person(code, agency, "2025-01-05");
    }
    world.course("KN-1");
    world.trained("NV-1", "KN-1", "2026-03-02");
    world.trained("NV-2", "KN-1", "2025-03-02");
    world
        .create("training-records", json!({"staff": "NV-4", "course": "KN-1", "on": "2026-03-02", "result": "failed"}));
    let explained = world.admin.get("/api/v1/attainments/CT7/H18.20/2026-10/explain?lacking=true").expect(200).json;
    assert_eq!(explained["attainment"]["shortfall"], 3);
    let missing: Vec<_> = explained["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["code"].as_str().unwrap(), record["agency"].as_str().unwrap(), record["lacks"].clone()))
        .collect();
    assert_eq!(
        missing,
        [
            ("NV-2", "H18.20", json!(["trained_outside_phase"])),
            ("NV-3", "H18.20.1", json!(["no_training"])),
            ("NV-4", "H18.20", json!(["result_does_not_count"])),
        ]
    );
}

#[on_both_engines]
fn for_monitoring_it_names_the_systems_and_the_requirements_they_do_not_meet(world: World) {
    for code in ["HT-1", "HT-2", "HT-3"] {
        world.create("information-systems", bodies::system(code, "H18.1", "2026-01-01"));
    }
    let status = |system: &str, plan: bool, event: &str| {
        world.create(
            "monitoring-statuses",
            bodies::status(system, "2026-10-01")
                .with("plan_deployed", plan)
                .with("last_event", event)
                .with("assessment_valid_until", "2027-01-01"),
        );
    };
    status("HT-1", true, "2026-10-01");
    status("HT-2", false, "2026-08-01");
    let explained = world.admin.get("/api/v1/attainments/CT6/H18/2026-10/explain").expect(200).json;
    let lacks: Vec<_> = explained["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| {
            (record["code"].as_str().unwrap(), record["numerator"].as_i64().unwrap(), record["lacks"].clone())
        })
        .collect();
    assert_eq!(
        lacks,
        [
            ("HT-1", 1, json!([])),
            ("HT-2", 0, json!(["plan_not_deployed", "last_event_not_recent"])),
            ("HT-3", 0, json!(["no_status"])),
        ]
    );
}

#[on_both_engines]
fn the_records_come_in_one_order_only(world: World) {
    let path = "/api/v1/attainments/CT7/H18.20/2026-10/explain";
    let errors = world.admin.get(&format!("{path}?sort=-id")).refused(422, "invalid_input").errors();
    assert_eq!(errors["/sort"], "invalid_sort");
}

#[on_both_engines]
fn what_is_left_out_is_named_with_its_reason(world: World) {
    world.create("document-exchanges", bodies::exchange("H18.1", "2026-10", 100, 80).with("secret", 10));
    let explained = world.admin.get("/api/v1/attainments/CT1/H18/2026-10/explain").expect(200).json;
    assert_eq!(explained["records"][0]["left_out"], json!({"reason": "secret_documents", "units": 10}));
    let why = |agency: &str, from: &Value| {
        from["parts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|part| part["agency"] == agency)
            .map(|part| part["left_out"].clone())
            .unwrap()
    };
    assert_eq!(why("H18", &explained), "not_in_scope");
    assert_eq!(why("H18.2", &explained), "not_reported");
    assert_eq!(why("H18.1", &explained), Value::Null);

    world.declare("CT2", "H18.20", "2026-09", 5, 10);
    world.declare("CT2", "H18.20", "2026-10", 6, 10);
    world.declare("CT2", "H18.2", "2026-08", 1, 2);
    world.admin.patch("/api/v1/agencies/H18.2", &json!({"valid_to": "2026-08-14"})).expect(200);
    let explained = world.admin.get("/api/v1/attainments/CT2/H18/2026-Q4/explain").expect(200).json;
    assert_eq!(explained["attainment"]["numerator"], 6);
    assert_eq!(why("H18.2", &explained), "agency_closed");
    let explained = world.admin.get("/api/v1/attainments/CT2/H18/2026-H2/explain").expect(200).json;
    let left: Vec<_> = explained["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["month"].as_str().unwrap(), record["left_out"]["reason"].clone()))
        .collect();
    assert_eq!(left, [("2026-09", json!("superseded")), ("2026-10", Value::Null), ("2026-08", json!("agency_closed"))]);
}

#[on_both_engines]
fn the_changes_that_moved_it_are_named_with_who_and_why(world: World) {
    let observation = world.declare("CT3", "H18.1", "2026-10", 1, 2);
    world.declare("CT3", "H18.2", "2026-09", 1, 2);
    let path = format!("/api/v1/observations/{}", observation["id"]);
    world.admin.clone().with("change-reason", "Sửa số liệu").patch(&path, &json!({"numerator": 2})).expect(200);
    let seq = world.server.database().model().seq;
    let targets = world.admin.get("/api/v1/targets?indicator=CT3").expect(200).items().clone();
    let target = format!("/api/v1/targets/{}", targets[0]["id"]);
    world.admin.patch(&target, &json!({"value": {"numerator": 90}})).expect(200);
    world.admin.patch("/api/v1/indicators/CT3", &json!({"unit": "hồ sơ"})).expect(200);
    let explained = world.admin.get("/api/v1/attainments/CT3/H18.1/2026-10/explain").expect(200).json;
    let moved: Vec<_> = explained["moved_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (change["seq"].as_i64().unwrap(), change["operation"].as_str().unwrap(), change["reason"].clone())
        })
        .collect();
    assert_eq!(
        moved,
        [(seq, "update", json!("Sửa số liệu")), (observation["id"].as_i64().unwrap(), "create", Value::Null)]
    );
    assert_eq!((&explained["target"]["seq"], &explained["definition"]["seq"]), (&json!(seq + 1), &json!(seq + 2)));
    let admin = world.admin.get("/api/v1/me").expect(200).json["username"].clone();
    let auditor = world.server.user(Role::Auditor, None);
    let viewer = world.server.user(Role::Viewer, None);
    let mut tags = Vec::new();
    for (client, name) in [(&world.admin, &admin), (&auditor, &admin), (&viewer, &Value::Null)] {
        let answer = client.get("/api/v1/attainments/CT3/H18.1/2026-10/explain").expect(200);
        let names: Vec<_> =
            answer.json["moved_by"].as_array().unwrap().iter().map(|change| &change["username"]).collect();
        assert_eq!(names, [name, name]);
        assert_eq!(&answer.json["target"]["username"], name);
        tags.push(answer.headers["etag"].clone());
    }
    assert!(tags[0] == tags[1] && tags[1] != tags[2], "a tag tells the two answers apart: {tags:?}");
    assert_eq!(explained["attainment"]["definition_version"], 2);
}

#[on_both_engines]
fn a_write_is_named_by_the_last_of_its_changes_that_the_caller_may_see(world: World) {
    let row = |agency: &str| bodies::declared("CT3", agency, "2026-10", 1, 2);
    let rows = json!([row("H18.2"), row("H18.1"), row("H18.20.1")]);
    world.admin.post("/api/v1/observations/batch", &rows).expect(200);
    let id = |agency: &str| {
        world.admin.get(&format!("/api/v1/observations?agency={agency}")).expect(200).items()[0]["id"].clone()
    };
    let moved = |client: &Client, agency: &str| {
        let explained = client.get(&format!("/api/v1/attainments/CT3/{agency}/2026-10/explain")).expect(200).json;
        explained["moved_by"].as_array().unwrap().iter().map(|change| change["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(moved(&world.admin, "H18.1"), [id("H18.20.1")]);
    for agency in ["H18.1", "H18.2", "H18.20.1"] {
        let viewer = world.server.user(Role::Viewer, Some(agency));
        assert_eq!(moved(&viewer, agency), [id(agency)], "{agency}");
    }
}

#[on_both_engines]
fn it_stays_within_the_callers_scope_and_is_not_for_machines(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    let commune = world.server.user(Role::Viewer, Some("H18.2"));
    commune.get("/api/v1/attainments/CT7/H18.1/2026-10/explain").refused(404, "not_found");
    commune.get("/api/v1/attainments/CT7/H18/2026-10/explain").refused(404, "not_found");
    world
        .server
        .user(Role::Puller, None)
        .get("/api/v1/attainments/CT7/H18.1/2026-10/explain")
        .refused(403, "forbidden");
}

/// The first page, and the records of all.
fn all_records(client: &Client, path: &str) -> (Value, Vec<Value>) {
    let first = client.get(path).expect(200).json;
    let mut records = first["records"].as_array().unwrap().clone();
    let mut next = first["next"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let page = client.get(&format!("{path}&cursor={cursor}")).expect(200).json;
        records.extend(page["records"].as_array().unwrap().iter().cloned());
        next = page["next"].as_str().map(str::to_owned);
    }
    (first, records)
}

fn sum(rows: &[Value]) -> (i64, i64) {
    let part = |row: &Value, name: &str| row[name].as_i64().unwrap_or(0);
    rows.iter().fold((0, 0), |sum, row| (sum.0 + part(row, "numerator"), sum.1 + part(row, "denominator")))
}
