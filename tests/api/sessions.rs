//! Sessions: a refresh token is good once, and the end of a session ends all its tokens.

use crate::database::fixture::Tables;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use support::server::{PASSWORD, create_user, plain};
use support::waiting::eventually;
use support::{Answer, Client, Server, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::server::deprecations::DEPRECATIONS;

/// A server with a connection to its tables, and a user who may log in.
struct Sessions {
    server: Server,
    tables: Tables,
    username: String,
}

impl support::engines::FromEngine for Sessions {
    fn on(engine: support::Engine) -> Option<Self> {
        let place = engine.place()?;
        let tables = Tables::of(&place);
        let mut edge = plain();
        edge.trusted_proxies = "127.0.0.1".parse().unwrap();
        let server = Server::start_with(place, edge, DEPRECATIONS);
        let username = "can-bo".to_owned();
        create_user(server.database(), &username, Role::Viewer);
        Some(Self { server, tables, username })
    }
}

impl Sessions {
    fn log_in(&self) -> Value {
        let credentials = json!({"username": self.username, "password": PASSWORD});
        self.server.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json
    }

    fn refresh(&self, tokens: &Value) -> Answer {
        self.refresh_with(tokens["refresh_token"].as_str().unwrap())
    }

    fn refresh_with(&self, token: &str) -> Answer {
        self.server.anonymous().post("/api/v1/auth/refresh", &json!({"refresh_token": token}))
    }

    /// As [`Sessions::refresh`], from an address behind the proxy.
    fn refresh_from(&self, tokens: &Value, address: &str) -> Answer {
        let nobody = self.server.anonymous().with("x-forwarded-for", address);
        nobody.post("/api/v1/auth/refresh", &json!({"refresh_token": tokens["refresh_token"]}))
    }

    /// Moves the last refresh of a session some seconds into the past.
    fn later(&mut self, tokens: &Value, seconds: i64) {
        let id = &tokens["refresh_token"].as_str().unwrap()[4..36];
        let past = seconds * 1_000_000;
        self.tables.execute(&format!("UPDATE sessions SET carried_on_at = carried_on_at - {past} WHERE id = '{id}'"));
    }

    /// The details of the last events of a kind, newest first.
    fn told(&self, kind: &str) -> Vec<Value> {
        let events = self.server.admin().get(&format!("/api/v1/audit/events?kind={kind}")).expect(200);
        let of_refreshing = events.items().iter().filter(|event| event["operation"] == "refreshTokens").cloned();
        of_refreshing.collect()
    }

    fn client(&self, tokens: &Value) -> Client {
        Client::new(self.server.url(), Some(tokens["access_token"].as_str().unwrap().to_owned()))
    }

    fn change_user(&self, patch: &Value) {
        self.server.admin().patch(&format!("/api/v1/users/{}", self.username), patch).expect(200);
    }

    /// Number of rows in the table of sessions that meet a condition.
    fn count(&mut self, condition: &str) -> i64 {
        self.tables.count(&format!("sessions WHERE {condition}"))
    }
}

#[on_both_engines]
fn a_refresh_token_is_exchanged_for_the_next_ones(sessions: Sessions) {
    let first = sessions.log_in();
    let second = sessions.refresh(&first).expect(200);
    assert_eq!(second.headers["cache-control"], "no-store");
    let second = second.json;
    assert_ne!(first["access_token"], second["access_token"]);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    for tokens in [&first, &second] {
        sessions.client(tokens).get("/api/v1/me").expect(200);
    }
    let third = sessions.refresh(&second).expect(200).json;
    sessions.client(&third).get("/api/v1/me").expect(200);
    assert_eq!(third["expires_in"], 3600);
    let left = third["refresh_expires_in"].as_i64().unwrap();
    assert!((8 * 3600 - 60..=8 * 3600).contains(&left), "{left}");
}

#[on_both_engines]
fn a_refresh_token_that_comes_twice_ends_the_session_for_owner_and_thief(sessions: Sessions) {
    let (stolen, elsewhere) = (sessions.log_in(), sessions.log_in());
    let thief = sessions.refresh_from(&stolen, "198.51.100.1").expect(200).json;
    sessions.refresh(&stolen).refused(401, "session_over");
    sessions.refresh(&thief).refused(401, "session_over");
    for tokens in [&stolen, &thief] {
        sessions.client(tokens).get("/api/v1/me").refused(401, "invalid_token");
    }
    sessions.client(&elsewhere).get("/api/v1/me").expect(200);
    let told = sessions.told("log_in_refused");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["username"], &told[0]["detail"]),
        (&json!("can-bo"), &json!("a refresh token came a second time"))
    );
}

