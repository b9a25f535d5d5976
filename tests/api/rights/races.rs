//! Races for credentials: a decision about a credential holds for the one that is stored, not for the one that was
//! read.

use crate::database::fixture::Tables;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};
use support::server::{PASSWORD, create_user};
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::crypto::totp;

/// Tries of each race; hundreds by hand, when something here is changed.
const TRIES: usize = 12;
const OTHER: &str = "mot-mat-khau-khac-han";
const OF_THE_ADMINISTRATOR: &str = "quan-tri-vien-cho-lai";

/// Does two things at once, the second after a random delay between nothing and some time.
pub(super) fn race<A: Send, B: Send>(
    within: Duration,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    let micros = u64::try_from(within.as_micros()).unwrap().max(1);
    let later = Duration::from_micros(RandomState::new().build_hasher().finish() % micros);
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let began = Instant::now();
        while let Some(left) = later.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
            std::thread::park_timeout(left);
        }
        let second = second();
        (first.join().unwrap(), second)
    })
}

/// A user with a password.
pub(super) struct Somebody {
    username: String,
    client: Client,
}

impl Somebody {
    pub(super) fn new(world: &World) -> Self {
        let number = super::COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let username = format!("dua-{number}");
        create_user(world.server.database(), &username, Role::Editor);
        let client = world.server.login(&username, PASSWORD);
        Self { username, client }
    }

    pub(super) fn path(&self) -> String {
        format!("/api/v1/users/{}", self.username)
    }

    /// The secret of an invitation.
    fn invite(&self, world: &World) -> Value {
        let path = format!("{}/invitation", self.path());
        world.admin.send("POST", &path, None, b"").expect(200).json["secret"].clone()
    }

    pub(super) fn change_password(&self, old: &str, new: &str) -> Answer {
        self.client.post("/api/v1/auth/password", &json!({"old_password": old, "new_password": new}))
    }

    pub(super) fn log_in(&self, world: &World, password: &str, code: Option<&str>) -> Answer {
        let mut credentials = json!({"username": self.username, "password": password});
        if let Some(code) = code {
            credentials["code"] = json!(code);
        }
        world.server.anonymous().post("/api/v1/auth/login", &credentials)
    }

    /// Prepares a second factor and gives its key.
    pub(super) fn prepare(&self) -> Vec<u8> {
        let prepared = self.client.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})).expect(200);
        BASE32_NOPAD.decode(prepared.json["secret"].as_str().unwrap().as_bytes()).unwrap()
    }

    pub(super) fn confirm(&self, key: &[u8]) -> Answer {
        self.client.post("/api/v1/auth/second-factor/confirmation", &json!({"code": code(key, -1)}))
    }
}

/// The code that an app shows, a number of half minutes from now.
pub(super) fn code(key: &[u8], later: i64) -> String {
    totp::code(key, totp::step(chrono::Utc::now().timestamp()) + later)
}

/// Time that a change of a password takes without a rival.
fn changing(world: &World) -> Duration {
    let somebody = Somebody::new(world);
    let began = Instant::now();
    somebody.change_password(PASSWORD, OTHER).expect(204);
    began.elapsed()
}

