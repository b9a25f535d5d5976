//! Forged tokens: one that was not issued here, or not for this purpose, is refused, whatever its claims are (RFC
//! 8725).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::TcpListener;
use support::tokens::{signed, unsigned};
use support::{Answer, Client, World, on_both_engines};
use thidua_http::config::key_place::KeyPlace;
use thidua_http::config::signing::SigningAlgorithm;
use thidua_http::crypto::key_files;
use thidua_http::crypto::signing::SigningKey;

/// A forger with a good token of an administrator, and in some tests the key itself.
pub(crate) struct Forger {
    world: World,
    key: EncodingKey,
    /// Its name, and its public half, which everybody has.
    kid: String,
    public: Vec<u8>,
    claims: Value,
}

impl support::engines::FromEngine for Forger {
    fn on(engine: support::Engine) -> Option<Self> {
        let world = World::on(engine)?;
        let pkcs8 = key_files::keys(&world.server.token_key()).unwrap().remove(0);
        let key = EncodingKey::from_ed_der(&pkcs8);
        let pair = SigningKey::of(&pkcs8).unwrap();
        let public = URL_SAFE_NO_PAD.decode(&pair.public().x).unwrap();
        let payload = world.admin.token().unwrap().split('.').nth(1).unwrap().to_owned();
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        Some(Self { world, key, kid: pair.id().to_owned(), public, claims })
    }
}

impl Forger {
    /// The header of a good token.
    pub(crate) fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.kid})
    }

    fn header_with(&self, member: &str, value: Value) -> Value {
        let mut header = self.header();
        header[member] = value;
        header
    }

    /// Asks `GET /api/v1/me` with a token.
    pub(crate) fn with(&self, token: &str) -> Answer {
        Client::new(self.world.server.url(), Some(token.to_owned())).get("/api/v1/me")
    }

    /// A token with a header and the claims of the good one, but for one, signed with the server's own key.
    pub(crate) fn own(&self, header: &Value, (claim, value): (&str, Value)) -> String {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        signed(header, &claims, &self.key, Algorithm::EdDSA)
    }

    /// A token with the good claims under another header, signed with any key.
    fn foreign(&self, header: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
        signed(header, &self.claims, key, algorithm)
    }
}

#[on_both_engines]
fn what_is_signed_here_and_says_what_it_must_is_let_in(forger: Forger) {
    let again = forger.own(&forger.header(), ("jti", json!("0123456789abcdef")));
    forger.with(&again).expect(200);
}

#[on_both_engines]
fn no_spelling_of_none_is_an_algorithm(forger: Forger) {
    let signature = forger.world.admin.token().unwrap().rsplit('.').next().unwrap().to_owned();
    for none in ["none", "None", "NONE", "nOnE", "NoNe", "none ", " none", "none\0", ""] {
        let message = unsigned(&forger.header_with("alg", json!(none)), &forger.claims);
        for token in [format!("{message}."), format!("{message}.{signature}"), message.clone()] {
            forger.with(&token).refused(401, "invalid_token");
        }
    }
    for odd in [json!(null), json!(["EdDSA"]), json!({"alg": "EdDSA"}), json!(0)] {
        forger
            .with(&forger.own(&forger.header_with("alg", odd), ("aud", json!("thidua"))))
            .refused(401, "invalid_token");
    }
}

#[on_both_engines]
fn the_public_key_is_no_shared_secret_and_neither_is_a_weak_one(forger: Forger) {
    let base64 = URL_SAFE_NO_PAD.encode(&forger.public);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&forger.public));
    let secrets = [&forger.public[..], base64.as_bytes(), pem.as_bytes(), b"", b"secret", b"thidua", b"password"];
    for secret in secrets {
        for (name, algorithm) in [
            ("HS256", Algorithm::HS256),
            ("HS384", Algorithm::HS384),
            ("HS512", Algorithm::HS512),
            ("EdDSA", Algorithm::HS256),
        ] {
            let key = EncodingKey::from_secret(secret);
            let token = forger.foreign(&forger.header_with("alg", json!(name)), &key, algorithm);
            forger.with(&token).refused(401, "invalid_token");
        }
    }
}

