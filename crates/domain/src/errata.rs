//! Errata: what has become of a figure after it was told, for everybody to read beside it.

use crate::calendars::Month;
use crate::cells::{Cell, CellKey};
use crate::id::{AgencyId, CalendarId, CorrectionId, IndicatorId, ReopeningId};
use crate::incidents::Moment;
use crate::indicators::Semantics;
use crate::spelled;
use serde::{Deserialize, Serialize};

/// An erratum (nội dung đính chính) of one cell under one correction, or since one reopening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erratum {
    /// The cause that let the figure change; it says why.
    #[serde(flatten)]
    pub cause: Cause,
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency itself, not its subtree.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The month in that calendar.
    pub month: Month,
    /// The cell before the first change for that cause.
    pub old: Cell,
    /// The cell after the last one.
    pub new: Cell,
    /// When that was.
    pub corrected_at: Moment,
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

spelled! {
    /// What the numbers of an erratum measure.
    ErratumMeasure {
        /// The agency's own figure of the month.
        MonthFigure = "month_figure",
        /// By how much the month changes the agency's own running sum, for a stock.
        MonthChange = "month_change",
    }
}

impl Erratum {
    /// The cell it speaks of.
    pub fn key(&self) -> CellKey {
        CellKey { indicator: self.indicator, agency: self.agency, calendar: self.calendar, month: self.month }
    }

    /// True when the figure is again shown as it was before the first change.
    pub fn is_reverted(&self, measure: ErratumMeasure) -> bool {
        measure.shows_alike(self.old, self.new)
    }
}

impl ErratumMeasure {
    /// What the cells of an indicator measure.
    pub fn of(semantics: Semantics) -> Self {
        match semantics {
            Semantics::Flow | Semantics::State => Self::MonthFigure,
            Semantics::Stock => Self::MonthChange,
        }
    }

    /// The two parts of a cell; none for a figure that was not reported. A change of nothing is zero.
    pub fn parts(self, cell: Cell) -> Option<(i64, i64)> {
        let said = self == Self::MonthChange || cell.reports > 0;
        said.then_some((cell.numerator, cell.denominator))
    }

    /// True of two cells that are shown alike: how many reports they rest on is not shown.
    pub fn shows_alike(self, one: Cell, other: Cell) -> bool {
        self.parts(one) == self.parts(other)
    }
}
