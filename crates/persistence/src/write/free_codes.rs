//! Codes of new and of renamed rows: no word of an address, and no other row's in any spelling.

use crate::error::{Error, Result};
use thidua_domain::spelling::{is_same, require_no_word};
use thidua_domain::text::Code;

/// The codes of a row before and after a write, and the member that says it.
pub(crate) struct Coding<'a> {
    /// The pointer to the member.
    pub(crate) pointer: &'static str,
    /// The code that the row has; none for a new one.
    pub(crate) before: Option<&'a Code>,
    /// The code that it is to have.
    pub(crate) after: &'a Code,
}

impl<'a> Coding<'a> {
    /// The codes of a row that has one in its member `code`.
    pub(crate) fn new(before: Option<&'a Code>, after: &'a Code) -> Self {
        Self { pointer: "/code", before, after }
    }

    /// True of a code that the row has not had in this spelling.
    pub(crate) fn is_new(&self) -> bool {
        self.before != Some(self.after)
    }

    /// Refuses a new code that is a reserved word, or that is among those of other rows, by which it is named. One that
    /// stays is never refused.
    pub(crate) fn require_free<T: AsRef<str>>(&self, others: impl IntoIterator<Item = T>) -> Result<()> {
        if !self.is_new() {
            return Ok(());
        }
        require_no_word(self.pointer, self.after)?;
        match others.into_iter().find(|other| is_same(other.as_ref(), self.after)) {
            None => Ok(()),
            Some(other) => Err(Error::taken(self.pointer, other.as_ref())),
        }
    }
}
