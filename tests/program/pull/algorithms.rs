//! Two algorithms of signatures: either is taken from the key it belongs to, and a key that was not seen first is
//! trusted when it is named.

use super::examples::INSTALLED;
use super::{Copy, ended, furnish, log_in, pulled, refused};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, pull, run};
use support::proxy::{Proxy, Reply};
use support::server::PASSWORD;
use support::waiting::eventually;
use thidua_http::config::signing::SigningAlgorithm;
use thidua_http::crypto::key_files;
use thidua_http::crypto::key_pair::KeyPair;
use thidua_http::crypto::public_keys::PublicKey;

/// A server that signs with an algorithm.
fn signing(place: &Place, algorithm: SigningAlgorithm) -> Serving {
    Serving::start(place, &["--signing-algorithm", &algorithm.name().to_lowercase()])
}

/// Makes a change.
fn change(place: &Place, username: &str) {
    let made = run(place, &["admin", "create-user", "--username", username, "--role", "viewer"], PASSWORD);
    assert!(made.status.success(), "{made:?}");
}

/// Makes a change beside a server, which hears of it a moment later.
fn change_beside(serving: &Serving, place: &Place, username: &str) {
    let seq = || serving.anonymous().get("/readyz").expect(200).json["seq"].as_i64().unwrap();
    let before = seq();
    change(place, username);
    eventually("the server hears of it", || (seq() > before).then_some(()));
}

/// The name of the key that signs.
fn signs(serving: &Serving) -> String {
    let published = serving.anonymous().get("/.well-known/jwks.json").expect(200).json;
    published["keys"][0]["kid"].as_str().unwrap().to_owned()
}

#[on_both_engines]
fn a_new_algorithm_is_followed_once_its_key_is_named(place: Place) {
    furnish(&place);
    let copy = Copy::new();
    let run = |serving: &Serving| {
        let mut command = pull(&serving.url, &copy.path, serving.root().token());
        command.args(["--report", "2026-10"]);
        command
    };
    let serving = signing(&place, SigningAlgorithm::EdDsa);
    pulled(&mut run(&serving));
    drop(serving);

    change(&place, "mot");
    let serving = signing(&place, SigningAlgorithm::Es256);
    let name = signs(&serving);
    refused(&mut run(&serving), &copy, &format!("the server signs with the key {name}; trusted are: "));
    // Whoever comes now has seen both.
    let fresh = Copy::new();
    pulled(&mut pull(&serving.url, &fresh.path, serving.root().token()));
    pulled(run(&serving).args(["--trust-key", &name]));
    change_beside(&serving, &place, "hai");
    let said = pulled(&mut run(&serving));
    assert!(said.contains(&format!("signed with {name}")) || said.contains("as it was"), "{said}");
    drop(serving);

    // And back: both know either key.
    change(&place, "ba");
    let serving = signing(&place, SigningAlgorithm::EdDsa);
    assert_ne!(signs(&serving), name);
    pulled(&mut run(&serving));
    pulled(&mut pull(&serving.url, &fresh.path, serving.root().token()));
}

/// The keys of a server, and one that is not.
struct Forger {
    own: Vec<KeyPair>,
    stranger: KeyPair,
}

impl Forger {
    fn of(place: &Place) -> Self {
        let file = place.folder().join("data/signing-key.pem");
        let own = key_files::keys(Path::new(&file)).unwrap().iter().map(|key| KeyPair::of(key).unwrap()).collect();
        Self { own, stranger: KeyPair::of(&KeyPair::generate(SigningAlgorithm::Es256).unwrap()).unwrap() }
    }

    fn key(&self, algorithm: SigningAlgorithm) -> &KeyPair {
        self.own.iter().find(|key| key.algorithm() == algorithm).unwrap()
    }