#[on_both_engines]
fn an_answer_that_was_lost_is_given_again_once_at_once_and_to_the_same_place(sessions: Sessions) {
    let mut sessions = sessions;
    let first = sessions.log_in();
    let second = sessions.refresh(&first).expect(200).json;
    let again = sessions.refresh(&first).expect(200).json;
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    assert_ne!(again["access_token"], second["access_token"]);
    for tokens in [&first, &second, &again] {
        sessions.client(tokens).get("/api/v1/me").expect(200);
    }
    assert_eq!(sessions.told("log_in").len(), 1, "it is an event");
    let third = sessions.refresh(&again).expect(200).json;
    sessions.later(&third, 5);
    sessions.refresh(&again).expect(200);
    // Once, however soon; then it is the end.
    sessions.refresh(&again).refused(401, "session_over");
    sessions.refresh(&third).refused(401, "session_over");
    sessions.client(&third).get("/api/v1/me").refused(401, "invalid_token");

    for (address, seconds, number) in [("127.0.0.1", 11, 1), ("198.51.100.1", 0, 1), ("127.0.0.1", 0, 2)] {
        let mut tokens = vec![sessions.log_in()];
        for _ in 0..number {
            tokens.push(sessions.refresh(tokens.last().unwrap()).expect(200).json);
        }
        let last = tokens.last().unwrap();
        sessions.later(last, seconds);
        sessions.refresh_from(&tokens[0], address).refused(401, "session_over");
        sessions.client(last).get("/api/v1/me").refused(401, "invalid_token");
    }
}

#[on_both_engines]
fn a_made_up_refresh_token_ends_nobodys_session(sessions: Sessions) {
    let tokens = sessions.log_in();
    let tokens = sessions.refresh(&tokens).expect(200).json;
    let good = tokens["refresh_token"].as_str().unwrap();
    let other = if good.ends_with('A') { "E" } else { "A" };
    let altered = format!("{}{other}", &good[37..79]);
    for secret in ["A".repeat(43), format!("AAAAAA{}", "Q".repeat(37)), altered, "-".repeat(43)] {
        sessions.refresh_with(&format!("{}{secret}", &good[..37])).refused(401, "session_over");
    }
    sessions.client(&tokens).get("/api/v1/me").expect(200);
    let told = sessions.told("log_in_refused");
    assert!(told.iter().all(|event| event["detail"] == "a refresh token that was never issued"), "{told:?}");
    assert!(told.iter().all(|event| event["username"].is_null()) && told.len() == 1, "{told:?}");
    // The others are counted, and told when the hour is over.
    sessions.server.store().tell_repeats(Utc::now() + TimeDelta::hours(1));
    let times =
        || sessions.told("log_in_refused").iter().map(|event| event["times"].as_i64().unwrap()).collect::<Vec<_>>();
    eventually("the others are told", || (times() == [1, 3]).then_some(()));
    sessions.refresh(&tokens).expect(200);
}

#[on_both_engines]
fn of_two_who_refresh_at_once_both_go_on_with_the_same_token(sessions: Sessions) {
    let tokens = sessions.log_in();
    let (nobody, body) = (sessions.server.anonymous(), json!({"refresh_token": tokens["refresh_token"]}));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let refresh = || nobody.post("/api/v1/auth/refresh", &body).expect(200).json;
        let both: Vec<_> = (0..2).map(|_| scope.spawn(refresh)).collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers[0]["refresh_token"], answers[1]["refresh_token"]);
    for tokens in &answers {
        sessions.client(tokens).get("/api/v1/me").expect(200);
    }
    // A third use ends the session for all.
    sessions.refresh(&tokens).refused(401, "session_over");
    sessions.client(&answers[0]).get("/api/v1/me").refused(401, "invalid_token");
}

#[on_both_engines]
fn logging_out_ends_the_session_and_no_other_unless_everywhere(sessions: Sessions) {
    let (first, second, third) = (sessions.log_in(), sessions.log_in(), sessions.log_in());
    let later = sessions.refresh(&first).expect(200).json;
    sessions.client(&later).post("/api/v1/auth/logout", &json!({})).expect(204);
    for tokens in [&first, &later] {
        sessions.client(tokens).get("/api/v1/me").refused(401, "invalid_token");
    }
    sessions.refresh(&later).refused(401, "session_over");
    sessions.client(&second).post("/api/v1/auth/logout-everywhere", &json!({})).expect(204);
    for tokens in [&second, &third] {
        sessions.client(tokens).get("/api/v1/me").refused(401, "invalid_token");
        sessions.refresh(tokens).refused(401, "session_over");
    }
    let anew = sessions.log_in();
    sessions.client(&anew).get("/api/v1/me").expect(200);
    sessions.server.admin().get("/api/v1/me").expect(200);
}

