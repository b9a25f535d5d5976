//! `thidua verify` as an outsider runs it: on the database, on an exported log, against kept checkpoints.

use super::guides::Guide;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use support::engines::Place;
use support::program::{Serving, make_sample, run, told};
use support::server::PASSWORD;
use support::{Client, on_both_engines};

const GUIDE: Guide = Guide { path: "docs/verification.md", text: include_str!("../../docs/verification.md") };

/// An outsider's copy of the log of a server with the sample province: lines, checkpoint and keys.
struct Kept {
    folder: tempfile::TempDir,
    lines: Vec<String>,
}

/// Exports the log, and keeps a checkpoint and the keys.
fn kept(place: &Place) -> Kept {
    make_sample(place);
    for (username, role) in [("root", "admin"), ("may", "puller")] {
        assert!(
            run(place, &["admin", "create-user", "--username", username, "--role", role, "--own"], PASSWORD)
                .status
                .success()
        );
    }
    let serving = Serving::start(place, &[]);
    let root = log_in(&serving, "root");
    let kept = Kept { folder: tempfile::tempdir().unwrap(), lines: export(&root) };
    kept.write("log", &kept.lines);
    kept.write("seen-by-a-machine", &export(&log_in(&serving, "may")));
    for (file, path) in [
        ("checkpoint", "/api/v1/audit/checkpoints"),
        ("early", "/api/v1/audit/checkpoints?seq=100"),
        ("jwks", "/.well-known/jwks.json"),
    ] {
        fs::write(kept.path(file), root.get(path).expect(200).body).unwrap();
    }
    kept
}

fn log_in(serving: &Serving, username: &str) -> Client {
    let credentials = json!({"username": username, "password": PASSWORD});
    let token = serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    Client::new(serving.url.clone(), Some(token["access_token"].as_str().unwrap().to_owned()))
}

fn export(client: &Client) -> Vec<String> {
    let answer = client.clone().with("accept", "application/x-ndjson").get("/api/v1/changes?after=0").expect(200);
    String::from_utf8(answer.body).unwrap().lines().map(str::to_owned).collect()
}

impl Kept {
    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, lines: &[String]) {
        fs::write(self.path(file), lines.join("\n") + "\n").unwrap();
    }

    /// Exit code and output of `verify` for a log with these lines.
    fn said_of(&self, place: &Place, lines: &[String]) -> (i32, String) {
        self.write("altered", lines);
        said(&run(place, &["verify", "--log", self.path("altered").to_str().unwrap()], ""))
    }

    /// Arguments that name a file each.
    fn words(&self, words: &[&str]) -> Vec<String> {
        let is_option = |word: &&str| word.starts_with("--");
        words
            .iter()
            .map(|word| if is_option(word) { (*word).to_owned() } else { self.path(word).display().to_string() })
            .collect()
    }

    fn verify(&self, place: &Place, words: &[&str]) -> (i32, String) {
        let words = self.words(words);
        let words: Vec<&str> = ["verify"].into_iter().chain(words.iter().map(String::as_str)).collect();
        said(&run(place, &words, ""))
    }
}

fn said(output: &Output) -> (i32, String) {
    let refused = output.status.code() == Some(2);
    let text = if refused { String::from_utf8_lossy(&output.stderr).into_owned() } else { told(output) };
    (output.status.code().unwrap(), text.trim().to_owned())
}

fn edited(line: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut change: Value = serde_json::from_str(line).unwrap();
    edit(&mut change);
    change.to_string()
}

