//! The keys that sign reports and checkpoints: of two algorithms, one of which signs, and with a certificate or without.

use super::keys::does_not_start;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, make_root, make_sample, program, run};
use support::waiting::eventually;

const EDDSA: [&str; 2] = ["--signing-algorithm", "eddsa"];
const ES256: [&str; 2] = ["--signing-algorithm", "es256"];

fn key_file(place: &Place) -> PathBuf {
    place.folder().join("data/signing-key.pem")
}

fn published(serving: &Serving) -> Vec<Value> {
    serving.anonymous().get("/.well-known/jwks.json").expect(200).json["keys"].as_array().unwrap().clone()
}

/// Names of published keys with their algorithms.
fn names(serving: &Serving) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    published(serving).iter().map(|key| (text(&key["kid"]), text(&key["alg"]))).collect()
}

/// The header of a JWS, or of a detached one.
fn header(jws: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jws.split('.').next().unwrap()).unwrap()).unwrap()
}

/// Keeps a checkpoint in a file; its header.
fn checkpoint(serving: &Serving, file: &Path) -> Value {
    let taken = serving.root().get("/api/v1/audit/checkpoints").expect(200);
    fs::write(file, &taken.body).unwrap();
    header(taken.json["jws"].as_str().unwrap())
}

fn said(place: &Place, words: &[&str]) -> String {
    let output = run(place, words, "");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(place: &Place, words: &[&str], told: &str) {
    let output = run(place, words, "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(told), "{told:?} expected: {output:?}");
}

#[on_both_engines]
fn the_setting_says_which_algorithm_signs_and_what_the_other_has_signed_stays_provable(place: Place) {
    make_sample(&place);
    make_root(&place);
    let kept = ["first", "second", "third"].map(|name| place.folder().join(format!("{name}.json")));
    let serving = Serving::start(&place, &[]);
    assert_eq!(checkpoint(&serving, &kept[0])["alg"], "EdDSA");
    let first = names(&serving);
    assert_eq!(first.len(), 1);
    drop(serving);

    let serving = Serving::start(&place, &ES256);
    let both = names(&serving);
    assert_eq!((both[0].1.as_str(), &both[1..]), ("ES256", &first[..]), "the one in use stands before the other");
    let key = &published(&serving)[0];
    assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&json!("EC"), &json!("P-256"), &json!("sig")));
    let right = json!({"alg": "ES256", "kid": both[0].0});
    assert_eq!(checkpoint(&serving, &kept[1]), right);
    let root = serving.root();
    let report = root.get("/api/v1/provincial-report?period=2026-10").expect(200);
    let jws = report.headers["jws-signature"].as_str();
    assert_eq!(header(jws), right);
    assert_eq!(URL_SAFE_NO_PAD.decode(jws.rsplit('.').next().unwrap()).unwrap().len(), 64, "r and s, not DER");
    let jwks = place.folder().join("jwks.json");
    fs::write(&jwks, json!({"keys": published(&serving)}).to_string()).unwrap();
    drop(serving);

    // And back: the keys are those of before.
    let serving = Serving::start(&place, &EDDSA);
    assert_eq!(names(&serving), [both[1].clone(), both[0].clone()]);
    assert_eq!(checkpoint(&serving, &kept[2]), json!({"alg": "EdDSA", "kid": first[0].0}));
    drop(serving);
    let checkpoints: Vec<_> = kept.iter().flat_map(|file| ["--checkpoint", file.to_str().unwrap()]).collect();
    for keys in [vec![], vec!["--jwks", jwks.to_str().unwrap()]] {
        said(&place, &[vec!["verify"], checkpoints.clone(), keys].concat());
    }
    // A key under the name of another is none.
    let swapped = fs::read_to_string(&jwks).unwrap().replace("\"x\":\"", "\"x\":\"A");
    fs::write(&jwks, swapped).unwrap();
    let words = [vec!["verify"], checkpoints, vec!["--jwks", jwks.to_str().unwrap()]].concat();
    let told = String::from_utf8(run(&place, &words, "").stdout).unwrap();
    assert!(told.contains("which is of no use"), "{told}");

    // Both are in a backup.
    let (file, elsewhere) = (place.folder().join("backup.tar"), place.elsewhere());
    said(&place, &["backup", file.to_str().unwrap()]);
    said(&elsewhere, &["restore", file.to_str().unwrap()]);
    assert_eq!(names(&Serving::start(&elsewhere, &ES256)), both);
    for file in &kept {
        said(&elsewhere, &["verify", "--checkpoint", file.to_str().unwrap()]);
    }
}

