//! What can go wrong between a request and the tables.

use std::fmt;
use thidua_domain::changes::Resource;
use thidua_domain::violation::Violation;

/// The result of anything that touches the database.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done. Nothing was stored.
#[derive(Debug)]
pub enum Error {
    /// The input breaks rules, all of them named.
    Invalid(Vec<Violation>),
    /// There is no such row, or the caller must not know of it.
    NotFound(Resource),
    /// The input is right by itself but does not fit what is stored.
    Conflict(Violation),
    /// The database cannot be reached or is overloaded; trying again may help.
    Unavailable(String),
    /// A defect: stored data that does not parse, or a statement that failed.
    Internal(String),
}

impl Error {
    /// A conflict with what is stored.
    pub fn conflict(pointer: &str, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Conflict(Violation::new(pointer, code, vi, en))
    }

    /// Another row has the key already.
    pub fn taken(pointer: &str, key: impl fmt::Display) -> Self {
        Self::conflict(
            pointer,
            "already_exists",
            format!("Đã có bản ghi với khóa {key}."),
            format!("A row with the key {key} exists already."),
        )
    }

    /// A defect.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => {
                let texts: Vec<_> = violations.iter().map(ToString::to_string).collect();
                write!(f, "invalid: {}", texts.join("; "))
            }
            Self::NotFound(resource) => write!(f, "not found in {resource}"),
            Self::Conflict(violation) => write!(f, "conflict: {violation}"),
            Self::Unavailable(what) => write!(f, "database unavailable: {what}"),
            Self::Internal(what) => write!(f, "internal: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

impl From<Vec<Violation>> for Error {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::DatabaseErrorKind as Kind;
        use diesel::result::Error as Diesel;
        match error {
            Diesel::DatabaseError(Kind::ForeignKeyViolation, _) => Self::conflict(
                "",
                "in_use",
                "Bản ghi đang được dữ liệu khác sử dụng nên không thể xóa.",
                "Other rows refer to this one, so it cannot be deleted.",
            ),
            Diesel::DatabaseError(Kind::UniqueViolation, _) => Self::conflict(
                "",
                "already_exists",
                "Đã có bản ghi với khóa này.",
                "A row with this key exists already.",
            ),
            Diesel::DatabaseError(Kind::ClosedConnection | Kind::SerializationFailure, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            Diesel::DatabaseError(_, info) if transient(info.message()) => Self::Unavailable(info.message().to_owned()),
            other => Self::Internal(other.to_string()),
        }
    }
}

fn transient(message: &str) -> bool {
    ["database is locked", "database is full", "disk I/O", "server closed", "terminating connection", "no connection"]
        .iter()
        .any(|part| message.contains(part))
}
