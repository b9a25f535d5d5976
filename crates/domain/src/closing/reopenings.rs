//! Reopenings: closed figures that may change again, while errata tell the changes.

use crate::cells::CellKey;
use crate::id::{AgencyId, CalendarId, IndicatorId, PhaseId, ReopeningId};
use crate::text::Reference;
use crate::time::{Moment, Month, Period};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

/// A reopening (mở lại số liệu đã khóa): a lock that was taken away, or a phase that was thawed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// The figures that may change again.
    #[serde(flatten)]
    pub scope: ReopenedScope,
    /// The reason.
    pub reason: Reference,
    /// The moment of reopening.
    pub reopened_at: Moment,
}

/// Figures that were closed and are no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        /// The agencies that lay at or below it then, as some may be moved later; none for the whole province.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        below: Vec<AgenciesThen>,
    },
    /// Those of a phase, in every calendar.
    Phase {
        /// The phase.
        phase: PhaseId,
        /// The indicators that belonged to it then, as years and movements may change later.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        measured: Vec<IndicatorsThen>,
    },
}

/// Agencies in the months from one to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgenciesThen {
    /// The first month.
    pub first: Month,
    /// The last one.
    pub last: Month,
    /// The agencies, in identity order.
    pub agencies: Vec<AgencyId>,
}

/// Indicators in the months from one to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorsThen {
    /// The first month.
    pub first: Month,
    /// The last one.
    pub last: Month,
    /// The indicators, in identity order.
    pub indicators: Vec<IndicatorId>,
}

/// Every reopening by the figures it reopened.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReopenedMonths {
    months: HashMap<CalendarId, BTreeMap<Month, Vec<OfAgency>>>,
    /// The last one of those that were below an agency then.
    below: HashMap<(CalendarId, AgencyId), BTreeMap<Month, ReopeningId>>,
    /// The last one of a phase that an indicator belonged to.
    phases: HashMap<IndicatorId, BTreeMap<Month, ReopeningId>>,
}

/// A reopening with the agency that it names, if it names one.
type OfAgency = (Option<AgencyId>, ReopeningId);

impl ReopenedMonths {
    /// Adds a reopening; they are to come in the order in which they were made.
    pub(crate) fn add(&mut self, id: ReopeningId, reopening: &Reopening) {
        match &reopening.scope {
            ReopenedScope::Phase { measured, .. } => {
                for IndicatorsThen { first, last, indicators } in measured {
                    for indicator in indicators {
                        let months = self.phases.entry(*indicator).or_default();
                        months.extend(first.through(*last).map(|month| (month, id)));
                    }
                }
            }
            ReopenedScope::Period { calendar, period, agency, below } => {
                let months = self.months.entry(*calendar).or_default();
                period.months().for_each(|month| months.entry(month).or_default().push((*agency, id)));
                for AgenciesThen { first, last, agencies } in below {
                    for agency in agencies {
                        let months = self.below.entry((*calendar, *agency)).or_default();
                        months.extend(first.through(*last).map(|month| (month, id)));
                    }
                }
            }
        }
    }

    /// True while nothing was ever reopened.
    pub(crate) fn is_empty(&self) -> bool {
        self.months.is_empty() && self.phases.is_empty()
    }

    /// The last reopening of a figure; `line` is its agency and those above. Two kinds of agencies are concerned
    /// besides the reopened one: those below it now, which count in its figure, and those below it then, which were
    /// closed themselves.
    pub(crate) fn last<L: Iterator<Item = AgencyId>>(&self, key: CellKey, line: impl Fn() -> L) -> Option<ReopeningId> {
        let CellKey { indicator, agency, calendar, month } = key;
        let of_phase = self.phases.get(&indicator).and_then(|months| months.get(&month));
        let then = self.below.get(&(calendar, agency)).and_then(|months| months.get(&month));
        let there = self.months.get(&calendar).and_then(|months| months.get(&month));
        let covers = |agency: Option<AgencyId>| agency.is_none_or(|agency| line().any(|above| above == agency));
        let of_month = there.and_then(|there| there.iter().rev().find(|(agency, _)| covers(*agency)));
        of_phase.max(then).copied().max(of_month.map(|(_, id)| *id))
    }

    /// The months of a range in which an indicator's figures were reopened for anybody, in order.
    pub(crate) fn among(
        &self,
        calendar: CalendarId,
        indicator: IndicatorId,
        months: RangeInclusive<Month>,
    ) -> BTreeSet<Month> {
        let of_phases = self.phases.get(&indicator).map(|all| all.range(months.clone()).map(|(month, _)| *month));
        let of_periods = self.months.get(&calendar).map(|all| all.range(months).map(|(month, _)| *month));
        of_phases.into_iter().flatten().chain(of_periods.into_iter().flatten()).collect()
    }

    /// The months in which answers about an indicator and an agency were closed and then reopened, each with the last
    /// reopening. Identities are given in the order of creation, so a row with a later one was not in answers told
    /// before the reopening.
    pub(crate) fn told(
        &self,
        indicator: IndicatorId,
        agency: AgencyId,
        calendar: CalendarId,
    ) -> BTreeMap<Month, ReopeningId> {
        let latest = indicator.0.max(agency.0).max(calendar.0);
        let there = |id: ReopeningId| latest < id.0;
        let of_province = |reopenings: &[OfAgency]| {
            let last = reopenings.iter().rev().find(|(agency, _)| agency.is_none());
            last.map(|(_, id)| *id)
        };
        let of_phases = self.phases.get(&indicator).into_iter().flatten().map(|(month, id)| (*month, *id));
        let then = self.below.get(&(calendar, agency)).into_iter().flatten().map(|(month, id)| (*month, *id));
        let months = self.months.get(&calendar).into_iter().flatten();
        let of_province = months.filter_map(|(month, all)| Some((*month, of_province(all)?)));
        let mut found: BTreeMap<Month, ReopeningId> = BTreeMap::new();
        for (month, id) in of_phases.chain(then).chain(of_province).filter(|(_, id)| there(*id)) {
            let last = found.entry(month).or_insert(id);
            *last = id.max(*last);
        }
        found
    }
}
