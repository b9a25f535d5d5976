//! Told answers: the content of an answer about an indicator, an agency and a period, without names and identities.

use crate::catalogue::Catalogue;
use crate::catalogue::target_versions::Comparison;
use crate::catalogue::target_versions::TargetVersion;
use crate::figures::attainment::{Attainment, CellBook, Figure, Question, Verdict, attain};
use crate::figures::fraction::Fraction;
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

impl ToldAnswer {
    /// The answer that a catalogue and its cells give to a question about time that has ended; none where no list or
    /// report has one.
    pub fn of(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Option<Self> {
        let answer: Attainment = attain(catalogue, cells, question).ok()?;
        let indicator = catalogue.indicators.get(&question.indicator)?;
        let agency = catalogue.agencies.get(&question.agency)?;
        let listed = agency.exists_within(answer.so_far.window) || answer.figure.reported;
        if !indicator.in_force_on(answer.so_far.window.to) || (!listed && answer.expected == 0) {
            return None;
        }
        Some(Self {
            listed,
            figure: answer.figure,
            own: answer.own,
            target: answer.target.map(|(_, version)| ToldTarget::of(version)),
            verdict: answer.verdict,
            shortfall: answer.shortfall,
            percent: answer.percent,
            expected: answer.expected,
            reported: answer.reported,
            definition_version: answer.definition_version,
            definition_versions: answer.definition_versions,
            phase: answer.phase,
            sum_from: answer.sum_from,
        })
    }
}

impl ToldTarget {
    fn of(version: TargetVersion) -> Self {
        let TargetVersion { value, comparison, basis, .. } = version;
        Self { value, comparison, basis }
    }
}
