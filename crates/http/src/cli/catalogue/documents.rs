//! Rows as documents: the members that the API takes.

use crate::request::body::shaped;
use crate::request::resource::Resource;
use serde::Serialize;
use serde_json::{Map, Value};
use thidua_domain::violation::Violation;

/// A row as the members of a JSON object.
pub(super) type Document = Map<String, Value>;

/// An input of a resource, of the shape that the API takes.
pub(super) fn shaped_as<R: Resource>(row: &Document) -> Result<R, Vec<Violation>> {
    shaped(Value::Object(row.clone()))
}

/// The members that something has, without those that are null or an empty list.
pub(super) fn written(row: &impl Serialize) -> Document {
    match serde_json::to_value(row).map(said) {
        Ok(Some(Value::Object(members))) => members,
        _ => Document::new(),
    }
}

/// A value without what is not said in it; none if that is all of it.
fn said(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) => {
            Some(Value::Object(members.into_iter().filter_map(|(name, value)| Some((name, said(value)?))).collect()))
        }
        value => Some(value),
    }
}

/// The fault of a row without a member that it must have.
pub(super) fn missing(name: &str) -> Violation {
    Violation::new(format!("/{name}"), "missing_member").with("name", &name)
}
