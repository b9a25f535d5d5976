//! Rules that every request keeps, whatever it asks for: a method and a target that this server knows, a host by the book,
//! no expectation but the one that is met (RFC 9110, sections 7 to 10; RFC 9112, section 3).

use crate::problem::Problem;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{EXPECT, HOST, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri, Version};

/// The methods that are known, though few addresses take all of them. Others are not implemented.
const KNOWN: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

/// The methods that some address takes, as `OPTIONS *` tells them.
pub(super) const TAKEN: &str = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";

/// Refuses a request that is none of this server's.
pub(super) fn check(request: &ServiceRequest) -> Result<(), Problem> {
    let (method, headers) = (request.method(), request.headers());
    if !KNOWN.contains(method) {
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "unknown_method"));
    }
    if !is_target(request.uri(), asks_server(request)) {
        return Err(Problem::malformed("malformed_request.target"));
    }
    if headers.get(HOST).is_some_and(|host| !is_host(host)) {
        return Err(Problem::malformed("malformed_request.host"));
    }
    if request.version() == Version::HTTP_11 && !is_met(headers) {
        return Err(Problem::new(StatusCode::EXPECTATION_FAILED, "expectation_failed"));
    }
    Ok(())
}

/// True for a question about the server as a whole: `OPTIONS *`.
pub(super) fn asks_server(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS && request.uri().path() == "*"
}

/// True for a path, and for a whole address of this kind: those who go through proxies send one.
fn is_target(uri: &Uri, asks_server: bool) -> bool {
    let is_path = uri.path().starts_with('/') || asks_server;
    let is_ours = match (uri.scheme_str(), uri.authority()) {
        (None, None) => true,
        (Some("http" | "https"), Some(authority)) => !authority.host().is_empty() && !authority.as_str().contains('@'),
        _ => false,
    };
    is_path && is_ours
}

/// True for a host by RFC 3986, section 3.2.2, with or without a port; it may be empty.
fn is_host(host: &HeaderValue) -> bool {
    let host = host.as_bytes();
    let (name, port) = match host.strip_prefix(b"[") {
        Some(literal) => match literal.iter().position(|byte| *byte == b']') {
            Some(end) => (literal.get(..end).unwrap_or_default(), literal.get(end + 1..).unwrap_or_default()),
            None => return false,
        },
        None => host.split_at(host.iter().position(|byte| *byte == b':').unwrap_or(host.len())),
    };
    let is_literal = host.starts_with(b"[");
    let fits =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte) || is_literal && *byte == b':';
    let is_port = match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    name.iter().all(fits) && (!is_literal || !name.is_empty()) && is_port
}

/// True where nothing is expected but `100-continue`, which is met by reading on.
fn is_met(headers: &HeaderMap) -> bool {
    headers.get_all(EXPECT).all(|expected| {
        let mut members = expected.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        members.all(|member| member.is_empty() || member.eq_ignore_ascii_case(b"100-continue"))
    })
}
