//! `thidua admin`: who has lost the way in gets it back on the machine, while servers run.

use data_encoding::BASE32_NOPAD;
use serde_json::json;
use support::bodies::{self, Members};
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, make_root, run, told};
use support::server::PASSWORD;
use support::waiting::eventually;
use support::{Answer, Client};
use thidua_http::crypto::totp;

const OTHER: &str = "Một câu khác, cũng đủ dài";

fn log_in(serving: &Serving, username: &str, password: &str) -> Answer {
    serving.anonymous().post("/api/v1/auth/login", &json!({"username": username, "password": password}))
}

fn client(serving: &Serving, answer: Answer) -> Client {
    let token = answer.expect(200).json["access_token"].as_str().expect("a token").to_owned();
    Client::new(serving.url.clone(), Some(token))
}

#[track_caller]
fn done(place: &Place, words: &[&str], input: &str) -> String {
    let output = run(place, words, input);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    told(&output)
}

#[track_caller]
fn refused(place: &Place, words: &[&str], input: &str, why: &str) {
    let output = run(place, words, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains(why), "{words:?}: {said}");
}

#[on_both_engines]
fn a_lost_password_and_a_lost_second_factor_are_replaced_on_the_machine(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    let root = serving.root();
    let lan = root.make_user(&bodies::user("lan"));
    root.post("/api/v1/users", &bodies::user("an").with("disabled", true)).expect(201);

    let prepared = lan.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})).expect(200);
    let key = BASE32_NOPAD.decode(prepared.json["secret"].as_str().unwrap().as_bytes()).unwrap();
    let code = totp::code(&key, totp::step(chrono::Utc::now().timestamp()));
    lan.post("/api/v1/auth/second-factor/confirmation", &json!({"code": code})).expect(200);
    log_in(&serving, "lan", PASSWORD).refused(401, "second_factor_required");

    let listed = done(&place, &["admin", "list-users"], "");
    let rows: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [
            vec!["an", "viewer", "-", "disabled", "password", "alone"],
            vec!["lan", "viewer", "-", "active", "second", "factor"],
            vec!["root", "admin", "-", "active", "password", "alone"],
        ]
    );

    // Another password ends the session, and leaves the second factor.
    done(&place, &["admin", "set-password", "--username", "lan"], &format!("{OTHER}\n"));
    eventually("the session has ended", || (lan.get("/api/v1/me").status == 401).then_some(()));
    log_in(&serving, "lan", PASSWORD).refused(401, "wrong_credentials");
    log_in(&serving, "lan", OTHER).refused(401, "second_factor_required");
    done(&place, &["admin", "reset-second-factor", "--username", "lan"], "");
    client(&serving, log_in(&serving, "lan", OTHER)).get("/api/v1/me").expect(200);

    // Both stand in the record, done by the program for a reason.
    let changes = root.get("/api/v1/audit?resource=users&sort=-seq&limit=1").expect(200);
    let reason = "Thực hiện tại máy chủ bằng lệnh thidua admin";
    assert_eq!(
        (&changes.items()[0]["reason"], &changes.items()[0]["actor"]["kind"]),
        (&json!(reason), &json!("system"))
    );
    let events = root.get("/api/v1/audit/events?kind=credentials&sort=-seq&limit=20").expect(200);
    let taken = events.items().iter().find(|event| event["operation"] == "removeSecondFactor").expect("an event");
    assert_eq!((&taken["reason"], &taken["actor"]["kind"]), (&json!(reason), &json!("system")));

    // Whoever has set it knows it: it must be changed first, unless it is said to be the user's own.
    let again = client(&serving, log_in(&serving, "lan", OTHER));
    assert_eq!(again.get("/api/v1/me").expect(200).json["must_change_password"], true);
    again.get("/api/v1/agencies").refused(403, "password_must_be_changed");
    let change = json!({"old_password": OTHER, "new_password": PASSWORD});
    again.post("/api/v1/auth/password", &change).expect(204);
    client(&serving, log_in(&serving, "lan", PASSWORD)).get("/api/v1/agencies").expect(200);
    done(&place, &["admin", "set-password", "--username", "lan", "--own"], OTHER);
    client(&serving, log_in(&serving, "lan", OTHER)).get("/api/v1/agencies").expect(200);
    for (name, own, status) in [("hai", &[][..], 403), ("ba", &["--own"], 200)] {
        let create = [&["admin", "create-user", "--username", name, "--role", "viewer"], own].concat();
        done(&place, &create, PASSWORD);
        assert_eq!(client(&serving, log_in(&serving, name, PASSWORD)).get("/api/v1/agencies").status, status, "{name}");
    }

    // Who is invited sets one that nobody else knows.
    let told = done(&place, &["admin", "invite", "--username", "lan"], "");
    let secret = told.lines().last().unwrap();
    let acceptance = json!({"secret": secret, "password": PASSWORD});
    serving.anonymous().post("/api/v1/invitations/accept", &acceptance).expect(204);
    client(&serving, log_in(&serving, "lan", PASSWORD)).get("/api/v1/agencies").expect(200);
    refused(&place, &["admin", "invite", "--username", "an"], "", "disabled");

    let lan = ["admin", "reset-second-factor", "--username", "lan"];
    refused(&place, &lan, "", "second factor");
    refused(&place, &["admin", "set-password", "--username", "ai-do"], OTHER, "there is no user ai-do");
    refused(&place, &["admin", "set-password", "--username", "lan"], "ngan", "/password");
    assert_eq!(serving.terminate(), Some(0));
    let verified = run(&place, &["verify"], "");
    assert!(verified.status.success(), "{verified:?}");
}
