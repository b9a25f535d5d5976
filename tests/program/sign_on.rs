//! Signing on with the real program: its settings, and its messages about them.

use super::keys::does_not_start;
use serde_json::json;
use std::fs::{self, File};
use support::engines::Place;
use support::issuer::CLIENT;
use support::program::{Serving, program};
use support::waiting::eventually;
use support::{Client, Issuer, on_both_engines};

#[on_both_engines]
fn settings_that_would_let_in_the_wrong_people_are_refused_at_the_start(place: Place) {
    let good = ["--oidc-issuer", "https://sso.example.vn", "--oidc-audience", "thidua", "--oidc-roles", "a=editor"];
    for (flag, value, why) in [
        ("--oidc-issuer", "http://sso.example.vn", "https://HOST"),
        ("--oidc-issuer", "https://sso.example.vn/?realm=tinh", "https://HOST"),
        ("--oidc-issuer", "https://who@sso.example.vn", "https://HOST"),
        ("--oidc-issuer", "sso.example.vn", "https://HOST"),
        ("--oidc-audience", "", "--oidc-audience names nobody"),
        ("--oidc-roles", "", "--oidc-roles gives no role"),
        ("--oidc-roles", "a=puller", "VALUE=ROLE"),
        ("--oidc-roles", "a=editor:tinh", "VALUE=ROLE"),
        ("--oidc-roles", "editor", "VALUE=ROLE"),
        ("--oidc-agencies", "so-khcn", "VALUE=IDENTIFIER"),
    ] {
        let mut arguments = vec!["serve"];
        arguments.extend(good.chunks(2).filter(|pair| pair[0] != flag).flatten());
        arguments.extend([flag, value]);
        let said = does_not_start(program(&place).args(&arguments));
        assert!(said.contains(why), "{flag} {value}: {said}");
    }
    let said = does_not_start(program(&place).args(["serve", "--oidc-issuer", "https://sso.example.vn"]));
    assert!(said.contains("--oidc-audience") && said.contains("--oidc-roles"), "{said}");
}

#[on_both_engines]
fn who_signs_on_leaves_no_token_in_the_log(place: Place) {
    let Some(issuer) = Issuer::start() else { return };
    issuer.say(&json!({"tra": {"preferred_username": "thanh-tra", "realm_access": {"roles": ["kiem-tra"]}}}));
    let log = place.folder().join("log");
    let name = issuer.name();
    let arguments = [
        "--oidc-issuer",
        &name,
        "--oidc-audience",
        CLIENT,
        "--oidc-role-claim",
        "realm_access.roles",
        "--oidc-roles",
        "kiem-tra=auditor:province",
    ];
    let server = Serving::start_logging(&place, &arguments, "trace", File::create(&log).unwrap().into());
    eventually("the keys are there", || fs::read_to_string(&log).unwrap().contains("1 key(s)").then_some(()));
    let token = issuer.log_in("tra").id_token;
    let tokens = server.anonymous().post("/api/v1/auth/sign-on", &json!({"token": token})).expect(200).json;
    let access_token = tokens["access_token"].as_str().unwrap().to_owned();
    let me = Client::new(server.url.clone(), Some(access_token.clone())).get("/api/v1/me").expect(200).json;
    assert_eq!(me["role"], "auditor");
    assert_eq!(server.terminate(), Some(0));
    let log = fs::read_to_string(&log).unwrap();
    for secret in [&token, &access_token, tokens["refresh_token"].as_str().unwrap()] {
        assert!(!log.contains(secret), "a token is in the log");
    }
    assert!(log.contains("/auth/sign-on"), "the log was written");
}
