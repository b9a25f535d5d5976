//! Errors in the shape of a value, read off the contract's schemas: every member that is missing, unknown, set by the
//! system or of another type. serde decides whether a value fits; this says why it does not.

use crate::request::did_you_mean::nearest;
use crate::request::json::{MOST_TOLD, escaped};
use crate::request::served_contract::{patch_name, schemas};
use crate::request::text_kinds;
use crate::request::time::LocalTime;
use serde_json::{Map, Value};
use thidua_domain::Date;
use thidua_domain::message::{Argument, Message, ToArgument};
use thidua_domain::time::Month;
use thidua_domain::violation::Violation;
use utoipa::openapi::Required;
use utoipa::openapi::path::Parameter;

/// Faults that keep a value from being the named input; empty when the schemas know of none.
pub fn faults(input: &str, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    explain(&schemas()[input], value, "", &mut found);
    found.iter_mut().for_each(|violation| tell_read_only(input, violation));
    found
}

/// The members of a patch that the named input does not have (`null` must not hide them), and its texts that cannot be
/// read (those of the row, which may be older than the rule, are not asked). Where kinds tell inputs apart, a
/// patch may name the members of all: it leaves one kind for another by removing what that had.
pub fn patch_faults(input: &str, patch: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    let of_patches = &schemas()[patch_name(input)];
    explain(if of_patches.is_null() { &schemas()[input] } else { of_patches }, patch, "", &mut found);
    found.iter_mut().for_each(|violation| tell_read_only(input, violation));
    found.retain(|violation| {
        matches!(violation.code, "unknown_member" | "read_only_member" | "nothing_visible" | "control_character")
    });
    found
}

/// Settles what a merge leaves open. A member that a patch removed is null where it may be, as leaving it out may mean
/// something else. Where a patch gives an object another kind, what the kind of before had and that of now has not goes,
/// unless the patch names it.
pub fn settle(input: &str, before: &Value, patch: &Value, merged: &mut Value) {
    let (Some(patch), Some(members)) = (patch.as_object(), merged.as_object_mut()) else { return };
    for (name, change) in patch {
        let schema = resolved(&schemas()[input]["properties"][name]);
        if change.is_null() && types(schema).contains(&"null") {
            members.insert(name.clone(), Value::Null);
        }
        let (Some(kinds), Some(change)) = (schema["oneOf"].as_array(), change.as_object()) else { continue };
        let Some(now) = members.get_mut(name).filter(|now| now["kind"] != before[name]["kind"]) else { continue };
        let is_of = |kind: &&Value| {
            kind["properties"]["kind"]["enum"].as_array().is_some_and(|kinds| kinds.contains(&now["kind"]))
        };
        let kind = kinds.iter().map(resolved).find(is_of).cloned();
        if let (Some(kind), Some(members)) = (kind, now.as_object_mut()) {
            members.retain(|member, _| change.contains_key(member) || !kind["properties"][member].is_null());
        }
    }
}

/// Faults that keep the pairs of a query from being these parameters; empty when the schemas know of none.
pub fn parameter_faults(pairs: &[(String, String)], parameters: &[Parameter]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (name, text) in pairs.iter().take(MOST_TOLD) {
        let pointer = format!("/{}", escaped(name));
        match parameters.iter().find(|parameter| parameter.name == *name) {
            None => found.push(unknown_parameter(&pointer, name, parameters)),
            Some(parameter) => {
                let schema = serde_json::to_value(&parameter.schema).unwrap_or_default();
                explain(&schema, &read_as(&schema, text), &pointer, &mut found);
            }
        }
    }
    for parameter in parameters.iter().filter(|parameter| parameter.required == Required::True) {
        if !pairs.iter().any(|(name, _)| *name == parameter.name) {
            let name = &parameter.name;
            found.push(Violation::new(format!("/{name}"), "missing_parameter").with("name", &name));
        }
    }
    found
}

/// A query has texts only; numbers, truth values and lists are read where they are expected.
fn read_as(schema: &Value, text: &str) -> Value {
    let read = match types(schema).first() {
        Some(&"integer") => text.parse::<i64>().ok().map(Value::from),
        Some(&"boolean") => text.parse::<bool>().ok().map(Value::from),
        Some(&"array") => Some(text.split(',').map(Value::from).collect()),
        _ => None,
    };
    read.unwrap_or_else(|| text.into())
}