#[on_both_engines]
fn keys_of_either_algorithm_are_listed_and_replaced(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    let first = names(&serving);
    // Made before it is used: pullers can be told its name.
    let listed = said(&place, &["keys", "rotate", "signing", ES256[0], ES256[1]]);
    let two = eventually("the server publishes it", || Some(names(&serving)).filter(|names| names.len() == 2));
    assert_eq!((&two[0], two[1].1.as_str()), (&first[0], "ES256"), "what signs is as before");
    assert!(listed.contains(&format!("signing  {}  ES256  signs\n", two[1].0)), "{listed}");
    let listed = said(&place, &["keys", "list"]);
    assert!(listed.contains(&format!("signing  {}  EdDSA  signs\n", two[0].0)), "{listed}");
    assert!(listed.contains(&format!("signing  {}  ES256  still verifies\n", two[1].0)), "{listed}");

    said(&place, &["keys", "rotate", "signing"]);
    let three = eventually("a new key signs", || Some(names(&serving)).filter(|names| names.len() == 3));
    assert_eq!((three[0].1.as_str(), &three[1], &three[2]), ("EdDSA", &two[1], &two[0]));
    drop(serving);
    let serving = Serving::start(&place, &ES256);
    assert_eq!(names(&serving)[0], two[1], "and no further one was made");
    said(&place, &["keys", "rotate", "signing", ES256[0], ES256[1]]);
    let four = eventually("a new key signs", || Some(names(&serving)).filter(|names| names.len() == 4));
    assert!(four[0].1 == "ES256" && !three.contains(&four[0]) && three.iter().all(|key| four.contains(key)));
}

#[on_both_engines]
fn a_key_of_another_algorithm_is_told_where_it_cannot_sign(place: Place) {
    make_root(&place);
    drop(Serving::start(&place, &[]));
    let mounted = place.folder().join("mounted.pem");
    fs::rename(key_file(&place), &mounted).unwrap();
    let mounted = mounted.to_str().unwrap();
    let before = fs::read(mounted).unwrap();
    let words = ["--signing-key", mounted, ES256[0], ES256[1]];
    let told = does_not_start(program(&place).arg("serve").args(words));
    assert!(told.contains("mounted.pem") && told.contains("does not hold a key for ES256"), "{told}");
    assert!(fs::read(mounted).unwrap() == before, "it is not ours to change");
    said(&place, &[["keys", "rotate", "signing"].as_slice(), &words].concat());
    drop(Serving::start(&place, &words));

    // Tokens are signed with Ed25519 only.
    fs::copy(mounted, place.folder().join("data/token-key.pem")).unwrap();
    let told = does_not_start(program(&place).arg("serve").args(words));
    assert!(told.contains("token-key.pem") && told.contains("Ed25519"), "{told}");
    let told = does_not_start(program(&place).args(["serve", ES256[0], "none"]));
    assert!(told.contains("eddsa, es256"), "{told}");
}

/// Runs OpenSSL's tool in a folder; false where there is none.
fn openssl(folder: &Path, words: &str) -> bool {
    let Ok(output) = Command::new("openssl").current_dir(folder).args(words.split(' ')).output() else {
        assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
        return false;
    };
    assert!(output.status.success(), "{words}: {output:?}");
    true
}

/// The certificates of a file, in base64.
fn certificates(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    blocks.map(|block| block.split("-----END").next().unwrap().split_whitespace().collect()).collect()
}

