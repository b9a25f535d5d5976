//! Rate limits: so many requests a minute, with the remaining number in every answer.

use serde_json::json;
use support::engines::Place;
use support::server::{PASSWORD, plain};
use support::{Answer, Client, Server, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::server::rate_limits::{Allowance, Rate};

const SECOND: u128 = 1_000_000_000;

fn server(place: Place, requests: u32, log_ins: u32) -> Server {
    let mut edge = plain();
    (edge.requests_per_minute, edge.logins_per_minute) = (requests, log_ins);
    edge.trusted_proxies = "127.0.0.1, 192.0.2.1".parse().unwrap();
    Server::start_with(place, edge, &[])
}

/// A caller at an address that a trusted proxy names.
fn from(server: &Server, address: &str) -> Client {
    server.anonymous().with("x-forwarded-for", address)
}

/// Remaining requests (`r`) and seconds (`t`) of a policy.
fn standing(answer: &Answer, policy: &str) -> (u32, u32) {
    let value = answer.headers["ratelimit"].split(", ").find_map(|item| item.strip_prefix(&format!("\"{policy}\";r=")));
    let (remaining, reset) = value.unwrap().split_once(";t=").unwrap();
    (remaining.parse().unwrap(), reset.parse().unwrap())
}

#[on_both_engines]
fn a_caller_over_its_limit_waits_and_the_others_do_not(place: Place) {
    let server = server(place, 5, 0);
    let one = from(&server, "198.51.100.1");
    for left in (0..5).rev() {
        let answer = one.get("/api/v1/agencies").expect(401);
        assert_eq!(answer.headers["ratelimit-policy"], "\"default\";q=5;w=60");
        let (remaining, reset) = standing(&answer, "default");
        assert_eq!(remaining, left);
        assert!((1..=60).contains(&reset), "{reset}");
    }
    let refused = one.get("/api/v1/agencies").refused(429, "too_many_requests");
    assert_eq!(standing(&refused, "default").0, 0);
    let wait: u32 = refused.headers["retry-after"].parse().unwrap();
    assert!((1..=12).contains(&wait), "five a minute are one in twelve seconds, not {wait}");
    assert_eq!(refused.headers["cache-control"], "no-store");
    assert!(refused.headers.contains_key("x-request-id"));
    from(&server, "198.51.100.2").get("/api/v1/agencies").expect(401);
    // Whoever looks after the server still can.
    one.get("/healthz").expect(200);
    one.get("/readyz").expect(200);
    one.send("OPTIONS", "/api/v1/agencies", None, b"").expect(204);
}

#[on_both_engines]
fn users_are_counted_one_by_one_wherever_they_come_from(place: Place) {
    // Of six requests of each, whose log-ins count for their address only.
    let server = server(place, 6, 0);
    let admin = server.admin();
    let puller = server.user(Role::Puller, None);
    for client in [&puller.clone().with("x-forwarded-for", "198.51.100.7"), &puller] {
        client.get("/api/v1/me").expect(200);
    }
    assert_eq!(standing(&puller.get("/api/v1/me").expect(200), "default").0, 3);
    assert_eq!(standing(&admin.get("/api/v1/me").expect(200), "default").0, 5);
    // A forged token belongs to no account: its address is counted.
    let forged = from(&server, "198.51.100.8").with("authorization", "Bearer e30.e30.e30");
    for left in (0..6).rev() {
        assert_eq!(standing(&forged.get("/api/v1/me").expect(401), "default").0, left);
    }
    from(&server, "198.51.100.8").get("/api/v1/me").refused(429, "too_many_requests");
}

#[on_both_engines]
fn a_credential_that_counts_no_more_has_neither_the_figures_nor_the_allowance_of_its_account(place: Place) {
    // One more comes every two seconds, so that some time may pass.
    let server = server(place, 30, 0);
    let admin = server.admin();
    let name = server.client(Role::Puller, None);
    let key = || {
        let key = json!({"kind": "api_key", "scopes": ["read"], "valid_days": 1});
        admin.post(&format!("/api/v1/clients/{name}/keys"), &key).expect(201).json
    };
    let (revoked, living) = (key(), key());
    let with = |key: &serde_json::Value| {
        from(&server, "198.51.100.9").with("authorization", &format!("Bearer {}", key["secret"].as_str().unwrap()))
    };
    let spend = |client: &Client, status| {
        (0..20).fold(0, |_, _| standing(&client.get("/api/v1/me").expect(status), "default").0)
    };
    let of_account = spend(&with(&living), 200);
    let id = revoked["id"].as_i64().unwrap();
    admin.clone().with("if-match", "*").delete(&format!("/api/v1/clients/{name}/keys/{id}")).expect(204);
    let refused = with(&revoked).get("/api/v1/me").refused(401, "invalid_token");
    assert_eq!(standing(&refused, "default").0, 29, "the address has its own allowance, of which this was the first");
    let of_address = spend(&with(&revoked), 401);
    assert!(of_address < 29, "{of_address}");
    let after = standing(&with(&living).get("/api/v1/me").expect(200), "default").0;
    assert!(after + 1 >= of_account, "{after} after {of_account}: nobody else has spent of it");
    // So does the token of a session that was logged out.
    let person = server.user(Role::Viewer, None).with("x-forwarded-for", "198.51.100.10");
    person.get("/api/v1/me").expect(200);
    person.post("/api/v1/auth/logout", &json!({})).expect(204);
    assert_eq!(standing(&person.get("/api/v1/me").expect(401), "default").0, 29);
}

#[on_both_engines]
fn log_ins_have_a_limit_of_their_own(place: Place) {
    let server = server(place, 100, 3);
    let guess = |address: &str, password: &str| {
        from(&server, address).post("/api/v1/auth/login", &json!({"username": "admin", "password": password}))
    };
    for _ in 0..3 {
        let wrong = guess("198.51.100.1", "sai-mat-khau").refused(401, "wrong_credentials");
        assert_eq!(wrong.headers["ratelimit-policy"], "\"default\";q=100;w=60, \"log-in\";q=3;w=60");
    }
    let refused = guess("198.51.100.1", PASSWORD).refused(429, "too_many_requests");
    assert_eq!(standing(&refused, "log-in").0, 0);
    assert!(standing(&refused, "default").0 > 0);
    guess("198.51.100.2", PASSWORD).expect(200);
    from(&server, "198.51.100.1").get("/api/v1/me").refused(401, "unauthenticated");
}

#[on_both_engines]
fn only_what_a_trusted_proxy_has_seen_itself_is_believed(place: Place) {
    let server = server(place, 2, 0);
    let ask = |chain: &str| standing(&from(&server, chain).get("/nowhere").expect(404), "default").0;
    assert_eq!(ask("198.51.100.1"), 1);
    assert_eq!(ask("203.0.113.99, 198.51.100.1"), 0, "what stands before may be invented");
    assert_eq!(ask("203.0.113.99"), 1);
    assert_eq!(ask("198.51.100.3, 192.0.2.1"), 1, "a trusted proxy names whom it has seen");
    assert_eq!(ask("198.51.100.3"), 0);
    // One site has a whole /64 of addresses.
    assert_eq!(ask("2001:db8::1"), 1);
    assert_eq!(ask("2001:db8::ffff:2"), 0);
    assert_eq!(ask("2001:db8:0:1::1"), 1);
}

#[on_both_engines]
fn a_server_without_limits_does_not_speak_of_them(server: Server) {
    for _ in 0..50 {
        let answer = server.anonymous().get("/api/v1/agencies").expect(401);
        assert!(!answer.headers.keys().any(|name| name.starts_with("ratelimit")));
    }
}

#[test]
fn an_allowance_fills_up_evenly_and_never_beyond_its_size() {
    let rate = Rate { most: 3, window: 60 };
    let spend = |full_at: u128, now: u128| rate.spend(full_at, now);
    let Allowance { full_at, remaining, reset, .. } = spend(0, 0);
    assert_eq!((remaining, reset), (2, 20));
    let Allowance { full_at, remaining, reset, .. } = spend(full_at, 0);
    assert_eq!((remaining, reset), (1, 40));
    let Allowance { full_at, remaining, reset, retry_after } = spend(full_at, 0);
    assert_eq!((remaining, reset, retry_after), (0, 60, None));
    // A refused request costs nothing, however often it comes.
    let refused = spend(full_at, 5 * SECOND);
    assert_eq!((refused.full_at, refused.remaining, refused.reset, refused.retry_after), (full_at, 0, 55, Some(15)));
    assert_eq!(spend(full_at, 20 * SECOND - 1).retry_after, Some(1));
    assert_eq!(spend(full_at, 20 * SECOND).retry_after, None);
    assert_eq!(spend(full_at, 20 * SECOND).remaining, 0);
    assert_eq!(spend(full_at, 45 * SECOND).remaining, 1);
    assert_eq!(spend(full_at, 1_000_000 * SECOND).remaining, 2);
}

#[test]
fn a_rate_that_does_not_divide_its_window_loses_nothing() {
    for most in [7, 11, 6000, 999_983] {
        let rate = Rate { most, window: 60 };
        let (mut full_at, mut taken) = (0, 0_u32);
        for _ in 0..most {
            full_at = rate.spend(full_at, 0).full_at;
        }
        assert!(rate.spend(full_at, 0).retry_after.is_some(), "{most}");
        // After a window the whole allowance is there again, not one request more or less.
        while rate.spend(full_at, 60 * SECOND).retry_after.is_none() {
            full_at = rate.spend(full_at, 60 * SECOND).full_at;
            taken += 1;
        }
        assert_eq!(taken, most);
    }
}
