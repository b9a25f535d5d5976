//! Texts in the language of their reader. The words stand in `locales`, one catalogue (GNU gettext) per language; here
//! is the one place that fills them in.

mod catalogue;
pub mod language;
mod numbers;

pub use catalogue::{Catalogue, parsed};
pub use language::Language;

use std::sync::LazyLock;
use thidua_domain::message::{Argument, Message};
use thidua_domain::time::written;

static VIETNAMESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("../../../../locales/vi.po")));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("../../../../locales/en.po")));

/// The catalogue of a language.
pub fn catalogue(language: Language) -> &'static Catalogue {
    match language {
        Language::Vietnamese => &VIETNAMESE,
        Language::English => &ENGLISH,
    }
}

/// A message in a language. A key without a text, which a test finds, stands for itself.
pub fn say(message: &Message, language: Language) -> String {
    let count = match message.argument("count") {
        Some(Argument::Number(count)) => Some(*count),
        _ => None,
    };
    let template = catalogue(language).text(message.key(), count).unwrap_or(message.key());
    let mut text = filled(template, message, language);
    for sentence in message.following() {
        text.push(' ');
        text.push_str(&say(sentence, language));
    }
    text
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

/// The explanation of a code.
pub fn explained(code: &'static str, language: Language) -> ProblemText {
    let part = |part: &str| catalogue(language).text(&format!("{code}#{part}"), None).unwrap_or(code);
    ProblemText { title: part("title"), meaning: part("meaning"), remedy: part("remedy") }
}

/// A template with its places filled in. A place without a value stays as it is: a test finds it.
fn filled(template: &str, message: &Message, language: Language) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, place)) = rest.split_once('{') {
        text.push_str(before);
        let known = place.split_once('}').and_then(|(name, after)| Some((message.argument(name)?, after)));
        rest = match known {
            Some((value, after)) => {
                text.push_str(&in_language(value, language));
                after
            }
            None => {
                text.push('{');
                place
            }
        };
    }
    text.push_str(rest);
    text
}

/// A value as a language writes it.
fn in_language(value: &Argument, language: Language) -> String {
    match value {
        Argument::Text(text) => text.clone(),
        Argument::Number(number) => numbers::whole(*number, language),
        Argument::Decimal { units, places } => numbers::decimal(*units, *places, language),
        Argument::Date(day) if language == Language::Vietnamese => written((*day).into()),
        Argument::Date(day) => day.to_string(),
        Argument::Name { vi, en } => language.choose(vi, en).to_owned(),
        Argument::Message(message) => say(message, language),
        Argument::AnyOf(texts) => {
            let or = catalogue(language).text("phrase.or", None).unwrap_or_default();
            texts.join(&format!(" {or} "))
        }
        Argument::Each(messages) => {
            messages.iter().map(|message| say(message, language)).collect::<Vec<_>>().join("; ")
        }
    }
}
