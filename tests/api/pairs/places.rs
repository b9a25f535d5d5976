//! The places of the contract in which something is named that has an agency.

use super::NAME;
use serde_json::Value;
use support::contract::resolved;

/// Kinds of things that can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Agency,
    Person,
    System,
    Training,
    Exchange,
    Status,
    Incident,
    Observation,
    Correction,
    Lock,
    Target,
}

impl Named {
    /// True when the thing is known by a number and not by a code.
    pub(super) fn is_identity(self) -> bool {
        !matches!(self, Self::Agency | Self::Person | Self::System)
    }
}

/// A place of an operation.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// A description for people.
    pub(super) what: String,
    pub(super) named: Named,
    pub(super) at: At,
    /// True for the code by which the row of the body itself is known.
    pub(super) is_own_code: bool,
}

/// A position in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    Path(String),
    Query(String),
    /// A pointer into a row of the body.
    Body(String),
}

/// Members and parameters that name something which has an agency, or an agency.
const NAMES: &[(&str, Named)] = &[
    ("agency", Named::Agency),
    ("parent", Named::Agency),
    ("organiser", Named::Agency),
    ("owner", Named::Agency),
    ("predecessors", Named::Agency),
    ("staff", Named::Person),
    ("system", Named::System),
    ("training_record", Named::Training),
    ("document_exchange", Named::Exchange),
    ("monitoring_status", Named::Status),
    ("incident", Named::Incident),
    ("observation", Named::Observation),
    ("correction", Named::Correction),
    ("lock", Named::Lock),
    ("target", Named::Target),
];

/// Members and parameters that name what is the whole province's, or nothing. A new one is to be put here or above.
const OTHERS: &str = "
    account actor_kind after agency_kinds area_code asOf assessment_valid_until basis calendar certificate client_id
    closes_at closing_day code codes comparison compared_with confirmed_on confirmed_only count course course_kinds cursor
    cut_off date denominator denominator_definition description detailed_reported_at detected_at digest digests direction
    directions disabled display_name document_exchanges document_number electronic envelope evidence failed fields
    first_reported_at first_year form former_identifier from frozen holds_from hours id identifier indicator is_example
    judged_on key kind label label_en label_vi lacking last_event last_event_within_days last_year late_records legal_basis
    level level_approved level_basis limit locks_on mapping members mode monitored monitored_by monitoring_statuses month
    movement name name_en name_vi nature near_days networks new_password note numerator numerator_definition observations of
    old_password on open opens_at operation otherwise overlap_hours paperless password path pattern period phase placed_from
    plan_deployed profile properties reason reopening reported_by resolved_at resource result results role row rows
    rows_name rule scopes secret semantics seq severity signed sort source source_kind staff_kinds subject submission_due
    state subtree tenures text title to token total training_records unit use user username valid_days valid_from valid_on valid_to
    value wait weight year refresh_token assessment_valid
";

fn named(path: &str, name: &str) -> Option<Named> {
    match name {
        "code" if path.contains("/staff") => Some(Named::Person),
        "code" if path.contains("/information-systems") => Some(Named::System),
        _ => NAMES.iter().find(|(known, _)| *known == name).map(|(_, named)| *named),
    }
}

/// The places of an operation in which something is named.
pub(super) fn places(path: &str, method: &str, operation: &Value) -> Vec<Place> {
    let mut all = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let at = match parameter["in"].as_str() {
            Some("path") => At::Path(name.to_owned()),
            Some("query") => At::Query(name.to_owned()),
            _ => continue,
        };
        all.extend(named(path, name).map(|named| Place { what: format!("{at:?}"), named, at, is_own_code: false }));
    }
    let body = &support::contract::document()["paths"][path][method.to_lowercase()]["requestBody"];
    let Some(content) = body["content"].as_object() else { return all };
    let media = content.values().next().unwrap();
    let mut schema = resolved(&media["schema"]);
    if schema["type"] == "array" {
        schema = resolved(&schema["items"]);
    }
    let mut members = Vec::new();
    leaves(schema, "", 0, &mut members);
    for pointer in members {
        let name = pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap();
        let is_code = pointer == "/code";
        let Some(named) = named(if is_code { path } else { "" }, name) else { continue };
        // A target in a body is its value.
        if named == Named::Target {
            continue;
        }
        // Changing the code of a row is making a new one of it.
        if is_code && !path.ends_with("/batch") {
            continue;
        }
        let at = At::Body(pointer);
        all.push(Place { what: format!("{at:?} of {method}"), named, at, is_own_code: is_code });
    }
    all
}

/// Pointers to the members of a schema that hold no members themselves; of lists to the first item.
fn leaves(schema: &'static Value, pointer: &str, depth: usize, found: &mut Vec<String>) {
    let schema = resolved(schema);
    if depth > 8 {
        return;
    }
    let parts = ["oneOf", "anyOf", "allOf"].iter().flat_map(|name| schema[*name].as_array().into_iter().flatten());
    let parts: Vec<&'static Value> = parts.collect();
    let members = schema["properties"].as_object();
    if schema["items"].is_object() {
        leaves(&schema["items"], &format!("{pointer}/0"), depth + 1, found);
    } else if members.is_none()
        && parts.is_empty()
        && !pointer.is_empty()
        && !found.iter().any(|known| known == pointer)
    {
        found.push(pointer.to_owned());
    }
    for part in parts {
        leaves(part, pointer, depth + 1, found);
    }
    for (name, member) in members.into_iter().flatten() {
        leaves(member, &format!("{pointer}/{name}"), depth + 1, found);
    }
}

/// A body with the name left open at a pointer; a member that it has not is one more.
pub(super) fn opened(mut body: Value, pointer: &str) -> Value {
    match body.pointer_mut(pointer) {
        Some(place) => *place = Value::from(NAME),
        None => body[pointer.split('/').nth(1).unwrap()] = Value::from(NAME),
    }
    body
}

#[test]
fn of_every_member_and_parameter_it_is_known_whether_it_names_something() {
    let mut unknown = std::collections::BTreeSet::new();
    for (_, _, operation) in crate::contract::document::operations() {
        let mut names: Vec<String> = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "header" {
                names.push(parameter["name"].as_str().unwrap().to_owned());
            }
        }
        for media in operation["requestBody"]["content"].as_object().into_iter().flat_map(|content| content.values()) {
            let schema = support::contract::document()
                .pointer(media["schema"]["$ref"].as_str().unwrap_or_default().trim_start_matches('#'));
            let mut found = Vec::new();
            if let Some(schema) = schema {
                leaves(schema, "", 0, &mut found);
            }
            names.extend(
                found
                    .iter()
                    .flat_map(|pointer| pointer.split('/'))
                    .filter(|part| !part.is_empty() && part.parse::<usize>().is_err())
                    .map(str::to_owned),
            );
        }
        let others: Vec<_> = OTHERS.split_whitespace().collect();
        unknown.extend(names.into_iter().filter(|name| named("", name).is_none() && !others.contains(&name.as_str())));
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}
