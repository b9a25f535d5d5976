//! The drill: backed up under load, restored elsewhere, served.

use super::{backup, done, furnished, manifest, members, prepared, restore};
use crate::program::guides::Guide;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use support::bodies;
use support::engines::Place;
use support::program::{Serving, run};
use support::waiting::eventually;
use support::{Client, on_both_engines};

const GUIDE: Guide = Guide { path: "docs/backup.md", text: include_str!("../../../docs/backup.md") };
const KEYS: [&str; 3] = ["signing-key.pem", "secret-key.pem", "token-key.pem"];

fn course(number: usize) -> Value {
    bodies::course(&format!("K-{number}"), "H18.SKHCN")
}

/// The log up to a position, as lines.
fn log(client: &Client, seq: i64) -> Vec<String> {
    let answer = client.clone().with("accept", "application/x-ndjson").get("/api/v1/changes?after=0").expect(200);
    let text = String::from_utf8(answer.body).unwrap();
    text.lines().take(usize::try_from(seq).unwrap()).map(str::to_owned).collect()
}

/// Answers of both sides to the same questions: about the past, and about rows that nobody has touched since.
fn answers(client: &Client, seq: i64) -> Vec<(String, Value)> {
    let then = format!("period=2026-10&asOf={seq}");
    let paths = [
        format!("/api/v1/provincial-report?{then}"),
        format!("/api/v1/attainments?{then}"),
        "/api/v1/attainments/CT7/H18/2026-10/explain".to_owned(),
        "/api/v1/training-records?limit=200&sort=on".to_owned(),
        "/api/v1/staff?limit=200".to_owned(),
        "/api/v1/information-systems?limit=200".to_owned(),
        "/api/v1/incidents?limit=200".to_owned(),
        format!("/api/v1/audit/checkpoints?seq={seq}"),
    ];
    let answer = |path: String| {
        let mut json = client.get(&path).expect(200).json;
        // Members that differ by the time of the question, or by a random key.
        let of_now: &[&str] =
            if path.contains("seq") || path.contains("asOf") { &["at", "jws"] } else { &["seq", "next"] };
        for member in of_now {
            json.as_object_mut().and_then(|members| members.remove(*member));
            json["attainment"].as_object_mut().and_then(|members| members.remove(*member));
        }
        (path, json)
    };
    paths.into_iter().map(answer).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[on_both_engines]
fn a_backup_taken_while_others_write_serves_the_same_answers_elsewhere(place: Place) {
    prepared(&place);
    let file = place.folder().join("backup.tar");
    let serving = Serving::start(&place, &[]);
    let root = serving.root();
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    root.post("/api/v1/courses", &course(written.fetch_add(1, Ordering::Relaxed))).expect(201);
                }
            });
        }
        let more = |than: usize| {
            eventually("others write", || (written.load(Ordering::Relaxed) > than + 10).then_some(()));
        };
        more(0);
        let said = done(backup(&place, &file, &[]));
        assert!(said.contains("keys  signing, secret, token"), "{said}");
        more(written.load(Ordering::Relaxed));
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(mode(&file), 0o600);
    assert!(!place.folder().join("backup.tar.partial").exists());
    let manifest = manifest(&file);
    let seq = manifest["seq"].as_i64().unwrap();
    let engine = if place.is_postgres() { "postgresql" } else { "sqlite" };
    assert_eq!((&manifest["engine"], &manifest["format"]), (&json!(engine), &json!(1)));
    let head = root.get("/api/v1/changes").expect(200).json["head"].as_i64().unwrap();
    assert!(seq < head, "others wrote on meanwhile");

    let elsewhere = place.elsewhere();
    let said = done(restore(&elsewhere, &file));
    assert!(said.contains(&format!("{seq} changes, ")) && said.contains("verified"), "{said}");
    assert!(said.contains("signing-key.pem  from the backup") && said.contains("token-key.pem  is new"), "{said}");
    for key in KEYS {
        let (before, after) = (place.folder().join("data").join(key), elsewhere.folder().join("data").join(key));
        assert_eq!(mode(&after), 0o600);
        assert_eq!(fs::read(before).unwrap() == fs::read(after).unwrap(), key != "token-key.pem", "{key}");
    }
    if !place.is_postgres() {
        assert_eq!(mode(&elsewhere.folder().join("test.sqlite")), 0o600);
    }

    let again = Serving::start(&elsewhere, &[]);
    Client::new(again.url.clone(), root.token().map(str::to_owned)).get("/api/v1/me").refused(401, "invalid_token");
    let there = again.root();
    assert_eq!(log(&there, seq), log(&root, seq), "the log is the same up to the backup");
    for ((path, restored), (_, original)) in answers(&there, seq).into_iter().zip(answers(&root, seq)) {
        assert_eq!(restored, original, "{path}");
    }
    there.get(&format!("/api/v1/changes?after={seq}&limit=1")).expect(200);
    assert_eq!(there.get("/api/v1/changes").expect(200).json["head"], seq, "and has no change after it");
    let next = there.post("/api/v1/courses", &course(1_000_000)).expect(201);
    assert_eq!(there.get("/api/v1/courses/K-1000000").expect(200).json, next.json);
    let tag = |client: &Client, seq: i64| {
        client.get(&format!("/api/v1/provincial-report?period=2026-10&asOf={seq}")).expect(200).headers["etag"].clone()
    };
    assert_eq!(tag(&there, seq), tag(&root, seq));
    assert_ne!(tag(&there, seq + 1), tag(&root, seq + 1), "another change has that number now");
    for (place, serving) in [(&elsewhere, again), (&place, serving)] {
        assert_eq!(serving.terminate(), Some(0));
        done(run(place, &["verify"], ""));
    }
}

