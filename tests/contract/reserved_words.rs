//! Words of addresses that no code may be, read off the contract.

use serde_json::Value;
use std::collections::BTreeSet;
use support::contract::document;
use thidua_domain::spelling::RESERVED_WORDS;

/// The segments of an address up to each parameter that is a code.
fn before_codes(path: &str, item: &Value) -> Vec<Vec<String>> {
    let of_operations =
        item.as_object().into_iter().flatten().filter_map(|(_, operation)| operation["parameters"].as_array());
    let all = item["parameters"].as_array().into_iter().chain(of_operations).flatten();
    let codes: BTreeSet<String> = all
        .filter(|parameter| parameter["in"] == "path" && parameter["schema"]["format"] == "code")
        .filter_map(|parameter| Some(format!("{{{}}}", parameter["name"].as_str()?)))
        .collect();
    let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
    let places = (0..segments.len()).filter(|place| codes.contains(&segments[*place]));
    places.map(|place| segments[..place].to_vec()).collect()
}

#[test]
fn the_reserved_words_are_those_that_stand_in_addresses_where_codes_do() {
    let paths = document()["paths"].as_object().expect("paths");
    let places: BTreeSet<Vec<String>> = paths.iter().flat_map(|(path, item)| before_codes(path, item)).collect();
    assert!(places.len() >= 10, "{places:?}");
    let mut found = BTreeSet::new();
    for path in paths.keys() {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        let words = (1..segments.len()).filter(|place| places.contains(&segments[..*place]));
        found.extend(words.map(|place| segments[place].clone()).filter(|word| !word.starts_with('{')));
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), RESERVED_WORDS);
}
