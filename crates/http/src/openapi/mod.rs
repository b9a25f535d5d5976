//! The OpenAPI 3.1 contract: read off the mounted routes, then completed step by step with what follows from what is
//! there. Nothing is written per operation that a rule can add.

mod examples;
mod frame;
mod headers;
mod inline;
mod limits;
mod links;
mod parameters;
mod patches;
mod refusals;
pub mod request_headers;
mod shown;
pub mod slim;
mod tag_groups;
mod texts;
pub mod v3_0;
mod variants;
mod views;
mod visit;

pub(crate) use patches::name_of;

use crate::api;
use crate::problem::negotiation::Language;
use crate::request::BASE;
use actix_web::App;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;

/// The contract, in English.
pub fn document() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(frame::frame())
        .service(utoipa_actix_web::scope(BASE).configure(api::api))
        .split_for_parts();
    complete(&mut document);
    document
}

/// The contract as pretty JSON with a final line end.
pub fn json(language: Language) -> String {
    match language {
        // Not by way of a JSON value, which would sort the members.
        Language::English => pretty(&document()),
        Language::Vietnamese => pretty(&value(language)),
    }
}

/// The contract as a JSON value.
pub fn value(language: Language) -> Value {
    let mut document = serde_json::to_value(document()).unwrap_or_default();
    if let Err(error) = texts::translate(&mut document, language) {
        log::error!("the contract stays English: {error}");
    }
    document
}

/// The catalogue of the contract's texts, as in `openapi/vi.po`: every text with its translation, or an empty one.
///
/// # Errors
///
/// Fails when the catalogue the program was built with cannot be read.
pub fn texts() -> anyhow::Result<String> {
    texts::catalogue(&mut value(Language::English))
}

/// A document as pretty JSON with a final line end.
pub fn pretty(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

fn complete(document: &mut OpenApi) {
    inline::write_out(document);
    views::close(document);
    variants::describe_tags(document);
    patches::add(document);
    variants::name(document);
    parameters::complete(document);
    request_headers::add(document);
    request_headers::leave_rows_out(document);
    refusals::add(document);
    headers::add(document);
    links::add(document);
    limits::complete(document);
    examples::add(document);
    views::drop_unused(document);
}
