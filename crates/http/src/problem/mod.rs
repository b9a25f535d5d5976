//! One error type becomes one `application/problem+json` (RFC 9457), in Vietnamese or English as the caller prefers.

pub mod batch_report;
pub mod broken_rule;
pub mod negotiation;

pub use broken_rule::ProblemError;
pub use negotiation::Language;

use crate::texts;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use batch_report::BatchReport;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use thidua_domain::log::changes::Resource;
use thidua_domain::message::{Argument, Message, ToArgument};
use thidua_domain::violation::{Violation, code_of};
use thidua_persistence::{Error, RightLapse};
use utoipa::ToSchema;

/// The media type of every error answer.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Reason why a request was refused. Nothing was changed, unless its outcome is unknown.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: Message,
    errors: Vec<Violation>,
    batch: Option<Arc<BatchReport>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A refused request. Nothing was changed, unless the code is `outcome_unknown`: then it may have been.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address at which the code is explained.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found", max_length = 200, pattern = "^/problems/[a-z][a-z0-9_]*$")]
    pub kind: String,
    /// The HTTP status.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    pub status: u16,
    /// A stable code in snake case.
    #[schema(example = "not_found", max_length = 100, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// Meaning of the code, in the language asked for.
    #[schema(example = "Không tìm thấy", max_length = 200, pattern = r"\S")]
    pub title: String,
    /// Fault of this request, in the language asked for.
    #[schema(example = "Không tìm thấy.", max_length = 1000, pattern = r"\S")]
    pub detail: String,
    /// The request's identity, as in `X-Request-Id` and in the server's log.
    #[schema(
        example = "3f2b8c1e9a7d4e60b5c4d3e2f1a09876",
        min_length = 1,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$"
    )]
    pub request_id: String,
    /// One entry per broken rule, in the order found; empty when the status says it all. Those of the rows of a batch
    /// stand in `batch`, each with its row.
    #[schema(max_items = 1000)]
    pub errors: Vec<ProblemError>,
    /// Outcome of the rows, when a batch was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchReport>,
}

/// Errors in one answer at most; those of the rows of a batch stand in its report.
const ERRORS: usize = 1000;

impl Problem {
    /// A problem, with the key of the text that tells the fault of this request: its code, and behind a dot the variant
    /// where one code has several texts.
    pub fn new(status: StatusCode, key: &'static str) -> Self {
        let message = Message::new(key);
        Self { status, code: code_of(key), message, errors: Vec::new(), batch: None, headers: Vec::new() }
    }

