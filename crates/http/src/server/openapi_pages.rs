//! The contract as a running server shows it: in Vietnamese and English, in OpenAPI 3.0 for tools that cannot read 3.1,
//! and slim for the page.

use super::docs_page;
use crate::openapi;
use crate::openapi::{slim, v3_0};
use crate::problem::negotiation::Language;
use crate::request::body::Query;
use crate::response::etag;
use actix_web::http::header::{CONTENT_LANGUAGE, ETAG};
use actix_web::{HttpRequest, HttpResponse, Route, web};
use serde::Deserialize;
use std::sync::OnceLock;
use utoipa::IntoParams;

static CONTRACT: Rendering = Rendering::new(openapi::json);
static OPENAPI_3_0: Rendering = Rendering::new(v3_0::json);
static PAGE_CONTRACT: Rendering = Rendering::new(slim::json);
static PAGE_WORDS: Rendering = Rendering::new(docs_page::words);

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/openapi.json", serve(&CONTRACT))
        .route("/openapi-3.0.json", serve(&OPENAPI_3_0))
        .route("/docs/contract.json", serve(&PAGE_CONTRACT))
        .route("/docs/words.json", serve(&PAGE_WORDS));
}

fn serve(rendering: &'static Rendering) -> Route {
    web::get().to(async move |request: HttpRequest, Query(asked): Query<RenderingQuery>| {
        let language = asked.lang.unwrap_or_else(|| Language::of(request.headers()));
        answer(rendering.document(language), language)
    })
}

/// One way of writing a document, in both languages, each made when it is first asked for.
struct Rendering {
    write: fn(Language) -> String,
    vietnamese: OnceLock<ServedDocument>,
    english: OnceLock<ServedDocument>,
}

impl Rendering {
    const fn new(write: fn(Language) -> String) -> Self {
        Self { write, vietnamese: OnceLock::new(), english: OnceLock::new() }
    }

    fn document(&self, language: Language) -> &ServedDocument {
        let kept = match language {
            Language::Vietnamese => &self.vietnamese,
            Language::English => &self.english,
        };
        kept.get_or_init(|| ServedDocument::new((self.write)(language)))
    }
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

fn answer(document: &'static ServedDocument, language: Language) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, document.etag.as_str()))
        .insert_header((CONTENT_LANGUAGE, language.tag()))
        .content_type("application/json")
        .body(document.text.as_str())
}
