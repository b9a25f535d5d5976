//! In the writer's queue: the loss of a right is committed together with what was queued after it.

use super::{FATES, Lock, Victim, assert_refused};
use crate::api::examples::{self, OwnSample};
use crate::contract::document::operations;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use support::waiting::eventually;
use support::{Answer, Client, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Operations that are sent with POST and change nothing.
const QUESTIONS: &[&str] = &["askWhatIf", "reconcileCells", "rehearseProvincialReport"];
/// Operations that hash passwords before they are queued: see `races.rs`.
const HASHING: &[&str] = &["changePassword", "prepareSecondFactor", "confirmSecondFactor", "removeSecondFactor"];
/// Batches that an account may have under way: one more waits for its place, and not in the queue.
const BATCHES: usize = 8;
/// Reads that are answered after their event is stored: path and media type.
const LETTING_OUT: &[(&str, &str)] = &[
    ("/api/v1/provincial-report?period=2026-10", "application/json"),
    ("/api/v1/changes", "application/x-ndjson"),
    ("/api/v1/changes", "text/event-stream"),
];

#[on_both_engines]
fn whoever_loses_rights_while_a_write_is_queued_is_refused(sample: OwnSample) {
    let server = &sample.0;
    let (admin, writer) = (server.admin(), server.database().writer());
    for (turn, fate) in FATES.into_iter().enumerate() {
        let victim = Victim::of(fate, server, &admin, Role::Admin, "H18.SKHCN");
        let batches: Vec<_> = operations().into_iter().filter(|(path, ..)| path.ends_with("/batch")).collect();
        // Others at each turn.
        let left_out: Vec<_> = batches.iter().cycle().skip(turn).take(batches.len() - BATCHES).collect();
        let mut works: Vec<(String, Box<dyn Fn() -> Answer + Sync + Send>)> = Vec::new();
        for (path, method, operation) in operations() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let writes = method != "GET" && !QUESTIONS.contains(&&*id) && !HASHING.contains(&&*id);
            let is_left_out = left_out.iter().any(|(other, ..)| *other == path);
            if writes && victim.may(&operation) && !is_left_out {
                let client = examples::with_headers(&victim.client, &operation);
                works.push((id, Box::new(move || examples::send(&client, &path, &method, &operation))));
            }
        }
        for (path, kind) in LETTING_OUT {
            let client = victim.client.clone().with("accept", kind);
            works.push(((*kind).to_owned(), Box::new(move || client.get(path))));
        }
        let lock = Lock::of(server);
        let answered = AtomicU64::new(0);
        let answers: Vec<(String, Answer)> = std::thread::scope(|scope| {
            // The writer begins with a write of somebody else, and cannot go on.
            let other = admin.clone();
            let other = scope.spawn(move || touch(&other));
            eventually("the writer has begun", || writer.busy());
            let befalls = scope.spawn(|| victim.meets(fate, &admin, "H18.SKHCN"));
            eventually("the loss is queued", || (writer.waiting() == 1).then_some(()));
            let sent: Vec<_> = works
                .iter()
                .map(|(id, work)| {
                    let answered = &answered;
                    scope.spawn(move || {
                        let answer = work();
                        answered.fetch_add(1, Ordering::SeqCst);
                        (id.clone(), answer)
                    })
                })
                .collect();
            let all = works.len() as u64;
            eventually("all are queued", || {
                (writer.waiting() - 1 + answered.load(Ordering::SeqCst) >= all).then_some(())
            });
            assert_eq!(answered.load(Ordering::SeqCst), 0, "{fate:?}: not queued");
            lock.let_go();
            other.join().unwrap();
            befalls.join().unwrap();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for (id, answer) in &answers {
            assert_refused(fate, id, answer.status, &answer.json);
        }
        let least = if fate.is_of_a_machine() { 36 } else { 70 };
        assert!(answers.len() >= least, "{fate:?}: {}", answers.len());
    }
    server.assert_verified();
}

/// A write of an administrator that changes something.
fn touch(admin: &Client) -> Value {
    let name = format!("Lần {}", super::COUNT.fetch_add(1, Ordering::Relaxed));
    admin.patch("/api/v1/users/admin", &serde_json::json!({"display_name": name})).expect(200).json
}
