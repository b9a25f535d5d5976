//! Isolation of agencies: a caller bounded to an agency sees it and the agencies below it, by whatever question; all
//! else looks as if it did not exist. Tried on random trees of agencies.

use crate::contract::document::operations;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::bodies::{self, Members};
use support::engines::FromEngine;
use support::{Answer, Client, Engine, World};
use thidua_domain::accounts::users::Role;

/// An agency of a tree with a row of every kind of record, each with a text that nothing else has.
struct Unit {
    identifier: String,
    /// The unit it lies below; none directly below the province.
    parent: Option<usize>,
    mark: String,
    /// Path and last part of the address of each row.
    rows: Vec<(&'static str, String)>,
}

/// The lists of records, and the member that is the address of a row.
const RECORDS: [(&str, &str); 7] = [
    ("staff", "code"),
    ("training-records", "id"),
    ("document-exchanges", "id"),
    ("information-systems", "code"),
    ("monitoring-statuses", "id"),
    ("incidents", "id"),
    ("observations", "id"),
];

/// Plants a tree: every number chooses a parent among the province and the agencies before.
fn plant(world: &World, choices: &[usize]) -> Vec<Unit> {
    world.course("K");
    let mut units: Vec<Unit> = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        let parent = (choice % (index + 1)).checked_sub(1);
        let (identifier, mark) = (format!("H18.7{index}"), format!("MARK{index}MARK"));
        let above = parent.map_or("H18", |parent| &units[parent].identifier).to_owned();
        world.agency(&identifier, "ubnd_xa", Some(&above));
        let (agency, stays) = (&identifier, json!([{"agency": identifier, "from": "2026-01-01"}]));
        let sent = [
            json!({"code": mark, "kind": "can_bo", "name": mark, "tenures": stays}),
            bodies::training(&mark, "K", "2026-02-01").with("certificate", &mark),
            bodies::exchange(agency, "2026-03", 10, 9).with("signed", 8).with("paperless", 7),
            json!({"code": mark, "name": mark, "tenures": stays}),
            bodies::status(&mark, "2026-03-01").with("note", &mark),
            bodies::incident(agency).with("system", &mark).with("severity", "high").with("title", &mark),
            bodies::declared("CT3", agency, "2026-03", 3, 4).with("note", &mark),
        ];
        let address = |row: &Value, member: &str| row[member].as_str().map_or(row[member].to_string(), str::to_owned);
        let rows =
            RECORDS.iter().zip(sent).map(|((list, member), body)| (*list, address(&world.create(list, body), member)));
        let rows = rows.collect();
        units.push(Unit { identifier, parent, mark, rows });
    }
    units
}

/// The units at or below one, by walking up from each.
fn below(units: &[Unit], top: usize) -> BTreeSet<usize> {
    let is_below =
        |unit: &usize| std::iter::successors(Some(*unit), |unit| units[*unit].parent).any(|above| above == top);
    (0..units.len()).filter(is_below).collect()
}

/// The text of a refusal, without the row it was asked for.
fn refusal(answer: &Answer, asked: &str) -> String {
    answer.told().to_string().replace(asked, "ASKED")
}

