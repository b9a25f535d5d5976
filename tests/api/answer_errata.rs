//! Errata of answers: a change of the catalogue that moves a reopened answer is told, with the reason and the time of
//! the reopening.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::bodies::{self, Members};
use support::{Client, World, on_both_engines};

const REASON: &str = "Giao lại mục tiêu theo Kế hoạch 2158/KH-UBND";

/// The administrator, with a `Change-Reason`.
fn reasoned(world: &World) -> Client {
    world.admin.clone().with("change-reason", REASON)
}

/// Locks a period for an agency and takes the lock away.
#[track_caller]
fn reopen(world: &World, period: &str, agency: &str) {
    let lock = lock(world, period, agency);
    reasoned(world).delete(&lock).expect(204);
}

#[track_caller]
fn lock(world: &World, period: &str, agency: &str) -> String {
    let body = bodies::lock(period, agency);
    format!("/api/v1/locks/{}", world.create("locks", body)["id"])
}

fn listed(world: &World, query: &str) -> Vec<Value> {
    world.admin.get(&format!("/api/v1/errata?{query}")).expect(200).items().clone()
}

/// Agency, period and measure of errata.
fn about(errata: &[Value]) -> Vec<String> {
    let text = |erratum: &Value, member: &str| erratum[member].as_str().unwrap().to_owned();
    let about = |one: &Value| ["agency", "period", "measure"].map(|member| text(one, member)).join(" ");
    let mut all: Vec<_> = errata.iter().map(about).collect();
    all.sort_unstable();
    all
}

/// The members of a told answer, as one compares them.
fn told(answer: &Value) -> Value {
    if answer.is_null() {
        return Value::Null;
    }
    let target = &answer["target"];
    json!({
        "figure": [answer["numerator"], answer["denominator"], answer["percent"]],
        "target": if target.is_null() { Value::Null } else { json!([target["numerator"], target["denominator"]]) },
        "verdict": [answer["verdict"], answer["shortfall"]],
        "agencies": [answer["expected_agencies"], answer["reported_agencies"]],
        "versions": answer["definition_versions"],
    })
}

/// The errata of answers by agency, period and indicator, before and after.
fn moves(errata: &[Value]) -> BTreeMap<String, [Value; 2]> {
    let answers = errata.iter().filter(|erratum| erratum["measure"] == "answer");
    let key = |erratum: &Value| {
        let text = |member: &str| erratum[member].as_str().unwrap().to_owned();
        format!("{} {} {}", text("indicator"), text("agency"), text("period"))
    };
    answers.map(|one| (key(one), ["old", "new"].map(|side| told(&one["answer"][side])))).collect()
}