#[on_both_engines]
fn an_exported_log_is_clean_and_every_change_made_to_it_is_named(place: Place) {
    let kept = kept(&place);
    let count = kept.lines.len();
    let (code, clean) =
        kept.verify(&place, &["--log", "log", "--checkpoint", "checkpoint", "--checkpoint", "early", "--jwks", "jwks"]);
    assert_eq!(code, 0, "{clean}");
    let (code, database) = said(&run(&place, &["verify"], ""));
    assert_eq!((code, &database), (0, &clean), "the log alone gives the cells of the database");
    assert!(clean.starts_with(&format!("clean: {count} changes, ")));

    let altered = |alter: &dyn Fn(&mut Vec<String>)| {
        let mut lines = kept.lines.clone();
        alter(&mut lines);
        kept.said_of(&place, &lines)
    };
    let named = |what: &str| (1, what.to_owned());
    assert_eq!(
        altered(&|lines| lines[41] = edited(&lines[41], |change| change["reason"] = json!("được duyệt"))),
        named("change 42: its content does not fit its hash")
    );
    assert_eq!(altered(&|lines| drop(lines.remove(41))), named("change 43: follows change 41, 42 expected"));
    assert_eq!(altered(&|lines| lines.swap(41, 42)), named("change 43: follows change 41, 42 expected"));
    assert_eq!(
        altered(&|lines| lines[41] = edited(&lines[41], |change| change["at"] = json!("2020-01-01T00:00:00+07:00"))),
        named("change 42: is not whole, as it says")
    );
    assert_eq!(
        altered(&|lines| lines[41] = edited(&lines[41], |change| change["nonce"] = json!("0".repeat(32)))),
        named("change 42: its content does not fit its hash")
    );
    assert_eq!(
        altered(&|lines| lines[41] = edited(&lines[41], |change| change["form"] = json!(1))),
        named("change 42: is not whole, as it says")
    );
    assert_eq!(
        altered(&|lines| lines[41] = edited(&lines[41], |change| drop(change.as_object_mut().unwrap().remove("nonce")))),
        named("change 42: is not whole, as it says")
    );
    let (code, what) = altered(&|lines| lines[41].truncate(20));
    assert_eq!((code, what.starts_with("line 42: is not a change of the log: ")), (1, true), "{what}");
    // Figures' parts are in no hash: they are computed.
    let place_of_cells = kept.lines.iter().rposition(|line| line.contains("\"reports\":1")).unwrap();
    let (code, what) = altered(&|lines| {
        lines[place_of_cells] = edited(&lines[place_of_cells], |change| {
            let cells = change["cells"].as_array_mut().unwrap();
            let numerator = cells[0]["numerator"].as_i64().unwrap();
            cells[0]["numerator"] = json!(numerator + 1);
        })
    });
    assert_eq!((code, what.starts_with("cell (indicator ") && what.contains("given by change ")), (1, true), "{what}");
    assert_eq!(kept.said_of(&place, &[]).0, 1, "a log without a change is none");
}

#[on_both_engines]
fn a_log_cut_at_its_end_is_found_by_a_checkpoint(place: Place) {
    let kept = kept(&place);
    let count = kept.lines.len();
    // The last changes made two users, who count in no figure.
    kept.write("log", &kept.lines[..count - 1]);
    assert_eq!(kept.verify(&place, &["--log", "log"]).0, 0);
    let what = format!(
        "change {count}: is not there, although a checkpoint was taken of it: the log ends at change {} and has been cut",
        count - 1
    );
    assert_eq!(kept.verify(&place, &["--log", "log", "--checkpoint", "checkpoint", "--jwks", "jwks"]), (1, what));
    // A later part by itself: its first line fits a checkpoint of the one before.
    kept.write("log", &kept.lines[100..]);
    let rest = count - 100;
    let part = "cells cannot be computed from a part of the log";
    assert_eq!(
        kept.verify(&place, &["--log", "log"]),
        (0, format!("clean: {rest} changes after change 100, of which 1 could not be checked; {part}"))
    );
    assert_eq!(
        kept.verify(&place, &["--log", "log", "--checkpoint", "early", "--jwks", "jwks"]),
        (0, format!("clean: {rest} changes after change 100; {part}"))
    );
    let (code, _) = kept.verify(&place, &["--log", "log", "--checkpoint", "early"]);
    assert_eq!(code, 2, "a log is for somebody who has no key of the server's");
}

#[on_both_engines]
fn what_a_machine_does_not_see_is_counted_and_what_it_sees_is_checked(place: Place) {
    let kept = kept(&place);
    let lines = fs::read_to_string(kept.path("seen-by-a-machine")).unwrap();
    let hidden = lines.lines().filter(|line| line.contains("\"sight\":\"hidden\"")).count();
    assert!(hidden > 1000);
    let (code, said) =
        kept.verify(&place, &["--log", "seen-by-a-machine", "--checkpoint", "checkpoint", "--jwks", "jwks"]);
    let count = kept.lines.len();
    assert_eq!(
        (code, said),
        (
            0,
            format!(
                "clean: {count} changes, of which {hidden} could not be checked; cells cannot be computed from a part of the log"
            )
        )
    );
}

