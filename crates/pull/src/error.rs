//! Why a pull stops. Whatever it was: the file holds what it held after the last whole page.

use crate::wire::Problem;
use std::fmt;

/// Why a pull stops.
#[derive(Debug)]
pub enum Error {
    /// The settings cannot be right.
    Settings(String),
    /// The server cannot be reached or not be understood.
    Unreachable(String),
    /// The server refused: what was asked, the status and the reason.
    Refused(String, u16, Problem),
    /// What the server says contradicts itself, its signature, or what it said before.
    Untrue(String),
    /// The file cannot be used.
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
