//! Queries and preferences: any text is read or refused, and a refusal names the parameter.
#![no_main]

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use actix_web::{FromRequest, ResponseError};
use libfuzzer_sys::fuzz_target;
use thidua_http::request::as_of::AsOfQuery;
use thidua_http::request::body::Query;
use thidua_http::request::preferences::{Preference, Preferences};

fuzz_target!(|input: (&str, &[u8])| {
    let (query, preference) = input;
    if let Ok(uri) = format!("/?{query}").parse::<actix_web::http::Uri>() {
        let request = TestRequest::default().uri(&uri.to_string()).to_http_request();
        if let Err(problem) = Query::<AsOfQuery>::extract(&request).into_inner() {
            assert!(matches!(problem.status_code(), StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY));
        }
    }
    if let Ok(value) = HeaderValue::from_bytes(preference) {
        let request = TestRequest::default().insert_header(("prefer", value)).to_http_request();
        if let Err(problem) = Preferences::read(request.headers(), &[Preference::DryRun]) {
            assert_eq!(problem.status_code(), StatusCode::BAD_REQUEST);
        }
    }
});
