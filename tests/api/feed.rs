//! The change log as a feed: nothing is missing, nothing is out of order, and nobody sees too much.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use support::bodies;
use support::digests::{self, hexadecimal};
use support::engines::Place;
use support::program::{Serving, make_root, make_sample};
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn a_walk_gives_every_change_once_in_order_and_its_chain_can_be_computed_again(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    let observation = world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let path = format!("/api/v1/observations/{}", observation["id"]);
    world.admin.clone().with("change-reason", "Rà soát \"quý\"").patch(&path, &json!({"numerator": 2})).expect(200);
    world.admin.delete(&path).expect(204);
    let changes = walk(&world.admin, 7);
    let seqs: Vec<_> = changes.iter().map(|change| change["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=world.server.database().model().seq).collect::<Vec<_>>());
    let mut previous = "0".repeat(64);
    for change in &changes {
        assert_eq!(change["sight"], "whole");
        assert_eq!(change["form"], 2);
        assert_eq!(change["hash"], hash(&previous, change), "{change}");
        previous = change["hash"].as_str().unwrap().to_owned();
    }
    let nonces: BTreeSet<_> = changes.iter().map(|change| change["nonce"].as_str().unwrap()).collect();
    assert_eq!(nonces.len(), changes.len(), "each has its own");
    let last = changes.last().unwrap();
    assert_eq!((&last["operation"], &last["id"]), (&json!("delete"), &observation["id"]), "a tombstone");
    assert!(last["after"].is_null() && last["before"].as_str().unwrap().contains("\"numerator\":2"));
    assert_eq!(changes[changes.len() - 2]["reason"], "Rà soát \"quý\"");
}

#[on_both_engines]
fn the_digest_of_a_page_covers_its_changes_and_their_cells(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    let page = world.admin.get("/api/v1/changes?limit=1000").expect(200).json;
    assert!(page["items"].as_array().unwrap().iter().any(|change| !change["cells"].as_array().unwrap().is_empty()));
    assert_eq!(page["digest"], digest(&page));
    assert_eq!((&page["after"], &page["last"], &page["head"]), (&json!(0), &page["head"], &page["last"]));
    let end = world.admin.get(&format!("/api/v1/changes?after={}", page["last"])).expect(200).json;
    assert_eq!(
        (&end["items"], &end["previous_hash"]),
        (&json!([]), &page["items"].as_array().unwrap().last().unwrap()["hash"])
    );
}

#[on_both_engines]
fn the_last_values_of_the_cells_are_the_figures(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    world.person("NV-2", "H18.1", "2026-01-05");
    world.course("KN-1");
    world.trained("NV-1", "KN-1", "2026-03-02");
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let machine = world.server.user(Role::Puller, None);
    let mut cells = BTreeMap::new();
    for change in walk(&machine, 100) {
        for cell in change["cells"].as_array().unwrap() {
            let key = ["indicator", "agency", "calendar", "month"].map(|name| cell[name].to_string());
            cells.insert(key, cell.clone());
        }
    }
    let known: BTreeMap<_, _> = world
        .server
        .database()
        .model()
        .cells
        .iter()
        .map(|(key, cell)| {
            (
                [
                    key.indicator.to_string(),
                    key.agency.to_string(),
                    key.calendar.to_string(),
                    format!("\"{}\"", key.month),
                ],
                (cell.numerator, cell.denominator, cell.reports),
            )
        })
        .collect();
    let told: BTreeMap<_, _> = cells
        .into_iter()
        .map(|(key, cell)| {
            (
                key,
                (
                    cell["numerator"].as_i64().unwrap(),
                    cell["denominator"].as_i64().unwrap(),
                    cell["reports"].as_i64().unwrap(),
                ),
            )
        })
        .filter(|(_, value)| *value != (0, 0, 0))
        .collect();
    assert!(!known.is_empty());
    assert_eq!(told, known);
}

#[on_both_engines]
fn what_a_reader_must_not_see_is_a_numbered_blank(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    world.person("NV-2", "H18.2", "2026-01-05");
    world.declare("CT3", "H18.2", "2026-10", 1, 2);
    world.admin.post("/api/v1/staff/NV-1/transfers", &json!({"agency": "H18.2", "on": "2026-06-01"})).expect(200);
    let whole = walk(&world.admin, 1000);
    let commune = world.server.user(Role::Editor, Some("H18.1"));
    let machine = world.server.user(Role::Puller, None);
    for (reader, records) in [(&commune, true), (&machine, false)] {
        let seen = walk(reader, 1000);
        let mut sights = BTreeMap::new();
        for (own, all) in seen.iter().zip(&whole) {
            assert_eq!((&own["seq"], &own["form"], &own["hash"]), (&all["seq"], &all["form"], &all["hash"]));
            let sight = own["sight"].as_str().unwrap();
            *sights.entry((all["resource"].as_str().unwrap(), sight)).or_insert(0) += 1;
            match sight {
                "whole" => assert_eq!((&own["after"], &own["nonce"]), (&all["after"], &all["nonce"])),
                "gone" => assert_eq!(
                    (members(own), &own["id"]),
                    (vec!["cells", "form", "hash", "id", "resource", "seq", "sight"], &all["id"])
                ),
                _ => assert_eq!(members(own), ["cells", "form", "hash", "seq", "sight"]),
            }
        }
        let of = |resource, sight| sights.get(&(resource, sight)).copied().unwrap_or(0);
        assert_eq!((of("users", "hidden"), of("users", "whole")), (1, 0));
        assert!(of("indicators", "whole") == 7 && of("calendars", "whole") == 2);
        if records {
            assert_eq!((of("staff", "whole"), of("staff", "gone"), of("staff", "hidden")), (1, 1, 1));
            assert_eq!(of("observations", "hidden"), 1);
            assert_eq!((of("agencies", "whole"), of("agencies", "hidden")), (1, 5));
            let agency = world.admin.get("/api/v1/agencies/H18.1").expect(200).id();
            assert!(
                seen.iter().flat_map(|change| change["cells"].as_array().unwrap()).all(|cell| cell["agency"] == agency)
            );
        } else {
            assert_eq!((of("staff", "whole"), of("staff", "hidden"), of("observations", "hidden")), (0, 3, 1));
        }
    }
}

#[on_both_engines]
fn a_reader_that_waits_is_answered_by_the_next_change(world: World) {
    let seq = world.server.database().model().seq;
    let early = world.admin.get(&format!("/api/v1/changes?after={seq}&wait=1")).expect(200).json;
    assert_eq!(early["items"], json!([]));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| world.admin.get(&format!("/api/v1/changes?after={seq}&wait=30")).expect(200).json);
        world.declare("CT3", "H18.1", "2026-10", 1, 2);
        let answer = waiting.join().unwrap();
        assert_eq!((&answer["last"], answer["items"].as_array().unwrap().len()), (&json!(seq + 1), 1));
    });
    world.admin.get("/api/v1/changes?wait=31").expect(422);
    // Somebody has read more than there is: the log has been cut.
    let errors = world.admin.get(&format!("/api/v1/changes?after={}", seq + 2)).expect(422).errors();
    assert_eq!(errors.get("/after").map(String::as_str), Some("unknown_seq"));
}