#[on_both_engines]
fn a_session_of_before_does_not_go_on(place: Place) {
    furnished(&place);
    let serving = Serving::start(&place, &[]);
    let credentials = json!({"username": "root", "password": support::server::PASSWORD});
    let tokens = serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    let file = place.folder().join("backup.tar");
    done(backup(&place, &file, &[]));
    let elsewhere = place.elsewhere();
    done(restore(&elsewhere, &file));
    let again = Serving::start(&elsewhere, &[]);
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    again.anonymous().post("/api/v1/auth/refresh", &refresh).refused(401, "session_over");
    serving.anonymous().post("/api/v1/auth/refresh", &refresh).expect(200);
}

#[on_both_engines]
fn a_backup_without_keys_takes_those_that_are_there_and_names_the_others(place: Place) {
    furnished(&place);
    let file = place.folder().join("backup.tar");
    let said = done(backup(&place, &file, &["--without-keys"]));
    assert!(said.contains("keys  none"), "{said}");
    let archive = fs::read(&file).unwrap();
    assert_eq!(members(&archive).len(), 3);
    let elsewhere = place.elsewhere();
    fs::create_dir(elsewhere.folder().join("data")).unwrap();
    let own = |key: &str| fs::copy(place.folder().join("data").join(key), elsewhere.folder().join("data").join(key));
    own("signing-key.pem").unwrap();
    let said = done(restore(&elsewhere, &file));
    assert!(said.contains("signing-key.pem  was there") && said.contains("secret-key.pem  is missing"), "{said}");
    own("secret-key.pem").unwrap();
    Serving::start(&elsewhere, &[]).root().get("/api/v1/me").expect(200);
}

#[test]
fn every_command_of_the_document_runs_in_the_order_it_is_written() {
    for engine in [support::Engine::Sqlite, support::Engine::Postgres] {
        let Some(place) = engine.place().filter(|_| GUIDE.can_run(&["tar", "sha256sum"])) else { continue };
        prepared(&place);
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), place.elsewhere());
        let commands = GUIDE.blocks("sh");
        let restoring = commands.iter().position(|(_, block)| block.starts_with("thidua restore")).unwrap();
        let said = GUIDE.run(&commands[..restoring], &place, folder.path(), "");
        assert!(said.contains("manifest.json: OK") && said.contains("keys/secret-key.pem: OK"), "{said}");
        let said = GUIDE.run(&commands[restoring..], &elsewhere, folder.path(), "");
        assert!(said.contains(", verified") && said.contains("clean: "), "{said}");
    }
}
