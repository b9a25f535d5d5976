//! Exact fractions: targets, ratios, and the comparisons that decide verdicts.

use crate::limits::Within;
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// A non-negative fraction with a positive denominator, kept as entered (70/100 stays 70/100).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fraction {
    /// Upper part, ≥ 0.
    pub numerator: i64,
    /// Lower part, > 0.
    pub denominator: i64,
}

/// The largest count a record may carry: sums of ten million such figures still fit 64 bits.
pub const MAX_COUNT: i64 = 100_000_000_000;

/// A count that a record carries, or the upper part of a fraction.
pub type Count = Within<i64, 0, MAX_COUNT>;

/// The lower part of a fraction.
pub type Divisor = Within<i64, 1, MAX_COUNT>;

impl Fraction {
    /// Parses the two parts of a target.
    pub fn parse(pointer: &str, numerator: i64, denominator: i64) -> Result<Self, Violation> {
        if Count::holds(&numerator) && Divisor::holds(&denominator) {
            return Ok(Self { numerator, denominator });
        }
        Err(Violation::new(pointer, "invalid_fraction").with("max_count", &MAX_COUNT))
    }

    /// True when `numerator / denominator` reaches this value, compared in whole numbers.
    pub fn reached_by(self, numerator: i64, denominator: i64) -> bool {
        wide(numerator) * wide(self.denominator) >= wide(self.numerator) * wide(denominator)
    }

    /// True when `numerator / denominator` stays at or below this value, compared in whole numbers.
    pub fn not_exceeded_by(self, numerator: i64, denominator: i64) -> bool {
        wide(numerator) * wide(self.denominator) <= wide(self.numerator) * wide(denominator)
    }

    /// The least numerator that reaches this value over `denominator`.
    pub fn least_numerator(self, denominator: i64) -> i128 {
        let product = wide(self.numerator) * wide(denominator);
        product.div_euclid(wide(self.denominator)) + i128::from(product.rem_euclid(wide(self.denominator)) != 0)
    }

    /// The greatest numerator that does not exceed this value over `denominator`.
    pub fn greatest_numerator(self, denominator: i64) -> i128 {
        (wide(self.numerator) * wide(denominator)).div_euclid(wide(self.denominator))
    }
}

/// `numerator / denominator` as per cent with two decimals, rounded down, so that it never shows a target as reached
/// that is not. `None` when the denominator is not positive.
pub fn percent_rounded_down(numerator: i64, denominator: i64) -> Option<String> {
    (denominator > 0).then(|| two_decimals((wide(numerator) * 10_000).div_euclid(wide(denominator))))
}

/// As [`percent_rounded_down`], rounded up: for targets that must not be exceeded.
pub fn percent_rounded_up(numerator: i64, denominator: i64) -> Option<String> {
    (denominator > 0).then(|| two_decimals(-(-(wide(numerator) * 10_000)).div_euclid(wide(denominator))))
}

fn two_decimals(hundredths: i128) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let magnitude = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

fn wide(value: i64) -> i128 {
    i128::from(value)
}

/// `numerator / denominator` in lowest terms, e.g. `37/40`. `None` when the denominator is not positive.
pub fn lowest_terms(numerator: i64, denominator: i64) -> Option<String> {
    let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs()).max(1);
    let divisor = i64::try_from(divisor).ok()?;
    (denominator > 0).then(|| format!("{}/{}", numerator / divisor, denominator / divisor))
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
