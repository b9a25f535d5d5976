//! Texts that parse: trimmed, Unicode NFC, bounded, and free of control characters.

mod parsed;
mod unreadable;

pub use parsed::parsed;
use unreadable::control_character;
pub use unreadable::unreadable;

use crate::violation::Violation;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::ops::Deref;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Shape of a kind of text: a regular expression (ECMA-262) and the limits of its length in characters.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The least length.
    pub min_length: usize,
    /// The greatest length.
    pub max_length: usize,
    /// The regular expression of the whole text.
    pub pattern: &'static str,
}

/// A kind of text: a type that every text of its shape, and no other, is parsed into.
pub trait TextKind {
    /// Name of the type.
    const NAME: &'static str;
    /// Name of the kind in the contract (`format`).
    const FORMAT: &'static str;
    /// Shape of the texts that are taken, as the contract says it.
    const SHAPE: Shape;

    /// The fault for which a text at `pointer` is not of the kind.
    fn fault(pointer: &str, text: &str) -> Option<Violation>;
}

/// Makes a type a kind of text, and a schema of the contract, by the function that parses its texts.
macro_rules! text_kind {
    ($name:ident, $format:literal, $shape:expr, $parse:expr) => {
        impl $crate::text::TextKind for $name {
            const NAME: &'static str = stringify!($name);
            const FORMAT: &'static str = $format;
            const SHAPE: $crate::text::Shape = $shape;

            fn fault(pointer: &str, text: &str) -> Option<$crate::violation::Violation> {
                $parse(pointer, text).err()
            }
        }

        $crate::schema!($name, {
            let $crate::text::Shape { min_length, max_length, pattern } = <$name as $crate::text::TextKind>::SHAPE;
            $crate::schema::text($format, min_length, max_length, pattern)
        });
    };
}
pub(crate) use text_kind;

/// A value that is kept as one text.
pub trait OneText: Sized {
    /// The text.
    fn to_text(&self) -> String;

    /// The value that is kept as a text, if there is one.
    fn from_text(text: &str) -> Option<Self>;
}

/// Implements [`OneText`] for structures of numbers and texts, which always have a JSON form.
macro_rules! json_text {
    ($type:ty) => {
        impl $crate::text::OneText for $type {
            fn to_text(&self) -> String {
                serde_json::to_string(self).unwrap_or_default()
            }

            fn from_text(text: &str) -> Option<Self> {
                serde_json::from_str(text).ok()
            }
        }
    };
}
pub(crate) use json_text;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $format:literal: $check:ident, $min:literal to $max:literal, $pattern:expr;)*) => {$(
        $(#[$doc])*
        /// The default, an empty text, stands for that of a row which is not there.
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Parses, naming `pointer` in the violation.
            pub fn parse(pointer: &str, text: &str) -> Result<Self, Violation> {
                $check(pointer, text, $max).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::message::same_everywhere!($name);
        text_kind!($name, $format, Shape { min_length: $min, max_length: $max, pattern: $pattern }, Self::parse);

        impl OneText for $name {
            fn to_text(&self) -> String {
                self.0.clone()
            }

            fn from_text(text: &str) -> Option<Self> {
                Self::parse("", text).ok()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer, |text| Self::parse("", text))
            }
        }
    )*};
}

texts! {
    /// A short code people type: `CT1`, `NV-0042`, `nd09`. Letters, digits, `.`, `_`, `-`; at most 50.
    Code, "code": code, 1 to 50, r"^[A-Za-z0-9][A-Za-z0-9._-]*$";
    /// An agency identifier (mã định danh, QĐ 20/2020 amended by QĐ 09/2025): dot-separated, at most 35, e.g. `H18.20`.
    AgencyIdentifier, "agency-identifier": agency_identifier, 1 to 35, r"^[A-Z0-9]+(\.[A-Z0-9]+)*$";
    /// An area code: a province (2 digits) or a commune (5 digits).
    AreaCode, "area-code": area_code, 2 to 5, r"^([0-9]{2}|[0-9]{5})$";
    /// The name of a member that is sent out: Latin letters, digits, `_`, `-`; dots nest it, five levels at most.
    OutputName, "output-name": output_name, 1 to 200, OUTPUT_NAME;
    /// The path of a value in a report: `name_vi`, `window.from`.
    SourcePath, "source-path": source_path, 1 to 100, r"^[a-z_]+(\.[a-z_]+)*$";
    /// The subject of an issuer's token (`sub`): visible ASCII, at most 255, told apart by case (OpenID Connect Core
    /// 1.0, section 2).
    IssuerSubject, "issuer-subject": issuer_subject, 1 to 255, r"^[!-~]+$";
    /// SHA-256 in lower-case hexadecimal.
    Digest, "sha-256": digest, 64 to 64, "^[0-9a-f]{64}$";
    /// A name on one line, at most 300 characters.
    Name, "name": line, 1 to 300, LINE;
    /// A reference on one line (a document number, an address of evidence), at most 500 characters.
    Reference, "reference": line, 1 to 500, LINE;
    /// A text of several lines, at most 4000 characters.
    Prose, "text": prose, 1 to 4000, PROSE;
}

