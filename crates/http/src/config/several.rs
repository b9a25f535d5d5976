//! Values of a setting that takes several.

use std::ops::Deref;
use std::str::FromStr;

/// Values separated by commas; none in an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several<T>(pub Vec<T>);

impl<T> Deref for Several<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: FromStr> FromStr for Several<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
        values.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}
