//! Errors of writes and reads.

use std::fmt;
use thidua_domain::log::changes::Resource;
use thidua_domain::violation::Violation;

/// The result of anything that touches the database.
pub type Result<T> = std::result::Result<T, Error>;

/// The reason why something was not done. Nothing was stored, unless it is uncertain.
#[derive(Debug)]
pub enum Error {
    /// The input breaks rules, all of them named.
    Invalid(Vec<Violation>),
    /// There is no such row, or the caller must not know of it.
    NotFound(Resource),
    /// The input is right by itself but does not fit what is stored.
    Conflict(Violation),
    /// The right by which it was asked for no longer holds.
    Lapsed(RightLapse),
    /// The database cannot be reached or is overloaded; trying again may help.
    Unavailable(String),
    /// Other transactions were in the way, in a deadlock for example; trying again helps.
    Contended(String),
    /// There is no room to store anything more.
    Full(String),
    /// The database was lost before it told whether the write was committed.
    Uncertain(String),
    /// A defect: stored data that does not parse, or a statement that failed.
    Internal(String),
}

/// The reason why a right no longer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightLapse {
    /// The credential is void, or its account is disabled.
    Gone,
    /// Role, agency or scopes are others now.
    Changed,
}

impl Error {
    /// Another row has the key already.
    pub fn taken(pointer: &str, key: impl fmt::Display) -> Self {
        Self::Conflict(Violation::new(pointer, "already_exists.key").with("key", &key.to_string()))
    }

    /// Other rows refer to it.
    pub fn in_use() -> Self {
        Self::Conflict(Violation::new("", "in_use"))
    }

    /// A refusal with all that another one tells as well; an error that is no refusal stays alone.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if !self.is_refusal() {
            return self;
        }
        if !other.is_refusal() {
            return other;
        }
        let mut violations = self.into_violations();
        for violation in other.into_violations() {
            if !violations.contains(&violation) {
                violations.push(violation);
            }
        }
        Self::Invalid(violations)
    }

    /// The faults that a refusal tells of a row.
    pub fn into_violations(self) -> Vec<Violation> {
        match self {
            Self::Invalid(violations) => violations,
            Self::Conflict(violation) => vec![violation],
            _ => vec![Violation::new("", "not_found.related_row")],
        }
    }

    /// A defect.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    /// True when the database failed and the input did not: no reason to refuse one row of many.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended(_) | Self::Full(_) | Self::Uncertain(_))
    }

    /// True for a refusal of one row for its content. Other errors are failures, which end everything that goes with
    /// the row.
    pub fn is_refusal(&self) -> bool {
        !self.is_outage() && !matches!(self, Self::Internal(_))
    }

    /// The error for each of several writes that failed together.
    pub(crate) fn to_all(&self) -> Self {
        match self {
            Self::Full(what) => Self::Full(what.clone()),
            Self::Uncertain(what) => Self::Uncertain(what.clone()),
            Self::Contended(what) => Self::Contended(what.clone()),
            _ => Self::Unavailable("the database did not take the write".to_owned()),
        }
    }
}

/// Both checks, or all that either refuses.
pub(crate) fn both<E: Into<Error>, F: Into<Error>>(
    one: std::result::Result<(), E>,
    other: std::result::Result<(), F>,
) -> Result<()> {
    match (one, other) {
        (Err(one), Err(other)) => Err(one.into().and(other.into())),
        (one, other) => one.map_err(Into::into).and(other.map_err(Into::into)),
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
            Self::Lapsed(lapse) => write!(f, "the right holds no more: {lapse:?}"),
            Self::Unavailable(what) => write!(f, "database unavailable: {what}"),
            Self::Contended(what) => write!(f, "others were in the way: {what}"),
            Self::Full(what) => write!(f, "no room to store anything: {what}"),
            Self::Uncertain(what) => write!(f, "it is uncertain whether the write stands: {what}"),
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
            Diesel::DatabaseError(Kind::ForeignKeyViolation, _) => Self::in_use(),
            Diesel::DatabaseError(Kind::UniqueViolation, _) => Self::Conflict(Violation::new("", "already_exists")),
            Diesel::DatabaseError(Kind::SerializationFailure, info) => Self::Contended(info.message().to_owned()),
            Diesel::DatabaseError(
                Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction,
                info,
            ) => Self::Unavailable(info.message().to_owned()),
            Diesel::DatabaseError(_, info) if says(info.message(), CONTENDED) => {
                Self::Contended(info.message().to_owned())
            }
            Diesel::DatabaseError(_, info) if says(info.message(), FULL) => Self::Full(info.message().to_owned()),
            Diesel::DatabaseError(_, info) if says(info.message(), UNAVAILABLE) => {
                Self::Unavailable(info.message().to_owned())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

/// Messages of the engines for transactions that are in each other's way.
const CONTENDED: &[&str] = &["deadlock detected", "could not serialize"];
/// Messages of the engines for a full disk.
const FULL: &[&str] = &["disk is full", "No space left on device"];
/// Messages of the engines for an outage.
const UNAVAILABLE: &[&str] = &[
    "database is locked",
    "database table is locked",
    "disk I/O",
    "unable to open database file",
    "readonly database",
    "lock timeout",
    "server closed",
    "terminating connection",
    "no connection",
    "connection to",
    "could not receive data",
    "could not send data",
    "during recovery",
];

fn says(message: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| message.contains(part))
}
