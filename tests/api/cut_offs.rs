//! Figures recorded or changed after the cut-off of a period are counted, and every answer says so.

use serde_json::{Value, json};
use support::bodies;
use support::{World, on_both_engines};

/// The number of agencies whose figures came after the cut-off, wherever an answer says it.
fn late(world: &World, indicator: &str, agency: &str, period: &str) -> Value {
    let client = &world.admin;
    let count = |row: &Value| row["agencies_after_cut_off"].clone();
    let of = |rows: &[Value]| {
        count(rows.iter().find(|row| row["agency"] == agency && row["indicator"] == indicator).expect("a row"))
    };
    let path = format!("/api/v1/attainments/{indicator}/{agency}");
    let figure = count(&client.get(&format!("{path}/{period}")).expect(200).json);
    let series = client.get(&format!("{path}/series?from={period}&to={period}")).expect(200);
    let list = client.get(&format!("/api/v1/attainments?period={period}&subtree=true")).expect(200);
    let report = client.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
    let explained = client.get(&format!("{path}/{period}/explain")).expect(200).json;
    assert_eq!(count(&series.items()[0]), figure);
    assert_eq!(of(list.items()), figure);
    assert_eq!(of(report["attainments"].as_array().unwrap()), figure);
    assert_eq!(count(&explained["attainment"]), figure);
    figure
}

/// The findings about figures that came after the cut-off: agency, indicator if it is one alone, and text.
fn findings(world: &World, period: &str) -> Vec<(String, Value, String)> {
    let english = world.admin.clone().with("accept-language", "en");
    let answer = english.post("/api/v1/provincial-report/rehearse", &json!({"period": period})).expect(200).json;
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let found = answer["findings"].as_array().unwrap().iter().filter(|finding| finding["reason"] == "after_cut_off");
    found.map(|finding| (text(finding, "agency"), finding["indicator"].clone(), text(finding, "text"))).collect()
}

#[on_both_engines]
fn a_figure_declared_after_the_cut_off_is_marked_everywhere(world: World) {
    let period = |period: &str, cut_off: &str| world.create("periods", bodies::cut_off(period, cut_off));
    period("2026-09", "2026-09-16");
    period("2026-10", "2099-12-31");
    world.declare("CT3", "H18.1", "2026-09", 8, 10);
    world.declare("CT3", "H18.2", "2026-09", 9, 10);
    world.declare("CT3", "H18.1", "2026-10", 8, 10);
    world.declare("CT2", "H18.1", "2026-09", 8, 10);
    assert_eq!(late(&world, "CT3", "H18.1", "2026-09"), json!(1));
    assert_eq!(late(&world, "CT3", "H18", "2026-09"), json!(2));
    assert_eq!(late(&world, "CT2", "H18", "2026-09"), json!(1));
    assert_eq!(late(&world, "CT3", "H18.20", "2026-09"), json!(0));
    assert_eq!(late(&world, "CT3", "H18", "2026-10"), json!(0), "its cut-off is to come");
    assert_eq!(late(&world, "CT3", "H18", "2026-08"), json!(0), "it has none");
    let found = findings(&world, "2026-09");
    let whose: Vec<_> = found.iter().map(|(agency, indicator, _)| (agency.as_str(), indicator.clone())).collect();
    assert_eq!(whose, [("H18.1", Value::Null), ("H18.2", json!("CT3"))]);
    assert!(found[0].2.contains("the data cut-off 2026-09-16: CT2, CT3."), "{}", found[0].2);
    assert!(findings(&world, "2026-10").is_empty());
    // A profile tells it, too; another node, which has read all anew, says the same.
    world.create(
        "export-profiles",
        bodies::profile("muon", &[bodies::property("SauNgayChot", "whole_number", "agencies_after_cut_off")]),
    );
    let exported = world.admin.get("/api/v1/export-profiles/muon/report?period=2026-09").expect(200).json;
    assert_eq!(exported.as_array().unwrap().iter().filter(|row| row["SauNgayChot"] == json!(2)).count(), 1);
    let other = world.server.lagging_node();
    let there = other.admin().get("/api/v1/attainments/CT3/H18/2026-09").expect(200).json;
    assert_eq!(there["agencies_after_cut_off"], json!(2));
    // A later cut-off takes the mark away, a month that is taken back as well, and the past keeps what it said.
    let seq = world.server.database().model().seq;
    let path = "/api/v1/periods/nd09/2026-09";
    world.admin.patch(path, &json!({"cut_off": "2099-12-31"})).expect(200);
    assert_eq!(late(&world, "CT3", "H18", "2026-09"), json!(0));
    let then = world.admin.get(&format!("/api/v1/attainments/CT3/H18/2026-09?asOf={seq}")).expect(200).json;
    assert_eq!(then["agencies_after_cut_off"], json!(2));
    world.admin.patch(path, &json!({"cut_off": "2026-09-16"})).expect(200);
    assert_eq!(late(&world, "CT3", "H18", "2026-09"), json!(2));
    world.server.assert_verified();
}

#[on_both_engines]
fn a_training_that_comes_after_the_cut_off_marks_the_stock_it_counts_in(world: World) {
    world.create("periods", bodies::cut_off("2026-09", "2026-09-16"));
    world.person("A", "H18.1", "2026-01-05");
    world.course("K");
    world.trained("A", "K", "2026-04-01");
    assert_eq!(late(&world, "CT7", "H18", "2026-09"), json!(1));
    assert_eq!(late(&world, "CT7", "H18", "2026-Q2"), json!(0));
    let found = findings(&world, "2026-09");
    assert!(found.len() == 1 && found[0].0 == "H18.1" && found[0].1 == "CT7", "{found:?}");
    world.server.assert_verified();
}

#[on_both_engines]
fn the_cut_off_of_a_closed_period_stays_where_another_would_move_its_answers(world: World) {
    world.create("periods", bodies::cut_off("2026-09", "2026-09-16"));
    world.declare("CT3", "H18.1", "2026-09", 8, 10);
    let lock = world.create("locks", bodies::lock("2026-09", "H18.1"));
    let path = "/api/v1/periods/nd09/2026-09";
    // It came after both days, so nothing moves.
    world.admin.patch(path, &json!({"cut_off": "2026-09-20"})).expect(200);
    let patch = json!({"cut_off": "2099-12-31"});
    let answer = world.admin.patch(path, &patch).refused(409, "closed_figures");
    assert_eq!(answer.errors().get("/cut_off").map(String::as_str), Some("closed_figures"));
    world.admin.delete(path).refused(409, "closed_figures");
    world.admin.patch(path, &json!({"submission_due": "2026-09-21"})).expect(200);
    world.admin.clone().with("change-reason", "Khóa nhầm").delete(&format!("/api/v1/locks/{}", lock["id"])).expect(204);
    world.admin.patch(path, &json!({"cut_off": "2099-12-31", "submission_due": null})).expect(200);
    assert_eq!(late(&world, "CT3", "H18.1", "2026-09"), json!(0));
    world.server.assert_verified();
}
