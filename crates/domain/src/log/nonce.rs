//! Random numbers that keep a change's content from being guessed by its hash.

use crate::log::hexadecimal::hexadecimal;
use crate::text::Shape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 128 random bits of one change. Only somebody who knows them can try which content has the change's hash.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce([u8; Nonce::LENGTH]);

impl Nonce {
    /// Bytes of a nonce.
    pub const LENGTH: usize = 16;

    /// The shape of its text: the bytes in lower-case hexadecimal.
    pub const SHAPE: Shape = Shape { min_length: 32, max_length: 32, pattern: "^[0-9a-f]{32}$" };

    /// A nonce of bytes that nobody can foresee.
    pub fn new(random: [u8; Self::LENGTH]) -> Self {
        Self(random)
    }

    /// The nonce with a text; none when there is no such nonce.
    pub fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        bytes?.try_into().ok().filter(|_| rest.is_empty()).map(Self)
    }
}

/// The value of a hexadecimal digit in lower case: a nonce is hashed as text, so it has one text only.
fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for Nonce {
    /// Leaves the nonce out: a trace must not tell what the feed hides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        nonce.to_string()
    }
}

impl TryFrom<String> for Nonce {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a nonce is 32 hexadecimal digits in lower case")
    }
}
