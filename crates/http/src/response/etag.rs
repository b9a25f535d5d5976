//! Answers in the form every resource uses, each with a strong ETag.

use crate::auth::caller::Caller;
use crate::crypto::canonical_json;
use crate::crypto::signing::SigningKey;
use crate::problem::Problem;
use crate::response::entity_tags::entity_tags;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, LOCATION, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use thidua_domain::Date;
use thidua_domain::id::ExportProfileId;
#[cfg(doc)]
use thidua_persistence::Model;

/// A document, with a strong ETag over its bytes.
pub fn ok(document: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, encode(document))
}

/// A new row and where it is; `segments` follow `/api/v1/`.
pub fn created(segments: &[&str], document: &impl Serialize) -> HttpResponse {
    let mut response = json(StatusCode::CREATED, encode(document));
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/{}", segments.join("/"))) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// An answer without a body: 204.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// A JSON text, with a strong ETag over its bytes.
pub fn json(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((ETAG, format!("\"{}\"", tag(&body))))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "authorization"))
        .content_type("application/json")
        .body(body)
}

/// Marks an answer that no cache may keep. Its tag is that of the text without what is shown once: the row as it is read.
pub fn show_once(headers: &mut HeaderMap, bare: &[u8]) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", tag(bare))) {
        headers.insert(ETAG, tag);
    }
}

/// A document's JSON text.
pub fn encode(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).unwrap_or_default()
}

/// The strong tag of a JSON text, without its quotes. It names what is said, not when: the same row as it was before is
/// the same text.
pub fn tag(body: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, body);
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..18).unwrap_or_default())
}

/// The basis of a document: what it is a function of, beside its caller's scope and sight and its form.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The state of the data ([`Model::state`]).
    pub state: (i64, &'a str),
    /// The day as of which it judges periods that run; absent when it is about none.
    pub day: Option<Date>,
    /// The day on which it is made; absent when it is about no period that runs.
    pub today: Option<Date>,
}

/// A document with a strong ETag that names its basis. A caller that has it already gets a 304, and nothing is made:
/// so every check that a 200 has to pass stands before this (RFC 9110, section 13.2.1).
pub fn not_modified_or<T: Serialize>(
    request: &HttpRequest,
    caller: &Caller,
    basis: Basis<'_>,
    document: impl FnOnce() -> Result<T, Problem>,
) -> Result<HttpResponse, Problem> {
    unless_tagged(request, caller, basis, DocumentForm::Plain, || Ok(HttpResponse::Ok().json(document()?)))
}

/// As [`not_modified_or`], of a document that names users to some and not to others.
pub fn unless_known_with_names<T: Serialize>(
    request: &HttpRequest,
    caller: &Caller,
    basis: Basis<'_>,
    names_users: bool,
    document: impl FnOnce() -> Result<T, Problem>,
) -> Result<HttpResponse, Problem> {
    let form = if names_users { DocumentForm::WithNames } else { DocumentForm::Plain };
    unless_tagged(request, caller, basis, form, || Ok(HttpResponse::Ok().json(document()?)))
}

/// As [`not_modified_or`], in the canonical form (RFC 8785) and with a detached JWS over its bytes (RFC 7515, appendix F).
pub fn signed_unless_known<T: Serialize>(
    request: &HttpRequest,
    caller: &Caller,
    basis: Basis<'_>,
    key: &SigningKey,
    document: impl FnOnce() -> Result<T, Problem>,
) -> Result<HttpResponse, Problem> {
    let text = || canonical_json::text(&document()?).map_err(Problem::internal);
    unless_tagged(request, caller, basis, DocumentForm::Plain, || signed(key, text()?))
}

/// As [`signed_unless_known`], in the form of an export profile, which sets the order of members. The tag names the
/// profile, too.
pub fn signed_unless_known_as<T: Serialize>(
    request: &HttpRequest,
    caller: &Caller,
    basis: Basis<'_>,
    key: &SigningKey,
    form: ExportProfileId,
    document: impl FnOnce() -> Result<T, Problem>,
) -> Result<HttpResponse, Problem> {
    let text = || serde_json::to_string(&document()?).map_err(Problem::internal);
    unless_tagged(request, caller, basis, DocumentForm::Profile(form), || signed(key, text()?))
}

