//! The small-cell rule: machines get no count of people below the least one, by any question; people get all.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use support::bodies::{self, Members};
use support::engines::{Engine, FromEngine};
use support::{Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// The small world with counts of people below five withheld, and its callers.
struct Guarded {
    world: World,
    machine: Client,
}

const PERIOD: &str = "2026-01";

impl FromEngine for Guarded {
    /// H18.1 has 2 of 9 trained, the others more: H18.2 7 of 16, H18.20 itself 11 of 20, its division 12 of 24.
    fn on(engine: Engine) -> Option<Self> {
        let world = World::furnish(Server::start_withholding(engine.place()?, 5));
        let mut people = Vec::new();
        let mut trained = Vec::new();
        for (agency, done, all) in [("H18.1", 2, 9), ("H18.2", 7, 16), ("H18.20", 11, 20), ("H18.20.1", 12, 24)] {
            for number in 0..all {
                let code = format!("{agency}-{number}").replace('.', "-");
                people.push(bodies::staff(&code, agency, "2025-01-01"));
                if number < done {
                    trained.push(bodies::training(&code, "K", "2026-01-05"));
                }
            }
        }
        world.course("K");
        world.admin.post("/api/v1/staff/batch", &json!(people)).expect(200);
        world.admin.post("/api/v1/training-records/batch", &json!(trained)).expect(200);
        world.declare("CT3", "H18.1", PERIOD, 1, 3);
        let machine = world.server.user(Role::Puller, None);
        Some(Self { world, machine })
    }
}

/// Members of a row by which its figure is told.
fn told(row: &Value) -> Value {
    let members = ["numerator", "denominator", "ratio", "percent", "shortfall", "verdict", "withheld"];
    json!(members.map(|name| row[name].clone()))
}

/// Numbers of agencies that meet the target, that do not, and that lack figures.
fn standings(row: &Value) -> Value {
    json!(["agencies_met", "agencies_not_met", "agencies_lacking"].map(|name| row[name].clone()))
}

fn nothing() -> Value {
    json!([null, null, null, null, null, "not_applicable", "small_cell"])
}

/// The rows of an indicator by agency.
fn by_agency<'r>(rows: &'r Value, indicator: &str) -> std::collections::BTreeMap<&'r str, &'r Value> {
    let rows = rows.as_array().unwrap().iter().filter(|row| row["indicator"] == indicator);
    rows.map(|row| (row["agency"].as_str().unwrap(), row)).collect()
}

