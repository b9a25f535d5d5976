//! Signing on with an issuer's token: a real issuer, real log-ins there, and forgers.

use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::TcpListener;
use support::bodies::{self, Members};
use support::issuer::{API, CLIENT};
use support::server::PASSWORD;
use support::tokens::{signed, unsigned};
use support::{Answer, Client, Engine, Issuer, Server, World, on_both_engines};

/// A small world whose server trusts an issuer.
pub(super) struct Joined {
    pub(super) world: World,
    pub(super) issuer: Issuer,
}

impl support::engines::FromEngine for Joined {
    fn on(engine: Engine) -> Option<Self> {
        Self::to(engine, Issuer::start()?)
    }
}

impl Joined {
    fn to(engine: Engine, issuer: Issuer) -> Option<Self> {
        let server = Server::start_signing_on(engine.place()?, issuer.settings());
        Some(Self { world: World::furnish(server), issuer })
    }

    /// Sets what the issuer says of one account, and has its owner log in there and sign on here.
    fn sign_on_as(&self, name: &str, claims: Value) -> Answer {
        self.issuer.say(&json!({ name: claims }));
        self.sign_on(&self.issuer.log_in(name).id_token)
    }

    pub(super) fn sign_on(&self, token: &str) -> Answer {
        let nobody = self.world.server.anonymous().with("accept-language", "en");
        nobody.post("/api/v1/auth/sign-on", &json!({ "token": token }))
    }

    pub(super) fn client(&self, tokens: &Value) -> Client {
        Client::new(self.world.server.url(), Some(tokens["access_token"].as_str().unwrap().to_owned()))
    }

    pub(super) fn user(&self, username: &str) -> Value {
        self.world.admin.get(&format!("/api/v1/users/{username}")).expect(200).json
    }

    pub(super) fn users(&self) -> usize {
        self.world.admin.get("/api/v1/users").expect(200).json["items"].as_array().unwrap().len()
    }

    /// Claims like those of the issuer's ID tokens about an editor, for a forger to alter.
    fn claims(&self) -> Value {
        let now = Utc::now().timestamp();
        json!({"iss": self.issuer.name(), "aud": CLIENT, "sub": "lan", "iat": now, "exp": now + 600,
               "preferred_username": "lan.nguyen", "roles": ["td-can-bo"], "agency": "H18.20"})
    }

    /// The header of the issuer's tokens.
    fn header(&self) -> Value {
        json!({"alg": "RS256", "typ": "JWT", "kid": self.issuer.key().1["kid"]})
    }

    /// A token signed with the issuer's own key, with one claim changed.
    fn own(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[claim] = value;
        self.issuer.signed(&self.header(), &claims)
    }
}

/// A check of one member in the refusal of a user.
trait Breaks {
    fn breaks(self, pointer: &str, code: &str);
}

impl Breaks for Answer {
    #[track_caller]
    fn breaks(self, pointer: &str, code: &str) {
        let errors = self.refused(422, "invalid_input").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some(code), "{errors:?}");
    }
}

fn lan() -> Value {
    json!({"preferred_username": "lan.nguyen", "name": "Nguyễn Thị Lan", "roles": ["khac", "td-can-bo"], "agency": "H18.20"})
}

