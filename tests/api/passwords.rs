//! Passwords: long, not easily guessed, changed by their owners. And accounts that nobody uses.

use crate::database::fixture::Tables;
use argon2::{Argon2, PasswordHasher};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::bodies::{self, Members};
use support::engines::{FromEngine, Place};
use support::server::{PASSWORD, plain};
use support::waiting::eventually;
use support::{Client, Engine, Server, World, on_both_engines};
use thidua_http::crypto::passwords::{self, Match};
use thidua_http::server::deprecations::DEPRECATIONS;

/// A user with a display name, and a client logged in as it.
fn somebody(server: &Server, username: &str) -> Client {
    server.admin().make_user(&bodies::user(username).with("display_name", "Lò Văn Chiêng"))
}

fn change(client: &Client, old: &str, new: &str) -> support::Answer {
    client.post("/api/v1/auth/password", &json!({"old_password": old, "new_password": new}))
}

fn codes(answer: support::Answer) -> BTreeSet<String> {
    let errors = answer.refused(422, "invalid_input").errors();
    errors.into_iter().map(|(pointer, code)| format!("{pointer} {code}")).collect()
}

/// A place with a server in it that can be started again.
struct Twice(Place);

impl FromEngine for Twice {
    fn on(engine: Engine) -> Option<Self> {
        engine.place().map(Self)
    }
}

#[on_both_engines]
fn who_knows_the_old_password_sets_a_new_one_and_logs_in_again(world: World) {
    let client = somebody(&world.server, "chieng");
    let elsewhere = world.server.login("chieng", PASSWORD);
    assert_eq!(
        codes(change(&client, "khong-phai-mat-khau", "bay gio thi khac han roi")),
        BTreeSet::from(["/old_password wrong_password".into()])
    );
    client.get("/api/v1/me").expect(200);
    change(&client, PASSWORD, "bay gio thi khac han roi").expect(204);
    for old in [&client, &elsewhere] {
        old.get("/api/v1/me").refused(401, "invalid_token");
    }
    let credentials = json!({"username": "chieng", "password": PASSWORD});
    world.server.anonymous().post("/api/v1/auth/login", &credentials).refused(401, "wrong_credentials");
    world.server.login("chieng", "bay gio thi khac han roi").get("/api/v1/me").expect(200);
    let events = world.admin.get("/api/v1/audit/events?kind=credentials&sort=-seq").expect(200).json;
    assert_eq!(events["items"][0]["operation"], "changePassword", "{events}");
    assert_eq!(events["items"][0]["username"], "chieng", "{events}");
}

#[on_both_engines]
fn passwords_that_are_tried_first_are_refused_wherever_one_is_set(world: World) {
    let client = somebody(&world.server, "lo-van-chieng");
    let easy = [
        "password123456",
        "12345678901234567890",
        "aaaaaaaaaaaaaaaaaaaa",
        "qwertyuiop123456",
        "lo-van-chieng2026",
        "LoVanChieng123",
        "thidua-dienbien",
        "matkhau-matkhau",
        "P@ssw0rdP@ssw0rd",
        "1qaz2wsx3edc4rfv",
    ];
    for password in easy {
        let expected = BTreeSet::from(["/new_password common_password".to_owned()]);
        assert_eq!(codes(change(&client, PASSWORD, password)), expected, "{password}");
        let body = json!({"username": "lo-van-chieng", "display_name": "Lò Văn Chiêng", "role": "viewer", "password": password});
        let errors = world.admin.post("/api/v1/users", &body).refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/password").map(String::as_str), Some("common_password"), "{password}");
    }
    let expected = BTreeSet::from(["/new_password invalid_password_length".to_owned()]);
    for short in ["kho-doan-hon", "Xk7#pQ9!vL2$w"] {
        assert_eq!(codes(change(&client, PASSWORD, short)), expected, "{short}");
    }
    change(&client, PASSWORD, "ngựa chạy qua cầu tre").expect(204);
}

#[on_both_engines]
fn old_passwords_are_not_guessed_here_either(world: World) {
    let client = somebody(&world.server, "bi-muon-may");
    for _ in 0..5 {
        change(&client, "khong-phai-mat-khau", "bay gio thi khac han roi").refused(422, "invalid_input");
    }
    change(&client, PASSWORD, "bay gio thi khac han roi").refused(429, "too_many_wrong_tries");
}

#[on_both_engines]
fn a_hash_of_another_cost_is_made_again_at_the_next_log_in(world: World) {
    let mut tables = Tables::of(world.server.place());
    somebody(&world.server, "lau-nam");
    let argon2 = argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        argon2::Params::new(8 * 1024, 1, 1, None).unwrap(),
    );
    let weak = argon2::password_hash::PasswordHasher::hash_password(&argon2, PASSWORD.as_bytes()).unwrap().to_string();
    tables.execute(&format!("UPDATE users SET password_hash = '{weak}' WHERE username = 'lau-nam'"));
    let weakly = "users WHERE username = 'lau-nam' AND password_hash LIKE '%m=8192,t=1,p=1%'";
    assert_eq!(tables.count(weakly), 1);
    let before = world.server.login("lau-nam", PASSWORD);
    assert_eq!(tables.count(weakly), 0);
    world.server.login("lau-nam", PASSWORD).get("/api/v1/me").expect(200);
    before.get("/api/v1/me").expect(200);
}

