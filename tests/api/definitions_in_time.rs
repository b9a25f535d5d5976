//! A definition holds from a month on: phase II may ask for more while phase I stays as it was told.

use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::bodies::{self, Members};
use support::{Client, Engine, Server, World, on_both_engines};

/// A sample province for one test alone.
struct OwnSample(Server);

impl support::engines::FromEngine for OwnSample {
    fn on(engine: Engine) -> Option<Self> {
        Server::own_sample(engine).map(Self)
    }
}

fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// Every row of a list.
fn all(client: &Client, path: &str) -> Vec<Value> {
    let with = if path.contains('?') { '&' } else { '?' };
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/{path}{with}limit=500{cursor}")).expect(200);
        rows.extend(page.items().iter().cloned());
        let Some(next) = page.json["next"].as_str() else { return rows };
        cursor = format!("&cursor={next}");
    }
}

/// All rows of some periods under a calendar, but for the position they reflect.
fn told(client: &Client, calendar: &str, periods: &[&str]) -> BTreeMap<String, Vec<Value>> {
    let rows = |period: &str| {
        let path = format!("/api/v1/attainments?period={period}&calendar={calendar}&agency=H18&subtree=true");
        let mut rows = client.get(&path).expect(200).items().clone();
        for row in &mut rows {
            row.as_object_mut().unwrap().remove("seq");
        }
        rows
    };
    periods.iter().map(|period| ((*period).to_owned(), rows(period))).collect()
}

fn figure(client: &Client, indicator: &str, agency: &str, period: &str) -> [Value; 2] {
    let row = client.get(&format!("/api/v1/attainments/{indicator}/{agency}/{period}")).expect(200).json;
    ["numerator", "denominator"].map(|part| row[part].clone())
}

/// Number and first month of each version of an indicator.
fn versions(client: &Client, indicator: &str) -> Value {
    let indicator = client.get(&format!("/api/v1/indicators/{indicator}")).expect(200).json;
    let versions = indicator["versions"].as_array().unwrap();
    versions.iter().map(|version| json!([version["version"], version["holds_from"]])).collect()
}

fn redefine(client: &Client, indicator: &str, patch: &Value) -> Value {
    client.patch(&format!("/api/v1/indicators/{indicator}"), patch).expect(200).json
}

/// Insists that a patch is refused for a code at its first month; answers what would be right.
#[track_caller]
fn refused(client: &Client, indicator: &str, patch: &Value, code: &str) -> String {
    let path = format!("/api/v1/indicators/{indicator}");
    let answer = client.clone().with("accept-language", "en").patch(&path, patch).refused(409, code);
    assert_eq!(answer.errors(), BTreeMap::from([("/holds_from".to_owned(), code.to_owned())]), "{}", answer.json);
    answer.json["errors"][0]["detail"].as_str().unwrap().to_owned()
}

/// A patch with the month from which it holds.
fn from(month: &str, patch: &Value) -> Value {
    let mut patch = patch.clone();
    patch["holds_from"] = json!(month);
    patch
}

/// The documents of 2026-10 exchanged with a signature, of all that are not secret.
fn signed_documents(client: &Client) -> [Value; 2] {
    let counts = all(client, "document-exchanges?calendar=nd09&from=2026-10&to=2026-10");
    let sum = |of: &dyn Fn(&Value) -> i64| json!(counts.iter().map(of).sum::<i64>());
    let part = |row: &Value, name: &str| row[name].as_i64().unwrap();
    [sum(&|row| part(row, "signed")), sum(&|row| part(row, "total") - part(row, "secret"))]
}

/// The people on the roll on 14/10/2026 of the kinds that count, and those with a training of phase II that `counts`.
fn people(client: &Client, counts: &dyn Fn(&Value) -> Option<NaiveDate>) -> [Value; 2] {
    let end = NaiveDate::from_ymd_opt(2026, 10, 14).unwrap();
    let start = NaiveDate::from_ymd_opt(2025, 12, 15).unwrap();
    let trained = all(client, "training-records");
    let trained = trained.iter().filter(|record| counts(record).is_some_and(|on| start <= on && on <= end));
    let trained: BTreeSet<_> = trained.map(|record| record["staff"].as_str().unwrap().to_owned()).collect();
    let on_roll = |person: &Value| {
        let mut stays = person["tenures"].as_array().unwrap().iter();
        let lasts = |stay: &Value| day(&stay["from"]).unwrap() <= end && day(&stay["to"]).is_none_or(|to| end <= to);
        person["kind"] != "nguoi_lao_dong" && stays.any(lasts)
    };
    let staff = all(client, "staff");
    let staff: Vec<_> = staff.iter().filter(|person| on_roll(person)).collect();
    let met = staff.iter().filter(|person| trained.contains(person["code"].as_str().unwrap())).count();
    [json!(met), json!(staff.len())]
}

