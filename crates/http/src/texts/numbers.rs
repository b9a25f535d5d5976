//! Numbers as a language writes them: digits in groups of three, and the sign before decimal places.

use super::language::Language;

/// A whole number, `100.000` in Vietnamese and `100,000` in English.
pub(super) fn whole(number: i128, language: Language) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push_str(language.choose(".", ","));
        }
        text.push(digit);
    }
    text
}

/// A number with decimal places, `0,1` in Vietnamese and `0.1` in English.
pub(super) fn decimal(units: i64, places: u8, language: Language) -> String {
    // Beyond 38 places a whole number of 64 bits would have no digit before the separator anyway.
    let scale = 10_i128.pow(u32::from(places.min(38)));
    let (before, behind) = (i128::from(units) / scale, (i128::from(units) % scale).unsigned_abs());
    if places == 0 {
        return whole(before, language);
    }
    let sign = if units < 0 && before == 0 { "-" } else { "" };
    let separator = language.choose(",", ".");
    format!("{sign}{}{separator}{behind:0>width$}", whole(before, language), width = usize::from(places.min(38)))
}
