//! Limits of the contract (lengths, counts, bounds): the server enforces each of them. They are read off the contract
//! and tried just inside and just outside.

use super::examples::address;
use crate::contract::document::operations;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use support::contract::document;
use support::server::Sample;
use support::{Client, on_both_engines};

/// A value to try somewhere in a request.
struct Attempt {
    /// True when the contract allows the value.
    allowed: bool,
    value: Value,
}

/// The codes that refuse a value for its length, count or size, and for nothing else.
const FOR_LIMITS: &[&str] = &["out_of_limits", "invalid_length", "invalid_count"];

/// The values just inside and just outside the limits of a schema; none when it has no limits.
fn attempts(schema: &Value) -> Vec<Attempt> {
    let mut found = Vec::new();
    let mut add = |allowed, value| found.push(Attempt { allowed, value });
    if is(schema, "integer") {
        let (least, most) = (schema["minimum"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap());
        for (allowed, value) in [(true, least), (false, least - 1), (true, most), (false, most + 1)] {
            add(allowed, json!(value));
        }
    } else if is(schema, "array") {
        let most = usize::try_from(schema["maxItems"].as_u64().unwrap()).unwrap();
        let item = minimal(&schema["items"]);
        add(true, json!(vec![item.clone(); most]));
        add(false, json!(vec![item.clone(); most + 1]));
        if let Some(least) = schema["minItems"].as_u64().filter(|least| *least > 0) {
            add(false, json!(vec![item; usize::try_from(least).unwrap() - 1]));
        }
    } else if is(schema, "string") && schema["enum"].is_null() {
        let most = usize::try_from(schema["maxLength"].as_u64().unwrap()).unwrap();
        let longest = text(schema, most);
        add(false, json!(format!("{longest}0")));
        add(true, json!(longest));
        if let Some(least) = schema["minLength"].as_u64().filter(|least| *least == 1) {
            add(false, json!(text(schema, usize::try_from(least).unwrap() - 1)));
        }
    } else if is(schema, "string") {
        add(false, json!("khong_co"));
    }
    found
}

/// A text of a length that a schema allows, apart from its length.
fn text(schema: &Value, length: usize) -> String {
    if schema["format"] == "date" {
        return "2026-10-20".to_owned();
    }
    if schema["format"] == "date-time" {
        return "2026-10-20T08:30:00.123456789+07:00".to_owned();
    }
    let validator = jsonschema::validator_for(&json!({"pattern": schema["pattern"].as_str().unwrap_or("")})).unwrap();
    let fits = |text: &String| validator.is_valid(&json!(text));
    let filled = ["1", "a"].map(|letter| letter.repeat(length));
    if length == 0 {
        return String::new();
    }
    filled
        .into_iter()
        .chain(["2026-10", "2026-10-20T08:30:00.123456789+07:00"].map(str::to_owned))
        .chain(["1".repeat(64)])
        .find(fits)
        .unwrap_or_else(|| panic!("no text for {schema}"))
}

/// The smallest value that a schema allows.
fn minimal(schema: &Value) -> Value {
    let schema = whole(schema);
    if let Some(value) = schema["enum"].get(0).or_else(|| schema.get("example")) {
        return value.clone();
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        return minimal(variants.iter().find(|variant| variant["type"] != "null").unwrap());
    }
    if is(&schema, "object") {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let members: Map<_, _> = required.map(|name| (name.to_owned(), minimal(&schema["properties"][name]))).collect();
        return Value::Object(members);
    }
    if is(&schema, "array") {
        return json!(vec![
            minimal(&schema["items"]);
            usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap()
        ]);
    }
    if is(&schema, "integer") {
        schema["minimum"].clone()
    } else if is(&schema, "boolean") {
        json!(true)
    } else {
        json!(text(&schema, 1))
    }
}

/// A place of a value in a body: its pointer, its schema, and a body that has room for it.
struct Place {
    pointer: String,
    schema: Value,
    body: Value,
}

/// Every place in a body, inside out; where there is a choice of variants, those of each.
fn places(body: &Value, pointer: &str, schema: &Value, found: &mut Vec<Place>) {
    let schema = whole(schema);
    if let Some(variants) = schema["oneOf"].as_array() {
        let variants: Vec<_> = variants.iter().filter(|variant| variant["type"] != "null").collect();
        for variant in &variants {
            let is_there = variants.len() == 1 && body.pointer(pointer).is_some();
            let body = if is_there { body.clone() } else { with(body, pointer, minimal(variant)) };
            places(&body, pointer, variant, found);
        }
    } else if let Some(members) = schema["properties"].as_object() {
        for (name, member) in members {
            places(body, &format!("{pointer}/{name}"), member, found);
        }
    } else {
        if is(&schema, "array") {
            let one = format!("{pointer}/0");
            let room = body
                .pointer(&one)
                .map_or_else(|| with(body, pointer, json!([minimal(&schema["items"])])), |_| body.clone());
            places(&room, &one, &schema["items"], found);
        }
        found.push(Place { pointer: pointer.to_owned(), schema, body: body.clone() });
    }
}

/// The body with a value somewhere; objects on the way are made.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let mut at = &mut body;
    for part in pointer.split('/').skip(1) {
        at = match part.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[part],
        };
    }
    *at = value;
    body
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|known| known == kind))
}

