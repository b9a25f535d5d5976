//! Shares of agencies: an agency gets no larger share for having more accounts.

use super::rights::Held;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::ScopedJoinHandle;
use support::bodies;
use support::waiting::eventually;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const STAFF: &str = "/api/v1/staff";

/// A request that a thread of its own sends.
type Work = Box<dyn Fn() -> Answer + Send + Sync>;

fn person(code: &str, agency: &str) -> Value {
    bodies::staff(code, agency, "2026-01-05")
}

fn clerks(world: &World, agency: &str, many: usize) -> Vec<Client> {
    (0..many).map(|_| world.server.user(Role::Editor, Some(agency))).collect()
}

/// The codes of people with a prefix, in the order in which they were created: that of their identities.
fn written(world: &World, prefix: &str) -> Vec<String> {
    let mut people = world.admin.get("/api/v1/staff?limit=1000").expect(200).items().clone();
    people.sort_by_key(|person| person["id"].as_i64());
    let codes = people.iter().filter_map(|person| person["code"].as_str());
    codes.filter(|code| code.starts_with(prefix)).map(str::to_owned).collect()
}

fn insert(client: &Client, code: String, agency: &'static str) -> Work {
    let client = client.clone();
    Box::new(move || client.post(STAFF, &person(&code, agency)))
}

fn batch(client: &Client, code: String, agency: &'static str) -> Work {
    let client = client.clone();
    Box::new(move || client.post(&format!("{STAFF}/batch?mode=partial"), &json!([person(&code, agency)])))
}

/// Sends some works after others while the writer cannot go on, each time until so many are queued, and awaits the
/// answers.
fn queued(world: &World, sent: &[(Vec<Work>, u64)]) {
    let writer = world.server.database().writer();
    let held = Held::begin(&world.server, |_| Ok(()));
    std::thread::scope(|scope| {
        let mut all: Vec<ScopedJoinHandle<'_, Answer>> = Vec::new();
        for (works, waiting) in sent {
            all.extend(works.iter().map(|work| scope.spawn(work)));
            eventually("all are queued", || (writer.waiting() == *waiting).then_some(()));
        }
        held.let_go();
        for answer in all {
            answer.join().unwrap().expect(201);
        }
    });
}

/// Sends a request without its last bytes, so many of them.
fn begun(client: &Client, path: &str, headers: &str, body: &[u8], withheld: usize) -> TcpStream {
    let mut stream = TcpStream::connect(client.url().strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\n{headers}\r\n",
        client.token().unwrap(),
        body.len()
    );
    // An early refusal may close the connection before all is sent.
    let _ = stream.write_all(&[head.as_bytes(), &body[..body.len() - withheld]].concat());
    stream
}

/// Sends a request and waits for its answer: the status, and all of it as text.
fn asked(client: &Client, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut answer = Vec::new();
    let _ = begun(client, path, headers, body, 0).read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    (text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default(), text)
}

/// A compressed batch of so many MiB of spaces; the checksum at its end is withheld.
fn unending(client: &Client, mib: usize) -> TcpStream {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    (0..mib).for_each(|_| gzip.write_all(&[b' '; 1 << 20]).unwrap());
    let headers = "Content-Type: application/x-ndjson\r\nContent-Encoding: gzip\r\n";
    begun(client, &format!("{STAFF}/batch?mode=partial"), headers, &gzip.finish().unwrap(), 8)
}

/// True when something has come back.
fn is_answered(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let came = stream.peek(&mut [0]).is_ok();
    stream.set_nonblocking(false).unwrap();
    came
}

#[on_both_engines]
fn memory_is_asked_for_by_every_body_and_is_an_accounts_an_agencys_and_everybodys(world: World) {
    let (crowd, one) = (clerks(&world, "H18.1", 2), clerks(&world, "H18.2", 1));
    // A body of one row, which takes 32 MiB: 64 bytes for each of its values.
    let values = format!("[{}1]", "1,".repeat(500_000));
    let ask =
        |client: &Client| asked(client, "/api/v1/courses", "Content-Type: application/json\r\n", values.as_bytes());
    let usual = ask(&crowd[0]).0;
    assert!(matches!(usual, 400 | 422), "{usual}");
    // The share of an account is 104 MiB, that of an agency 112.
    let begin = || unending(&crowd[0], 52);
    let mut bodies = [begin(), begin()];
    let is_refused = |(status, text): &(u16, String)| *status == 503 && text.contains("\"no_room\"");
    eventually("the share is used up", || {
        // A body that gave up, as it found no room beside the question, comes again.
        bodies.iter_mut().filter(|body| is_answered(body)).for_each(|body| *body = begin());
        is_refused(&ask(&crowd[0])).then_some(())
    });
    let colleague = ask(&crowd[1]);
    assert!(is_refused(&colleague), "{colleague:?}");
    assert_eq!(ask(&one[0]).0, usual, "another agency has room");
    crowd[1].post(STAFF, &person("NHO", "H18.1")).expect(201);
    drop(bodies);
    eventually("it is given back", || (ask(&crowd[0]).0 == usual).then_some(()));
    world.server.assert_verified();
}

