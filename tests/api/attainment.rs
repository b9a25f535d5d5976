//! Attainment of each target, compared with figures computed by hand from few records.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{World, on_both_engines};

/// Checks the parts of an attainment that a test computes by hand.
#[track_caller]
fn assert_figure(row: &Value, figure: (i64, i64), verdict: &str, shortfall: i64) {
    assert_eq!((row["numerator"].as_i64(), row["denominator"].as_i64()), (Some(figure.0), Some(figure.1)), "{row}");
    assert_eq!((row["verdict"].as_str(), row["shortfall"].as_i64()), (Some(verdict), Some(shortfall)), "{row}");
}

fn exchange(world: &World, agency: &str, direction: &str, total: i64, secret: i64, electronic: i64) {
    world.create(
        "document-exchanges",
        bodies::exchange(agency, "2026-03", total, electronic).with("direction", direction).with("secret", secret),
    );
}

fn system(world: &World, code: &str, agency: &str) {
    world.create(
        "information-systems",
        bodies::system(code, agency, "2026-01-01").with("level", 2).with("level_basis", "nd85_2016"),
    );
}

fn status(world: &World, system: &str, on: &str, last_event: &str, plan_deployed: bool) -> Value {
    world.create(
        "monitoring-statuses",
        json!({"system": system, "on": on, "level_approved": true, "plan_deployed": plan_deployed,
               "monitored_by": "provincial_soc", "last_event": last_event, "assessment_valid_until": "2027-12-31"}),
    )
}

#[on_both_engines]
fn ct1_leaves_secret_documents_out_and_adds_both_directions(world: World) {
    exchange(&world, "H18.20", "incoming", 100, 10, 88);
    exchange(&world, "H18.20", "outgoing", 50, 0, 50);
    exchange(&world, "H18.1", "incoming", 20, 20, 0);
    // 88 + 50 of (100 − 10) + 50.
    assert_figure(&world.attainment("CT1", "H18.20", "2026-03"), (138, 140), "not_met", 2);
    let only_secret = world.attainment("CT1", "H18.1", "2026-03");
    assert_eq!((&only_secret["verdict"], &only_secret["denominator"]), (&json!("not_applicable"), &json!(0)));
    let province = world.attainment("CT1", "H18", "2026-03");
    assert_figure(&province, (138, 140), "not_met", 2);
    assert_eq!((&province["ratio"], &province["percent"]), (&json!("69/70"), &json!("98.57")));
    assert_eq!(province["window"], json!({"from": "2026-02-15", "to": "2026-03-14"}));
    assert_eq!((&province["reported_agencies"], &province["expected_agencies"]), (&json!(2), &json!(5)));
}

#[on_both_engines]
fn ct2_is_the_last_report_of_the_window(world: World) {
    world.declare("CT2", "H18.20", "2026-01", 5, 10);
    world.declare("CT2", "H18.20", "2026-03", 10, 10);
    world.declare("CT2", "H18.1", "2026-02", 3, 4);
    assert_figure(&world.attainment("CT2", "H18.20", "2026-Q1"), (10, 10), "met", 0);
    assert_figure(&world.attainment("CT2", "H18", "2026-Q1"), (13, 14), "not_met", 1);
    assert_eq!(world.attainment("CT2", "H18.1", "2026-03")["verdict"], "missing");
}

#[on_both_engines]
fn ct3_and_ct4_add_up_over_the_window(world: World) {
    for indicator in ["CT3", "CT4"] {
        world.declare(indicator, "H18.20.1", "2026-01", 40, 40);
        world.declare(indicator, "H18.20.2", "2026-02", 55, 60);
        assert_figure(&world.attainment(indicator, "H18.20", "2026-01"), (40, 40), "met", 0);
        assert_figure(&world.attainment(indicator, "H18.20", "2026-Q1"), (95, 100), "not_met", 5);
        assert_figure(&world.attainment(indicator, "H18", "2026"), (95, 100), "not_met", 5);
    }
}

