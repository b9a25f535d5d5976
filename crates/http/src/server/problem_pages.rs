//! The table of codes, where the `type` of a problem points: as a page for people and as JSON, in both languages. Also
//! as Markdown, for `docs/problems.md`.

use crate::problem::Problem;
use crate::problem::negotiation;
use crate::texts::{Language, ProblemText, explained};
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, VARY};
use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use thidua_domain::codes::{self, Code, CodePlace};

const HTML: &str = "text/html";
const JSON: &str = "application/json";
const TITLE: &str = "Mã lỗi · Problem codes";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}\
    table{border-collapse:collapse;width:100%}th,td{border-top:1px solid #bbb;padding:.5rem;text-align:left;vertical-align:top}\
    p{margin:.2rem 0}";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/problems", web::get().to(table)).route("/problems/{code}", web::get().to(one));
}

async fn table(request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(&request, &codes::all().collect::<Vec<_>>(), |codes| Table {
        problems: codes.iter().map(View::of).collect(),
    })
}

async fn one(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let code = codes::find(&name).ok_or_else(Problem::not_found)?;
    answer(&request, &[code], |_| View::of(&code))
}

/// The answer in the form the caller prefers: a page, or JSON.
fn answer<T: Serialize>(
    request: &HttpRequest,
    codes: &[Code],
    json: impl FnOnce(&[Code]) -> T,
) -> Result<HttpResponse, Problem> {
    let headers = request.headers();
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "accept")).insert_header(("content-language", "vi, en"));
    match preferred(headers) {
        Some(HTML) => Ok(response
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, content_security_policy()))
            .body(page(codes))),
        Some(_) => Ok(response.json(json(codes))),
        None => Err(Problem::not_acceptable(&[JSON.to_owned(), HTML.to_owned()])),
    }
}

fn preferred(headers: &HeaderMap) -> Option<&'static str> {
    let (html, json) = (negotiation::weight(headers, HTML), negotiation::weight(headers, JSON));
    match (html, json) {
        (0, 0) => None,
        _ if html > json => Some(HTML),
        _ => Some(JSON),
    }
}

/// All codes.
#[derive(Serialize)]
struct Table {
    problems: Vec<View>,
}

/// A code.
#[derive(Serialize)]
struct View {
    code: &'static str,
    r#type: String,
    status: u16,
    vi: WordsView,
    en: WordsView,
}

#[derive(Serialize)]
struct WordsView {
    title: &'static str,
    meaning: &'static str,
    remedy: &'static str,
}

impl View {
    fn of(code: &Code) -> Self {
        Self {
            code: code.name,
            r#type: address(code),
            status: code.place.status(),
            vi: WordsView::of(explained(code.name, Language::Vietnamese)),
            en: WordsView::of(explained(code.name, Language::English)),
        }
    }
}

impl WordsView {
    fn of(ProblemText { title, meaning, remedy }: ProblemText) -> Self {
        Self { title, meaning, remedy }
    }
}

fn address(code: &Code) -> String {
    format!("/problems/{}", code.name)
}

/// The place of a code in an answer, in few words.
fn place(place: CodePlace) -> String {
    match place {
        CodePlace::Problem(status) => status.to_string(),
        CodePlace::Conflict => "409, errors[]".to_owned(),
        CodePlace::Rule => "errors[]".to_owned(),
    }
}

fn page(codes: &[Code]) -> String {
    let rows: String = codes.iter().map(row).collect();
    format!(
        "<!doctype html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{TITLE}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{TITLE}</h1>\n<table>\n\
         <thead><tr><th>Mã · Code</th><th>HTTP</th><th>Tiếng Việt</th><th>English</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n<p><a href=\"/problems\">{TITLE}</a> · <a href=\"/docs/\">API</a></p>\n</body>\n</html>\n"
    )
}

fn row(code: &Code) -> String {
    let cell = |language: Language| {
        let ProblemText { title, meaning, remedy } = explained(code.name, language);
        let [title, meaning, remedy] = [title, meaning, remedy].map(escaped);
        let language = language.tag();
        format!("<td lang=\"{language}\"><p><strong>{title}</strong></p><p>{meaning}</p><p>→ {remedy}</p></td>")
    };
    format!(
        "<tr id=\"{name}\"><td><a href=\"{address}\"><code>{name}</code></a></td><td>{place}</td>{vi}{en}</tr>\n",
        name = code.name,
        address = address(code),
        place = place(code.place),
        vi = cell(Language::Vietnamese),
        en = cell(Language::English),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The Content-Security-Policy of the page, which runs nothing and fetches nothing; its one style is known by its hash.
fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The table as Markdown.
pub fn markdown() -> String {
    let rows: String = codes::all()
        .map(|code| {
            let words = |language: Language| {
                let ProblemText { title, meaning, remedy } = explained(code.name, language);
                escaped(&format!("**{title}.** {meaning} → {remedy}"))
            };
            format!(
                "| `{}` | {} | {} | {} |\n",
                code.name,
                place(code.place),
                words(Language::Vietnamese),
                words(Language::English)
            )
        })
        .collect();
    format!(
        "# {TITLE}\n\nGenerated by `scripts/update-contract`; the codes stand in `crates/domain/src/codes.rs`, \
         their texts in `locales`. A running server shows it at `/problems`, where the `type` of every problem points.\n\n\
         A number is the status of a problem with this `code`; `errors[]` says that the code stands at a member in a \
         problem's `errors`. Clients may rely on codes, not on texts.\n\n\
         | Mã · Code | HTTP | Tiếng Việt | English |\n|---|---|---|---|\n{rows}"
    )
}
