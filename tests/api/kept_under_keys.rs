//! Answers kept under idempotency keys: each stays until so many bytes came after it, in all or of the same account.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::engines::{Engine, FromEngine};
use support::{Answer, Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// A world whose server keeps 2 MiB of answers, so 128 KiB of one account.
struct Small(World);

const IN_ALL: usize = 2 << 20;
const OF_ONE: usize = IN_ALL / 16;

impl FromEngine for Small {
    fn on(engine: Engine) -> Option<Self> {
        Some(Self(World::furnish(Server::start_keeping(engine.place()?, 2))))
    }
}

/// Bytes that an answer counts for beside its body and the names of key and route.
const BESIDE: usize = 512;

const PATH: &str = "/api/v1/observations/batch?mode=create,partial";

/// Sends a figure of a month, which can be created once, with a number of rows that are refused.
fn send(client: &Client, key: &str, month: &str, refused: usize) -> Answer {
    let row = |numerator: Value| bodies::declared("CT3", "H18.1", month, 0, 4).with("numerator", numerator);
    let rows = std::iter::once(row(json!(3))).chain((0..refused).map(|_| row(json!("x"))));
    client.clone().with("idempotency-key", key).post(PATH, &rows.collect()).expect(207)
}

/// A month by number.
fn month(number: usize) -> String {
    format!("{}-{:02}", 2024 + number / 12, number % 12 + 1)
}

/// The bytes that an answer counts for.
fn bytes(answer: &Answer, key: &str) -> usize {
    answer.body.len() + key.len() + "POST /api/v1/observations/batch".len() + BESIDE
}

fn callers(world: &World, count: usize) -> Vec<Client> {
    (0..count).map(|_| world.server.machine(Role::Editor, None, &["read", "records.write"])).collect()
}

#[on_both_engines]
fn of_all_answers_kept_the_oldest_go_first_whoever_they_are_of(small: Small) {
    let world = &small.0;
    let clients = callers(world, 24);
    let mut kept = Vec::new();
    for (number, client) in clients.iter().enumerate() {
        let (key, month) = (format!("khoa-{number}"), month(number));
        let answer = send(client, &key, &month, 600);
        kept.push((client, bytes(&answer, &key), key, month, answer));
    }
    let is_within = |bytes: &usize| (OF_ONE / 2..OF_ONE).contains(bytes);
    assert!(
        kept.iter().all(|(_, bytes, ..)| is_within(bytes)),
        "{:?}",
        kept.iter().map(|one| one.1).collect::<Vec<_>>()
    );

    // From the last one back: what is asked again and still there is not kept anew.
    let mut after = 0;
    let (mut same, mut new) = (0, 0);
    for (client, bytes, key, month, first) in kept.iter().rev() {
        let again = send(client, key, month, 600);
        if after < IN_ALL {
            assert_eq!(again.body, first.body, "{key}, {after} bytes after it");
            same += 1;
        } else {
            // Done as new: but there is nothing left to create.
            assert_eq!((&first.json["created"], &again.json["created"]), (&json!(1), &json!(0)), "{key}");
            new += 1;
        }
        after += bytes;
    }
    assert!(same >= 20 && new >= 2, "{same} the same, {new} new");
    world.server.assert_verified();
}

#[on_both_engines]
fn whoever_has_much_kept_loses_ones_own_oldest_and_nobody_elses(small: Small) {
    let world = &small.0;
    let clients = callers(world, 2);
    let others = send(&clients[0], "khoa-0", &month(0), 600);
    let own: Vec<Answer> =
        (1..4).map(|number| send(&clients[1], &format!("khoa-{number}"), &month(number), 600)).collect();
    let after = |index: usize| own[index + 1..].iter().map(|answer| bytes(answer, "khoa-1")).sum::<usize>();
    assert!(after(0) >= OF_ONE && after(1) < OF_ONE, "{} {}", after(0), after(1));

    assert_eq!(send(&clients[0], "khoa-0", &month(0), 600).body, others.body);
    assert_eq!(send(&clients[1], "khoa-3", &month(3), 600).body, own[2].body);
    assert_eq!(send(&clients[1], "khoa-2", &month(2), 600).body, own[1].body);
    assert_eq!(send(&clients[1], "khoa-1", &month(1), 600).json["created"], json!(0));
    world.server.assert_verified();
}