fn explain(schema: &Value, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
    if found.len() >= MOST_TOLD {
        return;
    }
    let schema = resolved(schema);
    if let Some(alternatives) = schema["oneOf"].as_array() {
        return explain_alternatives(alternatives, value, pointer, found);
    }
    let types = types(schema);
    if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
        return found.push(wrong_type(schema, value, pointer));
    }
    match value {
        Value::Object(members) => explain_members(schema, members, pointer, found),
        Value::Array(items) => {
            if let Some(violation) = miscounted(&schema["minItems"], &schema["maxItems"], items.len(), pointer) {
                return found.push(violation);
            }
            let rows = items.iter().enumerate();
            rows.for_each(|(index, item)| explain(&schema["items"], item, &format!("{pointer}/{index}"), found));
        }
        Value::Null => {}
        _ => found.extend(outside(schema, value, pointer)),
    }
}

fn explain_members(schema: &Value, members: &Map<String, Value>, pointer: &str, found: &mut Vec<Violation>) {
    let Some(known) = schema["properties"].as_object() else { return };
    for (name, value) in members {
        let pointer = format!("{pointer}/{}", escaped(name));
        match known.get(name) {
            Some(schema) => explain(schema, value, &pointer, found),
            None if found.len() < MOST_TOLD => found.push(unknown_member(&pointer, name, known)),
            None => return,
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required.filter(|name| !members.contains_key(*name)) {
        found.push(Violation::new(format!("{pointer}/{name}"), "missing_member").with("name", &name));
    }
}

/// An optional object, or objects that a member with one value each (`kind`) tells apart.
fn explain_alternatives(alternatives: &[Value], value: &Value, pointer: &str, found: &mut Vec<Violation>) {
    let nullable = alternatives.iter().any(|schema| schema["type"] == "null");
    let objects: Vec<_> = alternatives.iter().map(resolved).filter(|schema| schema["type"] != "null").collect();
    match objects.as_slice() {
        _ if nullable && value.is_null() => {}
        [] => {}
        [only] if nullable => explain(&or_null(only), value, pointer, found),
        [only] => explain(only, value, pointer, found),
        [first, ..] => {
            let tags = |schema: &Value, name: &str| schema["properties"][name]["enum"].as_array().cloned();
            let names = first["properties"].as_object().into_iter().flat_map(Map::keys);
            let tag = names
                .into_iter()
                .find(|name| objects.iter().all(|schema| tags(schema, name).is_some_and(|tags| tags.len() == 1)));
            let Some(tag) = tag else { return };
            let chosen = objects.iter().find(|schema| tags(schema, tag).is_some_and(|tags| tags.contains(&value[tag])));
            let known: Vec<_> = objects.iter().filter_map(|schema| tags(schema, tag)).flatten().collect();
            let any_tag = serde_json::json!({ "type": "string", "enum": known });
            match (chosen, value.get(tag)) {
                (Some(chosen), _) => explain(chosen, value, pointer, found),
                (None, Some(given)) => explain(&any_tag, given, &format!("{pointer}/{tag}"), found),
                // Without the tag, a member is unknown when no alternative has it.
                (None, None) => {
                    let all = objects.iter().filter_map(|schema| schema["properties"].as_object()).flatten();
                    let all: Map<_, _> = all.map(|(name, _)| (name.clone(), Value::Bool(true))).collect();
                    let any = serde_json::json!({ "type": "object", "required": [tag], "properties": all });
                    explain(&any, value, pointer, found);
                }
            }
        }
    }
}

/// A schema that takes `null`, too.
fn or_null(schema: &Value) -> Value {
    let mut either = schema.clone();
    either["type"] = serde_json::json!([schema["type"], "null"]);
    either
}

/// A text that is not among the allowed ones, no date, or not of its kind; a number beyond its limits.
fn outside(schema: &Value, value: &Value, pointer: &str) -> Option<Violation> {
    if let Some(known) = schema["enum"].as_array() {
        return (!known.contains(value)).then(|| unknown_value(schema, value, known, pointer));
    }
    if let (Some(number), Some(min), max) = (value.as_number(), schema["minimum"].as_i64(), schema["maximum"].as_i64())
    {
        let number = number.as_i128()?;
        let max = max.unwrap_or(i64::MAX);
        let within = (i128::from(min)..=i128::from(max)).contains(&number);
        let [least, most] = bounds(min, max);
        return (!within)
            .then(|| Violation::new(pointer, "out_of_limits.number").with("min", &least).with("max", &most));
    }
    let (text, expected) = (value.as_str()?, expected(schema));
    match schema["format"].as_str().unwrap_or_default() {
        "date" if Date::read(text).is_none() => {
            Some(Violation::new(pointer, "invalid_date").with("expected", &expected))
        }
        "date-time" if LocalTime::read(text).is_none() => {
            Some(Violation::new(pointer, "invalid_moment.shape").with("expected", &expected))
        }
        "" | "password" => miscounted(&schema["minLength"], &schema["maxLength"], text.chars().count(), pointer),
        format => text_kinds::fault(format, pointer, text),
    }
}

/// A list of too few or too many items, or a text that is too short or too long.
fn miscounted(min: &Value, max: &Value, count: usize, pointer: &str) -> Option<Violation> {
    let (min, max) = (min.as_u64(), max.as_u64()?);
    let within = u64::try_from(count).is_ok_and(|count| (min.unwrap_or(0)..=max).contains(&count));
    let violation = match min {
        Some(min) => Violation::new(pointer, "out_of_limits.between").with("min", &min),
        None => Violation::new(pointer, "out_of_limits.at_most"),
    };
    (!within).then(|| violation.with("max", &max))
}

/// A value beyond the limits that its type has; the least and the greatest number are none.
pub fn beyond(pointer: String, [min, max]: [i64; 2]) -> Violation {
    let [least, most] = bounds(min, max);
    match (min, max) {
        (i64::MIN, _) => Violation::new(pointer, "out_of_limits.at_most").with("max", &most),
        (_, i64::MAX) => Violation::new(pointer, "out_of_limits.at_least").with("min", &least),
        _ => Violation::new(pointer, "out_of_limits.between").with("min", &least).with("max", &most),
    }
}

/// Bounds as values of a text. Years name something, so they are texts: no other bounds lie within those of years.
fn bounds(min: i64, max: i64) -> [Argument; 2] {
    let are_years = min >= i64::from(Month::FIRST_YEAR) && max <= i64::from(Month::LAST_YEAR);
    [min, max].map(|bound| if are_years { bound.to_string().to_argument() } else { bound.to_argument() })
}

fn resolved(schema: &Value) -> &Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.map_or(schema, |name| schemas().get(name).unwrap_or_else(|| text_kinds::schema(name)))
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        // An optional parameter.
        _ => schema["oneOf"].get(0).map(types).unwrap_or_default(),
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    }
}

