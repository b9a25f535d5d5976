//! Texts of JSON and of queries, read as what they are parsed into.

use crate::violation::Violation;
use serde::Deserializer;
use serde::de::{Error, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Reads a text by the function that parses it. The text is borrowed, as every row of a batch has several.
pub fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Parsing(parse, PhantomData))
}

struct Parsing<P, T>(P, PhantomData<T>);

impl<P: FnOnce(&str) -> Result<T, Violation>, T> Visitor<'_> for Parsing<P, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}
