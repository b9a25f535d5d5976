//! Assumed records: the figure that they would lead to (what-if).

use crate::api::rights::Lock;
use chrono::Utc;
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_domain::figures::question::Question;
use thidua_domain::time::{Period, civil_date};
use thidua_persistence::Context;

#[on_both_engines]
fn three_more_people_trained_would_meet_the_target_and_nothing_is_written(world: World) {
    for code in ["NV-1", "NV-2", "NV-3"] {
        world.person(code, "H18.20", "2026-01-05");
    }
    world.course("KN-1");
    let before = world.server.database().model().seq;
    let trained = |codes: &[&str]| -> Vec<Value> {
        codes.iter().map(|code| bodies::training(code, "KN-1", "2026-10-02")).collect()
    };
    let ask = |codes: &[&str]| {
        let body =
            json!({"indicator": "CT7", "agency": "H18.20", "period": "2026-10", "training_records": trained(codes)});
        world.admin.post("/api/v1/attainments/what-if", &body).expect(200).json
    };
    let two = ask(&["NV-1", "NV-2"]);
    assert_eq!((&two["before"]["verdict"], &two["before"]["shortfall"]), (&json!("not_met"), &json!(3)));
    assert_eq!((&two["after"]["ratio"], &two["after"]["shortfall"]), (&json!("2/3"), &json!(1)));
    assert_eq!(ask(&["NV-1", "NV-2", "NV-3"])["after"]["verdict"], "met");
    assert_eq!(world.server.database().model().seq, before);
    assert!(world.admin.get("/api/v1/training-records").expect(200).items().is_empty());
    world.server.assert_verified();
}

#[on_both_engines]
fn another_target_is_judged_by_exactly(world: World) {
    world.declare("CT5", "H18.1", "2026-10", 1, 3);
    let ask = |target: Value| {
        let body = json!({"indicator": "CT5", "agency": "H18.1", "period": "2026-10", "target": target});
        world.admin.post("/api/v1/attainments/what-if", &body).expect(200).json
    };
    let third = ask(json!({"numerator": 1, "denominator": 3, "comparison": "at_least"}));
    assert_eq!((&third["before"]["verdict"], &third["after"]["verdict"]), (&json!("not_met"), &json!("met")));
    let more = ask(json!({"numerator": 33_333_334, "denominator": 100_000_000, "comparison": "at_least"}));
    assert_eq!((&more["after"]["verdict"], &more["after"]["shortfall"]), (&json!("not_met"), &json!(1)));
}

#[on_both_engines]
fn every_kind_of_record_can_be_supposed_and_replaces_the_one_with_its_key(world: World) {
    world.create("information-systems", bodies::system("HT-1", "H18.1", "2026-01-01"));
    let observation = |numerator: i64| bodies::declared("CT3", "H18.1", "2026-10", numerator, 4);
    world.create("observations", observation(1));
    for (indicator, member, record, after) in [
        ("CT3", "observations", observation(3), (3, 4)),
        (
            "CT1",
            "document_exchanges",
            bodies::exchange("H18.1", "2026-10", 10, 7).with("direction", "outgoing").with("secret", 1),
            (7, 9),
        ),
        (
            "CT6",
            "monitoring_statuses",
            bodies::status("HT-1", "2026-10-01")
                .with("last_event", "2026-10-01")
                .with("assessment_valid_until", "2027-01-01"),
            (1, 1),
        ),
    ] {
        let body = json!({"indicator": indicator, "agency": "H18.1", "period": "2026-10", member: [record]});
        let answer = world.admin.post("/api/v1/attainments/what-if", &body).expect(200).json;
        assert_eq!(
            (answer["after"]["numerator"].as_i64(), answer["after"]["denominator"].as_i64()),
            (Some(after.0), Some(after.1)),
            "{answer}"
        );
    }
    assert_eq!(world.attainment("CT3", "H18.1", "2026-10")["numerator"], 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn whoever_asks_does_not_wait_for_the_writer(world: World) {
    world.person("NV-1", "H18.20", "2026-01-05");
    world.course("KN-1");
    let client = world.server.user(Role::Viewer, None);
    let lock = Lock::of(&world.server);
    // Two at once and then some, of one account.
    let body = json!({"indicator": "CT7", "agency": "H18.20", "period": "2026-10",
        "training_records": [{"staff": "NV-1", "course": "KN-1", "on": "2026-10-02", "result": "completed"}]});
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| client.post("/api/v1/attainments/what-if", &body))).collect();
        for answer in asked {
            assert_eq!(answer.join().unwrap().expect(200).json["after"]["ratio"], "1/1");
        }
    });
    lock.let_go();
    assert!(world.admin.get("/api/v1/training-records").expect(200).items().is_empty());
    world.server.assert_verified();
}

