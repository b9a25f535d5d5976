//! Browsers of listed origins may call and read; the others may not.

use support::engines::Place;
use support::server::plain;
use support::{Answer, Client, Server, on_both_engines};
use thidua_http::config::{Origin, Several};

const LISTED: &str = "https://dieuhanh.example";

fn server(place: Place) -> Server {
    let mut edge = plain();
    edge.cors_origins = "https://dieuhanh.example, http://127.0.0.1:5173".parse().unwrap();
    Server::start_with(place, edge, &[])
}

fn preflight(client: &Client, origin: &str) -> Answer {
    let asking = client.clone().with("origin", origin).with("access-control-request-method", "PATCH");
    asking.with("access-control-request-headers", "authorization, if-match").send(
        "OPTIONS",
        "/api/v1/agencies/H18",
        None,
        b"",
    )
}

fn names<'a>(answer: &'a Answer, header: &str) -> Vec<&'a str> {
    answer.headers[header].split(", ").collect()
}

#[on_both_engines]
fn a_listed_origin_may_ask_call_and_read(place: Place) {
    let server = server(place);
    let asked = preflight(&server.anonymous(), LISTED).expect(204);
    assert_eq!(asked.headers["access-control-allow-origin"], LISTED);
    assert_eq!(names(&asked, "access-control-allow-methods"), ["GET", "HEAD", "PATCH", "DELETE", "OPTIONS"]);
    for header in [
        "Authorization",
        "Content-Type",
        "If-Match",
        "If-None-Match",
        "Idempotency-Key",
        "Prefer",
        "Change-Reason",
        "Accept-Language",
        "X-Request-Id",
    ] {
        assert!(names(&asked, "access-control-allow-headers").contains(&header), "{header}");
    }
    assert!(names(&asked, "vary").contains(&"origin"));
    assert!(names(&asked, "vary").contains(&"access-control-request-method"));
    for answer in [
        server.admin().with("origin", LISTED).get("/api/v1/agencies").expect(200),
        server.anonymous().with("origin", LISTED).get("/api/v1/agencies").expect(401),
        server.anonymous().with("origin", "http://127.0.0.1:5173").get("/nowhere").expect(404),
    ] {
        assert!(answer.headers["access-control-allow-origin"].starts_with("http"), "{answer:?}");
        for header in [
            "ETag",
            "Location",
            "Link",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "Preference-Applied",
            "X-Request-Id",
            "Idempotency-Replayed",
            "Deprecation",
            "Sunset",
            "Content-Language",
        ] {
            assert!(names(&answer, "access-control-expose-headers").contains(&header), "{header}");
        }
        assert!(names(&answer, "vary").contains(&"origin"));
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }
}

#[on_both_engines]
fn any_other_origin_is_told_nothing(place: Place) {
    let server = server(place);
    for origin in [
        "null",
        "https://evil.example",
        "https://dieuhanh.example.evil.example",
        "http://dieuhanh.example",
        "https://dieuhanh.example:8443",
        "https://dieuhanh.example/",
        "*",
        "",
    ] {
        let asked = preflight(&server.anonymous(), origin).refused(403, "origin_not_allowed");
        let called = server.admin().with("origin", origin).get("/api/v1/agencies").expect(200);
        for answer in [asked, called] {
            assert!(!answer.headers.keys().any(|name| name.starts_with("access-control-")), "{origin}: {answer:?}");
            assert!(names(&answer, "vary").contains(&"origin"), "{origin}");
        }
    }
}

#[on_both_engines]
fn nobody_is_listed_unless_the_operator_says_so(server: Server) {
    preflight(&server.anonymous(), LISTED).refused(403, "origin_not_allowed");
    let called = server.admin().with("origin", LISTED).get("/api/v1/agencies").expect(200);
    assert!(!called.headers.keys().any(|name| name.starts_with("access-control-")));
    assert!(!names(&called, "vary").contains(&"origin"));
}

#[test]
fn a_list_names_origins_and_nothing_else() {
    let read = |text: &str| text.parse::<Several<Origin>>();
    let spellings =
        |text: &str| read(text).unwrap().iter().map(|origin| origin.as_str().to_owned()).collect::<Vec<_>>();
    assert!(spellings("").is_empty());
    assert_eq!(spellings("HTTPS://A.example:443 ,http://[::1]:80"), ["https://a.example", "http://[::1]"]);
    for wrong in [
        "*",
        "null",
        "https://*.example",
        "https://a.example/",
        "a.example",
        "ftp://a.example",
        "https://",
        "https://a b",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
