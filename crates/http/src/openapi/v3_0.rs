//! The contract in OpenAPI 3.0.3, for tools that cannot read 3.1: a pure function over its JSON.
//!
//! Parts that 3.0 cannot say are left out, so the schemas are wider than the contract's, never narrower. A request body
//! is offered in one media type only, since generators of that time take no second one. One idiom bends 3.0's letter:
//! `nullable` beside an `allOf`, which every generator reads as "or null".

use crate::openapi;
use crate::problem::negotiation::Language;
use serde_json::{Map, Value, json};

/// The members of a schema that 3.0.3 knows; all others are translated or left out.
const KNOWN: &[&str] = &[
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
    "xml",
];

/// The rendering as pretty JSON with a final line end.
pub fn json(language: Language) -> String {
    openapi::pretty(&rendered(openapi::value(language)))
}

/// A 3.1 document in 3.0.3.
pub fn rendered(mut document: Value) -> Value {
    if let Value::Object(root) = &mut document {
        root.insert("openapi".to_owned(), "3.0.3".into());
        for new_in_3_1 in ["webhooks", "jsonSchemaDialect"] {
            root.remove(new_in_3_1);
        }
    }
    for (object, new_in_3_1) in [("/info", "summary"), ("/info/license", "identifier"), ("/components", "pathItems")] {
        if let Some(Value::Object(object)) = document.pointer_mut(object) {
            object.remove(new_in_3_1);
        }
    }
    around_schemas(&mut document);
    document
}

/// Descends through everything that is not a schema, to the schemas. Examples are data: what looks like a schema in
/// them is none.
fn around_schemas(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").cloned() {
                *members = Map::from_iter([("$ref".to_owned(), reference)]);
                return;
            }
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("example" | "examples", _) => {}
                    ("schema", schema) => in_schema(schema),
                    ("schemas", Value::Object(schemas)) => schemas.values_mut().for_each(in_schema),
                    ("security", security) => open_to_everybody(security),
                    ("requestBody", body) => {
                        take_json_only(body);
                        around_schemas(body);
                    }
                    (_, value) => around_schemas(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(around_schemas),
        _ => {}
    }
}

/// An operation that asks for nothing is said to need "one of no schemes", which generators of that time take for a
/// secured one: the list is left empty instead.
fn open_to_everybody(security: &mut Value) {
    if *security == json!([{}]) {
        *security = json!([]);
    }
}

/// A body that is taken as JSON is offered as JSON alone; a merge patch is taken as plain JSON, too.
fn take_json_only(body: &mut Value) {
    let Some(Value::Object(content)) = body.get_mut("content") else { return };
    if let Some(patch) = content.remove("application/merge-patch+json") {
        content.entry("application/json").or_insert(patch);
    }
    if content.contains_key("application/json") {
        content.retain(|media_type, _| media_type == "application/json");
    }
}

fn in_schema(value: &mut Value) {
    let Value::Object(schema) = value else {
        // A schema may be `true` or `false` in 3.1.
        *value = if *value == Value::Bool(false) { json!({ "not": {} }) } else { json!({}) };
        return;
    };
    lift_null(schema);
    wrap_reference(schema);
    if schema.contains_key("$ref") {
        return;
    }
    translate_values(schema);
    translate_limits(schema);
    translate_content(schema);
    translate_types(schema);
    if schema.get("type") == Some(&json!("array")) {
        schema.entry("items").or_insert_with(|| json!({}));
    }
    schema.retain(|name, _| KNOWN.contains(&name.as_str()) || name.starts_with("x-"));
    in_subschemas(schema);
}

fn in_subschemas(schema: &mut Map<String, Value>) {
    for (name, value) in schema {
        match (name.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(in_schema),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter_mut().for_each(in_schema),
            ("items" | "not", part) => in_schema(part),
            ("additionalProperties", part) if !part.is_boolean() => in_schema(part),
            _ => {}
        }
    }
}

