//! Answers as they were told, beside what has become of them.

use crate::api::catalogue::phases;
use crate::api::closing::figure_views::FigureView;
use serde::Serialize;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::target_versions::Comparison;
use thidua_domain::closing::told_answers::{ToldAnswer, ToldTarget};
use thidua_domain::figure::Verdict;
use thidua_domain::figures::small_cells::Withholding;
use thidua_domain::text::{Code, Reference};
use thidua_domain::time::Month;
use utoipa::ToSchema;

/// An answer as it was told; its members are those of an attainment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToldAnswerView {
    /// True when lists have the row: the agency exists in the period, or there is a figure.
    pub listed: bool,
    /// Upper part; null when nothing was reported, or when it is withheld.
    pub numerator: Option<i64>,
    /// Lower part; null when nothing was reported, or when it is withheld.
    pub denominator: Option<i64>,
    /// The ratio in per cent with two decimals; for display only.
    #[schema(max_length = 50, pattern = "^-?[0-9]+[.][0-9]{2}$", example = "92.50")]
    pub percent: Option<String>,
    /// The agency's own part, without the agencies below it.
    pub own: FigureView,
    /// The target that applied; null when none did.
    pub target: Option<ToldTargetView>,
    /// Reason why the figure is not told to you; absent when it is. `small_cell`: it is about few people. `verdict` is
    /// `not_applicable` then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withholding>,
    /// The verdict.
    pub verdict: Verdict,
    /// Units lacking to the target, 0 when met; null without a figure or a target.
    #[schema(minimum = 0, example = 3)]
    pub shortfall: Option<i64>,
    /// Agencies at or below this one that were expected to report.
    #[schema(minimum = 0)]
    pub expected_agencies: usize,
    /// Expected agencies that had reported.
    #[schema(minimum = 0)]
    pub reported_agencies: usize,
    /// Version of the indicator's definition in the last month of the period.
    #[schema(minimum = 1)]
    pub definition_version: i64,
    /// Versions of the definition that hold in months of the period, in ascending order.
    #[schema(max_items = 12, example = json!([1]))]
    pub definition_versions: Vec<i64>,
    /// Code of the phase that the period lies in; null when no phase holds its last month.
    #[schema(value_type = Option<String>, format = "code", example = "II")]
    pub phase: Option<Code>,
    /// The first month that the figure of a stock adds up; null of flows and states.
    #[schema(value_type = Option<String>, format = "month", example = "2026-01")]
    pub sum_from: Option<Month>,
}

/// A target as it applied, whichever row set it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToldTargetView {
    /// Upper part of its value.
    #[schema(minimum = 0, example = 100)]
    pub numerator: i64,
    /// Lower part of its value.
    #[schema(minimum = 1, example = 100)]
    pub denominator: i64,
    /// Side of the value on which the target is met.
    pub comparison: Comparison,
    /// The document it rests on.
    #[schema(value_type = String, format = "reference", example = "Nghị quyết 12/NQ-HĐND")]
    pub basis: Reference,
}

impl ToldAnswerView {
    /// The view of an answer.
    pub fn new(catalogue: &Catalogue, told: &ToldAnswer) -> Self {
        let whole = FigureView::new(told.figure);
        Self {
            listed: told.listed,
            numerator: whole.numerator,
            denominator: whole.denominator,
            percent: told.percent.clone(),
            own: FigureView::new(told.own),
            target: told.target.as_ref().map(ToldTargetView::new),
            withheld: None,
            verdict: told.verdict,
            shortfall: told.shortfall,
            expected_agencies: told.expected,
            reported_agencies: told.reported,
            definition_version: told.definition_version,
            definition_versions: told.definition_versions.clone(),
            phase: told.phase.map(|phase| phases::code(catalogue, phase)),
            sum_from: told.sum_from,
        }
    }

    /// The answer without what would tell its figure.
    #[must_use]
    pub fn withheld(self) -> Self {
        Self {
            numerator: None,
            denominator: None,
            percent: None,
            own: FigureView::withheld(),
            withheld: Some(Withholding::SmallCell),
            verdict: Verdict::NotApplicable,
            shortfall: None,
            ..self
        }
    }
}

impl ToldTargetView {
    fn new(target: &ToldTarget) -> Self {
        let ToldTarget { value, comparison, basis } = target;
        let (numerator, denominator) = (value.numerator, value.denominator);
        Self { numerator, denominator, comparison: *comparison, basis: basis.clone() }
    }
}
