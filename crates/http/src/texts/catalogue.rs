//! A language's catalogue: texts by key, read from a PO file.

use polib::catalog::Catalog;
use polib::po_file::{self, POParseError};
use std::collections::BTreeMap;

/// The texts of a language by key, each in its plural forms (one, where it has no number).
#[derive(Debug, Default)]
pub struct Catalogue {
    texts: BTreeMap<String, Vec<String>>,
    plural: Plural,
}

/// A language's rule for the form that goes with a number, by gettext's expression for it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Plural {
    /// One form for every number: `plural=0`.
    #[default]
    One,
    /// One for 1 and one for all others: `plural=(n != 1)`.
    OneAndMore,
}

/// Reads a PO file.
///
/// # Errors
///
/// Fails when the text is no PO file.
pub fn parsed(text: &str) -> Result<Catalog, POParseError> {
    po_file::parse_from_reader(text.as_bytes())
}

impl Catalogue {
    /// The catalogue in a PO file. It is part of the program, so a test reads it first: what cannot be read is logged,
    /// and its keys stand for its texts.
    pub fn read(text: &str) -> Self {
        parsed(text).map(|catalogue| Self::of(&catalogue)).unwrap_or_else(|error| {
            log::error!("a catalogue of texts cannot be read: {error}");
            Self::default()
        })
    }

    fn of(catalogue: &Catalog) -> Self {
        let plural = match catalogue.metadata.plural_rules.expr.as_str() {
            "(n != 1)" => Plural::OneAndMore,
            _ => Plural::One,
        };
        let texts = catalogue.messages().filter(|message| message.is_translated() && !message.is_fuzzy());
        let texts = texts.filter_map(|message| {
            let forms = match message.msgstr_plural() {
                Ok(forms) => forms.clone(),
                Err(_) => vec![message.msgstr().ok()?.to_owned()],
            };
            Some((message.msgid().to_owned(), forms))
        });
        Self { texts: texts.collect(), plural }
    }

    /// The text with a key, in the form that goes with a number.
    pub fn text(&self, key: &str, count: Option<i128>) -> Option<&str> {
        let form = match (self.plural, count) {
            (Plural::OneAndMore, Some(count)) if count != 1 => 1,
            _ => 0,
        };
        let forms = self.texts.get(key)?;
        forms.get(form).or(forms.first()).map(String::as_str)
    }

    /// Every key with its forms, in the order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.texts.iter().map(|(key, forms)| (key.as_str(), forms.as_slice()))
    }

    /// The number of plural forms.
    pub fn plural_forms(&self) -> usize {
        match self.plural {
            Plural::One => 1,
            Plural::OneAndMore => 2,
        }
    }
}