#[on_both_engines]
fn changing_ones_password_undoes_nothing_that_an_administrator_does_meanwhile(world: World) {
    let within = changing(&world);
    for (member, value) in [("disabled", json!(true)), ("role", json!("viewer")), ("agency", json!("H18.1"))] {
        for _ in 0..TRIES / 3 {
            let somebody = Somebody::new(&world);
            let patch = json!({member: value});
            let (own, _) = race(
                within,
                || somebody.change_password(PASSWORD, OTHER),
                || world.admin.patch(&somebody.path(), &patch).expect(200),
            );
            assert!(matches!(own.status, 204 | 401 | 403), "{}: {}", own.status, own.json);
            assert_eq!(world.admin.get(&somebody.path()).expect(200).json[member], value, "own: {}", own.status);
        }
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn the_password_that_an_administrator_sets_counts_whatever_its_owner_does_meanwhile(world: World) {
    let within = changing(&world);
    for _ in 0..TRIES {
        let somebody = Somebody::new(&world);
        let patch = json!({"password": OF_THE_ADMINISTRATOR});
        let (own, _) = race(
            within,
            || somebody.change_password(PASSWORD, OTHER),
            || world.admin.patch(&somebody.path(), &patch).expect(200),
        );
        somebody.log_in(&world, OTHER, None).refused(401, "wrong_credentials");
        somebody.log_in(&world, OF_THE_ADMINISTRATOR, None).expect(200);
        assert!(matches!(own.status, 204 | 401), "{}: {}", own.status, own.json);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_hash_that_is_made_again_brings_no_old_password_back(world: World) {
    let mut tables = Tables::of(world.server.place());
    let argon2 = argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        argon2::Params::new(8 * 1024, 1, 1, None).unwrap(),
    );
    let weak = argon2::password_hash::PasswordHasher::hash_password(&argon2, PASSWORD.as_bytes()).unwrap().to_string();
    let within = changing(&world) / 2;
    for _ in 0..TRIES {
        let somebody = Somebody::new(&world);
        tables.execute(&format!("UPDATE users SET password_hash = '{weak}' WHERE username = '{}'", somebody.username));
        let patch = json!({"password": OF_THE_ADMINISTRATOR});
        let (_, came_in) = race(
            within,
            || world.admin.patch(&somebody.path(), &patch).expect(200),
            || somebody.log_in(&world, PASSWORD, None),
        );
        assert!(matches!(came_in.status, 200 | 401), "{}: {}", came_in.status, came_in.json);
        somebody.log_in(&world, PASSWORD, None).refused(401, "wrong_credentials");
        somebody.log_in(&world, OF_THE_ADMINISTRATOR, None).expect(200);
    }
}

#[on_both_engines]
fn an_invitation_is_accepted_once_however_many_accept_at_once(world: World) {
    let within = changing(&world);
    for _ in 0..TRIES {
        let somebody = Somebody::new(&world);
        let secret = somebody.invite(&world);
        let accept = |password: &str| {
            let acceptance = json!({"secret": secret, "password": password});
            world.server.anonymous().post("/api/v1/invitations/accept", &acceptance)
        };
        let (one, other) = race(within, || accept(OTHER), || accept(OF_THE_ADMINISTRATOR));
        let (right, wrong) = match (one.status, other.status) {
            (204, 409) => (OTHER, OF_THE_ADMINISTRATOR),
            (409, 204) => (OF_THE_ADMINISTRATOR, OTHER),
            statuses => panic!("{statuses:?}: {} {}", one.json, other.json),
        };
        somebody.log_in(&world, wrong, None).refused(401, "wrong_credentials");
        somebody.log_in(&world, right, None).expect(200);
        somebody.log_in(&world, PASSWORD, None).refused(401, "wrong_credentials");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn an_invitation_sets_no_password_after_the_answer_that_says_it_is_void(world: World) {
    let within = changing(&world);
    for _ in 0..TRIES / 2 {
        let somebody = Somebody::new(&world);
        let secret = somebody.invite(&world);
        let acceptance = json!({"secret": secret, "password": OTHER});
        let patch = json!({"password": OF_THE_ADMINISTRATOR});
        let (accepted, _) = race(
            within,
            || world.server.anonymous().post("/api/v1/invitations/accept", &acceptance),
            || world.admin.patch(&somebody.path(), &patch).expect(200),
        );
        assert!(matches!(accepted.status, 204 | 409), "{}: {}", accepted.status, accepted.json);
        somebody.log_in(&world, OTHER, None).refused(401, "wrong_credentials");
        somebody.log_in(&world, OF_THE_ADMINISTRATOR, None).expect(200);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn one_code_confirms_a_second_factor_once(world: World) {
    for _ in 0..TRIES / 4 {
        let somebody = Somebody::new(&world);
        let key = somebody.prepare();
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..6).map(|_| scope.spawn(|| somebody.confirm(&key))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let confirmed: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(confirmed.len(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.clone().refused(409, "second_factor_off");
        }
        let kept: Vec<Value> = confirmed[0].json["codes"].as_array().unwrap().clone();
        let mut tables = Tables::of(world.server.place());
        let owner = format!("account_id = (SELECT id FROM users WHERE username = '{}')", somebody.username);
        assert_eq!(tables.count(&format!("recovery_codes WHERE {owner}")), kept.len() as i64);
    }
}

#[on_both_engines]
fn a_code_confirms_the_key_that_has_shown_it_and_no_other(world: World) {
    for _ in 0..TRIES {
        let somebody = Somebody::new(&world);
        let began = Instant::now();
        let key = somebody.prepare();
        let (anew, confirmed) = race(
            began.elapsed(),
            || somebody.client.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})),
            || somebody.confirm(&key),
        );
        match (anew.status, confirmed.status) {
            // Another key is there, which nobody has confirmed.
            (200, 409 | 422) => {
                somebody.log_in(&world, PASSWORD, None).expect(200);
            }
            (409, 200) => {
                somebody.log_in(&world, PASSWORD, Some(&code(&key, 1))).expect(200);
            }
            other => panic!("{other:?}: {} {}", anew.json, confirmed.json),
        }
    }
}

#[on_both_engines]
fn a_key_that_is_prepared_while_a_new_password_is_set_is_none_of_the_new_ones(world: World) {
    let within = changing(&world);
    for _ in 0..TRIES {
        let somebody = Somebody::new(&world);
        let patch = json!({"password": OF_THE_ADMINISTRATOR});
        let (prepared, _) = race(
            within,
            || somebody.client.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})),
            || world.admin.patch(&somebody.path(), &patch).expect(200),
        );
        assert!(matches!(prepared.status, 200 | 401 | 422), "{}: {}", prepared.status, prepared.json);
        let owner = format!("account_id = (SELECT id FROM users WHERE username = '{}')", somebody.username);
        let kept = Tables::of(world.server.place()).count(&format!("second_factors WHERE {owner}"));
        assert_eq!(kept, 0, "prepared: {}", prepared.status);
        somebody.log_in(&world, OF_THE_ADMINISTRATOR, None).expect(200);
    }
}

#[on_both_engines]
fn of_two_keys_that_are_prepared_at_once_one_is_confirmed(world: World) {
    for _ in 0..TRIES / 2 {
        let somebody = Somebody::new(&world);
        let began = Instant::now();
        somebody.prepare();
        let (one, other) = race(began.elapsed(), || somebody.prepare(), || somebody.prepare());
        let confirmed = [&one, &other].map(|key| somebody.confirm(key).status == 200);
        assert_ne!(confirmed[0], confirmed[1], "the one that is stored, and no other");
        let key = if confirmed[0] { &one } else { &other };
        somebody.log_in(&world, PASSWORD, Some(&code(key, 1))).expect(200);
    }
}

#[on_both_engines]
fn no_short_password_is_left_alone_by_its_second_factor(world: World) {
    const SHORT: &str = "voi7-den";
    let within = changing(&world);
    for _ in 0..TRIES {
        let somebody = Somebody::new(&world);
        let key = somebody.prepare();
        somebody.confirm(&key).expect(200);
        let removal = json!({"password": PASSWORD, "code": code(&key, 0)});
        let (short, removed) = race(
            within,
            || somebody.change_password(PASSWORD, SHORT),
            || somebody.client.post("/api/v1/auth/second-factor/removal", &removal),
        );
        assert!(matches!(short.status, 204 | 401 | 403 | 422), "{}: {}", short.status, short.json);
        assert!(matches!(removed.status, 204 | 401 | 403 | 422), "{}: {}", removed.status, removed.json);
        assert!((short.status, removed.status) != (204, 204), "one of them comes too late");
        assert_ne!(somebody.log_in(&world, SHORT, None).status, 200);
    }
}
