//! The access log: one line per request, without secrets or personal data.

use serde_json::json;
use std::process::Stdio;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, make_root, program};
use support::server::PASSWORD;

#[on_both_engines]
fn every_request_leaves_a_line_without_secrets(place: Place) {
    make_root(&place);
    let log = place.folder().join("log");
    let serving = Serving::start_logging(&place, &[], "info", Stdio::from(std::fs::File::create(&log).unwrap()));
    let nobody = serving.anonymous();
    let token = nobody
        .clone()
        .with("x-request-id", "log-in")
        .post("/api/v1/auth/login", &json!({"username": "root", "password": PASSWORD}));
    let token = token.expect(200).json["access_token"].as_str().unwrap().to_owned();
    let root = support::Client::new(serving.url.clone(), Some(token.clone()));
    root.clone().with("x-request-id", "read").get("/api/v1/staff/NV-BIMAT?x=bimat").expect(422);
    root.clone().with("x-request-id", "head").send("HEAD", "/api/v1/agencies?limit=7", None, b"").expect(200);
    nobody.clone().with("x-request-id", "nobody").get("/api/v1/agencies?agency=bimat").expect(401);
    nobody.clone().with("x-request-id", "nowhere").get("/bimat").expect(404);
    assert_eq!(serving.terminate(), Some(0));

    let text = std::fs::read_to_string(log).unwrap();
    let line = |id: &str| {
        let mut found = text.lines().filter(|line| line.contains(&format!(" request_id={id} ")));
        let line = found.next().unwrap_or_else(|| panic!("no line of {id} in {text}"));
        assert!(found.next().is_none(), "{id} has two lines");
        let (start, rest) = line.split_once(" duration_us=").unwrap();
        assert!(rest.split_once(' ').unwrap().0.parse::<u64>().is_ok(), "{line}");
        (start.split_once("method=").unwrap().1.to_owned(), rest.split_once("user=").unwrap().1.to_owned())
    };
    assert_eq!(line("log-in"), ("POST path=/api/v1/auth/login status=200".to_owned(), "-".to_owned()));
    let (read, user) = line("read");
    assert_eq!(read, "GET path=/api/v1/staff/{code} status=422");
    assert!(user.parse::<u64>().is_ok(), "{user}");
    assert_eq!(line("head"), ("HEAD path=/api/v1/agencies status=200".to_owned(), user));
    assert_eq!(line("nobody"), ("GET path=/api/v1/agencies status=401".to_owned(), "-".to_owned()));
    assert_eq!(line("nowhere"), ("GET path=- status=404".to_owned(), "-".to_owned()));
    for secret in [PASSWORD, token.as_str(), "bimat", "BIMAT", "limit=7"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[test]
fn settings_that_would_open_the_door_to_everybody_are_refused() {
    let place = support::Engine::Sqlite.place().unwrap();
    for (name, value) in [
        ("THIDUA_CORS_ORIGINS", "*"),
        ("THIDUA_CORS_ORIGINS", "https://a.example,null"),
        ("THIDUA_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("THIDUA_SECURITY_CONTACT", "an-toan@example.vn"),
        ("THIDUA_SECURITY_TXT_DAYS", "366"),
    ] {
        let ended = program(&place).arg("serve").env(name, value).output().unwrap();
        assert_eq!(ended.status.code(), Some(2), "{name}={value}");
    }
}
