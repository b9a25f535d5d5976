//! The OpenAPI 3.1 contract: read off the mounted routes, then completed step by step with what follows from what is
//! there. Nothing is written per operation that a rule can add.

mod examples;
mod frame;
mod headers;
mod limits;
mod links;
mod parameters;
mod patches;
mod refusals;
mod request_headers;
mod shown;
mod variants;
mod views;
mod visit;

use crate::routes::{self, BASE};
use actix_web::App;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;

/// The contract.
pub fn document() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(frame::frame())
        .service(utoipa_actix_web::scope(BASE).configure(routes::api))
        .split_for_parts();
    complete(&mut document);
    document
}

/// The contract as pretty JSON with a final line end.
pub fn json() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

fn complete(document: &mut OpenApi) {
    views::close(document);
    patches::add(document);
    variants::name(document);
    frame::open_to_everybody(document);
    parameters::complete(document);
    request_headers::add(document);
    refusals::add(document);
    headers::add(document);
    links::add(document);
    limits::complete(document);
    examples::add(document);
}
