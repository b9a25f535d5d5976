//! `asOf`: an answer as it was at an earlier time or position.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::replay;
use support::waiting::eventually;
use support::{Answer, Client, Server, World, on_both_engines};

#[on_both_engines]
fn an_answer_as_of_then_is_the_one_a_replay_of_the_log_up_to_then_gives(world: World) {
    let moments = history(&world);
    let log = replay::log(&world.server);
    for seq in moments {
        let place = world.server.engine().place().unwrap();
        let before = log.iter().take_while(|change| change.seq <= seq).cloned();
        let database = replay::replay(&place, before.collect());
        let then = Server::on_database(place, database);
        assert_same(&world.admin, &then.admin(), seq);
        then.assert_verified();
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_time_stands_for_the_last_change_made_by_then(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let seq = world.server.database().model().seq;
    let between = chrono::Utc::now();
    world.declare("CT3", "H18.2", "2026-10", 3, 4);
    for offset in ["+07:00", "-03:30"] {
        let zone: chrono::FixedOffset = offset.parse().unwrap();
        let text = between.with_timezone(&zone).to_rfc3339().replace('+', "%2B");
        let then = world.admin.get(&format!("/api/v1/attainments/CT3/H18/2026-10?asOf={text}")).expect(200).json;
        assert_eq!((&then["seq"], &then["numerator"]), (&json!(seq), &json!(1)));
    }
    let unescaped = between.to_rfc3339();
    assert!(unescaped.contains('+'));
    let then = world.admin.get(&format!("/api/v1/attainments/CT3/H18/2026-10?asOf={unescaped}")).expect(200);
    assert_eq!(then.json["seq"], seq);
}

#[on_both_engines]
fn a_time_before_the_first_change_is_refused_with_the_first_moment_there_is(world: World) {
    let log = replay::log(&world.server);
    let first = log[0].moment().with_timezone(&chrono::FixedOffset::east_opt(7 * 3600).unwrap());
    let first = first.to_rfc3339_opts(chrono::SecondsFormat::Micros, false);
    for moment in ["0", "2020-01-01T00:00:00%2B07:00", "2020-01-01"] {
        for path in ["agencies/H18", "attainments/CT3/H18/2026-10"] {
            let answer = world.admin.get(&format!("/api/v1/{path}?asOf={moment}")).expect(422);
            assert_eq!(answer.errors().get("/asOf").map(String::as_str), Some("before_first_change"));
            assert!(answer.json["errors"][0]["detail"].as_str().unwrap().contains(&first), "{}", answer.json);
        }
    }
    let first = first.replace('+', "%2B");
    world.admin.get(&format!("/api/v1/agencies/H18?asOf={first}")).refused(404, "not_found");
}

#[on_both_engines]
fn a_day_stands_for_its_end_in_ho_chi_minh_city(world: World) {
    let declared = |at: &str, numerator: i64| (at.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), numerator);
    // 30 September ends at 17:00 UTC.
    let history = [declared("2026-09-30T16:59:59.999999Z", 1), declared("2026-09-30T17:00:00Z", 2)];
    let observation = world.declare("CT3", "H18.1", "2026-05", 0, 9);
    let mut log = replay::log(&world.server);
    for change in &mut log {
        change.at = declared("2026-09-01T00:00:00Z", 0).0.timestamp_micros();
    }
    let last = log.last().unwrap().clone();
    for (index, (at, numerator)) in history.into_iter().enumerate() {
        let after = last.after.clone().unwrap().replace("\"numerator\":0", &format!("\"numerator\":{numerator}"));
        log.push(thidua_domain::log::changes::Change {
            seq: last.seq + 1 + index as i64,
            at: at.timestamp_micros(),
            operation: thidua_domain::log::changes::Operation::Update,
            before: last.after.clone(),
            after: Some(after),
            ..last.clone()
        });
    }
    let place = world.server.engine().place().unwrap();
    let database = replay::replay(&place, log);
    let then = Server::on_database(place, database);
    let path = format!("/api/v1/observations/{}", observation["id"]);
    let numerator =
        |moment: &str| then.admin().get(&format!("{path}?asOf={moment}")).expect(200).json["numerator"].clone();
    assert_eq!(["2026-09-29", "2026-09-30", "2026-10-01"].map(numerator), [json!(0), json!(1), json!(2)]);
    then.assert_verified();
}

#[on_both_engines]
fn a_moment_that_has_not_come_or_is_none_is_refused(world: World) {
    let beyond = (world.server.database().model().seq + 1).to_string();
    for (moment, code) in [
        (beyond.as_str(), "as_of_in_future"),
        ("2199-01-01T00:00:00Z", "as_of_in_future"),
        ("2026-11-01T00:00:00", "invalid_as_of"),
        ("2026-13-01T00:00:00Z", "invalid_as_of"),
        ("-1", "as_of_in_future"),
        ("yesterday", "invalid_as_of"),
        ("2199-01-01", "as_of_in_future"),
        ("2026-02-30", "invalid_as_of"),
        ("2026-9-30", "invalid_as_of"),
    ] {
        let answer = world.admin.get(&format!("/api/v1/provincial-report?period=2026-10&asOf={moment}")).expect(422);
        assert_eq!(answer.errors().get("/asOf").map(String::as_str), Some(code), "{moment}: {}", answer.json);
    }
}

#[on_both_engines]
fn scope_holds_for_the_past_as_well(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let seq = world.server.database().model().seq;
    let commune = world.server.user(thidua_domain::accounts::users::Role::Editor, Some("H18.2"));
    commune.get(&format!("/api/v1/attainments/CT3/H18.1/2026-10?asOf={seq}")).refused(404, "not_found");
    let own = commune.get(&format!("/api/v1/provincial-report?period=2026-10&asOf={seq}")).expect(200).json;
    let agencies: Vec<_> = own["agencies"].as_array().unwrap().iter().map(|agency| &agency["identifier"]).collect();
    assert_eq!(agencies, ["H18.2"]);
}

#[on_both_engines]
fn a_correction_stands_as_it_stood_then_by_the_clock_of_then(world: World) {
    let approver = world.server.user(thidua_domain::accounts::users::Role::Approver, None);
    lock(&world.admin, "H18.1", "2026-02");
    let path = format!("/api/v1/corrections/{}", request(&world.admin, "H18.1", "2026-02"));
    let requested = world.server.database().model().seq;
    let closes_at = chrono::Utc::now() + chrono::TimeDelta::seconds(2);
    approver.post(&format!("{path}/approve"), &json!({"closes_at": closes_at.to_rfc3339()})).expect(200);
    let approved = world.server.database().model().seq;
    // That its window is over is in no log: it follows from the clock.
    eventually("the window is over", || (world.admin.get(&path).expect(200).json["state"] == "closed").then_some(()));
    let state = |moment: &str| world.admin.get(&format!("{path}?asOf={moment}")).expect(200).json["state"].clone();
    assert_eq!([state(&requested.to_string()), state(&approved.to_string())], ["requested", "approved"]);
    let before = closes_at - chrono::TimeDelta::milliseconds(1);
    assert_eq!(state(&before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)), "approved");
    assert_eq!(state(&closes_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)), "closed");
    let elsewhere = world.server.user(thidua_domain::accounts::users::Role::Editor, Some("H18.2"));
    elsewhere.get(&format!("{path}?asOf={approved}")).refused(404, "not_found");
}

