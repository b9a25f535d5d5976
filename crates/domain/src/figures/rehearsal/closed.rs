//! Figures that an agency still has to enter or correct: those that a lock or a frozen phase would refuse, and the rest
//! where a deadline is near or has passed.

use super::RehearsalRun;
use super::findings::{FindingReason, FindingStep};
use super::words::FindingText;
use crate::Date;
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Source;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::text::Code;
use crate::time::{Month, Period, civil_date};
use std::collections::{BTreeMap, BTreeSet};

impl RehearsalRun<'_> {
    /// Finds the open figures of an agency that would be refused, and returns their indicators.
    pub(super) fn refused(&mut self, agency: AgencyId, indicators: &BTreeSet<IndicatorId>) -> BTreeSet<IndicatorId> {
        let mut by_lock: BTreeMap<Closing, Vec<IndicatorId>> = BTreeMap::new();
        for id in indicators {
            let indicator = self.catalogue.indicators.get(id);
            let source = indicator.map(|entity| &self.definition(IndicatorEntry { id: *id, entity }).source);
            if let Some(lock) = source.and_then(|source| self.lock(agency, source)) {
                by_lock.entry(lock).or_default().push(*id);
            }
        }
        for (lock, indicators) in &by_lock {
            let (reason, step, told) = match lock {
                Closing::Phase(code) => {
                    let told = FindingText::new("rehearsal.frozen", "rehearsal.frozen.todo").with("phase", code);
                    (FindingReason::PhaseFrozen, None, told)
                }
                Closing::Period(calendar, period, from) => {
                    let told = FindingText::new("rehearsal.locked", "rehearsal.locked.todo")
                        .with("period", period)
                        .with("calendar", &self.calendar_code(*calendar))
                        .with("from", from);
                    (FindingReason::PeriodLocked, Some(FindingStep::RequestCorrection), told)
                }
            };
            let told = told.with("agency", &self.agency_name(agency)).with("codes", &self.indicator_codes(indicators));
            self.find(reason, agency, None, told, step);
        }
        by_lock.into_values().flatten().collect()
    }

    /// The first lock or frozen phase that counts of the window would meet. Dated records meet none.
    fn lock(&self, agency: AgencyId, source: &Source) -> Option<Closing> {
        let of_month = |calendar: CalendarId, month: Month| {
            let frozen = self.catalogue.phases.values().find(|phase| phase.frozen && phase.holds_year(month.year()));
            if let Some(phase) = frozen {
                return Some(Closing::Phase(phase.code.clone()));
            }
            let period = self.catalogue.lock_on(calendar, month, agency, self.rehearsal.today)?;
            Some(Closing::Period(calendar, period, self.locked_since((calendar, month), period, agency)?))
        };
        if source.is_dated() {
            // A record of a closed day is taken, and counts from the first open one.
            return None;
        }
        self.rehearsal.period.months().find_map(|month| of_month(self.rehearsal.calendar, month))
    }

    /// The day since which a locked period is locked for an agency: by its stored dates, or by the first lock above the
    /// agency.
    fn locked_since(&self, (calendar, month): (CalendarId, Month), period: Period, agency: AgencyId) -> Option<Date> {
        let tree = self.catalogue.tree_in(calendar, month);
        let mut dates = self.catalogue.periods.values();
        let stored = dates.find(|dates| (dates.calendar, dates.period) == (calendar, period));
        let stored = stored.and_then(|dates| dates.locks_on).filter(|from| *from <= self.rehearsal.today);
        let locks =
            self.catalogue.locks.values().filter(|lock| {
                (lock.calendar, lock.period) == (calendar, period) && tree.is_within(agency, lock.agency)
            });
        stored.into_iter().chain(locks.map(|lock| civil_date(lock.locked_at))).min()
    }

    pub(super) fn late(&mut self, agency: AgencyId, indicators: &[IndicatorId]) {
        let Some(dates) = self.dates.filter(|_| !indicators.is_empty()) else { return };
        let today = self.rehearsal.today;
        let near = |day: &Date| (0..=i64::from(self.rehearsal.near_days)).contains(&(*day - today).num_days());
        let passed = |day: &Date| *day < today;
        let days = [
            (FindingReason::DeadlinePassed, dates.submission_due.filter(passed)),
            (FindingReason::CutOffPassed, dates.cut_off.filter(passed)),
            (FindingReason::CutOffNear, dates.cut_off.filter(near)),
            (FindingReason::DeadlineNear, dates.submission_due.filter(near)),
        ];
        let Some((reason, day)) = days.into_iter().find_map(|(reason, day)| Some((reason, day?))) else { return };
        let told = match reason {
            FindingReason::CutOffPassed => FindingText::new("rehearsal.cut_off_passed", "rehearsal.enter_at_once"),
            FindingReason::CutOffNear => FindingText::new("rehearsal.cut_off_near", "rehearsal.enter_by"),
            FindingReason::DeadlinePassed => FindingText::new("rehearsal.deadline_passed", "rehearsal.enter_at_once"),
            _ => FindingText::new("rehearsal.deadline_near", "rehearsal.enter_by"),
        };
        let told = told
            .with("agency", &self.agency_name(agency))
            .with("codes", &self.indicator_codes(indicators))
            .with("day", &day);
        self.find(reason, agency, None, told, None);
    }
}

/// A lock that refuses writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Closing {
    /// A frozen phase, by its code.
    Phase(Code),
    /// A locked period, from a day on.
    Period(CalendarId, Period, Date),
}
