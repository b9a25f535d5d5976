//! Figures that have to be reported month by month and are not there, or are there under another calendar.

use super::RehearsalRun;
use super::findings::{FindingKind, FindingReason, FindingStep};
use super::words::{FindingText, all};
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Source;
use crate::cells::CellKey;
use crate::figures::completeness::Scope;
use crate::figures::parts::Term;
use crate::id::{AgencyId, CalendarId};
use crate::time::Month;

impl RehearsalRun<'_> {
    /// Months that an agency owes and has not reported under the calendar.
    pub(super) fn unreported(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let calendar = self.rehearsal.calendar;
        if !self.reports(indicator, agency, calendar, asked) {
            let others = self.other_calendars().filter(|other| self.reports(indicator, agency, *other, asked));
            let others: Vec<_> = others.collect();
            if others.is_empty() {
                let told = self.words.nothing_reported(agency, indicator);
                self.lacks(FindingKind::Missing, FindingReason::NothingReported, agency, indicator, told);
            } else {
                let told = self.words.other_calendar(agency, indicator, &others, &self.rehearsal.period);
                self.lacks(FindingKind::Inconsistent, FindingReason::OtherCalendar, agency, indicator, told);
            }
            return;
        }
        let missing = self.owed(agency, indicator, asked);
        let missing =
            missing.into_iter().filter(|month| self.cell(indicator.id, agency, calendar, *month).reports == 0);
        let (elsewhere, nowhere): (Vec<_>, Vec<_>) = missing.partition(|month| {
            self.other_calendars().any(|other| self.cell(indicator.id, agency, other, *month).reports > 0)
        });
        if !elsewhere.is_empty() {
            let there = |other: &CalendarId| {
                elsewhere.iter().any(|month| self.cell(indicator.id, agency, *other, *month).reports > 0)
            };
            let others: Vec<_> = self.other_calendars().filter(there).collect();
            let told = self.words.other_calendar(agency, indicator, &others, &all(&elsewhere));
            self.lacks(FindingKind::Inconsistent, FindingReason::OtherCalendar, agency, indicator, told);
        }
        if !nowhere.is_empty() {
            let told = self.words.months_missing(agency, indicator, &nowhere);
            self.lacks(FindingKind::Missing, FindingReason::MonthsMissing, agency, indicator, told);
        }
    }

    /// The months that an agency owes, but for those that have not begun.
    fn owed(&self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) -> Vec<Month> {
        let Some(agency) = self.catalogue.agencies.get(&agency).filter(|_| self.so_far.begun) else {
            return Vec::new();
        };
        let terms = Term::all(indicator.entity, self.calendar, &self.so_far);
        let definition = self.definition(indicator);
        let scope = Scope { definition, terms: &terms, calendar: self.calendar, so_far: self.so_far };
        asked.iter().copied().filter(|month| scope.owes(agency, *month)).collect()
    }

    /// Finding about figures that are to be entered under the calendar.
    fn lacks(
        &mut self,
        kind: FindingKind,
        reason: FindingReason,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        told: FindingText,
    ) {
        let step = match self.definition(indicator).source {
            Source::DocumentExchanges { .. } => FindingStep::CountDocuments,
            _ => FindingStep::Declare,
        };
        self.owe(agency, indicator.id);
        self.find(kind, reason, agency, Some(indicator.id), told, Some(step));
    }

    /// Months with figures under the calendar and under another: no report takes both.
    pub(super) fn two_calendars(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let calendar = self.rehearsal.calendar;
        let others: Vec<_> = self.other_calendars().collect();
        for other in others {
            let is_reported = |calendar, month| self.cell(indicator.id, agency, calendar, month).reports > 0;
            let months = asked.iter().copied();
            let twice = months.filter(|month| is_reported(calendar, *month) && is_reported(other, *month));
            let twice: Vec<_> = twice.collect();
            if twice.is_empty() {
                continue;
            }
            let step = match self.definition(indicator).source {
                Source::DocumentExchanges { .. } => FindingStep::RemoveCount,
                _ => FindingStep::Remove,
            };
            let told = self.words.two_calendars(agency, indicator, other, &twice);
            self.owe(agency, indicator.id);
            let (kind, reason) = (FindingKind::Inconsistent, FindingReason::TwoCalendars);
            self.find(kind, reason, agency, Some(indicator.id), told, Some(step));
        }
    }

    /// Months that have ended and whose figures are estimates still.
    pub(super) fn estimates(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let calendar = self.rehearsal.calendar;
        let Some(closes) = self.catalogue.calendars.get(&calendar) else { return };
        let left = asked.iter().copied().filter(|month| {
            let key = CellKey { indicator: indicator.id, agency, calendar, month: *month };
            self.cells.is_estimate(key) && closes.last_day(*month) < self.rehearsal.today
        });
        let left: Vec<_> = left.collect();
        if left.is_empty() {
            return;
        }
        let told = self.words.estimates_left(agency, indicator, &left);
        self.owe(agency, indicator.id);
        let (kind, reason) = (FindingKind::Missing, FindingReason::EstimatesLeft);
        self.find(kind, reason, agency, Some(indicator.id), told, Some(FindingStep::Correct));
    }
}
