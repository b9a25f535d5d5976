//! Headers that depend on little more than the address: security, caching, media types, `Vary`.

use super::docs_page::DOCS;
use crate::request::BASE;
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};

/// The Content-Security-Policy of the API. Its answers are data: nothing in them is run, shown in a frame, or fetched.
const DATA: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The Content-Security-Policy of Swagger UI: its own scripts and styles, pictures within them, calls to this server.
const SWAGGER_UI: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                          img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                          frame-ancestors 'none'";

/// Headers that restrict what browsers do with an answer.
pub(super) struct SecurityHeaders {
    strict_transport: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// `hsts_seconds` is the time browsers insist on TLS; 0 leaves it unsaid.
    pub(super) fn new(hsts_seconds: u32) -> Self {
        let strict_transport = (hsts_seconds > 0).then(|| HeaderValue::from_str(&format!("max-age={hsts_seconds}")));
        Self { strict_transport: strict_transport.and_then(Result::ok) }
    }

    /// Adds them to an answer from a path.
    pub(super) fn stamp(&self, headers: &mut HeaderMap, path: &str) {
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // Pages of listed origins fetch in CORS mode, which this header does not concern.
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
        if path.starts_with(DOCS) {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SWAGGER_UI));
        } else if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA));
        }
        if !headers.contains_key(CACHE_CONTROL) {
            let caching = if path.starts_with(BASE) { "no-store" } else { "no-cache" };
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        }
        if let Some(value) = &self.strict_transport {
            headers.insert(STRICT_TRANSPORT_SECURITY, value.clone());
        }
    }
}

/// Adds to a 415 the header made for the method, with the media types of its `Accept` (RFC 5789, section 3.1; Linked
/// Data Platform, section 7.1).
pub(super) fn name_media_types(status: StatusCode, method: &Method, headers: &mut HeaderMap) {
    let name = match *method {
        Method::PATCH => "accept-patch",
        Method::POST => "accept-post",
        _ => return,
    };
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE
        && let Some(taken) = headers.get(ACCEPT).cloned()
    {
        headers.insert(HeaderName::from_static(name), taken);
    }
}

/// Sets one `Vary` that names every header the answer depends on: those handlers named, the encoding, the language of a
/// refusal, and the origin where other origins may call.
pub(super) fn settle_vary(headers: &mut HeaderMap, by_origin: bool) {
    let given: Vec<_> = headers.get_all(VARY).filter_map(|value| value.to_str().ok()).collect();
    let mut names: Vec<_> =
        given.iter().flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
    names.push("accept-encoding".to_owned());
    if headers.contains_key(CONTENT_LANGUAGE) {
        names.push("accept-language".to_owned());
    }
    if by_origin {
        names.push("origin".to_owned());
    }
    names.sort();
    names.dedup();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        headers.insert(VARY, value);
    }
}
