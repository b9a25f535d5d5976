//! HTTP by the book at the edge (RFC 9110, RFC 9112): what is no request, or none of this server's, is told like every
//! other refusal.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::{Client, World, on_both_engines};
use thidua_domain::codes;

/// An answer as it came over the wire.
struct Raw {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// Everything that is answered to some bytes until the server closes, or says no more.
fn exchange(client: &Client, bytes: &[u8]) -> Vec<Raw> {
    let mut stream = TcpStream::connect(client.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    if let Err(error) = stream.write_all(bytes) {
        assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
    }
    let mut said = Vec::new();
    if let Err(error) = stream.read_to_end(&mut said) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}: not closed");
    }
    let mut rest = String::from_utf8(said).unwrap();
    let mut answers = Vec::new();
    while let Some((head, after)) = rest.split_once("\r\n\r\n") {
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<_, _> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let (body, after) = (after[..length].to_owned(), after[length..].to_owned());
        answers.push(Raw { status, headers, body });
        rest = after;
    }
    assert_eq!(rest, "", "no bytes beside the answers");
    answers
}

/// Checks a refusal: a problem of a code that names its request, with the headers that all answers have.
fn assert_told(answer: &Raw, status: u16, code: &str, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    let header = |name: &str| answer.headers.get(name).map_or("", String::as_str);
    assert_eq!(header("content-type"), "application/problem+json", "{what}");
    assert!(!header("x-request-id").is_empty() && !header("date").is_empty(), "{what}: {:?}", answer.headers);
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert!(header("cache-control").starts_with("no-"), "{what}");
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(problem["code"], code, "{what}");
    assert_eq!(problem["request_id"], header("x-request-id"), "{what}");
    assert_eq!(problem["status"], status, "{what}");
    assert!(codes::find(code).is_some(), "{what}: {code}");
}

const HOST: &str = "Host: localhost\r\n";
const CLOSE: &str = "Connection: close\r\n\r\n";

