//! Rehearsal of a report: findings of missing, late, inconsistent or refused figures, each with a remedy, and nothing
//! written.

use crate::contract::document::operations;
use chrono::{Datelike, Duration, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::bodies::{self, Members};
use support::server::Sample;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const PATH: &str = "/api/v1/provincial-report/rehearse";

fn rehearse(client: &Client, body: &Value) -> Answer {
    client.clone().with("accept-language", "en").post(PATH, body).expect(200)
}

fn findings(answer: &Answer) -> &Vec<Value> {
    answer.json["findings"].as_array().unwrap()
}

/// The findings of a month with a reason: agency, indicator, text.
fn with_reason(world: &World, reason: &str) -> Vec<(String, Value, String)> {
    let answer = rehearse(&world.admin, &json!({"period": "2026-03"}));
    let found = findings(&answer).iter().filter(|finding| finding["reason"] == reason);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found.map(|finding| (text(&finding["agency"]), finding["indicator"].clone(), text(&finding["text"]))).collect()
}

fn agencies(world: &World, reason: &str) -> Vec<String> {
    with_reason(world, reason).into_iter().map(|(agency, ..)| agency).collect()
}

/// The kind of every finding with a reason.
fn kinds(world: &World, reason: &str) -> BTreeSet<String> {
    let answer = rehearse(&world.admin, &json!({"period": "2026-03"}));
    let found = findings(&answer).iter().filter(|finding| finding["reason"] == reason);
    found.map(|finding| finding["kind"].as_str().unwrap().to_owned()).collect()
}

fn exchange(world: &World, agency: &str, month: &str, direction: &str) {
    world.create(
        "document-exchanges",
        bodies::exchange(agency, month, 10, 9).with("direction", direction).with("signed", 8).with("paperless", 7),
    );
}

fn system(world: &World, code: &str, agency: &str) {
    world.create("information-systems", bodies::system(code, agency, "2025-01-01"));
}

fn status(world: &World, system: &str, on: &str, last_event: Option<&str>) {
    world.create(
        "monitoring-statuses",
        bodies::status(system, on).with("last_event", last_event).with("assessment_valid_until", "2026-12-31"),
    );
}

#[on_both_engines]
fn whoever_is_expected_and_has_reported_nothing_is_missing(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    world.declare("CT3", "H18.2", "2026-02", 1, 2);
    let answer = rehearse(&world.admin, &json!({"period": "2026-03"}));
    let missing: Vec<_> = findings(&answer).iter().filter(|finding| finding["indicator"] == "CT3").collect();
    let who: Vec<_> = missing.iter().map(|finding| finding["agency"].as_str().unwrap()).collect();
    assert_eq!(who, ["H18.2", "H18.20", "H18.20.1", "H18.20.2"], "the province is not expected to");
    for finding in missing {
        assert_eq!((&finding["kind"], &finding["reason"]), (&json!("missing"), &json!("nothing_reported")));
        assert_eq!(
            (&finding["operation"], &finding["address"]),
            (&json!("createObservation"), &json!("POST /api/v1/observations"))
        );
    }
    // The report lacks the same figures.
    let report = world.admin.get("/api/v1/provincial-report?period=2026-03").expect(200).json;
    for row in report["attainments"].as_array().unwrap().iter().filter(|row| row["agency"] == "H18") {
        let told = findings(&answer)
            .iter()
            .filter(|finding| finding["indicator"] == row["indicator"] && finding["reason"] == "nothing_reported");
        assert_eq!(told.count() as u64, row["agencies_lacking"].as_u64().unwrap(), "{}", row["indicator"]);
    }
}

#[on_both_engines]
fn each_month_that_is_owed_and_not_there_is_told(world: World) {
    let today = (Utc::now() + Duration::hours(7)).date_naive();
    world.declare("CT3", "H18.1", "2026-01", 1, 1);
    world.declare("CT2", "H18.1", "2026-02", 1, 1);
    for direction in ["incoming", "outgoing"] {
        exchange(&world, "H18.1", "2026-02", direction);
    }
    let quarter = rehearse(&world.admin, &json!({"period": "2026-Q1", "agency": "H18.1"}));
    let told: BTreeMap<_, _> =
        findings(&quarter).iter().map(|finding| (finding["indicator"].as_str().unwrap_or_default(), finding)).collect();
    for (indicator, months, operation) in [
        ("CT1", "2026-01, 2026-03", "createDocumentExchange"),
        ("CT2", "2026-03", "createObservation"),
        ("CT3", "2026-02, 2026-03", "createObservation"),
    ] {
        let finding = told[indicator];
        assert_eq!(
            (&finding["kind"], &finding["reason"], &finding["operation"]),
            (&json!("missing"), &json!("months_missing"), &json!(operation))
        );
        assert!(finding["text"].as_str().unwrap().ends_with(&format!(": {months}.")), "{finding}");
        let row = world.attainment(indicator, "H18.1", "2026-Q1");
        let lacking = row["expected_months"].as_u64().unwrap() - row["reported_months"].as_u64().unwrap();
        assert_eq!((lacking, &row["complete"]), (months.split(", ").count() as u64, &json!(false)), "{indicator}");
    }
    assert_eq!(told["CT4"]["reason"], "nothing_reported", "who has reported nothing at all is told so once");
    assert!(!told.contains_key("CT6") && !told.contains_key("CT7"), "nobody owes systems or people");
    // Of the year that runs, only months that have begun are told. An nd09 month begins on the 15th of the one
    // before.
    let year = today.year();
    world.declare("CT5", "H18.1", &format!("{year}-01"), 1, 1);
    let begun = (2..=12).filter(|month| chrono::NaiveDate::from_ymd_opt(year, month - 1, 15).unwrap() <= today);
    let begun: Vec<_> = begun.map(|month| format!("{year}-{month:02}")).collect();
    let running = rehearse(&world.admin, &json!({"period": year.to_string(), "agency": "H18.1"}));
    let told = findings(&running)
        .iter()
        .find(|finding| finding["indicator"] == "CT5" && finding["reason"] == "months_missing");
    let told = told.map(|finding| finding["text"].as_str().unwrap().to_owned());
    assert_eq!(told.is_none(), begun.is_empty());
    assert!(told.is_none_or(|text| text.ends_with(&format!(": {}.", begun.join(", ")))), "{}", running.json);
}

#[on_both_engines]
fn what_is_missing_is_late_once_the_cut_off_or_deadline_has_passed_or_is_near(world: World) {
    let today = (Utc::now() + Duration::hours(7)).date_naive();
    let at = |days| (today + Duration::days(days)).to_string();
    world.create("periods", bodies::cut_off("2026-03", &at(20)).with("submission_due", at(30)));
    let late = ["deadline_passed", "cut_off_passed", "cut_off_near", "deadline_near"];
    let told = |cut_off: i64, due: i64| {
        world
            .admin
            .patch("/api/v1/periods/nd09/2026-03", &json!({"cut_off": at(cut_off), "submission_due": at(due)}))
            .expect(200);
        let found: Vec<_> = late.iter().filter(|reason| !agencies(&world, reason).is_empty()).copied().collect();
        found
    };
    assert_eq!(told(20, 30), [""; 0]);
    for (cut_off, due, reason, day) in [
        (-9, -1, "deadline_passed", -1),
        (-1, 0, "cut_off_passed", -1),
        (0, 30, "cut_off_near", 0),
        (7, 30, "cut_off_near", 7),
    ] {
        assert_eq!(told(cut_off, due), [reason], "{cut_off} {due}");
        let found = with_reason(&world, reason);
        assert_eq!(
            found.iter().map(|(agency, ..)| agency.as_str()).collect::<Vec<_>>(),
            ["H18.1", "H18.2", "H18.20", "H18.20.1", "H18.20.2"]
        );
        assert!(
            found.iter().all(|(_, indicator, text)| indicator.is_null()
                && text.contains(&at(day))
                && text.contains("CT1, CT2, CT3")),
            "{found:?}"
        );
        assert_eq!(kinds(&world, reason), BTreeSet::from(["late".to_owned()]));
    }
    world.admin.patch("/api/v1/periods/nd09/2026-03", &json!({"cut_off": null, "submission_due": at(9)})).expect(200);
    assert_eq!(agencies(&world, "deadline_near"), [""; 0]);
    let near = |days: i64| {
        findings(&rehearse(&world.admin, &json!({"period": "2026-03", "near_days": days})))
            .iter()
            .filter(|finding| finding["reason"] == "deadline_near")
            .count()
    };
    assert_eq!((near(8), near(9)), (0, 5));
    // Whoever lacks nothing is not late.
    exchange(&world, "H18.1", "2026-03", "incoming");
    exchange(&world, "H18.1", "2026-03", "outgoing");
    (2..=5).for_each(|number| drop(world.declare(&format!("CT{number}"), "H18.1", "2026-03", 1, 2)));
    world.person("A", "H18.1", "2025-01-01");
    system(&world, "S", "H18.1");
    status(&world, "S", "2026-03-01", Some("2026-03-01"));
    assert_eq!(near(9), 4);
    let own = rehearse(&world.admin, &json!({"period": "2026-03", "agency": "H18.1"}));
    assert_eq!((&own.json["total"], findings(&own).len()), (&json!(0), 0), "{}", own.json);
}

#[on_both_engines]
fn figures_under_another_calendar_are_found_where_they_are(world: World) {
    world.create("observations", bodies::declared("CT3", "H18.1", "2026-03", 1, 2).with("calendar", "civil"));
    let found = with_reason(&world, "other_calendar");
    assert_eq!(found.len(), 1);
    let (agency, indicator, text) = &found[0];
    assert_eq!((agency.as_str(), indicator), ("H18.1", &json!("CT3")));
    assert!(text.contains("civil") && text.contains("nd09"), "{text}");
    assert_eq!(kinds(&world, "other_calendar"), BTreeSet::from(["inconsistent".to_owned()]));
    assert!(
        !with_reason(&world, "nothing_reported")
            .iter()
            .any(|(agency, indicator, _)| agency == "H18.1" && indicator == "CT3")
    );
    let civil = rehearse(&world.admin, &json!({"period": "2026-03", "calendar": "civil", "agency": "H18.1"}));
    assert!(!findings(&civil).iter().any(|finding| finding["indicator"] == "CT3"), "{}", civil.json);
}

#[on_both_engines]
fn estimates_that_stand_for_months_that_have_ended_are_told(world: World) {
    for (agency, month, nature) in
        [("H18.1", "2026-01", "estimate"), ("H18.1", "2026-03", "estimate"), ("H18.2", "2026-01", "actual")]
    {
        world.create("observations", bodies::declared("CT3", agency, month, 1, 2).with("nature", nature));
    }
    let told = |period: &str| {
        let answer = rehearse(&world.admin, &json!({"period": period}));
        let found = findings(&answer).iter().filter(|finding| finding["reason"] == "estimates_left");
        found
            .map(|finding| {
                json!([finding["agency"], finding["indicator"], finding["kind"], finding["operation"], finding["text"]])
            })
            .collect::<Vec<_>>()
    };
    let text = |months: &str| format!("Cơ quan H18.1 has estimates of CT3 left for months that have ended: {months}.");
    assert_eq!(told("2026-Q1"), [json!(["H18.1", "CT3", "missing", "updateObservation", text("2026-01, 2026-03")])]);
    assert_eq!(told("2026-03"), [json!(["H18.1", "CT3", "missing", "updateObservation", text("2026-03")])]);
    assert_eq!(told("2026-02"), [json!(null); 0]);
    let found = world.admin.get("/api/v1/observations?nature=estimate").expect(200);
    for row in found.items() {
        world.admin.patch(&format!("/api/v1/observations/{}", row["id"]), &json!({"nature": "actual"})).expect(200);
    }
    assert_eq!(told("2026-Q1"), [json!(null); 0]);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_month_under_another_calendar_is_found_beside_months_under_this_one(world: World) {
    let civil = |indicator: &str, month: &str| {
        world.create("observations", bodies::declared(indicator, "H18.1", month, 1, 2).with("calendar", "civil"));
    };
    world.declare("CT3", "H18.1", "2026-01", 1, 2);
    world.declare("CT3", "H18.1", "2026-03", 2, 2);
    civil("CT3", "2026-02");
    civil("CT3", "2026-03");
    let quarter = rehearse(&world.admin, &json!({"period": "2026-Q1", "agency": "H18.1"}));
    let told: Vec<_> = findings(&quarter)
        .iter()
        .filter(|finding| finding["indicator"] == "CT3")
        .map(|finding| {
            let text = finding["text"].as_str().unwrap();
            (
                finding["kind"].as_str().unwrap(),
                finding["reason"].as_str().unwrap(),
                text.contains("2026-02"),
                text.contains("2026-03"),
                finding["operation"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("inconsistent", "other_calendar", true, false, "createObservation"),
            ("inconsistent", "two_calendars", false, true, "deleteObservation"),
        ]
    );
    let row = world.attainment("CT3", "H18", "2026-Q1");
    assert_eq!((&row["agencies_under_other_calendars"], &row["recorded_under"]), (&json!(1), &json!([])));
    // It says what helps: without the one there are no two.
    let found = world.admin.get("/api/v1/observations?from=2026-03&to=2026-03&calendar=civil").expect(200);
    world.admin.delete(&format!("/api/v1/observations/{}", found.items()[0]["id"])).expect(204);
    let quarter = rehearse(&world.admin, &json!({"period": "2026-Q1", "agency": "H18.1"}));
    assert!(!findings(&quarter).iter().any(|finding| finding["reason"] == "two_calendars"));
    world.server.assert_verified();
}

#[on_both_engines]
fn one_direction_without_the_other_is_inconsistent(world: World) {
    exchange(&world, "H18.1", "2026-03", "incoming");
    exchange(&world, "H18.2", "2026-03", "outgoing");
    exchange(&world, "H18.2", "2026-02", "incoming");
    exchange(&world, "H18.20", "2026-03", "incoming");
    exchange(&world, "H18.20", "2026-03", "outgoing");
    let found = with_reason(&world, "one_direction");
    assert_eq!(found.len(), 2);
    assert!(found[0].0 == "H18.1" && found[0].2.contains("no outgoing ones: 2026-03"), "{found:?}");
    assert!(found[1].0 == "H18.2" && found[1].2.contains("no incoming ones: 2026-03"), "{found:?}");
    assert_eq!(kinds(&world, "one_direction"), BTreeSet::from(["inconsistent".to_owned()]));
}

#[on_both_engines]
fn a_numerator_above_its_denominator_is_inconsistent(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 3, 2);
    world.declare("CT3", "H18.2", "2026-03", 2, 2);
    world.declare("CT2", "H18.2", "2026-03", 5, 4);
    let found = with_reason(&world, "numerator_above_denominator");
    let found: Vec<_> =
        found.iter().map(|(agency, indicator, _)| (agency.as_str(), indicator.as_str().unwrap())).collect();
    assert_eq!(found, [("H18.1", "CT3"), ("H18.2", "CT2")]);
    assert_eq!(kinds(&world, "numerator_above_denominator"), BTreeSet::from(["inconsistent".to_owned()]));
}

#[on_both_engines]
fn an_indicator_without_a_target_is_told_once(world: World) {
    world.indicator("CT9", "flow", &json!({"kind": "declared"}));
    let found = with_reason(&world, "no_target");
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].0, &found[0].1), (&"H18".to_owned(), &json!("CT9")));
    assert!(found[0].2.contains("at 5 agencies"), "{}", found[0].2);
    let own = bodies::target("CT9", 1, 2).with("agency", "H18.1");
    world.create("targets", own);
    assert!(with_reason(&world, "no_target")[0].2.contains("at 4 agencies"));
    assert_eq!(kinds(&world, "no_target"), BTreeSet::from(["missing".to_owned()]));
}

