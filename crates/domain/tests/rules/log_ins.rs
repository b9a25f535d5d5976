//! Throttling of log-ins: somebody who guesses must wait, and nobody can make others wait where they are known.

use chrono::TimeDelta;
use proptest::prelude::*;
use thidua_domain::accounts::log_ins::{
    AttemptCounts, FAMILIAR, FORGOTTEN, TRIES, TRIES_FOR_A_NAME, TRIES_FROM_A_NETWORK, Tries,
};
use thidua_domain::time::Moment;

fn now() -> Moment {
    "2026-11-26T03:00:00Z".parse().expect("a moment")
}

fn ago(seconds: i64) -> Moment {
    now() - TimeDelta::seconds(seconds)
}

fn wrong(wrong: i64, seconds_ago: i64) -> Tries {
    Tries { wrong, last_at: ago(seconds_ago), familiar_at: None }
}

/// Seconds that somebody must wait now.
fn wait(standing: AttemptCounts) -> i64 {
    standing.closed_until(now()).map_or(0, |until| (until - now()).num_seconds())
}

#[test]
fn the_wait_doubles_from_half_a_minute_to_an_hour() {
    let waits: Vec<i64> =
        (4..16).map(|tries| wait(AttemptCounts { pair: wrong(tries, 0), ..AttemptCounts::default() })).collect();
    assert_eq!(waits, [0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
    assert_eq!(
        wait(AttemptCounts { pair: wrong(6, 50), ..AttemptCounts::default() }),
        10,
        "it is counted from the last try"
    );
    assert_eq!(wait(AttemptCounts { pair: wrong(i64::MAX, 0), ..AttemptCounts::default() }), 3600);
}

#[test]
fn a_name_and_a_network_have_longer_patience() {
    let name = |tries| wait(AttemptCounts { name: wrong(tries, 0), ..AttemptCounts::default() });
    assert_eq!((name(TRIES_FOR_A_NAME - 1), name(TRIES_FOR_A_NAME)), (0, 30));
    let network = |tries| wait(AttemptCounts { network: wrong(tries, 0), ..AttemptCounts::default() });
    assert_eq!((network(TRIES_FROM_A_NETWORK - 1), network(TRIES_FROM_A_NETWORK)), (0, 30));
}

fn tries() -> impl Strategy<Value = Tries> {
    (0_i64..10_000, 0_i64..100_000).prop_map(|(tries, seconds)| wrong(tries, seconds))
}

proptest! {
    #[test]
    fn strangers_cannot_lock_a_name_out_where_it_is_familiar(
        name in tries(), network in tries(), own in 0..TRIES, seconds in 0..FAMILIAR.num_seconds()
    ) {
        let pair = Tries { wrong: own, last_at: ago(0), familiar_at: Some(ago(seconds)) };
        prop_assert_eq!(wait(AttemptCounts { pair, name, network }), 0);
    }

    #[test]
    fn whoever_is_familiar_waits_for_own_wrong_tries_all_the_same(tries in TRIES..1000, seconds in 0_i64..100) {
        let pair = Tries { wrong: tries, last_at: ago(0), familiar_at: Some(ago(seconds)) };
        let waits = wait(AttemptCounts { pair, ..AttemptCounts::default() });
        prop_assert!(waits >= 30);
    }

    #[test]
    fn nobody_waits_longer_than_an_hour_or_for_what_is_forgotten(pair in tries(), name in tries(), network in tries()) {
        let waits = wait(AttemptCounts { pair, name, network });
        prop_assert!(waits <= 3600);
        let old = |tries: Tries| Tries { last_at: ago(FORGOTTEN.num_seconds()), ..tries };
        prop_assert_eq!(wait(AttemptCounts { pair: old(pair), name: old(name), network: old(network) }), 0);
    }

    #[test]
    fn one_wrong_try_more_never_shortens_the_wait(pair in tries(), name in tries(), network in tries()) {
        let before = wait(AttemptCounts { pair, name, network });
        let more = |tries: Tries| Tries { wrong: tries.wrong + 1, ..tries };
        let after = wait(AttemptCounts { pair: more(pair), name: more(name), network: more(network) });
        prop_assert!(after >= before);
    }
}