#[on_both_engines]
fn who_is_not_here_for_45_days_is_shut_out_but_for_the_last_administrator(twice: Twice) {
    let place = twice.0;
    let mut tables = Tables::of(&place);
    let server = Server::start_with(place, plain(), DEPRECATIONS);
    for (username, days) in [("lau-khong-vao", 46), ("moi-vao", 44), ("chua-tung-ghi", 0)] {
        somebody(&server, username);
        let past = days * 86_400_000_000_i64;
        let user = format!("account_id = (SELECT id FROM users WHERE username = '{username}')");
        tables.execute(&format!("UPDATE account_uses SET used_at = used_at - {past} WHERE {user}"));
        if days == 0 {
            tables.execute(&format!("DELETE FROM account_uses WHERE {user}"));
        }
    }
    let id_of_admin = "(SELECT id FROM users WHERE role = 'admin')";
    let admin = server.admin();
    tables.execute(&format!("UPDATE account_uses SET used_at = 0 WHERE account_id = {id_of_admin}"));
    let _looks_at_its_start = server.lagging_node();
    let user = |username: &str| admin.get(&format!("/api/v1/users/{username}")).expect(200).json;
    eventually("the unused account is shut out", || (user("lau-khong-vao")["disabled"] == true).then_some(()));
    assert_eq!(user("moi-vao")["disabled"], false);
    assert_eq!(user("chua-tung-ghi")["disabled"], false);
    let told: Value = admin.get("/api/v1/audit?resource=users").expect(200).json;
    let told = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["actor"]["kind"] == "system" && item["operation"] == "update");
    assert_eq!(told.unwrap()["reason"], "Tự động khóa: 45 ngày không đăng nhập");
    admin.patch("/api/v1/users/lau-khong-vao", &json!({"disabled": false})).expect(200);
    let looks_again = server.lagging_node();
    assert_eq!(looks_again.admin().get("/api/v1/users/lau-khong-vao").expect(200).json["disabled"], false);
    server.login("lau-khong-vao", PASSWORD).get("/api/v1/me").expect(200);
    server.assert_verified();
}

#[on_both_engines]
fn a_password_is_the_same_from_whatever_keyboard(world: World) {
    // Composed letters, letters taken apart as some systems write them, and a wide space between.
    let (composed, apart) = (
        "C\u{e0} ph\u{ea} s\u{1eef}a \u{111}\u{e1} M\u{1b0}\u{1edd}ng Ph\u{103}ng 4h s\u{e1}ng",
        "Ca\u{300} phe\u{302} su\u{31b}\u{303}a \u{111}a\u{301} Mu\u{31b}o\u{31b}\u{300}ng Pha\u{306}ng 4h sa\u{301}ng",
    );
    let body = bodies::user("cham").with("password", apart);
    world.admin.post("/api/v1/users", &body).expect(201);
    for password in [composed.to_owned(), apart.to_owned(), composed.replacen(' ', "\u{a0}", 1)] {
        world.server.login("cham", &password).get("/api/v1/me").expect(200);
    }
    let wrong = json!({"username": "cham", "password": composed.replace('4', "5")});
    world.server.anonymous().post("/api/v1/auth/login", &wrong).refused(401, "wrong_credentials");
}

#[test]
fn passwords_are_prepared_as_rfc_8265_says_and_old_hashes_go_on_fitting() {
    // The examples of section 4.3 that are taken; spaces of every kind are one.
    for (password, same) in [
        ("correct horse battery staple", "correct horse battery staple"),
        ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
        ("\u{3c0}\u{df}\u{e5}", "\u{3c0}\u{df}a\u{30a}"),
        ("Jack of \u{2666}s", "Jack of \u{2666}s"),
        ("foo\u{1680}bar", "foo bar"),
    ] {
        let hash = passwords::hash(password).unwrap();
        assert_eq!(passwords::verify(same, &hash), Some(Match::Current), "{password}");
    }
    let hash = passwords::hash("correct horse battery staple").unwrap();
    assert_eq!(passwords::verify("Correct Horse Battery Staple", &hash), None, "letters keep their case");
    // As 0.1.0 hashed them: the bytes that came.
    for (stored, typed) in [("a\u{301}", "\u{e1}"), ("a\u{301}", "a\u{301}"), ("x\u{a0}y", "x\u{a0}y")] {
        let hash = Argon2::default().hash_password(stored.as_bytes()).unwrap().to_string();
        assert_eq!(passwords::verify(typed, &hash), Some(Match::Outdated), "{stored} {typed}");
    }
}