#[on_both_engines]
fn a_checkpoint_must_be_signed_and_say_what_is_signed(place: Place) {
    let kept = kept(&place);
    assert_eq!(kept.verify(&place, &["--checkpoint", "checkpoint"]).0, 0, "by the key in the data directory");
    assert_eq!(kept.verify(&place, &["--checkpoint", "checkpoint", "--jwks", "jwks"]).0, 0);
    let checkpoint = fs::read_to_string(kept.path("checkpoint")).unwrap();
    let file = kept.path("forged").display().to_string();
    let forged = |edit: &dyn Fn(&mut Value)| {
        fs::write(kept.path("forged"), edited(&checkpoint, edit)).unwrap();
        kept.verify(&place, &["--checkpoint", "forged", "--jwks", "jwks"])
    };
    let (code, said) = forged(&|checkpoint| checkpoint["seq"] = json!(100));
    assert_eq!(
        (code, said.starts_with(&format!("{file}: what it says is not what is signed, which is change "))),
        (1, true),
        "{said}"
    );
    let early: Value = serde_json::from_str(&fs::read_to_string(kept.path("early")).unwrap()).unwrap();
    let (code, said) = forged(&|checkpoint| {
        // The signature of one over the statement of the other.
        let jws =
            |checkpoint: &Value| checkpoint["jws"].as_str().unwrap().split('.').map(str::to_owned).collect::<Vec<_>>();
        let (own, other) = (jws(checkpoint), jws(&early));
        checkpoint["jws"] = json!(format!("{}.{}.{}", own[0], own[1], other[2]));
    });
    assert_eq!((code, said.starts_with(&format!("{file}: its signature is not by the key "))), (1, true), "{said}");

    let other = support::Engine::Sqlite.place().unwrap();
    drop(Serving::start(&other, &[]));
    let (code, said) = kept.verify(&other, &["--checkpoint", "checkpoint"]);
    assert_eq!((code, said.contains("which is not known")), (1, true), "another installation's key: {said}");
    let (code, said) = kept.verify(&other, &["--checkpoint", "checkpoint", "--jwks", "jwks"]);
    assert_eq!((code, said.contains("the log ends at change ")), (1, true), "another installation's log: {said}");
}

#[on_both_engines]
fn every_command_of_the_document_runs_in_the_order_it_is_written(place: Place) {
    if !GUIDE.can_run(&["curl", "jq", "sed", "head"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make_sample(&place);
    let commands = GUIDE.blocks("sh");
    GUIDE.run(&commands[..1], &place, folder.path(), "");
    let serving = Serving::start(&place, &[]);
    let said = GUIDE.run(&commands[1..], &place, folder.path(), &serving.url);
    for what in ["follows change 40, 41 expected", "although a checkpoint was taken of it", "could not be checked"] {
        assert!(said.contains(what), "{what} is not in {said}");
    }
}

#[test]
fn verifying_makes_nothing_and_changes_nothing() {
    let place = support::Engine::Sqlite.place().unwrap();
    let path = PathBuf::from(place.url.strip_prefix("sqlite:").unwrap());
    let listed = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (code, what) = said(&run(&place, &["verify"], ""));
    assert_eq!((code, what.contains("there is no such file")), (2, true), "{what}");
    assert!(listed(place.folder()).is_empty());

    fs::write(&path, "").unwrap();
    let (code, what) = said(&run(&place, &["verify"], ""));
    assert_eq!((code, what.contains("there are no tables of thidua in it")), (2, true), "{what}");
    assert_eq!(fs::read(&path).unwrap(), b"");
    fs::write(&path, "Không phải cơ sở dữ liệu").unwrap();
    assert_eq!(said(&run(&place, &["verify"], "")).0, 2);

    fs::remove_file(&path).unwrap();
    make_sample(&place);
    let (names, content) = (listed(path.parent().unwrap()), fs::read(&path).unwrap());
    assert_eq!(said(&run(&place, &["verify"], "")).0, 0);
    assert_eq!((listed(path.parent().unwrap()), fs::read(&path).unwrap() == content), (names, true));
    let missing = place.folder().join("none").display().to_string();
    assert_eq!(said(&run(&place, &["verify", "--checkpoint", &missing], "")).0, 2);
    assert_eq!(said(&run(&place, &["verify", "--log", &missing], "")).0, 2);
}