#[on_both_engines]
fn the_small_figure_and_the_next_are_withheld_wherever_figures_are_told(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    let report = machine.get(&format!("/api/v1/provincial-report?period={PERIOD}")).expect(200).json;
    let list = machine.get(&format!("/api/v1/attainments?period={PERIOD}&subtree=true")).expect(200).json;
    let native = machine.get(&format!("/api/v1/export-profiles/native/report?period={PERIOD}")).expect(200).json;
    assert_eq!(report, native);
    let all = world.admin.get(&format!("/api/v1/provincial-report?period={PERIOD}")).expect(200).json;
    let whole = by_agency(&all["attainments"], "CT7");
    for rows in [&report["attainments"], &list["items"]] {
        for (agency, row) in by_agency(rows, "CT7") {
            if matches!(agency, "H18.1" | "H18.2") {
                assert_eq!(told(row), nothing(), "{agency}");
                assert_eq!(row["own"], json!({"numerator": null, "denominator": null, "withheld": "small_cell"}));
                assert_eq!(standings(row), json!([null, null, 0]), "{agency}");
                assert_eq!((&row["absence"], &row["complete"]), (&json!(null), &json!(true)), "{agency}");
            } else if agency == "H18" {
                // Its own figure is told, and those of the two communes in its counts of agencies are not.
                assert_eq!(told(row), told(whole[agency]));
                assert_eq!((standings(row), standings(whole[agency])), (json!([null, null, 0]), json!([0, 4, 0])));
            } else {
                assert_eq!(row, whole[agency], "{agency} is told as to people");
            }
            let one = machine.get(&format!("/api/v1/attainments/CT7/{agency}/{PERIOD}")).expect(200).json;
            assert_eq!(&one, row);
            let trend =
                machine.get(&format!("/api/v1/attainments/CT7/{agency}/series?from={PERIOD}&to=2026-02")).expect(200);
            assert_eq!(&trend.items()[0], row);
            assert_eq!(told(&trend.items()[1]), told(row), "the sum stands in the next month, too");
        }
        assert_eq!(told(by_agency(rows, "CT3")["H18.1"])[1], 3, "files are no people");
    }
    let whole = |agency: &str| told(whole[agency]);
    assert_eq!((whole("H18.1")[0].clone(), whole("H18.1")[1].clone()), (json!(2), json!(9)));
    let seq = world.admin.get("/readyz").expect(200).json["seq"].clone();
    let then = machine.get(&format!("/api/v1/attainments/CT7/H18.1/{PERIOD}?asOf={seq}")).expect(200);
    assert_eq!(told(&then.json), nothing(), "nor as of a moment of the past");
    for role in [Role::Admin, Role::Viewer, Role::Auditor, Role::Editor, Role::Approver] {
        let person = world.server.user(role, None);
        let same = person.get(&format!("/api/v1/provincial-report?period={PERIOD}")).expect(200).json;
        let rows = |report: &Value| report["attainments"].as_array().unwrap().iter().map(told).collect::<Vec<_>>();
        assert_eq!(rows(&same), rows(&all), "{role}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn an_export_profile_tells_nothing_that_the_report_does_not(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    let property = bodies::property;
    world.create(
        "export-profiles",
        bodies::profile(
            "X",
            &[
                property("c", "text", "indicator"),
                property("a", "text", "agency"),
                property("n", "whole_number", "numerator"),
                property("d", "whole_number", "denominator"),
                property("r", "text", "ratio"),
                property("o", "whole_number", "own.numerator"),
                property("s", "whole_number", "shortfall"),
                property("w", "text", "withheld"),
                property("m", "whole_number", "agencies_met"),
                property("l", "whole_number", "agencies_not_met"),
                property("b", "text", "absence"),
            ],
        ),
    );
    let rows = machine.get(&format!("/api/v1/export-profiles/X/report?period={PERIOD}")).expect(200).json;
    let row = rows.as_array().unwrap().iter().find(|row| row["c"] == "CT7" && row["a"] == "H18.1").unwrap();
    assert_eq!(
        *row,
        json!({"c": "CT7", "a": "H18.1", "n": null, "d": null, "r": null, "o": null, "s": null, "w": "small_cell", "m": null, "l": null, "b": null})
    );
    let twin = machine.get("/api/v1/export-profiles/native/metadata").expect(200).json;
    let names: Vec<_> =
        twin["properties"].as_array().unwrap().iter().map(|property| property["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"attainments[].withheld") && names.contains(&"attainments[].own.withheld"));
}

#[on_both_engines]
fn a_machine_with_a_scope_sees_no_more(guarded: Guarded) {
    let Guarded { world, .. } = &guarded;
    let bounded = world.server.user(Role::Puller, Some("H18.2"));
    let row = bounded.get(&format!("/api/v1/attainments/CT7/H18.2/{PERIOD}")).expect(200).json;
    assert_eq!(told(&row), nothing(), "the cover of another's figure stays one");
}

#[on_both_engines]
fn the_log_and_what_is_reconciled_have_no_cells_of_people(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    let people = world.admin.get("/api/v1/indicators/CT7").expect(200).id();
    let of_people = |cells: &Value| cells.as_array().unwrap().iter().filter(|cell| cell["indicator"] == people).count();
    let count = |client: &Client| {
        let page = client.get("/api/v1/changes?limit=1000").expect(200).json;
        assert_eq!(page["last"], page["head"], "one page holds all");
        let items = page["items"].as_array().unwrap().clone();
        let cells: usize = items.iter().map(|item| of_people(&item["cells"])).sum();
        let others: usize = items.iter().map(|item| item["cells"].as_array().unwrap().len()).sum();
        (cells, others - cells, items.len())
    };
    let (none, others, length) = count(machine);
    let (all, same, as_long) = count(&world.admin);
    assert!(none == 0 && all > 0 && others > 0);
    assert_eq!((others, length), (same, as_long), "nothing else is missing, no position either");

    let lines = machine.clone().with("accept", "application/x-ndjson").get("/api/v1/changes").expect(200);
    for line in String::from_utf8(lines.body).unwrap().lines() {
        assert_eq!(of_people(&serde_json::from_str::<Value>(line).unwrap()["cells"]), 0);
    }
    let stream = ureq::get(format!("{}/api/v1/changes", machine.url()))
        .header("authorization", format!("Bearer {}", machine.token().unwrap()))
        .header("accept", "text/event-stream");
    let mut seen = 0;
    for line in BufReader::new(stream.call().unwrap().into_body().into_reader()).lines().map_while(Result::ok) {
        if let Some(data) = line.strip_prefix("data: ") {
            assert_eq!(of_people(&serde_json::from_str::<Value>(data).unwrap()["cells"]), 0);
            seen += 1;
        }
        if seen == length {
            break;
        }
    }
    assert_eq!(seen, length);

    let differing = |client: &Client| {
        let answer = client.post("/api/v1/changes/reconcile", &json!({"digests": []})).expect(200).json;
        let found = answer["differing"].as_array().unwrap().clone();
        found.iter().filter(|group| group["indicator"] == people).count()
    };
    assert_eq!(differing(machine), 0);
    assert!(differing(&world.admin) > 0);
}

#[on_both_engines]
fn an_erratum_is_told_without_its_figures(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    world.create("locks", bodies::lock(PERIOD, "H18.1"));
    let asked = world.create("corrections", bodies::correction(PERIOD, "H18.1").with("indicator", "CT7"));
    let other = world.server.user(Role::Approver, None);
    other.post(&format!("/api/v1/corrections/{}/approve", asked["id"]), &json!({})).expect(200);
    world.trained("H18-1-8", "K", "2026-01-06");

    let hidden = json!({"numerator": null, "denominator": null, "withheld": "small_cell"});
    let listed = machine.get("/api/v1/errata").expect(200);
    assert!(!listed.items().is_empty());
    for erratum in listed.items() {
        assert_eq!((&erratum["old"], &erratum["new"]), (&hidden, &hidden));
    }
    for agency in ["H18.1", "H18"] {
        let row = machine.get(&format!("/api/v1/attainments/CT7/{agency}/{PERIOD}")).expect(200).json;
        assert_eq!(row["errata"][0]["old"], hidden, "{agency}");
    }
    let shown = world.admin.get("/api/v1/errata").expect(200);
    assert_eq!(shown.items()[0]["new"]["withheld"], Value::Null);
    let log = machine.get("/api/v1/changes?limit=1000").expect(200).json;
    assert!(
        log["items"].as_array().unwrap().iter().all(|item| item["resource"] != "errata"),
        "it is a blank in the log"
    );
}

#[on_both_engines]
fn an_erratum_of_an_answer_is_told_without_its_figures(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    let lock = world.create("locks", bodies::lock(PERIOD, "H18"));
    world
        .admin
        .clone()
        .with("change-reason", "Giao lại mục tiêu")
        .delete(&format!("/api/v1/locks/{}", lock["id"]))
        .expect(204);
    for indicator in ["CT3", "CT7"] {
        let target =
            world.admin.get(&format!("/api/v1/targets?indicator={indicator}")).expect(200).items()[0]["id"].clone();
        world.admin.patch(&format!("/api/v1/targets/{target}"), &json!({"value": {"numerator": 40}})).expect(200);
    }
    let answers = |client: &Client, indicator: &str| {
        let errata =
            client.get(&format!("/api/v1/errata?indicator={indicator}&agency=H18.2")).expect(200).items().clone();
        assert_eq!(errata.len(), 1);
        let sides = ["old", "new"].map(|side| errata[0]["answer"][side].clone());
        sides.map(|side| json!([told(&side), side["own"], side["target"]["numerator"]]))
    };
    let hidden = json!({"numerator": null, "denominator": null, "withheld": "small_cell"});
    let nothing = json!([null, null, null, null, null, "not_applicable", "small_cell"]);
    assert_eq!(answers(machine, "CT7"), [json!([nothing, hidden, 100]), json!([nothing, hidden, 40])]);
    // Whoever sees people, and figures that are not of people, see all: 7 of 16 is more than two of five.
    let shown = json!([7, 16, null, "43.75", 0, "met", null]);
    assert_eq!(answers(&world.admin, "CT7")[1], json!([shown, {"numerator": 7, "denominator": 16}, 40]));
    assert_eq!(answers(machine, "CT3")[1][0][6], Value::Null);
    let row = machine.get(&format!("/api/v1/attainments/CT7/H18.2/{PERIOD}")).expect(200).json;
    assert_eq!((&row["errata"][0]["old"], &row["errata"][0]["answer"]["new"]["numerator"]), (&hidden, &Value::Null));
    world.server.assert_verified();
}

#[on_both_engines]
fn whoever_sees_less_gets_another_tag(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    for path in [
        format!("provincial-report?period={PERIOD}"),
        format!("attainments?period={PERIOD}"),
        format!("attainments/CT7/H18.1/{PERIOD}"),
        format!("attainments/CT7/H18.1/series?from={PERIOD}&to={PERIOD}"),
    ] {
        let path = format!("/api/v1/{path}");
        let (less, more) = (machine.get(&path).expect(200), world.admin.get(&path).expect(200));
        assert_ne!(less.headers["etag"], more.headers["etag"], "{path}");
        machine.clone().with("if-none-match", &more.headers["etag"]).get(&path).expect(200);
        machine.clone().with("if-none-match", &less.headers["etag"]).get(&path).expect(304);
        if path.contains("report") {
            assert_ne!(less.headers["jws-signature"], more.headers["jws-signature"]);
        }
    }
}

#[on_both_engines]
fn a_rehearsal_names_no_counts_of_people(guarded: Guarded) {
    let Guarded { machine, .. } = &guarded;
    let found = machine.post("/api/v1/provincial-report/rehearse", &json!({"period": PERIOD})).expect(200).json;
    for finding in found["findings"].as_array().unwrap().iter().filter(|finding| finding["indicator"] == "CT7") {
        let text = format!("{} {}", finding["text"], finding["what_to_do"]);
        let mut words = text.split(|letter: char| !letter.is_alphanumeric() && !"/.-".contains(letter));
        assert!(!words.any(|word| word.parse::<i64>().is_ok()), "{finding}");
    }
}

#[on_both_engines]
fn without_the_rule_everybody_gets_every_count(world: World) {
    world.course("K");
    world.person("P", "H18.1", "2025-01-01");
    world.trained("P", "K", "2026-01-05");
    let machine = world.server.user(Role::Puller, None);
    let path = format!("/api/v1/attainments/CT7/H18.1/{PERIOD}");
    let (one, other) = (machine.get(&path).expect(200), world.admin.get(&path).expect(200));
    assert_eq!(one.json, other.json);
    assert_eq!((&one.json["ratio"], one.headers.get("etag")), (&json!("1/1"), other.headers.get("etag")));
}

#[on_both_engines]
fn over_a_move_nothing_small_is_left_to_be_subtracted(guarded: Guarded) {
    let Guarded { world, machine } = &guarded;
    world.indicator("CT8", "flow", &json!({"kind": "declared"}));
    world.admin.patch("/api/v1/indicators/CT8", &json!({"unit": "người"})).expect(200);
    world.create("targets", bodies::target("CT8", 1, 1));
    // The division lies below the department in April and below a commune from May on; in April it has 2 of 9.
    for (agency, figures) in [
        ("H18.20", [(10, 20), (10, 20), (10, 20)]),
        ("H18.1", [(10, 30), (10, 30), (10, 30)]),
        ("H18.20.1", [(2, 9), (9, 15), (9, 16)]),
    ] {
        for (month, (numerator, denominator)) in ["2026-04", "2026-05", "2026-06"].into_iter().zip(figures) {
            world.declare("CT8", agency, month, numerator, denominator);
        }
    }
    let rows = |client: &Client| {
        let list = client.get("/api/v1/attainments?period=2026-Q2&indicator=CT8&subtree=true").expect(200).json;
        let figures = by_agency(&list["items"], "CT8").into_iter().map(|(agency, row)| {
            (agency.to_owned(), json!([row["numerator"], row["own"]["numerator"], row["agencies_not_met"]]))
        });
        figures.collect::<std::collections::BTreeMap<_, _>>()
    };
    let whole = rows(&world.admin);
    assert_eq!(rows(machine), whole, "nothing is small while it lies below one");
    let body = json!({"parent": "H18.1", "placed_from": "2026-04-20"});
    world.admin.patch("/api/v1/agencies/H18.20.1", &body).expect(200);
    let told = rows(machine);
    // The department's 32 less its own 30 would be the division's two of April.
    for agency in ["H18.20", "H18.1", "H18.20.1"] {
        assert_eq!(told[agency], json!([null, null, null]), "{agency}");
    }
    assert_eq!(told["H18"], json!([80, null, null]));
    let all = rows(&world.admin);
    assert_eq!([&all["H18.20"], &all["H18.1"]], [&json!([32, 30, 2]), &json!([48, 30, 2])]);
    world.server.assert_verified();
}
