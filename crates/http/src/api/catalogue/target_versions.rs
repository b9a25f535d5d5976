//! Versions of targets on the wire, by themselves and beside the figure that one judges.

use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::target_versions::Comparison;
use thidua_domain::catalogue::target_versions::TargetVersion;
use thidua_domain::fraction::{Count, Divisor, Fraction};
use thidua_domain::id::TargetId;
use thidua_domain::text::Reference;
use thidua_domain::time::Month;
use utoipa::ToSchema;

/// A version of a target, and the first month in which it holds, in every calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetVersionView {
    /// The first month in which it holds; null for the version that holds from the beginning of the target's scope.
    #[schema(value_type = Option<String>, format = "month", example = "2026-11")]
    holds_from: Option<Month>,
    /// The exact value.
    value: TargetValue,
    /// Side of the value on which the target is met.
    comparison: Comparison,
    /// The document it rests on.
    basis: Reference,
}

/// The exact value of a target, kept as entered: 70/100 stays 70/100.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"numerator": 100, "denominator": 100}))]
pub struct TargetValue {
    /// Upper part.
    pub numerator: Count,
    /// Lower part.
    pub denominator: Divisor,
}

/// The target that applied, as it holds in the last month of the period.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppliedTarget {
    /// Its identity.
    pub id: TargetId,
    /// Upper part of its value.
    #[schema(minimum = 0, example = 100)]
    pub numerator: i64,
    /// Lower part of its value.
    #[schema(minimum = 1, example = 100)]
    pub denominator: i64,
    /// Side of the value on which the target is met.
    pub comparison: Comparison,
    /// The first month in which it holds so; null when it does from the beginning.
    #[schema(value_type = Option<String>, format = "month", example = "2026-11")]
    pub holds_from: Option<Month>,
}

impl TargetVersionView {
    /// The view of a version.
    pub fn new(version: &TargetVersion) -> Self {
        Self {
            holds_from: version.holds_from,
            value: TargetValue::new(version.value),
            comparison: version.comparison,
            basis: version.basis.clone(),
        }
    }
}

impl TargetValue {
    /// The view of a value.
    pub fn new(value: Fraction) -> Self {
        Self { numerator: Count::stored(value.numerator), denominator: Divisor::stored(value.denominator) }
    }

    /// The value.
    pub fn get(&self) -> Fraction {
        Fraction { numerator: *self.numerator, denominator: *self.denominator }
    }
}

impl AppliedTarget {
    /// The view of a target's version.
    pub fn new(id: TargetId, target: &TargetVersion) -> Self {
        Self {
            id,
            numerator: target.value.numerator,
            denominator: target.value.denominator,
            comparison: target.comparison,
            holds_from: target.holds_from,
        }
    }
}