/// Locks a month's figures of an agency and answers the lock's identity.
fn lock(client: &Client, agency: &str, period: &str) -> i64 {
    let lock = bodies::lock(period, agency);
    client.post("/api/v1/locks", &lock).expect(201).id()
}

/// Asks for a correction and answers its identity.
fn request(client: &Client, agency: &str, period: &str) -> i64 {
    let correction = bodies::correction(period, agency);
    client.post("/api/v1/corrections", &correction).expect(201).id()
}

/// Writes of every kind, some of several changes; the positions after which answers are compared.
fn history(world: &World) -> Vec<i64> {
    let admin = &world.admin;
    let mut moments = Vec::new();
    let mut done = || moments.push(world.server.database().model().seq);
    done();
    for (code, agency) in [("NV-1", "H18.1"), ("NV-2", "H18.2"), ("NV-3", "H18.20.1")] {
        world.person(code, agency, "2026-01-05");
    }
    world.course("KN-1");
    let record = world.trained("NV-1", "KN-1", "2026-03-02");
    world.trained("NV-3", "KN-1", "2026-03-02");
    done();
    let exchange = world.create(
        "document-exchanges",
        bodies::exchange("H18.1", "2026-10", 100, 80).with("secret", 10).with("signed", 70).with("paperless", 60),
    );
    let observation = world.declare("CT2", "H18.20", "2026-10", 7, 9);
    world.create("information-systems", bodies::system("HT-1", "H18.1", "2026-01-01"));
    let status = world.create(
        "monitoring-statuses",
        bodies::status("HT-1", "2026-10-01")
            .with("last_event", "2026-10-01")
            .with("assessment_valid_until", "2027-01-01"),
    );
    done();
    let change = |path: &str, patch: Value| admin.patch(path, &patch).expect(200);
    let remove = |path: &str| admin.delete(path).expect(204);
    change(&format!("/api/v1/observations/{}", observation["id"]), json!({"numerator": 8}));
    change(&format!("/api/v1/document-exchanges/{}", exchange["id"]), json!({"electronic": 90, "failed": 3}));
    change(&format!("/api/v1/monitoring-statuses/{}", status["id"]), json!({"plan_deployed": false}));
    change("/api/v1/staff/NV-2", json!({"code": "NV-2B"}));
    change("/api/v1/courses/KN-1", json!({"code": "KN-2", "kind": "awareness"}));
    change("/api/v1/indicators/CT7", json!({"source": {"course_kinds": ["awareness"]}}));
    done();
    let merged = json!({"predecessors": ["H18.2"], "on": "2026-07-01"});
    admin.post("/api/v1/agencies/H18.1/merger", &merged).expect(200);
    change("/api/v1/agencies/H18.20.2", json!({"parent": "H18", "name_vi": "Phòng đã chuyển"}));
    let targets = admin.get("/api/v1/targets?indicator=CT5").expect(200).items().clone();
    change(
        &format!("/api/v1/targets/{}", targets[0]["id"]),
        json!({"value": {"numerator": 60}, "holds_from": "2026-08"}),
    );
    done();
    remove(&format!("/api/v1/training-records/{}", record["id"]));
    remove(&format!("/api/v1/observations/{}", observation["id"]));
    world.create("periods", bodies::cut_off("2026-01", "2026-01-20").with("locks_on", "2026-02-01"));
    let february = world.declare("CT4", "H18.2", "2026-02", 1, 2);
    let (locked, corrected) = (lock(admin, "H18.2", "2026-02"), request(admin, "H18.2", "2026-02"));
    done();
    let approver = world.server.user(thidua_domain::accounts::users::Role::Approver, None);
    let correction = format!("/api/v1/corrections/{corrected}");
    approver.post(&format!("{correction}/approve"), &json!({})).expect(200);
    change(&format!("/api/v1/observations/{}", february["id"]), json!({"numerator": 2}));
    let profile = bodies::profile("goi", &[bodies::property("A", "text", "agency")]);
    world.create("export-profiles", profile);
    done();
    admin.post(&format!("{correction}/close"), &json!({})).expect(200);
    admin.clone().with("change-reason", "Khóa nhầm").delete(&format!("/api/v1/locks/{locked}")).expect(204);
    change("/api/v1/export-profiles/goi", json!({"name_vi": "Gói khác", "code": "goi-khac"}));
    done();
    let day = |date, kind| bodies::holiday(date).with("kind", kind);
    world.create("holidays", day("2026-09-02", "holiday"));
    world.create("holidays", day("2026-08-22", "working_day"));
    world.admin.patch("/api/v1/holidays/2026-09-02", &json!({"name_en": "National Day"})).expect(200);
    world.admin.delete("/api/v1/holidays/2026-08-22").expect(204);
    world.create("calendars", json!({"code": "d20", "name_vi": "Chốt ngày 20", "closing_day": 20}));
    world.server.user(thidua_domain::accounts::users::Role::Viewer, Some("H18.1"));
    change("/api/v1/movements/M/phases/I", json!({"frozen": true}));
    done();
    moments
}

