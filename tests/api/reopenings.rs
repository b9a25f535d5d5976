//! Reopenings of closed figures: every change from then on has an erratum with the reason.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const REASON: &str = "Sở báo cáo nhầm, theo văn bản 15/CV-SKHCN";

/// The administrator, with a `Change-Reason`.
fn reasoned(world: &World) -> Client {
    world.admin.clone().with("change-reason", REASON)
}

fn lock(world: &World, period: &str) -> String {
    let body = bodies::lock(period, "H18.20");
    format!("/api/v1/locks/{}", world.create("locks", body)["id"])
}

fn listed(world: &World, path: &str) -> Vec<Value> {
    world.admin.get(&format!("/api/v1/{path}")).expect(200).items().clone()
}

#[track_caller]
fn asks_for_a_reason(answer: Answer) {
    let errors = answer.refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/Change-Reason").map(String::as_str), Some("reason_required"));
}

/// Measure, old and new of an erratum.
fn told(erratum: &Value) -> (&str, [i64; 4]) {
    let part = |pointer: &str| erratum.pointer(pointer).and_then(Value::as_i64).unwrap();
    let parts = [part("/old/numerator"), part("/old/denominator"), part("/new/numerator"), part("/new/denominator")];
    (erratum["measure"].as_str().unwrap(), parts)
}

