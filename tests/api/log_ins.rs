//! Guessed passwords: each further try must wait longer, and strangers keep nobody out from a network they are known
//! in.

use crate::database::fixture::Tables;
use serde_json::json;
use std::collections::BTreeMap;
use support::bodies::{self, Members};
use support::server::{PASSWORD, create_user, plain};
use support::{Answer, Server, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::server::deprecations::DEPRECATIONS;

/// A server behind a proxy that names each caller's address, with a connection to its tables.
struct Guarded {
    server: Server,
    tables: Tables,
    /// A user who has not logged in yet.
    user: String,
}

impl support::engines::FromEngine for Guarded {
    fn on(engine: support::Engine) -> Option<Self> {
        let place = engine.place()?;
        let tables = Tables::of(&place);
        let mut edge = plain();
        edge.trusted_proxies = "127.0.0.1".parse().unwrap();
        let server = Server::start_with(place, edge, DEPRECATIONS);
        create_user(server.database(), "can-bo", Role::Viewer);
        Some(Self { server, tables, user: "can-bo".to_owned() })
    }
}

impl Guarded {
    fn tried(&self, from: &str, username: &str, password: &str) -> Answer {
        let client = self.server.anonymous().with("x-forwarded-for", from);
        client.post("/api/v1/auth/login", &json!({"username": username, "password": password}))
    }

    fn wrong(&self, from: &str, username: &str) -> Answer {
        self.tried(from, username, "khong-phai-mat-khau")
    }

    /// Moves the clock forward for the count of tries.
    fn later(&mut self, seconds: i64) {
        self.tables.execute(&format!("UPDATE log_in_tries SET last_at = last_at - {seconds}000000"));
    }
}

/// Seconds to wait, from a refusal.
fn wait(answer: Answer) -> u32 {
    let answer = answer.refused(429, "too_many_wrong_tries");
    answer.headers["retry-after"].parse().unwrap()
}

#[on_both_engines]
fn after_five_wrong_tries_the_next_must_wait_longer_and_longer(guarded: Guarded) {
    let mut guarded = guarded;
    let user = guarded.user.clone();
    for _ in 0..5 {
        guarded.wrong("192.0.2.1", &user).refused(401, "wrong_credentials");
    }
    let first = wait(guarded.wrong("192.0.2.1", &user));
    assert!((20..=30).contains(&first), "{first}");
    let right = guarded.tried("192.0.2.1", &user, PASSWORD);
    assert!(wait(right) <= first, "the right password must wait, too, and a try that must wait is not counted");
    guarded.later(31);
    guarded.wrong("192.0.2.1", &user).refused(401, "wrong_credentials");
    let second = wait(guarded.wrong("192.0.2.1", &user));
    assert!((50..=60).contains(&second), "{second}");
    guarded.later(61);
    guarded.tried("192.0.2.1", &user, PASSWORD).expect(200);
    for _ in 0..5 {
        guarded.wrong("192.0.2.1", &user).refused(401, "wrong_credentials");
    }
    wait(guarded.wrong("192.0.2.1", &user));
}

#[on_both_engines]
fn a_name_that_there_is_not_and_one_that_is_shut_out_look_like_any_other(guarded: Guarded) {
    let admin = guarded.server.admin();
    admin.post("/api/v1/users", &bodies::user("nghi-viec").with("disabled", true)).expect(201);
    let told = |username: &str, password: &str| {
        let answers: Vec<_> = (0..7).map(|_| guarded.tried("192.0.2.2", username, password)).collect();
        answers.iter().map(|answer| (answer.status, answer.json["code"].clone())).collect::<Vec<_>>()
    };
    let known = told(&guarded.user, "khong-phai-mat-khau");
    assert_eq!(known.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429, 429]);
    assert_eq!(told("khong-co-ai", "khong-phai-mat-khau"), known);
    assert_eq!(told("nghi-viec", PASSWORD), known);
    assert_eq!(told("không phải mã", "khong-phai-mat-khau"), known);
}

#[on_both_engines]
fn strangers_lock_nobody_out_from_where_they_log_in(guarded: Guarded) {
    let user = guarded.user.clone();
    guarded.tried("192.0.2.10", &user, PASSWORD).expect(200);
    for network in 0..12 {
        for _ in 0..5 {
            guarded.wrong(&format!("198.51.100.{network}"), &user);
        }
    }
    wait(guarded.tried("203.0.113.1", &user, PASSWORD));
    guarded.tried("192.0.2.10", &user, PASSWORD).expect(200);
}

#[on_both_engines]
fn a_network_that_tries_many_names_must_wait_as_a_whole(guarded: Guarded) {
    let user = guarded.user.clone();
    guarded.tried("2001:db8::1", &user, PASSWORD).expect(200);
    for name in 0..100 {
        // Another address each time, in a network that one site has all of.
        guarded.wrong(&format!("2001:db8::{name:x}:2"), &format!("ten-{name}"));
    }
    wait(guarded.wrong("2001:db8::3", "ten-khac"));
    guarded.wrong("2001:db8:0:1::3", "ten-khac").refused(401, "wrong_credentials");
    guarded.tried("2001:db8::1", &user, PASSWORD).expect(200);
}

#[on_both_engines]
fn tries_at_once_are_no_more_than_one_by_one(guarded: Guarded) {
    let client = guarded.server.anonymous().with("x-forwarded-for", "192.0.2.3");
    let body = json!({"username": guarded.user, "password": "khong-phai-mat-khau"});
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..20).map(|_| scope.spawn(|| client.post("/api/v1/auth/login", &body).status)).collect();
        tries.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut counted = BTreeMap::new();
    for status in statuses {
        *counted.entry(status).or_insert(0) += 1;
    }
    assert_eq!(counted, BTreeMap::from([(401, 5), (429, 15)]));
}

#[on_both_engines]
fn a_try_that_must_wait_is_an_event_without_a_name(guarded: Guarded) {
    for _ in 0..6 {
        guarded.wrong("192.0.2.4", &guarded.user);
    }
    let events = guarded.server.admin().get("/api/v1/audit/events?kind=log_in_refused").expect(200);
    let last = events.items().last().unwrap().clone();
    assert_eq!((&last["address"], &last["actor"]["kind"]), (&json!("192.0.2.4"), &json!("system")));
    assert!(last["detail"].as_str().unwrap().starts_with("until "), "{last}");
}
