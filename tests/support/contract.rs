//! Checks of answers against the contract: each must be one it lists, with a body that fits its schema.

use crate::client::Answer;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use thidua_domain::codes::{self, CodePlace};
use thidua_http::problem::negotiation::Language;

/// The contract as served, in English.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        serde_json::from_str(&thidua_http::openapi::json(Language::English)).expect("the contract is JSON")
    })
}

/// The template of a path in the contract.
pub fn template(path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |template: &str| {
        let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(wanted, given)| wanted == given || wanted.starts_with('{'))
    };
    let templates = document()["paths"].as_object().expect("paths").keys();
    let mut fitting: Vec<_> = templates.filter(|template| fits(template)).cloned().collect();
    fitting.sort_by_key(|template| template.matches('{').count());
    fitting.into_iter().next()
}

/// Checks an answer. Outside the contract's paths, only its codes.
#[track_caller]
pub fn check(method: &str, path: &str, answer: &Answer) {
    check_codes(&format!("{method} {path}"), answer);
    let Some(template) = template(path) else { return };
    let operation = &document()["paths"][&template][method.to_ascii_lowercase()];
    if operation.is_null() {
        return;
    }
    let what = format!("{method} {template} → {}", answer.status);
    let response = resolved(&operation["responses"][answer.status.to_string()]);
    assert!(response.is_object(), "{what}: not in the contract: {}", String::from_utf8_lossy(&answer.body));
    check_headers(&what, response, answer);
    let kind = answer.headers.get("content-type").map_or("", |kind| kind.split(';').next().unwrap_or_default());
    if answer.headers.contains_key("content-encoding") {
        return; // The client does not unpack.
    }
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{what}: a body the contract does not list");
        return;
    };
    let schema = content.get(kind).unwrap_or_else(|| panic!("{what}: media type {kind:?} is not in the contract"));
    let validator = validator(&format!("{template} {method} {} {kind}", answer.status), &schema["schema"]);
    if kind == "text/event-stream" {
        return; // Not JSON as a whole.
    }
    if kind == "application/x-ndjson" {
        for line in answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let row: Value = serde_json::from_slice(line).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(validator.is_valid(&row), "{what}: a line does not fit: {row}");
        }
        return;
    }
    let errors: Vec<_> =
        validator.iter_errors(&answer.json).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:?} in {}", answer.json);
    if !path.contains("fields=") {
        check_rows(&what, &schema["schema"], &answer.json);
    }
}

/// Unless `fields` asked for less, a list's rows are whole: `AgencyView`, of which `AgencyItem` is any part. A view
/// that only a list shows is not in the contract: then a whole row has every member that its item can have.
fn check_rows(what: &str, list: &Value, answer: &Value) {
    let pointer =
        |schema: &Value| schema["$ref"].as_str().map(|reference| reference.trim_start_matches('#').to_owned());
    let Some(list) = pointer(list).and_then(|list| document().pointer(&list)) else { return };
    let Some(row) = pointer(&list["properties"]["items"]["items"]) else { return };
    let Some(view) = row.strip_suffix("Item").map(|row| format!("{row}View")) else { return };
    let whole = match (document().pointer(&view), &document().pointer(&row).expect("an item")["properties"]) {
        (Some(_), _) => json!({ "$ref": format!("#{view}") }),
        (None, members) => {
            let required: Vec<_> = members.as_object().into_iter().flat_map(|members| members.keys()).collect();
            json!({ "$ref": format!("#{row}"), "required": required })
        }
    };
    let validator = validator(&view, &whole);
    for row in answer["items"].as_array().into_iter().flatten() {
        let errors: Vec<_> =
            validator.iter_errors(row).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{what}: {errors:?} in {row}");
    }
}

/// Every header the response must have is there, and every one it lists fits its schema.
#[track_caller]
fn check_headers(what: &str, response: &'static Value, answer: &Answer) {
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let header = resolved(header);
        let Some(text) = answer.headers.get(&name.to_ascii_lowercase()) else {
            assert_ne!(header["required"], true, "{what}: the header {name} is missing");
            continue;
        };
        let number = header["schema"]["type"] == "integer";
        let value = if number { text.parse::<i64>().map_or(Value::Null, Value::from) } else { json!(text) };
        let validator = validator(&format!("header {name}"), &header["schema"]);
        assert!(validator.is_valid(&value), "{what}: the header {name}: {text} does not fit {}", header["schema"]);
    }
}

/// A part of the contract, after following its references.
pub fn resolved(part: &'static Value) -> &'static Value {
    match part["$ref"].as_str() {
        Some(reference) => resolved(document().pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)),
        None => part,
    }
}

/// Insists that every code of a refusal is one the table knows, at the place it names.
#[track_caller]
fn check_codes(what: &str, answer: &Answer) {
    if answer.headers.get("content-type").is_none_or(|kind| kind != "application/problem+json")
        || answer.body.is_empty()
    {
        return;
    }
    let known = |member: &Value| {
        let name = member.as_str().unwrap_or_default();
        codes::find(name).unwrap_or_else(|| panic!("{what}: the code {name:?} is not in the table"))
    };
    let problem = known(&answer.json["code"]);
    assert_ne!(problem.place, CodePlace::Rule, "{what}: {} stands in errors only", problem.name);
    assert_eq!(problem.place.status(), answer.status, "{what}: {} has another status", problem.name);
    for error in answer.json["errors"].as_array().into_iter().flatten() {
        let rule = known(&error["code"]);
        let of_a_row = problem.name == "batch_rejected";
        assert!(of_a_row || !matches!(rule.place, CodePlace::Problem(_)), "{what}: {} stands in code only", rule.name);
    }
}

fn validator(key: &str, schema: &Value) -> Arc<Validator> {
    static VALIDATORS: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let cache = VALIDATORS.get_or_init(Mutex::default);
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let mut root = schema.clone();
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root["components"] = document()["components"].clone();
        Arc::new(jsonschema::validator_for(&root).expect("the contract's schemas are valid"))
    };
    Arc::clone(cache.entry(key.to_owned()).or_insert_with(make))
}