    /// The same problem with a named value in its text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &(impl ToArgument + ?Sized)) -> Self {
        self.message = self.message.with(name, value);
        self
    }

    /// The same problem, its text followed by another sentence.
    #[must_use]
    pub fn then(mut self, sentence: Message) -> Self {
        self.message = self.message.then(Some(sentence));
        self
    }

    /// The body, or another part of the request, cannot be read.
    pub fn malformed(key: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, key)
    }

    /// Rules are broken.
    pub fn invalid(errors: Vec<Violation>) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").with("count", &errors.len());
        problem.errors = errors;
        problem
    }

    /// Rows of a batch that must be written as a whole were refused.
    pub fn batch_rejected(report: BatchReport) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "batch_rejected").with_batch(report)
    }

    /// The same problem, with what became of the rows of a batch.
    #[must_use]
    pub fn with_batch(mut self, report: BatchReport) -> Self {
        self.batch = Some(Arc::new(report));
        self
    }

    /// There is no such thing, or the caller must not know of it.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// Nobody is logged in.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated")
            .with_header("www-authenticate", "Bearer realm=\"thidua\"")
    }

    /// The token is not valid.
    pub fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token")
            .with_header("www-authenticate", "Bearer realm=\"thidua\", error=\"invalid_token\"")
    }

    /// The role does not allow it.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden")
    }

    /// The password was set by somebody else, and its owner must change it first.
    pub fn password_must_be_changed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "password_must_be_changed")
    }

    /// The caller's rights are not what they were when the request came.
    pub fn rights_changed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "rights_changed")
    }

    /// A defect of this program; what it is stays in the server's log.
    pub fn internal(what: impl fmt::Display) -> Self {
        log::error!("internal error: {what}");
        Self::defect()
    }

    /// A defect, as callers see it.
    pub fn defect() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
    }

    /// The problem with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// The media type is not one of those taken.
    pub fn media_type(taken: &[&str]) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
            .with("types", &any_of(taken))
            .with_header("accept", &taken.join(", "))
    }

    /// The caller can read none of the media types an operation answers.
    pub fn not_acceptable(given: &[String]) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable").with("types", &any_of(given))
    }

    /// The caller has used up what a policy allows in a window of seconds.
    pub fn too_many_requests(policy: &str, most: u32, window: u32, retry_after: u32) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
            .with("most", &most)
            .with("window", &window)
            .with("policy", &policy)
            .with("retry_after", &retry_after)
            .with_header("retry-after", &retry_after.to_string())
    }

    /// The account has as many streams and waiting requests as it may have.
    pub fn too_many_streams() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams").with_header("retry-after", "15")
    }

    /// True when the server cannot serve the request right now.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.code, "unavailable" | "no_room")
    }

    /// Too many wrong tries to log in came before; how many seconds are left to wait.
    pub fn too_many_wrong_tries(retry_after: u32) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_wrong_tries")
            .with("retry_after", &retry_after)
            .with_header("retry-after", &retry_after.to_string())
    }

    /// The database cannot be reached or is overloaded.
    pub fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").with_header("retry-after", "2")
    }

    /// There is no room in memory for what was sent, or for its answer.
    pub fn no_room() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_room").with_header("retry-after", "5")
    }

    /// There is no room to store anything.
    pub fn storage_full() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage_full").with_header("retry-after", "30")
    }

    /// It is not known whether the write stands.
    pub fn outcome_unknown() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown").with_header("retry-after", "5")
    }

    /// The body in a language, for a request.
    pub fn body(&self, language: Language, request_id: &str) -> ProblemBody {
        let errors = self.errors.iter().take(ERRORS).map(|error| ProblemError::new(error, language));
        ProblemBody {
            kind: format!("/problems/{}", self.code),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            title: texts::explained(self.code, language).title.to_owned(),
            detail: texts::say(&self.message, language),
            request_id: request_id.to_owned(),
            errors: errors.collect(),
            batch: self.batch.as_deref().cloned(),
        }
    }

    /// The answer in a language, to a request.
    pub fn respond(&self, language: Language, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.insert_header(("content-language", language.choose("vi", "en")));
        response.insert_header((CONTENT_TYPE, MEDIA_TYPE));
        response.body(serde_json::to_string(&self.body(language, request_id)).unwrap_or_default())
    }

    /// The problem that stands for a bare error status of the framework.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::UNAUTHORIZED => Self::unauthenticated(),
            StatusCode::FORBIDDEN => Self::forbidden(),
            StatusCode::REQUEST_TIMEOUT => Self::too_slow(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::NOT_ACCEPTABLE => Self::not_acceptable(&["application/json".to_owned()]),
            status if status.is_client_error() => Self::malformed("malformed_request.request"),
            status => Self::internal(format!("bare status {status}")),
        }
    }

    /// The body takes longer to arrive than the server waits.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow").with_header("connection", "close")
    }

    /// The body takes longer in all than the server lets anybody send.
    pub fn took_too_long() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_took_too_long").with_header("connection", "close")
    }

    /// The body is packed in a way the server does not unpack.
    pub fn content_encoding() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_encoding")
            .with_header("accept-encoding", "gzip, deflate, identity")
    }

    /// The body is larger than the server takes.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large")
    }
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// A stand-in that carries the problem; the outermost middleware, which knows the language, renders it.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<Vec<Violation>> for Problem {
    fn from(errors: Vec<Violation>) -> Self {
        Self::invalid(errors)
    }
}

impl From<Violation> for Problem {
    fn from(error: Violation) -> Self {
        Self::invalid(vec![error])
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(errors) => Self::invalid(errors),
            Error::NotFound(resource) => Self::not_found_in(resource),
            Error::Conflict(violation) => {
                let mut problem = Self::new(StatusCode::CONFLICT, violation.code);
                problem.message = violation.message.clone();
                problem.errors = vec![violation];
                problem
            }
            Error::Lapsed(RightLapse::Gone) => Self::invalid_token(),
            Error::Lapsed(RightLapse::Changed) => Self::rights_changed(),
            Error::Unavailable(what) | Error::Contended(what) => {
                log::warn!("unavailable: {what}");
                Self::unavailable()
            }
            Error::Full(what) => {
                log::error!("no room left: {what}");
                Self::storage_full()
            }
            Error::Uncertain(what) => {
                log::error!("outcome unknown: {what}");
                Self::outcome_unknown()
            }
            Error::Internal(what) => Self::internal(what),
        }
    }
}

impl Problem {
    fn not_found_in(resource: Resource) -> Self {
        log::debug!("not found in {resource}");
        Self::not_found()
    }
}

/// Texts of which one is to be chosen.
fn any_of(texts: &[impl ToString]) -> Argument {
    Argument::AnyOf(texts.iter().map(ToString::to_string).collect())
}
