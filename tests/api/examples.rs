//! Every example in the contract works when it is sent to the sample province.

use crate::contract::document::operations;
use serde_json::{Value, json};
use support::engines::{FromEngine, Place};
use support::{Answer, Client, Engine, Server, on_both_engines};

/// A sample province of one test's own.
pub(super) struct OwnSample(pub(super) Server);

impl FromEngine for OwnSample {
    fn on(engine: Engine) -> Option<Self> {
        Server::own_sample(engine).map(Self)
    }
}

/// Operations left out: they need the installation's password, an invitation, a session or a second factor, or end the test's own
/// session.
const LEFT_OUT: &[&str] = &[
    "acceptInvitation",
    "logIn",
    "refreshTokens",
    "signOn",
    "logOut",
    "logOutEverywhere",
    "changePassword",
    "prepareSecondFactor",
    "confirmSecondFactor",
    "removeSecondFactor",
];

/// The account whose name the path erases; it is disabled first.
fn erased_account(path: &str) -> Option<&str> {
    path.strip_suffix("/erasure").filter(|account| account.contains("/users/") || account.contains("/clients/"))
}

/// A caller that sends the headers of which the operation has an example.
pub(super) fn with_headers(admin: &Client, operation: &Value) -> Client {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let headers = parameters.filter(|parameter| parameter["in"] == "header" && !parameter["example"].is_null());
    headers.fold(admin.clone(), |client, header| {
        client.with(header["name"].as_str().unwrap(), header["example"].as_str().unwrap())
    })
}

/// The path with the examples of its parameters, the required ones of the query included.
pub(super) fn address(path: &str, operation: &Value) -> String {
    let mut address = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = match &parameter["example"] {
            _ if parameter["in"] == "header" => continue,
            Value::String(text) => text.clone(),
            Value::Null if parameter["in"] == "query" => continue,
            other => other.to_string(),
        };
        if parameter["in"] == "path" {
            address = address.replace(&format!("{{{name}}}"), &example);
        } else {
            query.push(format!("{name}={example}"));
        }
    }
    if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
}

/// Sends an operation's example.
pub(super) fn send(client: &Client, path: &str, method: &str, operation: &Value) -> Answer {
    let address = address(path, operation);
    let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    match content {
        Some((kind, media)) => client.send(method, &address, Some(kind), media["example"].to_string().as_bytes()),
        None => client.send(method, &address, None, b""),
    }
}

#[on_both_engines]
fn every_example_works(sample: OwnSample) {
    let admin = sample.0.admin();
    let mut failed = Vec::new();
    // Read what there is, create, change, and delete last; "actions" such as a merger come after all creations.
    let rank = |path: &str, method: &str| match method {
        "GET" => 0,
        "POST" if path.ends_with('}') || !path.contains('{') || path.ends_with("/phases") => 1,
        "PATCH" => 2,
        // The last thing that can be done to an account.
        "POST" if erased_account(path).is_some() => 5,
        "POST" => 3,
        _ => 4,
    };
    let mut all = operations();
    // Creations in the order an administrator sets things up, deletions the other way round.
    let order = ["calendars", "agencies", "movements", "indicators", "targets", "periods", "users", "courses", "staff"];
    let place = |path: &str| order.iter().position(|name| path.contains(&format!("/v1/{name}"))).unwrap_or(order.len());
    all.sort_by_key(|(path, method, _)| (rank(path, method), place(path)));
    for (path, method, operation) in all {
        if LEFT_OUT.contains(&operation["operationId"].as_str().unwrap()) {
            continue;
        }
        if let Some(account) = erased_account(&address(&path, &operation)) {
            assert_eq!(admin.patch(account, &json!({ "disabled": true })).status, 200, "{account}");
        }
        let answer = send(&with_headers(&admin, &operation), &path, &method, &operation);
        if !(200..300).contains(&answer.status) {
            failed.push(format!("{method} {path} → {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    sample.0.assert_verified();
}

/// Creations that name a row which no catalogue has: people, a course, a system and a client of the sample, a unit of its
/// department.
const OF_THE_SAMPLE: &[&str] = &[
    "createTrainingRecord",
    "batchTrainingRecords",
    "createMonitoringStatus",
    "batchMonitoringStatuses",
    "createIncident",
    "createLock",
    "createCorrection",
    "createClientKey",
];

#[on_both_engines]
fn examples_of_creations_work_on_a_system_that_has_its_catalogue_only(place: Place) {
    assert!(support::program::run(&place, &["init"], "").status.success());
    let server = Server::start(place);
    let admin = server.admin();
    let mut tried = 0;
    let mut all = operations();
    // What others name is made before them.
    let order = ["clients", "agencies", "movements", "indicators"];
    let rank = |path: &str| order.iter().position(|name| path.contains(&format!("/v1/{name}"))).unwrap_or(order.len());
    all.sort_by_key(|(path, ..)| (rank(path), path.len()));
    for (path, method, operation) in all {
        let name = operation["operationId"].as_str().unwrap();
        if !name.starts_with("create") && !name.starts_with("batch") {
            continue;
        }
        let answer = send(&with_headers(&admin, &operation), &path, &method, &operation);
        let works = (200..300).contains(&answer.status);
        assert_eq!(works, !OF_THE_SAMPLE.contains(&name), "{name}: {}", String::from_utf8_lossy(&answer.body));
        tried += usize::from(works);
    }
    assert!(tried > 15, "{tried}");
    server.assert_verified();
}
