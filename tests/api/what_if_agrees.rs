//! Agreement of what-if answers with writes: the assumed records are then written, and give the same figure or the
//! same refusals.

use chrono::{Days, Duration, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::bodies::{self, Members};
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Members of a question, each with its resource, in the order in which they are judged.
const KINDS: [(&str, &str); 4] = [
    ("training_records", "training-records"),
    ("document_exchanges", "document-exchanges"),
    ("monitoring_statuses", "monitoring-statuses"),
    ("observations", "observations"),
];
const INDICATORS: &[&str] = &["CT7", "CT7", "CT7", "CT6", "CT6", "CT1", "CT2", "CT3", "CT5"];
const AGENCIES: &[&str] = &["H18.20.1", "H18.20.2", "H18.20", "H18.1", "H18.2"];
const PERIODS: &[&str] = &[
    "2025-11", "2026-02", "2026-05", "2026-Q2", "2026-07", "2026-10", "2026-Q4", "2026", "2026", "2026", "2026",
    "2026", "2026",
];
/// Months of records; the last but one lies in a frozen phase, the last is to come.
const MONTHS: &[&str] =
    &["2026-02", "2026-05", "2026-07", "2026-08", "2026-09", "2026-10", "2026-07", "2026-10", "2025-06", "2027-01"];
const DAYS: &[&str] = &[
    "2026-02-10",
    "2026-04-20",
    "2026-05-15",
    "2026-06-15",
    "2026-07-01",
    "2026-09-14",
    "2026-10-02",
    "2026-11-10",
    "2026-11-20",
    "2025-06-10",
    "2026-08-10",
    "2027-02-01",
];
/// Number of people; the next two numbers name nobody.
const PEOPLE: usize = 30;
/// Number of systems; the next two numbers name none.
const SYSTEMS: usize = 18;
const COURSES: &[&str] = &["K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8"];

#[on_both_engines]
fn whatever_is_assumed_comes_to_the_same_when_it_is_written(world: World) {
    furnish(&world);
    let mut tally = Tally::default();
    for round in rounds(300) {
        follow(&world, &round, &mut tally);
    }
    // The rounds mean something.
    assert!(tally.agreed > 80 && tally.moved > 20, "{tally:?}");
    for code in [
        "unknown_staff",
        "repeated_key",
        "phase_frozen",
        "period_locked",
        "late_record",
        "in_future",
        "indicator_is_derived",
        "unknown_system",
    ] {
        assert!(tally.refused.contains_key(code), "never refused for {code}: {tally:?}");
    }
    assert!(tally.late > 3, "too few came late: {tally:?}");
    world.server.assert_verified();
}

#[derive(Debug, Default)]
struct Tally {
    agreed: usize,
    moved: usize,
    late: usize,
    refused: BTreeMap<String, usize>,
}

/// Today in Viet Nam.
fn today() -> NaiveDate {
    (Utc::now() + Duration::hours(7)).date_naive()
}

/// A question, and the records assumed with it: numbers that choose among the constants above.
type Round = ([usize; 4], Vec<[usize; 8]>);

fn rounds(many: usize) -> Vec<Round> {
    let config = Config { rng_seed: RngSeed::Fixed(2158), failure_persistence: None, ..Config::default() };
    let question = prop::array::uniform4(0..5040_usize);
    let records = prop::collection::vec(prop::array::uniform8(0..5040_usize), 1..4);
    let rounds = prop::collection::vec((question, records), many);
    rounds.new_tree(&mut TestRunner::new(config)).expect("rounds").current()
}

fn pick<'a>(from: &[&'a str], n: usize) -> &'a str {
    from[n % from.len()]
}

