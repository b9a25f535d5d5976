//! The contract as the page for people shows it: a function over its JSON, like the rendering in 3.0.3. It leaves out
//! what costs a browser time and tells a person little, and fills in nothing that a person has to name.

use super::tag_groups;
use crate::openapi;
use crate::problem::negotiation::Language;
use serde_json::{Value, json};

/// Parameters that the page fills in by itself: it speaks one language, and sends the reason in a header, encoded.
const OWN: &[&str] = &["Accept-Language", "reason"];

/// Member of a body by which people say why.
const REASON: &str = "reason";

/// The address of logging in.
const LOG_IN: &str = "/auth/login";

/// The rendering as JSON.
pub fn json(language: Language) -> String {
    rendered(openapi::value(language), language).to_string()
}

/// A contract without what the page does not show.
pub fn rendered(mut document: Value, language: Language) -> Value {
    let components = document["components"].take();
    if let Value::String(introduction) = &mut document["info"]["description"] {
        *introduction = without_the_way_in(introduction);
    }
    for (path, item) in members(document.get_mut("paths")) {
        for (method, operation) in members(Some(item)) {
            slim(operation, &components);
            leave_to_people(operation, is_final(path, method));
        }
    }
    for tag in document.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let name = tag_groups::display_name(name, language);
        tag["x-displayName"] = name.into();
    }
    document["x-tagGroups"] = tag_groups::listed(language);
    document["components"] = json!({
        "schemas": components["schemas"],
        "parameters": parameters(&components),
        "securitySchemes": components["securitySchemes"],
    });
    document
}

/// The introduction without the paragraph on logging in by hand, for which the page has a box.
fn without_the_way_in(introduction: &str) -> String {
    let paragraphs: Vec<_> = introduction.split("\n\n").filter(|paragraph| !paragraph.contains(LOG_IN)).collect();
    paragraphs.join("\n\n")
}

/// Leaves refusals their one line, and successes their body.
fn slim(operation: &mut Value, components: &Value) {
    if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
        parameters.retain(|parameter| !OWN.contains(&name(parameter)));
        parameters.iter_mut().for_each(drop_trial);
    }
    for (status, response) in members(operation.get_mut("responses")) {
        let described = match name(response) {
            "" => &*response,
            named => &components["responses"][named],
        };
        let mut shown = json!({ "description": described["description"] });
        if status.starts_with('2') && described["content"].is_object() {
            shown["content"] = described["content"].clone();
        }
        *response = shown;
    }
}

/// Takes out of a body's example the reason and, where what is done cannot be taken back, the rows it is done to.
fn leave_to_people(operation: &mut Value, is_final: bool) {
    for (_, content) in members(operation.pointer_mut("/requestBody/content")) {
        for (name, value) in members(content.get_mut("example")) {
            if is_final || name == REASON {
                empty(value);
            }
        }
    }
}

/// True for an operation that cannot be taken back.
fn is_final(path: &str, method: &str) -> bool {
    method == "delete" || path.ends_with("/erasure") || path.ends_with("/merger")
}

/// Empties the texts of an example.
fn empty(value: &mut Value) {
    match value {
        Value::String(text) => text.clear(),
        Value::Array(items) => items.iter_mut().for_each(empty),
        _ => {}
    }
}

/// The parameters that operations share.
fn parameters(components: &Value) -> Value {
    let mut parameters = components["parameters"].clone();
    if let Some(shared) = parameters.as_object_mut() {
        shared.retain(|name, _| !OWN.contains(&name.as_str()));
        shared.values_mut().for_each(drop_trial);
    }
    parameters
}

/// Drops the value that works and is nobody's to send.
fn drop_trial(parameter: &mut Value) {
    if let Some(members) = parameter.as_object_mut() {
        members.remove("x-example");
    }
}

/// The members of an object; none of anything else.
fn members(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    value.and_then(Value::as_object_mut).into_iter().flatten()
}

/// The name of what a reference leads to; empty where there is none.
fn name(described: &Value) -> &str {
    described["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default()
}