#[on_both_engines]
fn what_a_lock_or_a_frozen_phase_refuses_is_told_with_when_and_which(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 3, 2);
    world.create("periods", bodies::locks_on("2026-Q1", "2026-04-20"));
    world.create("periods", json!({"calendar": "nd09", "period": "2026-03", "submission_due": "2020-01-01"}));
    let found = with_reason(&world, "period_locked");
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found
            .iter()
            .all(|(_, _, text)| text.contains("2026-Q1") && text.contains("nd09") && text.contains("2026-04-20")),
        "{found:?}"
    );
    assert!(found[0].2.contains("CT1, CT2, CT3, CT4, CT5"), "what is to be corrected is refused, too: {}", found[0].2);
    assert!(!found[0].2.contains("CT7"), "a late training is taken: {}", found[0].2);
    assert_eq!(kinds(&world, "period_locked"), BTreeSet::from(["refused".to_owned()]));
    let hurried = with_reason(&world, "deadline_passed");
    assert!(hurried.iter().all(|(_, _, text)| !text.contains("CT5")), "what is refused cannot be hurried: {hurried:?}");
    // It says what happens.
    world
        .admin
        .post("/api/v1/observations", &bodies::declared("CT4", "H18.1", "2026-03", 1, 2))
        .refused(409, "period_locked");
    let open = rehearse(&world.admin, &json!({"period": "2026-04"}));
    assert_eq!(open.json["summary"]["refused"], 0);
    world.admin.clone().with("change-reason", "Mở để rà soát").delete("/api/v1/periods/nd09/2026-Q1").expect(204);
    assert_eq!(agencies(&world, "period_locked"), [""; 0]);
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let of_phase_one = rehearse(&world.admin, &json!({"period": "2025-03"}));
    let frozen: Vec<_> = findings(&of_phase_one).iter().filter(|finding| finding["reason"] == "phase_frozen").collect();
    assert_eq!(frozen.len(), 5);
    assert!(frozen.iter().all(|finding| finding["text"].as_str().unwrap().contains("phase I")), "{frozen:?}");
}

