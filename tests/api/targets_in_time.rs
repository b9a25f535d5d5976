//! Versions of targets: one holds from a month on, and leaves answers about closed time as they were.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::bodies::{self, Members};
use support::{Client, World, on_both_engines};

/// The target of an indicator for everybody and all the movement.
fn target_of(world: &World, indicator: &str) -> String {
    let targets = world.admin.get(&format!("/api/v1/targets?indicator={indicator}")).expect(200).items().clone();
    format!("/api/v1/targets/{}", targets[0]["id"])
}

fn lock(world: &World, period: &str, agency: &str) -> Value {
    world.create("locks", bodies::lock(period, agency))
}

/// A patch of the value, with the month from which it holds.
fn percent(value: i64, from: &str) -> Value {
    json!({"value": {"numerator": value, "denominator": 100}, "holds_from": from, "basis": format!("QĐ {value}")})
}

/// Insists that a write is refused at its first month; answers what would be right.
#[track_caller]
fn refused(answer: &support::Answer, code: &str) -> String {
    assert_eq!(answer.errors(), BTreeMap::from([("/holds_from".to_owned(), code.to_owned())]), "{}", answer.json);
    answer.json["errors"][0]["detail"].as_str().unwrap().to_owned()
}

fn judged(row: &Value) -> Value {
    let target = &row["target"];
    json!([row["verdict"], row["shortfall"], target["numerator"], target["holds_from"]])
}

/// All rows of some periods, and what the report says of their targets, but for the position they reflect.
fn told(client: &Client, periods: &[&str]) -> Vec<Value> {
    let of = |period: &&str| {
        let rows = client.get(&format!("/api/v1/attainments?period={period}&subtree=true")).expect(200);
        let mut rows = rows.items().clone();
        rows.iter_mut().for_each(|row| drop(row.as_object_mut().unwrap().remove("seq")));
        let report = client.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
        json!([rows, report["targets"]])
    };
    periods.iter().map(of).collect()
}

