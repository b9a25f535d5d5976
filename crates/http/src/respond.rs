//! Answers in the form every resource uses.

use crate::problem::Problem;
use actix_web::http::header::{ETAG, IF_NONE_MATCH, LOCATION};
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

/// A document that is a function of the data at `seq`, with a strong ETag; a caller that has it already gets a 304
/// (RFC 9110, section 13.1.2) without the document being made.
pub fn unless_known<T: Serialize>(
    request: &HttpRequest,
    seq: i64,
    document: impl FnOnce() -> Result<T, Problem>,
) -> Result<HttpResponse, Problem> {
    let tag = format!("\"{}.{seq}\"", env!("CARGO_PKG_VERSION"));
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    });
    if known {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    let document = document()?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, tag))
        .insert_header(("cache-control", "private, no-cache"))
        .json(document))
}