/// One line in which something can be seen, without control characters and those of [`unreadable`] (of the first 65,536
/// code points: regular expressions spell those beyond in several ways); white space around it is dropped.
const LINE: &str = concat!(
    r"^\s*([\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f",
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb][\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5",
    r"\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb ",
    r"\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*)?[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5",
    r"\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb",
    r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff][^\x00-\x1f\x7f-\x9f\u2028-\u202e",
    r"\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]*\s*$",
);

/// As [`LINE`], with tabs and line ends.
const PROSE: &str = concat!(
    r"^\s*([\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f",
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb][\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5",
    r"\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb ",
    r"\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\n\r]*)?[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5",
    r"\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb",
    r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff][^\x00-\x08\x0b\x0c\x0e-\x1f",
    r"\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]*\s*$",
);

/// Names that JSON libraries of every language can make a member of.
const OUTPUT_NAME: &str = r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*){0,4}$";

fn output_name(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    let text = line(pointer, text, max)?;
    let fits = |name: &str| {
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        starts && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    if text.split('.').count() <= 5 && text.split('.').all(fits) {
        return Ok(text);
    }
    Err(Violation::new(pointer, "invalid_output_name"))
}

fn digest(pointer: &str, text: &str, length: usize) -> Result<String, Violation> {
    if text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(text.to_owned());
    }
    Err(Violation::new(pointer, "invalid_hash"))
}

fn issuer_subject(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    if (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err(Violation::new(pointer, "invalid_subject").with("max", &max))
}

fn source_path(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    let text = line(pointer, text, max)?;
    if text.split('.').all(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        return Ok(text);
    }
    Err(Violation::new(pointer, "invalid_source_path"))
}

fn code(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    let ok = (1..=max).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && text.as_bytes()[0].is_ascii_alphanumeric();
    if ok {
        return Ok(text.to_owned());
    }
    Err(Violation::new(pointer, "invalid_code").with("max", &max))
}

fn agency_identifier(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    let ok = (1..=max).contains(&text.len())
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    if ok {
        return Ok(text.to_owned());
    }
    Err(Violation::new(pointer, "invalid_agency_identifier").with("max", &max))
}

fn area_code(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    if (text.len() == 2 || text.len() == max) && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(Violation::new(pointer, "invalid_area_code"))
}

fn line(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    bounded(pointer, text, max, |c| c.is_control())
}

fn prose(pointer: &str, text: &str, max: usize) -> Result<String, Violation> {
    bounded(pointer, text, max, |c| c.is_control() && c != '\n' && c != '\r' && c != '\t')
}

fn bounded(pointer: &str, text: &str, max: usize, refused: impl Fn(char) -> bool) -> Result<String, Violation> {
    let text = text.trim();
    // Nearly all texts are composed already, and the quick check costs less than composing them again.
    let composed = is_nfc_quick(text.chars()) == IsNormalized::Yes;
    let text = if composed { text.to_owned() } else { text.nfc().collect() };
    let length = text.chars().count();
    if length == 0 || length > max {
        return Err(Violation::new(pointer, "invalid_length").with("max", &max).with("length", &length));
    }
    match text.chars().find(|&c| refused(c)) {
        None => Ok(text),
        Some(c) => Err(control_character(pointer, c)),
    }
}

/// Parses an optional text; absent stays absent.
pub fn optional<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Result<Option<T>, Violation> {
    text.map(parse).transpose()
}

/// An enum whose values are spelled alike in code, schema, contract and log. The contract has its doc comments, and
/// those of its values. As `Name: Default`, its first value is the default.
#[macro_export]
macro_rules! string_enum {
    (
        $(#[doc = $doc:literal])*
        $name:ident $(: $default:ident)? { $($(#[doc = $variant_doc:literal])* $variant:ident = $spelling:literal),* $(,)? }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $variant_doc])* #[serde(rename = $spelling)] $variant),*
        }

        impl $name {
            /// Every value, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The spelling used everywhere outside this program.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $spelling),*
                }
            }

            /// Reads a spelling back.
            pub fn from_spelling(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        $(impl $default for $name {
            fn default() -> Self {
                Self::ALL[0]
            }
        })?

        impl $crate::text::StringEnum for $name {
            const NAME: &'static str = stringify!($name);
            const VALUES: &'static [Self] = Self::ALL;
            const SPELLINGS: &'static [&'static str] = &[$($spelling),*];
        }

        impl $crate::text::OneText for $name {
            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }

            fn from_text(text: &str) -> Option<Self> {
                Self::from_spelling(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::message::ToArgument for $name {
            fn to_argument(&self) -> $crate::message::Argument {
                $crate::message::Argument::Text(self.as_str().to_owned())
            }
        }

        $crate::schema!(
            $name,
            $crate::schema::spellings(&[$($doc),*], &[$(($spelling, &[$($variant_doc),*])),*])
        );
    };
}

/// Name, values and spellings of a [`string_enum!`](crate::string_enum) enum.
pub trait StringEnum: Copy + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Every value, in the order of the definition.
    const VALUES: &'static [Self];
    /// Every spelling, in the order of the definition.
    const SPELLINGS: &'static [&'static str];
}
