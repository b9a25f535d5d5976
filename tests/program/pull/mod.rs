//! The puller as integrators run it: it ends with exactly the server's state, or says why it does not.

mod algorithms;
mod copy;
mod examples;
mod guide;
mod interrupted;
mod refused;
mod reopened;
mod upgraded;
mod vectors;

use copy::{Copy, assert_same};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::engines::Place;
use support::program::{Serving, make_sample, pull, run};
use support::proxy::Proxy;
use support::server::PASSWORD;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn what_was_pulled_is_what_the_server_has_for_an_administrator_and_for_a_machine(place: Place) {
    let serving = sample(&place);
    let database = place.open();
    for (username, role) in [("root", Role::Admin), ("may", Role::Puller)] {
        let client = log_in(&serving, username);
        let copy = Copy::new();
        let said = pulled(pull(&serving.url, &copy.path, client.token()).args(["--report", "2026-10"]));
        assert_same(&copy, &client, &database, role);
        let report = client.get("/api/v1/provincial-report?period=2026-10").expect(200);
        let kept = copy.ask("SELECT json_array(seq, body, signature) AS value FROM reports");
        let body = String::from_utf8(report.body.clone()).unwrap();
        assert_eq!(kept, [json!([report.json["seq"], body, report.headers["jws-signature"]])]);
        let summary = said.lines().last().unwrap();
        let head = database.model().seq;
        for part in [
            format!("{head} changes"),
            format!("from 0 to {head}"),
            "verified: ".to_owned(),
            "2026-10 of change".to_owned(),
        ] {
            assert!(summary.contains(&part), "{part} is not in {summary}");
        }
    }
}

#[on_both_engines]
fn a_machine_pulls_with_an_api_key_until_it_is_revoked(world: World) {
    let machine = world.server.machine(Role::Puller, None, &["read"]);
    world.declare("CT3", "H18.1", "2026-08", 1, 2);
    let copy = Copy::new();
    pulled(pull(&world.server.url(), &copy.path, machine.token()).args(["--report", "2026-10"]));
    assert_same(&copy, &machine, world.server.database(), Role::Puller);
    let name = machine.get("/api/v1/me").expect(200).json["username"].as_str().unwrap().to_owned();
    let receipts = world.admin.get("/api/v1/changes/receipts").expect(200);
    assert!(
        receipts
            .items()
            .iter()
            .any(|receipt| receipt["username"] == json!(name) && receipt["acknowledged_seq"].is_i64())
    );
    world.admin.patch(&format!("/api/v1/clients/{name}"), &json!({"disabled": true})).expect(200);
    let output = pull(&world.server.url(), &copy.path, machine.token()).output().unwrap();
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("invalid_token"),
        "{output:?}"
    );
}

#[on_both_engines]
fn what_is_there_already_is_not_fetched_again(world: World) {
    let copy = Copy::new();
    let proxy = Proxy::start(&world.server.url());
    let run =
        || pulled(pull(&proxy.url, &copy.path, world.admin.token()).args(["--limit", "20", "--report", "2026-10"]));
    run();
    let first: Vec<_> = asked_after(&proxy);
    let seq = world.server.database().model().seq;
    assert_eq!(first, (0..).step_by(20).take_while(|after| *after < seq).collect::<Vec<_>>());
    assert!(run().contains("report: 2026-10 as it was at change"), "the report has not changed, and was not sent");
    assert_eq!(asked_after(&proxy), [seq]);
    for month in ["2026-08", "2026-09", "2026-10"] {
        world.declare("CT3", "H18.1", month, 1, 2);
    }
    assert!(run().contains("report: 2026-10 of change"));
    assert_eq!(asked_after(&proxy), [seq]);
    assert_same(&copy, &world.admin, world.server.database(), Role::Admin);
}

