//! Decoding of stored values into types that parse. A value that does not parse is a defect, never the caller's fault.

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thidua_domain::time::{Moment, Month};
use thidua_domain::violation::Violation;

/// A value stored by this program, parsed again.
pub(crate) fn stored<T>(parsed: std::result::Result<T, Violation>) -> Result<T> {
    parsed.map_err(|violation| Error::internal(format!("stored value does not parse: {violation}")))
}

/// An optional stored text, parsed again.
pub(crate) fn stored_option<T>(
    text: Option<&String>,
    parse: impl FnOnce(&str, &str) -> std::result::Result<T, Violation>,
) -> Result<Option<T>> {
    text.map(|text| stored(parse("", text))).transpose()
}

/// A stored spelling.
pub(crate) fn spelled<T>(read: impl FnOnce(&str) -> Option<T>, text: &str) -> Result<T> {
    read(text).ok_or_else(|| Error::internal(format!("stored spelling is unknown: {text}")))
}

/// A stored month.
pub(crate) fn month(value: i32) -> Result<Month> {
    Month::from_yyyymm(value).ok_or_else(|| Error::internal(format!("stored month is unknown: {value}")))
}

/// A stored moment, in microseconds since 1970.
pub(crate) fn moment(micros: i64) -> Result<Moment> {
    Moment::from_timestamp_micros(micros).ok_or_else(|| Error::internal(format!("stored moment is unknown: {micros}")))
}

/// A small structure kept as JSON text.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// The JSON text of a small structure.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// The JSON text of a small structure of numbers and texts.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Numbers and texts always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

/// The JSON text of a small structure of numbers and texts, if it is filled.
pub(crate) fn json_if(filled: bool, value: &impl Serialize) -> Option<String> {
    filled.then(|| json(value))
}

/// A small structure kept as JSON text; empty without a text.
pub(crate) fn from_json_or_empty<T: DeserializeOwned + Default>(text: Option<&String>) -> Result<T> {
    text.map_or_else(|| Ok(T::default()), |text| from_json(text))
}
