//! The contract document: the checked-in one is the one the code makes, and it is complete.

use super::{assert_checked_in, in_repository};
use serde_json::Value;
use std::collections::BTreeSet;
use support::contract::resolved;
use thidua_http::problem::negotiation::Language;

#[test]
fn the_checked_in_contract_is_what_the_code_makes() {
    assert_checked_in("openapi/openapi.json", &thidua_http::openapi::json(Language::English));
}

#[test]
fn every_operation_says_what_it_does_and_how_it_refuses() {
    for (path, method, operation) in operations() {
        let what = format!("{method} {path}");
        for member in ["operationId", "summary", "description", "tags"] {
            assert!(!operation[member].is_null(), "{what} has no {member}");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{what} lists no success");
        for status in ["400", "401", "422", "500", "503"] {
            assert!(responses.contains_key(status), "{what} does not list {status}");
        }
        for (status, response) in responses {
            assert!(
                !response["description"].as_str().unwrap_or_default().is_empty(),
                "{what} {status} is not described"
            );
        }
        if let Some(content) = operation["requestBody"]["content"].as_object() {
            for (kind, media) in content {
                assert!(!media["example"].is_null(), "{what} has no example of {kind}");
            }
        }
    }
}

#[test]
fn every_reference_leads_to_a_schema() {
    let document = support::contract::document();
    let mut references = Vec::new();
    collect(document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn one_screen_names_the_addresses_of_every_route() {
    let screen = std::fs::read_to_string(in_repository("crates/http/src/api/mod.rs")).unwrap();
    let comments = screen.lines().filter_map(|line| line.split_once("(config); // ")).map(|(_, comment)| comment);
    let named: BTreeSet<&str> = comments
        .flat_map(str::split_whitespace)
        .filter(|word| word.starts_with('/'))
        .map(|word| word.trim_end_matches(':'))
        .collect();
    let paths = support::contract::document()["paths"].as_object().unwrap();
    let below = paths.keys().filter_map(|path| path.strip_prefix("/api/v1"));
    let mounted: BTreeSet<&str> =
        below.map(|path| path.match_indices('/').nth(1).map_or(path, |(end, _)| &path[..end])).collect();
    assert_eq!(named, mounted);
}

/// Every operation of the contract.
pub fn operations() -> Vec<(String, String, Value)> {
    let paths = support::contract::document()["paths"].as_object().unwrap();
    let mut found = Vec::new();
    for (path, item) in paths {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                found.push((path.clone(), method.to_uppercase(), whole(operation)));
            }
        }
    }
    assert!(found.len() > 60);
    found
}

/// An operation with what its parameters and responses refer to.
fn whole(operation: &'static Value) -> Value {
    let mut whole = operation.clone();
    for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        whole["parameters"][index] = resolved(parameter).clone();
        // What tools do not fill in works as well.
        if let Some(example) = resolved(parameter).get("x-example") {
            whole["parameters"][index]["example"] = example.clone();
        }
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        whole["responses"][status] = resolved(response).clone();
    }
    whole
}

#[test]
fn no_tool_fills_in_a_reason_a_condition_or_the_row_of_what_cannot_be_taken_back() {
    let is_final =
        |path: &str, method: &str| method == "delete" || path.ends_with("/erasure") || path.ends_with("/merger");
    let mut seen = BTreeSet::new();
    for (path, item) in support::contract::document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten().map(resolved) {
                let name = parameter["name"].as_str().unwrap();
                let by_hand = ["If-Match", "Change-Reason", "reason"].contains(&name)
                    || parameter["in"] == "path" && is_final(path, method);
                if by_hand {
                    assert!(parameter.get("example").is_none(), "{method} {path} {name}");
                    seen.insert(name.to_owned());
                }
            }
        }
    }
    let expected = ["If-Match", "Change-Reason", "reason", "lock", "username", "agency"];
    assert!(expected.iter().all(|name| seen.contains(*name)), "{seen:?}");
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => found.push(text.clone()),
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[test]
fn every_schema_member_and_value_says_what_it_is() {
    let document = support::contract::document();
    let mut silent = Vec::new();
    let mut values = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        find_silent(schema, name, &mut silent);
        visit_enums(schema, name, &mut |place, known, told| {
            values += known.len();
            let told = told.map_or(0, |told| told.iter().filter(|text| !text.as_str().unwrap().is_empty()).count());
            // A single value is described by the object that it stands for.
            if known.len() > 1 && !place.ends_with("Patch/kind") && told != known.len() {
                silent.push(format!("{place}: {told} of {} values", known.len()));
            }
        });
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(values > 200, "{values}");
}

/// Notes the schema and the members of it that have no description, there or where they refer to.
fn find_silent(schema: &'static Value, place: &str, silent: &mut Vec<String>) {
    if !is_described(schema) {
        silent.push(place.to_owned());
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        find_silent(member, &format!("{place}/{name}"), silent);
    }
}

fn is_described(schema: &'static Value) -> bool {
    let told = |schema: &Value| schema["description"].as_str().is_some_and(|text| !text.is_empty());
    let parts = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten();
    told(schema) || told(resolved(schema)) || parts.clone().any(is_described)
}

type OfEnum<'a> = dyn FnMut(&str, &[Value], Option<&Vec<Value>>) + 'a;

fn visit_enums(schema: &Value, place: &str, visitor: &mut OfEnum<'_>) {
    if let Some(known) = schema["enum"].as_array() {
        let known: Vec<_> = known.iter().filter(|value| !value.is_null()).cloned().collect();
        visitor(place, &known, schema["x-enum-descriptions"].as_array());
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        visit_enums(member, &format!("{place}/{name}"), visitor);
    }
}
