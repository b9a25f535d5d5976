//! Malformed and oversized HTTP: the server refuses it and closes the connection, so that no rest of it is read as
//! another request (RFC 9112, sections 6.3 and 11.2).

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use support::engines::Place;
use support::program::{Serving, make_root};
use support::{Answer, Client, World, on_both_engines};

/// A connection on which the test may send any bytes.
struct Wire(TcpStream);

impl Wire {
    fn to(client: &Client) -> Self {
        let stream = TcpStream::connect(client.url().strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(stream)
    }

    /// Sends as much as the other end takes.
    fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.0.write_all(bytes) {
            assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
        }
    }

    /// The head of the next answer.
    fn head(&mut self) -> String {
        let mut said = Vec::new();
        while !said.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
        String::from_utf8(said).unwrap()
    }

    /// The statuses of all that is answered until the other end closes, which it must.
    fn statuses(mut self) -> Vec<u16> {
        let mut said = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut said) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}: not closed");
        }
        let said = String::from_utf8_lossy(&said).into_owned();
        said.match_indices("HTTP/1.1 ").map(|(at, _)| said[at + 9..at + 12].parse().unwrap()).collect()
    }
}

/// The lines that every request begins with: an administrator who asks something.
fn start(client: &Client, line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n", client.token().unwrap())
}

fn is_well(client: &Client) -> Answer {
    client.get("/api/v1/me").expect(200)
}

#[on_both_engines]
fn a_length_that_is_said_in_two_ways_ends_the_connection(world: World) {
    let post = start(&world.admin, "POST /api/v1/auth/logout") + "Content-Type: application/json\r\n";
    let smuggled = start(&world.admin, "GET /api/v1/me") + "\r\n";
    for lengths in [
        "Content-Length: 2\r\nContent-Length: 40\r\n",
        "Content-Length: 2, 40\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 2 2\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: two\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let mut wire = Wire::to(&world.admin);
        wire.send(format!("{post}{lengths}\r\n{{}}{smuggled}").as_bytes());
        assert_eq!(wire.statuses(), [400], "{lengths}");
    }
    is_well(&world.admin);
}

#[on_both_engines]
fn a_head_of_a_stream_ends_and_leaves_the_connection_to_the_next_request(world: World) {
    let ask = |method: &str, path: &str, accept: &str| {
        start(&world.admin, &format!("{method} {path}")) + &format!("Accept: {accept}\r\n")
    };
    for accept in ["text/event-stream", "application/x-ndjson"] {
        let mut wire = Wire::to(&world.admin);
        wire.send((ask("HEAD", "/api/v1/changes?after=0", accept) + "\r\n").as_bytes());
        let head = wire.head();
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(accept), "{head}");
        // A server that had gone on with the stream would never read this.
        wire.send((ask("GET", "/api/v1/me", "*/*") + "Connection: close\r\n\r\n").as_bytes());
        assert_eq!(wire.statuses(), [200], "{accept}");
    }
}

#[on_both_engines]
fn a_head_before_another_request_of_the_same_packet_has_no_body(world: World) {
    let close = "Connection: close\r\n\r\n";
    for path in ["/api/v1/changes?after=0&limit=5", "/api/v1/me", "/api/v1/nothing", "/readyz"] {
        let length = world.admin.get(path).body.len();
        let both = start(&world.admin, &format!("HEAD {path}")) + "\r\n" + &start(&world.admin, "GET /healthz") + close;
        for _ in 0..20 {
            let mut wire = Wire::to(&world.admin);
            wire.send(both.as_bytes());
            let head = wire.head().to_lowercase();
            assert!(head.contains(&format!("content-length: {length}\r\n")), "{path}: {head}");
            let next = wire.head();
            assert!(next.starts_with("HTTP/1.1 200 "), "{path}: {next}");
        }
    }
}

#[on_both_engines]
fn chunks_that_are_none_end_the_connection(world: World) {
    let post = start(&world.admin, "POST /api/v1/courses")
        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let smuggled = start(&world.admin, "GET /api/v1/me") + "\r\n";
    for chunks in
        ["zz\r\n{}\r\n", "ffffffffffffffffff\r\n{}\r\n", "1\r\n{}\r\n", "2\r\n{}XX", "-2\r\n{}\r\n", "\r\n\r\n"]
    {
        let mut wire = Wire::to(&world.admin);
        wire.send(format!("{post}{chunks}0\r\n\r\n{smuggled}").as_bytes());
        assert_eq!(wire.statuses(), [400], "{chunks:?}");
    }
    is_well(&world.admin);
}