/// Asks everything as a caller bounded to one unit.
fn ask(world: &World, units: &[Unit], top: usize, seq: i64) {
    let editor = world.server.user(Role::Editor, Some(&units[top].identifier));
    let anyway = editor.clone().with("if-match", "*");
    let seen = below(units, top);
    let others: Vec<&Unit> = (0..units.len()).filter(|unit| !seen.contains(unit)).map(|unit| &units[unit]).collect();

    for (place, (list, member)) in RECORDS.iter().enumerate() {
        let address = |row: &Value| row[*member].as_str().map_or(row[*member].to_string(), str::to_owned);
        let listed = |query: &str| -> BTreeSet<String> {
            editor.get(&format!("/api/v1/{list}{query}")).expect(200).items().iter().map(address).collect()
        };
        let expected: BTreeSet<String> = seen.iter().map(|unit| units[*unit].rows[place].1.clone()).collect();
        assert_eq!(listed("?limit=100"), expected, "{list}");
        for (index, unit) in units.iter().enumerate() {
            let path = format!("/api/v1/{list}/{}", unit.rows[place].1);
            if seen.contains(&index) {
                editor.get(&path).expect(200);
                editor.get(&format!("{path}?asOf={seq}")).expect(200);
                continue;
            }
            let (row, missing) = (&unit.rows[place].1, if *member == "id" { "999999" } else { "MISSING" });
            for (other, none) in [
                (editor.get(&path), editor.get(&format!("/api/v1/{list}/{missing}"))),
                (
                    editor.get(&format!("{path}?asOf={seq}")),
                    editor.get(&format!("/api/v1/{list}/{missing}?asOf={seq}")),
                ),
                (anyway.delete(&path), anyway.delete(&format!("/api/v1/{list}/{missing}"))),
                (anyway.patch(&path, &json!({})), anyway.patch(&format!("/api/v1/{list}/{missing}"), &json!({}))),
            ] {
                assert_eq!(other.status, 404, "{path}");
                assert_eq!(refusal(&other, row), refusal(&none, missing), "{path}");
            }
        }
    }
    for unit in others {
        outside(&editor, unit);
        codes(&editor, &units[top], &unit.mark);
    }
    overheard(&editor, units, &seen);
}

/// Names the code of somebody else's person or system, and one that nobody has, wherever a code can be named: the
/// answers are alike. A new row with a code that is taken is not among them: codes are unique in the province.
fn codes(editor: &Client, own: &Unit, other: &str) {
    let row = |list: &str| own.rows.iter().find(|(of, _)| *of == list).map(|(_, address)| address.clone()).unwrap();
    let stays = json!([{"agency": own.identifier, "from": "2026-01-01"}]);
    let training = |code: &str| bodies::training(code, "K", "2026-02-01");
    let status = |code: &str| bodies::status(code, "2026-03-02");
    let member = |code: &str| json!({"code": code, "kind": "can_bo", "tenures": stays});
    let system = |code: &str| json!({"code": code, "name": "Hệ thống", "tenures": stays});
    let incident = |code: &str| bodies::incident(&own.identifier).with("system", code).with("title", "x");
    let transfer = json!({"agency": own.identifier, "on": "2026-04-01"});
    let tried = editor.clone().with("prefer", "tx=rollback");
    for client in [&tried, editor] {
        let anyway = client.clone().with("if-match", "*").with("change-reason", "yeu cau");
        let post = |path: &str, body: Value| client.post(&format!("/api/v1/{path}"), &body);
        let patch = |list: &str, body: Value| anyway.patch(&format!("/api/v1/{list}/{}", row(list)), &body);
        let mut asked: Vec<(String, Answer, Answer)> = Vec::new();
        let mut ask =
            |what: &str, ask: &dyn Fn(&str) -> Answer| asked.push((what.to_owned(), ask(other), ask("MISSING")));
        ask("trainings of", &|code| client.get(&format!("/api/v1/training-records?staff={code}")));
        ask("statuses of", &|code| client.get(&format!("/api/v1/monitoring-statuses?system={code}")));
        ask("a training of", &|code| post("training-records", training(code)));
        ask("a status of", &|code| post("monitoring-statuses", status(code)));
        ask("an incident of", &|code| post("incidents", incident(code)));
        ask("a training given to", &|code| patch("training-records", json!({"staff": code})));
        ask("a status given to", &|code| patch("monitoring-statuses", json!({"system": code})));
        ask("an incident given to", &|code| patch("incidents", json!({"system": code})));
        ask("a transfer of", &|code| post(&format!("staff/{code}/transfers"), transfer.clone()));
        ask("a hand-over of", &|code| post(&format!("information-systems/{code}/transfers"), transfer.clone()));
        ask("the name of", &|code| anyway.delete(&format!("/api/v1/staff/{code}/name")));
        for mode in ["upsert", "partial"] {
            ask(mode, &|code| post(&format!("training-records/batch?mode={mode}"), json!([training(code)])));
            ask(mode, &|code| post(&format!("monitoring-statuses/batch?mode={mode}"), json!([status(code)])));
        }
        for mode in ["update", "update,partial"] {
            ask(mode, &|code| post(&format!("staff/batch?mode={mode}"), json!([member(code)])));
            ask(mode, &|code| post(&format!("information-systems/batch?mode={mode}"), json!([system(code)])));
        }
        for (what, other_answer, none) in asked {
            assert_eq!(other_answer.status, none.status, "{what}: {} {}", other_answer.told(), none.told());
            assert_eq!(refusal(&other_answer, other), refusal(&none, "MISSING"), "{what}");
            let headers = |answer: &Answer| answer.headers.keys().cloned().collect::<BTreeSet<String>>();
            assert_eq!(headers(&other_answer), headers(&none), "{what}");
        }
    }
}

