//! Every request has an identity: the caller's own, when it is a sane one, else a new one. It is in the answer, in a
//! refusal's body, and in the log.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use thidua_domain::changes::hexadecimal;

/// The header, in requests and in answers.
const HEADER: &str = "x-request-id";

/// The identity of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The caller's own, or a random one of 128 bits.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|text| is_sane(text));
        given.map_or_else(Self::random, |text| Self(text.to_owned()))
    }

    fn random() -> Self {
        let mut bytes = [0_u8; 16];
        // Should the system have no randomness left, an identity is not worth a refused request.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        Self(hexadecimal(&bytes))
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

/// Short, and of characters that mean nothing to a log, a shell or a page.
fn is_sane(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Names the request in its answer.
pub(super) fn stamp(headers: &mut HeaderMap, id: &RequestId) {
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(HeaderName::from_static(HEADER), value);
    }
}
