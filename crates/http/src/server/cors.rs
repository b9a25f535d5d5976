//! CORS: pages of listed origins may call and read, all others may not.
//!
//! No credentials are ever allowed in the sense of CORS: here tokens are sent by hand, and nothing travels by itself.

use super::operations::AtAddress;
use crate::config::Origin;
use crate::problem::Problem;
use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use actix_web::http::{Method, StatusCode};

/// Headers that a page may send.
const ALLOWED: &str = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Prefer, Change-Reason, \
                       Accept-Language, Last-Event-ID, X-Request-Id";
/// Headers that a page may read, beyond those that browsers show anyway.
const EXPOSED: &str = "ETag, Location, Link, RateLimit, RateLimit-Policy, Retry-After, Preference-Applied, \
                       X-Request-Id, Idempotency-Replayed, Unchanged, Deprecation, Sunset, Content-Language, Allow, \
                       Accept-Patch, Accept-Post, WWW-Authenticate, JWS-Signature";
/// Seconds a browser may remember a preflight.
const MAX_AGE: &str = "3600";

/// The origins that may call.
pub(super) struct Cors(Vec<HeaderValue>);

impl Cors {
    pub(super) fn new(origins: &[Origin]) -> Self {
        Self(origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()).collect())
    }

    /// True when an origin is listed.
    pub(super) fn is_on(&self) -> bool {
        !self.0.is_empty()
    }

    /// The answer to a browser that asks before it calls (Fetch, "CORS-preflight request").
    pub(super) fn preflight(
        &self,
        request: &ServiceRequest,
        operations: &AtAddress,
    ) -> Result<Option<HttpResponse>, Problem> {
        let headers = request.headers();
        let asks = request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let Some(origin) = headers.get(ORIGIN).filter(|_| asks) else { return Ok(None) };
        if !self.0.contains(origin) {
            return Err(refused());
        }
        let preflight = HttpResponse::NoContent()
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, operations.allow()))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED))
            .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
            .insert_header((VARY, "access-control-request-method, access-control-request-headers"))
            .finish();
        Ok(Some(preflight))
    }

    /// Lets a page of a listed origin read the answer.
    pub(super) fn stamp(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if let Some(origin) = origin.filter(|origin| self.0.contains(origin)) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}

fn refused() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed")
}
