//! The list of codes holds every code the sources give to a refusal, and no other.

use super::keys;
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::codes::{self, CodePlace};

#[test]
fn every_code_in_the_sources_is_in_the_list_and_the_other_way_round() {
    let functions = keys::of_the_product();
    let mut used: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for function in &functions {
        for key in &function.refusals {
            let code = key.split('.').next().unwrap();
            used.entry(code).or_default().push(&function.place);
        }
    }
    let known: BTreeSet<_> = codes::all().map(|code| code.name).collect();
    let missing: Vec<_> = used.iter().filter(|(code, _)| !known.contains(*code)).collect();
    assert!(missing.is_empty(), "not in crates/domain/src/codes.rs: {missing:#?}");
    let dead: Vec<_> = known.iter().filter(|code| !used.contains_key(*code)).collect();
    assert!(dead.is_empty(), "no refusal has these codes: {dead:?}");
}

#[test]
fn every_code_stands_in_the_list_once() {
    let mut seen = BTreeSet::new();
    for code in codes::all() {
        let name = code.name;
        assert!(seen.insert(name), "{name} stands in the list twice");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name} is not in snake case");
        assert!(!["phrase", "rehearsal"].contains(&name), "{name} begins the keys of other texts");
        let place = code.place;
        assert!(
            matches!(place, CodePlace::Conflict | CodePlace::Rule) || (400..600).contains(&place.status()),
            "{name}"
        );
    }
}

#[test]
fn the_checked_in_table_is_what_the_code_makes() {
    super::assert_checked_in("docs/problems.md", &thidua_http::server::problems_as_markdown());
}
