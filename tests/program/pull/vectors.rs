//! docs/vectors/pull.json, by which integrators try their programs: the product hashes, signs and checks as it says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use thidua_domain::log::changes::{Actor, ActorKind, Change, Operation, Resource, genesis};
use thidua_domain::log::nonce::Nonce;
use thidua_http::crypto::signing::{PublicKeys, SigningKey};
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

#[test]
fn the_program_signs_what_the_vectors_say_and_takes_it() {
    let vectors = vectors();
    let private = URL_SAFE_NO_PAD.decode(vectors["private_key"]["d"].as_str().unwrap()).unwrap();
    // PKCS #8 of an Ed25519 key (RFC 8410, section 7).
    let pkcs8 = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(), &private].concat();
    let key = SigningKey::of(&pkcs8).unwrap();
    assert_eq!(json!({ "keys": [key.public()] }), vectors["keys"]);
    let body = text(&vectors["report"]["body"]).unwrap();
    assert_eq!(vectors["report"]["signature"], key.sign_detached(body.as_bytes()));

    let jws = text(&vectors["checkpoint"]["jws"]).unwrap();
    let keys: PublicKeys = serde_json::from_value(vectors["keys"].clone()).unwrap();
    let statement = keys.opened(&jws).unwrap();
    assert_eq!(jws, key.sign(&statement));
    let at: Value = serde_json::from_slice(&statement).unwrap();
    assert_eq!((&at["seq"], &at["hash"]), (&vectors["page"]["last"], &vectors["page"]["items"][4]["hash"]));
}

#[test]
fn the_puller_takes_the_vectors_and_nothing_that_differs() {
    let vectors = vectors();
    let taken = |vectors: &Value| {
        let page = serde_json::from_value(vectors["page"].clone()).unwrap();
        let at = follow(&page, &Position::start()).map_err(|error| error.to_string())?;
        let keys = Keys::from_json(&vectors["keys"].to_string()).unwrap();
        let checkpoint = serde_json::from_value(vectors["checkpoint"].clone()).unwrap();
        keys.check_checkpoint(&checkpoint, &at).map_err(|error| error.to_string())
    };
    assert_eq!(taken(&vectors), Ok(text(&vectors["keys"]["keys"][0]["kid"]).unwrap()));
    for (altered, words) in altered() {
        let told = taken(&altered).unwrap_err();
        assert!(told.contains(words), "{words:?} expected: {told}");
    }
}

/// The vectors with one thing altered in the page or the signed position, and what the puller says of it.
pub(super) fn altered() -> Vec<(Value, &'static str)> {
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
        with("/checkpoint/jws", vectors()["report"]["signature"].clone(), "signature"),
    ]
}
