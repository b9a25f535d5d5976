//! Members of rows that the change log does not hold, such as names: of a change of them it says which, without values.

use serde::Serialize;
use serde_json::{Map, Value};

/// A row as a change logs it, with the members beside it that the change made other than they were.
#[derive(Debug, Serialize)]
pub struct Marked<'a, E> {
    #[serde(flatten)]
    row: &'a E,
    #[serde(rename = "unlogged", skip_serializing_if = "<[_]>::is_empty")]
    changed: &'a [&'static str],
}

impl<'a, E> Marked<'a, E> {
    /// A row, and the members not logged that a change of it changes.
    pub fn new(row: &'a E, changed: &'a [&'static str]) -> Self {
        Self { row, changed }
    }
}

/// Takes the mark off a logged row, and answers which members it names.
pub fn take_mark(row: &mut Map<String, Value>) -> Vec<String> {
    match row.remove("unlogged") {
        Some(Value::Array(members)) => {
            members.into_iter().filter_map(|member| member.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}
