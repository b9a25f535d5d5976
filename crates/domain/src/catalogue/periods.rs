//! The stored dates of a period. Deadlines differ per reporting regime, so they are recorded, never computed.

use crate::Date;
use crate::id::CalendarId;
use crate::time::Period;
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// The dates of one period in one calendar.
///
/// `C` names the calendar: by its identity, or as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PeriodInput, description = "The dates of a period as they are written."))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", schema(example = json!({"calendar": "nd09", "period": "2026-10"})))]
pub struct PeriodDates<C = CalendarId> {
    /// The calendar's code.
    pub calendar: C,
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    pub period: Period,
    /// Last day on which figures are taken into account. Those recorded or changed later count all the same, and are marked
    /// (`agencies_after_cut_off`). Where that would move a closed answer it stays.
    pub cut_off: Option<Date>,
    /// Last day for submitting; not before the cut-off.
    pub submission_due: Option<Date>,
    /// First day on which no figure of the period may change; not before the deadline.
    pub locks_on: Option<Date>,
}

impl<C> PeriodDates<C> {
    /// The dates with their calendar named another way.
    pub fn of<D>(self, calendar: D) -> PeriodDates<D> {
        let Self { calendar: _, period, cut_off, submission_due, locks_on } = self;
        PeriodDates { calendar, period, cut_off, submission_due, locks_on }
    }
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
