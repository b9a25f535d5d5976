//! Violations: faults of an input, in words by which its sender can mend it.

use serde::Serialize;
use std::fmt;

/// A broken rule: the place, the code of the rule, and the right form in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the member, `""` for the whole document.
    pub pointer: String,
    /// A stable code in snake case.
    pub code: &'static str,
    /// The right form, in Vietnamese.
    pub vi: String,
    /// The right form, in English.
    pub en: String,
}

impl Violation {
    /// A violation at a pointer such as `/secret`.
    pub fn new(pointer: impl Into<String>, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, vi: vi.into(), en: en.into() }
    }

    /// The same violation seen from the document that holds the member, e.g. `/phases/0` + `/code`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.en)
    }
}

impl std::error::Error for Violation {}

/// Collects every violation of a document instead of stopping at the first.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Takes the value, or notes its violation.
    pub fn take<T>(&mut self, parsed: Result<T, Violation>) -> Option<T> {
        parsed.map_err(|violation| self.0.push(violation)).ok()
    }

    /// Notes a violation unless the rule holds.
    pub fn require(&mut self, holds: bool, otherwise: impl FnOnce() -> Violation) {
        if !holds {
            self.0.push(otherwise());
        }
    }

    /// The value when nothing was wrong; all violations, in the order found, otherwise.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Violation>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}
