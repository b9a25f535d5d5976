//! What is going away: since when it should not be used any more, when it ends, and what takes its place.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, LINK};
use chrono::{DateTime, Utc};

/// An operation that should not be used any more.
#[derive(Debug, Clone, Copy)]
pub struct Deprecation {
    /// Its `operationId` in the contract, where it is marked `deprecated`, too.
    pub operation: &'static str,
    /// Since when (RFC 9745); may lie ahead.
    pub since: DateTime<Utc>,
    /// When it stops answering (RFC 8594); not before `since`.
    pub sunset: Option<DateTime<Utc>>,
    /// Where to find what takes its place.
    pub successor: Option<&'static str>,
}

/// Everything that is deprecated now.
pub const DEPRECATIONS: &[Deprecation] = &[];

/// Says in an answer that its operation is deprecated, if it is.
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
