//! One error type becomes one `application/problem+json` (RFC 9457), in Vietnamese or English as the caller prefers.

pub mod batch_report;
pub mod broken_rule;
pub mod negotiation;

pub use broken_rule::ProblemError;
pub use negotiation::Language;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use batch_report::BatchReport;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use thidua_domain::codes;
use thidua_domain::log::changes::Resource;
use thidua_domain::violation::Violation;
use thidua_persistence::{Error, Lapse};
use utoipa::ToSchema;

/// The media type of every error answer.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Reason why a request was refused. Nothing was changed, unless its outcome is unknown.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    vi: String,
    en: String,
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
    /// One entry per broken rule, in the order found; empty when the status says it all.
    #[schema(max_items = 1000)]
    pub errors: Vec<ProblemError>,
    /// Outcome of the rows, when a batch was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchReport>,
}

/// Errors in one answer at most; a batch tells more, row by row.
const ERRORS: usize = 1000;

impl Problem {
    /// A problem, with the fault of this request in both languages. The meaning of its code stands in [`codes`].
    pub fn new(status: StatusCode, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { status, code, vi: vi.into(), en: en.into(), errors: Vec::new(), batch: None, headers: Vec::new() }
    }

    /// The body cannot be read as JSON.
    pub fn malformed(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", vi, en)
    }