#[on_both_engines]
fn single_writes_come_in_turn_by_agency_and_then_by_account(world: World) {
    for many in [1, 6] {
        let (crowd, one) = (clerks(&world, "H18.1", many), clerks(&world, "H18.2", 1));
        let theirs =
            (0..12).map(|number| insert(&crowd[number % many], format!("D{many}-D-{number}"), "H18.1")).collect();
        let ones = (0..3).map(|number| insert(&one[0], format!("D{many}-M-{number}"), "H18.2")).collect();
        queued(&world, &[(theirs, 12), (ones, 15)]);
        let order = written(&world, &format!("D{many}-"));
        let places: Vec<_> = (0..order.len()).filter(|place| order[*place].contains("-M-")).collect();
        assert_eq!((order.len(), places), (15, vec![1, 3, 5]), "{many}: {order:?}");
        let numbers = order.iter().filter_map(|code| code.strip_prefix(&format!("D{many}-D-")));
        let senders: Vec<_> = numbers.map(|number| number.parse::<usize>().unwrap() % many).collect();
        for round in senders.chunks(many) {
            assert_eq!(BTreeSet::from_iter(round).len(), many, "each account once: {senders:?}");
        }
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn who_stands_for_the_whole_province_has_turns_of_their_own(world: World) {
    let (crowd, roots) = (clerks(&world, "H18.1", 2), clerks(&world, "H18", 2));
    let everywhere = world.server.user(Role::Editor, None);
    let theirs = (0..4).map(|number| insert(&crowd[number % 2], format!("T-D-{number}"), "H18.1")).collect();
    let own = roots.iter().chain([&everywhere]).enumerate();
    let own = own.map(|(number, client)| insert(client, format!("T-G-{number}"), "H18")).collect();
    queued(&world, &[(theirs, 4), (own, 7)]);
    let order: Vec<_> = written(&world, "T-").iter().map(|code| code.contains("-G-")).collect();
    assert_eq!(order, [false, true, true, true, false, false, false]);
    world.server.assert_verified();
}

#[on_both_engines]
fn batches_of_an_agency_come_in_turn_with_anothers_and_have_half_of_the_places(world: World) {
    // Each account may have eight of the thirty-two places, and the agency sixteen.
    let (crowd, one) = (clerks(&world, "H18.1", 4), clerks(&world, "H18.2", 1));
    let theirs: Vec<_> = (0..32).map(|number| batch(&crowd[number % 4], format!("L-D-{number}"), "H18.1")).collect();
    let own = batch(&one[0], "L-M".to_owned(), "H18.2");
    let (writer, refused) = (world.server.database().writer(), AtomicU64::new(0));
    let held = Held::begin(&world.server, |_| Ok(()));
    std::thread::scope(|scope| {
        let all: Vec<_> = theirs
            .iter()
            .map(|work| {
                let refused = &refused;
                scope.spawn(move || {
                    let answer = work();
                    refused.fetch_add(u64::from(answer.status == 503), Ordering::SeqCst);
                    answer.status
                })
            })
            .collect();
        // Whoever finds no place is sent away after ten seconds; whoever has one waits for the writer.
        eventually("half of them find no place", || (refused.load(Ordering::SeqCst) == 16).then_some(()));
        assert_eq!(writer.waiting(), 16);
        let own = scope.spawn(own);
        eventually("the other agency finds one", || (writer.waiting() == 17).then_some(()));
        held.let_go();
        own.join().unwrap().expect(207);
        let written = all.into_iter().map(|one| one.join().unwrap()).filter(|status| *status == 207);
        assert_eq!(written.count(), 16);
    });
    let order = written(&world, "L-");
    assert_eq!(order.iter().position(|code| code == "L-M"), Some(1), "{order:?}");
    world.server.assert_verified();
}