/// The systems in operation on 14/10/2026, and those whose last status meets all requirements, the last event within 45
/// days.
fn watched_systems(client: &Client) -> [Value; 2] {
    let end = NaiveDate::from_ymd_opt(2026, 10, 14).unwrap();
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    for status in all(client, "monitoring-statuses") {
        let system = status["system"].as_str().unwrap().to_owned();
        let later = last.get(&system).is_none_or(|before| day(&before["on"]) < day(&status["on"]));
        if later && day(&status["on"]).unwrap() <= end {
            last.insert(system, status);
        }
    }
    let meets = |status: &&Value| {
        let recent = day(&status["last_event"]).is_some_and(|event| (end - event).num_days() <= 45);
        let valid = day(&status["assessment_valid_until"]).is_some_and(|until| end <= until);
        let approved = status["level_approved"] == true && status["plan_deployed"] == true;
        recent && valid && approved && status["monitored_by"] != "nobody"
    };
    let runs = |system: &Value| {
        let mut stays = system["tenures"].as_array().unwrap().iter();
        stays.any(|stay| day(&stay["from"]).unwrap() <= end && day(&stay["to"]).is_none_or(|to| end <= to))
    };
    let systems: Vec<_> = all(client, "information-systems").into_iter().filter(runs).collect();
    let met = systems.iter().filter(|system| last.get(system["code"].as_str().unwrap()).filter(meets).is_some());
    [json!(met.count()), json!(systems.len())]
}

#[on_both_engines]
fn phase_two_of_the_sample_asks_for_more_and_phase_one_stays_as_it_was_told(sample: OwnSample) {
    let admin = sample.0.admin();
    let phase_one = ["2023", "2024", "2025", "2025-H2", "2025-Q4", "2025-12"];
    let before = ["nd09", "civil"].map(|calendar| told(&admin, calendar, &phase_one));
    let completed = |record: &Value| day(&record["confirmed_on"]).filter(|_| record["result"] == "completed");
    let asked = [
        ("CT7", json!({"source": {"confirmed_only": true}})),
        ("CT7", json!({"source": {"confirmed_only": true, "results": ["completed"]}})),
        ("CT6", json!({"source": {"rule": {"last_event_within_days": 45}}})),
        ("CT1", json!({"source": {"numerator": "signed"}})),
    ];
    // One agency has its January locked: from there on nobody's definition may change, until it is unlocked.
    for (indicator, patch) in &asked {
        for patch in [patch.clone(), from("2025-06", patch), from("2026-01", patch)] {
            let detail = refused(&admin, indicator, &patch, "closed_figures");
            assert!(detail.contains("2026-02"), "{detail}");
        }
    }
    let lock = all(&admin, "locks").into_iter().find(|lock| lock["period"] == "2026-01").unwrap();
    let said = admin.clone().with("change-reason", "Áp dụng định nghĩa mới từ đầu giai đoạn II");
    said.delete(&format!("/api/v1/locks/{}", lock["id"])).expect(204);
    for (indicator, patch) in &asked {
        // Those of people and systems have a version from then on, which is edited and reaches no closed time.
        if *indicator == "CT1" {
            let detail = refused(&admin, indicator, patch, "closed_figures");
            assert!(detail.contains("2026-01"), "{detail}");
        }
        redefine(&admin, indicator, &from("2026-01", patch));
        let expected = match (*indicator, patch["source"].get("results")) {
            ("CT7", None) => {
                people(&admin, &|record| day(&record["confirmed_on"]).filter(|_| record["result"] != "failed"))
            }
            ("CT7", _) => people(&admin, &completed),
            ("CT6", _) => watched_systems(&admin),
            _ => signed_documents(&admin),
        };
        assert_eq!(figure(&admin, indicator, "H18", "2026-10"), expected, "{indicator} {patch}");
    }
    assert_eq!(versions(&admin, "CT7"), json!([[1, null], [4, "2026-01"]]));
    assert_eq!(["nd09", "civil"].map(|calendar| told(&admin, calendar, &phase_one)), before);
    sample.0.assert_verified();
}

