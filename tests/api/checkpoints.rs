//! Checkpoints and the report's signature, checked as an outsider would, with a library that is not ours.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, crypto, decode, decode_header};
use serde_json::{Value, json};
use support::bodies;
use support::{Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn a_checkpoint_says_what_the_log_was_and_is_signed_with_the_published_key(world: World) {
    let machine = world.server.user(Role::Puller, None);
    let last = world.server.database().model().seq;
    for (query, seq) in [(String::new(), last), ("?seq=5".to_owned(), 5)] {
        let checkpoint = machine.get(&format!("/api/v1/audit/checkpoints{query}")).expect(200).json;
        let logged =
            &world.admin.get(&format!("/api/v1/changes?after={}&limit=1", seq - 1)).expect(200).json["items"][0];
        assert_eq!((&checkpoint["seq"], &checkpoint["hash"]), (&json!(seq), &logged["hash"]));
        let said = opened(&world.server, checkpoint["jws"].as_str().unwrap());
        assert_eq!(said, json!({"seq": seq, "hash": checkpoint["hash"], "at": checkpoint["at"]}));
    }
    let errors = machine.get(&format!("/api/v1/audit/checkpoints?seq={}", last + 1)).expect(422).errors();
    assert_eq!(errors.get("/seq").map(String::as_str), Some("unknown_seq"));
}

#[on_both_engines]
fn the_report_is_canonical_and_its_signature_holds_for_its_bytes_and_no_others(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let report = world.admin.get("/api/v1/provincial-report?period=2026-10").expect(200);
    let signature = report.headers["jws-signature"].clone();
    let (header, mac) = signature.split_once("..").expect("a detached signature");
    let whole = |body: &[u8]| format!("{header}.{}.{mac}", base64url(body));
    assert_eq!(opened(&world.server, &whole(&report.body)), report.json);
    let altered = String::from_utf8(report.body.clone()).unwrap().replacen("\"numerator\":1", "\"numerator\":2", 1);
    assert!(try_open(&world.server, &whole(altered.as_bytes())).is_none(), "another figure, another signature");

    // Members in order, nothing between them: what sorted maps write.
    let text = String::from_utf8(report.body).unwrap();
    assert_eq!(serde_json::to_string(&sorted(&report.json)).unwrap(), text);
    let then =
        world.admin.get(&format!("/api/v1/provincial-report?period=2026-10&asOf={}", report.json["seq"])).expect(200);
    assert_eq!((then.headers["jws-signature"].as_str(), &then.json), (signature.as_str(), &report.json));
}

#[on_both_engines]
fn the_report_is_signed_in_every_form_byte_for_byte(world: World) {
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let property = |name: &str, path: &str| bodies::property(name, "text", path);
    let bare =
        json!({"rows": "attainments", "properties": [property("MaDonVi", "agency"), property("ChiTieu", "indicator")]});
    let mut around = bare.clone();
    around["envelope"] = json!({"rows_name": "DuLieu"});
    for (code, mapping) in [("mang", bare), ("goi", around)] {
        world.create("export-profiles", json!({"code": code, "name_vi": "Biểu", "mapping": mapping}));
    }
    for profile in ["mang", "goi", "native"] {
        let sent = world.admin.get(&format!("/api/v1/export-profiles/{profile}/report?period=2026-10")).expect(200);
        let signature = &sent.headers["jws-signature"];
        assert!(proves(&world.server, signature, &sent.body), "{profile}");
        let altered = String::from_utf8(sent.body).unwrap().replacen("H18", "H19", 1);
        assert!(!proves(&world.server, signature, altered.as_bytes()), "{profile}");
    }
}

/// Checks a detached JWS against a body, which may be any JSON; true when the signature holds.
fn proves(server: &Server, detached: &str, body: &[u8]) -> bool {
    let (header, mac) = detached.split_once("..").expect("a detached signature");
    let signed = format!("{header}.{}", base64url(body));
    crypto::verify(mac, signed.as_bytes(), &key_of(server, &format!("{signed}.{mac}")), Algorithm::EdDSA).unwrap()
}

/// The payload of a JWS; fails the test when the signature does not hold.
fn opened(server: &Server, jws: &str) -> Value {
    try_open(server, jws).expect("the signature is right")
}

fn try_open(server: &Server, jws: &str) -> Option<Value> {
    let key = key_of(server, jws);
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    decode::<Value>(jws, &key, &validation).ok().map(|read| read.claims)
}

/// The published key that a JWS names.
fn key_of(server: &Server, jws: &str) -> DecodingKey {
    let published: JwkSet =
        serde_json::from_value(server.anonymous().get("/.well-known/jwks.json").expect(200).json).unwrap();
    let kid = decode_header(jws).unwrap().kid.expect("the key is named");
    DecodingKey::from_jwk(published.find(&kid).expect("the key is published")).unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: std::collections::BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
