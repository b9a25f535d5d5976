//! The server's answers, as far as a puller needs them. Unknown members are ignored, so that a newer server can say
//! more.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A part of the change log: `GET /api/v1/changes`.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// The position asked for.
    pub after: i64,
    /// The position to go on after.
    pub last: i64,
    /// The end of the log.
    pub head: i64,
    /// The hash of the change at `after`.
    pub previous_hash: String,
    /// SHA-256 over the items' hashes and cells.
    pub digest: String,
    /// One item for every position.
    pub items: Vec<Change>,
}

/// A change as this reader may see it.
#[derive(Debug, Deserialize)]
pub struct Change {
    /// Its position.
    pub seq: i64,
    /// The part of it that this reader sees.
    pub sight: Sight,
    /// The form of its hash. A server that does not name it knows the first form only.
    #[serde(default = "first_form")]
    pub form: i64,
    /// Its hash, which covers the hash before.
    pub hash: String,
    /// Random bits within the hash, in the second form.
    pub nonce: Option<String>,
    /// Time it was made, in microseconds since 1970-01-01T00:00:00Z.
    pub at_micros: Option<i64>,
    /// Its author.
    pub actor: Option<Actor>,
    /// The resource whose row was changed.
    pub resource: Option<String>,
    /// Identity of the row.
    pub id: Option<i64>,
    /// The operation on the row.
    pub operation: Option<String>,
    /// The row before, as the text that is hashed.
    pub before: Option<String>,
    /// The row after, as the text that is hashed.
    pub after: Option<String>,
    /// The reason, when one was given.
    pub reason: Option<String>,
    /// The new values of cells.
    pub cells: Vec<Cell>,
}

fn first_form() -> i64 {
    1
}

/// The part of a change that a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sight {
    /// All of it.
    Whole,
    /// Only that a row is out of this reader's sight from now on.
    Gone,
    /// Only that there is a change.
    Hidden,
}

/// The author of a change.
#[derive(Debug, Deserialize)]
pub struct Actor {
    /// `person`, `machine` or `system`.
    pub kind: String,
    /// The account's identity.
    pub id: i64,
}

/// The part of all figures that an agency itself has of an indicator in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Identity of the indicator.
    pub indicator: i64,
    /// Identity of the agency.
    pub agency: i64,
    /// Identity of the calendar.
    pub calendar: i64,
    /// The month, as `2026-10`.
    pub month: String,
    /// The numerator.
    pub numerator: i64,
    /// The denominator.
    pub denominator: i64,
    /// Number of reports behind it.
    pub reports: i64,
}

/// A signed position of the log: `GET /api/v1/audit/checkpoints`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The position.
    pub seq: i64,
    /// The hash of the change there.
    pub hash: String,
    /// Time that change was made.
    pub at: String,
    /// The three other members, signed.
    pub jws: String,
}

/// The payload that a checkpoint's signature covers.
#[derive(Debug, Deserialize)]
pub struct Statement {
    /// The position.
    pub seq: i64,
    /// The hash of the change there.
    pub hash: String,
    /// Time that change was made.
    pub at: String,
}

/// Digest of the cells of an indicator, a calendar and a month.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Digest {
    /// Identity of the indicator.
    pub indicator: i64,
    /// Identity of the calendar.
    pub calendar: i64,
    /// The month.
    pub month: String,
    /// SHA-256 over the cells' lines.
    pub digest: String,
}

/// `POST /api/v1/changes/reconcile`: the differences.
#[derive(Debug, Deserialize)]
pub struct Reconciliation {
    /// The position compared at.
    pub seq: i64,
    /// Groups of cells that differ, as they are on the server.
    pub differing: Vec<Difference>,
}

/// The cells of an indicator, a calendar and a month as they are on the server.
#[derive(Debug, Deserialize)]
pub struct Difference {
    /// Identity of the indicator.
    pub indicator: i64,
    /// Identity of the calendar.
    pub calendar: i64,
    /// The month.
    pub month: String,
    /// SHA-256 over the cells' lines.
    pub digest: String,
    /// The cells; none when the server has none.
    pub cells: Vec<Cell>,
}

/// `POST /api/v1/changes/receipts`: the receipt as stored.
#[derive(Debug, Deserialize)]
pub struct Receipt {
    /// The position acknowledged.
    pub seq: i64,
    /// Number of changes beyond it.
    pub behind: i64,
}

/// `GET /api/v1/me`: the account that reads.
#[derive(Debug, Deserialize)]
pub struct Me {
    /// The user name.
    pub username: String,
    /// The user's role.
    pub role: String,
    /// The agency whose subtree bounds it.
    pub agency: Option<String>,
}

/// `POST /api/v1/auth/login`: the token.
#[derive(Deserialize)]
pub struct Token {
    /// The token.
    pub access_token: String,
}

/// Members that a puller reads of a provincial report; the rest is kept as it came.
#[derive(Debug, Deserialize)]
pub struct ReportHead {
    /// The change it reflects.
    pub seq: i64,
    /// The period.
    pub period: String,
}

/// A refusal (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// A stable code.
    pub code: String,
    /// Explanation of what is wrong this time.
    pub detail: String,
    /// Identity of the request, by which the server's log names it.
    pub request_id: String,
    /// One entry per broken rule.
    pub errors: Vec<ProblemError>,
}

/// A broken rule.
#[derive(Debug, Deserialize)]
pub struct ProblemError {
    /// The member or parameter that breaks it, as a JSON pointer.
    pub pointer: String,
    /// A stable code.
    pub code: String,
    /// Explanation, with what would be right.
    pub detail: String,
}

impl Sight {
    /// The spelling in the API and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Gone => "gone",
            Self::Hidden => "hidden",
        }
    }
}

impl Cell {
    /// True for a cell with nothing in it, which counts as absent.
    pub fn is_empty(&self) -> bool {
        (self.numerator, self.denominator, self.reports) == (0, 0, 0)
    }
}

impl Problem {
    /// True when a parameter or member was refused with a code.
    pub fn says(&self, pointer: &str, code: &str) -> bool {
        self.errors.iter().any(|error| error.pointer == pointer && error.code == code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() {
            return write!(formatter, "the answer does not say why");
        }
        write!(formatter, "{} ({}", self.detail, self.code)?;
        if !self.request_id.is_empty() {
            write!(formatter, ", request {}", self.request_id)?;
        }
        write!(formatter, ")")?;
        for error in &self.errors {
            write!(formatter, "; {} {}: {}", error.pointer, error.code, error.detail)?;
        }
        Ok(())
    }
}
