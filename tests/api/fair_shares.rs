//! Fair shares of what accounts use together: turns of batches, memory, places of streams.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use support::bodies;
use support::engines::Place;
use support::held::Held;
use support::server::plain;
use support::{Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const STAFF: &str = "/api/v1/staff/batch";
const LINES: (&str, &str) = ("content-type", "application/x-ndjson");

fn person(code: &str, agency: &str) -> Value {
    bodies::staff(code, agency, "2026-01-05")
}

/// A batch that its sender does not end.
fn begun(client: &Client, row: &Value) -> Held {
    Held::begin(client, "POST", STAFF, &[LINES], format!("{row}\n").as_bytes())
}

/// A stream of events whose head has come.
fn events(client: &Client, after: i64) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(client.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    let head = format!(
        "GET /api/v1/changes?after={after} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAuthorization: Bearer {}\r\n\r\n",
        client.token().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut stream = BufReader::new(stream);
    assert_eq!(line(&mut stream), "HTTP/1.1 200 OK");
    while !line(&mut stream).is_empty() {}
    stream
}

fn line(stream: &mut impl BufRead) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

/// The position of the next event.
fn next_event(stream: &mut impl BufRead) -> i64 {
    loop {
        if let Some(seq) = line(stream).strip_prefix("id: ") {
            return seq.parse().unwrap();
        }
    }
}

fn head(world: &World) -> i64 {
    world.admin.get("/api/v1/changes?limit=1").expect(200).json["head"].as_i64().unwrap()
}

#[on_both_engines]
fn slow_batches_of_one_account_keep_no_other_batch_out(world: World) {
    let (slow, other) =
        (world.server.user(Role::Editor, Some("H18.1")), world.server.user(Role::Editor, Some("H18.2")));
    let bodies: Vec<_> = (0..20).map(|number| begun(&slow, &person(&format!("S-{number}"), "H18.1"))).collect();
    for number in 0..5 {
        other.post(&format!("{STAFF}?mode=partial"), &json!([person(&format!("O-{number}"), "H18.2")])).expect(207);
    }
    slow.post(STAFF, &json!([person("T", "H18.1")])).expect(200);
    for body in bodies {
        assert_eq!(body.finish().0, 200, "who was slow is served, too");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_row_of_a_batch_has_so_many_bytes_wherever_it_stands(world: World) {
    let large = |bytes: usize| {
        let row = person("L", "H18.1").to_string();
        let (start, end) = row.split_at(row.len() - 1);
        format!("{start}{}{end}", " ".repeat(bytes - row.len()))
    };
    let first = person("F", "H18.1").to_string();
    let send = |bytes: usize, mode: &str| {
        let lines = format!("{first}\n{}\n", large(bytes));
        let array = format!("[{first},{}]", large(bytes));
        [(lines, "application/x-ndjson"), (array, "application/json")]
            .map(|(text, kind)| world.admin.send("POST", &format!("{STAFF}?mode={mode}"), Some(kind), text.as_bytes()))
    };
    let before = head(&world);
    for mode in ["upsert", "partial"] {
        for refused in send((128 << 10) + 1, mode) {
            assert_eq!(refused.refused(422, "invalid_input").errors()["/1"], "row_too_large", "{mode}");
        }
    }
    assert_eq!(head(&world), before);
    // Of an array the comma and a bracket may count with a row.
    for taken in send((128 << 10) - 2, "upsert") {
        taken.expect(200);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn what_is_packed_otherwise_than_by_gzip_or_deflate_is_refused_by_name(world: World) {
    for encoding in ["br", "zstd", "gzip, gzip", "xyz"] {
        let refused = world.admin.clone().with("content-encoding", encoding).post(STAFF, &json!([]));
        let refused = refused.refused(415, "unsupported_content_encoding");
        assert_eq!(refused.headers["accept-encoding"], "gzip, deflate, identity", "{encoding}");
    }
    world.admin.clone().with("content-encoding", "identity").post(STAFF, &json!([person("I", "H18.1")])).expect(200);
}

#[on_both_engines]
fn an_account_has_so_many_streams_and_others_have_theirs(place: Place) {
    let mut edge = plain();
    edge.streams_per_account = 3;
    let server = Server::start_with(place, edge, &[]);
    let (one, other) = (server.user(Role::Puller, None), server.user(Role::Puller, None));
    let head = one.get("/api/v1/changes?limit=1").expect(200).json["head"].as_i64().unwrap();
    let mut streams: Vec<_> = (0..3).map(|_| events(&one, head)).collect();
    let too_many = |kind: &str, query: &str| {
        let refused = one.clone().with("accept", kind).get(&format!("/api/v1/changes?after={head}{query}"));
        assert!(refused.refused(429, "too_many_streams").headers.contains_key("retry-after"), "{kind}");
    };
    too_many("text/event-stream", "");
    too_many("application/x-ndjson", "");
    too_many("application/json", "&wait=30");
    one.get(&format!("/api/v1/changes?after={head}")).expect(200);
    one.get("/api/v1/changes?after=0&wait=30").expect(200);
    drop(events(&other, head));
    drop(streams.pop());
    // The server learns of it when it writes.
    support::waiting::eventually("the place is given back", || {
        server.admin().post("/api/v1/calendars", &json!({"code": format!("c{}", head), "name_vi": "Lịch"}));
        let lines = one.clone().with("accept", "application/x-ndjson").get(&format!("/api/v1/changes?after={head}"));
        (lines.status == 200).then_some(())
    });
}

#[on_both_engines]
fn more_streams_than_places_to_read_are_all_told_and_none_is_cut(place: Place) {
    let mut edge = plain();
    edge.streams_per_account = 2000;
    let world = World::furnish(Server::start_with(place, edge, &[]));
    // Of three sights, of which each is read for once; there are 260 places.
    let readers =
        [world.server.user(Role::Puller, None), world.server.user(Role::Viewer, Some("H18.1")), world.admin.clone()];
    let after = head(&world);
    let mut streams: Vec<_> = (0..900).map(|number| events(&readers[number % 3], after)).collect();
    for round in 1..=3 {
        world.declare("CT3", "H18.1", &format!("2026-0{round}"), 1, 2);
        for stream in &mut streams {
            assert_eq!(next_event(stream), after + round, "a stream goes on");
        }
        readers[0].get("/api/v1/changes?limit=1").expect(200);
    }
}

#[on_both_engines]
fn a_large_answer_read_slowly_comes_whole(world: World) {
    let people: Vec<_> = (0..1000).map(|number| person(&format!("P-{number}"), "H18.1")).collect();
    world.admin.post(&format!("{STAFF}?mode=partial"), &json!(people)).expect(207);
    let path = "/api/v1/changes?after=0&limit=1000";
    let whole = world.admin.get(path).expect(200);
    assert!(whole.body.len() > 200_000);
    let mut stream = TcpStream::connect(world.admin.url().strip_prefix("http://").unwrap()).unwrap();
    let token = world.admin.token().unwrap();
    stream
        .write_all(
            format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
            .as_bytes(),
        )
        .unwrap();
    let (mut answer, mut some) = (Vec::new(), [0; 997]);
    while let Ok(count @ 1..) = stream.read(&mut some) {
        answer.extend_from_slice(&some[..count]);
    }
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", whole.body.len())), "{head}");
    assert!(body.as_bytes() == whole.body, "byte by byte");
}