/// A JSON text with the signature of its bytes.
fn signed(key: &SigningKey, text: String) -> Result<HttpResponse, Problem> {
    let signature = key.sign_detached(text.as_bytes()).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().insert_header((SIGNATURE, signature)).content_type("application/json").body(text))
}

/// The header with the signature of a document.
const SIGNATURE: &str = "jws-signature";

/// The rest of what a document is a function of, beside the data and the caller's scope and sight.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DocumentForm {
    /// Nothing.
    Plain,
    /// The names of users, which it tells.
    WithNames,
    /// An export profile.
    Profile(ExportProfileId),
}

fn unless_tagged(
    request: &HttpRequest,
    caller: &Caller,
    basis: Basis<'_>,
    form: DocumentForm,
    whole: impl FnOnce() -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let tag = model_tag(caller, basis, form);
    let mut response = match known(request.headers(), &tag) {
        Some(_) => HttpResponse::NotModified().finish(),
        None => whole()?,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("authorization"));
    let same = known(request.headers(), &tag).unwrap_or_else(|| format!("\"{tag}\""));
    if let Ok(tag) = HeaderValue::from_str(&same) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

/// The tag, without its quotes, of what is a function of a basis, of a caller's scope and sight, and of a form.
pub(crate) fn model_tag(caller: &Caller, basis: Basis<'_>, form: DocumentForm) -> String {
    let (seq, hash) = basis.state;
    let scope = caller.scope.map_or(0, |agency| agency.0);
    let form = match form {
        DocumentForm::Plain => String::new(),
        DocumentForm::WithNames => ".n".to_owned(),
        DocumentForm::Profile(profile) => format!(".{profile}"),
    };
    let sight = if caller.small_cells.is_on() { format!(".s{}", caller.small_cells.least()) } else { String::new() };
    let day = basis.day.map(|day| format!(".d{}", day.format("%Y%m%d"))).unwrap_or_default();
    let hash = hash.get(..12).unwrap_or_default();
    format!("{}.{seq}-{hash}.{scope}{form}{sight}{day}", env!("CARGO_PKG_VERSION"))
}

/// Turns an answer that the caller has already into a 304 (RFC 9110, sections 13.1.2 and 15.4.5).
pub async fn conditional(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, actix_web::Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.call(request).await?;
    let tag =
        response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| tag.trim_matches('"').to_owned());
    let known = tag.filter(|_| reads && response.status() == StatusCode::OK);
    let known = known.and_then(|tag| known_value(response.request().headers(), &tag));
    let Some(same) = known else { return Ok(response.map_into_left_body()) };
    let mut answer = HttpResponse::NotModified().finish();
    for (name, value) in response.headers() {
        if *name != CONTENT_TYPE {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    answer.headers_mut().insert(ETAG, same);
    Ok(response.into_response(answer).map_into_right_body())
}

fn known_value(headers: &HeaderMap, tag: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&known(headers, tag)?).ok()
}

/// The tag by which `If-None-Match` names a document, in whatever encoding it was sent; weak comparison.
pub(crate) fn known(headers: &HeaderMap, tag: &str) -> Option<String> {
    let mut lines = headers.get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    lines.find_map(|line| match line.trim() {
        "*" => Some(format!("\"{tag}\"")),
        line => {
            let known = entity_tags(line)?.into_iter().find(|known| names(known, tag))?;
            Some(known.trim_start_matches("W/").to_owned())
        }
    })
}

/// True when a quoted tag names a document, in whatever encoding it was sent.
pub fn names(quoted: &str, tag: &str) -> bool {
    let opaque = quoted.trim_start_matches("W/").trim_matches('"');
    opaque == tag || opaque.strip_prefix(tag).is_some_and(|rest| matches!(rest, "-gzip" | "-deflate" | "-br"))
}

/// Adds the encoding to the strong ETag of a compressed answer, as that is another sequence of bytes (RFC 9110, section
/// 8.8.3.3).
pub fn tag_encoding(headers: &mut HeaderMap) {
    let Some(encoding) = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) else { return };
    let Some(tag) = headers.get(ETAG).and_then(|value| value.to_str().ok()).and_then(|tag| tag.strip_suffix('"'))
    else {
        return;
    };
    if let Ok(tag) = HeaderValue::from_str(&format!("{tag}-{encoding}\"")) {
        headers.insert(ETAG, tag);
    }
}