    /// A JWS that says an algorithm and the name of the key for another.
    fn jws(&self, says: &str, named: SigningAlgorithm, payload: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let header = json!({"alg": says, "kid": PublicKey::of(self.key(named)).kid}).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A signature of P-256 as X.509 has it: a sequence of two integers.
fn der(raw: &[u8]) -> Vec<u8> {
    let tagged = |tag: u8, content: Vec<u8>| [vec![tag, u8::try_from(content.len()).unwrap()], content].concat();
    let integer = |half: &[u8]| {
        let mut digits: Vec<u8> = half.iter().copied().skip_while(|digit| *digit == 0).collect();
        if digits[0] > 0x7f {
            digits.insert(0, 0);
        }
        tagged(2, digits)
    };
    tagged(0x30, [integer(&raw[..32]), integer(&raw[32..])].concat())
}

/// Puts a forged signature in the place of the right one, of a signed position or of a report.
fn forge(what: &str, reply: &mut Reply, jws: impl Fn(&[u8]) -> String) {
    if what.contains("/checkpoints") {
        let mut checkpoint: Value = serde_json::from_slice(&reply.body).unwrap();
        let right = checkpoint["jws"].as_str().unwrap();
        let payload = URL_SAFE_NO_PAD.decode(right.split('.').nth(1).unwrap()).unwrap();
        checkpoint["jws"] = json!(jws(&payload));
        reply.body = checkpoint.to_string().into_bytes();
    } else if let Some(at) = reply.head.find("jws-signature: ") {
        let forged = jws(&reply.body);
        let parts: Vec<_> = forged.split('.').collect();
        let end = at + reply.head[at..].find('\r').unwrap();
        reply.head.replace_range(at..end, &format!("jws-signature: {}..{}", parts[0], parts[2]));
    }
}

type Forgery = fn(&Forger, &[u8]) -> String;

const FORGERIES: [(&str, Forgery); 7] = [
    ("alg none, unsigned", |by, payload| by.jws("none", SigningAlgorithm::Es256, payload, |_| Vec::new())),
    ("alg none, signed", |by, payload| {
        by.jws("none", SigningAlgorithm::Es256, payload, |text| by.key(SigningAlgorithm::Es256).sign(text).unwrap())
    }),
    ("EdDSA under the name of the key for ES256", |by, payload| {
        by.jws("EdDSA", SigningAlgorithm::Es256, payload, |text| by.key(SigningAlgorithm::EdDsa).sign(text).unwrap())
    }),
    ("ES256 under the name of the key for EdDSA", |by, payload| {
        by.jws("ES256", SigningAlgorithm::EdDsa, payload, |text| by.key(SigningAlgorithm::Es256).sign(text).unwrap())
    }),
    ("the name of another algorithm", |by, payload| {
        by.jws("EdDSA", SigningAlgorithm::Es256, payload, |text| by.key(SigningAlgorithm::Es256).sign(text).unwrap())
    }),
    ("DER", |by, payload| {
        by.jws("ES256", SigningAlgorithm::Es256, payload, |text| {
            der(&by.key(SigningAlgorithm::Es256).sign(text).unwrap())
        })
    }),
    ("another key", |by, payload| {
        by.jws("ES256", SigningAlgorithm::Es256, payload, |text| by.stranger.sign(text).unwrap())
    }),
];

#[on_both_engines]
fn what_no_trusted_key_has_signed_by_its_own_algorithm_is_refused_by_all(place: Place) {
    furnish(&place);
    // Both keys are there, and known to all.
    drop(signing(&place, SigningAlgorithm::EdDsa));
    let serving = signing(&place, SigningAlgorithm::Es256);
    let may = log_in(&serving, "may");
    let token = may.token();
    let forger = Arc::new(Forger::of(&place));
    let copy = Copy::new();
    pulled(&mut pull(&serving.url, &copy.path, token));
    let folders: Vec<_> = INSTALLED.iter().map(|_| tempfile::tempdir().unwrap()).collect();
    // Trusted first, and nothing kept yet.
    for (example, folder) in INSTALLED.iter().zip(&folders) {
        example.said(&["report", "2026-09", folder.path().to_str().unwrap()], &serving.url, token.unwrap());
    }
    change_beside(&serving, &place, "mot");
    for (name, forgery) in FORGERIES {
        let by = Arc::clone(&forger);
        let proxy =
            Proxy::altering(&serving.url, move |what, reply| forge(what, reply, |payload| forgery(&by, payload)));
        refused(&mut pull(&proxy.url, &copy.path, token), &copy, "signature");
        let fresh = Copy::new();
        let (done, said) = ended(&mut pull(&proxy.url, &fresh.path, token));
        assert!(!done && fresh.position() == 0, "{name}: {said}");
        for (example, folder) in INSTALLED.iter().zip(&folders) {
            let into = folder.path().to_str().unwrap();
            example.refuses(&["copy", into], &proxy.url, token.unwrap());
            example.refuses(&["report", "2026-10", into], &proxy.url, token.unwrap());
            assert!(!folder.path().join("copy.json").exists() && !folder.path().join("report-2026-10.json").exists());
        }
    }
    // Refused for the forgeries alone.
    pulled(pull(&serving.url, &copy.path, token).args(["--report", "2026-10"]));
    for (example, folder) in INSTALLED.iter().zip(&folders) {
        example.said(&["copy", folder.path().to_str().unwrap()], &serving.url, token.unwrap());
    }
}

#[on_both_engines]
fn a_key_published_under_the_name_of_another_is_refused_by_all(place: Place) {
    furnish(&place);
    let serving = signing(&place, SigningAlgorithm::Es256);
    let may = log_in(&serving, "may");
    let token = may.token();
    let forger = Arc::new(Forger::of(&place));
    let by = Arc::clone(&forger);
    let proxy = Proxy::altering(&serving.url, move |what, reply| {
        if what.contains("/jwks.json") {
            let mut swapped = json!(PublicKey::of(&by.stranger));
            swapped["kid"] = json!(PublicKey::of(by.key(SigningAlgorithm::Es256)).kid);
            reply.body = json!({"keys": [swapped]}).to_string().into_bytes();
        } else {
            let sign = |text: &[u8]| by.stranger.sign(text).unwrap();
            forge(what, reply, |payload| by.jws("ES256", SigningAlgorithm::Es256, payload, sign));
        }
    });
    let copy = Copy::new();
    let (done, said) = ended(&mut pull(&proxy.url, &copy.path, token));
    assert!(!done && said.contains("it is not named by its thumbprint") && copy.position() == 0, "{said}");
    for example in INSTALLED.iter() {
        let folder = tempfile::tempdir().unwrap();
        let told = example.refuses(&["copy", folder.path().to_str().unwrap()], &proxy.url, token.unwrap());
        assert!(told.contains("is not named by its thumbprint") && !folder.path().join("keys.json").exists(), "{told}");
    }
}
