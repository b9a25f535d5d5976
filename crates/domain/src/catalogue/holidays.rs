//! Public holidays, and make-up days: days of a weekend that are worked in the place of others.

use crate::Date;
use crate::string_enum;
use crate::text::{Name, Reference};
use crate::violation::Violation;
use chrono::{Datelike, Weekday};
use serde::{Deserialize, Serialize};

/// A day that is not worked, or is worked, against the rule of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = HolidayInput, description = "A holiday or a make-up day as it is written."))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// A day off (`holiday`), or a Saturday or Sunday that is worked in the place of another day (`working_day`).
    pub kind: HolidayKind,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// The decree or notice it rests on.
    pub basis: Reference,
}

string_enum! {
    /// Kinds of exception to the working week.
    HolidayKind {
        /// A day off.
        Holiday = "holiday",
        /// A make-up day: a Saturday or Sunday that is worked.
        WorkingDay = "working_day",
    }
}

impl Holiday {
    /// Checks the day by itself, without other rows. Days from Monday to Friday are worked anyway: one that is called a
    /// make-up day has a wrong date.
    pub fn check(&self) -> Result<(), Violation> {
        if self.kind == HolidayKind::Holiday || matches!(self.date.weekday(), Weekday::Sat | Weekday::Sun) {
            return Ok(());
        }
        Err(Violation::new("/kind", "working_day_not_on_weekend").with("date", &self.date))
    }
}
