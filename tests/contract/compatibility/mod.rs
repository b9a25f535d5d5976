//! Nothing that a released contract promised is taken back.
//!
//! `openapi/released/<version>.json` is the contract as it was released. It binds once the changelog gives its version a
//! date, and for as long as the version's line lasts: the major version, and before 1.0 the minor one.

mod differences;
mod rules;
mod schemas;

use super::in_repository;
use differences::differences;
use serde_json::Value;
use std::path::PathBuf;

#[test]
fn no_released_promise_is_taken_back() {
    let present = support::contract::document();
    let line = line(present["info"]["version"].as_str().unwrap());
    for version in released().iter().filter(|version| self::line(version) == line) {
        let broken: Vec<_> =
            differences(&frozen(version), present).iter().map(|breaking| format!("\n  {breaking}")).collect();
        assert!(broken.is_empty(), "clients of {version} would break:{}", broken.concat());
    }
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

/// What a caller may rely on across versions.
fn line(version: &str) -> &str {
    let numbers = if version.starts_with("0.") { 2 } else { 1 };
    let end = version.match_indices('.').nth(numbers - 1).map_or(version.len(), |(at, _)| at);
    &version[..end]
}

fn folder() -> PathBuf {
    in_repository("openapi/released")
}
