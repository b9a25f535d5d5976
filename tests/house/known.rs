//! The list of imports that are known to break a rule. It only gets shorter: a new one fails, and so does one that is
//! listed and gone.

use super::rules::Finding;
use super::sources;
use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = "tests/house/known.txt";

/// Variable that has the list written anew, for imports that are gone and files that were moved.
const UPDATE: &str = "UPDATE_KNOWN_IMPORTS";

/// Insists that the findings are those of the list.
#[track_caller]
pub fn assert_listed(findings: &[Finding]) {
    let path = sources::root().join(LIST);
    if std::env::var_os(UPDATE).is_some() {
        let entries: BTreeSet<_> = findings.iter().map(|finding| finding.entry() + "\n").collect();
        std::fs::write(&path, String::from_iter(entries)).unwrap();
    }
    let difference = difference(findings, &std::fs::read_to_string(&path).unwrap());
    assert!(difference.is_empty(), "{difference}");
}

/// The difference between findings and a list, in words; empty without any.
pub fn difference(findings: &[Finding], list: &str) -> String {
    let found: BTreeMap<_, _> = findings.iter().map(|finding| (finding.entry(), finding)).collect();
    let known: BTreeSet<_> = list.lines().collect();
    let sorted: Vec<_> = known.iter().copied().collect();
    let new = found.iter().filter(|(entry, _)| !known.contains(entry.as_str()));
    let new: String = new.map(|(_, finding)| finding.to_string()).collect();
    let gone = known.iter().filter(|entry| !found.contains_key(**entry));
    let gone: String = gone.map(|entry| format!("    {entry}\n")).collect();
    let mut text = String::new();
    if !new.is_empty() {
        text += &format!("imports that break a rule of tests/house/plans.rs:\n{new}");
    }
    if !gone.is_empty() {
        text += &format!("gone, so take them out of {LIST} (or run this with {UPDATE}=1):\n{gone}");
    }
    if text.is_empty() && list.lines().ne(sorted) {
        text += &format!("{LIST} is not sorted");
    }
    text
}
