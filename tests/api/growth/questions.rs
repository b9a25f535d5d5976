//! The questions: every operation of the contract that reads, plain, with each of its filters, counted, and of the
//! past.

use crate::api::pairs::ground::Ground;
use crate::api::pairs::places::Named;
use serde_json::{Value, json};
use support::bodies;
use support::contract::{document, resolved};
use support::{Answer, Client, World};

/// A request.
pub(super) struct Question {
    pub(super) what: String,
    path: String,
    counted: bool,
}

/// Placeholders in an address: a position before the other changes, and one at their end.
pub(super) const EARLY: &str = "EARLY";
pub(super) const LATE: &str = "LATE";

impl Question {
    /// A question without a count, by its address below that of the API.
    pub(super) fn plain(path: String) -> Self {
        Self { what: path.clone(), path: format!("/api/v1/{path}"), counted: false }
    }

    pub(super) fn ask(&self, client: &Client, early: i64, late: i64) -> Answer {
        let path = self.path.replace(EARLY, &early.to_string()).replace(LATE, &late.to_string());
        let client = client.clone().with("accept", "application/json");
        let client = if self.counted { client.with("prefer", "count=exact") } else { client };
        client.get(&path)
    }
}

/// Parameters that filter nothing.
const NO_FILTERS: &[&str] = &["cursor", "fields", "limit", "sort", "wait", "judged_on", "asOf"];

/// All questions, with the rows they name, which are created here if need be.
pub(super) fn questions(ground: &Ground, world: &World) -> Vec<Question> {
    world.create("clients", bodies::client("may-1", "puller"));
    let key = json!({"kind": "api_key", "scopes": ["read"], "valid_days": 1});
    let key = world.admin.post("/api/v1/clients/may-1/keys", &key).expect(201).json["id"].to_string();
    let property = bodies::property("Ma", "text", "agency");
    let profile = world.create("export-profiles", bodies::profile("bieu", &[property]));
    let profile = profile["code"].as_str().unwrap().to_owned();
    world.create("periods", bodies::cut_off("2026-03", "2026-04-10"));
    world.create("holidays", bodies::holiday("2026-03-01"));
    let mut all = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        let operation = &item["get"];
        if operation.is_null() || !path.starts_with("/api/v1/") {
            continue;
        }
        let mut address = path.clone();
        let (mut needed, mut filters, mut takes_as_of, mut takes_count) = (Vec::new(), Vec::new(), false, false);
        for parameter in operation["parameters"].as_array().into_iter().flatten().map(resolved) {
            let name = parameter["name"].as_str().unwrap();
            let value = || value(ground, path, name, parameter, (&key, &profile));
            takes_as_of |= name == "asOf";
            takes_count |= name == "cursor" && !path.ends_with("/explain");
            match parameter["in"].as_str() {
                Some("path") => address = address.replace(&format!("{{{name}}}"), &value()),
                Some("query") if parameter["required"] == true => needed.push(format!("{name}={}", value())),
                Some("query") if !NO_FILTERS.contains(&name) => filters.push(format!("{name}={}", value())),
                _ => {}
            }
        }
        let id = operation["operationId"].as_str().unwrap();
        let mut add = |more: &[&str], counted: bool| {
            let query: Vec<&str> = needed.iter().map(String::as_str).chain(more.iter().copied()).collect();
            let path = if query.is_empty() { address.clone() } else { format!("{address}?{}", query.join("&")) };
            let what = format!("{id} {path}{}", if counted { " counted" } else { "" });
            all.push(Question { what, path, counted });
        };
        add(&[], false);
        for filter in &filters {
            add(&[filter], false);
            if takes_count {
                add(&[filter], true);
            }
        }
        if takes_count {
            add(&[], true);
        }
        if takes_as_of {
            add(&[&format!("asOf={EARLY}")], false);
            add(&[&format!("asOf={LATE}")], false);
        }
    }
    all
}

/// A value that an operation takes for a parameter.
fn value(ground: &Ground, path: &str, name: &str, parameter: &'static Value, (key, profile): (&str, &str)) -> String {
    let own = |named| ground.named("", named);
    let text = match name {
        "after" | "seq" => EARLY,
        "agency" | "parent" => return own(Named::Agency),
        "calendar" => "nd09",
        "client_id" => "may-1",
        "code" if path.contains("/staff") => return own(Named::Person),
        "code" if path.contains("/information-systems") => return own(Named::System),
        "code" | "course" => "K",
        "correction" => return own(Named::Correction),
        "date" | "valid_on" => "2026-03-01",
        "document_exchange" => return own(Named::Exchange),
        "from" | "to" if path.contains("/audit") || path.contains("/incidents") => "2026-03-01T00:00:00Z",
        "from" | "to" if path.contains("/series") || path.contains("-exchanges") || path.contains("/observations") => {
            "2026-03"
        }
        "from" | "to" => "2026-03-01",
        "incident" => return own(Named::Incident),
        "indicator" => "CT3",
        "key" => key,
        "lock" => return own(Named::Lock),
        "monitoring_status" => return own(Named::Status),
        "movement" => "M",
        "observation" => return own(Named::Observation),
        "period" => "2026-03",
        "phase" => "II",
        "profile" => profile,
        "row" | "account" => "1",
        "staff" => return own(Named::Person),
        "system" => return own(Named::System),
        "target" => return own(Named::Target),
        "training_record" => return own(Named::Training),
        "user" | "username" => "admin",
        "year" => "2026",
        _ => return of_schema(&parameter["schema"], name),
    };
    text.to_owned()
}

/// The first value of a list, or the plainest of a type.
fn of_schema(schema: &'static Value, name: &str) -> String {
    let schema = resolved(schema);
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.iter().find_map(Value::as_str)) {
        return first.to_owned();
    }
    let parts = ["oneOf", "anyOf", "allOf"].iter().flat_map(|part| schema[*part].as_array().into_iter().flatten());
    for part in parts {
        if resolved(part)["type"] != "null" {
            return of_schema(part, name);
        }
    }
    let is = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
    };
    match () {
        () if is("boolean") => "true".to_owned(),
        () if is("integer") => "1".to_owned(),
        () => panic!("no value for {name}: {schema}"),
    }
}
