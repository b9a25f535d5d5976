//! Promises of `docs/security.md`: each names its tests, and the tests exist.

use super::in_repository;

fn read(file: &str) -> String {
    std::fs::read_to_string(in_repository(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The tests that a text names, as a file and a function.
fn named(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|quoted| quoted.starts_with("tests/")).filter_map(|quoted| quoted.split_once("::")).collect()
}

/// The promises, each with its number.
fn promises(guide: &str) -> Vec<(String, String)> {
    let section = guide.split("\n## What is promised\n").nth(1).unwrap();
    let section = section.split("\n#").next().unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in section.lines() {
        let number = line.split_once(". ").map(|(number, _)| number).filter(|number| number.parse::<u32>().is_ok());
        match (number, found.last_mut()) {
            (Some(number), _) => found.push((number.to_owned(), line.to_owned())),
            (None, Some((_, promise))) => promise.push_str(line),
            (None, None) => {}
        }
    }
    found
}

#[test]
fn every_promise_names_its_tests() {
    let guide = read("docs/security.md");
    let promises = promises(&guide);
    assert!(promises.len() >= 12, "{}", promises.len());
    for (place, (number, promise)) in promises.iter().enumerate() {
        assert_eq!(number, &(place + 1).to_string());
        assert!(!named(promise).is_empty(), "promise {number} names no test");
    }
}

#[test]
fn every_test_and_file_that_the_guides_name_is_there() {
    for guide in ["docs/security.md", "docs/threat-model.md"] {
        let text = read(guide);
        for (file, function) in named(&text) {
            assert!(read(file).contains(&format!("fn {function}(")), "{guide}: {file} has no {function}");
        }
        let quoted = text.split('`').skip(1).step_by(2);
        for file in quoted.filter(|quoted| ["tests/", "crates/"].iter().any(|folder| quoted.starts_with(folder))) {
            let file = file.split("::").next().unwrap();
            let is_pattern = file.contains('*');
            assert!(is_pattern || in_repository(file).exists(), "{guide}: there is no {file}");
        }
    }
}

#[test]
fn every_operation_and_kind_of_event_of_the_table_is_one_of_the_contract() {
    let guide = read("docs/security.md");
    let table =
        guide.split("### What lets something out, and its event\n").nth(1).unwrap().split("\nNone ").next().unwrap();
    let known: Vec<String> = super::document::operations()
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .chain(thidua_domain::log::events::EventKind::ALL.iter().map(ToString::to_string))
        .collect();
    let quoted: Vec<_> = table.split('`').skip(1).step_by(2).collect();
    assert!(quoted.len() > 20);
    for name in quoted {
        assert!(known.iter().any(|known| known == name), "{name}");
    }
}
