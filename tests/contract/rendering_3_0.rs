//! The contract in OpenAPI 3.0.3: made, served, and translated part by part.

use serde_json::{Value, json};
use support::on_both_engines;
use support::server::Server;
use thidua_http::openapi::v3_0;
use thidua_http::problem::negotiation::Language;

#[test]
fn every_schema_of_the_rendering_is_one_that_3_0_knows() {
    let rendering: Value = serde_json::from_str(&v3_0::json(Language::English)).unwrap();
    let known = jsonschema::validator_for(&schema_object()).unwrap();
    let mut schemas = Vec::new();
    collect("", &rendering, &mut schemas);
    assert!(schemas.len() > 500, "{} schemas", schemas.len());
    for (place, schema) in schemas {
        let faults: Vec<_> = known.iter_errors(schema).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{place}: {faults:?}");
    }
}

#[on_both_engines]
fn the_rendering_is_served_to_anybody(server: Server) {
    for language in [Language::Vietnamese, Language::English] {
        let served = server.anonymous().get(&format!("/openapi-3.0.json?lang={}", language.tag())).expect(200);
        assert_eq!(served.json, serde_json::from_str::<Value>(&v3_0::json(language)).unwrap());
    }
}

#[test]
fn the_rendering_has_the_operations_of_the_contract() {
    let rendering: Value = serde_json::from_str(&v3_0::json(Language::English)).unwrap();
    assert_eq!(rendering["openapi"], "3.0.3");
    for (path, method, operation) in super::document::operations() {
        let rendered = &rendering["paths"][&path][method.to_lowercase()];
        assert_eq!(rendered["operationId"], operation["operationId"], "{method} {path}");
        assert_eq!(keys(&rendered["responses"]), keys(&operation["responses"]), "{method} {path}");
    }
}

#[test]
fn a_schema_is_said_in_the_words_of_3_0() {
    let cases = [
        ("null among types", json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
        ("null alone", json!({ "type": "null" }), json!({ "enum": [null], "nullable": true })),
        (
            "several types",
            json!({ "type": ["string", "integer"] }),
            json!({ "allOf": [{ "anyOf": [{ "type": "string" }, { "type": "integer" }] }] }),
        ),
        (
            "null in an enum",
            json!({ "enum": ["a", null] }),
            json!({ "type": "string", "enum": ["a", null], "nullable": true }),
        ),
        ("const", json!({ "const": 3 }), json!({ "type": "integer", "enum": [3] })),
        ("examples", json!({ "examples": ["a", "b"] }), json!({ "example": "a" })),
        ("examples beside an example", json!({ "examples": ["a"], "example": "b" }), json!({ "example": "b" })),
        (
            "an exclusive limit",
            json!({ "exclusiveMinimum": 0, "exclusiveMaximum": 9 }),
            json!({ "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": true }),
        ),
        ("a tighter limit", json!({ "exclusiveMinimum": 0, "minimum": 1 }), json!({ "minimum": 1 })),
        (
            "beside a reference",
            json!({ "$ref": "#/components/schemas/A", "description": "d" }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/A" }], "description": "d" }),
        ),
        ("a bare reference", json!({ "$ref": "#/components/schemas/A" }), json!({ "$ref": "#/components/schemas/A" })),
        (
            "a reference or null",
            json!({ "oneOf": [{ "$ref": "#/components/schemas/A" }, { "type": "null" }] }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/A" }], "nullable": true }),
        ),
        (
            "two alternatives or null",
            json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }, { "type": "null" }] }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }], "nullable": true }),
        ),
        (
            "bytes",
            json!({ "type": "string", "contentMediaType": "application/octet-stream" }),
            json!({ "type": "string", "format": "binary" }),
        ),
        (
            "encoded bytes",
            json!({ "type": "string", "contentEncoding": "base64", "contentMediaType": "image/png" }),
            json!({ "type": "string", "format": "byte" }),
        ),
        ("an array of anything", json!({ "type": "array" }), json!({ "type": "array", "items": {} })),
        ("true and false", json!({ "items": true, "not": false }), json!({ "items": {}, "not": { "not": {} } })),
        (
            "what 3.0 cannot say",
            json!({ "type": "object", "propertyNames": { "maxLength": 3 }, "$comment": "c", "x-kept": 1 }),
            json!({ "type": "object", "x-kept": 1 }),
        ),
        (
            "inside of others",
            json!({
                "properties": { "type": { "const": "a" }, "list": { "items": { "const": "a" } } },
                "additionalProperties": { "const": "a" }, "allOf": [{ "const": "a" }]
            }),
            json!({
                "properties": {
                    "type": { "type": "string", "enum": ["a"] },
                    "list": { "items": { "type": "string", "enum": ["a"] } }
                },
                "additionalProperties": { "type": "string", "enum": ["a"] },
                "allOf": [{ "type": "string", "enum": ["a"] }]
            }),
        ),
    ];
    for (what, schema, expected) in cases {
        let document = json!({ "components": { "schemas": { "It": schema } } });
        assert_eq!(v3_0::rendered(document)["components"]["schemas"]["It"], expected, "{what}");
    }
}

