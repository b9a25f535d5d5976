//! The rendering for the page: the contract's operations, without what the page does not show or people have to name.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Server, on_both_engines};
use thidua_http::openapi;
use thidua_http::openapi::slim;
use thidua_http::problem::negotiation::Language;

fn rendering(language: Language) -> Value {
    slim::rendered(openapi::value(language), language)
}

/// Operations with method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    all.collect()
}

#[test]
fn it_has_every_operation_with_rights_parameters_and_body() {
    let (slim, whole) = (rendering(Language::English), openapi::value(Language::English));
    let (slim, whole) = (operations(&slim), operations(&whole));
    assert_eq!(slim.len(), whole.len());
    for ((name, slim), (_, whole)) in slim.iter().zip(&whole) {
        for member in ["operationId", "summary", "description", "tags", "x-required-roles", "security"] {
            assert_eq!(slim[member], whole[member], "{name}");
        }
        let schemas = |operation: &Value| {
            let content = operation["requestBody"]["content"].as_object();
            content.into_iter().flatten().map(|(kind, body)| (kind.clone(), body["schema"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(schemas(slim), schemas(whole), "{name}");
        let count = |operation: &Value| operation["parameters"].as_array().map_or(0, Vec::len);
        assert!(count(slim) + 2 >= count(whole), "{name}");
    }
}

#[test]
fn a_refusal_is_one_line_and_a_success_its_body() {
    let (slim, whole) = (rendering(Language::Vietnamese), openapi::value(Language::Vietnamese));
    for ((name, slim), (_, whole)) in operations(&slim).iter().zip(operations(&whole)) {
        let whole = whole["responses"].as_object().unwrap();
        assert_eq!(slim["responses"].as_object().unwrap().len(), whole.len(), "{name}");
        for (status, response) in slim["responses"].as_object().unwrap() {
            let members: Vec<_> = response.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(!response["description"].as_str().unwrap().is_empty(), "{name} {status}");
            match status.starts_with('2') {
                true => assert_eq!(response["content"], whole[status]["content"], "{name}"),
                false => assert_eq!(members, ["description"], "{name} {status}"),
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_no_schema_to_itself() {
    let document = rendering(Language::English);
    for (name, operation) in operations(&document) {
        follow(&document, operation, &mut Vec::new(), &name);
    }
}

/// Follows every reference; the page writes them out, so a circle would have no end.
fn follow(document: &Value, part: &Value, way: &mut Vec<String>, name: &str) {
    match part {
        Value::Object(members) => {
            if let Some(reference) = part["$ref"].as_str() {
                assert!(!way.iter().any(|step| step == reference), "{name}: {reference} leads to itself by {way:?}");
                let found = document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{name}: {reference}"));
                way.push(reference.to_owned());
                follow(document, found, way, name);
                way.pop();
            }
            let schemas = members.iter().filter(|(member, _)| !member.starts_with("example"));
            schemas.for_each(|(_, value)| follow(document, value, way, name));
        }
        Value::Array(items) => items.iter().for_each(|item| follow(document, item, way, name)),
        _ => {}
    }
}

#[test]
fn every_tag_stands_in_one_group_and_has_a_name_for_people() {
    for language in [Language::Vietnamese, Language::English] {
        let document = rendering(language);
        let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect();
        let groups = document["x-tagGroups"].as_array().unwrap();
        let grouped: Vec<_> = groups.iter().flat_map(|group| group["tags"].as_array().unwrap().clone()).collect();
        let set = |tags: &[Value]| tags.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!((set(&tags), tags.len()), (set(&grouped), grouped.len()));
        for tag in document["tags"].as_array().unwrap() {
            assert_ne!(tag["x-displayName"], tag["name"]);
            assert!(!tag["x-displayName"].as_str().unwrap().starts_with("phrase."), "{tag}");
        }
    }
}

#[test]
fn no_body_has_a_reason_filled_in_or_names_the_rows_of_what_cannot_be_taken_back() {
    let document = rendering(Language::Vietnamese);
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        for content in operation["requestBody"]["content"].as_object().into_iter().flatten().map(|(_, content)| content)
        {
            let example = &content["example"];
            if !example["reason"].is_null() {
                assert_eq!(example["reason"], "", "{name}");
                seen += 1;
            }
            if name.ends_with("/merger") {
                assert_eq!(*example, json!({"on": "", "predecessors": [""]}));
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "{seen}");
}

#[on_both_engines]
fn it_is_served_beside_the_contract_which_stays_what_it_is(server: Server) {
    let anonymous = server.anonymous();
    for (language, code) in [(Language::Vietnamese, "vi"), (Language::English, "en")] {
        let answer = anonymous.get(&format!("/docs/contract.json?lang={code}")).expect(200);
        assert_eq!(answer.json, rendering(language));
        assert_eq!(answer.headers["content-language"], code);
        let whole = anonymous.get(&format!("/openapi.json?lang={code}")).expect(200);
        assert_eq!(String::from_utf8(whole.body.clone()).unwrap(), openapi::json(language));
        assert!(answer.body.len() * 3 < whole.body.len() * 2, "{} of {}", answer.body.len(), whole.body.len());
        let kept = anonymous.clone().with("if-none-match", &answer.headers["etag"]);
        kept.get(&format!("/docs/contract.json?lang={code}")).expect(304);
    }
    anonymous.get("/docs/contract.json?lang=fr").refused(422, "invalid_input");
}