/// Null as one of several alternatives → `nullable`; a single other alternative needs no choice any more.
fn lift_null(schema: &mut Map<String, Value>) {
    for choice in ["oneOf", "anyOf"] {
        let Some(Value::Array(mut parts)) = schema.remove(choice) else { continue };
        let all = parts.len();
        parts.retain(|part| part.get("type") != Some(&json!("null")));
        if parts.len() < all {
            schema.insert("nullable".to_owned(), true.into());
        }
        match parts.as_mut_slice() {
            [Value::Object(only)] if only.keys().all(|name| !schema.contains_key(name)) => schema.append(only),
            _ => drop(schema.insert(choice.to_owned(), parts.into())),
        }
    }
}

/// 3.0 ignores what stands beside a `$ref`, so the reference moves into an `allOf`.
fn wrap_reference(schema: &mut Map<String, Value>) {
    if schema.len() > 1
        && let Some(reference) = schema.remove("$ref")
    {
        conjoin(schema, json!({ "$ref": reference }));
    }
}

/// `const` → `enum` of one; `examples` → the first as `example`.
fn translate_values(schema: &mut Map<String, Value>) {
    if let Some(only) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([only]));
    }
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(first);
    }
}

/// A number as an exclusive limit → the limit, and a flag that it is exclusive.
fn translate_limits(schema: &mut Map<String, Value>) {
    for (exclusive, inclusive, is_tighter) in [
        ("exclusiveMinimum", "minimum", (|a, b| a >= b) as fn(f64, f64) -> bool),
        ("exclusiveMaximum", "maximum", |a, b| a <= b),
    ] {
        let Some(limit) = schema.get(exclusive).filter(|limit| limit.is_number()).cloned() else { continue };
        schema.remove(exclusive);
        let tighter = match (limit.as_f64(), schema.get(inclusive).and_then(Value::as_f64)) {
            (Some(limit), Some(other)) => is_tighter(limit, other),
            _ => true,
        };
        if tighter {
            schema.insert(inclusive.to_owned(), limit);
            schema.insert(exclusive.to_owned(), true.into());
        }
    }
}

/// The encoding or media type of a string → the formats that 3.0 has for it.
fn translate_content(schema: &mut Map<String, Value>) {
    let encoding = schema.remove("contentEncoding");
    let media_type = schema.remove("contentMediaType");
    let format = match (encoding.as_ref().and_then(Value::as_str), media_type) {
        (Some("base64" | "base64url"), _) => "byte",
        (None, Some(_)) if schema.get("type").is_none_or(|kind| kind == "string") => "binary",
        _ => return,
    };
    schema.entry("type").or_insert_with(|| "string".into());
    schema.entry("format").or_insert_with(|| format.into());
}

/// A list of types → one type, and `nullable` for null; several types → an `anyOf`.
fn translate_types(schema: &mut Map<String, Value>) {
    let mut types = match schema.remove("type") {
        Some(Value::Array(types)) => types,
        Some(one) => vec![one],
        None => types_of_values(schema),
    };
    if types.contains(&json!("null")) {
        types.retain(|kind| kind != "null");
        schema.insert("nullable".to_owned(), true.into());
        if types.is_empty() {
            schema.insert("enum".to_owned(), json!([null]));
        }
    }
    if types.len() > 1 {
        let any: Vec<_> = types.into_iter().map(|kind| json!({ "type": kind })).collect();
        conjoin(schema, json!({ "anyOf": any }));
    } else if let Some(only) = types.pop() {
        schema.insert("type".to_owned(), only);
    }
}

/// The types of the values listed, for a schema that names none.
fn types_of_values(schema: &Map<String, Value>) -> Vec<Value> {
    let mut types = Vec::new();
    for value in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !types.contains(&json!(kind)) {
            types.push(json!(kind));
        }
    }
    types
}

/// Adds a part that must hold, too.
fn conjoin(schema: &mut Map<String, Value>, part: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.push(part),
        _ => drop(schema.insert("allOf".to_owned(), json!([part]))),
    }
}
