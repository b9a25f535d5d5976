//! Members of rows that the change log does not hold, such as names. A change of them is logged by member, without
//! values.

use serde::Serialize;
use serde_json::{Map, Value};

/// A row as a change logs it, with the names of the unlogged members that the change has changed.
#[derive(Debug, Serialize)]
pub struct Marked<'a, E> {
    #[serde(flatten)]
    row: &'a E,
    #[serde(rename = "unlogged", skip_serializing_if = "<[_]>::is_empty")]
    changed: &'a [&'static str],
}

impl<'a, E> Marked<'a, E> {
    /// Marks a row with the unlogged members that a change of it changes.
    pub fn new(row: &'a E, changed: &'a [&'static str]) -> Self {
        Self { row, changed }
    }
}

/// Takes the mark off a logged row, and returns the members it names.
pub fn take_mark(row: &mut Map<String, Value>) -> Vec<String> {
    match row.remove("unlogged") {
        Some(Value::Array(members)) => {
            members.into_iter().filter_map(|member| member.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}