#[on_both_engines]
fn systems_nobody_has_looked_at_are_found_and_named_to_people_only(world: World) {
    for code in ["S1", "S2", "S3", "S4", "S5"] {
        system(&world, code, "H18.1");
    }
    status(&world, "S2", "2026-02-14", Some("2026-02-14"));
    status(&world, "S3", "2026-02-15", Some("2026-02-12"));
    status(&world, "S4", "2026-03-01", Some("2026-02-11"));
    status(&world, "S5", "2026-03-01", None);
    // The window is 2026-02-15 to 2026-03-14; the rule asks for an event of the last 30 days: from 2026-02-12 on.
    let found = with_reason(&world, "no_monitoring_status");
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == "H18.1" && found[0].2.contains("runs 2 ") && found[0].2.ends_with(": S1, S2."), "{found:?}");
    let found = with_reason(&world, "last_event_too_old");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].2.contains("runs 2 ") && found[0].2.contains("30 days") && found[0].2.ends_with(": S4, S5."),
        "{found:?}"
    );
    assert_eq!(kinds(&world, "no_monitoring_status"), BTreeSet::from(["missing".to_owned()]));
    assert_eq!(kinds(&world, "last_event_too_old"), BTreeSet::from(["late".to_owned()]));
    let machine = rehearse(&world.server.user(Role::Puller, None), &json!({"period": "2026-03"}));
    let person = rehearse(&world.admin, &json!({"period": "2026-03"}));
    assert_eq!(machine.json["total"], person.json["total"]);
    let texts: String = findings(&machine).iter().map(|finding| finding.to_string()).collect();
    assert!(["S1", "S2", "S4", "S5"].iter().all(|code| !texts.contains(code)), "{texts}");
}

