//! A code with its explanation, as the tables write it.

/// A stable code in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub name: &'static str,
    /// The place where callers meet it.
    pub place: Place,
    /// Its explanation in Vietnamese.
    pub vi: ProblemText,
    /// Its explanation in English.
    pub en: ProblemText,
}

/// The place where callers meet a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// As the code of a problem with this status; of a row in a batch also in the `errors`.
    Problem(u16),
    /// As the code of a problem with the status 409, and in its `errors`; of a rule that ties rows together also in the
    /// `errors` of a 422.
    Conflict,
    /// In the `errors` of a 422.
    Rule,
}

impl Place {
    /// The status of an answer with such a code.
    pub const fn status(self) -> u16 {
        match self {
            Self::Problem(status) => status,
            Self::Conflict => 409,
            Self::Rule => 422,
        }
    }
}

/// Explanation of a code in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemText {
    /// Title: a few words, the same at every occurrence.
    pub title: &'static str,
    /// The case in which it is answered.
    pub meaning: &'static str,
    /// The way to mend the request, or to go on.
    pub remedy: &'static str,
}

/// A code with its title, meaning and remedy.
pub(super) const fn code(name: &'static str, place: Place, vi: [&'static str; 3], en: [&'static str; 3]) -> Code {
    Code { name, place, vi: words(vi), en: words(en) }
}

const fn words([title, meaning, remedy]: [&'static str; 3]) -> ProblemText {
    ProblemText { title, meaning, remedy }
}