#[on_both_engines]
fn nothing_that_answers_rest_on_changes_in_closed_time(world: World) {
    world.create("movements", json!({"code": "N", "name_vi": "Phong trào khác"}));
    world.create("movements/N/phases", json!({"code": "I", "name_vi": "I", "first_year": 2023, "last_year": 2026}));
    world.create("movements/N/phases", json!({"code": "II", "name_vi": "II", "first_year": 2027, "last_year": 2030}));
    for month in ["2024-03", "2026-07", "2026-08", "2026-09", "2026-10"] {
        world.declare("CT3", "H18.1", month, 2, 10);
    }
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    world.create("locks", bodies::lock("2026-Q3", "H18.1"));
    let closed = || told(&world.admin, "nd09", &["2024-03", "2024-Q1", "2024", "2026-08", "2026-Q3"]);
    let before = closed();
    for (patch, right) in [
        (json!({"semantics": "state"}), "create the next phase first"),
        (json!({"movement": "N"}), "2027-01"),
        (json!({"agency_kinds": ["so_nganh"]}), "2026-10"),
        (json!({"unit": "hồ sơ công việc"}), "2026-10"),
        (json!({"numerator_definition": "Tử số khác"}), "2026-10"),
    ] {
        let detail = refused(&world.admin, "CT3", &patch, "closed_figures");
        assert!(detail.contains(right), "{patch}: {detail}");
    }
    refused(&world.admin, "CT3", &from("2026-09", &json!({"agency_kinds": ["so_nganh"]})), "closed_figures");
    // Members without versions may be edited in place: they are no part of closed answers.
    redefine(&world.admin, "CT3", &json!({"name_vi": "Tên khác", "weight": 2, "legal_basis": "KH", "owner": "H18.1"}));
    let changed = redefine(&world.admin, "CT3", &json!({"agency_kinds": ["so_nganh"], "holds_from": "2026-10"}));
    assert_eq!((&changed["version"], &changed["holds_from"]), (&json!(2), &json!("2026-10")));
    redefine(&world.admin, "CT3", &json!({"unit": "hồ sơ công việc"}));
    redefine(&world.admin, "CT3", &json!({"movement": "N", "holds_from": "2027-01"}));
    assert_eq!(versions(&world.admin, "CT3"), json!([[1, null], [3, "2026-10"], [4, "2027-01"]]));
    let expected = |period: &str| {
        let row = world.attainment("CT3", "H18", period);
        (row["expected_agencies"].clone(), row["definition_versions"].clone(), row["target"].is_null())
    };
    assert_eq!(expected("2026-09"), (json!(5), json!([1]), false));
    assert_eq!(expected("2026-10"), (json!(1), json!([3]), false));
    assert_eq!(expected("2026-H2"), (json!(5), json!([1, 3]), false), "each was expected in a month");
    assert_eq!(
        expected("2027-01"),
        (json!(0), json!([4]), true),
        "the target was for another movement, and it has not begun"
    );
    assert_eq!(closed(), before);
    // The report of a period says how it was defined in its last month.
    let of_report = |period: &str| {
        let report = world.admin.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
        let indicators = report["indicators"].as_array().unwrap().clone();
        let ct3 = indicators.into_iter().find(|indicator| indicator["code"] == "CT3").unwrap();
        (ct3["unit"].clone(), ct3["version"].clone(), ct3["versions"].as_array().unwrap().len())
    };
    assert_eq!(of_report("2024"), (json!("đơn vị"), json!(1), 1));
    assert_eq!(of_report("2026-Q4"), (json!("hồ sơ công việc"), json!(3), 2));
    // The target of the movement that the indicator has left stays that of its years.
    let target = world.admin.get("/api/v1/targets?indicator=CT3").expect(200).items()[0].clone();
    assert_eq!((&target["phase"], &target["year"]), (&Value::Null, &Value::Null));
    world.admin.delete("/api/v1/movements/M").refused(409, "in_use");
    world.server.assert_verified();
}

