//! The stored dates of a period. Deadlines differ per reporting regime, so they are recorded, never computed.

use crate::Date;
use crate::id::CalendarId;
use crate::time::Period;
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// The dates of one period in one calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodDates {
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
    /// Last day on which figures are taken into account.
    pub cut_off: Option<Date>,
    /// Last day for submitting.
    pub submission_due: Option<Date>,
    /// First day on which no figure of the period may change.
    pub locks_on: Option<Date>,
}

impl PeriodDates {
    /// Checks the order of the dates: cut-off ≤ submission ≤ lock.
    pub fn check(&self) -> Result<(), Violation> {
        let given: Vec<_> = [self.cut_off, self.submission_due, self.locks_on].into_iter().flatten().collect();
        if given.is_sorted() {
            return Ok(());
        }
        Err(Violation::new("/locks_on", "dates_out_of_order"))
    }

    /// True for a day on which the period is locked.
    pub fn is_locked(&self, today: Date) -> bool {
        self.locks_on.is_some_and(|from| from <= today)
    }

    /// True when the period is locked on a day and opens as other dates, or none, take the place of these.
    pub fn is_opened_by(&self, after: Option<&Self>, today: Date) -> bool {
        let same = |other: &Self| (other.calendar, other.period) == (self.calendar, self.period);
        self.is_locked(today) && !after.is_some_and(|after| same(after) && after.is_locked(today))
    }
}