#[on_both_engines]
fn the_certificate_of_the_key_that_signs_is_published_with_it(place: Place) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_root(&place);
    drop(Serving::start(&place, &[]));
    let key = key_file(&place).display().to_string();
    for algorithm in [EDDSA, ES256] {
        // The newest key stands first in the file, where OpenSSL finds it. One of Ed25519 it reads as it has made it.
        if algorithm == ES256 {
            said(&place, &["keys", "rotate", "signing", algorithm[0], algorithm[1]]);
        } else if openssl(folder, "genpkey -algorithm ed25519 -out made.pem") {
            let made = fs::read_to_string(folder.join("made.pem")).unwrap();
            fs::write(&key, made + &fs::read_to_string(&key).unwrap()).unwrap();
        }
        let authority = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority";
        if !openssl(folder, &format!("{authority} -keyout ca-key.pem -out ca.pem")) {
            return;
        }
        openssl(
            folder,
            &format!("req -x509 -key {key} -CA ca.pem -CAkey ca-key.pem -days 2 -subj /CN=so-khcn -out own.pem"),
        );
        let chain = ["own.pem", "ca.pem"].map(|file| fs::read_to_string(folder.join(file)).unwrap()).concat();
        fs::write(folder.join("chain.pem"), chain).unwrap();
        let chain = folder.join("chain.pem");
        let words = [algorithm[0], algorithm[1], "--signing-certificate", chain.to_str().unwrap()];
        let serving = Serving::start(&place, &words);
        let keys = published(&serving);
        assert_eq!(keys[0]["x5c"], json!(certificates(&chain)));
        assert_eq!(certificates(&chain).len(), 2);
        assert!(keys[1..].iter().all(|key| key.get("x5c").is_none()), "{keys:?}");
        // As a puller may look at it: it leads to an authority, and is of the key.
        let first = STANDARD.decode(keys[0]["x5c"][0].as_str().unwrap()).unwrap();
        fs::write(folder.join("first.der"), &first).unwrap();
        openssl(folder, "verify -CAfile ca.pem first.der");
        let x = URL_SAFE_NO_PAD.decode(keys[0]["x"].as_str().unwrap()).unwrap();
        assert!(first.windows(x.len()).any(|part| part == x));
        refused(&place, &[["keys", "rotate", "signing"].as_slice(), &words].concat(), "chain.pem: is the certificate");
        assert_eq!(names(&serving).len(), keys.len());
        drop(serving);

        let refused = |text: &str, why: &str| {
            fs::write(&chain, text).unwrap();
            let told = does_not_start(program(&place).arg("serve").args(words));
            assert!(told.contains("chain.pem") && told.contains(why), "{told}");
        };
        let right = fs::read_to_string(folder.join("own.pem")).unwrap();
        refused(&fs::read_to_string(folder.join("ca.pem")).unwrap(), "not that of the key that signs");
        refused(&format!("{}{right}", fs::read_to_string(folder.join("ca.pem")).unwrap()), "not that of the key");
        refused("", "there is no certificate in it");
        refused("-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read");
        fs::write(&chain, &right).unwrap();
        // One for the other algorithm's key is not for this one.
        let other = if algorithm == EDDSA { ES256 } else { EDDSA };
        let words = [other[0], other[1], words[2], words[3]];
        let told = does_not_start(program(&place).arg("serve").args(words));
        assert!(told.contains("not that of the key that signs"), "{told}");
        // Which may be replaced, as no certificate speaks of it.
        said(&place, &[["keys", "rotate", "signing"].as_slice(), &words].concat());
    }
}

/// A key from elsewhere, as an authority or a vault makes it.
#[on_both_engines]
fn a_key_that_openssl_has_made_signs(place: Place) {
    make_root(&place);
    let made = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out made.pem";
    if !openssl(place.folder(), made) {
        return;
    }
    let file = place.folder().join("made.pem");
    Command::new("chmod").arg("600").arg(&file).status().unwrap();
    let serving = Serving::start(&place, &["--signing-key", file.to_str().unwrap(), ES256[0], ES256[1]]);
    let kept = place.folder().join("checkpoint.json");
    assert_eq!(checkpoint(&serving, &kept)["alg"], "ES256");
    said(&place, &["--signing-key", file.to_str().unwrap(), "verify", "--checkpoint", kept.to_str().unwrap()]);
    openssl(place.folder(), "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out made.pem");
    let words = ["serve", "--signing-key", file.to_str().unwrap(), ES256[0], ES256[1]];
    let told = does_not_start(program(&place).args(words));
    assert!(told.contains("made.pem") && told.contains("does not hold an Ed25519 or a P-256 key"), "{told}");
}
