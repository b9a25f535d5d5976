//! The writes: every operation of the contract that is not a GET. Each is asked for twice, each time about rows that
//! were made for it alone before the log grew.

use super::made_rows::MadeRows;
use crate::contract::document::operations;
use serde_json::Value;
use support::{Answer, Client, World};

/// An operation with its request of each time.
pub(super) struct Write {
    pub(super) what: String,
    method: String,
    requests: [Request; 2],
}

/// A request.
struct Request {
    client: Client,
    path: String,
    body: Option<Value>,
}

/// Operations that are not asked for, each with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("confirmSecondFactor", "it takes a code that counts in its half minute only, once a key was prepared"),
    ("removeSecondFactor", "it takes the next such code, after the factor was confirmed"),
    ("signOn", "it takes a token of an issuer, and this server has none"),
];

impl Write {
    /// Asks for it, about the rows that were made for that time.
    pub(super) fn ask(&self, time: usize) -> Answer {
        let Request { client, path, body } = &self.requests[time];
        let kind = match self.method.as_str() {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        match body {
            Some(body) => client.send(&self.method, path, Some(kind), body.to_string().as_bytes()),
            None => client.send(&self.method, path, None, b""),
        }
    }
}

/// All writes, with the rows they name, which are made here.
pub(super) fn writes(world: &World) -> Vec<Write> {
    let made = [1, 2].map(|time| MadeRows::of(world, time));
    let (mut all, mut left_out) = (Vec::new(), 0);
    for (path, method, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        if method == "GET" {
            continue;
        }
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == id) {
            left_out += 1;
            continue;
        }
        let request = |rows: &MadeRows<'_>| {
            let asked = rows.asked(id, &path, &method);
            let client = with_headers(asked.client.unwrap_or_else(|| world.admin.clone()), &operation);
            Request { client, path: named(&path, &asked.names), body: asked.body }
        };
        all.push(Write { what: format!("{id} {method} {path}"), requests: made.each_ref().map(request), method });
    }
    assert_eq!(left_out, LEFT_OUT.len(), "an operation that is left out is none of the contract");
    all
}

/// The caller with a condition that always holds, and a reason, where the operation takes them.
fn with_headers(client: Client, operation: &Value) -> Client {
    let takes = |name: &str| operation["parameters"].as_array().into_iter().flatten().any(|one| one["name"] == name);
    let headers = [("If-Match", "*"), ("Change-Reason", "doi chieu")].into_iter().filter(|(name, _)| takes(name));
    headers.fold(client, |client, (name, value)| client.with(&name.to_lowercase(), value))
}

/// An address with names in the places that the contract leaves open.
fn named(path: &str, names: &[String]) -> String {
    let mut names = names.iter();
    let part = |part: &str| match part.starts_with('{') {
        true => names.next().unwrap_or_else(|| panic!("no name for {part} of {path}")).clone(),
        false => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
