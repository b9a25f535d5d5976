//! Deprecated operations: since when, until when, and what takes their place.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, LINK};
use chrono::{DateTime, Utc};

/// An operation that should not be used any more.
#[derive(Debug, Clone, Copy)]
pub struct Deprecation {
    /// Its `operationId` in the contract, where it is marked `deprecated`, too.
    pub operation: &'static str,
    /// The time it is deprecated from (RFC 9745); may lie ahead.
    pub since: DateTime<Utc>,
    /// The time it stops answering (RFC 8594); not before `since`.
    pub sunset: Option<DateTime<Utc>>,
    /// The address of what takes its place.
    pub successor: Option<&'static str>,
}

/// The operations that are deprecated now.
pub const DEPRECATIONS: &[Deprecation] = &[];

/// Adds the headers of a deprecated operation to its answer.
pub(super) fn stamp(table: &[Deprecation], operation: &str, headers: &mut HeaderMap) {
    let Some(deprecation) = table.iter().find(|deprecation| deprecation.operation == operation) else { return };
    let sunset = deprecation.sunset.map(|moment| moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let successor = deprecation.successor.map(|address| format!("<{address}>; rel=\"successor-version\""));
    let said = [
        (HeaderName::from_static("deprecation"), Some(format!("@{}", deprecation.since.timestamp()))),
        (HeaderName::from_static("sunset"), sunset),
        (LINK, successor),
    ];
    for (name, value) in said {
        if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_str) {
            headers.append(name, value);
        }
    }
}
