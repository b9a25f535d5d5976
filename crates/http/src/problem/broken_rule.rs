//! A broken rule, as a problem tells of it.

use super::negotiation::Language;
use crate::texts;
use serde::{Deserialize, Serialize};
use thidua_domain::violation::Violation;
use utoipa::ToSchema;

/// One broken rule.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemError {
    /// JSON pointer (RFC 6901) to the member of the body, or the name of the query parameter after a slash.
    #[schema(example = "/secret", max_length = 500, pattern = "^(/[^/]*)*$")]
    pub pointer: String,
    /// A stable code in snake case.
    #[schema(example = "secret_exceeds_total", max_length = 100, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// Remedy: what would be right, in the language asked for.
    #[schema(example = "Số văn bản mật không được lớn hơn tổng số văn bản.", max_length = 2000, pattern = r"\S")]
    pub detail: String,
}

impl ProblemError {
    /// A violation in a language.
    pub fn new(violation: &Violation, language: Language) -> Self {
        Self {
            pointer: brief(&violation.pointer),
            code: violation.code.to_owned(),
            detail: brief(&texts::say(&violation.message, language)),
        }
    }
}

/// A text without a caller's long value in the middle of it.
pub(crate) fn brief(text: &str) -> String {
    const EITHER_END: usize = 200;
    let length = text.chars().count();
    if length <= 2 * EITHER_END {
        return text.to_owned();
    }
    let start: String = text.chars().take(EITHER_END).collect();
    let end: String = text.chars().skip(length - EITHER_END).collect();
    format!("{start} … {end}")
}