    /// Rules are broken.
    pub fn invalid(errors: Vec<Violation>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            format!("Dữ liệu gửi lên có {} chỗ chưa đúng; xem errors.", errors.len()),
            format!("Rules broken by the input: {}; see errors.", errors.len()),
        );
        problem.errors = errors;
        problem
    }

    /// Rows of a batch that must be written as a whole were refused.
    pub fn batch_rejected(report: BatchReport) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "batch_rejected",
            "Có dòng chưa đúng nên không dòng nào được ghi; hãy sửa các dòng nêu trong batch.rejections.",
            "Rows were refused, so none was written; mend those named in batch.rejections.",
        );
        problem.batch = Some(Arc::new(report));
        problem
    }

    /// There is no such thing, or the caller must not know of it.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Không tìm thấy.", "Not found.")
    }

    /// Nobody is logged in.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Cần đăng nhập: gửi tiêu đề Authorization: Bearer <access_token>.",
            "Log in first: send the header Authorization: Bearer <access_token>.",
        )
        .with_header("www-authenticate", "Bearer realm=\"thidua\"")
    }

    /// The token is not valid.
    pub fn invalid_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "Mã truy cập hoặc khóa API không hợp lệ hoặc đã hết hạn; hãy đăng nhập lại.",
            "The token or API key is not valid or has run out; log in again.",
        )
        .with_header("www-authenticate", "Bearer realm=\"thidua\", error=\"invalid_token\"")
    }

    /// The role does not allow it.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Tài khoản không có quyền thực hiện thao tác này.",
            "Your account may not do this.",
        )
    }

    /// The caller's rights are not what they were when the request came.
    pub fn rights_changed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "rights_changed",
            "Quyền của tài khoản đã thay đổi trong khi yêu cầu đang được thực hiện; hãy gửi lại yêu cầu.",
            "The rights of your account changed while the request was under way; send it again.",
        )
    }

    /// A defect of this program; what it is stays in the server's log.
    pub fn internal(what: impl fmt::Display) -> Self {
        log::error!("internal error: {what}");
        Self::defect()
    }

    /// A defect, as callers see it.
    pub fn defect() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Hệ thống gặp lỗi; yêu cầu chưa được thực hiện.",
            "The system failed; the request was not carried out.",
        )
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
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("Content-Type phải là {}.", taken.join(" hoặc ")),
            format!("The Content-Type must be {}.", taken.join(" or ")),
        )
        .with_header("accept", &taken.join(", "))
    }

    /// The caller can read none of the media types an operation answers.
    pub fn not_acceptable(given: &[String]) -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            format!(
                "Không trả lời được theo tiêu đề Accept hoặc Accept-Encoding đã gửi; nội dung trả về là {}.",
                given.join(" hoặc ")
            ),
            format!("No answer fits the Accept or Accept-Encoding sent; what can be sent is {}.", given.join(" or ")),
        )
    }

    /// The caller has used up what a policy allows in a window of seconds.
    pub fn too_many_requests(policy: &str, most: u32, window: u32, retry_after: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            format!(
                "Đã vượt giới hạn {most} yêu cầu trong {window} giây ({policy}); hãy thử lại sau {retry_after} giây."
            ),
            format!("More than {most} requests in {window} seconds ({policy}); try again in {retry_after} seconds."),
        )
        .with_header("retry-after", &retry_after.to_string())
    }

    /// The account has as many streams and waiting requests as it may have.
    pub fn too_many_streams() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_streams",
            "Tài khoản đang mở quá nhiều luồng thay đổi hoặc yêu cầu chờ thay đổi; hãy đóng bớt, hoặc dùng chung một luồng.",
            "The account has too many streams of changes, or requests that wait for changes; close some, or share one.",
        )
        .with_header("retry-after", "15")
    }

    /// True when the server cannot serve the request right now.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.code, "unavailable" | "no_room")
    }

    /// Too many wrong tries to log in came before; how many seconds are left to wait.
    pub fn too_many_wrong_tries(retry_after: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_wrong_tries",
            format!("Đã đăng nhập sai nhiều lần; hãy thử lại sau {retry_after} giây."),
            format!("Too many wrong tries to log in; try again in {retry_after} seconds."),
        )
        .with_header("retry-after", &retry_after.to_string())
    }

    /// The database cannot be reached or is overloaded.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Hệ thống tạm thời chưa phục vụ được; hãy thử lại sau ít giây.",
            "The system cannot serve this right now; try again in a few seconds.",
        )
        .with_header("retry-after", "2")
    }

    /// There is no room in memory for what was sent, or for its answer.
    pub fn no_room() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "no_room",
            "Máy chủ đang xử lý nhiều dữ liệu lớn nên chưa còn bộ nhớ cho yêu cầu này; hãy thử lại sau ít giây.",
            "The server is at work on much data and has no memory left for this request; try again in a few seconds.",
        )
        .with_header("retry-after", "5")
    }

    /// There is no room to store anything.
    pub fn storage_full() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage_full",
            "Máy chủ đã hết chỗ lưu trữ nên chưa ghi được; việc đọc vẫn bình thường.",
            "The server has no room left, so nothing was stored; reading goes on.",
        )
        .with_header("retry-after", "30")
    }

    /// It is not known whether the write stands.
    pub fn outcome_unknown() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "outcome_unknown",
            "Mất kết nối với cơ sở dữ liệu trong lúc ghi nên chưa rõ đã ghi hay chưa; hãy gửi lại với cùng Idempotency-Key, hoặc đọc lại trước khi gửi lại.",
            "The database was gone while the change was stored, which may stand or not; send it again with the same Idempotency-Key, or read before you send it again.",
        )
        .with_header("retry-after", "5")
    }

    /// The body in a language, for a request.
    pub fn body(&self, language: Language, request_id: &str) -> ProblemBody {
        let own = self.errors.iter().map(|error| ProblemError::new(error, language));
        let of_rows = self.batch.iter().flat_map(|batch| batch.errors()).cloned();
        let errors = own.chain(of_rows).take(ERRORS);
        ProblemBody {
            kind: format!("/problems/{}", self.code),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            title: self.title(language).to_owned(),
            detail: language.choose(&self.vi, &self.en).to_owned(),
            request_id: request_id.to_owned(),
            errors: errors.collect(),
            batch: self.batch.as_deref().cloned(),
        }
    }

    fn title(&self, language: Language) -> &'static str {
        let words = codes::find(self.code).map(|code| match language {
            Language::Vietnamese => code.vi,
            Language::English => code.en,
        });
        words.map_or(self.code, |words| words.title)
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
            status if status.is_client_error() => {
                Self::malformed("Yêu cầu không đọc được.", "The request cannot be read.")
            }
            status => Self::internal(format!("bare status {status}")),
        }
    }

    /// The body takes longer to arrive than the server waits.
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "Nội dung gửi lên đến quá chậm.",
            "The body arrives too slowly.",
        )
        .with_header("connection", "close")
    }

    /// The body takes longer in all than the server lets anybody send.
    pub fn took_too_long() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_took_too_long",
            "Nội dung gửi lên đến quá lâu so với thời gian tối đa của một yêu cầu.",
            "The body took longer to arrive than any request may.",
        )
        .with_header("connection", "close")
    }

    /// The body is packed in a way the server does not unpack.
    pub fn content_encoding() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_encoding",
            "Content-Encoding phải là gzip, deflate hoặc identity.",
            "The Content-Encoding must be gzip, deflate or identity.",
        )
        .with_header("accept-encoding", "gzip, deflate, identity")
    }

    /// The body is larger than the server takes.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            "Nội dung gửi lên quá lớn.",
            "The body is too large.",
        )
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
                let mut problem =
                    Self::new(StatusCode::CONFLICT, violation.code, violation.vi.clone(), violation.en.clone());
                problem.errors = vec![violation];
                problem
            }
            Error::Lapsed(Lapse::Gone) => Self::invalid_token(),
            Error::Lapsed(Lapse::Changed) => Self::rights_changed(),
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