#[on_both_engines]
fn an_indicator_that_is_not_in_force_is_told(world: World) {
    world.admin.patch("/api/v1/indicators/CT5", &json!({"valid_to": "2026-03-13"})).expect(200);
    let found = with_reason(&world, "not_in_force");
    assert_eq!(found.len(), 1);
    assert!(found[0].1 == "CT5" && found[0].2.contains("2026-03-14"), "{found:?}");
    assert!(!with_reason(&world, "nothing_reported").iter().any(|(_, indicator, _)| indicator == "CT5"));
    world.declare("CT5", "H18.1", "2026-03", 1, 2);
    assert_eq!(agencies(&world, "recorded_outside_force"), ["H18.1"]);
    assert_eq!(agencies(&world, "not_in_force"), [""; 0]);
    assert_eq!(kinds(&world, "recorded_outside_force"), BTreeSet::from(["inconsistent".to_owned()]));
}

#[on_both_engines]
fn a_rehearsal_keeps_to_the_callers_scope_and_to_the_agency_asked_for(world: World) {
    let all = rehearse(&world.admin, &json!({"period": "2026-03"}));
    assert_eq!(all.json["total"], 5 * 5);
    for role in Role::ALL.iter().copied() {
        let client = world.server.user(role, Some("H18.20"));
        let own = rehearse(&client, &json!({"period": "2026-03"}));
        let who: BTreeSet<_> = findings(&own).iter().map(|finding| finding["agency"].as_str().unwrap()).collect();
        assert_eq!(who, BTreeSet::from(["H18.20", "H18.20.1", "H18.20.2"]), "{role}");
        assert_eq!(own.json["total"], 3 * 5);
        let errors =
            client.post(PATH, &json!({"period": "2026-03", "agency": "H18.1"})).refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/agency").map(String::as_str), Some("unknown_agency"));
    }
    let one = rehearse(&world.admin, &json!({"period": "2026-03", "agency": "H18.20.1"}));
    assert_eq!(one.json["total"], 5);
}