#[on_both_engines]
fn semantics_movement_and_kind_of_source_change_with_a_phase(world: World) {
    world.person("A", "H18.1", "2020-01-01");
    world.course("K");
    world.trained("A", "K", "2026-03-02");
    world.declare("CT4", "H18.1", "2025-12", 3, 4);
    let training = json!({"kind": "training_records", "results": ["completed"], "course_kinds": [],
                          "confirmed_only": false, "staff_kinds": [], "reported_by": "roll"});
    let derived = json!({"semantics": "stock", "source": training});
    for month in ["2026-02", "2025-01", "2027-01"] {
        let detail = refused(&world.admin, "CT4", &from(month, &derived), "not_a_phases_first_month");
        assert!(detail.contains("2023-01, 2026-01"), "{detail}");
    }
    refused(&world.admin, "CT4", &from("2026-02", &json!({"semantics": "state"})), "not_a_phases_first_month");
    // Months with declared figures cannot be computed from records.
    let path = "/api/v1/indicators/CT4";
    world.admin.patch(path, &from("2023-01", &derived)).refused(409, "has_observations");
    redefine(&world.admin, "CT4", &from("2026-01", &derived));
    let at = |period: &str| figure(&world.admin, "CT4", "H18", period);
    assert_eq!(["2025-12", "2025", "2026-02", "2026-03", "2026"].map(at), [[3, 4], [3, 4], [0, 1], [1, 1], [1, 1]]);
    let declared = |month: &str| bodies::declared("CT4", "H18.1", month, 1, 1);
    world.admin.post("/api/v1/observations", &declared("2026-01")).refused(409, "indicator_is_derived");
    world.admin.post("/api/v1/observations", &declared("2025-11")).expect(201);
    // A merge patch leaves a kind of source by setting the members of the old one to null.
    let back = json!({"semantics": "flow", "source": {"kind": "declared", "results": null, "course_kinds": null,
                      "confirmed_only": null, "staff_kinds": null, "reported_by": null}});
    redefine(&world.admin, "CT4", &back);
    assert_eq!(versions(&world.admin, "CT4"), json!([[1, null]]));
    assert_eq!(at("2026"), [Value::Null, Value::Null]);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_version_is_edited_moved_and_taken_back(world: World) {
    let path = "/api/v1/indicators/CT7";
    world.person("A", "H18.1", "2026-01-01");
    world.course("K");
    world.trained("A", "K", "2026-01-06");
    let seq = world.server.database().model().seq;
    let confirmed = json!({"source": {"confirmed_only": true}});
    let at = || ["2026-02", "2026-04", "2026-06"].map(|period| figure(&world.admin, "CT7", "H18.1", period));
    redefine(&world.admin, "CT7", &from("2026-03", &confirmed));
    assert_eq!(at(), [[1, 1], [0, 1], [0, 1]]);
    redefine(&world.admin, "CT7", &json!({"holds_from": "2026-05"}));
    assert_eq!(
        (at(), versions(&world.admin, "CT7")),
        ([[1, 1], [1, 1], [0, 1]].map(|figure| figure.map(Value::from)), json!([[1, null], [2, "2026-05"]]))
    );
    redefine(&world.admin, "CT7", &json!({"source": {"results": ["completed"]}}));
    assert_eq!(versions(&world.admin, "CT7"), json!([[1, null], [3, "2026-05"]]));
    // An edit of what has no versions, and one that changes nothing, leave the versions.
    redefine(&world.admin, "CT7", &json!({"weight": 3}));
    let same = world.admin.patch(path, &from("2026-05", &confirmed)).expect(200);
    assert_eq!(versions(&world.admin, "CT7"), json!([[1, null], [3, "2026-05"]]));
    assert_eq!(same.json["holds_from"], "2026-05");
    // The rule of the version before, written in its place, takes it back.
    let first = world.admin.get(path).expect(200).json["versions"][0].clone();
    redefine(&world.admin, "CT7", &json!({"source": first["source"]}));
    assert_eq!(
        (at(), versions(&world.admin, "CT7")),
        ([[1, 1]; 3].map(|figure| figure.map(Value::from)), json!([[1, null]]))
    );
    redefine(&world.admin, "CT7", &from("2026-06", &confirmed));
    assert_eq!(versions(&world.admin, "CT7"), json!([[1, null], [4, "2026-06"]]), "no number is given twice");
    redefine(&world.admin, "CT7", &json!({"holds_from": null}));
    assert_eq!(
        (at(), versions(&world.admin, "CT7")),
        ([[0, 1]; 3].map(|figure| figure.map(Value::from)), json!([[4, null]]))
    );
    // The past is answered as it was defined then.
    let past = world.admin.get(&format!("{path}?asOf={seq}")).expect(200).json;
    assert_eq!((&past["version"], past["versions"].as_array().unwrap().len()), (&json!(1), 1));
    let past = world.admin.get(&format!("/api/v1/attainments/CT7/H18.1/2026-06?asOf={seq}")).expect(200).json;
    assert_eq!((&past["numerator"], &past["definition_versions"]), (&json!(1), &json!([1])));

    for month in ["2026", "2026-13", "2026-Q1", "1999-01"] {
        let errors = world.admin.patch(path, &json!({"holds_from": month})).refused(422, "invalid_input").errors();
        assert!(errors.contains_key("/holds_from"), "{month}: {errors:?}");
    }
    let mut new = world.admin.get(path).expect(200).json;
    for member in ["id", "version", "versions"] {
        new.as_object_mut().unwrap().remove(member);
    }
    (new["code"], new["holds_from"]) = (json!("CT9"), json!("2026-05"));
    let errors = world.admin.post("/api/v1/indicators", &new).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/holds_from").map(String::as_str), Some("no_earlier_definition"));
    world.server.assert_verified();
}

#[on_both_engines]
fn a_window_over_two_versions_names_both_and_every_record_the_one_it_was_judged_by(world: World) {
    let path = "/api/v1/document-exchanges";
    for (month, direction, electronic, signed) in [
        ("2026-04", "incoming", 9, 1),
        ("2026-05", "incoming", 8, 2),
        ("2026-05", "outgoing", 7, 3),
        ("2026-06", "outgoing", 6, 4),
    ] {
        let count =
            bodies::exchange("H18.1", month, 10, electronic).with("direction", direction).with("signed", signed);
        world.admin.post(path, &count).expect(201);
    }
    redefine(
        &world.admin,
        "CT1",
        &json!({"holds_from": "2026-05", "source": {"numerator": "signed", "directions": ["outgoing"]}}),
    );
    // April counts all that was exchanged, May and June what was sent signed.
    let expected = |row: &Value| {
        ["numerator", "denominator", "definition_version", "definition_versions", "reported_months"]
            .map(|name| row[name].clone())
    };
    let both = [json!(9 + 3 + 4), json!(30), json!(2), json!([1, 2]), json!(2)];
    assert_eq!(expected(&world.attainment("CT1", "H18.1", "2026-Q2")), both);
    let of = |rows: &[Value]| {
        let row =
            rows.iter().find(|row| row["indicator"] == "CT1" && row["agency"] == "H18.1" && row["period"] == "2026-Q2");
        expected(row.unwrap())
    };
    let list = world.admin.get("/api/v1/attainments?period=2026-Q2&agency=H18&subtree=true").expect(200);
    assert_eq!(of(list.items()), both);
    let report = world.admin.get("/api/v1/provincial-report?period=2026-Q2").expect(200).json;
    assert_eq!(of(report["attainments"].as_array().unwrap()), both);
    let series = world.admin.get("/api/v1/attainments/CT1/H18.1/series?from=2026-Q2&to=2026-Q3").expect(200);
    assert_eq!(of(series.items()), both);
    let months = world.admin.get("/api/v1/attainments/CT1/H18.1/series?from=2026-04&to=2026-06").expect(200);
    let months: Vec<_> =
        months.items().iter().map(|row| (row["numerator"].clone(), row["definition_versions"].clone())).collect();
    assert_eq!(months, [(json!(9), json!([1])), (json!(3), json!([2])), (json!(4), json!([2]))]);

    let explained = world.admin.get("/api/v1/attainments/CT1/H18.1/2026-Q2/explain").expect(200).json;
    let records: Vec<_> = explained["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["month"], row["numerator"], row["definition_version"], row["left_out"]["reason"]]))
        .collect();
    assert_eq!(
        records,
        [
            json!(["2026-04", 9, 1, null]),
            json!(["2026-05", 0, 2, "direction_not_counted"]),
            json!(["2026-05", 3, 2, null]),
            json!(["2026-06", 4, 2, null]),
        ]
    );
    // The other direction lacks where both counted.
    let rehearsed =
        world.admin.post("/api/v1/provincial-report/rehearse", &json!({"period": "2026-Q2"})).expect(200).json;
    let one_direction: Vec<_> = rehearsed["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["reason"] == "one_direction")
        .map(|finding| finding["text"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        one_direction.len() == 1 && one_direction[0].contains("2026-04") && !one_direction[0].contains("2026-05"),
        "{one_direction:?}"
    );
    // People are judged by the version of the period's last month.
    world.person("A", "H18.1", "2026-01-01");
    world.course("K");
    world.trained("A", "K", "2026-01-06");
    redefine(&world.admin, "CT7", &from("2026-05", &json!({"source": {"confirmed_only": true}})));
    let judged = |period: &str| {
        let explained = world.admin.get(&format!("/api/v1/attainments/CT7/H18.1/{period}/explain")).expect(200).json;
        let row = explained["records"][0].clone();
        json!([row["numerator"], row["definition_version"], row["lacks"]])
    };
    assert_eq!(judged("2026-04"), json!([1, 1, []]));
    assert_eq!(judged("2026-Q2"), json!([0, 2, ["not_confirmed"]]));
    world.server.assert_verified();
}
