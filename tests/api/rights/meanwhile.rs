//! Rights lost between the reading of a credential and its writing: the other write wins. Like `races.rs`, but without
//! chance: the writer holds the other write already, and ends it once the first is queued behind it.

use super::Held;
use crate::api::rights::races::{Somebody, code};
use support::server::PASSWORD;
use support::waiting::eventually;
use support::{World, on_both_engines};
use thidua_domain::id::AccountId;
use thidua_persistence::accounts::{second_factors, users};
use thidua_persistence::write::metrics::WriteOutcome;

/// The identity of a user.
fn id(world: &World, somebody: &Somebody) -> AccountId {
    let account = world.admin.get(&somebody.path()).expect(200).json["id"].as_i64();
    AccountId(account.expect("an identity"))
}

#[on_both_engines]
fn a_code_confirms_no_key_that_another_has_taken_the_place_of(world: World) {
    let somebody = Somebody::new(&world);
    let (key, account) = (somebody.prepare(), id(&world, &somebody));
    let writer = world.server.database().writer();
    let other = Held::begin(&world.server, move |transaction| second_factors::prepare(transaction, account, "another"));
    std::thread::scope(|scope| {
        let confirmed = scope.spawn(|| somebody.confirm(&key));
        eventually("the code waits", || (writer.waiting() == 1).then_some(()));
        other.let_go();
        confirmed.join().unwrap().refused(409, "second_factor_off");
    });
    let stored = world.server.database().read(|connection| second_factors::find(connection, account)).unwrap();
    assert_eq!(stored.map(|factor| (factor.sealed_key, factor.confirmed)), Some(("another".to_owned(), false)));
    somebody.log_in(&world, PASSWORD, None).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_code_confirms_no_key_that_it_has_confirmed_already(world: World) {
    let somebody = Somebody::new(&world);
    let (key, account) = (somebody.prepare(), id(&world, &somebody));
    let writer = world.server.database().writer();
    let stored = world.server.database().read(|connection| second_factors::find(connection, account)).unwrap().unwrap();
    let other = Held::begin(&world.server, move |transaction| {
        second_factors::confirm(transaction, account, &stored.sealed_key, 1, &[]).map(drop)
    });
    std::thread::scope(|scope| {
        let confirmed = scope.spawn(|| somebody.confirm(&key));
        eventually("the code waits", || (writer.waiting() == 1).then_some(()));
        other.let_go();
        confirmed.join().unwrap().refused(409, "second_factor_off");
    });
    somebody.log_in(&world, PASSWORD, Some(&code(&key, 0))).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn changing_ones_password_does_not_let_in_again_who_is_shut_out_before_it_is_written(world: World) {
    const NEW: &str = "mot-mat-khau-khac-han";
    let writer = world.server.database().writer();
    let mut met = false;
    for _ in 0..20 {
        let somebody = Somebody::new(&world);
        let account = id(&world, &somebody);
        let ended = || writer.ended(WriteOutcome::Committed);
        let before = ended();
        std::thread::scope(|scope| {
            let own = scope.spawn(|| somebody.change_password(PASSWORD, NEW));
            // Two writes count the try and forget it; then the new password is hashed, and the third one keeps it.
            eventually("the old password is right", || (ended() >= before + 2).then_some(()));
            let other = Held::begin(&world.server, move |transaction| {
                let mut profile = users::get(transaction.connection(), account)?;
                profile.user.disabled = true;
                users::update(transaction, account, &profile, None)
            });
            met = eventually("the new password waits, or was quicker", || match writer.waiting() {
                0 => own.is_finished().then_some(false),
                _ => Some(true),
            });
            other.let_go();
            let own = own.join().unwrap();
            assert_eq!(own.status, if met { 401 } else { 204 }, "{}", own.json);
        });
        assert_eq!(world.admin.get(&somebody.path()).expect(200).json["disabled"], true);
        for password in [PASSWORD, NEW] {
            somebody.log_in(&world, password, None).refused(401, "wrong_credentials");
        }
        if met {
            break;
        }
    }
    assert!(met, "the new password was always quicker");
    world.server.assert_verified();
}
