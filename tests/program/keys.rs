//! Keys of an installation: readable by their owner only, rotated while the server runs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};
use support::engines::Place;
use support::program::{Serving, make_root, program, run};
use support::server::PASSWORD;
use support::waiting::eventually;
use support::{Client, on_both_engines};

const FILES: [&str; 3] = ["token-key.pem", "signing-key.pem", "secret-key.pem"];

/// The name of the key that signed a client's token.
fn kid(client: &Client) -> String {
    let header = client.token().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// The names that are published.
fn published(serving: &Serving, file: &str) -> Vec<String> {
    let set = serving.anonymous().get(&format!("/.well-known/{file}")).expect(200).json;
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Puts something in the place of a file, starts the server, and answers what it says when it does not start.
pub(super) fn refused(place: &Place, file: &Path, text: &str, mode: u32) -> String {
    let (before, permissions) = (fs::read(file).unwrap(), fs::metadata(file).unwrap().permissions());
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    let told = does_not_start(program(place).arg("serve"));
    fs::write(file, before).unwrap();
    fs::set_permissions(file, permissions).unwrap();
    told
}

/// Runs a server that does not start, and gives its message.
pub(super) fn does_not_start(command: &mut Command) -> String {
    let mut server = Ended(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let status = eventually("the server does not start", || server.0.try_wait().unwrap());
    let mut told = String::new();
    server.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(!status.success(), "{told}");
    told
}

/// A process that is killed when a test is done with it: one that ought not to start may serve for ever.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It has ended by itself when all is well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[on_both_engines]
fn a_key_that_others_may_read_or_that_is_none_is_refused(place: Place) {
    make_root(&place);
    drop(Serving::start(&place, &[]));
    for name in FILES {
        let file = place.folder().join("data").join(name);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        let good = fs::read_to_string(&file).unwrap();
        for mode in [0o644, 0o604, 0o660, 0o620, 0o602] {
            let told = refused(&place, &file, &good, mode);
            assert!(told.contains(&format!("chmod 600 {}", file.display())), "{mode:o}: {told}");
        }
        for text in [
            "",
            "changeme",
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
            "-----BEGIN THIDUA SECRET-----\nc2VjcmV0\n-----END THIDUA SECRET-----\n",
        ] {
            let told = refused(&place, &file, text, 0o600);
            assert!(told.contains(name) && told.contains("does not hold "), "{told}");
            assert!(!told.contains("c2VjcmV0"), "{told}");
        }
    }
    drop(Serving::start(&place, &[]));
}

#[on_both_engines]
fn a_key_from_elsewhere_must_be_there(place: Place) {
    make_root(&place);
    let missing = place.folder().join("mounted.pem").display().to_string();
    for option in ["--token-key", "--signing-key", "--secret-key"] {
        let output = program(&place).args(["serve", option, &missing]).output().unwrap();
        assert!(!output.status.success() && said(&output).contains(&missing), "{output:?}");
        assert!(!Path::new(&missing).exists(), "it is not ours to make");
    }
    drop(Serving::start(&place, &[]));
    for name in FILES {
        let (own, mounted) = (place.folder().join("data").join(name), place.folder().join(name));
        fs::rename(&own, &mounted).unwrap();
        fs::set_permissions(&mounted, fs::Permissions::from_mode(0o440)).unwrap();
    }
    let path = |name: &str| place.folder().join(name).display().to_string();
    let (token, signing, secret) = (path(FILES[0]), path(FILES[1]), path(FILES[2]));
    let serving = Serving::start(&place, &["--token-key", &token, "--signing-key", &signing, "--secret-key", &secret]);
    serving.root().get("/api/v1/me").expect(200);
    assert!(FILES.iter().all(|name| !place.folder().join("data").join(name).exists()));
}

#[on_both_engines]
fn a_new_key_of_tokens_signs_and_the_one_before_still_verifies(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    let before = serving.root();
    assert!(
        run(&place, &["admin", "create-user", "--username", "second", "--role", "viewer"], PASSWORD).status.success()
    );
    let cursor = eventually("a second page", || {
        before.get("/api/v1/users?limit=1").expect(200).json["next"].as_str().map(str::to_owned)
    });
    assert_eq!(published(&serving, "access-token-jwks.json"), [kid(&before)]);
    assert!(run(&place, &["keys", "rotate", "token"], "").status.success());
    eventually("the server takes the new key up", || {
        (published(&serving, "access-token-jwks.json").len() == 2).then_some(())
    });
    let after = serving.root();
    assert_eq!(published(&serving, "access-token-jwks.json"), [kid(&after), kid(&before)]);
    before.get("/api/v1/me").expect(200);
    after.get("/api/v1/me").expect(200);
    after.get(&format!("/api/v1/users?limit=1&cursor={cursor}")).expect(200);
    let listed = String::from_utf8(run(&place, &["keys", "list"], "").stdout).unwrap();
    assert!(listed.contains(&format!("token    {}  EdDSA  signs\n", kid(&after))), "{listed}");
    assert!(listed.contains(&format!("token    {}  EdDSA  still verifies\n", kid(&before))), "{listed}");

    let soon = run(&place, &["keys", "rotate", "token"], "");
    assert!(!soon.status.success() && said(&soon).contains("--force"), "{soon:?}");
    assert!(run(&place, &["keys", "rotate", "token", "--force"], "").status.success());
    eventually("the first key is gone", || {
        (!published(&serving, "access-token-jwks.json").contains(&kid(&before))).then_some(())
    });
    before.get("/api/v1/me").refused(401, "invalid_token");
    after.get("/api/v1/me").expect(200);
    let mode = fs::metadata(place.folder().join("data/token-key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[on_both_engines]
fn what_the_signing_key_before_has_signed_can_be_checked_for_good(place: Place) {
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    let root = serving.root();
    let checkpoint = place.folder().join("checkpoint.json");
    fs::write(&checkpoint, root.get("/api/v1/audit/checkpoints").expect(200).body).unwrap();
    let mut names = published(&serving, "jwks.json");
    for count in 2..4 {
        assert!(run(&place, &["keys", "rotate", "signing"], "").status.success());
        eventually("the server takes the new key up", || {
            (published(&serving, "jwks.json").len() == count).then_some(())
        });
    }
    names.insert(0, published(&serving, "jwks.json")[1].clone());
    names.insert(0, published(&serving, "jwks.json")[0].clone());
    assert_eq!(published(&serving, "jwks.json"), names, "the new ones stand before the old");
    let jwks = place.folder().join("jwks.json");
    fs::write(&jwks, serving.anonymous().get("/.well-known/jwks.json").expect(200).body).unwrap();
    for keys in [vec![], vec!["--jwks", jwks.to_str().unwrap()]] {
        let words = [vec!["verify", "--checkpoint", checkpoint.to_str().unwrap()], keys].concat();
        let output = run(&place, &words, "");
        assert!(output.status.success(), "{output:?}");
    }
}

#[on_both_engines]
fn a_rotation_that_was_killed_stands_in_no_other_ones_way(place: Place) {
    make_root(&place);
    drop(Serving::start(&place, &[]));
    let beside = place.folder().join("data/signing-key.new");
    fs::write(&beside, "half of a k").unwrap();
    let at_once = run(&place, &["keys", "rotate", "signing"], "");
    assert!(!at_once.status.success() && said(&at_once).contains("signing-key.new"), "{at_once:?}");
    let two_minutes_ago = SystemTime::now() - Duration::from_secs(120);
    fs::File::options().write(true).open(&beside).unwrap().set_modified(two_minutes_ago).unwrap();
    assert!(run(&place, &["keys", "rotate", "signing"], "").status.success());
    assert!(!beside.exists());
    let listed = String::from_utf8(run(&place, &["keys", "list"], "").stdout).unwrap();
    assert_eq!(listed.matches("signing ").count(), 2, "{listed}");
}

#[on_both_engines]
fn a_file_that_is_of_no_use_leaves_a_running_server_its_keys(place: Place) {
    make_root(&place);
    let log = tempfile::NamedTempFile::new().unwrap();
    let serving = Serving::start_logging(&place, &[], "warn", log.reopen().unwrap().into());
    let root = serving.root();
    fs::write(place.folder().join("data/token-key.pem"), "changeme").unwrap();
    eventually("it says so", || {
        root.get("/api/v1/me").expect(200);
        let told = fs::read_to_string(log.path()).unwrap();
        told.contains("token-key.pem: does not hold a private key; going on").then_some(())
    });
    root.get("/api/v1/me").expect(200);
}