#[on_both_engines]
fn who_is_shut_out_or_has_a_new_password_must_log_in_again(sessions: Sessions) {
    let before = sessions.log_in();
    sessions.change_user(&json!({"disabled": true}));
    sessions.refresh(&before).refused(401, "session_over");
    sessions.change_user(&json!({"disabled": false}));
    sessions.refresh(&before).refused(401, "session_over");
    sessions.client(&before).get("/api/v1/me").refused(401, "invalid_token");
    let again = sessions.log_in();
    sessions.client(&again).get("/api/v1/me").expect(200);
    sessions.change_user(&json!({"password": "mot-mat-khau-khac-han"}));
    sessions.refresh(&again).refused(401, "session_over");
    sessions.client(&again).get("/api/v1/me").refused(401, "invalid_token");
}

#[on_both_engines]
fn a_session_ends_that_nobody_carries_on_and_one_that_is_a_day_old(sessions: Sessions) {
    let mut sessions = sessions;
    let (idle, old, fresh) = (sessions.log_in(), sessions.log_in(), sessions.log_in());
    let id = |tokens: &Value| tokens["refresh_token"].as_str().unwrap()[4..36].to_owned();
    let hour = 3_600_000_000_i64;
    let mut set = |tokens: &Value, began: i64, carried_on: i64| {
        sessions.tables.execute(&format!(
            "UPDATE sessions SET began_at = began_at - {}, carried_on_at = carried_on_at - {} WHERE id = '{}'",
            began * hour,
            carried_on * hour,
            id(tokens)
        ));
    };
    set(&idle, 9, 9);
    set(&old, 25, 0);
    set(&fresh, 23, 7);
    sessions.refresh(&idle).refused(401, "session_over");
    sessions.refresh(&old).refused(401, "session_over");
    let left = sessions.refresh(&fresh).expect(200).json["refresh_expires_in"].as_i64().unwrap();
    assert!((3500..=3600).contains(&left), "{left}");
    assert_eq!(sessions.count("account_id > 0 AND began_at <> carried_on_at"), 1);
}

#[on_both_engines]
fn what_is_no_refresh_token_is_refused_and_ends_nobodys_session(sessions: Sessions) {
    let tokens = sessions.log_in();
    let good = tokens["refresh_token"].as_str().unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    let other = format!("tdr_{}_{}", "0".repeat(32), &good[37..]);
    for wrong in ["x", &good[..79], &good[4..], &good.to_uppercase(), &good.replace("tdr_", "tdk_"), access, &other] {
        if wrong.len() <= 200 {
            sessions.refresh_with(wrong).refused(401, "session_over");
        } else {
            sessions.refresh_with(wrong).expect(422);
        }
    }
    sessions.client(&json!({"access_token": good})).get("/api/v1/me").refused(401, "invalid_token");
    sessions.refresh(&tokens).expect(200);
}

#[on_both_engines]
fn the_database_holds_no_refresh_token(sessions: Sessions) {
    let mut sessions = sessions;
    let first = sessions.log_in();
    let second = sessions.refresh(&first).expect(200).json;
    for tokens in [&first, &second] {
        let secret = &tokens["refresh_token"].as_str().unwrap()[37..];
        assert_eq!(sessions.count(&format!("secret_hash LIKE '%{secret}%' OR id LIKE '%{secret}%'")), 0);
    }
    assert_eq!(sessions.count("length(secret_hash) = 64 AND length(id) = 32"), sessions.count("1 = 1"));
}

#[on_both_engines]
fn nobody_has_more_than_a_hundred_sessions(sessions: Sessions) {
    let mut sessions = sessions;
    let first = sessions.log_in();
    let columns = "id, account_id, password_version, secret_hash, began_at, carried_on_at";
    let copies = "SELECT substr(id, 1, 28) || printf('%04d', n), account_id, password_version, secret_hash, began_at, carried_on_at + 1";
    let postgres = copies.replace("printf('%04d', n)", "lpad(n::text, 4, '0')");
    let numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99)";
    let copies = if matches!(sessions.tables, Tables::Postgres(_)) { postgres.as_str() } else { copies };
    let mine = "account_id = (SELECT id FROM users WHERE username = 'can-bo')";
    sessions
        .tables
        .execute(&format!("INSERT INTO sessions ({columns}) {numbers} {copies} FROM sessions, numbers WHERE {mine}"));
    assert_eq!(sessions.count(mine), 100);
    sessions.log_in();
    assert_eq!(sessions.count(mine), 100);
    sessions.refresh(&first).refused(401, "session_over");
    sessions.client(&first).get("/api/v1/me").refused(401, "invalid_token");
}
