//! Memory: whatever is sent at once, the program takes no more than a bound above its idle state.

use super::kills::prepare;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::bodies::{self, Members};
use support::engines::Place;
use support::program::Serving;
use support::waiting::eventually;
use support::{Client, on_both_engines};

/// Memory above idle, as `docs/limits.md` promises it.
const PROMISED: u64 = 256 << 10;
const BATCH: &str = "/api/v1/training-records/batch?mode=partial";
const MIB: usize = 1 << 20;
/// Rows of a batch; one more is the first.
const ROWS: usize = 99_000;

/// A figure of the kernel about a process, in KiB.
fn figure(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches([':', '\t', ' ']).split(' ').next().unwrap().trim().parse().unwrap()
}

/// A compressed batch of so many bytes at most. If its first row is good, the others are read, too.
fn packed(first_fits: bool, row: &str, separator: &str, bytes: usize) -> Vec<u8> {
    let fits = r#"{"staff":"KHONG","course":"KHONG","on":"2026-02-02","result":"completed"}"#;
    let rows = ROWS.min(bytes / (row.len() + separator.len()));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let (open, close) = if separator == "," { ("[", "]") } else { ("", "") };
    gzip.write_all(format!("{open}{}", if first_fits { fits } else { row }).as_bytes()).unwrap();
    let some = format!("{separator}{row}").repeat(rows.min(100));
    for _ in 0..rows / rows.min(100) {
        gzip.write_all(some.as_bytes()).unwrap();
    }
    gzip.write_all(close.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn members(many: usize) -> String {
    format!("{{{}}}", (0..many).map(|number| format!("\"m{number}\":1")).collect::<Vec<_>>().join(","))
}

/// The batches that cost most: by the row, the separator, and how many.
fn batches() -> Vec<(&'static str, Vec<u8>)> {
    let lines = |row: &str, bytes| ("application/x-ndjson", packed(true, row, "\n", bytes));
    let array = |row: &str, bytes| ("application/json", packed(true, row, ",", bytes));
    vec![
        lines("{}", 8 * MIB),
        lines("1", 8 * MIB),
        lines(&members(8), 6 * MIB),
        ("application/x-ndjson", packed(false, &members(60), "\n", 60 * MIB)),
        array(&members(60), 4 * MIB),
        array(&format!("[{}1]", "1,".repeat(60_000)), 16 * MIB),
        lines(&format!("{{\"{}\":1}}", "x".repeat(600)), 16 * MIB),
    ]
}

fn connect(client: &Client) -> TcpStream {
    let stream = TcpStream::connect(client.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    stream
}

fn head(client: &Client, line: &str, headers: &str) -> String {
    let token = client.token().unwrap();
    format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{headers}\r\n")
}

/// Sends a body and throws the answer away but for its status, and its length.
fn send(client: &Client, line: &str, headers: &str, body: &[u8]) -> (u16, usize) {
    let mut stream = connect(client);
    let head = head(client, line, &format!("{headers}Content-Length: {}\r\n", body.len()));
    // An early refusal may close the connection before all is sent.
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let (mut begin, mut some, mut length) = (Vec::new(), vec![0; 65536], 0);
    while let Ok(count @ 1..) = stream.read(&mut some) {
        length += count;
        if begin.len() < 12 {
            begin.extend_from_slice(&some[..count]);
        }
    }
    let status = String::from_utf8_lossy(begin.get(9..12).unwrap_or(b"0")).parse().unwrap_or_default();
    (status, length)
}

/// Begins something and leaves it: an answer that is not read, or a body that does not go on.
fn left_open(client: &Client, line: &str, headers: &str, body: &[u8]) -> TcpStream {
    let mut stream = connect(client);
    let _ = stream.write_all(&[head(client, line, headers).as_bytes(), body].concat());
    stream
}

fn clerk(root: &Client, name: &str, role: &str, agency: Option<&str>) -> Client {
    root.make_user(&bodies::user(name).with("role", role).with("agency", agency))
}

#[on_both_engines]
fn hostile_requests_together_take_no_more_memory_than_is_promised(place: Place) {
    prepare(&place);
    let serving = Serving::start(&place, &["--sample"]);
    let root = serving.root();
    let clerks = ["a", "b"].map(|name| clerk(&root, name, "editor", Some("H18.SKHCN")));
    let puller = clerk(&root, "c", "puller", None);
    let bystander = clerk(&root, "d", "editor", None);
    let pid = serving.pid();
    // Memory of the start is given back after a second.
    let mut idle = figure(pid, "VmRSS");
    for _ in 0..60 {
        std::thread::park_timeout(Duration::from_millis(50));
        idle = idle.min(figure(pid, "VmRSS"));
    }
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak is measured anew");
    let mut log = Vec::new();

    let batches = batches();
    for (kind, body) in &batches {
        let headers = |key: usize| {
            format!("Content-Type: {kind}\r\nContent-Encoding: gzip\r\nIdempotency-Key: {}-{key}\r\n", body.len())
        };
        let answers: Vec<_> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..8)
                .map(|number| {
                    let (client, headers) = (&clerks[number % 2], headers(number));
                    scope.spawn(move || send(client, &format!("POST {BATCH}"), &headers, body))
                })
                .collect();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        log.push(format!(
            "{kind}, {} bytes packed: {} MiB, {answers:?}",
            body.len(),
            (figure(pid, "VmHWM") - idle) >> 10
        ));
        assert!(answers.iter().all(|(status, _)| matches!(status, 207 | 422 | 503)), "{log:#?}");
    }

    let (slow, dripping) = (&clerks[0], vec![b'\n'; 6 * MIB]);
    let drips: Vec<_> = (0..16)
        .map(|_| {
            left_open(
                slow,
                &format!("POST {BATCH}"),
                "Content-Type: application/x-ndjson\r\nContent-Length: 60000000\r\n",
                &dripping,
            )
        })
        .collect();
    let streams: Vec<_> = (0..256)
        .map(|_| left_open(&puller, "GET /api/v1/changes?after=0", "Accept: text/event-stream\r\n", b""))
        .collect();
    let unread: Vec<_> = (0..200)
        .map(|number| left_open(&clerks[number % 2], "GET /api/v1/changes?after=0&limit=1000", "", b""))
        .collect();
    for (kind, body) in batches.iter().step_by(3) {
        let answer = send(
            &clerks[1],
            &format!("POST {BATCH}"),
            &format!("Content-Type: {kind}\r\nContent-Encoding: gzip\r\n"),
            body,
        );
        assert!(matches!(answer.0, 207 | 422 | 503), "{answer:?}");
    }
    log.push(format!("begun and left: {} MiB", (figure(pid, "VmHWM") - idle) >> 10));

    let values = format!("[{}1]", "1,".repeat(520_000));
    std::thread::scope(|scope| {
        for number in 0..32 {
            let (client, values) = (&clerks[number % 2], &values);
            let (line, more) = if number % 4 < 2 {
                ("POST /api/v1/courses", "Content-Type: application/json\r\n")
            } else {
                ("PATCH /api/v1/courses/KHONG", "Content-Type: application/json\r\nIf-Match: *\r\n")
            };
            scope.spawn(move || send(client, line, more, values.as_bytes()));
        }
    });
    log.push(format!("values: {} MiB", (figure(pid, "VmHWM") - idle) >> 10));
    let (inserted, peak) =
        (bystander.post("/api/v1/staff", &bodies::staff("NV-X", "H18.SKHCN", "2026-01-05")), figure(pid, "VmHWM"));
    log.push(format!("idle {} MiB, peak {} MiB above", idle >> 10, (peak - idle) >> 10));
    println!("{log:#?}");
    inserted.expect(201);
    assert!(peak - idle <= PROMISED, "{log:#?}");
    drop((drips, streams, unread));
    eventually("all is well", || (root.get("/api/v1/me").status == 200).then_some(()));
    assert_eq!(serving.terminate(), Some(0));
}
