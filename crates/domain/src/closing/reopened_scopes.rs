//! Scopes of reopenings: the figures that a lock or a frozen phase closed until now.

use crate::catalogue::Catalogue;
use crate::closing::reopenings::{AgenciesThen, IndicatorsThen, ReopenedScope};
use crate::id::{AgencyId, CalendarId, IndicatorId, PhaseId};
use crate::time::{Month, Period};
use std::collections::{BTreeMap, BTreeSet};

impl Catalogue {
    /// The figures of a period's months that a lock closed until now: of an agency with those below it in each month,
    /// or of the whole province.
    pub fn reopened_period(&self, calendar: CalendarId, period: Period, agency: Option<AgencyId>) -> ReopenedScope {
        let mut below: Vec<AgenciesThen> = Vec::new();
        for (month, root) in period.months().flat_map(|month| agency.map(|root| (month, root))) {
            let mut agencies = self.tree_in(calendar, month).subtree(root);
            agencies.sort_unstable();
            match below.last_mut() {
                Some(before) if before.agencies == agencies => before.last = month,
                _ => below.push(AgenciesThen { first: month, last: month, agencies }),
            }
        }
        ReopenedScope::Period { calendar, period, agency, below }
    }

    /// The figures that a frozen phase closed until now.
    pub fn reopened_phase(&self, id: PhaseId) -> ReopenedScope {
        let mut measured: BTreeMap<(Month, Month), BTreeSet<IndicatorId>> = BTreeMap::new();
        if let Some(phase) = self.phases.get(&id) {
            for indicator in self.indicators() {
                let within = indicator.entity.definitions.within(phase.first_month()..=phase.last_month());
                for span in within.filter(|span| span.definition.movement == phase.movement) {
                    measured.entry((span.first, span.last)).or_default().insert(indicator.id);
                }
            }
        }
        let of = |((first, last), indicators): (_, BTreeSet<IndicatorId>)| IndicatorsThen {
            first,
            last,
            indicators: indicators.into_iter().collect(),
        };
        ReopenedScope::Phase { phase: id, measured: measured.into_iter().map(of).collect() }
    }
}
