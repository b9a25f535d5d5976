//! Refusals as an operator reads them: the place and the text, in English like all that the program prints.

use crate::texts::{Language, say};
use anyhow::{Error as Told, anyhow};
use thidua_domain::violation::Violation;
use thidua_persistence::Error;

/// A refused value in words.
pub(super) fn violation(violation: Violation) -> Told {
    anyhow!("{}", worded(&violation))
}

/// A refused or failed write in words.
pub(super) fn error(error: Error) -> Told {
    match &error {
        Error::Invalid(violations) => {
            anyhow!("invalid: {}", violations.iter().map(worded).collect::<Vec<_>>().join("; "))
        }
        Error::Conflict(violation) => anyhow!("conflict: {}", worded(violation)),
        _ => error.into(),
    }
}

fn worded(violation: &Violation) -> String {
    format!("{}: {}", violation.pointer, say(&violation.message, Language::English))
}
