//! The contract as a running server shows it: in Vietnamese and English, and in OpenAPI 3.0 for tools that cannot read 3.1.

use crate::extract::Query;
use crate::negotiation::Language;
use crate::respond;
use crate::{contract, contract_3_0};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, HeaderValue, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use std::sync::LazyLock;
use utoipa::IntoParams;
use validator::Validate;

/// The contracts that Swagger UI offers, by name and address, in its order.
pub(super) const CONTRACTS: [(&str, &str); 2] =
    [("Tiếng Việt", "/openapi.json?lang=vi"), ("English", "/openapi.json?lang=en")];

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/openapi.json", web::get().to(contract)).route("/openapi-3.0.json", web::get().to(rendering));
}

async fn contract(request: HttpRequest, Query(asked): Query<Asked>) -> HttpResponse {
    static VIETNAMESE: LazyLock<String> = LazyLock::new(|| contract::json(Language::Vietnamese));
    static ENGLISH: LazyLock<String> = LazyLock::new(|| contract::json(Language::English));
    answer(&request, asked, [&VIETNAMESE, &ENGLISH])
}

async fn rendering(request: HttpRequest, Query(asked): Query<Asked>) -> HttpResponse {
    static VIETNAMESE: LazyLock<String> = LazyLock::new(|| contract_3_0::json(Language::Vietnamese));
    static ENGLISH: LazyLock<String> = LazyLock::new(|| contract_3_0::json(Language::English));
    answer(&request, asked, [&VIETNAMESE, &ENGLISH])
}

/// What a reader of the contract may ask for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The language of the texts; that of `Accept-Language` when absent.
    #[param(inline)]
    lang: Option<Language>,
}

fn answer(request: &HttpRequest, asked: Asked, [vi, en]: [&LazyLock<String>; 2]) -> HttpResponse {
    let language = asked.lang.unwrap_or_else(|| Language::of(request.headers()));
    let text = match language {
        Language::Vietnamese => vi,
        Language::English => en,
    };
    let mut response = respond::json(StatusCode::OK, text.as_bytes().to_vec());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.remove(VARY); // Everybody reads the same; the language is added with its header.
    response
}