#[on_both_engines]
fn a_pull_that_follows_stores_what_is_written_as_it_is_written(world: World) {
    let copy = Copy::new();
    let mut command = pull(&world.server.url(), &copy.path, world.admin.token());
    let mut child = command.args(["--follow"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    assert!(lines.next().unwrap().contains("from 0 to "));
    for month in ["2026-08", "2026-09"] {
        let seq = world.server.database().model().seq;
        world.declare("CT3", "H18.1", month, 1, 2);
        let line = lines.next().unwrap();
        assert!(
            line.starts_with("1 changes (0 of them not shown) and 1 cells")
                && line.contains(&format!("from {seq} to {}", seq + 1)),
            "{line}"
        );
        assert_same(&copy, &world.admin, world.server.database(), Role::Admin);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[on_both_engines]
fn a_token_that_runs_out_and_a_server_that_is_busy_hold_nothing_up_for_long(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let copy = Copy::new();
    let count = AtomicUsize::new(0);
    let proxy = Proxy::altering(&world.server.url(), move |what, reply| {
        if !what.contains("/changes?") {
            return;
        }
        let status = match count.fetch_add(1, Ordering::SeqCst) {
            1 => "401 Unauthorized",
            3 => "503 Service Unavailable\r\nretry-after: 0",
            4 => "429 Too Many Requests\r\nretry-after: 0",
            _ => return,
        };
        reply.head = format!("HTTP/1.1 {status}\r\n");
        reply.body.clear();
    });
    let said = pulled(
        pull(&proxy.url, &copy.path, None)
            .args(["--limit", "10", "--username", "admin"])
            .env("THIDUA_PULL_PASSWORD", PASSWORD),
    );
    assert_same(&copy, &world.admin, world.server.database(), Role::Admin);
    let logins = proxy.asked().iter().filter(|what| what.contains("/auth/login")).count();
    assert_eq!((logins, said.matches("asking again in 0").count()), (2, 2), "{said}");
}

#[on_both_engines]
fn a_cell_that_is_not_what_it_is_on_the_server_is_mended(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    world.declare("CT3", "H18.2", "2026-10", 3, 4);
    world.declare("CT4", "H18.2", "2026-10", 3, 4);
    let copy = Copy::new();
    let run = || pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    assert!(run().contains(" 0 cells mended"));
    copy.execute("UPDATE cells SET numerator = 2 WHERE numerator = 1");
    copy.execute("DELETE FROM cells WHERE indicator = (SELECT MAX(indicator) FROM cells)");
    copy.execute("INSERT INTO cells SELECT indicator, calendar, '2030-01', agency, 7, 8, 1 FROM cells LIMIT 1");
    assert!(run().contains(" 3 cells mended"));
    assert_same(&copy, &world.admin, world.server.database(), Role::Admin);
    assert!(run().contains(" 0 cells mended"));
}

#[on_both_engines]
fn the_server_is_told_how_far_the_copy_goes(world: World) {
    let machine = world.server.user(Role::Puller, None);
    let copy = Copy::new();
    pulled(&mut pull(&world.server.url(), &copy.path, machine.token()));
    let receipts = world.admin.get("/api/v1/changes/receipts").expect(200);
    let seq = world.server.database().model().seq;
    assert!(
        receipts.items().iter().any(|row| row["role"] == "puller" && row["acknowledged_seq"] == seq),
        "{}",
        receipts.json
    );
}

/// Loads the sample province, an administrator `root` and a machine `may`.
fn furnish(place: &Place) {
    make_sample(place);
    for (username, role) in [("root", "admin"), ("may", "puller")] {
        let create = ["admin", "create-user", "--username", username, "--role", role, "--own"];
        assert!(run(place, &create, PASSWORD).status.success());
    }
}

/// A server with what [`furnish`] loads.
fn sample(place: &Place) -> Serving {
    furnish(place);
    Serving::start(place, &[])
}

fn log_in(serving: &Serving, username: &str) -> Client {
    let credentials = json!({"username": username, "password": PASSWORD});
    let token = serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    Client::new(serving.url.clone(), Some(token["access_token"].as_str().unwrap().to_owned()))
}

/// Runs a pull to its end: true when it succeeded, and its output.
fn ended(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let said = [output.stderr, output.stdout].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    match output.status.code() {
        Some(0) => (true, said),
        Some(1) => (false, said),
        other => panic!("{other:?}: {said}"),
    }
}

/// Runs a pull that must succeed, and gives its output.
#[track_caller]
fn pulled(command: &mut Command) -> String {
    let (done, said) = ended(command);
    assert!(done, "{said}");
    said
}

/// Runs a pull that is refused with some words, and leaves the file as it was.
#[track_caller]
fn refused(command: &mut Command, copy: &Copy, words: &str) {
    let before = copy.bytes();
    let (done, said) = ended(command);
    assert!(!done && said.contains(words), "{words:?} expected: {said}");
    assert!(copy.bytes() == before, "the file has changed: {said}");
}

/// The positions after which changes were asked for.
fn asked_after(proxy: &Proxy) -> Vec<i64> {
    let asked = proxy.asked();
    let after = asked.iter().filter_map(|what| what.split("/changes?after=").nth(1)?.split('&').next()?.parse().ok());
    after.collect()
}
