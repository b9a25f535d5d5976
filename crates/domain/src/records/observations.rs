//! Observations: figures an agency declares for an indicator that no record kind yields.

use crate::Date;
use crate::cells::{Cell, CellKey, Cells};
use crate::fraction::Count;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::records::document_exchanges::invalid_count;
use crate::records::future;
use crate::string_enum;
use crate::text::{Prose, Reference};
use crate::time::{Month, Window};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// A declared figure; one per indicator, agency, calendar and month.
///
/// `I`, `A` and `C` name the rows it is of: by their identities, or as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ObservationInput, description = "An observation as it is written."))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", schema(example = json!({"month": "2026-11"})))]
pub struct Observation<I = IndicatorId, A = AgencyId, C = CalendarId> {
    /// Code of the indicator, which must be of declared source.
    pub indicator: I,
    /// Identifier of the agency.
    pub agency: A,
    /// Code of the calendar of the month.
    pub calendar: C,
    /// The month; an actual figure needs one that has begun.
    pub month: Month,
    /// Upper part; may exceed the denominator.
    pub numerator: Count,
    /// Lower part; 0 says that nothing arose.
    pub denominator: Count,
    /// Place of the evidence.
    pub evidence: Option<Reference>,
    /// Remarks.
    pub note: Option<Prose>,
    /// Estimate (ước thực hiện) or actual figure (thực hiện).
    pub nature: Nature,
}

string_enum! {
    /// Nature of a figure: estimated or actual.
    Nature {
        /// An estimate (ước thực hiện).
        Estimate = "estimate",
        /// The actual figure (thực hiện).
        Actual = "actual",
    }
}

impl<I, A, C> Observation<I, A, C> {
    /// The observation with its rows named another way.
    pub fn of<J, B, D>(self, indicator: J, agency: B, calendar: D) -> Observation<J, B, D> {
        let Self { month, numerator, denominator, evidence, note, nature, .. } = self;
        Observation { indicator, agency, calendar, month, numerator, denominator, evidence, note, nature }
    }
}

impl<I, A, C> Observation<I, A, C> {
    /// Checks the observation by itself, without other rows.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        for (pointer, count) in [("/numerator", self.numerator), ("/denominator", self.denominator)] {
            found.require(Count::holds(&count), || invalid_count(pointer));
        }
        found.require(*self.denominator > 0 || *self.numerator == 0, || {
            Violation::new("/numerator", "numerator_without_denominator")
        });
        found.finish(Some(()))
    }
}

impl Observation {
    /// Refuses an actual figure of a month that has not begun; an estimate may be of any month. `window` holds the days
    /// of the month.
    pub fn check_happened(&self, window: Window, today: Date) -> Result<(), Violation> {
        match self.nature {
            Nature::Actual => future::require_month("/month", window, today),
            Nature::Estimate => Ok(()),
        }
    }

    /// The cell it counts in: its own month in its own calendar, never guessed into another.
    pub fn key_of_cell(&self) -> CellKey {
        CellKey { indicator: self.indicator, agency: self.agency, calendar: self.calendar, month: self.month }
    }
}

/// The contribution of an observation.
pub fn contribution(observation: &Observation) -> Cells {
    let mut cells = Cells::default();
    let (numerator, denominator) = (*observation.numerator, *observation.denominator);
    cells.add(observation.key_of_cell(), Cell { numerator, denominator, reports: 1 });
    cells
}