/// A phrase for what a schema takes.
fn expected(schema: &Value) -> Message {
    let types = types(schema);
    let phrase = Message::new(match (types.first(), schema["format"].as_str()) {
        (Some(&"string"), Some("date")) => "phrase.date",
        (Some(&"string"), Some("date-time")) => "phrase.moment",
        (Some(&"string"), _) => "phrase.text",
        (Some(&"integer"), _) => "phrase.whole_number",
        (Some(&"number"), _) => "phrase.number",
        (Some(&"boolean"), _) => "phrase.true_or_false",
        (Some(&"array"), _) => "phrase.list",
        _ => "phrase.object",
    });
    if types.contains(&"null") { Message::new("phrase.or_null").with("value", &phrase) } else { phrase }
}

/// A phrase for the kind of a value.
fn given(value: &Value) -> Message {
    Message::new(match value {
        Value::Null => "phrase.null",
        Value::Bool(_) => "phrase.truth_value",
        Value::Number(number) if number.is_f64() => "phrase.not_whole",
        Value::Number(_) => "phrase.number",
        Value::String(_) => "phrase.text",
        Value::Array(_) => "phrase.list",
        Value::Object(_) => "phrase.object",
    })
}

fn wrong_type(schema: &Value, value: &Value, pointer: &str) -> Violation {
    Violation::new(pointer, "wrong_type").with("expected", &expected(schema)).with("given", &given(value))
}

fn unknown_value(schema: &Value, value: &Value, known: &[Value], pointer: &str) -> Violation {
    let Some(text) = value.as_str() else { return wrong_type(schema, value, pointer) };
    let known: Vec<_> = known.iter().filter_map(Value::as_str).collect();
    let near = nearest(text, known.iter().copied());
    Violation::new(pointer, "unknown_value").with("known", &known.join(", ")).then(near.map(suggestion))
}

fn unknown_member(pointer: &str, name: &str, known: &Map<String, Value>) -> Violation {
    let near = nearest(name, known.keys().map(String::as_str));
    Violation::new(pointer, "unknown_member").with("name", name).then(near.map(suggestion))
}

fn unknown_parameter(pointer: &str, name: &str, known: &[Parameter]) -> Violation {
    let near = nearest(name, known.iter().map(|parameter| parameter.name.as_str()));
    Violation::new(pointer, "unknown_parameter").with("name", name).then(near.map(suggestion))
}

/// An unknown member of an input that its view has is no slip: somebody sends back what was read.
fn tell_read_only(input: &str, violation: &mut Violation) {
    let view = input.strip_suffix("Input").map(|name| format!("{name}View"));
    let name = violation.pointer.strip_prefix('/').unwrap_or_default().to_owned();
    let shown = view.is_some_and(|view| !schemas()[view]["properties"][&name].is_null());
    if violation.code == "unknown_member" && shown {
        *violation = Violation::new(violation.pointer.clone(), "read_only_member").with("name", &name);
    }
}

/// The question “Did you mean …?”, to follow a sentence.
pub fn suggestion(near: &str) -> Message {
    Message::new("phrase.did_you_mean").with("near", near)
}
