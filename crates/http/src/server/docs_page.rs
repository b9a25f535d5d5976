//! The page for people: Swagger UI from its crate, with plug-ins of our own (`crates/http/page`), all served from here.
//! It shows the slim contract and takes its words from the catalogues of texts.

use crate::problem::Problem;
use crate::texts::{Language, catalogue};
use actix_web::HttpResponse;
use actix_web::web::{self, Path};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// The path of the page.
pub(super) const DOCS: &str = "/docs/";

/// Files of our own, by their names below the page's path.
const OWN: &[(&str, &str)] = &[
    ("", include_str!("../../page/index.html")),
    ("index.html", include_str!("../../page/index.html")),
    ("page/conditions.js", include_str!("../../page/conditions.js")),
    ("page/contract.js", include_str!("../../page/contract.js")),
    ("page/filter.js", include_str!("../../page/filter.js")),
    ("page/layout.js", include_str!("../../page/layout.js")),
    ("page/log_in_box.js", include_str!("../../page/log_in_box.js")),
    ("page/page.css", include_str!("../../page/page.css")),
    ("page/page.js", include_str!("../../page/page.js")),
    ("page/requests.js", include_str!("../../page/requests.js")),
    ("page/rights.js", include_str!("../../page/rights.js")),
    ("page/session.js", include_str!("../../page/session.js")),
    ("page/words.js", include_str!("../../page/words.js")),
];

/// Files of Swagger UI that the page asks for.
const VENDORED: &[&str] = &["favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"];

/// Keys of the page's own words.
const OWN_WORDS: &str = "phrase.page.word.";

/// Keys of the words that Swagger UI says in English: that is by what the page finds them.
const FRAME_WORDS: &str = "phrase.page.frame.";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route(&format!("{DOCS}{{_:.*}}"), web::get().to(file));
}

async fn file(path: Path<String>) -> Result<HttpResponse, Problem> {
    if let Some((name, text)) = OWN.iter().find(|(name, _)| *name == path.as_str()) {
        return Ok(HttpResponse::Ok().content_type(media_type(name)).body(*text));
    }
    let name = VENDORED.iter().find(|name| **name == path.as_str()).ok_or_else(Problem::not_found)?;
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).map_err(Problem::internal)?;
    let file = found.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().content_type(file.content_type).body(file.bytes.into_owned()))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => "text/html; charset=utf-8",
    }
}

/// The page's words as JSON: its own by their names, and the frame's by what Swagger UI says.
pub(super) fn words(language: Language) -> String {
    let english = catalogue(Language::English);
    let (mut own, mut frame) = (Map::new(), Map::new());
    for (key, forms) in catalogue(language).entries() {
        let Some(text) = forms.first() else { continue };
        if let Some(name) = key.strip_prefix(OWN_WORDS) {
            own.insert(name.to_owned(), text.as_str().into());
        } else if let Some(said) = english.text(key, None).filter(|_| key.starts_with(FRAME_WORDS)) {
            frame.insert(said.to_owned(), text.as_str().into());
        }
    }
    json!({ "own": Value::Object(own), "frame": Value::Object(frame) }).to_string()
}
