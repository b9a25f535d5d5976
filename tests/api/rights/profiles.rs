//! Races between a sign-on, which writes the user's profile, and an administrator, whose change must win.

use super::races::race;
use crate::api::sign_on::Joined;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{Answer, on_both_engines};

/// Tries of each race; hundreds by hand, when something here is changed.
const TRIES: usize = 8;

/// The issuer's claims about an account. They differ each time, so that every sign-on writes the user.
fn claims(name: &str, number: usize) -> Value {
    let agency = ["H18.20", "H18.1"][number % 2];
    json!({"preferred_username": format!("{name}.nguyen"), "name": "Nguyễn Thị Lan", "roles": ["td-can-bo"], "agency": agency})
}

/// A token of the issuer whose claims differ from those of the last sign-on.
fn token(joined: &Joined, number: usize) -> String {
    joined.issuer.say(&json!({"lan": claims("lan", number)}));
    joined.issuer.log_in("lan").id_token
}

fn signing_on(joined: &Joined) -> Duration {
    let token = token(joined, 1);
    let began = Instant::now();
    joined.sign_on(&token).expect(200);
    began.elapsed()
}

/// Insists that the tokens of a sign-on, if it went well, let nobody in.
fn assert_shut_out(joined: &Joined, signed_on: &Answer) {
    match signed_on.status {
        200 => drop(joined.client(&signed_on.json).get("/api/v1/me").refused(401, "invalid_token")),
        _ => assert!(matches!(signed_on.status, 401 | 403), "{}: {}", signed_on.status, signed_on.json),
    }
}

#[on_both_engines]
fn who_is_shut_out_while_signing_on_stays_shut_out(joined: Joined) {
    let within = signing_on(&joined);
    let path = "/api/v1/users/lan.nguyen";
    for number in 0..TRIES {
        joined.world.admin.patch(path, &json!({"disabled": false})).expect(200);
        let token = token(&joined, number);
        let anyway = joined.world.admin.clone().with("if-match", "*");
        let (signed_on, _) =
            race(within, || joined.sign_on(&token), || anyway.patch(path, &json!({"disabled": true})).expect(200));
        assert_eq!(joined.user("lan.nguyen")["disabled"], true, "sign-on: {}", signed_on.status);
        assert_shut_out(&joined, &signed_on);
    }
    joined.world.server.assert_verified();
}

#[on_both_engines]
fn whom_an_administrator_gives_a_password_meanwhile_the_issuers_word_lets_in_no_more(joined: Joined) {
    let within = signing_on(&joined);
    let path = "/api/v1/users/lan.nguyen";
    for number in 0..TRIES {
        joined.world.admin.patch(path, &json!({"subject": "lan"})).expect(200);
        let token = token(&joined, number);
        let anyway = joined.world.admin.clone().with("if-match", "*");
        let patch = json!({"subject": null, "password": support::server::PASSWORD});
        let (signed_on, _) = race(within, || joined.sign_on(&token), || anyway.patch(path, &patch).expect(200));
        let user = joined.user("lan.nguyen");
        assert_eq!(
            (&user["subject"], &user["disabled"]),
            (&Value::Null, &json!(false)),
            "sign-on: {}",
            signed_on.status
        );
        match signed_on.status {
            200 => drop(joined.client(&signed_on.json).get("/api/v1/me").refused(401, "invalid_token")),
            // The name now belongs to a user with a password.
            _ => assert!(matches!(signed_on.status, 401 | 403 | 409), "{}: {}", signed_on.status, signed_on.json),
        }
    }
    joined.world.server.assert_verified();
}

#[on_both_engines]
fn whom_two_tokens_make_a_user_at_once_is_one_user(joined: Joined) {
    for number in 0..TRIES / 2 {
        let name = format!("moi-{number}");
        joined.issuer.say(&json!({"lan": claims("lan", number), name.clone(): claims(&name, number)}));
        let tokens = [(); 2].map(|()| joined.issuer.log_in(&name).id_token);
        let before = joined.users();
        let (one, other) = race(Duration::from_millis(5), || joined.sign_on(&tokens[0]), || joined.sign_on(&tokens[1]));
        assert_eq!(joined.users(), before + 1);
        for answer in [one, other] {
            joined.client(&answer.expect(200).json).get("/api/v1/me").expect(200);
        }
    }
    joined.world.server.assert_verified();
}