#[on_both_engines]
fn a_target_that_changes_after_a_reopening_is_told_in_every_answer_it_judges(world: World) {
    world.declare("CT3", "H18.20.1", "2026-03", 3, 4);
    let target =
        format!("/api/v1/targets/{}", world.admin.get("/api/v1/targets?indicator=CT3").expect(200).items()[0]["id"]);
    let set = |per_cent: i64| world.admin.patch(&target, &json!({"value": {"numerator": per_cent}}));
    set(90).expect(200);
    assert!(listed(&world, "").is_empty(), "nothing was closed yet");
    reopen(&world, "2026-03", "H18.20");
    set(50).expect(200);

    // Those at or below the agency, in the one month; nobody was told the quarter, nor the province.
    let errata = listed(&world, "");
    assert_eq!(about(&errata), ["H18.20 2026-03 answer", "H18.20.1 2026-03 answer", "H18.20.2 2026-03 answer"]);
    let reopening = world.admin.get("/api/v1/reopenings").expect(200).items()[0]["id"].clone();
    for erratum in &errata {
        assert_eq!((&erratum["reopening"], &erratum["reason"]), (&reopening, &json!(REASON)));
        assert_eq!(
            (&erratum["month"], &erratum["reverted"], &erratum["correction"]),
            (&json!("2026-03"), &json!(false), &json!(null))
        );
    }
    let answer = |per_cent: i64, verdict: &str, shortfall: i64, agencies: [i64; 2]| {
        json!({
            "figure": [3, 4, "75.00"], "target": [per_cent, 100], "verdict": [verdict, shortfall], "agencies": agencies, "versions": [1],
        })
    };
    let nothing = |per_cent: i64| {
        json!({
            "figure": [null, null, null], "target": [per_cent, 100], "verdict": ["missing", null], "agencies": [1, 0], "versions": [1],
        })
    };
    let moved = moves(&errata);
    assert_eq!(moved["CT3 H18.20 2026-03"], [answer(90, "not_met", 1, [3, 1]), answer(50, "met", 0, [3, 1])]);
    assert_eq!(moved["CT3 H18.20.1 2026-03"], [answer(90, "not_met", 1, [1, 1]), answer(50, "met", 0, [1, 1])]);
    assert_eq!(moved["CT3 H18.20.2 2026-03"], [nothing(90), nothing(50)]);
    let department = errata.iter().find(|erratum| erratum["agency"] == "H18.20").unwrap();
    assert_eq!(
        (&department["old"], &department["new"]),
        (&json!({"numerator": 3, "denominator": 4}), &json!({"numerator": 3, "denominator": 4}))
    );

    // It stands beside that very answer, wherever it is given.
    let beside = |agency: &str, period: &str| world.attainment("CT3", agency, period)["errata"].clone();
    assert_eq!(beside("H18.20", "2026-03"), json!([department]));
    for (agency, period) in [("H18.20", "2026-Q1"), ("H18.20", "2026-04"), ("H18", "2026-03"), ("H18.1", "2026-03")] {
        assert_eq!(beside(agency, period), json!([]), "{agency} {period}");
    }
    let report = world.admin.get("/api/v1/provincial-report?period=2026-03").expect(200).json;
    let rows = report["attainments"].as_array().unwrap();
    let row = rows.iter().find(|row| row["indicator"] == "CT3" && row["agency"] == "H18.20").unwrap();
    assert_eq!((&row["errata"], &row["errata_total"]), (&json!([department]), &json!(1)));
    let trend =
        world.admin.get("/api/v1/attainments/CT3/H18.20/series?from=2026-02&to=2026-04").expect(200).items().clone();
    assert_eq!(trend.iter().map(|row| row["errata_total"].as_i64().unwrap()).collect::<Vec<_>>(), [0, 1, 0]);

    // A later change moves the row on, and one that leads back stays and says so.
    set(80).expect(200);
    let errata = listed(&world, "agency=H18.20.1");
    assert_eq!(
        moves(&errata)["CT3 H18.20.1 2026-03"],
        [answer(90, "not_met", 1, [1, 1]), answer(80, "not_met", 1, [1, 1])]
    );
    set(90).expect(200);
    let errata = listed(&world, "");
    assert_eq!(errata.iter().map(|erratum| erratum["reverted"].clone()).collect::<Vec<_>>(), [true, true, true]);

    // An answer that is closed again stays; one that is reopened again has errata of its own.
    let again = lock(&world, "2026-03", "H18.20");
    set(60).refused(409, "closed_figures");
    reasoned(&world).delete(&again).expect(204);
    set(60).expect(200);
    assert_eq!(listed(&world, "").len(), 6);
    world.server.assert_verified();
}

