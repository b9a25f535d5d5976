//! Kept answers equal those made anew: beside the server stands a node on the same database, with the same keys, that
//! keeps nothing.

use crate::api::hostile_tokens::Forger;
use chrono::Utc;
use serde_json::json;
use std::collections::BTreeMap;
use support::waiting::eventually;
use support::{Answer, Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const QUESTIONS: &[&str] = &[
    "/api/v1/attainments/CT3/H18/2026-03",
    "/api/v1/attainments/CT7/H18.1/2026-03?calendar=civil",
    "/api/v1/attainments?period=2026-03&subtree=true",
    "/api/v1/attainments?period=2026-03&agency=H18.1&fields=agency,numerator,own",
    "/api/v1/attainments/CT3/H18.1/series?from=2026-01&to=2026-03",
    "/api/v1/attainments/CT3/H18/2026-03?asOf=5",
    "/api/v1/provincial-report?period=2026-03",
    "/api/v1/provincial-report?period=2026",
];

/// Sets of headers that may change an answer.
const WAYS: &[&[(&str, &str)]] = &[
    &[],
    &[("accept-encoding", "gzip")],
    &[("accept-encoding", "br, gzip;q=0.5")],
    &[("accept-encoding", "identity")],
    &[("accept", "application/json")],
    &[("accept", "text/html")],
    &[("accept-language", "en")],
    &[("if-none-match", "*")],
    &[("if-none-match", "\"other\"")],
    &[("origin", "https://example.org")],
    &[("prefer", "wait=5")],
];

/// Counts of people below this are withheld from machines.
const WITHHELD_BELOW: u8 = 5;

/// A server, and a node beside it that keeps no answers.
struct Beside {
    world: World,
    plain: Server,
}

impl support::engines::FromEngine for Beside {
    fn on(engine: support::Engine) -> Option<Self> {
        let world = World::furnish(Server::start_withholding(engine.place()?, WITHHELD_BELOW));
        world.person("NV-1", "H18.1", "2025-01-01");
        world.course("K");
        world.trained("NV-1", "K", "2026-01-06");
        world.declare("CT3", "H18.1", "2026-03", 1, 2);
        let plain = world.server.node_that_keeps_nothing(WITHHELD_BELOW);
        Some(Self { world, plain })
    }
}

impl Beside {
    /// Waits until the node has caught up with the server.
    fn catch_up(&self) {
        let seq = self.world.server.database().model().seq;
        eventually("the node catches up", || (self.plain.database().model().seq == seq).then_some(()));
    }

    /// The answers of both to a question, after the server has kept its own.
    fn ask(&self, caller: &Client, headers: &[(&str, &str)], path: &str) -> (Answer, Answer) {
        let with = |client: Client| headers.iter().fold(client, |client, (name, value)| client.with(name, value));
        let keeping = with(caller.clone());
        let plain = with(Client::new(self.plain.url(), caller.token().map(str::to_owned)));
        keeping.get(path);
        (keeping.get(path), plain.get(path))
    }

    /// Asks everything in every way, and insists that both answer the same.
    fn agree(&self, callers: &[&Client]) -> Vec<Answer> {
        self.catch_up();
        let mut answers = Vec::new();
        for path in QUESTIONS {
            for headers in WAYS {
                for caller in callers {
                    let (kept, made) = self.ask(caller, headers, path);
                    assert_eq!((kept.status, told(&kept)), (made.status, told(&made)), "{path} {headers:?}");
                    assert_eq!(content(&kept), content(&made), "{path} {headers:?}");
                    answers.push(kept);
                }
            }
        }
        answers
    }
}

/// The headers of an answer, without those that differ each time and those that depend on its length.
fn told(answer: &Answer) -> BTreeMap<String, String> {
    let mut headers = answer.headers.clone();
    for name in ["date", "x-request-id", "content-length", "transfer-encoding"] {
        headers.remove(name);
    }
    headers
}

/// The body; of a refusal without the request's identity.
fn content(answer: &Answer) -> Vec<u8> {
    if answer.status < 400 { answer.body.clone() } else { answer.told().to_string().into_bytes() }
}

#[on_both_engines]
fn every_caller_is_given_what_would_be_made_for_it_before_and_after_a_write(beside: Beside) {
    let server = &beside.world.server;
    let bounded = server.user(Role::Viewer, Some("H18.1"));
    let other = server.user(Role::Editor, Some("H18.20"));
    let puller = server.user(Role::Puller, None);
    let machine = server.machine(Role::Puller, Some("H18.1"), &["read"]);
    let callers = [&beside.world.admin, &bounded, &other, &puller, &machine];
    let before = beside.agree(&callers);
    beside.world.declare("CT3", "H18.1", "2026-02", 1, 3);
    let after = beside.agree(&callers);
    let seq = server.database().model().seq;
    let news = before.iter().zip(&after).filter(|(_, after)| after.json["seq"] == seq);
    assert!(news.clone().count() > 50 && news.clone().all(|(before, after)| before.body != after.body));
    beside.world.server.assert_verified();
}

#[on_both_engines]
fn what_a_caller_knows_is_compared_with_what_is_now(beside: Beside) {
    let admin = &beside.world.admin;
    for path in QUESTIONS.iter().filter(|path| !path.contains("asOf")) {
        for encoding in ["identity", "gzip"] {
            let first = admin.clone().with("accept-encoding", encoding).get(path).expect(200);
            let tag = first.headers["etag"].clone();
            let ways = [("accept-encoding", encoding), ("if-none-match", tag.as_str())];
            beside.catch_up();
            let (kept, made) = beside.ask(admin, &ways, path);
            assert_eq!((kept.status, told(&kept)), (304, told(&made)), "{path} {encoding}");
            beside.world.declare("CT3", "H18.2", "2026-03", 1, 2);
            beside.catch_up();
            let (kept, made) = beside.ask(admin, &ways, path);
            assert_eq!((kept.status, told(&kept), &kept.body), (200, told(&made), &made.body), "{path} {encoding}");
            let row = admin.get("/api/v1/observations?agency=H18.2").items()[0]["id"].clone();
            admin.delete(&format!("/api/v1/observations/{row}")).expect(204);
        }
    }
}

#[on_both_engines]
fn who_may_not_any_more_is_not_given_what_is_kept(beside: Beside) {
    let server = &beside.world.server;
    let path = QUESTIONS[0];
    let (leaving, locked_out, moved) =
        (server.user(Role::Viewer, None), server.user(Role::Viewer, None), server.user(Role::Viewer, None));
    let name = |client: &Client| client.get("/api/v1/me").json["username"].as_str().unwrap().to_owned();
    let (locked_name, moved_name) = (name(&locked_out), name(&moved));
    let all = [&leaving, &locked_out, &moved, &beside.world.admin];
    for client in all {
        client.get(path).expect(200);
    }
    leaving.post("/api/v1/auth/logout", &json!({})).expect(204);
    beside.world.admin.patch(&format!("/api/v1/users/{locked_name}"), &json!({"disabled": true})).expect(200);
    beside.world.admin.patch(&format!("/api/v1/users/{moved_name}"), &json!({"agency": "H18.1"})).expect(200);
    beside.world.admin.get(path).expect(200);
    leaving.get(path).refused(401, "invalid_token");
    locked_out.get(path).refused(401, "invalid_token");
    moved.get(path).refused(404, "not_found");
    server.anonymous().get(path).refused(401, "unauthenticated");
    beside.world.admin.clone().with("change-reason", "").get(path).refused(422, "invalid_input");
}

#[on_both_engines]
fn everybody_who_takes_a_report_out_leaves_a_trace(beside: Beside) {
    let path = "/api/v1/provincial-report?period=2026-03";
    let (one, two) = (beside.world.server.user(Role::Viewer, None), beside.world.server.user(Role::Viewer, None));
    for _ in 0..3 {
        assert_eq!(one.get(path).expect(200).body, two.get(path).expect(200).body);
    }
    let events = beside.world.admin.get("/api/v1/audit/events?kind=export").expect(200).items().clone();
    let names: Vec<_> = events.iter().map(|event| event["username"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
}

#[on_both_engines]
fn a_token_that_was_good_ends_when_it_says(forger: Forger) {
    let soon = Utc::now().timestamp() + 2;
    let token = forger.own(&forger.header(), ("exp", json!(soon)));
    forger.with(&token).expect(200);
    eventually("the token runs out", || (Utc::now().timestamp() > soon).then_some(()));
    forger.with(&token).refused(401, "invalid_token");
}
