//! Whole numbers of a JSON text by their digits: `4.0` and `4e0` are written `4` before the text is read, as a reader
//! takes them for floating-point numbers, which are not exact (JSON Schema 2020-12, section 4.2.3; RFC 8259, section 6).

use std::borrow::Cow;

/// The state of a text that is passed on piece by piece.
#[derive(Default)]
pub struct WholeNumbers {
    place: Place,
    /// The number that a piece ended in.
    number: Vec<u8>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Between,
    Text,
    /// After a backslash.
    Escape,
    Number,
    /// In a number that is longer than any that is meant: it is passed on as it is.
    LongNumber,
}

/// Bytes of a number that is looked at.
const LONGEST: usize = 64;
/// Digits that a number has at most; a longer one is left as it is, and found to be too large.
const DIGITS: usize = 19;

impl WholeNumbers {
    /// The whole of a text.
    pub fn of(text: &[u8]) -> Cow<'_, [u8]> {
        if !text.windows(2).any(|pair| matches!(pair, [b'0'..=b'9', b'.' | b'e' | b'E'])) {
            return Cow::Borrowed(text);
        }
        let (mut numbers, mut out) = (Self::default(), Vec::with_capacity(text.len()));
        numbers.pass(text, &mut out);
        numbers.end(&mut out);
        Cow::Owned(out)
    }

    /// Passes a piece on, but for a number at its end.
    pub fn pass(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for byte in piece {
            self.place = match (self.place, byte) {
                // No text goes over the end of a line: what is broken in one row must not reach into the next.
                (_, b'\n') => Place::Between,
                (Place::Text, b'\\') => Place::Escape,
                (Place::Text, b'"') => Place::Between,
                (Place::Text | Place::Escape, _) => Place::Text,
                (_, b'"') => Place::Text,
                (Place::LongNumber, b'.' | b'+' | b'-' | b'e' | b'E' | b'0'..=b'9') => Place::LongNumber,
                (Place::Number, b'.' | b'+' | b'e' | b'E') | (_, b'-' | b'0'..=b'9') => Place::Number,
                _ => Place::Between,
            };
            if self.number.len() == LONGEST && self.place == Place::Number {
                out.append(&mut self.number);
                self.place = Place::LongNumber;
            }
            if self.place == Place::Number {
                self.number.push(*byte);
            } else {
                self.end(out);
                out.push(*byte);
            }
        }
    }

    /// Passes on the number that stands at the end.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if self.number.is_empty() {
            return;
        }
        match whole(&self.number) {
            Some(digits) => {
                out.extend_from_slice(digits.as_bytes());
                // What follows keeps its column, where that is possible.
                out.resize(out.len() + self.number.len().saturating_sub(digits.len()), b' ');
            }
            None => out.extend_from_slice(&self.number),
        }
        self.number.clear();
    }
}

/// A number as an integer, if it is one and is not written so.
fn whole(number: &[u8]) -> Option<String> {
    number.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')).then_some(())?;
    let text = std::str::from_utf8(number).ok()?;
    let (sign, magnitude) = text.strip_prefix('-').map_or(("", text), |magnitude| ("-", magnitude));
    let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = are_digits(whole) && are_digits(fraction) && (whole == "0" || !whole.starts_with('0'));
    is_number.then_some(())?;
    let exponent: i32 = exponent.parse().ok()?;
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let first = digits.bytes().position(|digit| digit != b'0');
    let Some(first) = first else { return Some("0".to_owned()) };
    let point = usize::try_from(point).ok().filter(|point| *point > first && *point - first <= DIGITS)?;
    let beyond = digits.get(point..).unwrap_or_default();
    beyond.bytes().all(|digit| digit == b'0').then_some(())?;
    let before = digits.get(first..point.min(digits.len()))?;
    Some(format!("{sign}{before:0<width$}", width = point - first))
}
