//! The program at a terminal.

mod access_log;
mod admin;
mod backups;
mod blocks;
mod clock;
mod commits;
mod containers;
mod disks;
mod first_command;
mod first_password;
mod guides;
mod healthcheck;
mod init;
mod keys;
mod kills;
mod logs;
mod memory;
mod metrics;
mod nodes;
mod operations;
mod outages;
mod overload;
mod packages;
mod probes;
mod pull;
mod secrets;
mod sign_on;
mod signing;
mod standbys;
mod start;
mod stops;
mod tls;
mod units;
mod verify;
mod wrong_folder;
mod yaml;

use serde_json::json;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use support::bodies;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, make_root, make_sample, run, told};
use thidua_http::openapi;
use thidua_http::problem::negotiation::Language;

#[on_both_engines]
fn a_first_run_says_everything_one_needs_and_a_second_keeps_it(place: Place) {
    let mut serving = Serving::start(&place, &["--sample"]);
    assert_eq!(serving.line(), format!("Swagger UI     {}/docs/", serving.url));
    assert_eq!(serving.line(), "Administrator  admin");
    let password = serving.line().split_whitespace().nth(1).unwrap().to_owned();
    let kept = serving.line();
    let credentials = json!({"username": "admin", "password": password});
    let token = serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    let token = token["access_token"].as_str().unwrap().to_owned();
    let client = support::Client::new(serving.url.clone(), Some(token));
    let report = client.get("/api/v1/provincial-report?period=2026-10").expect(200);
    assert_eq!(report.json["indicators"].as_array().unwrap().len(), 7);
    let key = std::fs::metadata(place.folder().join("data/token-key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    assert_eq!(kept, format!("Also in        {}", place.folder().join("data/first-password").display()));
    let (code, rest) = serving.end();
    assert_eq!(code, Some(0), "asked to end, it ends in order");
    assert_eq!(rest, "", "no token is printed where no terminal is");

    let mut again = Serving::start(&place, &["--sample"]);
    assert!(again.line().starts_with("Swagger UI"));
    assert_eq!(again.line(), "Administrator  as created earlier");
    again.anonymous().post("/api/v1/auth/login", &credentials).expect(200);
    let after = client_at(&again.url, &client).get("/api/v1/provincial-report?period=2026-10").expect(200);
    assert_eq!(after.json, report.json, "a restart changes no figure");
}

#[on_both_engines]
fn health_and_readiness_answer_from_the_start(place: Place) {
    let serving = Serving::start(&place, &[]);
    assert_eq!(serving.anonymous().get("/healthz").expect(200).json["status"], "alive");
    assert_eq!(serving.anonymous().get("/readyz").expect(200).json["status"], "ready");
    assert_eq!(serving.anonymous().get("/docs/").expect(200).status, 200);
    let served = serving.anonymous().get("/openapi.json?lang=en").expect(200);
    assert_eq!(&served.json, support::contract::document());
}

#[on_both_engines]
fn a_user_created_at_the_terminal_can_log_in(place: Place) {
    make_root(&place);
    let create = ["admin", "create-user", "--username", "tinh", "--role", "puller"];
    let refused = run(&place, &create, "ngan\n");
    assert_eq!(refused.status.code(), Some(1), "a short password is refused");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("/password: A password has 14 to 200 characters."), "in words: {told}");
    assert!(run(&place, &create, "mot-mat-khau-rat-dai\n").status.success());
    let again = run(&place, &create, "mot-mat-khau-rat-dai\n");
    assert_eq!(again.status.code(), Some(1), "a name is taken once");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(told.contains("A row with the key tinh exists already."), "in words: {told}");
    let serving = Serving::start(&place, &[]);
    let credentials = json!({"username": "tinh", "password": "mot-mat-khau-rat-dai"});
    serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200);
}

#[on_both_engines]
fn the_sample_verifies_and_is_loaded_once(place: Place) {
    make_sample(&place);
    assert_eq!(run(&place, &["sample"], "").status.code(), Some(1));
    let verified = run(&place, &["verify"], "");
    assert!(verified.status.success());
    assert!(told(&verified).starts_with("clean: "));
}

#[on_both_engines]
fn an_installation_says_how_many_rows_are_written_at_once(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &["--atomic-rows", "60"]); // A course counts for twenty.
    let root = serving.root();
    let send = |mode: &str, count: usize| {
        let course = bodies::course("K", "H18.KHONG");
        root.post(&format!("/api/v1/courses/batch?mode={mode}"), &json!(vec![course; count]))
    };
    assert_eq!(send("upsert", 4).refused(422, "invalid_input").errors()[""], "too_many_rows_at_once");
    send("upsert", 3).refused(422, "batch_rejected");
    send("partial", 4).expect(207);
}

#[on_both_engines]
fn a_server_that_is_told_to_stop_lets_nobody_wait_for_changes(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    let root = serving.root();
    let head = root.get("/api/v1/changes").expect(200).json["head"].to_string();
    let stream = ureq::get(format!("{}/api/v1/changes", serving.url))
        .header("authorization", format!("Bearer {}", root.token().unwrap()))
        .header("accept", "text/event-stream")
        .header("last-event-id", &head);
    let mut stream = stream.call().unwrap().into_body().into_reader();
    assert_eq!(serving.terminate(), Some(0), "it ends in order, and sooner than the next sign of life");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("the stream ends where a client can go on");
    assert!(!rest.contains("data:"), "{rest}");
    let again = Serving::start(&place, &[]);
    assert_eq!(again.terminate(), Some(0));
}

#[test]
fn the_contract_can_be_printed() {
    let place = support::Engine::Sqlite.place().unwrap();
    let printed = |words: &[&str]| String::from_utf8(run(&place, words, "").stdout).unwrap();
    assert_eq!(printed(&["openapi"]), openapi::json(Language::English));
    assert_eq!(printed(&["openapi", "--lang", "vi"]), openapi::json(Language::Vietnamese));
    assert_eq!(printed(&["openapi", "--version", "3.0"]), openapi::v3_0::json(Language::English));
    assert_eq!(printed(&["texts"]), openapi::texts().unwrap());
}

/// The administrator `root`.
/// The same caller at another address.
fn client_at(url: &str, client: &support::Client) -> support::Client {
    support::Client::new(url.to_owned(), client.token().map(str::to_owned))
}
