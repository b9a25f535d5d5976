//! The commands and queries of docs/pull.md.

use super::copy::{Copy, assert_same};
use super::{furnish, log_in};
use crate::program::guides::Guide;
use diesel::prelude::*;
use std::path::Path;
use std::process::Command;
use support::Engine;
use support::engines::Place;
use support::on_both_engines;
use support::program::Serving;
use thidua_domain::accounts::users::Role;

const GUIDE: Guide = Guide { path: "docs/pull.md", text: include_str!("../../../docs/pull.md") };

/// Runs commands of the guide; the server that they ask is started with some settings.
fn followed(place: &Place, folder: &Path, commands: &[(usize, String)], settings: &[&str]) -> Serving {
    // At the server's own machine; a server that runs would hear of the user a moment later.
    GUIDE.run(&commands[..1], place, folder, "");
    let serving = Serving::start(place, settings);
    GUIDE.run(&commands[1..], place, folder, &serving.url);
    serving
}

#[test]
fn every_command_of_the_guide_runs_with_es256_and_a_certificate_as_well() {
    let place = Engine::Sqlite.place().unwrap();
    if !GUIDE.can_run(&["curl", "jq", "openssl", "sha256sum", "awk"]) {
        return;
    }
    furnish(&place);
    let es256 = ["--signing-algorithm", "es256"];
    drop(Serving::start(&place, &es256));
    let folder = tempfile::tempdir().unwrap();
    let key = place.folder().join("data/signing-key.pem").display().to_string();
    let certified = |words: &str| {
        let made = Command::new("openssl").current_dir(folder.path()).args(words.split(' ')).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    certified("req -x509 -newkey ed25519 -nodes -keyout authority-key.pem -out authority.pem -subj /CN=authority");
    let own = format!("req -x509 -key {key} -CA authority.pem -CAkey authority-key.pem");
    certified(&format!("{own} -subj /CN=so-khcn -out own.pem"));
    let chain = ["own.pem", "authority.pem"].map(|file| std::fs::read(folder.path().join(file)).unwrap()).concat();
    let file = folder.path().join("chain.pem");
    std::fs::write(&file, chain).unwrap();

    let [plain, certificate] = ["sh", "bash"].map(|language| GUIDE.blocks(language));
    assert_eq!(certificate.len(), 1);
    let settings = [es256.as_slice(), &["--signing-certificate", file.to_str().unwrap()]].concat();
    drop(followed(&place, folder.path(), &[plain, certificate].concat(), &settings));
}

#[on_both_engines]
fn every_command_of_the_guide_runs_in_the_order_it_is_written(place: Place) {
    if !GUIDE.can_run(&["curl", "jq", "openssl", "sha256sum", "awk"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    furnish(&place);
    let serving = followed(&place, folder.path(), &GUIDE.blocks("sh"), &[]);
    let copy = Copy::at(folder);
    assert_same(&copy, &log_in(&serving, "may"), &place.open(), Role::Puller);
    for (line, block) in GUIDE.blocks("sql") {
        for query in block.split_inclusive(";\n") {
            let found = diesel::sql_query(query).execute(&mut copy.connection());
            assert!(found.is_ok(), "docs/pull.md:{line}: {found:?}");
        }
    }
}
