//! Told answers: the content of an answer about an indicator, an agency and a period, without names and identities.

use crate::catalogue::target_versions::{Comparison, TargetVersion};
use crate::figure::{Figure, Verdict};
use crate::fraction::Fraction;
use crate::id::PhaseId;
use crate::text::Reference;
use crate::time::Month;
use serde::{Deserialize, Serialize};

/// The members of an answer that stay once it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAnswer {
    /// True when lists have a row of it: the agency exists in the period, or there is a figure.
    pub listed: bool,
    /// The figure of the agency with everything below it.
    pub figure: Figure,
    /// The agency's own part of it.
    pub own: Figure,
    /// The target that applied, if any.
    pub target: Option<ToldTarget>,
    /// The verdict.
    pub verdict: Verdict,
    /// Units lacking to the target; absent without a figure or a target.
    pub shortfall: Option<i64>,
    /// The figure in per cent; absent when there is none.
    pub percent: Option<String>,
    /// Agencies expected to report in the period.
    pub expected: usize,
    /// The number of these that have reported.
    pub reported: usize,
    /// The version of the definition in the last month.
    pub definition_version: i64,
    /// The versions that hold in months of the period.
    pub definition_versions: Vec<i64>,
    /// The phase it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PhaseId>,
    /// The first month that a stock adds up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum_from: Option<Month>,
}

/// A target that applied, without the identity of its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldTarget {
    /// The value.
    pub value: Fraction,
    /// The side of the value on which figures meet it.
    pub comparison: Comparison,
    /// The document it rests on.
    pub basis: Reference,
}

impl ToldTarget {
    pub(crate) fn of(version: TargetVersion) -> Self {
        let TargetVersion { value, comparison, basis, .. } = version;
        Self { value, comparison, basis }
    }
}
