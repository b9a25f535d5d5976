//! Locks: which figures must not change any more, for whom.

use crate::Date;
use crate::calendars::{Month, Period};
use crate::id::{AgencyId, CalendarId};
use crate::incidents::Moment;
use crate::periods::PeriodDates;
use crate::text::Reference;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A lock (khóa số liệu) on every figure of a period's months in one calendar, for an agency and everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
    /// The agency.
    pub agency: AgencyId,
    /// Why.
    pub reason: Reference,
    /// Since when.
    pub locked_at: Moment,
}

/// Every lock by calendar and month, those of stored dates included: every cell of a write asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct LockedMonths(HashMap<(CalendarId, Month), MonthLocks>);

/// The locks on one month.
#[derive(Debug, Clone, Default)]
struct MonthLocks {
    /// For every agency, each from a day on.
    province: Vec<(Period, Date)>,
    /// For an agency and everything below it, the shortest period.
    agencies: HashMap<AgencyId, Period>,
}

impl LockedMonths {
    /// Adds the lock of stored dates, if they have one: of every agency, from its day on.
    pub(crate) fn add_dates(&mut self, dates: &PeriodDates) {
        let Some(locks_on) = dates.locks_on else { return };
        for month in dates.period.months() {
            let locks = self.0.entry((dates.calendar, month)).or_default();
            locks.province.push((dates.period, locks_on));
            locks.province.sort_unstable();
        }
    }

    /// Adds a lock.
    pub(crate) fn add(&mut self, lock: &Lock) {
        for month in lock.period.months() {
            match self.0.entry((lock.calendar, month)).or_default().agencies.entry(lock.agency) {
                Entry::Vacant(vacant) => {
                    vacant.insert(lock.period);
                }
                Entry::Occupied(mut other) => {
                    let shortest = lock.period.min(*other.get());
                    other.insert(shortest);
                }
            }
        }
    }

    /// The period of a lock on a month that holds on a day for one of these agencies: one and those above it.
    pub(crate) fn find(
        &self,
        calendar: CalendarId,
        month: Month,
        mut line: impl Iterator<Item = AgencyId>,
        today: Date,
    ) -> Option<Period> {
        let locks = self.0.get(&(calendar, month))?;
        let everywhere = locks.province.iter().find(|(_, from)| *from <= today).map(|(period, _)| *period);
        everywhere.or_else(|| line.find_map(|agency| locks.agencies.get(&agency).copied()))
    }

    /// The agencies with a lock of their own on a month.
    pub(crate) fn agencies(&self, calendar: CalendarId, month: Month) -> impl Iterator<Item = AgencyId> + '_ {
        self.0.get(&(calendar, month)).into_iter().flat_map(|locks| locks.agencies.keys().copied())
    }

    /// Whether a month has any lock on a day, for whomever.
    pub(crate) fn any(&self, calendar: CalendarId, month: Month, today: Date) -> bool {
        let locks = self.0.get(&(calendar, month));
        locks.is_some_and(|locks| !locks.agencies.is_empty() || locks.province.iter().any(|(_, from)| *from <= today))
    }
}