#[on_both_engines]
fn what_changes_between_an_unlocking_and_the_next_lock_is_told(world: World) {
    let figure = format!("/api/v1/observations/{}", world.declare("CT3", "H18.20.1", "2026-03", 3, 4)["id"]);
    let change = |numerator: i64| world.admin.patch(&figure, &json!({"numerator": numerator}));
    change(2).expect(200);
    assert!(listed(&world, "errata").is_empty(), "nothing was closed yet");

    let first = lock(&world, "2026-03");
    asks_for_a_reason(world.admin.delete(&first));
    reasoned(&world).delete(&first).expect(204);
    let reopening = listed(&world, "reopenings").remove(0);
    for (member, value) in [
        ("calendar", json!("nd09")),
        ("period", json!("2026-03")),
        ("agency", json!("H18.20")),
        ("movement", json!(null)),
        ("phase", json!(null)),
        ("reason", json!(REASON)),
    ] {
        assert_eq!(reopening[member], value, "{member}");
    }
    change(4).expect(200);
    let erratum = listed(&world, "errata").remove(0);
    assert_eq!(told(&erratum), ("month_figure", [2, 4, 4, 4]));
    assert_eq!((&erratum["correction"], &erratum["document_number"]), (&json!(null), &json!(null)));
    assert_eq!((&erratum["reopening"], &erratum["reason"]), (&reopening["id"], &json!(REASON)));
    let beside = |agency: &str, period: &str| world.attainment("CT3", agency, period)["errata"].clone();
    assert_eq!(beside("H18", "2026-Q1"), json!([erratum]));
    assert_eq!(beside("H18.20.1", "2026-04"), json!([]));

    // Agencies outside the locked one were never closed.
    world.declare("CT3", "H18.1", "2026-03", 1, 1);
    assert_eq!(listed(&world, "errata").len(), 1);

    let second = lock(&world, "2026-03");
    change(3).refused(409, "period_locked");
    assert_eq!(beside("H18", "2026-Q1"), json!([erratum]), "it stays");
    reasoned(&world).delete(&second).expect(204);
    change(3).expect(200);
    change(1).expect(200);
    let later = listed(&world, "errata").remove(1);
    assert_eq!(told(&later), ("month_figure", [4, 4, 1, 4]), "told anew, since the second unlocking");
    for (query, ids) in
        [(format!("reopening={}", later["reopening"]), vec![&later["id"]]), ("correction=1".to_owned(), vec![])]
    {
        assert_eq!(
            listed(&world, &format!("errata?{query}")).iter().map(|row| row["id"].clone()).collect::<Vec<_>>(),
            ids.into_iter().cloned().collect::<Vec<_>>(),
            "{query}"
        );
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_step_of_a_stock_before_a_reopened_month_is_told(world: World) {
    world.person("P", "H18.20.1", "2026-01-01");
    world.course("K");
    let path = lock(&world, "2026-04");
    reasoned(&world).delete(&path).expect(204);
    // March was never closed, but the running sum of April was told.
    world.trained("P", "K", "2026-03-05");
    let errata = listed(&world, "errata?indicator=CT7&calendar=nd09");
    let steps: Vec<_> = errata.iter().map(|erratum| (erratum["month"].as_str().unwrap(), told(erratum))).collect();
    assert_eq!(steps, [("2026-03", ("month_change", [0, 0, 1, 0]))]);
    assert_eq!(world.attainment("CT7", "H18.20", "2026-04")["errata"], json!(errata));
    assert!(listed(&world, "errata?calendar=civil").is_empty());
    // May was not.
    world.person("Q", "H18.20.1", "2026-05-01");
    assert_eq!(listed(&world, "errata").len(), 1);
    world.server.assert_verified();
}

#[on_both_engines]
fn thawing_a_phase_asks_for_a_reason_and_tells_what_changes(world: World) {
    let figure = format!("/api/v1/observations/{}", world.declare("CT3", "H18.20.1", "2024-03", 3, 4)["id"]);
    let phase = "/api/v1/movements/M/phases/I";
    let set = |client: &Client, frozen: bool| client.patch(phase, &json!({"frozen": frozen}));
    set(&world.admin, true).expect(200);
    world.admin.patch(&figure, &json!({"numerator": 4})).refused(409, "phase_frozen");
    asks_for_a_reason(set(&world.admin, false));
    set(&reasoned(&world), false).expect(200);
    let reopening = listed(&world, "reopenings").remove(0);
    assert_eq!((&reopening["movement"], &reopening["phase"]), (&json!("M"), &json!("I")));
    assert_eq!(
        (&reopening["calendar"], &reopening["period"], &reopening["agency"]),
        (&json!(null), &json!(null), &json!(null))
    );
    world.admin.patch(&figure, &json!({"numerator": 4})).expect(200);
    world.declare("CT3", "H18.20.1", "2026-03", 1, 1);
    let errata = listed(&world, "errata");
    assert_eq!(
        errata.iter().map(told).collect::<Vec<_>>(),
        [("month_figure", [3, 4, 4, 4])],
        "phase II was open all the time"
    );
    set(&world.admin, true).expect(200);
    world.admin.patch(&figure, &json!({"numerator": 3})).refused(409, "phase_frozen");
    world.server.assert_verified();
}

#[on_both_engines]
fn only_what_was_closed_is_reopened_and_everybody_concerned_may_know(world: World) {
    // A day that takes the lock of stored dates away, for the whole province.
    world.create("periods", bodies::locks_on("2026-02", "2026-02-20"));
    let dates = "/api/v1/periods/nd09/2026-02";
    reasoned(&world).patch(dates, &json!({"locks_on": null})).expect(200);
    world.admin.patch(dates, &json!({"cut_off": "2026-02-14"})).expect(200);
    // A lock that is to come has closed nothing.
    world.create("periods", bodies::locks_on("2198-12", "2199-01-01").with("calendar", "civil"));
    world.admin.delete("/api/v1/periods/civil/2198-12").expect(204);
    let path = lock(&world, "2026-01");
    reasoned(&world).delete(&path).expect(204);
    let reopened = listed(&world, "reopenings");
    let places: Vec<_> = reopened.iter().map(|row| (row["period"].clone(), row["agency"].clone())).collect();
    assert_eq!(places, [(json!("2026-02"), json!(null)), (json!("2026-01"), json!("H18.20"))]);
    for (scope, count) in [(None, 2), (Some("H18.20.1"), 2), (Some("H18.1"), 1)] {
        for role in Role::ALL {
            let caller = world.server.user(*role, scope);
            assert_eq!(caller.get("/api/v1/reopenings").expect(200).items().len(), count, "{role} of {scope:?}");
        }
    }
    world.server.assert_verified();
}
