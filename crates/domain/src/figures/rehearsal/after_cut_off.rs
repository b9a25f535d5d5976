//! Figures that came after the cut-off, and look as if they had come in time.

use super::RehearsalRun;
use super::findings::FindingReason;
use super::words::FindingText;
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Semantics;
use crate::cells::CellKey;
use crate::figures::attainment::first_month;
use crate::id::{AgencyId, IndicatorId};
use crate::time::Month;
use std::collections::BTreeSet;

impl RehearsalRun<'_> {
    /// Notes that an agency's part rests on months that were recorded or changed after the cut-off of the period.
    pub(super) fn note_after_cut_off(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let Some(cut_off) = self.dates.and_then(|dates| dates.cut_off) else { return };
        let calendar = self.rehearsal.calendar;
        let reports = |month: &Month| self.cell(indicator.id, agency, calendar, *month).reports;
        let months: Vec<_> = match self.definition(indicator).semantics {
            Semantics::Flow => asked.to_vec(),
            Semantics::State => asked.iter().copied().rfind(|month| reports(month) > 0).into_iter().collect(),
            Semantics::Stock => {
                first_month(self.catalogue, indicator, self.rehearsal.period).through(self.so_far.last).collect()
            }
        };
        let is_reported = months.iter().map(reports).sum::<i64>() > 0;
        let mut keys = months.iter().map(|month| CellKey { indicator: indicator.id, agency, calendar, month: *month });
        if is_reported && keys.any(|key| self.cells.is_changed_after(key, cut_off)) {
            self.after_cut_off.entry(agency).or_default().insert(indicator.id);
        }
    }

    /// Finding about an agency's figures that came after the cut-off: one for all indicators, as often there are many.
    pub(super) fn after_cut_off(&mut self, agency: AgencyId, indicators: &BTreeSet<IndicatorId>) {
        let Some(cut_off) = self.dates.and_then(|dates| dates.cut_off) else { return };
        let indicators: Vec<_> = indicators.iter().copied().collect();
        let told = FindingText::new("rehearsal.after_cut_off", "rehearsal.after_cut_off.todo")
            .with("agency", &self.agency_name(agency))
            .with("codes", &self.indicator_codes(&indicators))
            .with("day", &cut_off);
        let only = indicators.first().copied().filter(|_| indicators.len() == 1);
        self.find(FindingReason::AfterCutOff, agency, only, told, None);
    }
}
