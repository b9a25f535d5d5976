//! One line per request. It holds neither query strings, which may name people, nor values from the path, nor secrets.

use super::call::Call;
use actix_web::http::StatusCode;
use std::time::Duration;

/// What `RUST_LOG` calls these lines: `RUST_LOG=info,thidua::access=off` leaves them out.
const TARGET: &str = "thidua::access";

/// Writes the line of a request.
pub(super) fn write(call: &Call, status: StatusCode, took: Duration) {
    log::info!(
        target: TARGET,
        "method={} path={} status={} duration_us={} request_id={} user={}",
        call.method,
        call.template.as_deref().unwrap_or("-"),
        status.as_u16(),
        took.as_micros(),
        call.request_id,
        call.account().map_or_else(|| "-".to_owned(), |user| user.to_string()),
    );
}
