//! Compatibility with released contracts: no promise is taken back in silence.
//!
//! `openapi/released/<version>.json` is the contract as it was released. It binds once the changelog gives its version
//! a date, and for as long as its major version lasts. Before 1.0 a minor version may take promises back; each of them
//! is named in `exceptions.rs`, and told under Breaking in the changelog.

mod differences;
mod exceptions;
mod rules;
mod schemas;

use super::in_repository;
use differences::differences;
use exceptions::TAKEN_BACK;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[test]
fn no_released_promise_is_taken_back_but_those_that_are_named() {
    let present = support::contract::document();
    let major = major(present["info"]["version"].as_str().unwrap());
    let bound: Vec<String> = released().into_iter().filter(|version| self::major(version) == major).collect();
    for version in &bound {
        let broken = differences(&frozen(version), present).iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let named = TAKEN_BACK.iter().filter(|(of, _)| of == version).map(|(_, promise)| (*promise).to_owned());
        let named = named.collect::<BTreeSet<_>>();
        let unnamed: Vec<_> = broken.difference(&named).map(|promise| format!("\n  {promise}")).collect();
        assert!(unnamed.is_empty(), "clients of {version} would break:{}", unnamed.concat());
        let kept: Vec<_> = named.difference(&broken).collect();
        assert!(kept.is_empty(), "promises of {version} are kept, and named as taken back: {kept:?}");
    }
    assert!(TAKEN_BACK.iter().all(|(version, _)| bound.iter().any(|bound| bound == version)));
}

#[test]
fn a_frozen_contract_is_of_the_version_it_is_named_after() {
    let folder = folder();
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let versions: Vec<_> = files.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    assert!(!versions.is_empty(), "{} holds no contract", folder.display());
    for version in versions {
        assert_eq!(frozen(&version)["info"]["version"], version.as_str());
    }
}

/// The versions that the changelog gives a date: `## [1.2.3] – 2027-01-31`.
fn released() -> Vec<String> {
    let changelog = std::fs::read_to_string(in_repository("CHANGELOG.md")).unwrap();
    let heading = |line: &str| {
        let (version, date) = line.strip_prefix("## [")?.split_once(']')?;
        (version != "Unreleased" && date.contains("20")).then(|| version.to_owned())
    };
    changelog.lines().filter_map(heading).collect()
}

fn frozen(version: &str) -> Value {
    let path = folder().join(format!("{version}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The major version: a caller may rely on its contract, but for the exceptions.
fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

fn folder() -> PathBuf {
    in_repository("openapi/released")
}