#[on_both_engines]
fn whom_the_issuer_knows_becomes_a_user_with_its_role_and_agency_and_a_session(joined: Joined) {
    let answer = joined.sign_on_as("lan", lan()).expect(200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let me = joined.client(&answer.json).get("/api/v1/me").expect(200).json;
    assert_eq!(
        (&me["username"], &me["role"], &me["agency"]),
        (&json!("lan.nguyen"), &json!("editor"), &json!("H18.20"))
    );
    let user = joined.user("lan.nguyen");
    assert_eq!((&user["display_name"], &user["subject"]), (&json!("Nguyễn Thị Lan"), &json!("lan")));
    let refreshed = json!({"refresh_token": answer.json["refresh_token"]});
    let next = joined.world.server.anonymous().post("/api/v1/auth/refresh", &refreshed).expect(200).json;
    joined.client(&next).post("/api/v1/auth/logout", &json!({})).expect(204);
    joined.client(&answer.json).get("/api/v1/me").refused(401, "invalid_token");
    let events = joined.world.admin.get("/api/v1/audit/events?kind=log_in").expect(200).json;
    let signed_on = |event: &&Value| event["operation"] == "signOn" && event["username"] == "lan.nguyen";
    assert_eq!(events["items"].as_array().unwrap().iter().filter(signed_on).count(), 1, "{events}");
    joined.world.server.assert_verified();
}

#[on_both_engines]
fn an_access_token_of_the_issuer_for_this_api_signs_on_as_well(joined: Joined) {
    joined.issuer.say(&json!({"lan": lan()}));
    let tokens = joined.issuer.log_in("lan");
    let first = joined.sign_on(&tokens.access_token).expect(200).json;
    let second = joined.sign_on(&tokens.id_token).expect(200).json;
    assert_ne!(first["access_token"], second["access_token"]);
    for tokens in [&first, &second] {
        joined.client(tokens).get("/api/v1/me").expect(200);
    }
    assert_eq!(joined.users(), 2, "the administrator and one more");
}

#[on_both_engines]
fn a_token_of_the_issuer_opens_one_session(joined: Joined) {
    joined.issuer.say(&json!({"lan": lan()}));
    let token = joined.issuer.log_in("lan").id_token;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| joined.sign_on(&token))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (opened, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((opened.len(), refused.len()), (1, 3));
    for answer in refused {
        answer.refused(401, "issuer_token_refused");
    }
    joined.sign_on(&token).refused(401, "issuer_token_refused");
    let events = joined.world.admin.get("/api/v1/audit/events?kind=log_in").expect(200);
    assert_eq!(events.items().iter().filter(|event| event["operation"] == "signOn").count(), 1, "{events:?}");
    joined.world.server.assert_verified();
}

#[on_both_engines]
fn the_issuers_own_tokens_open_nothing_but_the_sign_on(joined: Joined) {
    joined.issuer.say(&json!({"lan": lan()}));
    let tokens = joined.issuer.log_in("lan");
    for token in [tokens.id_token, tokens.access_token] {
        Client::new(joined.world.server.url(), Some(token)).get("/api/v1/me").refused(401, "invalid_token");
    }
}

#[on_both_engines]
fn what_the_issuer_says_anew_counts_from_the_next_time_and_the_name_stays(joined: Joined) {
    let first = joined.sign_on_as("lan", lan()).expect(200).json;
    let promoted = json!({"preferred_username": "lan.tran", "name": "Trần Thị Lan", "roles": "td-lanh-dao", "agency": "so-noi-vu"});
    joined.sign_on_as("lan", promoted).expect(200);
    let user = joined.user("lan.nguyen");
    assert_eq!((&user["role"], &user["agency"]), (&json!("approver"), &json!("H18.20")));
    assert_eq!(user["display_name"], "Trần Thị Lan");
    // The session that was there has the new rights, too.
    assert_eq!(joined.client(&first).get("/api/v1/me").expect(200).json["role"], "approver");
    let of_the_province =
        json!({"preferred_username": "lan", "roles": ["td-can-bo", "td-quan-tri"], "agency": "H18.1"});
    joined.sign_on_as("lan", of_the_province).expect(200);
    let user = joined.user("lan.nguyen");
    assert_eq!((&user["role"], &user["agency"]), (&json!("admin"), &Value::Null), "the first rule that fits counts");
    joined.world.server.assert_verified();
}

#[on_both_engines]
fn who_is_given_no_role_agency_or_name_stays_out_and_becomes_no_user(joined: Joined) {
    for (claims, what) in [
        (json!({"preferred_username": "lan", "agency": "H18.20"}), "no role here"),
        (json!({"preferred_username": "lan", "roles": ["td-can-bo-khac"], "agency": "H18.20"}), "no role here"),
        (json!({"preferred_username": "lan", "roles": {"td-can-bo": true}, "agency": "H18.20"}), "no role here"),
        (json!({"preferred_username": "lan", "roles": ["td-can-bo"]}), "no agency"),
        (json!({"preferred_username": "lan", "roles": ["td-can-bo"], "agency": "H18.99"}), "not in the catalogue"),
        (json!({"roles": ["td-can-bo"], "agency": "H18.20"}), "no user name"),
        (json!({"preferred_username": "Lan Nguyễn", "roles": ["td-can-bo"], "agency": "H18.20"}), "no user name"),
    ] {
        let refused = joined.sign_on_as("lan", claims.clone()).refused(403, "not_entitled");
        let detail = refused.json["detail"].as_str().unwrap();
        assert!(detail.contains(what), "{claims}: {detail}");
    }
    assert_eq!(joined.users(), 1, "the administrator alone");
}

#[on_both_engines]
fn who_is_shut_out_here_stays_out_whatever_the_issuer_says(joined: Joined) {
    let tokens = joined.sign_on_as("lan", lan()).expect(200).json;
    joined.world.admin.patch("/api/v1/users/lan.nguyen", &json!({"disabled": true})).expect(200);
    joined.client(&tokens).get("/api/v1/me").refused(401, "invalid_token");
    joined.sign_on_as("lan", lan()).refused(403, "not_entitled");
    assert_eq!(joined.user("lan.nguyen")["disabled"], true);
}

#[on_both_engines]
fn an_account_of_before_is_joined_by_an_administrator_and_has_no_password_then(joined: Joined) {
    let before = bodies::user("lan.nguyen").with("role", "editor").with("agency", "H18.20");
    let before = joined.world.create("users", before);
    let log_in = json!({"username": "lan.nguyen", "password": PASSWORD});
    let nobody = joined.world.server.anonymous();
    let session = nobody.post("/api/v1/auth/login", &log_in).expect(200).json;
    let refused = joined.sign_on_as("lan", lan()).refused(409, "username_taken");
    assert!(refused.json["detail"].as_str().unwrap().contains("the subject lan"));
    nobody.post("/api/v1/auth/login", &log_in).expect(200);
    joined.world.admin.patch("/api/v1/users/lan.nguyen", &json!({"subject": "lan"})).expect(200);
    joined.client(&session).get("/api/v1/me").refused(401, "invalid_token");
    nobody.post("/api/v1/auth/login", &log_in).refused(401, "wrong_credentials");
    joined.sign_on_as("lan", lan()).expect(200);
    assert_eq!(joined.user("lan.nguyen")["id"], before["id"]);
    // And back: a user without a subject needs a password, and the signed-on session ends.
    let user = "/api/v1/users/lan.nguyen";
    joined.world.admin.patch(user, &json!({"subject": null})).breaks("/password", "missing_password");
    joined.world.admin.patch(user, &json!({"subject": null, "password": PASSWORD})).expect(200);
    nobody.post("/api/v1/auth/login", &log_in).expect(200);
    joined.sign_on_as("lan", lan()).refused(409, "username_taken");
    joined.world.server.assert_verified();
}

#[on_both_engines]
fn a_user_has_either_a_password_or_a_subject_and_no_two_have_the_same(joined: Joined) {
    let user = |username: &str| json!({"username": username, "role": "viewer", "subject": "f3b1"});
    let mut both = user("can-bo-1");
    both["password"] = json!(PASSWORD);
    let admin = &joined.world.admin;
    admin.post("/api/v1/users", &both).breaks("/password", "password_beside_subject");
    joined.world.create("users", user("can-bo-1"));
    admin.post("/api/v1/users", &user("can-bo-2")).refused(409, "subject_taken");
    // An issuer tells its subjects apart by case.
    joined.world.create("users", user("can-bo-2").with("subject", "F3B1"));
    admin
        .patch("/api/v1/users/can-bo-1", &json!({"password": PASSWORD}))
        .breaks("/password", "password_beside_subject");
    admin.patch("/api/v1/users/can-bo-1", &json!({"subject": "có dấu"})).breaks("/subject", "invalid_subject");
    let user =
        admin.patch("/api/v1/users/can-bo-1", &json!({"display_name": "Cán bộ", "subject": "f3b1"})).expect(200).json;
    assert_eq!(user["subject"], "f3b1");
    // One who has neither is invited, and one who has a subject is not.
    let neither = json!({"username": "can-bo-3", "role": "viewer"});
    assert!(admin.post("/api/v1/users", &neither).expect(201).json["invitation"]["secret"].is_string());
    admin.send("POST", "/api/v1/users/can-bo-1/invitation", None, b"").refused(409, "invitation_beside_subject");
}

#[on_both_engines]
fn the_issuer_may_change_its_keys_at_any_time(joined: Joined) {
    joined.issuer.say(&json!({"lan": lan()}));
    let mut joined = joined;
    let before = joined.issuer.log_in("lan").id_token;
    joined.sign_on(&before).expect(200);
    joined.issuer.withdraw_key();
    joined.issuer.run();
    let after = joined.issuer.log_in("lan").id_token;
    Issuer::by_and_by("a token by the new key is taken", || joined.sign_on(&after).status == 200);
    joined.sign_on(&before).refused(401, "issuer_token_refused");
}

#[on_both_engines]
fn while_the_issuer_is_away_what_was_known_of_it_goes_on(joined: Joined) {
    joined.issuer.say(&json!({"lan": lan()}));
    let mut joined = joined;
    let tokens = joined.issuer.log_in("lan");
    joined.sign_on(&tokens.id_token).expect(200);
    joined.issuer.stop();
    joined.sign_on(&tokens.access_token).expect(200);
    let mut header = joined.header();
    header["kid"] = json!("another");
    joined.sign_on(&joined.issuer.signed(&header, &joined.claims())).refused(401, "issuer_token_refused");
}

#[on_both_engines]
fn a_token_the_issuer_did_not_sign_or_not_for_this_or_not_for_now_is_refused(joined: Joined) {
    joined.issuer.say(&json!({"lan": lan()}));
    joined.sign_on(&joined.own("nonce", json!("a-nonce"))).expect(200);
    let (now, name) = (Utc::now().timestamp(), joined.issuer.name());
    for (claim, value) in [
        ("iss", json!("https://sso.example.vn")),
        ("iss", json!(format!("{name}/"))),
        ("iss", Value::Null),
        ("aud", json!("another-client")),
        ("aud", json!(["another-client", "and-another"])),
        ("aud", Value::Null),
        ("exp", json!(now - 120)),
        ("exp", Value::Null),
        ("nbf", json!(now + 600)),
        ("iat", json!(now - 7200)),
        ("iat", json!(now + 600)),
        ("iat", json!("today")),
        ("iat", Value::Null),
        ("sub", json!("")),
        ("sub", json!("có dấu")),
        ("sub", json!(7)),
        ("sub", Value::Null),
    ] {
        let token = joined.own(claim, value.clone());
        let answer = joined.sign_on(&token);
        assert_eq!((answer.status, &answer.json["code"]), (401, &json!("issuer_token_refused")), "{claim} {value}");
    }
    joined.sign_on(&joined.own("aud", json!(["another-client", API]))).expect(200);
    let (key, jwk) = joined.issuer.key();
    let modulus = jwk["n"].as_str().unwrap().as_bytes();
    let (header, claims) = (joined.header(), joined.claims());
    let with = |member: &str, value: Value| {
        let mut header = header.clone();
        header[member] = value;
        header
    };
    let good = joined.issuer.signed(&header, &claims);
    let mut forged: Vec<_> = ["none", "None", "NONE", ""]
        .iter()
        .map(|none| format!("{}.", unsigned(&with("alg", json!(none)), &claims)))
        .collect();
    forged.push(signed(&with("alg", json!("HS256")), &claims, &EncodingKey::from_secret(modulus), Algorithm::HS256));
    forged.push(signed(&header, &claims, &EncodingKey::from_secret(modulus), Algorithm::HS256));
    forged.push(signed(&header, &claims, &key, Algorithm::RS384));
    forged.push(good.rsplit_once('.').unwrap().0.to_owned() + ".AAAA");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}/keys", listener.local_addr().unwrap());
    for (member, value) in [
        ("crit", json!(["exp"])),
        ("jwk", jwk.clone()),
        ("jku", json!(elsewhere)),
        ("x5u", json!(elsewhere)),
        ("x5c", json!(["AAAA"])),
        ("typ", json!("logout+jwt")),
        ("kid", json!("../../keys")),
        ("kid", json!("'; DROP TABLE users; --")),
    ] {
        forged.push(joined.issuer.signed(&with(member, value), &claims));
    }
    for token in forged {
        let answer = joined.sign_on(&token);
        assert_eq!((answer.status, &answer.json["code"]), (401, &json!("issuer_token_refused")), "{token}");
    }
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nothing is fetched on a token's word");
    // A header without a key's name is enough while there is one key.
    let mut nameless = header.clone();
    nameless.as_object_mut().unwrap().remove("kid");
    joined.sign_on(&joined.issuer.signed(&nameless, &claims)).expect(200);
}

