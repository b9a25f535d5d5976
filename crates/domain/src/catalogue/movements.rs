//! Emulation movements (phong trào thi đua) and their phases.

use crate::id::MovementId;
use crate::text::{Code, Name, Reference};
use crate::time::Month;
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// A movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Code.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Documents it rests on, e.g. plan 2158/KH-UBND, in the order given.
    pub basis: Vec<Reference>,
}

/// A phase of a movement: whole years, so that it begins and ends with a month in every calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// The movement.
    pub movement: MovementId,
    /// Code within the movement, e.g. `I`.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// First year.
    pub first_year: i32,
    /// Last year.
    pub last_year: i32,
    /// Closed for good: no figure or target of its months may change.
    pub frozen: bool,
}

impl Phase {
    /// Checks the phase by itself, without other rows.
    pub fn check(&self) -> Result<(), Violation> {
        let known = Month::FIRST_YEAR..=Month::LAST_YEAR;
        let span = self.last_year.saturating_sub(self.first_year);
        if known.contains(&self.first_year) && known.contains(&self.last_year) && (0..=29).contains(&span) {
            return Ok(());
        }
        Err(Violation::new("/last_year", "invalid_years"))
    }

    /// The first month.
    pub fn first_month(&self) -> Month {
        Month::new(self.first_year, 1).unwrap_or(Month::EARLIEST)
    }

    /// The last month.
    pub fn last_month(&self) -> Month {
        Month::new(self.last_year, 12).unwrap_or(Month::EARLIEST)
    }

    /// True for a year of the phase.
    pub fn holds_year(&self, year: i32) -> bool {
        (self.first_year..=self.last_year).contains(&year)
    }
}
