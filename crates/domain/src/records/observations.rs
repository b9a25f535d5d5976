//! Observations: figures an agency declares for an indicator that no record kind yields.

use crate::Date;
use crate::cells::{Cell, CellKey, Cells};
use crate::fraction::MAX_COUNT;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::records::document_exchanges::invalid_count;
use crate::records::future;
use crate::string_enum;
use crate::text::{Prose, Reference};
use crate::time::{Month, Window};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// A declared figure; one per indicator, agency, calendar and month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The indicator, of declared source.
    pub indicator: IndicatorId,
    /// The agency.
    pub agency: AgencyId,
    /// The calendar of the month.
    pub calendar: CalendarId,
    /// The month.
    pub month: Month,
    /// Upper part; may exceed the denominator.
    pub numerator: i64,
    /// Lower part; 0 says that nothing arose.
    pub denominator: i64,
    /// Reference to the evidence.
    pub evidence: Option<Reference>,
    /// Remarks.
    pub note: Option<Prose>,
    /// Estimate or actual figure.
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

impl Observation {
    /// Checks the observation by itself, without other rows.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        for (pointer, count) in [("/numerator", self.numerator), ("/denominator", self.denominator)] {
            found.require((0..=MAX_COUNT).contains(&count), || invalid_count(pointer));
        }
        found.require(self.denominator > 0 || self.numerator == 0, || {
            Violation::new("/numerator", "numerator_without_denominator")
        });
        found.finish(Some(()))
    }

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
    cells.add(
        observation.key_of_cell(),
        Cell { numerator: observation.numerator, denominator: observation.denominator, reports: 1 },
    );
    cells
}
