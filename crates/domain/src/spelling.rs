//! Spellings of codes. Codes that differ in case alone are one code: people cannot tell them apart where they hear or
//! type them, and one person must not count as two. All texts that are compared here are ASCII.

use crate::text::Code;
use crate::violation::Violation;

/// A code as it is compared: in lower case, as `lower` writes it in both engines.
pub fn folded(code: &str) -> String {
    code.to_ascii_lowercase()
}

/// True of two spellings of one code.
pub fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Code {
    /// The code, if another text spells it otherwise.
    pub fn unlike(&self, other: &str) -> Option<Self> {
        (self.as_str() != other).then(|| self.clone())
    }
}

/// The row that a code means, among rows in the order in which they were created: the one that is spelled so, or else the
/// first that is spelled otherwise. More than one are spelled alike only where they were created before that was refused.
pub fn meant<T>(code: &str, rows: impl IntoIterator<Item = T>, spelling: impl Fn(&T) -> &str) -> Option<T> {
    let mut first = None;
    for row in rows {
        let found = spelling(&row);
        if found == code {
            return Some(row);
        }
        if first.is_none() && is_same(found, code) {
            first = Some(row);
        }
    }
    first
}

/// Words that stand in addresses where codes do: a row with such a code could not be addressed.
pub const RESERVED_WORDS: [&str; 3] = ["batch", "resolve", "what-if"];

/// Refuses a code that is one of the [`RESERVED_WORDS`], in any spelling.
pub fn require_no_word(pointer: &str, code: &str) -> Result<(), Violation> {
    match RESERVED_WORDS.iter().find(|word| is_same(word, code)) {
        None => Ok(()),
        Some(word) => Err(Violation::new(pointer, "reserved_word").with("word", word)),
    }
}
