//! Kills of the program while eight write, again and again: nothing it has answered is lost, done twice or half done.
//! `scripts/durability` does so many times over; the suite does it a few times.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};
use support::engines::Place;
use support::load::Load;
use support::on_both_engines;
use support::postgres::free_port;
use support::program::{Serving, make_root, make_sample, run};
use support::waiting::eventually;

/// Number of rounds in which something is killed.
pub(super) fn rounds() -> usize {
    std::env::var("THIDUA_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

/// A number below a bound, another one each time.
pub(super) fn random(bound: usize) -> usize {
    usize::try_from(RandomState::new().hash_one(0) % bound as u64).expect("a small number")
}

/// Makes the administrator `root` in the sample province.
pub(super) fn prepare(place: &Place) {
    make_sample(place);
    make_root(place);
}

/// Time from an instant until a server is ready.
pub(super) fn ready(serving: &Serving, since: Instant) -> Duration {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    eventually("the server is ready", || {
        agent.get(format!("{}/readyz", serving.url)).call().ok().filter(|answer| answer.status() == 200)
    });
    since.elapsed()
}

#[on_both_engines]
fn a_server_killed_under_load_loses_nothing_and_does_nothing_twice(place: Place) {
    prepare(&place);
    let port = free_port().unwrap();
    let mut serving = Serving::start_sample(&place, port);
    let root = serving.root();
    let load = Load::start(8, &[&serving.url], root.token().unwrap());
    let mut longest = Duration::ZERO;
    for _ in 0..rounds() {
        load.wait_for(random(60));
        let killed = Instant::now();
        drop(serving); // SIGKILL, without a word.
        serving = Serving::start_sample(&place, port);
        longest = longest.max(ready(&serving, killed));
    }
    let account = load.settle(&root);
    println!(
        "{} kills of the program on {}: {account}; ready again after {} ms at most",
        rounds(),
        if place.is_postgres() { "PostgreSQL" } else { "SQLite" },
        longest.as_millis()
    );
    assert!(account.is_clean(), "{account}");
    assert_eq!(serving.terminate(), Some(0));
    let verified = run(&place, &["verify"], "");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
