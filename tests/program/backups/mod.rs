//! `thidua backup` and `thidua restore`, with real processes.

mod drill;
mod interrupted;
mod passwords;
mod refused;

use crate::database::fixture::Tables;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use support::engines::Place;
use support::program::{Serving, make_root, make_sample, run, told};

/// Makes a database with the sample province, an administrator and keys; no server runs on it.
fn prepared(place: &Place) {
    make_sample(place);
    furnished(place);
}

/// A database with hardly more than an administrator, and keys.
fn furnished(place: &Place) {
    make_root(place);
    assert_eq!(Serving::start(place, &[]).terminate(), Some(0));
}

fn backup(place: &Place, file: &Path, more: &[&str]) -> Output {
    run(place, &[&["backup", file.to_str().unwrap()], more].concat(), "")
}

fn restore(place: &Place, file: &Path) -> Output {
    run(place, &["restore", file.to_str().unwrap()], "")
}

/// Insists on success and answers what was printed.
#[track_caller]
fn done(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    told(&output)
}

/// Insists on failure and answers what was said.
#[track_caller]
fn refused(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(told(&output), "");
    String::from_utf8(output.stderr).unwrap()
}

/// Insists on a place at which nothing is, neither a table nor a file.
#[track_caller]
fn assert_untouched(place: &Place) {
    let data = place.folder().join("data");
    let files: Vec<PathBuf> = [place.folder(), &data]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten())
        .map(|entry| entry.unwrap().path())
        .filter(|path| *path != data)
        .collect();
    assert_eq!(files, Vec::<PathBuf>::new());
    if place.is_postgres() {
        assert_eq!(Tables::of(place).count("information_schema.tables WHERE table_schema = current_schema()"), 0);
    }
}

/// The parts of a tar archive (POSIX.1-1988): name, and where the content is.
fn members(archive: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let mut members = Vec::new();
    let mut at = 0;
    while archive.get(at).is_some_and(|byte| *byte != 0) {
        let field = |from: usize, length: usize| {
            let text = String::from_utf8(archive[at + from..at + from + length].to_vec()).unwrap();
            text.trim_end_matches(['\0', ' ']).to_owned()
        };
        let size = usize::from_str_radix(&field(124, 12), 8).unwrap();
        members.push((field(0, 100), at + 512..at + 512 + size));
        at += 512 + size.div_ceil(512) * 512;
    }
    members
}

/// The manifest of a backup.
fn manifest(file: &Path) -> Value {
    let archive = fs::read(file).unwrap();
    let (name, range) = members(&archive).remove(0);
    assert_eq!(name, "manifest.json");
    serde_json::from_slice(&archive[range]).unwrap()
}

/// A backup with another text of the same length in its manifest, and digests that fit.
fn forged(file: &Path, from: &str, to: &str) -> Vec<u8> {
    let mut archive = fs::read(file).unwrap();
    let members = members(&archive);
    let text = String::from_utf8(archive[members[0].1.clone()].to_vec()).unwrap();
    let digest = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let changed = text.replacen(from, to, 1);
    assert!(changed != text && changed.len() == text.len());
    let sums = String::from_utf8(archive[members[1].1.clone()].to_vec()).unwrap();
    let sums = sums.replacen(&digest(&text), &digest(&changed), 1);
    archive[members[0].1.clone()].copy_from_slice(changed.as_bytes());
    archive[members[1].1.clone()].copy_from_slice(sums.as_bytes());
    archive
}
