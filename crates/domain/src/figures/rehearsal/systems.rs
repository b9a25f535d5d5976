//! Information systems without a status in the period, or whose last event is too old.

use super::RehearsalRun;
use super::facts::WatchedSystem;
use super::findings::{FindingReason, FindingStep};
use super::words::{FindingText, listed};
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Source;
use crate::id::AgencyId;
use crate::text::Code;

impl RehearsalRun<'_> {
    pub(super) fn systems(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let Source::MonitoringStatuses { rule, .. } = &self.definition(indicator).source else { return };
        let facts = self.facts;
        let own = || facts.systems.iter().filter(|system| system.agency == agency);
        let unwatched = own().filter(|system| system.status_on.is_none_or(|on| on < self.window.from));
        let unwatched: Vec<_> = unwatched.map(|system| &system.code).collect();
        let too_old = |system: &&WatchedSystem| match (rule.last_event_within_days, system.last_event) {
            (None, _) => false,
            (Some(_), None) => system.status_on.is_some(),
            (Some(days), Some(event)) => (self.come.to - event).num_days() > i64::from(days),
        };
        let stale: Vec<_> = own().filter(too_old).map(|system| &system.code).collect();
        if !unwatched.is_empty() {
            self.no_status(agency, indicator, &unwatched);
        }
        if !stale.is_empty() {
            self.stale_event(agency, indicator, &stale, rule.last_event_within_days.unwrap_or_default());
        }
    }

    fn no_status(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, systems: &[&Code]) {
        let told = if self.rehearsal.names_systems {
            FindingText::new("rehearsal.no_status.named", "rehearsal.no_status.todo").with("systems", &listed(systems))
        } else {
            FindingText::new("rehearsal.no_status", "rehearsal.no_status.todo")
        };
        let told = told
            .with("agency", &self.agency_name(agency))
            .with("count", &systems.len())
            .with("from", &self.window.from)
            .with("to", &self.window.to);
        self.owe(agency, indicator.id);
        let step = Some(FindingStep::RecordStatus);
        self.find(FindingReason::NoMonitoringStatus, agency, Some(indicator.id), told, step);
    }

    fn stale_event(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, systems: &[&Code], days: u16) {
        let told = if self.rehearsal.names_systems {
            FindingText::new("rehearsal.stale_event.named", "rehearsal.stale_event.todo")
                .with("systems", &listed(systems))
        } else {
            FindingText::new("rehearsal.stale_event", "rehearsal.stale_event.todo")
        };
        let told = told
            .with("agency", &self.agency_name(agency))
            .with("count", &systems.len())
            .with("days", &days)
            .with("to", &self.come.to);
        self.owe(agency, indicator.id);
        let step = Some(FindingStep::RecordStatus);
        self.find(FindingReason::LastEventTooOld, agency, Some(indicator.id), told, step);
    }
}