#[on_both_engines]
fn a_reader_that_waits_is_answered_at_once_when_the_server_is_about_to_stop(world: World) {
    let seq = world.server.database().model().seq;
    let began = std::time::Instant::now();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| world.admin.get(&format!("/api/v1/changes?after={seq}&wait=30")).expect(200).json);
        world.server.store().stop();
        assert_eq!(waiting.join().unwrap()["items"], json!([]));
    });
    assert!(began.elapsed().as_secs() < 20, "it was not the wait that ended");
}

#[on_both_engines]
fn as_lines_all_of_it_comes_in_one_answer(world: World) {
    for number in 0..30 {
        world.person(&format!("NV-{number}"), "H18.1", "2026-01-05");
    }
    let lines = world.admin.clone().with("accept", "application/x-ndjson").get("/api/v1/changes?after=3").expect(200);
    assert_eq!(lines.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = lines
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines, walk(&world.admin, 1000).split_off(3));
}

#[on_both_engines]
fn as_events_they_come_as_they_are_made_and_go_on_where_they_broke_off(world: World) {
    let seq = world.server.database().model().seq;
    let events = |after: i64, header: bool| {
        let query = if header { String::new() } else { format!("?after={after}") };
        let mut request = ureq::get(format!("{}/api/v1/changes{query}", world.server.url()))
            .header("authorization", format!("Bearer {}", world.admin.token().unwrap()))
            .header("accept", "text/event-stream");
        if header {
            request = request.header("last-event-id", after.to_string());
        }
        BufReader::new(request.call().unwrap().into_body().into_reader())
    };
    let mut stream = events(seq, false);
    let first = world.declare("CT3", "H18.1", "2026-10", 1, 2);
    assert_eq!(next_event(&mut stream), (seq + 1, first["id"].as_i64().unwrap()));
    let second = world.declare("CT3", "H18.2", "2026-10", 1, 2);
    assert_eq!(next_event(&mut stream), (seq + 2, second["id"].as_i64().unwrap()));
    drop(stream);
    let mut again = events(seq + 1, true);
    assert_eq!(next_event(&mut again), (seq + 2, second["id"].as_i64().unwrap()));
}

