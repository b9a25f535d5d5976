//! Answers with something that is shown once.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderValue};

/// An answer that no cache may keep. It has no ETag, as it is not the row as it is read later.
pub fn shown_once(mut answer: HttpResponse) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.remove(ETAG);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
