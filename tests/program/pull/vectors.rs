//! docs/vectors/pull.json, by which integrators try their programs: the product hashes, signs and checks as it says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use thidua_domain::log::changes::{Actor, ActorKind, Change, Operation, Resource, genesis};
use thidua_domain::log::nonce::Nonce;
use thidua_http::config::signing::SigningAlgorithm;
use thidua_http::crypto::public_keys::PublicKeys;
use thidua_http::crypto::signing::SigningKey;
use thidua_pull::chain::{Position, follow};
use thidua_pull::keys::Keys;

/// The vectors.
pub(super) const VECTORS: &str = include_str!("../../../docs/vectors/pull.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[test]
fn the_program_hashes_the_changes_of_the_vectors_as_they_say() {
    let vectors = vectors();
    let mut previous = genesis();
    let mut forms = Vec::new();
    for item in vectors["page"]["items"].as_array().unwrap() {
        let hash = text(&item["hash"]).unwrap();
        if item["sight"] == "whole" {
            let spelled = |name: &str| item[name].as_str().unwrap();
            let actor = &item["actor"];
            let change = Change {
                seq: item["seq"].as_i64().unwrap(),
                at: item["at_micros"].as_i64().unwrap(),
                actor: Actor {
                    kind: ActorKind::from_spelling(actor["kind"].as_str().unwrap()).unwrap(),
                    id: actor["id"].as_i64().unwrap(),
                },
                resource: Resource::from_spelling(spelled("resource")).unwrap(),
                resource_id: item["id"].as_i64().unwrap(),
                operation: Operation::from_spelling(spelled("operation")).unwrap(),
                before: text(&item["before"]),
                after: text(&item["after"]),
                reason: text(&item["reason"]),
                nonce: item["nonce"].as_str().map(|nonce| Nonce::parse(nonce).unwrap()),
            };
            assert_eq!(change.hash(&previous), hash, "{item}");
            forms.push(change.form().number());
        }
        previous = hash;
    }
    assert_eq!(forms, [1, 2, 2, 2]);
}

/// A program that gets one of these wrong fits every log without it, and none with it.
#[test]
fn the_vectors_have_what_programs_get_wrong() {
    let vectors = vectors();
    let texts: Vec<_> =
        vectors["hashed"].as_array().unwrap().iter().map(|hashed| text(&hashed["text"]).unwrap()).collect();
    let all = texts.concat();
    for part in ["ỹ", "ộ", "<", "&", r#"\\\""#, r"\\\\", r"\\t", r"\n", "🙂", "\u{2028}", "\u{7f}", "null"] {
        assert!(all.contains(part), "{part:?}");
    }
    for (hashed, text) in vectors["hashed"].as_array().unwrap().iter().zip(&texts) {
        assert_eq!(hashed["utf8_base64url"], URL_SAFE_NO_PAD.encode(text));
    }
    let body = text(&vectors["report"]["body"]).unwrap();
    assert_eq!(vectors["report"]["body_base64url"], URL_SAFE_NO_PAD.encode(body));
    let sights: Vec<_> = vectors["page"]["items"].as_array().unwrap().iter().map(|item| &item["sight"]).collect();
    assert!(sights.iter().any(|sight| *sight == "hidden"));
}

/// The private key for an algorithm (PKCS #8).
pub(super) fn private_key(algorithm: SigningAlgorithm) -> Vec<u8> {
    let vectors = vectors();
    let decoded = |pointer: &str| URL_SAFE_NO_PAD.decode(vectors.pointer(pointer).unwrap().as_str().unwrap()).unwrap();
    match algorithm {
        // RFC 8410, section 7.
        SigningAlgorithm::EdDsa => {
            [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(), &decoded("/private_key/d")]
                .concat()
        }
        // RFC 5915 in RFC 5958, with the public key, as OpenSSL writes it.
        SigningAlgorithm::Es256 => [
            b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
                .as_slice(),
            b"\x04\x6d\x30\x6b\x02\x01\x01\x04\x20",
            &decoded("/private_key_es256/d"),
            b"\xa1\x44\x03\x42\x00\x04",
            &decoded("/private_key_es256/x"),
            &decoded("/private_key_es256/y"),
        ]
        .concat(),
    }
}

#[test]
fn the_program_signs_what_the_vectors_say_and_takes_it() {
    let vectors = vectors();
    let keys: PublicKeys = serde_json::from_value(vectors["keys"].clone()).unwrap();
    let body = text(&vectors["report"]["body"]).unwrap();
    let with_body = |detached: &str| detached.replace("..", &format!(".{}.", URL_SAFE_NO_PAD.encode(&body)));

    let key = SigningKey::of(&private_key(SigningAlgorithm::EdDsa)).unwrap();
    assert_eq!(json!(key.public()), vectors["keys"]["keys"][0]);
    assert_eq!(vectors["report"]["signature"], key.sign_detached(body.as_bytes()).unwrap());
    let statement = keys.opened(&text(&vectors["checkpoint"]["jws"]).unwrap()).unwrap();
    assert_eq!(vectors["checkpoint"]["jws"], key.sign(&statement).unwrap());
    let at: Value = serde_json::from_slice(&statement).unwrap();
    assert_eq!((&at["seq"], &at["hash"]), (&vectors["page"]["last"], &vectors["page"]["items"][4]["hash"]));

    // Of ES256 no two signatures are the same: either side takes the other's.
    let key = SigningKey::of(&private_key(SigningAlgorithm::Es256)).unwrap();
    assert_eq!(json!(key.public()), vectors["keys"]["keys"][1]);
    assert_eq!(keys.opened(&text(&vectors["checkpoint_es256"]["jws"]).unwrap()), Ok(statement.clone()));
    assert_eq!(keys.opened(&key.sign(&statement).unwrap()), Ok(statement));
    for detached in [text(&vectors["report"]["signature_es256"]).unwrap(), key.sign_detached(body.as_bytes()).unwrap()]
    {
        assert_eq!(keys.opened(&with_body(&detached)), Ok(body.clone().into_bytes()));
    }
    assert_eq!(key.public().alg, "ES256");
}

#[test]
fn the_program_and_the_puller_refuse_each_forgery_of_the_vectors() {
    let vectors = vectors();
    let forgeries = vectors["refused"].as_array().unwrap();
    assert!(forgeries.len() > 15);
    for forged in forgeries {
        let (why, jws) = (&forged["why"], text(&forged["jws"]).unwrap());
        let published = forged.get("keys").unwrap_or(&vectors["keys"]).clone();
        let keys: PublicKeys = serde_json::from_value(published.clone()).unwrap();
        assert!(keys.opened(&jws).is_err(), "{why}");
        let trusted = trusted(&published);
        assert!(trusted.is_err() || !opens(&trusted.unwrap(), &jws), "{why}");
    }
}

fn trusted(published: &Value) -> Result<Keys, String> {
    let published = serde_json::from_value(published.clone()).unwrap();
    Keys::trust(None, published, &[]).map_err(|error| error.to_string())
}

/// True when the puller takes a JWS.
fn opens(keys: &Keys, jws: &str) -> bool {
    let parts: Vec<_> = jws.split('.').collect();
    keys.check(parts[0], &URL_SAFE_NO_PAD.decode(parts[1]).unwrap(), parts[2]).is_ok()
}

#[test]
fn the_puller_takes_the_vectors_and_nothing_that_differs() {
    let vectors = vectors();
    let taken = |vectors: &Value, checkpoint: &str| {
        let page = serde_json::from_value(vectors["page"].clone()).unwrap();
        let at = follow(&page, &Position::start()).map_err(|error| error.to_string())?;
        let checkpoint = serde_json::from_value(vectors[checkpoint].clone()).unwrap();
        trusted(&vectors["keys"])?.check_checkpoint(&checkpoint, &at).map_err(|error| error.to_string())
    };
    for (checkpoint, place) in [("checkpoint", 0), ("checkpoint_es256", 1)] {
        assert_eq!(taken(&vectors, checkpoint), Ok(text(&vectors["keys"]["keys"][place]["kid"]).unwrap()));
        for (altered, words) in altered(checkpoint) {
            let told = taken(&altered, checkpoint).unwrap_err();
            assert!(told.contains(words), "{words:?} expected: {told}");
        }
    }
}

/// The vectors with one thing altered in the page or a signed position, and what the puller says of it.
pub(super) fn altered(checkpoint: &str) -> Vec<(Value, &'static str)> {
    let with = |pointer: &str, value: Value, words| {
        let mut vectors = vectors();
        *vectors.pointer_mut(pointer).unwrap() = value;
        (vectors, words)
    };
    let another = "0".repeat(64);
    vec![
        with("/page/items/1/reason", json!("Theo công văn"), "does not have the hash it says"),
        with("/page/items/0/at_micros", json!(1_760_000_000_123_457_i64), "does not have the hash it says"),
        with("/page/items/3/nonce", json!("0".repeat(32)), "does not have the hash it says"),
        with("/page/items/2/hash", json!(another), "does not have the hash it says"),
        with("/page/items/2/seq", json!(4), "follows position"),
        with("/page/items/2/cells/0/denominator", json!(121), "does not have the digest it says"),
        with("/page/previous_hash", json!("f".repeat(64)), "the server's log is another one"),
        with(&format!("/{checkpoint}/jws"), vectors()["report"]["signature"].clone(), "signature"),
    ]
}