/// A schema, after following its reference if it has one.
fn whole(schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => whole(document().pointer(reference.trim_start_matches('#')).unwrap()),
        None => schema.clone(),
    }
}

/// The fault of an answer to an attempt, if it has one.
fn judge(attempt: &Attempt, pointer: &str, status: u16, errors: &BTreeMap<String, String>) -> Option<String> {
    let named = errors.get(pointer).map(String::as_str);
    // A patch of a variant that the row is not is refused where the variant begins.
    let elsewhere = errors.iter().any(|(at, code)| code == "unknown_member" && pointer.starts_with(&format!("{at}/")));
    let right = match (attempt.allowed, named) {
        (true, named) => status < 500 && status != 400 && named.is_none_or(|code| !FOR_LIMITS.contains(&code)),
        (false, named) => status == 422 && (named.is_some() || elsewhere),
    };
    let mut shown = attempt.value.to_string();
    shown.truncate(shown.char_indices().nth(60).map_or(shown.len(), |(end, _)| end));
    (!right).then(|| format!("{pointer} = {shown} (allowed: {}) → {status} {errors:?}", attempt.allowed))
}

/// Tries every place of a request's body.
fn try_body(client: &Client, method: &str, path: &str, operation: &Value, wrong: &mut Vec<String>) -> usize {
    let Some((kind, media)) = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next())
    else {
        return 0;
    };
    // A row to change is there where the example of reading it says.
    let read = operations().into_iter().find(|(other, method, _)| other == path && method == "GET");
    let address = address(path, read.as_ref().filter(|_| method == "PATCH").map_or(operation, |(_, _, read)| read));
    let base = if method == "PATCH" { json!({}) } else { media["example"].clone() };
    let mut found = Vec::new();
    places(&base, "", &media["schema"], &mut found);
    let mut tried = 0;
    for place in found.iter().filter(|place| !place.pointer.is_empty()) {
        for attempt in attempts(&place.schema) {
            let body = with(&place.body, &place.pointer, attempt.value.clone());
            let answer = client.send(method, &address, Some(kind), body.to_string().as_bytes());
            let judged = judge(&attempt, &place.pointer, answer.status, &answer.all_errors());
            wrong.extend(judged.map(|judged| format!("{method} {path} {judged}")));
            tried += 1;
        }
    }
    tried
}

/// Tries every parameter of a query.
fn try_query(client: &Client, path: &str, operation: &Value, wrong: &mut Vec<String>) -> usize {
    let parameters: Vec<_> =
        operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query").collect();
    let mut tried = 0;
    for parameter in &parameters {
        let name = parameter["name"].as_str().unwrap();
        let mut others = operation.clone();
        others["parameters"]
            .as_array_mut()
            .unwrap()
            .retain(|other| other["in"] == "path" || other["required"] == true && other["name"] != name);
        let address = address(path, &others);
        for attempt in attempts(&whole(&parameter["schema"])) {
            let value = match &attempt.value {
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
                Value::String(text) => text.replace('+', "%2B"),
                other => other.to_string(),
            };
            let separator = if address.contains('?') { '&' } else { '?' };
            let answer = client.get(&format!("{address}{separator}{name}={value}"));
            let judged = judge(&attempt, &format!("/{name}"), answer.status, &answer.errors());
            wrong.extend(judged.map(|judged| format!("GET {path}?{judged}")));
            tried += 1;
        }
    }
    tried
}

#[on_both_engines]
fn every_limit_of_the_contract_is_the_servers(sample: Sample) {
    // Everything is tried, nothing is kept.
    let client = sample.0.admin().with("prefer", "tx=rollback").with("if-match", "*");
    let before = sample.0.anonymous().get("/readyz").expect(200).json["seq"].clone();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (path, method, operation) in operations() {
        // Operations that ask for a password limit the number of tries.
        if path.contains("/auth/") || path.ends_with("/invitations/accept") {
            continue;
        }
        tried += try_body(&client, &method, &path, &operation, &mut wrong);
        if method == "GET" {
            tried += try_query(&client, &path, &operation, &mut wrong);
        }
    }
    assert!(tried > 1000, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(sample.0.anonymous().get("/readyz").expect(200).json["seq"], before);
}