#[on_both_engines]
fn the_longer_periods_that_were_told_have_errata_of_their_own(world: World) {
    world.declare("CT3", "H18.20.1", "2026-02", 3, 4);
    reopen(&world, "2026-Q1", "H18.20.1");
    // The first half is not told: its other months were never closed.
    let body = bodies::target("CT3", 1, 2).with("agency", "H18.20.1").with("year", 2026);
    let target = world.create("targets", body);
    let periods = |query: &str| {
        let errata = listed(&world, query);
        let mut periods: Vec<_> = errata.iter().map(|erratum| erratum["period"].as_str().unwrap().to_owned()).collect();
        periods.sort_unstable();
        periods
    };
    assert_eq!(periods(""), ["2026-01", "2026-02", "2026-03", "2026-Q1"]);
    for (query, told) in [
        ("period=2026-Q1", &["2026-01", "2026-02", "2026-03", "2026-Q1"][..]),
        ("period=2026-03", &["2026-03"]),
        ("period=2026-02", &["2026-02"]),
        ("period=2026-Q2", &[]),
        ("agency=H18.1", &[]),
        ("indicator=CT4", &[]),
    ] {
        assert_eq!(periods(query), told, "{query}");
    }
    // One month locked again: the quarter is open still, with what was told of it.
    lock(&world, "2026-02", "H18.20.1");
    world.admin.delete(&format!("/api/v1/targets/{}", target["id"])).refused(409, "closed_figures");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_room_that_is_moved_in_reopened_time_is_told_in_both_departments(world: World) {
    world.agency("H18.21", "so_nganh", Some("H18"));
    world.declare("CT3", "H18.20.1", "2026-03", 3, 4);
    reopen(&world, "2026-03", "H18");
    world.admin.patch("/api/v1/agencies/H18.20.1", &json!({"parent": "H18.21"})).expect(200);
    let errata = listed(&world, "indicator=CT3");
    let answer = |figure: Value, verdict: Value, agencies: [i64; 2]| {
        json!({
            "figure": figure, "target": [100, 100], "verdict": verdict, "agencies": agencies, "versions": [1],
        })
    };
    let (with, without) = (json!([3, 4, "75.00"]), json!([null, null, null]));
    let (short, missing) = (json!(["not_met", 1]), json!(["missing", null]));
    let expected = BTreeMap::from([
        (
            "CT3 H18.20 2026-03".to_owned(),
            [answer(with.clone(), short.clone(), [3, 1]), answer(without.clone(), missing.clone(), [2, 0])],
        ),
        ("CT3 H18.21 2026-03".to_owned(), [answer(without, missing, [1, 0]), answer(with, short, [2, 1])]),
    ]);
    assert_eq!(moves(&errata), expected, "neither the room's own answer nor the province's");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_room_that_was_closed_is_told_of_wherever_it_is_moved(world: World) {
    let figure = format!("/api/v1/observations/{}", world.declare("CT3", "H18.20.1", "2026-03", 3, 4)["id"]);
    world.agency("H18.21", "so_nganh", Some("H18"));
    reopen(&world, "2026-03", "H18.20");
    world.admin.patch("/api/v1/agencies/H18.20.1", &json!({"parent": "H18.21"})).expect(200);
    world.admin.patch(&figure, &json!({"numerator": 4})).expect(200);
    let cells: Vec<_> =
        listed(&world, "indicator=CT3").into_iter().filter(|erratum| erratum["answer"].is_null()).collect();
    assert_eq!(about(&cells), ["H18.20.1 2026-03 month_figure"], "it was closed below the other department");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_definition_that_changes_in_reopened_time_is_told(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 3, 4);
    reopen(&world, "2026-03", "H18.1");
    world.admin.patch("/api/v1/indicators/CT3", &json!({"agency_kinds": ["so_nganh"]})).expect(200);
    let answer = |agencies: [i64; 2], version: i64| {
        json!({
            "figure": [3, 4, "75.00"], "target": [100, 100], "verdict": ["not_met", 1], "agencies": agencies, "versions": [version],
        })
    };
    let errata = listed(&world, "");
    assert_eq!(
        moves(&errata),
        BTreeMap::from([("CT3 H18.1 2026-03".to_owned(), [answer([1, 1], 1), answer([0, 0], 2)])])
    );
    // An end of the indicator takes the answer away.
    world.admin.patch("/api/v1/indicators/CT3", &json!({"valid_to": "2025-12-31"})).expect(200);
    let erratum = listed(&world, "").remove(0);
    assert_eq!((told(&erratum["answer"]["old"]), &erratum["answer"]["new"]), (answer([1, 1], 1), &json!(null)));
    assert_eq!(erratum["new"], json!({"numerator": null, "denominator": null}));
    world.server.assert_verified();
}

#[on_both_engines]
fn a_thawed_phase_is_followed_whatever_becomes_of_its_years(world: World) {
    world.declare("CT3", "H18.1", "2025-03", 3, 4);
    let phase = "/api/v1/movements/M/phases/I";
    world.admin.patch(phase, &json!({"frozen": true})).expect(200);
    reasoned(&world).patch(phase, &json!({"frozen": false})).expect(200);
    world.admin.patch(phase, &json!({"last_year": 2024})).expect(200);
    let target =
        format!("/api/v1/targets/{}", world.admin.get("/api/v1/targets?indicator=CT3").expect(200).items()[0]["id"]);
    world.admin.patch(&target, &json!({"value": {"numerator": 50}})).expect(200);
    let row = world.attainment("CT3", "H18.1", "2025-03");
    let erratum = &row["errata"][0];
    assert_eq!((&erratum["measure"], &erratum["answer"]["new"]["verdict"]), (&json!("answer"), &json!("met")), "{row}");
    assert_eq!(row["errata_total"], 1);
    // 2026 was never frozen.
    assert_eq!(world.attainment("CT3", "H18.1", "2026-03")["errata_total"], 0);
    world.server.assert_verified();
}

#[on_both_engines]
fn what_answers_were_told_of_is_not_deleted_while_they_are_open(world: World) {
    world.agency("H18.9", "ubnd_xa", Some("H18"));
    world.indicator("CT9", "flow", &json!({"kind": "declared"}));
    reopen(&world, "2026-03", "H18");
    for path in ["agencies/H18.9", "indicators/CT9"] {
        world.admin.delete(&format!("/api/v1/{path}")).refused(409, "answers_were_told");
    }
    world.agency("H18.8", "ubnd_xa", Some("H18"));
    world.indicator("CT8", "flow", &json!({"kind": "declared"}));
    // Nobody was told anything of what came later.
    for path in ["agencies/H18.8", "indicators/CT8"] {
        world.admin.delete(&format!("/api/v1/{path}")).expect(204);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_write_that_is_only_tried_leaves_no_erratum(world: World) {
    reopen(&world, "2026-03", "H18.1");
    let body = bodies::target("CT3", 1, 2).with("agency", "H18.1").with("year", 2026);
    world.admin.clone().with("prefer", "tx=rollback").post("/api/v1/targets", &body).expect(201);
    assert!(listed(&world, "").is_empty());
    world.server.assert_verified();
}
