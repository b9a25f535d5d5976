//! Identities of requests: the caller's own, when it is a sane one, else a new one. It is in the answer, in a refusal's
//! body, and in the log.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use thidua_domain::log::hexadecimal::hexadecimal;

/// The header, in requests and in answers.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The identity of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The caller's own, or a new one of 128 bits.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|text| is_harmless(text));
        given.map_or_else(Self::new, |text| Self(Arc::from(text)))
    }

    /// A new identity: the next number, hashed with two keys that the program draws when it starts, so that no other
    /// program makes the same. It opens no door, so it may be guessed: drawing one beyond guessing would cost as much
    /// as the rest of a request's bookkeeping.
    fn new() -> Self {
        static SCRAMBLERS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let [high, low] = SCRAMBLERS.each_ref().map(|scrambler| u128::from(scrambler.hash_one(number)));
        Self(Arc::from(hexadecimal(&(high << 64 | low).to_be_bytes())))
    }

    /// The text, to be shared.
    pub(crate) fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// True for a short text of characters that mean nothing to a log, a shell or a page.
fn is_harmless(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Sets the header that names the request in its answer.
pub(crate) fn stamp(headers: &mut HeaderMap, id: &RequestId) {
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(HEADER, value);
    }
}
