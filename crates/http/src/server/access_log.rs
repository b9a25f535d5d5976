//! The access log: a line per request, and one more if it was slow. The lines hold neither query strings, which may
//! name people, nor values from the path, nor secrets.

use crate::auth::context::RequestContext;
use actix_web::http::StatusCode;
use std::fmt;
use std::time::Duration;

/// The log target of these lines: `RUST_LOG=info,thidua::access=off` leaves them out.
pub const REQUESTS: &str = "thidua::access";
/// The log target of slow requests.
const SLOW: &str = "thidua::slow";

/// Writes the line of a request, and another if it was slow.
pub(super) fn write(call: &RequestContext, status: StatusCode, took: Duration, slow: Option<Duration>) {
    line(log::Level::Info, REQUESTS, call, status, took);
    if slow.is_some_and(|slow| took >= slow) {
        line(log::Level::Warn, SLOW, call, status, took);
    }
}

/// Writes a line with its values twice: in the text, and as members for logs in JSON.
fn line(level: log::Level, target: &str, call: &RequestContext, status: StatusCode, took: Duration) {
    let (method, path) = (call.method.as_str(), call.template.as_deref());
    let (status, duration_us) = (status.as_u16(), u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    let request_id = call.request_id.as_str();
    let user = call.account().map(|user| user.0);
    log::log!(
        target: target,
        level,
        method, path, status, duration_us, request_id, user;
        "method={method} path={} status={status} duration_us={duration_us} request_id={request_id} user={}",
        OrNone(path),
        OrNone(user),
    );
}

/// A value, or a dash when it is not known.
struct OrNone<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for OrNone<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(known) => known.fmt(f),
            None => f.write_str("-"),
        }
    }
}