/// Questions about an agency outside the scope, and about one that does not exist, have the same answers.
fn outside(editor: &Client, unit: &Unit) {
    let alike = |ask: &dyn Fn(&str) -> Answer| {
        let (other, none) = (ask(&unit.identifier), ask("H18.404"));
        assert_eq!(other.status, none.status, "{}", unit.identifier);
        assert!(matches!(other.status, 200 | 404 | 422), "{}", other.status);
        assert_eq!(refusal(&other, &unit.identifier), refusal(&none, "H18.404"));
        if other.status == 200 {
            assert_eq!(other.items().len(), 0);
        }
    };
    for (list, _) in RECORDS {
        alike(&|agency| editor.get(&format!("/api/v1/{list}?agency={agency}")));
    }
    for path in [
        "attainments/CT3/AGENCY/2026-03",
        "attainments/CT3/AGENCY/2026-03/explain",
        "agencies/AGENCY",
        "attainments/CT3/AGENCY/series?from=2026-01&to=2026-03",
    ] {
        alike(&|agency| editor.get(&format!("/api/v1/{}", path.replace("AGENCY", agency))));
    }
    alike(&|agency| editor.post("/api/v1/observations", &bodies::declared("CT4", agency, "2026-03", 1, 1)));
    alike(&|agency| editor.post("/api/v1/staff", &bodies::staff("NEW", agency, "2026-01-01").with("kind", "can_bo")));
    alike(&|agency| editor.post("/api/v1/incidents", &bodies::incident(agency)));
}

/// Lists, exports and the feed tell nothing of another agency's rows.
fn overheard(editor: &Client, units: &[Unit], seen: &BTreeSet<usize>) {
    let mut heard = String::new();
    for (path, method, operation) in operations() {
        if method != "GET" || path.contains('{') {
            continue;
        }
        let query = match operation["operationId"].as_str().unwrap() {
            "listChanges" => "?after=0&limit=1000",
            "listAttainments" | "getProvincialReport" => "?period=2026-03",
            "resolvePeriods" => "?date=2026-03-01",
            _ => "",
        };
        let answer = editor.get(&format!("{path}{query}"));
        assert!(matches!(answer.status, 200 | 403), "{path}: {}", answer.status);
        heard += &String::from_utf8_lossy(&answer.body);
    }
    let lines = editor.clone().with("accept", "application/x-ndjson").get("/api/v1/changes?after=0").expect(200);
    heard += &String::from_utf8_lossy(&lines.body);
    for (index, unit) in units.iter().enumerate() {
        assert_eq!(heard.contains(&unit.mark), seen.contains(&index), "{} as {:?}", unit.identifier, seen);
    }
}

/// Runs the comparison on some trees, on one engine.
fn tried(engine: Engine) {
    let config = Config { cases: 3, failure_persistence: None, rng_seed: RngSeed::Fixed(85), ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(any::<usize>(), 3..7), |choices| {
        if let Some(world) = World::on(engine) {
            let units = plant(&world, &choices);
            let seq = world.server.database().model().seq;
            (0..units.len()).for_each(|top| ask(&world, &units, top, seq));
            world.server.assert_verified();
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn in_any_tree_everybody_sees_the_own_subtree_and_nothing_else_on_sqlite() {
    tried(Engine::Sqlite);
}

#[test]
fn in_any_tree_everybody_sees_the_own_subtree_and_nothing_else_on_postgres() {
    tried(Engine::Postgres);
}