#[on_both_engines]
fn a_node_that_is_behind_computes_from_the_same_as_one_that_is_not(world: World) {
    // Figures after a cut-off are marked, and declared ones stand beside the people on the roll.
    world.create("periods", bodies::cut_off("2026-09", "2026-09-16"));
    let compared = json!({"source": {"compared_with": {"kind": "people_on_roll"}}});
    world.admin.patch("/api/v1/indicators/CT2", &compared).expect(200);
    let behind = world.server.lagging_node();
    let (there, at) = (behind.admin(), behind.database().model().seq);
    ["NV-1", "NV-2"].iter().for_each(|code| drop(world.person(code, "H18.1", "2026-01-05")));
    world.declare("CT2", "H18.1", "2026-09", 1, 3);

    let explained = |client: &Client| {
        client.get("/api/v1/attainments/CT2/H18/2026-09/explain").expect(200).json["attainment"].clone()
    };
    assert_eq!(explained(&there), explained(&world.admin));
    let question = {
        let catalogue = std::sync::Arc::clone(&world.server.database().model().catalogue);
        let indicator = *catalogue.indicators.iter().find(|(_, row)| row.code.as_str() == "CT2").unwrap().0;
        let agency = *catalogue.agencies.iter().find(|(_, row)| row.identifier.as_str() == "H18").unwrap().0;
        let calendar = *catalogue.calendars.iter().find(|(_, row)| row.code.as_str() == "nd09").unwrap().0;
        Question {
            indicator,
            agency,
            calendar,
            period: Period::parse("", "2026-09").unwrap(),
            day: civil_date(Utc::now()),
        }
    };
    let asked = |server: &Server| {
        let context = Context::of_program(Utc::now(), None);
        server.database().what_if(&context, |what_if| what_if.attain(question, None)).unwrap()
    };
    let (now, told) = (asked(&world.server), asked(&behind));
    let (late, derived) =
        (told.completeness.agencies_after_cut_off, told.derived.and_then(|derived| derived.denominator));
    assert_eq!((late, derived), (1, Some(2)));
    assert_eq!(told, now);
    assert_eq!(behind.database().model().seq, at, "it has caught up meanwhile");
    world.server.assert_verified();
}

#[on_both_engines]
fn what_could_not_be_written_cannot_be_assumed_either(world: World) {
    let body = json!({"indicator": "CT3", "agency": "H18.1", "period": "2026-10", "observations": [
        {"indicator": "CT3", "agency": "H18.1", "calendar": "nd09", "month": "2026-10", "numerator": 1, "denominator": 4, "nature": "actual"},
        {"indicator": "CT3", "agency": "H18.9", "calendar": "nd09", "month": "2026-10", "numerator": 1, "denominator": 0, "nature": "actual"}]});
    let errors = world.admin.post("/api/v1/attainments/what-if", &body).expect(422).errors();
    assert_eq!(errors.get("/observations/1/agency").map(String::as_str), Some("unknown_agency"));
    let elsewhere = world.server.user(Role::Viewer, Some("H18.2"));
    let body = json!({"indicator": "CT3", "agency": "H18.1", "period": "2026-10"});
    let errors = elsewhere.post("/api/v1/attainments/what-if", &body).expect(422).errors();
    assert_eq!(errors.get("/agency").map(String::as_str), Some("unknown_agency"));
}
