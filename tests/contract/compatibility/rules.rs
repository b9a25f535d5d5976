//! Rules of compatibility, one by one: changes that break a client, and changes that do not.

use super::differences::{Rule, differences};
use serde_json::{Value, json};

/// A change of a contract.
type Edit<'a> = &'a dyn Fn(&mut Value);

#[test]
fn what_takes_a_promise_back_is_found() {
    let path = |contract: &mut Value| contract["paths"]["/things/{id}"].take();
    let cases: &[(&str, Rule, Edit<'_>)] = &[
        ("a path is gone", Rule::OperationRemoved, &|it| drop(path(it))),
        ("a method is gone", Rule::OperationRemoved, &|it| {
            drop(it["paths"]["/things/{id}"].as_object_mut().unwrap().remove("post"));
        }),
        ("an operation has another id", Rule::OperationRenamed, &|it| put(it, "/operationId", json!("makeThing"))),
        ("a success is gone", Rule::SuccessRemoved, &|it| {
            let answer = remove(it, "/responses", "200");
            put(it, "/responses/201", answer);
        }),
        ("a log-in is asked for", Rule::LogInRequired, &|it| put(it, "/security", json!([{ "bearer": [] }]))),
        ("an answer's media type is gone", Rule::MediaTypeRemoved, &|it| {
            drop(remove(it, "/responses/200/content", "application/json"));
        }),
        ("a body's media type is gone", Rule::MediaTypeRemoved, &|it| {
            drop(remove(it, "/requestBody/content", "application/json"));
        }),
        ("a header is gone", Rule::HeaderRemoved, &|it| drop(remove(it, "/responses/200/headers", "ETag"))),
        ("a parameter is gone", Rule::ParameterRemoved, &|it| put(it, "/parameters/1/name", json!("other"))),
        ("a parameter has to be sent", Rule::InputRequired, &|it| put(it, "/parameters/1/required", json!(true))),
        ("a new parameter has to be sent", Rule::InputRequired, &|it| {
            put(it, "/parameters/2", json!({ "name": "new", "in": "query", "required": true, "schema": {} }));
        }),
        ("a body has to be sent", Rule::InputRequired, &|it| put(it, "/requestBody/required", json!(true))),
        ("a parameter takes less", Rule::InputNarrowed, &|it| put(it, "/parameters/1/schema/maxLength", json!(9))),
        ("a refusal looks different", Rule::OutputRemoved, &|it| {
            drop(remove(it, "/responses/404/content/application~1problem+json/schema/properties", "code"));
        }),
    ];
    for (what, rule, change) in cases {
        assert_eq!(found(change), [*rule], "{what}");
    }
}

#[test]
fn an_input_may_not_take_less() {
    let cases = [
        ("a member is gone", Rule::InputRemoved, json!({ "properties": { "note": null } })),
        ("a member has to be sent", Rule::InputRequired, json!({ "required": ["name", "note"] })),
        (
            "a new member has to be sent",
            Rule::InputRequired,
            json!({
                "required": ["name", "new"], "properties": { "new": { "type": "string" } }
            }),
        ),
        ("another type", Rule::InputNarrowed, json!({ "properties": { "name": { "type": "integer" } } })),
        ("whole numbers only", Rule::InputNarrowed, json!({ "properties": { "share": { "type": "integer" } } })),
        ("no null", Rule::InputNarrowed, json!({ "properties": { "note": { "type": "string" } } })),
        (
            "no null beside a reference",
            Rule::InputNarrowed,
            json!({
                "properties": { "place": { "oneOf": [{ "$ref": "#/components/schemas/Place" }] } }
            }),
        ),
        ("a type where all were taken", Rule::InputNarrowed, json!({ "properties": { "any": { "type": "string" } } })),
        ("a value less", Rule::InputNarrowed, json!({ "properties": { "kind": { "enum": ["a"] } } })),
        ("values where all were taken", Rule::InputNarrowed, json!({ "properties": { "name": { "enum": ["a"] } } })),
        ("one value", Rule::InputNarrowed, json!({ "properties": { "name": { "const": "a" } } })),
        (
            "an alternative less",
            Rule::InputNarrowed,
            json!({
                "properties": { "source": { "oneOf": [one("b"), one("c")] } }
            }),
        ),
        (
            "an alternative takes less",
            Rule::InputNarrowed,
            json!({
                "properties": { "source": { "oneOf": [one("b"), {
                    "properties": { "kind": { "enum": ["a"] }, "more": { "maxLength": 1 } }
                }] } }
            }),
        ),
        ("shorter", Rule::InputNarrowed, json!({ "properties": { "name": { "maxLength": 49 } } })),
        ("longer", Rule::InputNarrowed, json!({ "properties": { "name": { "minLength": 2 } } })),
        ("a limit where there was none", Rule::InputNarrowed, json!({ "properties": { "note": { "maxLength": 9 } } })),
        ("smaller", Rule::InputNarrowed, json!({ "properties": { "share": { "maximum": 9 } } })),
        ("larger", Rule::InputNarrowed, json!({ "properties": { "share": { "minimum": 0 } } })),
        ("a pattern", Rule::InputNarrowed, json!({ "properties": { "name": { "pattern": "^a" } } })),
        ("a format", Rule::InputNarrowed, json!({ "properties": { "name": { "format": "date" } } })),
        ("no repetition", Rule::InputNarrowed, json!({ "properties": { "list": { "uniqueItems": true } } })),
        ("fewer items", Rule::InputNarrowed, json!({ "properties": { "list": { "maxItems": 1 } } })),
        ("shorter items", Rule::InputNarrowed, json!({ "properties": { "list": { "items": { "maxLength": 1 } } } })),
        ("nothing further", Rule::InputNarrowed, json!({ "additionalProperties": false })),
    ];
    for (what, rule, patch) in cases {
        assert_eq!(found(&|it| merge(&mut it["components"]["schemas"]["Input"], &patch)), [rule], "{what}");
    }
}

#[test]
fn an_answer_may_not_say_less() {
    let cases = [
        ("a member is gone", Rule::OutputRemoved, json!({ "properties": { "note": null } })),
        ("a member may be absent", Rule::OutputOptional, json!({ "required": [] })),
        ("null is new", Rule::OutputWidened, json!({ "properties": { "name": { "type": ["string", "null"] } } })),
        ("another type", Rule::OutputWidened, json!({ "properties": { "name": { "type": "integer" } } })),
        ("any number", Rule::OutputWidened, json!({ "properties": { "count": { "type": "number" } } })),
        ("a new value", Rule::OutputWidened, json!({ "properties": { "kind": { "enum": ["a", "b", "c"] } } })),
        ("any value", Rule::OutputWidened, json!({ "properties": { "kind": { "enum": null } } })),
        (
            "a new alternative",
            Rule::OutputWidened,
            json!({
                "properties": { "source": { "oneOf": [one("a"), one("b"), one("c")] } }
            }),
        ),
        (
            "a reference or null",
            Rule::OutputWidened,
            json!({
                "properties": { "self": { "$ref": null, "oneOf": [
                    { "$ref": "#/components/schemas/View" }, { "type": "null" }
                ] } }
            }),
        ),
        (
            "items of another type",
            Rule::OutputWidened,
            json!({
                "properties": { "list": { "items": { "type": "integer" } } }
            }),
        ),
    ];
    for (what, rule, patch) in cases {
        assert_eq!(found(&|it| merge(&mut it["components"]["schemas"]["View"], &patch)), [rule], "{what}");
    }
}

#[test]
fn what_breaks_no_client_is_let_through() {
    let text = json!({ "type": "string" });
    let cases: &[(&str, Edit<'_>)] = &[
        ("nothing", &|_| {}),
        ("a new path", &|it| it["paths"]["/new"] = json!({ "get": {} })),
        ("a new method", &|it| it["paths"]["/things/{id}"]["get"] = json!({})),
        ("a new refusal", &|it| put(it, "/responses/418", json!({}))),
        ("a refusal less", &|it| drop(remove(it, "/responses", "404"))),
        ("a new success", &|it| put(it, "/responses/201", json!({}))),
        ("a new parameter", &|it| put(it, "/parameters/2", json!({ "name": "new", "in": "query" }))),
        ("a log-in no longer needed twice over", &|it| put(it, "/security", json!([{}]))),
        ("another description", &|it| put(it, "/description", text.clone())),
        ("a new member of an input", &|it| it["components"]["schemas"]["Input"]["properties"]["new"] = text.clone()),
        ("a new member of an answer", &|it| it["components"]["schemas"]["View"]["properties"]["new"] = text.clone()),
        ("an input no longer required", &|it| it["components"]["schemas"]["Input"]["required"] = json!([])),
        ("a member always there", &|it| it["components"]["schemas"]["View"]["required"] = json!(["name", "note"])),
        ("a looser input", &|it| {
            let patch = json!({ "properties": {
                "name": { "maxLength": 90, "minLength": 0 }, "kind": { "enum": ["a", "b", "c"] },
                "count": { "type": "number" }, "list": { "maxItems": null }
            } });
            merge(&mut it["components"]["schemas"]["Input"], &patch);
        }),
        ("a tighter answer", &|it| {
            let patch = json!({ "properties": {
                "name": { "maxLength": 9 }, "kind": { "enum": ["a"] }, "note": { "type": "string" }
            } });
            merge(&mut it["components"]["schemas"]["View"], &patch);
        }),
        ("a looser limit of an answer", &|it| {
            merge(&mut it["components"]["schemas"]["View"], &json!({ "properties": { "name": { "maxLength": 90 } } }));
        }),
        ("a name for what stood inline", &|it| {
            let place = it["components"]["schemas"]["Input"]["properties"]["kind"].take();
            it["components"]["schemas"]["Kind"] = place;
            it["components"]["schemas"]["Input"]["properties"]["kind"] = json!({ "$ref": "#/components/schemas/Kind" });
        }),
    ];
    for (what, change) in cases {
        assert_eq!(found(change), [], "{what}");
    }
}

/// The rules that a change of the small contract below breaks.
fn found(change: &dyn Fn(&mut Value)) -> Vec<Rule> {
    let old = contract();
    let mut new = old.clone();
    change(&mut new);
    differences(&old, &new).iter().map(|breaking| breaking.rule).collect()
}

/// One operation with everything that can be promised.
fn contract() -> Value {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "maxLength": 50, "minLength": 1 },
            "note": { "type": ["string", "null"] },
            "kind": { "type": "string", "enum": ["a", "b"] },
            "count": { "type": "integer" },
            "share": { "type": "number", "maximum": 10 },
            "any": {},
            "list": { "type": "array", "items": { "type": "string" }, "maxItems": 5 },
            "source": { "oneOf": [one("a"), one("b")] },
            "place": { "oneOf": [{ "$ref": "#/components/schemas/Place" }, { "type": "null" }] },
            "self": { "$ref": "#/components/schemas/View" }
        }
    });
    let mut input = schema.clone();
    input["properties"]["self"] = json!({ "$ref": "#/components/schemas/Input" });
    let problem = json!({ "type": "object", "properties": { "code": { "type": "string" } } });
    let body =
        |name: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
    json!({
        "paths": { "/things/{id}": { "post": {
            "operationId": "createThing",
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } },
                { "name": "filter", "in": "query", "schema": { "type": "string", "maxLength": 10 } }
            ],
            "requestBody": { "content": body("Input") },
            "responses": {
                "200": { "headers": { "ETag": {} }, "content": body("View") },
                "404": { "content": { "application/problem+json": { "schema": problem } } }
            }
        } } },
        "components": { "schemas": { "Input": input, "View": schema, "Place": { "type": "object" } } }
    })
}

/// An alternative of a kind.
fn one(kind: &str) -> Value {
    json!({ "type": "object", "properties": { "kind": { "enum": [kind] }, "more": { "type": "string" } } })
}

/// Sets a value below the operation.
fn put(contract: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match contract["paths"]["/things/{id}"]["post"].pointer_mut(parent).unwrap() {
        Value::Array(items) if name.parse() == Ok(items.len()) => items.push(value),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
}

/// Takes a member away below the operation.
fn remove(contract: &mut Value, pointer: &str, name: &str) -> Value {
    let parent = contract["paths"]["/things/{id}"]["post"].pointer_mut(pointer).unwrap();
    parent.as_object_mut().unwrap().remove(name).unwrap()
}

/// A merge patch; null takes away.
fn merge(value: &mut Value, patch: &Value) {
    for (name, patch) in patch.as_object().unwrap() {
        let members = value.as_object_mut().unwrap();
        match patch {
            Value::Null => drop(members.remove(name)),
            Value::Object(_) => merge(members.entry(name).or_insert(json!({})), patch),
            other => drop(members.insert(name.clone(), other.clone())),
        }
    }
}
