//! Errors that stop a pull. The file then holds everything up to the last whole page.

use crate::wire::Problem;
use std::fmt;

/// An error that stops a pull.
#[derive(Debug)]
pub enum Error {
    /// Settings that cannot be right.
    Settings(String),
    /// No answer from the server.
    Unreachable(String),
    /// A refusal by the server: the path asked for, the status and the problem.
    Refused(String, u16, Problem),
    /// An answer that contradicts itself, its signature, or an answer before.
    Untrue(String),
    /// A file that cannot be used.
    File(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(what) => write!(formatter, "{what}"),
            Self::Unreachable(what) => write!(formatter, "no answer: {what}"),
            Self::Refused(asked, status, problem) => write!(formatter, "{asked}: refused with {status}: {problem}"),
            Self::Untrue(what) => write!(formatter, "verification failed: {what}"),
            Self::File(what) => write!(formatter, "the file: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::File(error.to_string())
    }
}