#[on_both_engines]
fn ct5_is_met_at_half_and_a_ratio_above_the_target_is_allowed(world: World) {
    world.declare("CT5", "H18.1", "2026-03", 2, 4);
    world.declare("CT5", "H18.2", "2026-03", 1, 3);
    assert_figure(&world.attainment("CT5", "H18.1", "2026-03"), (2, 4), "met", 0);
    // 1/3 lacks one: 2/3 is the least that reaches 50 %.
    assert_figure(&world.attainment("CT5", "H18.2", "2026-03"), (1, 3), "not_met", 1);
    assert_figure(&world.attainment("CT5", "H18", "2026-03"), (3, 7), "not_met", 1);
    world.declare("CT5", "H18.20", "2026-03", 9, 3);
    assert_figure(&world.attainment("CT5", "H18.20", "2026-03"), (9, 3), "met", 0);
}

#[on_both_engines]
fn ct6_counts_systems_that_meet_every_requirement_at_the_months_end(world: World) {
    for code in ["S1", "S2", "S3"] {
        system(&world, code, "H18.20");
    }
    // March ends on the 14th: 12/02 lies 30 days back, 11/02 lies 31 days back.
    status(&world, "S1", "2026-03-01", "2026-02-12", true);
    let second = status(&world, "S2", "2026-03-01", "2026-02-11", true);
    status(&world, "S3", "2026-03-01", "2026-03-01", false);
    assert_figure(&world.attainment("CT6", "H18.20", "2026-03"), (1, 3), "not_met", 2);
    let path = format!("/api/v1/monitoring-statuses/{}", second["id"]);
    world.admin.patch(&path, &json!({"last_event": "2026-02-12"})).expect(200);
    assert_figure(&world.attainment("CT6", "H18.20", "2026-03"), (2, 3), "not_met", 1);
    assert_figure(&world.attainment("CT6", "H18.20", "2026-02"), (0, 3), "not_met", 3);
    world.server.assert_verified();
}

