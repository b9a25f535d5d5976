//! The contract as a running server shows it: in Vietnamese and English, in OpenAPI 3.0 for tools that cannot read 3.1,
//! and slim for the page.

use super::docs_page;
use crate::openapi;
use crate::openapi::{slim, v3_0};
use crate::problem::negotiation::Language;
use crate::request::body::Query;
use crate::response::etag;
use actix_web::http::header::{CONTENT_LANGUAGE, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use std::sync::LazyLock;
use utoipa::IntoParams;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/openapi.json", web::get().to(contract))
        .route("/openapi-3.0.json", web::get().to(rendering))
        .route("/docs/contract.json", web::get().to(for_the_page))
        .route("/docs/words.json", web::get().to(words));
}

async fn contract(request: HttpRequest, Query(asked): Query<RenderingQuery>) -> HttpResponse {
    static VIETNAMESE: LazyLock<ServedDocument> =
        LazyLock::new(|| ServedDocument::new(openapi::json(Language::Vietnamese)));
    static ENGLISH: LazyLock<ServedDocument> = LazyLock::new(|| ServedDocument::new(openapi::json(Language::English)));
    answer(&request, &asked, &VIETNAMESE, &ENGLISH)
}

async fn rendering(request: HttpRequest, Query(asked): Query<RenderingQuery>) -> HttpResponse {
    static VIETNAMESE: LazyLock<ServedDocument> =
        LazyLock::new(|| ServedDocument::new(v3_0::json(Language::Vietnamese)));
    static ENGLISH: LazyLock<ServedDocument> = LazyLock::new(|| ServedDocument::new(v3_0::json(Language::English)));
    answer(&request, &asked, &VIETNAMESE, &ENGLISH)
}

async fn for_the_page(request: HttpRequest, Query(asked): Query<RenderingQuery>) -> HttpResponse {
    static VIETNAMESE: LazyLock<ServedDocument> =
        LazyLock::new(|| ServedDocument::new(slim::json(Language::Vietnamese)));
    static ENGLISH: LazyLock<ServedDocument> = LazyLock::new(|| ServedDocument::new(slim::json(Language::English)));
    answer(&request, &asked, &VIETNAMESE, &ENGLISH)
}

async fn words(request: HttpRequest, Query(asked): Query<RenderingQuery>) -> HttpResponse {
    static VIETNAMESE: LazyLock<ServedDocument> =
        LazyLock::new(|| ServedDocument::new(docs_page::words(Language::Vietnamese)));
    static ENGLISH: LazyLock<ServedDocument> =
        LazyLock::new(|| ServedDocument::new(docs_page::words(Language::English)));
    answer(&request, &asked, &VIETNAMESE, &ENGLISH)
}

/// A document that stays the same for as long as the program runs.
struct ServedDocument {
    text: String,
    etag: String,
}

impl ServedDocument {
    fn new(text: String) -> Self {
        let etag = format!("\"{}\"", etag::tag(text.as_bytes()));
        Self { text, etag }
    }
}

/// The query of a request for the contract.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RenderingQuery {
    /// The language of the texts; that of `Accept-Language` when absent.
    #[param(inline)]
    lang: Option<Language>,
}

fn answer(
    request: &HttpRequest,
    asked: &RenderingQuery,
    vietnamese: &'static LazyLock<ServedDocument>,
    english: &'static LazyLock<ServedDocument>,
) -> HttpResponse {
    let language = asked.lang.unwrap_or_else(|| Language::of(request.headers()));
    let page = match language {
        Language::Vietnamese => vietnamese,
        Language::English => english,
    };
    HttpResponse::Ok()
        .insert_header((ETAG, page.etag.as_str()))
        .insert_header((CONTENT_LANGUAGE, language.tag()))
        .content_type("application/json")
        .body(page.text.as_str())
}
