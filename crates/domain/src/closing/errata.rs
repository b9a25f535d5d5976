//! Errata: changes of a figure after it was told, for everybody to read beside it.

use crate::catalogue::definitions::Definition;
use crate::catalogue::sources::{ReportedBy, Semantics};
use crate::cells::{Cell, CellKey};
use crate::closing::told_answers::ToldAnswer;
use crate::id::{AgencyId, CalendarId, CorrectionId, IndicatorId, ReopeningId};
use crate::string_enum;
use crate::time::{Moment, Month, Period};
use serde::{Deserialize, Serialize};

/// An erratum (nội dung đính chính) of one cell or one answer under one correction, or since one reopening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erratum {
    /// The cause that let the figure change; it has the reason.
    #[serde(flatten)]
    pub cause: Cause,
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency: of a cell itself, of an answer with everything below it.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The cell or the answer, before and after.
    #[serde(flatten)]
    pub moved: Moved,
    /// The moment of the last change.
    pub corrected_at: Moment,
}

/// A cell or an answer before the first change for a cause, and after the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Moved {
    /// Records moved a cell.
    Cell(MovedCell),
    /// The catalogue moved an answer, whatever its cells are.
    Answer(Box<MovedAnswer>),
}

/// A cell that has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedCell {
    /// The month in the calendar.
    pub month: Month,
    /// The cell before the first change.
    pub old: Cell,
    /// The cell after the last one.
    pub new: Cell,
}

/// An answer that has moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedAnswer {
    /// The period in the calendar.
    pub period: Period,
    /// The answer before the first change; absent where there was none.
    pub old: Option<ToldAnswer>,
    /// The answer after the last one; absent where there is none any more.
    pub new: Option<ToldAnswer>,
}

/// Identity of an answer: the question without the day it is asked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerKey {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency, with everything below it.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
}

/// The cause for which a figure changed after it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A correction was open.
    Correction(CorrectionId),
    /// The figure had been reopened.
    Reopening(ReopeningId),
}

string_enum! {
    /// Measure of an erratum's numbers.
    ErratumMeasure {
        /// The agency's own figure of the month.
        MonthFigure = "month_figure",
        /// The month's change of the agency's own running sum, for a stock.
        MonthChange = "month_change",
        /// The same for a stock that is reported by records. There the number of people or systems with a record may
        /// change alone, so that the agency has reported now, or no longer, with the same numbers.
        RecordedChange = "recorded_change",
        /// The figure of the agency with everything below it, in the period.
        Answer = "answer",
    }
}

impl Erratum {
    /// The cell that it corrects; none for an erratum of an answer.
    pub fn cell(&self) -> Option<(CellKey, &MovedCell)> {
        let Moved::Cell(cell) = &self.moved else { return None };
        let Self { indicator, agency, calendar, .. } = *self;
        Some((CellKey { indicator, agency, calendar, month: cell.month }, cell))
    }

    /// The answer that it corrects; none for an erratum of a cell.
    pub fn answer(&self) -> Option<(AnswerKey, &MovedAnswer)> {
        let Moved::Answer(answer) = &self.moved else { return None };
        let Self { indicator, agency, calendar, .. } = *self;
        Some((AnswerKey { indicator, agency, calendar, period: answer.period }, answer))
    }

    /// The time it is about.
    pub fn period(&self) -> Period {
        match &self.moved {
            Moved::Cell(cell) => Period::Month(cell.month),
            Moved::Answer(answer) => answer.period,
        }
    }

    /// True when the cell or the answer is shown again as it was before the first change.
    pub fn is_reverted(&self, measure: ErratumMeasure) -> bool {
        match &self.moved {
            Moved::Cell(cell) => measure.shows_alike(cell.old, cell.new),
            Moved::Answer(answer) => answer.old == answer.new,
        }
    }
}

impl ErratumMeasure {
    /// The measure of the cells that a definition makes.
    pub fn of(definition: &Definition) -> Self {
        match (definition.semantics, definition.source.reported_by()) {
            (Semantics::Flow | Semantics::State, _) => Self::MonthFigure,
            (Semantics::Stock, ReportedBy::Roll) => Self::MonthChange,
            (Semantics::Stock, ReportedBy::Records) => Self::RecordedChange,
        }
    }

    /// Numerator and denominator of a cell; none for a figure that was not reported. The change of a stock is told
    /// always, as zero where there is none.
    pub fn parts(self, cell: Cell) -> Option<(i64, i64)> {
        let said = matches!(self, Self::MonthChange | Self::RecordedChange) || cell.reports > 0;
        said.then_some((cell.numerator, cell.denominator))
    }

    /// True of two cells that are shown alike. The number of reports matters only where records are reports: summed up
    /// over months, it decides whether anything was reported.
    pub fn shows_alike(self, one: Cell, other: Cell) -> bool {
        self.parts(one) == self.parts(other) && (self != Self::RecordedChange || one.reports == other.reports)
    }
}