#[on_both_engines]
fn ct7_counts_people_once_and_takes_their_training_along(world: World) {
    for (person, agency) in [("A", "H18.20.1"), ("B", "H18.20.1"), ("C", "H18.20.2")] {
        world.person(person, agency, "2025-01-01");
    }
    world.course("K1");
    world.course("K2");
    world.trained("A", "K1", "2026-01-06");
    world.trained("A", "K2", "2026-01-06");
    world.trained("B", "K1", "2026-01-15");
    // Under nd09 the 14th is January's last day, the 15th February's first.
    assert_figure(&world.attainment("CT7", "H18.20", "2026-01"), (1, 3), "not_met", 2);
    assert_figure(&world.attainment("CT7", "H18.20", "2026-02"), (2, 3), "not_met", 1);
    let civil = world.admin.get("/api/v1/attainments/CT7/H18.20/2026-01?calendar=civil").expect(200).json;
    assert_figure(&civil, (2, 3), "not_met", 1);
    world.admin.post("/api/v1/staff/A/transfers", &json!({"agency": "H18.20.2", "on": "2026-03-15"})).expect(200);
    assert_figure(&world.attainment("CT7", "H18.20.1", "2026-03"), (2, 2), "met", 0);
    assert_figure(&world.attainment("CT7", "H18.20.1", "2026-04"), (1, 1), "met", 0);
    assert_figure(&world.attainment("CT7", "H18.20.2", "2026-04"), (1, 2), "not_met", 1);
    assert_figure(&world.attainment("CT7", "H18", "2026-04"), (2, 3), "not_met", 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn ct7_starts_anew_with_the_phase(world: World) {
    world.person("A", "H18.1", "2025-01-01");
    world.course("K1");
    world.trained("A", "K1", "2025-06-01");
    assert_figure(&world.attainment("CT7", "H18.1", "2025-12"), (1, 1), "met", 0);
    assert_figure(&world.attainment("CT7", "H18.1", "2026-01"), (0, 1), "not_met", 1);
}

#[on_both_engines]
fn nothing_reported_differs_from_nothing_arisen_and_from_nothing_done(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 0, 0);
    world.declare("CT3", "H18.2", "2026-03", 0, 4);
    assert_eq!(world.attainment("CT3", "H18.20", "2026-03")["verdict"], "missing");
    assert_eq!(world.attainment("CT3", "H18.1", "2026-03")["verdict"], "not_applicable");
    let none_done = world.attainment("CT3", "H18.2", "2026-03");
    assert_figure(&none_done, (0, 4), "not_met", 4);
    assert_eq!(none_done["percent"], "0.00");
}

#[on_both_engines]
fn a_figure_of_one_calendar_is_not_guessed_into_another(world: World) {
    world.create("observations", bodies::declared("CT3", "H18.1", "2026-03", 1, 1).with("calendar", "civil"));
    let row = world.attainment("CT3", "H18.1", "2026-03");
    assert_eq!((&row["verdict"], &row["recorded_under"]), (&json!("missing"), &json!(["civil"])));
}

#[on_both_engines]
fn every_answer_says_how_much_of_the_window_it_rests_on_and_who_is_behind_it(world: World) {
    // The department has surplus, one commune lacks two, another has one month of three under the wrong calendar.
    world.declare("CT3", "H18.20", "2026-01", 12, 10);
    world.declare("CT3", "H18.1", "2026-01", 8, 10);
    world.create("observations", bodies::declared("CT3", "H18.2", "2026-01", 3, 10).with("calendar", "civil"));
    let members = [
        "verdict",
        "absence",
        "expected_agencies",
        "reported_agencies",
        "agencies_met",
        "agencies_not_met",
        "agencies_lacking",
        "agencies_under_other_calendars",
        "expected_months",
        "reported_months",
        "complete",
        "oldest_month",
    ];
    let said = |row: &Value| json!(members.map(|name| row[name].clone()));
    let quarter = json!(["met", null, 5, 2, 1, 1, 3, 1, 15, 2, false, null]);
    assert_eq!(said(&world.attainment("CT3", "H18", "2026-Q1")), quarter);
    let lists = [
        ("attainments?period=2026-Q1&indicator=CT3", "items"),
        ("attainments/CT3/H18/series?from=2026-Q1&to=2026-Q1", "items"),
        ("provincial-report?period=2026-Q1", "attainments"),
        ("export-profiles/native/report?period=2026-Q1", "attainments"),
    ];
    for (path, rows) in lists {
        let answer = world.admin.get(&format!("/api/v1/{path}")).expect(200).json;
        let row =
            answer[rows].as_array().unwrap().iter().find(|row| row["indicator"] == "CT3" && row["agency"] == "H18");
        assert_eq!(said(row.unwrap()), quarter, "{path}");
    }
    let explained = world.admin.get("/api/v1/attainments/CT3/H18/2026-Q1/explain").expect(200).json;
    assert_eq!(said(&explained["attainment"]), quarter);
    // With the commune's month under this calendar, and a target that two meet.
    let assumed = json!({"indicator": "CT3", "agency": "H18", "period": "2026-Q1",
        "target": {"numerator": 8, "denominator": 10, "comparison": "at_least"},
        "observations": [{"indicator": "CT3", "agency": "H18.2", "calendar": "nd09", "month": "2026-01",
                          "numerator": 3, "denominator": 10, "nature": "actual"}]});
    let answer = world.admin.post("/api/v1/attainments/what-if", &assumed).expect(200).json;
    let outlook = |outlook: &Value| {
        json!(
            members
                .iter()
                .filter(|name| !name.contains("ed_agencies"))
                .map(|name| outlook[*name].clone())
                .collect::<Vec<_>>()
        )
    };
    assert_eq!(outlook(&answer["before"]), json!(["met", null, 1, 1, 3, 1, 15, 2, false, null]));
    assert_eq!(outlook(&answer["after"]), json!(["not_met", null, 2, 1, 2, 0, 15, 3, false, null]));
    world.server.assert_verified();
}

#[on_both_engines]
fn an_answer_that_rests_on_estimates_says_so(world: World) {
    let estimate = |indicator: &str, agency: &str, month: &str| {
        bodies::declared(indicator, agency, month, 1, 2).with("nature", "estimate")
    };
    let estimated = |indicator: &str, agency: &str, question: &str| {
        world.admin.get(&format!("/api/v1/attainments/{indicator}/{agency}/{question}")).expect(200).json["estimated_agencies"].clone()
    };
    world.declare("CT3", "H18.1", "2026-01", 1, 2);
    let flow = world.create("observations", estimate("CT3", "H18.2", "2026-02"));
    world.create("observations", estimate("CT3", "H18.2", "2026-03"));
    assert_eq!(
        [("H18", "2026-Q1"), ("H18", "2026-01"), ("H18", "2026-02"), ("H18.1", "2026-Q1")]
            .map(|(agency, period)| estimated("CT3", agency, period)),
        [1, 0, 1, 0]
    );
    assert_eq!(estimated("CT3", "H18", "2026-Q1?calendar=civil"), 0);
    // A state is that of its last month, whatever an earlier one was.
    world.create("observations", estimate("CT2", "H18.1", "2026-01"));
    world.declare("CT2", "H18.1", "2026-02", 1, 2);
    assert_eq!(["2026-01", "2026-02", "2026-Q1"].map(|period| estimated("CT2", "H18", period)), [1, 0, 0]);

    for (path, rows) in [
        ("provincial-report?period=2026-Q1", "attainments"),
        ("export-profiles/native/report?period=2026-Q1", "attainments"),
        ("attainments?period=2026-Q1", "items"),
        ("attainments/CT3/H18/series?from=2026-Q1&to=2026-Q1", "items"),
    ] {
        let answer = world.admin.get(&format!("/api/v1/{path}")).expect(200).json;
        let row =
            answer[rows].as_array().unwrap().iter().find(|row| row["indicator"] == "CT3" && row["agency"] == "H18");
        assert_eq!(row.unwrap()["estimated_agencies"], 1, "{path}");
    }
    let explained = world.admin.get("/api/v1/attainments/CT3/H18/2026-Q1/explain").expect(200).json;
    assert_eq!(explained["attainment"]["estimated_agencies"], 1);
    let assumed = json!({"indicator": "CT3", "agency": "H18", "period": "2026-Q1", "observations": [estimate("CT3", "H18.1", "2026-01")]});
    let answer = world.admin.post("/api/v1/attainments/what-if", &assumed).expect(200).json;
    assert_eq!(
        (&answer["before"]["estimated_agencies"], &answer["after"]["estimated_agencies"]),
        (&json!(1), &json!(2))
    );
    let twin = world.admin.get("/api/v1/export-profiles/native/metadata").expect(200).json;
    assert!(
        twin["properties"]
            .as_array()
            .unwrap()
            .iter()
            .any(|property| property["name"] == "attainments[].estimated_agencies")
    );

    // The estimate goes: it becomes the actual figure, moves to another month, or is deleted.
    let path = format!("/api/v1/observations/{}", flow["id"]);
    let seq = || world.server.database().model().seq;
    let mut told = vec![(seq(), 1)];
    for (change, after) in [
        (json!({"nature": "actual"}), 0),
        (json!({"nature": "estimate"}), 1),
        (json!({"month": "2026-04"}), 0),
        (json!({"month": "2026-02"}), 1),
    ] {
        world.admin.patch(&path, &change).expect(200);
        assert_eq!(estimated("CT3", "H18", "2026-02"), after, "{change}");
        told.push((seq(), after));
    }
    world.admin.delete(&path).expect(204);
    assert_eq!(estimated("CT3", "H18", "2026-02"), 0);
    let all = told[0].0;
    world
        .admin
        .post(
            "/api/v1/observations/batch",
            &json!([estimate("CT3", "H18.20", "2026-02"), estimate("CT3", "H18.20.1", "2026-02")]),
        )
        .expect(200);
    assert_eq!(estimated("CT3", "H18", "2026-02"), 2);
    // Every one of these answers is given again as of then.
    for (seq, then) in told {
        assert_eq!(estimated("CT3", "H18", &format!("2026-02?asOf={seq}")), then, "{seq}");
    }
    assert_eq!(estimated("CT2", "H18", &format!("2026-01?asOf={all}")), 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn whoever_has_no_system_or_has_handed_over_the_last_lacks_nothing(world: World) {
    let absent = |agency: &str, period: &str| {
        let row = world.attainment("CT6", agency, period);
        json!([row["verdict"], row["absence"], row["agencies_lacking"], row["complete"]])
    };
    assert_eq!(absent("H18.1", "2026-03"), json!(["missing", "nothing_arisen", 0, true]));
    assert_eq!(absent("H18", "2026-03"), json!(["missing", "nothing_arisen", 0, true]));
    system(&world, "S", "H18.1");
    world
        .admin
        .post("/api/v1/information-systems/S/transfers", &json!({"agency": "H18.2", "on": "2026-05-15"}))
        .expect(200);
    assert_eq!(absent("H18.1", "2026-05"), json!(["not_met", null, 0, true]));
    assert_eq!(absent("H18.1", "2026-06"), json!(["not_applicable", "nothing_arisen", 0, true]));
    assert_eq!(absent("H18.2", "2026-06"), json!(["not_met", null, 0, true]));
    assert_eq!(absent("H18.1", "2031-01"), json!(["missing", "not_begun", 0, false]));
    let declared = world.attainment("CT3", "H18.1", "2026-03");
    assert_eq!((&declared["verdict"], &declared["absence"]), (&json!("missing"), &json!("missing")));
    let division = world.admin.get("/api/v1/indicators/CT5").expect(200).json;
    assert_eq!(division["agency_kinds"][1], "phong_chuyen_mon");
    world.admin.patch("/api/v1/indicators/CT5", &json!({"agency_kinds": ["so_nganh", "ubnd_xa"]})).expect(200);
    let room = world.attainment("CT5", "H18.20.1", "2026-03");
    assert_eq!(
        (&room["verdict"], &room["absence"], &room["expected_agencies"]),
        (&json!("missing"), &json!("not_expected"), &json!(0))
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn an_indicator_has_rows_only_while_it_is_in_force(world: World) {
    world.person("A", "H18.1", "2023-05-01");
    for month in ["2026-01", "2026-03"] {
        world.declare("CT3", "H18.1", month, 1, 2);
        world.declare("CT2", "H18.1", month, 1, 2);
    }
    let rows = |indicator: &str, period: &str| {
        let report = world.admin.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
        let list = world.admin.get(&format!("/api/v1/attainments?period={period}&subtree=true")).expect(200).json;
        let of = |rows: &Value| rows.as_array().unwrap().iter().filter(|row| row["indicator"] == indicator).count();
        assert_eq!(of(&report["attainments"]), of(&list["items"]));
        of(&report["attainments"])
    };
    let ends = |indicator: &str, day: &str| {
        world.admin.patch(&format!("/api/v1/indicators/{indicator}"), &json!({"valid_to": day})).expect(200);
    };
    ends("CT7", "2026-06-14");
    assert_eq!(["2026-06", "2026-07", "2026-10", "2026"].map(|period| rows("CT7", period)), [6, 0, 0, 0]);
    // February ended on the 14th, one day after it. A quarter holds a month in force of a flow; a state is of its
    // end.
    ends("CT3", "2026-02-13");
    ends("CT2", "2026-02-13");
    assert_eq!(["2026-01", "2026-03"].map(|period| rows("CT3", period)), [6, 0]);
    assert_eq!(["2026-01", "2026-03", "2026-Q1"].map(|period| rows("CT2", period)), [6, 0, 0]);
    assert_eq!(rows("CT3", "2026-Q1"), 2, "of the commune with figures, and of the province");
    // An indicator that begins later has no rows before, although there were people.
    let training =
        json!({"kind": "training_records", "results": ["completed"], "course_kinds": [], "confirmed_only": false});
    world.indicator("CT9", "stock", &training);
    world.admin.patch("/api/v1/indicators/CT9", &json!({"valid_from": "2026-01-01"})).expect(200);
    assert_eq!(["2024", "2025-12", "2026-01"].map(|period| rows("CT9", period)), [0, 0, 6]);
    // Nobody can mend that people are on record.
    let found = world.admin.post("/api/v1/provincial-report/rehearse", &json!({"period": "2026-10"})).expect(200).json;
    let reasons: Vec<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["indicator"] == "CT7")
        .map(|finding| finding["reason"].clone())
        .collect();
    assert_eq!(reasons, ["not_in_force"]);
    world.server.assert_verified();
}

#[on_both_engines]
fn the_most_specific_target_applies(world: World) {
    world.declare("CT5", "H18.1", "2026-03", 6, 10);
    assert_figure(&world.attainment("CT5", "H18.1", "2026-03"), (6, 10), "met", 0);
    let stricter = world.create("targets", bodies::target("CT5", 7, 10).with("year", 2026).with("agency", "H18.1"));
    let row = world.attainment("CT5", "H18.1", "2026-03");
    assert_figure(&row, (6, 10), "not_met", 1);
    assert_eq!(row["target"]["id"], stricter["id"]);
    assert_figure(&world.attainment("CT5", "H18", "2026-03"), (6, 10), "met", 0);
}

#[on_both_engines]
fn a_merger_moves_people_and_leaves_past_figures(world: World) {
    world.person("A", "H18.1", "2025-01-01");
    world.declare("CT3", "H18.1", "2026-02", 3, 4);
    world.declare("CT3", "H18.2", "2026-02", 1, 1);
    world
        .admin
        .post("/api/v1/agencies/H18.2/merger", &json!({"predecessors": ["H18.1"], "on": "2026-04-15"}))
        .expect(200);
    let closed = world.admin.get("/api/v1/agencies/H18.1").expect(200).json;
    assert_eq!((&closed["valid_to"], &closed["successors"]), (&json!("2026-04-14"), &json!(["H18.2"])));
    assert_figure(&world.attainment("CT3", "H18.1", "2026-02"), (3, 4), "not_met", 1);
    assert_figure(&world.attainment("CT3", "H18", "2026"), (4, 5), "not_met", 1);
    assert_figure(&world.attainment("CT7", "H18.1", "2026-04"), (0, 1), "not_met", 1);
    assert_figure(&world.attainment("CT7", "H18.2", "2026-05"), (0, 1), "not_met", 1);
    assert_figure(&world.attainment("CT7", "H18", "2026-05"), (0, 1), "not_met", 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_trend_lists_every_period_and_a_subtree_every_agency(world: World) {
    world.declare("CT3", "H18.20.1", "2026-02", 1, 2);
    let series = world.admin.get("/api/v1/attainments/CT3/H18/series?from=2026-01&to=2026-03").expect(200);
    let verdicts: Vec<_> = series.items().iter().map(|row| row["verdict"].clone()).collect();
    assert_eq!(verdicts, [json!("missing"), json!("not_met"), json!("missing")]);
    let list =
        world.admin.get("/api/v1/attainments?period=2026-02&indicator=CT3&agency=H18.20&subtree=true").expect(200);
    let agencies: Vec<_> = list.items().iter().map(|row| row["agency"].as_str().unwrap()).collect();
    assert_eq!(agencies, ["H18.20", "H18.20.1", "H18.20.2"]);
    world.admin.get("/api/v1/attainments/CT3/H18/series?from=2026-01&to=2026-Q3").refused(422, "invalid_input");
}
