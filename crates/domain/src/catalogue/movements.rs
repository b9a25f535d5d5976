//! Emulation movements (phong trào thi đua) and their phases.

use crate::id::MovementId;
use crate::limits::Within;
use crate::text::{Code, Name, Reference, json_text};
use crate::time::{Month, Year};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// The documents that a movement rests on.
pub type Basis = Within<Vec<Reference>, 0, 100>;

json_text!(Basis);

/// A movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MovementInput, description = "A movement as it is written."))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", schema(example = json!({"code": "CDS-2023-2030"})))]
pub struct Movement {
    /// Code.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Documents it rests on, at most 500 characters each.
    #[serde(default)]
    pub basis: Basis,
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
        let span = self.last_year.saturating_sub(self.first_year);
        if Year::holds(&self.first_year) && Year::holds(&self.last_year) && (0..=29).contains(&span) {
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