#[on_both_engines]
fn a_rehearsal_writes_nothing_and_refuses_what_it_cannot_read(world: World) {
    let before = world.server.seq();
    let answer = rehearse(&world.admin, &json!({"period": "2026-Q1"}));
    assert_eq!(answer.json["seq"], before);
    assert_eq!(answer.json["window"], json!({"from": "2025-12-15", "to": "2026-03-14"}));
    for (body, pointer, code) in [
        (json!({"period": "2026-13"}), "/period", "invalid_period"),
        (json!({}), "/period", "missing_member"),
        (json!({"period": "2026-03", "calendar": "khong"}), "/calendar", "unknown_calendar"),
        (json!({"period": "2026-03", "ngay": 1}), "/ngay", "unknown_member"),
        (json!({"period": "2026-03", "near_days": 367}), "/near_days", "out_of_limits"),
    ] {
        let errors = world.admin.post(PATH, &body).refused(422, "invalid_input").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some(code), "{errors:?}");
    }
    world.server.anonymous().post(PATH, &json!({"period": "2026-03"})).refused(401, "unauthenticated");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_thousand_findings_are_listed_and_all_are_counted(world: World) {
    (100..350).for_each(|number| drop(world.agency(&format!("H18.{number}"), "ubnd_xa", Some("H18"))));
    let answer = rehearse(&world.admin, &json!({"period": "2026-03"}));
    assert_eq!((findings(&answer).len(), &answer.json["total"]), (1000, &json!(255 * 5)));
    assert_eq!(answer.json["summary"], json!({"missing": 255 * 5, "late": 0, "inconsistent": 0, "refused": 0}));
}

