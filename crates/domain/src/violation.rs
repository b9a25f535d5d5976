//! Violations: faults of an input, with all by which its sender can mend it.

use crate::message::{Message, ToArgument};
use std::fmt;

/// A broken rule: the place, the code of the rule, and the right form as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the member, `""` for the whole document.
    pub pointer: String,
    /// A stable code in snake case.
    pub code: &'static str,
    /// The right form.
    pub message: Message,
}

impl Violation {
    /// A violation at a pointer such as `/secret`. The key of its text is its code; where one code has several texts, a
    /// dot and the variant follow (`unknown_seq.restored`).
    pub fn new(pointer: impl Into<String>, key: &'static str) -> Self {
        Self { pointer: pointer.into(), code: code_of(key), message: Message::new(key) }
    }

    /// The same violation with a named value in its text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &(impl ToArgument + ?Sized)) -> Self {
        self.message = self.message.with(name, value);
        self
    }

    /// The same violation, its text followed by another sentence if there is one.
    #[must_use]
    pub fn then(mut self, sentence: Option<Message>) -> Self {
        self.message = self.message.then(sentence);
        self
    }

    /// The same violation seen from the document that holds the member, e.g. `/phases/0` + `/code`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// The code that a text's key begins with.
pub fn code_of(key: &'static str) -> &'static str {
    key.split_once('.').map_or(key, |(code, _)| code)
}

/// For logs; callers are told the text.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
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