#[on_both_engines]
fn an_issuer_that_does_not_answer_yet_is_waited_for(engine: Unjoined) {
    let Some(issuer) = Issuer::not_running() else { return };
    let Some(mut joined) = Joined::to(engine.0, issuer) else { return };
    let token = format!("{}.c2lnbmF0dXJl", unsigned(&json!({"alg": "RS256"}), &joined.claims()));
    let refused = joined.sign_on(&token).refused(503, "issuer_unavailable");
    assert!(refused.headers["retry-after"].parse::<u32>().unwrap() > 0);
    joined.issuer.run();
    joined.issuer.say(&json!({"lan": lan()}));
    let token = joined.issuer.log_in("lan").id_token;
    Issuer::by_and_by("it has come", || joined.sign_on(&token).status == 200);
}

#[on_both_engines]
fn without_an_issuer_nobody_signs_on(world: World) {
    let nobody = world.server.anonymous();
    nobody.post("/api/v1/auth/sign-on", &json!({"token": "a.b.c"})).refused(404, "no_issuer");
    let user = json!({"username": "lan.nguyen", "role": "viewer", "subject": "lan"});
    world.admin.post("/api/v1/users", &user).breaks("/subject", "subject_without_issuer");
}

/// A server without an issuer, on one engine.
struct Unjoined(Engine);

impl support::engines::FromEngine for Unjoined {
    fn on(engine: Engine) -> Option<Self> {
        Some(Self(engine))
    }
}
