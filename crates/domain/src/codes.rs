//! Every stable code a caller can meet, with all there is to say about it. Clients rely on codes, never on texts: a
//! code that has been published keeps its meaning.

mod code;
mod conflicts;
mod refusals;
mod rules;

pub use code::{Code, Place, ProblemText};

/// All codes: problems by status, then conflicts, then rules, each by name.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [refusals::TABLE, conflicts::TABLE, rules::TABLE].into_iter().flatten()
}

/// The code with a name.
pub fn find(name: &str) -> Option<&'static Code> {
    all().find(|code| code.name == name)
}