/// People who have moved, left, or will leave, systems, and time that is closed in several ways.
fn furnish(world: &World) {
    let stay = |agency: &str, from: &str, to: Option<&str>| json!({"agency": agency, "from": from, "to": to});
    let leaves = (today() + Days::new(9)).to_string();
    let kinds_of_stays = [
        json!([stay("H18.20.1", "2026-01-05", None)]),
        json!([stay("H18.20.2", "2025-03-01", Some("2026-05-31")), stay("H18.1", "2026-06-01", None)]),
        json!([stay("H18.1", "2026-06-01", None)]),
        json!([stay("H18.20.1", "2026-01-05", Some("2026-08-31"))]),
        json!([stay("H18.2", "2024-02-29", Some(&leaves))]),
        json!([stay("H18.20", "2026-11-10", None)]),
    ];
    for (index, stays) in kinds_of_stays.iter().cycle().take(PEOPLE).enumerate() {
        world.create("staff", json!({"code": format!("P{index}"), "kind": "cong_chuc", "tenures": stays}));
    }
    COURSES.iter().for_each(|code| drop(world.course(code)));
    world.trained("P0", "K1", "2026-07-01");
    let kinds_of_stays = [
        json!([stay("H18.20.1", "2026-01-01", None)]),
        json!([stay("H18.2", "2026-01-01", Some("2026-06-30")), stay("H18.1", "2026-07-01", None)]),
        json!([stay("H18.20.2", "2025-05-01", None)]),
    ];
    for (index, stays) in kinds_of_stays.iter().cycle().take(SYSTEMS).enumerate() {
        let body = json!({"code": format!("S{index}"), "name": "Hệ thống", "tenures": stays});
        world.create("information-systems", body);
    }
    let lock = |calendar: &str, period: &str, agency: &str| {
        let body = bodies::lock(period, agency).with("calendar", calendar);
        world.create("locks", body);
    };
    lock("nd09", "2026-Q2", "H18.20");
    lock("nd09", "2026-02", "H18");
    lock("civil", "2026-02", "H18.1");
    world.admin.patch("/api/v1/calendars/civil", &json!({"late_records": "refuse"})).expect(200);
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    // Of May one division may correct what it has declared and whom it has trained.
    let editor = world.server.user(Role::Editor, Some("H18.20"));
    for indicator in ["CT3", "CT7"] {
        let request = bodies::correction("2026-05", "H18.20.2").with("indicator", indicator);
        let id = editor.post("/api/v1/corrections", &request).expect(201).id();
        world.admin.post(&format!("/api/v1/corrections/{id}/approve"), &json!({})).expect(200);
    }
}

/// A record of the kind by that number.
fn record(kind: usize, n: &[usize; 8]) -> Value {
    match kind {
        0 => {
            json!({"staff": format!("P{}", n[0] % (PEOPLE + 2)), "course": pick(COURSES, n[1]), "on": pick(DAYS, n[2]),
            "result": pick(&["attended", "completed", "completed", "failed"], n[3]),
            "certificate": n[4].is_multiple_of(5).then(|| format!("Số {}", n[5]))})
        }
        1 => {
            let total = 20 + n[0] % 50;
            let (secret, electronic) = (n[1] % 3, n[2] % 21);
            json!({"agency": pick(AGENCIES, n[3]), "calendar": pick(&["nd09", "nd09", "civil"], n[4]), "month": pick(MONTHS, n[5]),
                "direction": pick(&["incoming", "outgoing"], n[6]), "total": total, "secret": secret,
                "electronic": electronic, "signed": 0, "paperless": 0, "failed": 0})
        }
        2 => {
            let on = pick(DAYS, n[1]);
            bodies::status(&format!("S{}", n[0] % (SYSTEMS + 2)), on)
                .with("level_approved", !n[2].is_multiple_of(5))
                .with("last_event", on)
                .with("assessment_valid_until", (today() + Days::new((n[3] % 40) as u64)).to_string())
        }
        _ => {
            json!({"indicator": pick(&["CT2", "CT3", "CT3", "CT5", "CT2", "CT3", "CT5", "CT1"], n[0]), "agency": pick(AGENCIES, n[1]),
            "calendar": pick(&["nd09", "nd09", "civil"], n[2]), "month": pick(MONTHS, n[3]),
            "numerator": n[4] % 20, "denominator": 5 + n[5] % 20,
            "nature": pick(&["actual", "estimate"], n[6])})
        }
    }
}