#[on_both_engines]
fn another_key_is_not_taken_wherever_it_is_said_to_be(forger: Forger) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("another.pem");
    let pkcs8 = key_files::open(&KeyPlace { path: file, may_make: true }, SigningAlgorithm::EdDsa).unwrap().remove(0);
    let key = EncodingKey::from_ed_der(&pkcs8);
    let mut jwk = json!(SigningKey::of(&pkcs8).unwrap().public());
    jwk["kid"] = json!("another");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let certificate = json!([STANDARD.encode("certificate")]);
    let members = [("jwk", jwk), ("jku", json!(url)), ("x5u", json!(url)), ("x5c", certificate)];
    for (member, value) in members {
        let header = forger.header_with(member, value);
        forger.with(&forger.foreign(&header, &key, Algorithm::EdDSA)).refused(401, "invalid_token");
        let token = forger.own(&header, ("aud", json!("thidua")));
        forger.with(&token).refused(401, "invalid_token");
    }
    let asked = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(asked, Err(ErrorKind::WouldBlock), "nobody fetches a key");
}

#[on_both_engines]
fn a_key_name_is_never_a_path_or_a_question(forger: Forger) {
    let file = forger.world.server.token_key().display().to_string();
    for kid in
        [&file, "../../../../dev/null", "' OR '1'='1", "x' UNION SELECT 'secret' --", "| id", "\0", &"k".repeat(3000)]
    {
        let token =
            forger.foreign(&forger.header_with("kid", json!(kid)), &EncodingKey::from_secret(b""), Algorithm::HS256);
        forger.with(&token).refused(401, "invalid_token");
        forger
            .with(&forger.own(&forger.header_with("kid", json!(kid)), ("aud", json!("thidua"))))
            .refused(401, "invalid_token");
    }
    let signing =
        forger.world.server.anonymous().get("/.well-known/jwks.json").expect(200).json["keys"][0]["kid"].clone();
    forger
        .with(&forger.own(&forger.header_with("kid", signing), ("aud", json!("thidua"))))
        .refused(401, "invalid_token");
    let nameless = json!({"typ": "at+jwt", "alg": "EdDSA"});
    forger.with(&forger.own(&nameless, ("aud", json!("thidua")))).refused(401, "invalid_token");
}

#[on_both_engines]
fn an_extension_that_must_be_understood_is_not(forger: Forger) {
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp")] {
        forger
            .with(&forger.own(&forger.header_with("crit", crit), ("aud", json!("thidua"))))
            .refused(401, "invalid_token");
    }
    forger
        .with(&forger.own(&forger.header_with("b64", json!(false)), ("aud", json!("thidua"))))
        .refused(401, "invalid_token");
}

#[on_both_engines]
fn a_token_of_another_kind_issuer_audience_or_time_is_refused(forger: Forger) {
    for typ in [json!("JWT"), json!("jwt"), json!("AT+JWT"), json!("application/at+jwt"), json!(null)] {
        forger
            .with(&forger.own(&forger.header_with("typ", typ), ("aud", json!("thidua"))))
            .refused(401, "invalid_token");
    }
    let without_type = json!({"alg": "EdDSA", "kid": forger.kid});
    forger.with(&forger.own(&without_type, ("aud", json!("thidua")))).refused(401, "invalid_token");
    let now = Utc::now().timestamp();
    let claims = [
        ("iss", json!("another")),
        ("iss", json!(null)),
        ("iss", json!("")),
        ("aud", json!("another")),
        ("aud", json!(["another"])),
        ("aud", json!(null)),
        ("sub", json!(null)),
        ("sub", json!("0")),
        ("sub", json!("admin")),
        ("sub", json!("999999999999999999999")),
        ("exp", json!(now - 1)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!("tomorrow")),
        ("exp", json!(null)),
        ("nbf", json!(now + 600)),
        ("pwv", json!(99)),
        ("pwv", json!(null)),
        ("jti", json!(null)),
    ];
    for (claim, value) in claims {
        forger.with(&forger.own(&forger.header(), (claim, value.clone()))).refused(401, "invalid_token");
    }
}

#[on_both_engines]
fn a_garbled_token_is_refused(forger: Forger) {
    let good = forger.world.admin.token().unwrap().to_owned();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let garbled = [
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!("{good}A"),
        good.replace('.', ". "),
        good.replace('.', ".."),
        good.to_uppercase(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        format!("{header}.{}.{signature}", "A".repeat(5000)),
    ];
    for token in garbled {
        forger.with(&token).refused(401, "invalid_token");
    }
}

#[on_both_engines]
fn two_authorizations_are_none(forger: Forger) {
    let good = format!("Bearer {}", forger.world.admin.token().unwrap());
    for other in [good.as_str(), "Bearer other", "Basic YWRtaW46YWRtaW4="] {
        let both = forger.world.admin.clone().with("authorization", other);
        both.get("/api/v1/me").refused(401, "invalid_token");
    }
    let listed = forger.world.server.anonymous().with("authorization", &format!("{good}, {good}"));
    listed.get("/api/v1/me").refused(401, "invalid_token");
}
