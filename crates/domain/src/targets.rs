//! Targets: the value an indicator must reach, for whom and when.

use crate::fraction::Fraction;
use crate::id::{AgencyId, IndicatorId, MovementId, PhaseId};
use crate::spelled;
use crate::text::Reference;
use serde::{Deserialize, Serialize};

/// A target (mục tiêu).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The indicator.
    pub indicator: IndicatorId,
    /// When it applies.
    pub scope: TargetScope,
    /// The one agency it is for; every agency while absent.
    pub agency: Option<AgencyId>,
    /// The exact value.
    pub value: Fraction,
    /// Which side of the value is met.
    pub comparison: Comparison,
    /// The document it rests on.
    pub basis: Reference,
}

/// When a target applies. Order is specificity: a year is more specific than a phase, a phase than the movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetScope {
    /// As long as the movement lasts.
    Movement(MovementId),
    /// During a phase.
    Phase(PhaseId),
    /// During a year.
    Year(i32),
}

spelled! {
    /// Which side of the value is met.
    Comparison {
        /// The figure must reach the value.
        AtLeast = "at_least",
        /// The figure must not exceed the value.
        AtMost = "at_most",
    }
}

impl Target {
    /// Whether `numerator / denominator` meets the target; `denominator` must be positive.
    pub fn met_by(&self, numerator: i64, denominator: i64) -> bool {
        match self.comparison {
            Comparison::AtLeast => self.value.reached_by(numerator, denominator),
            Comparison::AtMost => self.value.not_exceeded_by(numerator, denominator),
        }
    }

    /// How many units the numerator lacks (or is over, for [`Comparison::AtMost`]); 0 when met.
    pub fn shortfall(&self, numerator: i64, denominator: i64) -> i64 {
        let numerator = i128::from(numerator);
        let units = match self.comparison {
            Comparison::AtLeast => self.value.least_numerator(denominator) - numerator,
            Comparison::AtMost => numerator - self.value.greatest_numerator(denominator),
        };
        i64::try_from(units.max(0)).unwrap_or(i64::MAX)
    }
}
