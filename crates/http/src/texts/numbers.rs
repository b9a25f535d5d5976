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

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Vietnamese};

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, vi, en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1.000", "1,000"),
            (100_000, "100.000", "100,000"),
            (-1_234_567, "-1.234.567", "-1,234,567"),
        ] {
            assert_eq!((whole(number, Vietnamese).as_str(), whole(number, English).as_str()), (vi, en));
        }
    }

    #[test]
    fn decimal_places_stand_behind_the_sign_of_the_language() {
        for (units, places, vi, en) in
            [(1, 1, "0,1", "0.1"), (-5, 2, "-0,05", "-0.05"), (123_456, 2, "1.234,56", "1,234.56"), (7, 0, "7", "7")]
        {
            assert_eq!(
                (decimal(units, places, Vietnamese).as_str(), decimal(units, places, English).as_str()),
                (vi, en)
            );
        }
    }
}