#[on_both_engines]
fn what_is_no_request_is_told_as_a_problem_and_ends_the_connection(world: World) {
    let malformed = "malformed_request";
    let chunked = format!("POST /api/v1/courses HTTP/1.1\r\n{HOST}Transfer-Encoding: ");
    let get = format!("GET /healthz HTTP/1.1\r\n{HOST}");
    let many: String = (0..40_000).map(|index| format!("X-{index}: a\r\n")).collect();
    let cases = [
        ("\r\n\r\nrubbish\r\n\r\n".to_owned(), 400, malformed),
        ("GET /\r\n\r\n".to_owned(), 400, malformed),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n".to_owned(), 400, malformed),
        (format!("G@T / HTTP/1.1\r\n{HOST}\r\n"), 400, malformed),
        (format!("GET /a b HTTP/1.1\r\n{HOST}\r\n"), 400, malformed),
        (format!("GET / HTTP/1.10\r\n{HOST}\r\n"), 400, malformed),
        (format!("{get}X : a\r\n\r\n"), 400, malformed),
        (format!("{get}X: a\r\n b\r\n\r\n"), 400, malformed),
        (format!("{get}X: a\0b\r\n\r\n"), 400, malformed),
        (format!("{get}: a\r\n\r\n"), 400, malformed),
        (format!("{get}Host: other\r\n\r\n"), 400, malformed),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400, malformed),
        (format!("{chunked}gzip, chunked\r\n\r\n0\r\n\r\n"), 501, "unknown_transfer_coding"),
        (format!("{chunked}gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 501, "unknown_transfer_coding"),
        (format!("{chunked}gzip\r\n\r\n"), 400, malformed),
        (format!("{chunked}chunked, gzip\r\n\r\n"), 400, malformed),
        (format!("{chunked}chunked, chunked\r\n\r\n0\r\n\r\n"), 400, malformed),
        (format!("{chunked}chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400, malformed),
        (format!("{chunked}gzip, chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400, malformed),
        (
            format!("POST /api/v1/courses HTTP/1.1\r\n{HOST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
            400,
            malformed,
        ),
        (format!("POST /api/v1/courses HTTP/1.1\r\n{HOST}Content-Length: -2\r\n\r\n{{}}"), 400, malformed),
        (format!("{get}{many}\r\n"), 431, "head_too_large"),
        (format!("GET /healthz HTTP/1.1\r\n{HOST}"), 408, "head_too_slow"),
    ];
    for (request, status, code) in &cases {
        let what = &request[..request.len().min(90)];
        let answers = exchange(&world.admin, request.as_bytes());
        assert_eq!(answers.len(), 1, "{what}");
        assert_told(&answers[0], *status, code, what);
        assert_eq!(answers[0].headers["connection"], "close", "{what}");
        assert_eq!(answers[0].headers["content-language"], "vi", "{what}: nobody knows what its sender reads");
    }
    // Behind answers of the same packet, in their order.
    let answers = exchange(&world.admin, format!("{get}\r\n{get}\r\nrubbish\r\n\r\n").as_bytes());
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 200, 400]);
    assert_told(&answers[2], 400, malformed, "the last of a packet");
    world.admin.get("/api/v1/me").expect(200);
}

#[on_both_engines]
fn requests_are_taken_and_refused_by_the_book(world: World) {
    let (get, post) = ("GET /healthz HTTP/1.1", "POST /api/v1/auth/login HTTP/1.1");
    let host = |host: &str| format!("{get}\r\nHost: {host}\r\n");
    let ask = |line: &str| format!("{line}\r\n{HOST}");
    let expect = |line: &str, expected: &str| format!("{line}\r\n{HOST}Expect: {expected}\r\n");
    let malformed = "malformed_request";
    let cases = [
        // Targets.
        (ask("GET http://localhost/healthz HTTP/1.1"), 200, ""),
        (ask("GET HTTPS://other.example:8443/healthz HTTP/1.1"), 200, ""),
        (ask("GET http://localhost/healthz?x=1 HTTP/1.1"), 200, ""),
        (ask("GET ftp://localhost/healthz HTTP/1.1"), 400, malformed),
        (ask("GET http://user@localhost/healthz HTTP/1.1"), 400, malformed),
        (ask("GET healthz HTTP/1.1"), 400, malformed),
        (ask("GET localhost:80 HTTP/1.1"), 400, malformed),
        (ask("GET * HTTP/1.1"), 400, malformed),
        (ask("OPTIONS * HTTP/1.1"), 204, ""),
        (ask("OPTIONS /api/v1/me HTTP/1.1"), 204, ""),
        // Hosts.
        (host("localhost:8080"), 200, ""),
        (host("[::1]:8080"), 200, ""),
        (host("Xã.example"), 400, malformed),
        (host("x%C3%A3.example"), 200, ""),
        (host(""), 200, ""),
        (host("a b"), 400, malformed),
        (host("a/b"), 400, malformed),
        (host("user@a"), 400, malformed),
        (host("a:b"), 400, malformed),
        (host("a, b"), 400, malformed),
        (host("[::1"), 400, malformed),
        (host("[]"), 400, malformed),
        (host("http://a"), 400, malformed),
        ("GET /healthz HTTP/1.0\r\n".to_owned(), 200, ""),
        // Methods.
        (ask("HEAD /healthz HTTP/1.1"), 200, ""),
        (ask("HEAD /problems HTTP/1.1"), 200, ""),
        (ask("HEAD /.well-known/jwks.json HTTP/1.1"), 200, ""),
        (ask("HEAD /openapi.json HTTP/1.1"), 200, ""),
        (ask("TRACE /api/v1/me HTTP/1.1"), 405, "method_not_allowed"),
        (ask("PUT /healthz HTTP/1.1"), 405, "method_not_allowed"),
        (ask("BREW /api/v1/me HTTP/1.1"), 501, "unknown_method"),
        (ask("BREW /nothing HTTP/1.1"), 501, "unknown_method"),
        (ask("get /healthz HTTP/1.1"), 501, "unknown_method"),
        (ask("CONNECT localhost:80 HTTP/1.1"), 501, "unknown_method"),
        // Expectations.
        (expect(get, "100-continue"), 200, ""),
        (expect(get, "100-Continue"), 200, ""),
        (expect(get, "200-ok"), 417, "expectation_failed"),
        (expect(get, "100-continue, 200-ok"), 417, "expectation_failed"),
        (expect("GET /healthz HTTP/1.0", "200-ok"), 200, ""),
        (
            expect(post, "nothing") + "Content-Type: application/json\r\nContent-Length: 2\r\n",
            417,
            "expectation_failed",
        ),
        // Bodies.
        (ask(post) + "Content-Type: application/json\r\nTransfer-Encoding: CHUNKED\r\n", 422, "invalid_input"),
    ];
    let mut others = Vec::new();
    for (head, status, code) in &cases {
        let body = if head.contains("CHUNKED") { "2\r\n{}\r\n0\r\n\r\n" } else { "" };
        let request = format!("{head}{CLOSE}{body}");
        let answers = exchange_without_continue(&world.admin, &request, head.starts_with("HEAD"));
        match answers.as_slice() {
            [answer] if answer.status != *status => others.push((head, answer.status)),
            [answer] if !code.is_empty() => assert_told(answer, *status, code, head),
            [_] => {}
            several => panic!("{head}: {} answers", several.len()),
        }
    }
    assert_eq!(others, [], "statuses that the book has not");
    let all = exchange(&world.admin, format!("{}{CLOSE}", ask("OPTIONS * HTTP/1.1")).as_bytes());
    assert_eq!(all[0].headers["allow"], "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
}

/// As [`exchange`], without the word to go on, and without the body that a HEAD has not.
fn exchange_without_continue(client: &Client, request: &str, is_head: bool) -> Vec<Raw> {
    if is_head {
        let mut stream = TcpStream::connect(client.url().strip_prefix("http://").unwrap()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.ends_with("\r\n\r\n"), "a HEAD has no body: {said}");
        let status = said.split(' ').nth(1).unwrap().parse().unwrap();
        return vec![Raw { status, headers: BTreeMap::new(), body: said }];
    }
    let mut answers = exchange(client, request.as_bytes());
    answers.retain(|answer| answer.status != 100);
    answers
}
