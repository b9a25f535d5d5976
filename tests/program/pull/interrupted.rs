//! Kills of a pull: it has stored whole pages, and goes on after them.

use super::copy::{Copy, assert_same};
use super::{log_in, pulled, sample};
use serde_json::json;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use support::bodies::{self, Members};
use support::engines::Place;
use support::program::pull;
use support::proxy::Proxy;
use support::{Client, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Number of kills.
const KILLS: usize = 14;

#[on_both_engines]
fn killed_at_random_points_under_writes_it_ends_with_exactly_the_servers_state(place: Place) {
    let serving = sample(&place);
    let root = log_in(&serving, "root");
    let proxy = Proxy::start(&serving.url);
    let copy = Copy::new();
    let mut chance = Chance::new();
    let done = AtomicBool::new(false);
    let mut positions = Vec::new();
    let written: usize = std::thread::scope(|scope| {
        let writers = [0, 1].map(|writer| {
            let (root, done) = (&root, &done);
            scope.spawn(move || write(root, writer, done))
        });
        let end = End(&done);
        for kill in 0..KILLS {
            let mut command = pull(&proxy.url, &copy.path, root.token());
            command.args(["--limit", "50"]).stdout(Stdio::null()).stderr(Stdio::null());
            // In the middle of an answer, or in the middle of a commit.
            if kill % 2 == 0 {
                let point = proxy.bytes() + chance.below(200_000);
                kill_when(&mut command, || proxy.bytes() >= point);
            } else {
                let (size, limit) = (copy.written_ahead(), proxy.bytes() + 1_000_000);
                let point = chance.below(400_000) as u64;
                kill_when(&mut command, || copy.written_ahead().abs_diff(size) >= point || proxy.bytes() > limit);
            }
            positions.push(copy.position());
        }
        drop(end);
        writers.map(|writer| writer.join().unwrap()).iter().sum()
    });
    assert!(positions.is_sorted() && positions[0] < positions[KILLS - 1], "{positions:?}");
    assert!(written > 0, "nothing was written meanwhile");
    pulled(&mut pull(&serving.url, &copy.path, root.token()));
    assert_same(&copy, &root, &place.open(), Role::Admin);
}

/// Starts a program and kills it once a fact is there.
fn kill_when(command: &mut Command, fact: impl Fn() -> bool) {
    let mut child = command.spawn().unwrap();
    while !fact() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended by itself");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Writes, changes and deletes until told to stop; how many writes came through.
fn write(root: &Client, writer: usize, done: &AtomicBool) -> usize {
    let mut written = 0;
    let mut count = |status: u16| written += usize::from(status < 300);
    for number in 1.. {
        if done.load(Ordering::SeqCst) {
            break;
        }
        let code = format!("K-{writer}-{number}");
        let course = bodies::course(&code, "H18.SKHCN").with("kind", "basic_digital_skills");
        count(root.post("/api/v1/courses", &course).expect(201).status);
        // The training of a person who had left the roll by then is refused.
        let person = format!("NV-{:04}", writer * 260 + number % 260 + 1);
        let training = bodies::training(&person, &code, "2026-11-02");
        let trained = root.post("/api/v1/training-records", &training);
        count(trained.status);
        if number % 3 == 0 && trained.status == 201 {
            count(root.delete(&format!("/api/v1/training-records/{}", trained.id())).expect(204).status);
        } else if number % 3 == 1 {
            count(root.patch(&format!("/api/v1/courses/{code}"), &json!({"hours": 2})).expect(200).status);
        }
    }
    written
}

/// A guard that sets the flag when it is dropped, also when a test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Random numbers; the seed is printed, so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        // Knuth's linear congruential generator; its upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