/// Insists that every question about that moment has the same bytes for an answer in both.
#[track_caller]
fn assert_same(now: &Client, then: &Client, seq: i64) {
    let mut questions: Vec<String> = [
        "attainments?period=2026-10&subtree=true",
        "attainments?period=2026&subtree=true&fields=indicator,agency,numerator,denominator",
        "attainments/CT7/H18/series?from=2026-01&to=2026-12",
        "attainments/CT6/H18/series?from=2026-Q1&to=2026-Q4&calendar=civil",
        "attainments/CT1/H18.1/2026-10",
        "provincial-report?period=2026-10",
        "provincial-report?period=2026-H2&calendar=civil",
        "staff/NV-1",
        "staff/NV-2",
        "staff/NV-2B",
        "staff/NV-3",
        "courses/KN-1",
        "courses/KN-2",
        "information-systems/HT-1",
        "agencies/H18.2",
        "agencies/H18.20.2",
        "agencies/H18.1",
        "movements/M",
        "movements/M/phases/I",
        "indicators/CT7",
        "periods/nd09/2026-01",
        "calendars/d20",
        "holidays/2026-09-02",
        "holidays/2026-08-22",
        "calendars/nd09",
        "export-profiles/native",
        "export-profiles/goi",
        "export-profiles/goi-khac",
    ]
    .map(str::to_owned)
    .into();
    for id in 1..=now.get("/api/v1/attainments?period=2026-10").expect(200).json["seq"].as_i64().unwrap() {
        let resources = [
            "targets",
            "training-records",
            "observations",
            "document-exchanges",
            "monitoring-statuses",
            "locks",
            "corrections",
        ];
        questions.extend(resources.map(|resource| format!("{resource}/{id}")));
    }
    let mut found = 0;
    for question in questions {
        let mark = if question.contains('?') { '&' } else { '?' };
        let past = now.get(&format!("/api/v1/{question}{mark}asOf={seq}"));
        let present = then.get(&format!("/api/v1/{question}"));
        assert_eq!(past.status, present.status, "{question} as of {seq}: {} and {}", past.json, present.json);
        if present.status == 200 {
            found += 1;
            let text = |answer: &Answer| without_user_names(&question, answer);
            assert_eq!(text(&past), text(&present), "{question} as of {seq}");
        }
    }
    assert!(found > 20, "only {found} questions had an answer");
}

/// The text of an answer without the names of users, which the log does not hold.
fn without_user_names(question: &str, answer: &Answer) -> String {
    if !question.starts_with("corrections/") {
        return String::from_utf8_lossy(&answer.body).into_owned();
    }
    let mut correction = answer.json.clone();
    for member in ["requested_by", "decided_by"] {
        correction[member] = json!(!correction[member].is_null());
    }
    correction.to_string()
}