#[test]
fn schemas_are_found_wherever_they_stand_and_examples_are_left_alone() {
    let media =
        |schema: Value| json!({ "schema": schema, "example": { "type": ["kept"], "const": 1, "schema": true } });
    let document = |schema: Value| {
        json!({
            "openapi": "3.1.0",
            "paths": { "/a": {
                "parameters": [{ "schema": schema }],
                "get": {
                    "parameters": [{ "schema": schema }, { "$ref": "#/components/parameters/P" }],
                    "requestBody": { "content": { "application/json": media(schema.clone()) } },
                    "responses": { "200": {
                        "headers": { "ETag": { "schema": schema } },
                        "content": { "application/json": media(schema.clone()) }
                    } }
                }
            } },
            "components": { "schemas": { "It": schema }, "parameters": { "P": { "schema": schema } } }
        })
    };
    let mut expected = document(json!({ "type": "string", "nullable": true }));
    expected["openapi"] = "3.0.3".into();
    assert_eq!(v3_0::rendered(document(json!({ "type": ["string", "null"] }))), expected);
}

#[test]
fn a_request_body_is_offered_as_json_alone() {
    let rendered = |content: Value| {
        let document = json!({ "paths": { "/a": { "patch": { "requestBody": { "content": content } } } } });
        v3_0::rendered(document)["paths"]["/a"]["patch"]["requestBody"]["content"].clone()
    };
    assert_eq!(rendered(json!({ "application/merge-patch+json": {} })), json!({ "application/json": {} }));
    assert_eq!(
        rendered(json!({ "application/json": {}, "application/x-ndjson": {} })),
        json!({ "application/json": {} })
    );
    assert_eq!(rendered(json!({ "text/csv": {} })), json!({ "text/csv": {} }));
}

#[test]
fn an_operation_for_everybody_asks_for_nothing() {
    let rendered = |security: Value| {
        let document = json!({ "paths": { "/a": { "get": { "security": security } } } });
        v3_0::rendered(document)["paths"]["/a"]["get"]["security"].clone()
    };
    assert_eq!(rendered(json!([{}])), json!([]));
    assert_eq!(rendered(json!([{ "bearer": [] }])), json!([{ "bearer": [] }]));
}

#[test]
fn what_is_new_in_3_1_is_left_out() {
    let document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "webhooks": {},
        "info": { "title": "t", "summary": "s", "license": { "name": "n", "identifier": "i" } },
        "components": { "pathItems": {}, "parameters": { "P": { "$ref": "#/a", "description": "d" } } }
    });
    let expected = json!({
        "openapi": "3.0.3",
        "info": { "title": "t", "license": { "name": "n" } },
        "components": { "parameters": { "P": { "$ref": "#/a" } } }
    });
    assert_eq!(v3_0::rendered(document), expected);
}

/// All schemas of a document, by place. What stands in examples is data.
fn collect<'a>(place: &str, value: &'a Value, into: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let place = format!("{place}/{name}");
                match (name.as_str(), value) {
                    ("example" | "examples", _) => {}
                    ("schema", schema) => into.push((place, schema)),
                    ("schemas", Value::Object(named)) => {
                        into.extend(named.iter().map(|(name, schema)| (format!("{place}/{name}"), schema)));
                    }
                    (_, value) => collect(&place, value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(place, item, into)),
        _ => {}
    }
}

/// The Schema Object as the specification of 3.0.3 lists its members, or a reference, which has nothing beside it.
fn schema_object() -> Value {
    let (text, number, count, yes_or_no) = (
        json!({ "type": "string" }),
        json!({ "type": "number" }),
        json!({ "type": "integer", "minimum": 0 }),
        json!({ "type": "boolean" }),
    );
    let (schema, several) =
        (json!({ "$ref": "#" }), json!({ "type": "array", "minItems": 1, "items": { "$ref": "#" } }));
    let members = json!({
        "title": text, "description": text, "format": text, "pattern": text,
        "type": { "enum": ["array", "boolean", "integer", "number", "object", "string"] },
        "minimum": number, "maximum": number, "multipleOf": number,
        "exclusiveMinimum": yes_or_no, "exclusiveMaximum": yes_or_no,
        "minLength": count, "maxLength": count, "minItems": count, "maxItems": count,
        "minProperties": count, "maxProperties": count, "uniqueItems": yes_or_no,
        "required": { "type": "array", "minItems": 1, "uniqueItems": true, "items": text },
        "enum": { "type": "array", "minItems": 1 },
        "allOf": several, "anyOf": several, "oneOf": several, "not": schema, "items": schema,
        "properties": { "type": "object", "additionalProperties": schema },
        "additionalProperties": { "anyOf": [yes_or_no, schema] },
        "discriminator": { "type": "object", "required": ["propertyName"] },
        "nullable": yes_or_no, "readOnly": yes_or_no, "writeOnly": yes_or_no, "deprecated": yes_or_no,
        "default": true, "example": true
    });
    json!({
        "type": "object",
        "if": { "required": ["$ref"] },
        "then": { "properties": { "$ref": text }, "maxProperties": 1 },
        "else": {
            "properties": members,
            "patternProperties": { "^x-": true },
            "additionalProperties": false,
            "if": { "properties": { "type": { "const": "array" } }, "required": ["type"] },
            "then": { "required": ["items"] }
        }
    })
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}
