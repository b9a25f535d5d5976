//! Second factors: codes that are good once, recovery codes, and the shorter passwords they allow.

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use support::server::{PASSWORD, create_user};
use support::{Answer, Client, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::crypto::totp;

/// A user with a second factor.
struct Owner {
    username: String,
    key: Vec<u8>,
    recovery: Vec<String>,
    client: Client,
}

fn log_in(server: &Server, username: &str, password: &str, code: Option<&str>) -> Answer {
    let mut credentials = json!({"username": username, "password": password});
    if let Some(code) = code {
        credentials["code"] = json!(code);
    }
    server.anonymous().post("/api/v1/auth/login", &credentials)
}

/// The code that an app shows, a number of half minutes from now.
fn code(key: &[u8], later: i64) -> String {
    totp::code(key, totp::step(chrono::Utc::now().timestamp()) + later)
}

/// A code that no app shows.
fn wrong_code(key: &[u8]) -> String {
    let shown: Vec<_> = (-3..=3).map(|later| code(key, later)).collect();
    (0..10).map(|digit| digit.to_string().repeat(6)).find(|code| !shown.contains(code)).unwrap()
}

impl Owner {
    fn of(world: &World, username: &str) -> Self {
        create_user(world.server.database(), username, Role::Viewer);
        let client = world.server.login(username, PASSWORD);
        let prepared = client.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})).expect(200);
        assert_eq!(prepared.headers["cache-control"], "no-store");
        let secret = prepared.json["secret"].as_str().unwrap();
        let uri = format!("otpauth://totp/thidua:{username}?secret={secret}&issuer=thidua");
        assert_eq!(prepared.json["uri"], uri);
        let key = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
        Self { username: username.to_owned(), key, recovery: Vec::new(), client }
    }

    fn confirmed(world: &World, username: &str) -> Self {
        let owner = Self::of(world, username);
        // The code of the half minute before, so that those of now and next are still good.
        let body = json!({"code": code(&owner.key, -1)});
        let answer = owner.client.post("/api/v1/auth/second-factor/confirmation", &body).expect(200).json;
        let recovery = answer["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
        Self { recovery: recovery.collect(), ..owner }
    }

    fn log_in(&self, world: &World, code: Option<&str>) -> Answer {
        log_in(&world.server, &self.username, PASSWORD, code)
    }
}

#[test]
fn codes_are_those_of_rfc_6238() {
    // Appendix B, of whose eight digits the last six are ours.
    let key = b"12345678901234567890";
    let known = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (seconds, expected) in known {
        assert_eq!(totp::code(key, totp::step(seconds)), expected, "{seconds}");
        for (around, drift) in [(seconds - 30, 1), (seconds, 0), (seconds + 30, -1)] {
            assert_eq!(totp::step_of(key, expected, around), Some(totp::step(around) + drift));
        }
        assert_eq!(totp::step_of(key, expected, seconds + 60), None);
        assert_eq!(totp::step_of(key, expected, seconds - 60), None);
        assert_eq!(totp::step_of(key, &expected[..5], seconds), None);
    }
}

#[on_both_engines]
fn a_second_factor_is_asked_for_once_it_is_confirmed(world: World) {
    let owner = Owner::of(&world, "hai-lop");
    owner.log_in(&world, None).expect(200);
    let wrong = json!({"code": wrong_code(&owner.key)});
    let errors =
        owner.client.post("/api/v1/auth/second-factor/confirmation", &wrong).refused(422, "invalid_input").errors();
    assert_eq!(errors["/code"], "wrong_code");
    owner.log_in(&world, None).expect(200);
    assert_eq!(owner.client.get("/api/v1/me").expect(200).json["second_factor"], false);

    let owner = Owner::confirmed(&world, "hai-lop-that");
    assert_eq!(owner.client.get("/api/v1/me").expect(200).json["second_factor"], true);
    owner.log_in(&world, None).refused(401, "second_factor_required");
    owner.log_in(&world, Some(&wrong_code(&owner.key))).refused(401, "wrong_second_factor");
    log_in(&world.server, "hai-lop-that", "khong-phai-mat-khau", Some(&code(&owner.key, 0)))
        .refused(401, "wrong_credentials");
    owner.log_in(&world, Some(&code(&owner.key, 0))).expect(200);
}

#[on_both_engines]
fn a_code_is_good_once_and_none_before_it_afterwards(world: World) {
    let owner = Owner::confirmed(&world, "mot-lan");
    let (now, next) = (code(&owner.key, 0), code(&owner.key, 1));
    owner.log_in(&world, Some(&next)).expect(200);
    owner.log_in(&world, Some(&next)).refused(401, "wrong_second_factor");
    owner.log_in(&world, Some(&now)).refused(401, "wrong_second_factor");
}

#[on_both_engines]
fn a_recovery_code_is_good_once_instead_of_a_code(world: World) {
    let owner = Owner::confirmed(&world, "mat-may");
    let distinct: std::collections::BTreeSet<_> = owner.recovery.iter().collect();
    assert_eq!(distinct.len(), 10);
    assert!(distinct.iter().all(|code| code.len() == 29 && code.split('-').count() == 6), "{distinct:?}");
    let other = Owner::confirmed(&world, "nguoi-khac");
    other.log_in(&world, Some(&owner.recovery[0])).refused(401, "wrong_second_factor");
    owner.log_in(&world, Some(&owner.recovery[0])).expect(200);
    owner.log_in(&world, Some(&owner.recovery[0])).refused(401, "wrong_second_factor");
    owner.log_in(&world, Some(&owner.recovery[1].to_uppercase().replace('-', ""))).expect(200);
}

