//! The languages of answers.

use clap::ValueEnum;
use serde::Deserialize;
use utoipa::ToSchema;

/// The languages of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema, ValueEnum)]
pub enum Language {
    /// Vietnamese, unless English is asked for.
    #[serde(rename = "vi")]
    #[value(name = "vi")]
    Vietnamese,
    /// English.
    #[serde(rename = "en")]
    #[value(name = "en")]
    English,
}

impl Language {
    /// Its tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        self.choose("vi", "en")
    }

    /// One of two texts.
    pub fn choose<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Vietnamese => vi,
            Self::English => en,
        }
    }
}
