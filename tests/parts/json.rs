//! JSON in which no member is named twice.

use serde_json::{Value, json};
use thidua_http::request::json::UniqueKeys;

fn read(text: &str) -> serde_json::Result<UniqueKeys> {
    serde_json::from_str(text)
}

fn repeated(text: &str) -> Vec<String> {
    match read(text) {
        Ok(UniqueKeys(Err(violations))) => violations.into_iter().map(|violation| violation.pointer).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn what_is_named_once_is_read_as_it_stands() {
    let text = r#"{"a": [1, -2, 1.5, true, null, "é", {"a": {}}], "b": {"a": 18446744073709551615}}"#;
    let expected: Value = serde_json::from_str(text).unwrap();
    assert_eq!(read(text).unwrap().0, Ok(expected));
    assert_eq!(read("3").unwrap().0, Ok(json!(3)));
}

#[test]
fn what_is_named_twice_is_pointed_at_wherever_it_stands() {
    assert_eq!(repeated(r#"{"a": 1, "b": 2, "a": 1}"#), ["/a"]);
    assert_eq!(repeated(r#"{"a": 1, "\u0061": 2, "a": 3}"#), ["/a", "/a"]);
    assert_eq!(repeated(r#"[0, {"x/y": {"~": 1, "~": 2}}]"#), ["/1/x~1y/~0"]);
    assert!(repeated(r#"{"a": {"b": 1}, "b": {"a": 1}}"#).is_empty());
}

#[test]
fn what_is_no_json_is_an_error() {
    for text in ["", "{", "{} {}", "[1,]", "{\"a\"}", "nul"] {
        assert!(read(text).is_err(), "{text}");
    }
    assert!(read(&"[".repeat(10_000)).is_err());
}
