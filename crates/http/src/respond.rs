//! Answers in the form every resource uses.

use crate::auth::Caller;
use crate::problem::Problem;
use actix_web::http::header::{CONTENT_ENCODING, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

/// A document.
pub fn ok(document: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "private, no-cache")).json(document)
}

/// A new row and where it is; `segments` follow `/api/v1/`.
pub fn created(segments: &[&str], document: &impl Serialize) -> HttpResponse {
    let location = format!("/api/v1/{}", segments.join("/"));
    HttpResponse::Created().insert_header((LOCATION, location)).json(document)
}

/// Nothing more to say.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// A document that is a function of the data at `seq` and of the caller's scope, with a strong ETag; a caller that has it
/// already gets a 304, after every check that a 200 would have passed (RFC 9110, section 13.2.1).
pub fn unless_known<T: Serialize>(
    request: &HttpRequest,
    caller: &Caller,
    seq: i64,
    document: impl FnOnce() -> Result<T, Problem>,
) -> Result<HttpResponse, Problem> {
    let document = document()?;
    let scope = caller.scope.map_or(0, |agency| agency.0);
    let tag = format!("{}.{seq}.{scope}", env!("CARGO_PKG_VERSION"));
    let mut known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let matched = known.find_map(|value| value.split(',').map(str::trim).find(|known| names(known, &tag)));
    if let Some(matched) = matched {
        let same = if matched == "*" { format!("\"{tag}\"") } else { matched.trim_start_matches("W/").to_owned() };
        return Ok(HttpResponse::NotModified().insert_header((ETAG, same)).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, format!("\"{tag}\"")))
        .insert_header(("cache-control", "private, no-cache"))
        .insert_header(("vary", "authorization"))
        .json(document))
}

/// Whether an entry of `If-None-Match` names a document, in whatever encoding it was sent.
fn names(known: &str, tag: &str) -> bool {
    let opaque = known.trim_start_matches("W/").trim_matches('"');
    known == "*" || opaque == tag || opaque.strip_prefix(tag).is_some_and(|rest| rest.starts_with('-'))
}

/// A compressed answer is another sequence of bytes, so its strong ETag must differ (RFC 9110, section 8.8.3.3).
pub fn tag_encoding(headers: &mut HeaderMap) {
    let Some(encoding) = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) else { return };
    let Some(tag) = headers.get(ETAG).and_then(|value| value.to_str().ok()).and_then(|tag| tag.strip_suffix('"'))
    else {
        return;
    };
    if let Ok(tag) = HeaderValue::from_str(&format!("{tag}-{encoding}\"")) {
        headers.insert(ETAG, tag);
    }
}