#[on_both_engines]
fn every_finding_of_the_sample_is_in_order_in_both_languages_and_leads_somewhere(sample: Sample) {
    let admin = sample.0.admin();
    let known: BTreeMap<_, _> = operations()
        .into_iter()
        .map(|(path, method, operation)| {
            (operation["operationId"].as_str().unwrap().to_owned(), format!("{method} {path}"))
        })
        .collect();
    let mut reasons = BTreeSet::new();
    for period in ["2026-10", "2026-Q3", "2025-12", "2026"] {
        let body = json!({"period": period});
        let (en, vi) = (rehearse(&admin, &body), admin.post(PATH, &body).expect(200));
        assert_eq!((en.headers["content-language"].as_str(), vi.headers["content-language"].as_str()), ("en", "vi"));
        assert!(en.headers["vary"].contains("accept-language"));
        assert_eq!(findings(&en).len(), findings(&vi).len());
        let keys: Vec<_> = findings(&en)
            .iter()
            .map(|finding| (finding["agency"].to_string(), finding["indicator"].as_str().unwrap_or("").to_owned()))
            .collect();
        assert!(keys.is_sorted(), "{keys:?}");
        for (en, vi) in findings(&en).iter().zip(findings(&vi)) {
            assert_eq!(
                (&en["agency"], &en["indicator"], &en["reason"]),
                (&vi["agency"], &vi["indicator"], &vi["reason"])
            );
            for member in ["text", "what_to_do"] {
                let (en, vi) = (en[member].as_str().unwrap(), vi[member].as_str().unwrap());
                assert!(en != vi && en.ends_with('.') && vi.ends_with('.'), "{en} / {vi}");
            }
            reasons.insert(en["reason"].as_str().unwrap().to_owned());
            if let Some(operation) = en["operation"].as_str() {
                assert_eq!(known.get(operation).map(String::as_str), en["address"].as_str());
            }
        }
        let summary = en.json["summary"].as_object().unwrap();
        assert_eq!(
            summary.values().map(|count| count.as_u64().unwrap()).sum::<u64>(),
            en.json["total"].as_u64().unwrap()
        );
    }
    // The faults that the sample's own description names.
    for reason in ["nothing_reported", "other_calendar", "last_event_too_old", "phase_frozen"] {
        assert!(reasons.contains(reason), "{reasons:?}");
    }
}