#[on_both_engines]
fn codes_are_guessed_no_faster_than_passwords(world: World) {
    let owner = Owner::confirmed(&world, "bi-do-ma");
    let wrong = wrong_code(&owner.key);
    for _ in 0..5 {
        owner.log_in(&world, Some(&wrong)).refused(401, "wrong_second_factor");
        // Asking whether a code is needed gives no further try.
        if owner.log_in(&world, None).status == 429 {
            return;
        }
    }
    owner.log_in(&world, Some(&wrong)).refused(429, "too_many_wrong_tries");
}

#[on_both_engines]
fn beside_a_second_factor_a_password_may_be_shorter_and_the_factor_stays_as_long(world: World) {
    let owner = Owner::confirmed(&world, "ngan-hon");
    let change = |client: &Client, old: &str, new: &str| {
        client.post("/api/v1/auth/password", &json!({"old_password": old, "new_password": new}))
    };
    change(&owner.client, PASSWORD, "Xk7#pQ9").refused(422, "invalid_input");
    change(&owner.client, PASSWORD, "Xk7#pQ9!").expect(204);
    let token = log_in(&world.server, "ngan-hon", "Xk7#pQ9!", Some(&code(&owner.key, 0))).expect(200).json;
    let client = Client::new(world.server.url(), Some(token["access_token"].as_str().unwrap().to_owned()));
    let remove = |client: &Client, password: &str, code: &str| {
        client.post("/api/v1/auth/second-factor/removal", &json!({"password": password, "code": code}))
    };
    let errors = remove(&client, "Xk7#pQ9!", &owner.recovery[0]).refused(422, "invalid_input").errors();
    assert_eq!(errors["/password"], "invalid_password_length");
    change(&client, "Xk7#pQ9!", PASSWORD).expect(204);
    let token = log_in(&world.server, "ngan-hon", PASSWORD, Some(&owner.recovery[0])).expect(200).json;
    let client = Client::new(world.server.url(), Some(token["access_token"].as_str().unwrap().to_owned()));
    let errors = remove(&client, PASSWORD, &owner.recovery[0]).refused(422, "invalid_input").errors();
    assert_eq!(errors["/code"], "wrong_code", "it was used");
    remove(&client, "khong-phai-mat-khau", &owner.recovery[1]).refused(422, "invalid_input");
    remove(&client, PASSWORD, &owner.recovery[1]).expect(204);
    log_in(&world.server, "ngan-hon", PASSWORD, None).expect(200);
}

#[on_both_engines]
fn one_that_is_on_is_not_replaced_unawares(world: World) {
    let owner = Owner::confirmed(&world, "khong-thay");
    owner.client.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})).refused(409, "second_factor_on");
    let again = json!({"code": code(&owner.key, 0)});
    owner.client.post("/api/v1/auth/second-factor/confirmation", &again).refused(409, "second_factor_off");
    let errors = owner
        .client
        .post("/api/v1/auth/second-factor", &json!({"password": "khong-phai"}))
        .refused(422, "invalid_input")
        .errors();
    assert_eq!(errors["/password"], "wrong_password");
}

#[on_both_engines]
fn a_new_password_of_an_administrator_lets_in_who_has_lost_both(world: World) {
    let owner = Owner::confirmed(&world, "mat-ca-hai");
    world.admin.patch("/api/v1/users/mat-ca-hai", &json!({"display_name": "Tên"})).expect(200);
    owner.log_in(&world, None).refused(401, "second_factor_required");
    world.admin.patch("/api/v1/users/mat-ca-hai", &json!({"password": "ngua chay qua cau tre"})).expect(200);
    log_in(&world.server, "mat-ca-hai", "ngua chay qua cau tre", None).expect(200);
}

#[on_both_engines]
fn the_database_holds_neither_key_nor_codes(world: World) {
    let owner = Owner::confirmed(&world, "niem-phong");
    let mut tables = crate::database::fixture::Tables::of(world.server.place());
    let secret = BASE32_NOPAD.encode(&owner.key);
    assert_eq!(tables.count("second_factors"), 1);
    assert_eq!(tables.count(&format!("second_factors WHERE sealed_key LIKE '%{secret}%'")), 0);
    assert_eq!(tables.count("recovery_codes WHERE length(hash) = 64"), 10);
    // Sealed for one account, it opens for no other.
    let other = Owner::confirmed(&world, "nguoi-khac");
    tables.execute(
        "UPDATE second_factors SET sealed_key = (SELECT sealed_key FROM second_factors WHERE account_id =
               (SELECT id FROM users WHERE username = 'niem-phong'))
             WHERE account_id = (SELECT id FROM users WHERE username = 'nguoi-khac')",
    );
    let refused: Value = other.log_in(&world, Some(&code(&owner.key, 0))).refused(500, "internal_error").json;
    assert!(!refused.to_string().contains("secret-key"), "{refused}");
}
