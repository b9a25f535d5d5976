//! The reason for a change, with which it stands in the log. It comes in the header `Change-Reason`, or in the query, as
//! browsers and many libraries send no letters in headers but those of Latin-1.

use crate::problem::Problem;
use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::{HttpMessage, HttpRequest};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use thidua_domain::text::{Reference, unreadable};
use thidua_domain::violation::Violation;

const HEADER: HeaderName = HeaderName::from_static("change-reason");
/// The header as violations name it.
const HEADER_POINTER: &str = "/Change-Reason";

/// Name of the parameter of the query.
pub(crate) const PARAMETER: &str = "reason";
const PARAMETER_POINTER: &str = "/reason";

/// The charset that begins an encoded header (RFC 8187, section 3.2.1): others are not taken.
const CHARSET: &str = "UTF-8'";

/// The reason in a request's query, still encoded.
struct Asked(String);

/// Takes the reason out of the query of a request that changes something: the rest is what the operation reads.
pub(crate) fn take_from_query(request: &mut ServiceRequest) -> Result<(), Problem> {
    let is_reason = |pair: &&str| pair.split('=').next() == Some(PARAMETER);
    let query = request.query_string();
    let Some(asked) = query.split('&').find(is_reason) else { return Ok(()) };
    let rest: Vec<_> = query.split('&').filter(|pair| !is_reason(pair)).collect();
    if rest.len() + 1 < query.split('&').count() {
        return Err(Violation::new(PARAMETER_POINTER, "duplicate_parameter").into());
    }
    let asked = Asked(asked.split_once('=').map_or("", |(_, value)| value).to_owned());
    let target = match rest.is_empty() {
        true => request.path().to_owned(),
        false => format!("{}?{}", request.path(), rest.join("&")),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(Problem::internal)?);
    request.head_mut().uri = Uri::from_parts(parts).map_err(Problem::internal)?;
    request.extensions_mut().insert(asked);
    Ok(())
}

/// The reason that a request gives: at most 500 characters.
pub(crate) fn of(request: &HttpRequest) -> Result<Option<String>, Violation> {
    let extensions = request.extensions();
    let (pointer, text) = match (request.headers().get(HEADER), extensions.get::<Asked>()) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Violation::new(PARAMETER_POINTER, "reason_given_twice")),
        (Some(header), None) => (HEADER_POINTER, in_header(header)?),
        (None, Some(Asked(text))) => (PARAMETER_POINTER, Cow::Owned(in_query(text)?)),
    };
    let reason = Reference::parse(pointer, &text)?;
    unreadable(pointer, &text).map_or(Ok(Some(reason.into())), Err)
}

/// The text of a header: in UTF-8 as it is, or encoded and declared so (`UTF-8''Bi%C3%AAn%20b%E1%BA%A3n`).
fn in_header(value: &HeaderValue) -> Result<Cow<'_, str>, Violation> {
    let undecodable = || Violation::new(HEADER_POINTER, "undecodable_reason");
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| undecodable())?;
    let declared = text.get(..CHARSET.len()).is_some_and(|start| start.eq_ignore_ascii_case(CHARSET));
    if !declared {
        return Ok(Cow::Borrowed(text));
    }
    // Behind the charset stands the language, which may be empty.
    let (_, encoded) = text[CHARSET.len()..].split_once('\'').ok_or_else(undecodable)?;
    percent_decoded(encoded).filter(|_| encoded.bytes().all(is_of_encoded)).ok_or_else(undecodable)
}

/// The text of a parameter, as forms encode it.
fn in_query(encoded: &str) -> Result<String, Violation> {
    let spaced = encoded.replace('+', " ");
    let text = percent_decoded(&spaced).ok_or_else(|| Violation::new(PARAMETER_POINTER, "undecodable_reason"))?;
    Ok(text.into_owned())
}

/// A text without its percent-encoding; none where that is broken, or not of UTF-8.
fn percent_decoded(encoded: &str) -> Option<Cow<'_, str>> {
    let mut behind_signs = encoded.split('%').skip(1);
    let is_octet = |digits: &str| digits.len() >= 2 && digits.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    if !behind_signs.all(is_octet) {
        return None;
    }
    percent_decode_str(encoded).decode_utf8().ok()
}

/// True for a byte of an encoded value: `attr-char`, or one of a percent-encoding (RFC 8187, section 3.2.1).
fn is_of_encoded(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~%".contains(&byte)
}