#[on_both_engines]
fn with_two_programs_writing_and_some_writes_refused_every_reader_sees_one_order_without_gaps(place: Place) {
    make_sample(&place);
    make_root(&place);
    let programs = [Serving::start(&place, &[]), Serving::start(&place, &[])];
    let token = programs[0].root().token().map(str::to_owned);
    let clients: Vec<_> = programs.iter().map(|program| Client::new(program.url.clone(), token.clone())).collect();
    let begin = clients[0].get("/api/v1/changes?limit=1").expect(200).json["head"].as_i64().unwrap();
    let done = AtomicBool::new(false);
    let (mut written, mut seen) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let readers: Vec<_> = clients.iter().map(|client| scope.spawn(|| follow(client, begin, &done))).collect();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let client = &clients[writer % 2];
                scope.spawn(move || {
                    (0..25)
                        .filter_map(|number| {
                            // Every third is refused: its code is taken.
                            let code =
                                if number % 3 == 2 { "KNS-2026-99".to_owned() } else { format!("K-{writer}-{number}") };
                            let course = bodies::course(&code, "H18.SKHCN");
                            let answer = client.post("/api/v1/courses", &course);
                            assert_eq!(answer.status, if number % 3 == 2 { 409 } else { 201 }, "{}", answer.json);
                            answer.json["id"].as_i64()
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for writer in writers {
            written.extend(writer.join().unwrap());
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            seen.push(reader.join().unwrap());
        }
    });
    written.sort_unstable();
    assert_eq!(written, (begin + 1..=begin + i64::try_from(written.len()).unwrap()).collect::<Vec<_>>());
    for seen in seen {
        assert_eq!(seen, written, "in order, without gaps, each once");
    }
}

/// Reads what comes until nothing more does after the last write; the positions in the order they came.
fn follow(client: &Client, begin: i64, done: &AtomicBool) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut after = begin;
    loop {
        let last_look = done.load(Ordering::SeqCst);
        let page = client.get(&format!("/api/v1/changes?after={after}&limit=5&wait=1")).expect(200).json;
        seen.extend(page["items"].as_array().unwrap().iter().map(|change| change["seq"].as_i64().unwrap()));
        after = page["last"].as_i64().unwrap();
        if last_look && page["items"] == json!([]) {
            return seen;
        }
    }
}

fn walk(client: &Client, limit: usize) -> Vec<Value> {
    let mut changes = Vec::new();
    let mut after = json!(0);
    loop {
        let page = client.get(&format!("/api/v1/changes?after={after}&limit={limit}")).expect(200).json;
        assert_eq!(page["digest"], digest(&page));
        changes.extend(page["items"].as_array().unwrap().iter().cloned());
        after = page["last"].clone();
        if page["last"] == page["head"] {
            return changes;
        }
    }
}

/// The hash of a change as the contract describes it.
fn hash(previous: &str, change: &Value) -> String {
    let members = json!([
        previous,
        change["seq"],
        change["at_micros"],
        change["actor"]["kind"],
        change["actor"]["id"],
        change["resource"],
        change["id"],
        change["operation"],
        change["before"],
        change["after"],
        change["reason"]
    ]);
    let hashed = json!([2, change["nonce"], members]);
    hexadecimal(hashed.to_string().as_bytes())
}

fn members(change: &Value) -> Vec<&str> {
    change.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The digest of a page as the contract describes it.
fn digest(page: &Value) -> String {
    let mut lines = String::new();
    for change in page["items"].as_array().unwrap() {
        lines += &format!("{} {}\n", change["seq"], change["hash"].as_str().unwrap());
        lines += &digests::lines(&change["cells"]);
    }
    hexadecimal(lines.as_bytes())
}

/// The position and the row's identity of the next event.
fn next_event(stream: &mut BufReader<impl Read>) -> (i64, i64) {
    let mut id = None;
    for line in stream.lines() {
        let line = line.unwrap();
        if let Some(text) = line.strip_prefix("id: ") {
            id = Some(text.parse().unwrap());
        } else if let Some(data) = line.strip_prefix("data: ") {
            let change: Value = serde_json::from_str(data).unwrap();
            return (id.expect("the id comes first"), change["id"].as_i64().unwrap());
        }
    }
    panic!("the stream ended");
}
