//! Reopenings: closed figures that may change again, so that errata tell which of them did.

use crate::calendars::{Month, Period};
use crate::cells::CellKey;
use crate::id::{AgencyId, CalendarId, PhaseId, ReopeningId};
use crate::incidents::Moment;
use crate::text::Reference;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

/// A reopening (mở lại số liệu đã khóa): a lock that was taken away, or a phase that was thawed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// The figures that may change again.
    #[serde(flatten)]
    pub scope: ReopenedScope,
    /// Why.
    pub reason: Reference,
    /// Since when.
    pub reopened_at: Moment,
}

/// Figures that were closed and are no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum ReopenedScope {
    /// Those of a period's months in one calendar.
    Period {
        /// The calendar.
        calendar: CalendarId,
        /// The period.
        period: Period,
        /// The agency, with everything below it; the whole province while absent.
        agency: Option<AgencyId>,
    },
    /// Those of a phase, in every calendar.
    Phase {
        /// The phase.
        phase: PhaseId,
    },
}

/// Every reopening by what it reopened.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReopenedMonths {
    months: HashMap<CalendarId, BTreeMap<Month, Vec<OfAgency>>>,
    phases: HashMap<PhaseId, ReopeningId>,
}

/// A reopening with the agency that it names, if it names one.
type OfAgency = (Option<AgencyId>, ReopeningId);

impl ReopenedMonths {
    /// Adds a reopening; they are to come in the order in which they were made.
    pub(crate) fn add(&mut self, id: ReopeningId, reopening: &Reopening) {
        match reopening.scope {
            ReopenedScope::Phase { phase } => drop(self.phases.insert(phase, id)),
            ReopenedScope::Period { calendar, period, agency } => {
                let months = self.months.entry(calendar).or_default();
                period.months().for_each(|month| months.entry(month).or_default().push((agency, id)));
            }
        }
    }

    /// The last reopening of a figure; `phase` is that of its month, `line` its agency and those above.
    pub(crate) fn last<L: Iterator<Item = AgencyId>>(
        &self,
        key: CellKey,
        phase: Option<PhaseId>,
        line: impl Fn() -> L,
    ) -> Option<ReopeningId> {
        let of_phase = phase.and_then(|phase| self.phases.get(&phase)).copied();
        let there = self.months.get(&key.calendar).and_then(|months| months.get(&key.month));
        let covers = |agency: Option<AgencyId>| agency.is_none_or(|agency| line().any(|above| above == agency));
        let of_month = there.and_then(|there| there.iter().rev().find(|(agency, _)| covers(*agency)));
        of_phase.max(of_month.map(|(_, id)| *id))
    }

    /// The months of a range, which lies in one phase, that were reopened for anybody, in order.
    pub(crate) fn among(
        &self,
        calendar: CalendarId,
        phase: Option<PhaseId>,
        months: RangeInclusive<Month>,
    ) -> Vec<Month> {
        if phase.is_some_and(|phase| self.phases.contains_key(&phase)) {
            return months.start().through(*months.end()).collect();
        }
        self.months.get(&calendar).map(|all| all.range(months).map(|(month, _)| *month).collect()).unwrap_or_default()
    }
}