#[on_both_engines]
fn the_verdict_of_a_locked_month_stays_when_the_target_changes_after_it(world: World) {
    world.declare("CT3", "H18.1", "2026-09", 8, 10);
    world.declare("CT3", "H18.1", "2026-10", 8, 10);
    lock(&world, "2026-09", "H18.1");
    let before = told(&world.admin, &["2026-09"]);
    let english = world.admin.clone().with("accept-language", "en");
    let path = target_of(&world, "CT3");
    for patch in [
        json!({"value": {"numerator": 80}}),
        json!({"basis": "KH khác"}),
        percent(80, "2026-09"),
        percent(80, "2026-01"),
    ] {
        let detail = refused(&english.patch(&path, &patch).refused(409, "closed_figures"), "closed_figures");
        assert!(detail.contains("2026-10"), "{detail}");
    }
    let changed = world.admin.patch(&path, &percent(80, "2026-10")).expect(200).json;
    assert_eq!((&changed["holds_from"], &changed["value"]["numerator"]), (&json!("2026-10"), &json!(80)));
    let versions: Vec<_> = changed["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| json!([version["holds_from"], version["value"]["numerator"], version["basis"]]))
        .collect();
    assert_eq!(versions, [json!([null, 100, "2158/KH-UBND"]), json!(["2026-10", 80, "QĐ 80"])]);
    assert_eq!(told(&world.admin, &["2026-09"]), before);
    let at = |period: &str| judged(&world.attainment("CT3", "H18.1", period));
    assert_eq!(at("2026-09"), json!(["not_met", 2, 100, null]));
    assert_eq!(at("2026-10"), json!(["met", 0, 80, "2026-10"]));
    // The last month decides, of what runs, too: 8 of 10 in September and October each.
    assert_eq!(at("2026-Q3"), json!(["not_met", 2, 100, null]));
    assert_eq!(at("2026-Q4"), json!(["met", 0, 80, "2026-10"]));
    assert_eq!(at("2026"), json!(["met", 0, 80, "2026-10"]));
    // Without a month the latest is changed in place, as no month of it is closed; the one before in its place
    // takes it back.
    world.admin.patch(&path, &json!({"value": {"numerator": 90}})).expect(200);
    assert_eq!(at("2026-10"), json!(["not_met", 1, 90, "2026-10"]));
    world.admin.patch(&path, &json!({"value": {"numerator": 100}, "basis": "2158/KH-UBND"})).expect(200);
    assert_eq!(world.admin.get(&path).expect(200).json["versions"].as_array().unwrap().len(), 1);
    assert_eq!(at("2026-10"), json!(["not_met", 2, 100, null]));
    assert_eq!(told(&world.admin, &["2026-09"]), before);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_frozen_phase_keeps_the_target_of_the_movement_and_what_comes_after_may_have_another(world: World) {
    world.declare("CT3", "H18.1", "2025-03", 8, 10);
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let periods = ["2025-03", "2025-Q1", "2025"];
    let before = told(&world.admin, &periods);
    let english = world.admin.clone().with("accept-language", "en");
    let path = target_of(&world, "CT3");
    let detail = refused(
        &english.patch(&path, &json!({"value": {"numerator": 80}})).refused(409, "closed_figures"),
        "closed_figures",
    );
    assert!(detail.contains("2026-01"), "{detail}");
    world.admin.delete(&path).refused(409, "closed_figures");
    world.admin.patch(&path, &percent(80, "2026-01")).expect(200);
    assert_eq!(told(&world.admin, &periods), before);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_new_target_may_begin_with_a_month_of_its_scope(world: World) {
    world.declare("CT3", "H18.1", "2026-09", 8, 10);
    world.declare("CT3", "H18.1", "2026-10", 8, 10);
    lock(&world, "2026-09", "H18");
    let english = world.admin.clone().with("accept-language", "en");
    let own = |scope: Value, from: Value| {
        let mut body = bodies::target("CT3", 80, 100).with("agency", "H18.1").with("holds_from", from);
        body.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        body
    };
    for scope in [json!({"year": 2026}), json!({"phase": "II"}), json!({})] {
        let answer = english.post("/api/v1/targets", &own(scope, Value::Null)).refused(409, "closed_figures");
        assert!(refused(&answer, "closed_figures").contains("2026-10"), "{}", answer.json);
    }
    for (scope, from, months) in [
        (json!({"year": 2026}), "2027-01", "2026-01 to 2026-12"),
        (json!({"phase": "II"}), "2025-12", "2026-01 to 2030-12"),
    ] {
        let answer = english.post("/api/v1/targets", &own(scope, json!(from))).refused(409, "holds_from_outside_scope");
        assert!(refused(&answer, "holds_from_outside_scope").contains(months), "{}", answer.json);
    }
    english.post("/api/v1/targets", &own(json!({"year": 2026}), json!("2026-Q4"))).refused(422, "invalid_input");
    let made = world.create("targets", own(json!({"year": 2026}), json!("2026-10")));
    let at = |period: &str| judged(&world.attainment("CT3", "H18.1", period));
    assert_eq!((at("2026-09"), at("2026-10")), (json!(["not_met", 2, 100, null]), json!(["met", 0, 80, "2026-10"])));
    // The province is judged by its own target, and counts the commune by the commune's.
    let province = world.attainment("CT3", "H18", "2026-10");
    assert_eq!((judged(&province), &province["agencies_met"]), (json!(["not_met", 2, 100, null]), &json!(1)));
    // Until October is locked it may begin with another month.
    world.admin.patch(&format!("/api/v1/targets/{}", made["id"]), &json!({"holds_from": "2026-11"})).expect(200);
    assert_eq!(at("2026-10"), json!(["not_met", 2, 100, null]));
    world.admin.patch(&format!("/api/v1/targets/{}", made["id"]), &json!({"holds_from": "2026-10"})).expect(200);
    lock(&world, "2026-10", "H18.1");
    world.admin.delete(&format!("/api/v1/targets/{}", made["id"])).refused(409, "closed_figures");
    let patch = json!({"holds_from": "2026-11"});
    world.admin.patch(&format!("/api/v1/targets/{}", made["id"]), &patch).refused(409, "closed_figures");
    lock(&world, "2026-11", "H18");
    let detail = english
        .patch(
            &format!("/api/v1/targets/{}", made["id"]),
            &json!({"value": {"numerator": 70}, "holds_from": "2026-11"}),
        )
        .refused(409, "closed_figures");
    assert!(refused(&detail, "closed_figures").contains("2026-12"), "{}", detail.json);
    lock(&world, "2025", "H18");
    let answer =
        english.post("/api/v1/targets", &own(json!({"year": 2025}), Value::Null)).refused(409, "closed_figures");
    assert!(refused(&answer, "closed_figures").contains("a later year or phase"), "{}", answer.json);
    world.server.assert_verified();
}

#[on_both_engines]
fn every_answer_says_the_version_that_judged_it(world: World) {
    world.declare("CT3", "H18.1", "2026-09", 8, 10);
    world.declare("CT3", "H18.1", "2026-10", 8, 10);
    let path = target_of(&world, "CT3");
    let seq = world.server.database().model().seq;
    world.admin.patch(&path, &percent(80, "2026-10")).expect(200);
    let both = [json!(["not_met", 2, 100, null]), json!(["met", 0, 80, "2026-10"])];
    let of_commune = |rows: &Vec<Value>| {
        judged(rows.iter().find(|row| row["agency"] == "H18.1" && row["indicator"] == "CT3").unwrap())
    };
    for (period, expected) in ["2026-09", "2026-10"].iter().zip(&both) {
        assert_eq!(
            &of_commune(
                world.admin.get(&format!("/api/v1/attainments?period={period}&subtree=true")).expect(200).items()
            ),
            expected
        );
        let report = world.admin.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
        assert_eq!(&of_commune(report["attainments"].as_array().unwrap()), expected);
        // The report's target is the one that its rows were judged by, and knows nothing later.
        let target = report["targets"].as_array().unwrap().iter().find(|target| target["indicator"] == "CT3").unwrap();
        assert_eq!(json!([target["value"]["numerator"], target["holds_from"]]), json!([expected[2], expected[3]]));
        assert_eq!(target["versions"].as_array().unwrap().len(), if *period == "2026-09" { 1 } else { 2 });
        let explained = world.admin.get(&format!("/api/v1/attainments/CT3/H18.1/{period}/explain")).expect(200).json;
        assert_eq!(&judged(&explained["attainment"]), expected);
        let set_by = explained["target"]["seq"].as_i64().unwrap();
        assert_eq!(set_by == seq + 1, *period == "2026-10", "the change that gave it the value it has then");
        let assumed = json!({"indicator": "CT3", "agency": "H18.1", "period": period});
        let assumed = world.admin.post("/api/v1/attainments/what-if", &assumed).expect(200).json;
        assert_eq!(
            (&assumed["before"]["verdict"], &assumed["before"]["target"]["numerator"]),
            (&expected[0], &expected[2])
        );
        let then = world.admin.get(&format!("/api/v1/attainments/CT3/H18.1/{period}?asOf={seq}")).expect(200).json;
        assert_eq!(judged(&then), both[0], "as of before the change");
    }
    let series = world.admin.get("/api/v1/attainments/CT3/H18.1/series?from=2026-09&to=2026-10").expect(200);
    assert_eq!(series.items().iter().map(judged).collect::<Vec<_>>(), both);
    let text = |name: &str, path: &str| bodies::property(name, "text", path);
    let mut basis = text("CanCu", "basis");
    basis["value"]["from"]["of"] = json!("target");
    let properties =
        [text("CoQuan", "agency"), text("ChiTieu", "indicator"), text("ApDungTu", "target.holds_from"), basis];
    world.create("export-profiles", bodies::profile("muc", &properties));
    let exported = |period: &str| {
        let rows = world.admin.get(&format!("/api/v1/export-profiles/muc/report?period={period}")).expect(200).json;
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["CoQuan"] == "H18.1" && row["ChiTieu"] == "CT3")
            .unwrap()
            .clone();
        json!([row["ApDungTu"], row["CanCu"]])
    };
    assert_eq!(
        (exported("2026-09"), exported("2026-10")),
        (json!([null, "2158/KH-UBND"]), json!(["2026-10", "QĐ 80"]))
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn the_rehearsal_lacks_a_target_before_the_first_month_of_the_only_one(world: World) {
    world.indicator("CT9", "flow", &json!({"kind": "declared"}));
    world.create("targets", bodies::target("CT9", 1, 2).with("holds_from", "2026-10"));
    let without = |period: &str| {
        let answer =
            world.admin.post("/api/v1/provincial-report/rehearse", &json!({"period": period})).expect(200).json;
        answer["findings"].as_array().unwrap().iter().filter(|finding| finding["reason"] == "no_target").count()
    };
    assert_eq!((without("2026-09"), without("2026-10"), without("2026-Q3"), without("2026")), (1, 0, 1, 0));
}