/// Assumes, writes, and compares.
fn follow(world: &World, (question, numbers): &Round, tally: &mut Tally) {
    let [indicator, agency, period, kind] = question;
    // Mostly what moves the indicator that is asked for, now and then records of any kind.
    let indicator = pick(INDICATORS, *indicator);
    let own = match indicator {
        "CT7" => 0,
        "CT1" => 1,
        "CT6" => 2,
        _ => 3,
    };
    let mut assumed: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (index, n) in numbers.iter().enumerate() {
        let kind = if index > 0 && kind.is_multiple_of(5) { n[7] % 4 } else { own };
        assumed.entry(KINDS[kind].0).or_default().push(record(kind, n));
        if n[7].is_multiple_of(19) {
            // The same again.
            assumed.entry(KINDS[kind].0).or_default().push(record(kind, n));
        }
    }
    let (agency, period) =
        (pick(&["H18", "H18", "H18.20", "H18.20.1", "H18.20.2", "H18.1", "H18.2"], *agency), pick(PERIODS, *period));
    let mut body = json!({"indicator": indicator, "agency": agency, "period": period});
    for (member, records) in &assumed {
        body[*member] = json!(records);
    }
    let seq = || world.server.database().model().seq;
    let began = seq();
    let answer = world.admin.post("/api/v1/attainments/what-if", &body);
    assert_eq!(seq(), began, "something was written: {body}");

    let figure = || world.attainment(indicator, agency, period);
    let before = figure();
    let mut refused = None;
    for (member, resource) in KINDS {
        let Some(records) = assumed.get(member) else { continue };
        let written = world.admin.post(&format!("/api/v1/{resource}/batch"), &json!(records));
        if written.status != 200 {
            refused = Some((member, records, written));
            break;
        }
    }
    match refused {
        None => {
            let told = answer.expect(200).json;
            assert_outlook(&told["before"], &before, &body);
            assert_outlook(&told["after"], &figure(), &body);
            tally.agreed += 1;
            tally.moved += usize::from(told["before"] != told["after"]);
            let list = world.admin.get("/api/v1/training-records?limit=1000").expect(200);
            tally.late = list.items().iter().filter(|one| one["counted_from"] != json!([])).count();
        }
        Some((member, records, written)) => {
            let assumed = refusals(&answer.json, &format!("/{member}"));
            let written = refusals(&written.json, "");
            for index in 0..records.len() {
                let of = |all: &BTreeSet<(String, String)>| -> BTreeSet<(String, String)> {
                    let place = format!("/{index}");
                    let here = |at: &str| at == place || at.starts_with(&format!("{place}/"));
                    all.iter().filter(|(at, _)| here(at)).cloned().collect()
                };
                let (one, other) = (of(&assumed), of(&written));
                // A batch says of a row that repeats a refused one that it repeats, a what-if what is wrong with it.
                let repeats = other.iter().any(|(_, code)| code == "repeated_key");
                assert!(one == other || repeats && !one.is_empty(), "{one:?} {other:?}: {body}");
            }
            assert!(answer.status == 422 || answer.status == 409, "{body}");
            written.iter().for_each(|(_, code)| *tally.refused.entry(code.clone()).or_default() += 1);
        }
    }
}

/// Pointers without a prefix, and codes, of the errors in a refusal and of its rows.
fn refusals(problem: &Value, prefix: &str) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = problem["batch"]["rejections"].as_array().into_iter().flatten();
    let errors = std::iter::once(problem).chain(rows).filter_map(|told| told["errors"].as_array()).flatten();
    errors.map(|error| (text(&error["pointer"]).trim_start_matches(prefix).to_owned(), text(&error["code"]))).collect()
}

/// Insists that an outlook says what the figure itself does, member by member.
fn assert_outlook(outlook: &Value, figure: &Value, body: &Value) {
    for (member, value) in outlook.as_object().expect("an outlook") {
        if member == "target" {
            for part in ["numerator", "denominator", "comparison"] {
                assert_eq!(value[part], figure[member][part], "{member}: {body}: {figure}");
            }
        } else {
            assert_eq!(value, &figure[member], "{member}: {body}: {figure}");
        }
    }
}
