//! Locks: figures of a period that must not change any more, for an agency and everything below it.

use crate::Date;
use crate::catalogue::periods::PeriodDates;
use crate::id::{AgencyId, CalendarId};
use crate::text::Reference;
use crate::time::{Moment, Month, Period};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

/// A lock (khóa số liệu) on every figure of a period's months in one calendar, for an agency and everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
    /// The agency.
    pub agency: AgencyId,
    /// The reason.
    pub reason: Reference,
    /// The moment of locking.
    pub locked_at: Moment,
}

/// Every lock by calendar and month, those of stored dates included. They are kept so because every cell of a write is
/// looked up.
///
/// A period closes on the day after its end at the earliest; a lock that was made before closes it then.
#[derive(Debug, Clone, Default)]
pub(crate) struct LockedMonths(HashMap<CalendarId, BTreeMap<Month, MonthLocks>>);

/// The locks on one month, each from a day on.
#[derive(Debug, Clone, Default)]
struct MonthLocks {
    /// For every agency, the shortest period first.
    province: Vec<(Period, Date)>,
    /// For an agency and everything below it, the shortest period first.
    agencies: HashMap<AgencyId, Vec<(Period, Date)>>,
}

impl LockedMonths {
    /// Adds the lock of stored dates, if they have one: of every agency, from its day on. `ended` is the first day
    /// after the period.
    pub(crate) fn add_dates(&mut self, dates: &PeriodDates, ended: Option<Date>) {
        let (Some(locks_on), Some(ended)) = (dates.locks_on, ended) else { return };
        for month in dates.period.months() {
            let locks = self.0.entry(dates.calendar).or_default().entry(month).or_default();
            locks.province.push((dates.period, locks_on.max(ended)));
            locks.province.sort_unstable();
        }
    }

    /// Adds a lock.
    pub(crate) fn add(&mut self, lock: &Lock, ended: Option<Date>) {
        let Some(ended) = ended else { return };
        for month in lock.period.months() {
            let locks = self.0.entry(lock.calendar).or_default().entry(month).or_default();
            let locks = locks.agencies.entry(lock.agency).or_default();
            locks.push((lock.period, ended));
            locks.sort_unstable();
        }
    }

    /// The period of a lock on a month that holds on a day for one of these agencies: one and those above it.
    pub(crate) fn find(
        &self,
        calendar: CalendarId,
        month: Month,
        line: impl Iterator<Item = AgencyId>,
        today: Date,
    ) -> Option<Period> {
        self.0.get(&calendar)?.get(&month)?.find(line, today)
    }

    /// The months of a range that are locked on a day. `line` gives the agencies whose locks count in a month: one and
    /// those above it then.
    pub(crate) fn among<'a>(
        &self,
        calendar: CalendarId,
        months: RangeInclusive<Month>,
        line: impl Fn(Month) -> &'a [AgencyId],
        today: Date,
    ) -> Vec<Month> {
        let Some(all) = self.0.get(&calendar) else { return Vec::new() };
        let is_locked = |month, locks: &MonthLocks| locks.find(line(month).iter().copied(), today).is_some();
        let locked = all.range(months).filter(|(month, locks)| is_locked(**month, locks));
        locked.map(|(month, _)| *month).collect()
    }

    /// The months of a range with any lock, in order; locks that do not hold yet are included.
    pub(crate) fn months(&self, calendar: CalendarId, months: RangeInclusive<Month>) -> Vec<Month> {
        self.0.get(&calendar).map(|all| all.range(months).map(|(month, _)| *month).collect()).unwrap_or_default()
    }

    /// The agencies with a lock of their own on a month that holds on a day.
    pub(crate) fn agencies(
        &self,
        calendar: CalendarId,
        month: Month,
        today: Date,
    ) -> impl Iterator<Item = AgencyId> + '_ {
        let locks = self.0.get(&calendar).and_then(|months| months.get(&month));
        let agencies = locks.into_iter().flat_map(|locks| &locks.agencies);
        agencies.filter(move |(_, locks)| holding(locks, today).is_some()).map(|(agency, _)| *agency)
    }
}

impl MonthLocks {
    fn find(&self, mut line: impl Iterator<Item = AgencyId>, today: Date) -> Option<Period> {
        let of_agency = |agency| self.agencies.get(&agency).and_then(|locks| holding(locks, today));
        holding(&self.province, today).or_else(|| line.find_map(of_agency))
    }
}

/// The shortest period of a lock that holds on a day.
fn holding(locks: &[(Period, Date)], today: Date) -> Option<Period> {
    locks.iter().find(|(_, from)| *from <= today).map(|(period, _)| *period)
}