#[on_both_engines]
fn a_head_that_is_none_ends_the_connection(world: World) {
    let get = start(&world.admin, "GET /api/v1/me");
    for head in [
        format!("{get}X : a\r\n\r\n"),
        format!("{get}X: a\r\n b\r\n\r\n"),
        format!("{get}X: a\0b\r\n\r\n"),
        format!("{get}: a\r\n\r\n"),
        format!("{get}Host: other\r\n\r\n"),
        get.replace("Host: localhost\r\n", "") + "\r\n",
        get.replace("HTTP/1.1", "HTTP/2.0") + "\r\n",
        get.replace("HTTP/1.1", "HTTP/1.10") + "\r\n",
        "GET /\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}".to_owned() + "\r\n\r\n",
    ] {
        let mut wire = Wire::to(&world.admin);
        wire.send(head.as_bytes());
        assert_eq!(wire.statuses(), [400], "{head:?}");
    }
    is_well(&world.admin);
}

#[on_both_engines]
fn a_head_without_end_is_too_large(world: World) {
    let get = start(&world.admin, "GET /api/v1/me");
    let many: String = (0..5000).map(|index| format!("X-{index}: a\r\n")).collect();
    let long = "a".repeat(1 << 20);
    for head in [
        format!("{get}{many}\r\n"),
        format!("{get}X: {long}\r\n\r\n"),
        start(&world.admin, &format!("GET /{long}")) + "\r\n",
        start(&world.admin, &format!("GET /api/v1/agencies?sort={long}")) + "\r\n",
        long.clone(),
    ] {
        let mut wire = Wire::to(&world.admin);
        wire.send(head.as_bytes());
        let statuses = wire.statuses();
        // The other end may be gone before it was heard.
        assert!(matches!(statuses.as_slice(), [] | [400 | 414 | 431]), "{statuses:?}");
    }
    is_well(&world.admin);
}

#[on_both_engines]
fn whoever_goes_in_the_middle_of_a_body_changes_nothing(world: World) {
    let before = world.server.database().model().seq;
    let post = start(&world.admin, "POST /api/v1/courses")
        + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"code\":";
    let mut wire = Wire::to(&world.admin);
    wire.send(post.as_bytes());
    wire.0.shutdown(Shutdown::Write).unwrap();
    let statuses = wire.statuses();
    assert!(matches!(statuses.as_slice(), [] | [400]), "{statuses:?}");
    is_well(&world.admin);
    assert_eq!(world.server.database().model().seq, before);
}

#[on_both_engines]
fn a_body_that_does_not_come_on_is_not_waited_for(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &["--body-seconds", "1"]);
    let root = serving.root();
    for (path, kind) in [
        ("courses", "application/json"),
        ("courses/batch", "application/json"),
        ("courses/batch", "application/x-ndjson"),
    ] {
        let post = start(&root, &format!("POST /api/v1/{path}"));
        let mut wire = Wire::to(&root);
        wire.send(format!("{post}Content-Type: {kind}\r\nContent-Length: 1000\r\n\r\n[").as_bytes());
        assert_eq!(wire.statuses(), [408], "{path}");
    }
    is_well(&root);
}

#[on_both_engines]
fn a_body_that_comes_on_without_end_is_not_waited_for_either(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &["--body-seconds", "2", "--body-total-seconds", "2"]);
    let root = serving.root();
    // So much has come that it would earn a minute more.
    let post = start(&root, "POST /api/v1/courses/batch");
    let mut wire = Wire::to(&root);
    let begun = format!("{post}Content-Type: application/x-ndjson\r\nContent-Length: 9000000\r\n\r\n");
    wire.send(&[begun.as_bytes(), &[b'\n'; 1 << 16][..]].concat());
    assert!(wire.head().starts_with("HTTP/1.1 408 "), "it was waited for");
    let (mut problem, mut byte) = (String::new(), [0]);
    while !problem.contains("body_took_too_long") {
        wire.0.read_exact(&mut byte).expect("it is told by its code");
        problem.push(char::from(byte[0]));
    }
    is_well(&root);
}

#[on_both_engines]
fn many_who_begin_and_do_not_go_on_keep_nobody_out_and_are_sent_away(world: World) {
    let get = start(&world.admin, "GET /api/v1/me");
    let half_open: Vec<Wire> = (0..500)
        .map(|_| {
            let mut wire = Wire::to(&world.admin);
            wire.send(get.as_bytes());
            wire
        })
        .collect();
    for _ in 0..50 {
        is_well(&world.admin);
    }
    for wire in half_open {
        assert_eq!(wire.statuses(), [408]);
    }
    is_well(&world.admin);
}
