//! Repeated refusals of one caller are counted, not stored one by one.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use support::waiting::eventually;
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_domain::log::changes::{Actor, ActorKind};
use thidua_domain::log::events::{Event, EventKind};
use thidua_http::store::repeats::{MOST_KEYS, Repeats};

/// User, operation and number of times, for each event of a kind.
fn told(world: &World, kind: &str) -> Vec<(Value, Value, i64)> {
    let events = world.admin.get(&format!("/api/v1/audit/events?kind={kind}&limit=1000")).expect(200);
    let what =
        |event: &Value| (event["username"].clone(), event["operation"].clone(), event["times"].as_i64().unwrap());
    events.items().iter().map(what).collect()
}

/// Waits for some events of a kind: the server stores them a moment after its answer.
fn once_told(world: &World, kind: &str, count: usize) -> Vec<(Value, Value, i64)> {
    eventually("the events are noted", || Some(told(world, kind)).filter(|told| told.len() >= count))
}

fn name(client: &Client) -> Value {
    client.get("/api/v1/me").expect(200).json["username"].clone()
}

fn in_an_hour() -> chrono::DateTime<Utc> {
    Utc::now() + TimeDelta::hours(1)
}

#[on_both_engines]
fn what_a_caller_is_refused_again_and_again_is_one_event_and_another_with_the_count(world: World) {
    let store = world.server.store();
    let [one, other] = [(); 2].map(|()| world.server.user(Role::Viewer, None));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..5).for_each(|_| {
                    one.get("/api/v1/users").refused(403, "forbidden");
                })
            });
        }
    });
    one.get("/api/v1/clients").refused(403, "forbidden");
    other.get("/api/v1/users").refused(403, "forbidden");
    let (one_is, other_is) = (name(&one), name(&other));
    let at_once = [
        (one_is.clone(), json!("listUsers"), 1),
        (one_is.clone(), json!("listClients"), 1),
        (other_is, json!("listUsers"), 1),
    ];
    assert_eq!(once_told(&world, "refused", 3), at_once);
    store.tell_repeats(Utc::now());
    world.admin.patch("/api/v1/agencies/H18.1", &json!({})).expect(200);
    assert_eq!(told(&world, "refused"), at_once, "the hour is not over");

    store.tell_repeats(in_an_hour());
    let counted = (one_is.clone(), json!("listUsers"), 19);
    assert_eq!(once_told(&world, "refused", 4), [&at_once[..], std::slice::from_ref(&counted)].concat());
    store.tell_repeats(in_an_hour());
    // The next one begins another hour.
    one.get("/api/v1/users").refused(403, "forbidden");
    let all = once_told(&world, "refused", 5);
    assert_eq!(all[3..], [counted, (one_is, json!("listUsers"), 1)]);
    world.server.assert_verified();
}

#[on_both_engines]
fn wrong_passwords_are_counted_too_and_a_right_one_never(world: World) {
    let user = world.server.user(Role::Viewer, None);
    let username = name(&user);
    let log_in = |password: &str| {
        let body = json!({"username": username, "password": password});
        world.server.anonymous().post("/api/v1/auth/login", &body)
    };
    for _ in 0..3 {
        log_in("khong-phai-mat-khau").refused(401, "wrong_credentials");
    }
    for _ in 0..2 {
        log_in(support::server::PASSWORD).expect(200);
    }
    assert_eq!(told(&world, "log_in_refused"), [(username.clone(), json!("logIn"), 1)]);
    world.server.store().tell_repeats(in_an_hour());
    assert_eq!(
        once_told(&world, "log_in_refused", 2),
        [(username.clone(), json!("logIn"), 1), (username.clone(), json!("logIn"), 2)]
    );
    let came_in = told(&world, "log_in").into_iter().filter(|(who, ..)| *who == username);
    assert_eq!(came_in.map(|(.., times)| times).collect::<Vec<_>>(), [1, 1, 1]);
    world.server.assert_verified();
}

/// The event of a refused caller.
fn refused(account: i64, address: &str, kind: EventKind) -> Event {
    let (operation, address) = ("logIn".to_owned(), Some(address.to_owned()));
    let actor = Actor { kind: ActorKind::Person, id: account };
    Event { at: 0, kind, actor, address, operation, subjects: Vec::new(), detail: None, reason: None, times: 1 }
}

#[test]
fn many_names_and_addresses_fill_no_table_and_hide_nothing_of_another_kind() {
    let (repeats, now) = (Repeats::default(), Utc::now());
    let tries = 3 * MOST_KEYS as i64;
    let take = |event: Event| repeats.take(event, now).len();
    let stored: usize = (0..tries).map(|number| take(refused(number, "10.0.0.1", EventKind::LogInRefused))).sum();
    assert_eq!(stored, MOST_KEYS + 1, "each a matter of its own, and then all others together");
    let stored: usize = (0..tries).map(|number| take(refused(number, "10.0.0.1", EventKind::LogInRefused))).sum();
    assert_eq!(stored, 0);
    assert_eq!(take(refused(1, "10.0.0.1", EventKind::Refused)), 1);
    let over = repeats.over(now + TimeDelta::hours(1));
    assert_eq!(over.len(), MOST_KEYS + 1);
    // Of two tries of each of the first the second is counted; of all others together the first was told at once.
    assert_eq!(over.iter().map(|event| event.times).sum::<i64>(), 2 * tries - stored_at_once());
    assert!(repeats.all(now).is_empty(), "nothing is kept of hours that are over");
}

fn stored_at_once() -> i64 {
    MOST_KEYS as i64 + 1
}

#[test]
fn a_network_of_many_addresses_is_one_matter() {
    let (repeats, now) = (Repeats::default(), Utc::now());
    let of = |address: &str| repeats.take(refused(1, address, EventKind::Refused), now).len();
    assert_eq!(
        [of("2001:db8::1"), of("2001:db8::2"), of("2001:db8:0:1::1"), of("10.0.0.1"), of("10.0.0.2")],
        [1, 0, 1, 1, 1]
    );
}
