//! Well-known addresses: the contact for reports of a weakness (RFC 9116), the catalogue of APIs (RFC 9727), and the
//! keys that prove reports and checkpoints, and access tokens (RFC 7517).

use super::docs_page::DOCS;
use crate::config::EdgeConfig;
use crate::crypto::public_keys::PublicKey;
use crate::problem::Problem;
use crate::request::BASE;
use crate::store::Store;
use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::json;

/// The `Link` header that leads to the catalogue of APIs.
pub(super) const CATALOG_LINK: &str = "</.well-known/api-catalog>; rel=\"api-catalog\"";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/.well-known/security.txt", web::get().to(security_txt))
        .route("/.well-known/api-catalog", web::get().to(api_catalog))
        .route("/.well-known/jwks.json", web::get().to(jwks))
        .route("/.well-known/access-token-jwks.json", web::get().to(access_token_jwks));
}

/// The text for those who find a weakness; none while no contact is set.
pub(super) struct SecurityTxt(Option<String>);

impl SecurityTxt {
    /// The text by the settings. It runs out so many days after the start: whoever restarts the server vouches for it
    /// again.
    pub(super) fn new(config: &EdgeConfig) -> Self {
        let expires = Utc::now() + TimeDelta::days(config.security_txt_days.into());
        let expires = expires.to_rfc3339_opts(SecondsFormat::Secs, true);
        let contacts: String =
            config.security_contact.iter().map(|contact| format!("Contact: {}\n", contact.as_str())).collect();
        let text = format!("{contacts}Expires: {expires}\nPreferred-Languages: vi, en\n");
        Self((!contacts.is_empty()).then_some(text))
    }
}

async fn security_txt(text: Data<SecurityTxt>) -> Result<HttpResponse, Problem> {
    let text = text.0.clone().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text))
}

async fn api_catalog() -> HttpResponse {
    let catalog = json!({ "linkset": [{
        "anchor": BASE,
        "service-desc": [{ "href": "/openapi.json", "type": "application/json" }],
        "service-doc": [{ "href": DOCS, "type": "text/html" }, { "href": "/problems", "type": "text/html" }],
        "status": [{ "href": "/readyz", "type": "application/json" }]
    }] });
    HttpResponse::Ok()
        .content_type("application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"")
        .insert_header(("link", CATALOG_LINK))
        .body(catalog.to_string())
}

/// The keys that prove reports and checkpoints, the one in use first (RFC 7517).
async fn jwks(store: Data<Store>) -> HttpResponse {
    key_set(&store.signing_keys().public)
}

/// The keys of access tokens, the one in use first. They stand apart, so that none of them can vouch for a report
/// (RFC 8725, section 3.9).
async fn access_token_jwks(store: Data<Store>) -> HttpResponse {
    key_set(&store.tokens.public())
}

fn key_set(keys: &[PublicKey]) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header(("cache-control", "public, max-age=300"))
        .body(json!({ "keys": keys }).to_string())
}
