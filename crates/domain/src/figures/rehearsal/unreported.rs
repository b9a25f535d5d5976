//! Figures that have to be reported month by month and are not there, or are there under another calendar.

use super::RehearsalRun;
use super::findings::{FindingReason, FindingStep};
use super::words::{FindingText, all, listed};
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::{Semantics, Source};
use crate::cells::CellKey;
use crate::figures::completeness::Scope;
use crate::figures::parts::Term;
use crate::id::{AgencyId, CalendarId};
use crate::message::Message;
use crate::time::Month;
use std::fmt::Display;

impl RehearsalRun<'_> {
    /// Months that an agency owes and has not reported under the calendar.
    pub(super) fn unreported(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let calendar = self.rehearsal.calendar;
        if !self.reports(indicator, agency, calendar, asked) {
            let others = self.other_calendars().filter(|other| self.reports(indicator, agency, *other, asked));
            let others: Vec<_> = others.collect();
            if others.is_empty() {
                let text = Message::new("rehearsal.nothing_reported")
                    .with("agency", &self.agency_name(agency))
                    .with("code", &indicator.entity.code)
                    .with("period", &self.rehearsal.period)
                    .with("from", &self.window.from)
                    .with("to", &self.window.to);
                let told = FindingText { text, todo: self.to_enter(indicator) };
                self.lacks(FindingReason::NothingReported, agency, indicator, told);
            } else {
                self.other_calendar(agency, indicator, &others, &self.rehearsal.period);
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
            self.other_calendar(agency, indicator, &others, &all(&elsewhere));
        }
        if !nowhere.is_empty() {
            let text = Message::new("rehearsal.months_missing")
                .with("agency", &self.agency_name(agency))
                .with("code", &indicator.entity.code)
                .with("months", &all(&nowhere));
            let told = FindingText { text, todo: self.to_enter(indicator) };
            self.lacks(FindingReason::MonthsMissing, agency, indicator, told);
        }
    }

    /// Figures that are recorded under other calendars only; `of` is the time they are for: the period, or some of its
    /// months.
    fn other_calendar(
        &mut self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        others: &[CalendarId],
        of: &dyn Display,
    ) {
        let told = FindingText::new("rehearsal.other_calendar", "rehearsal.other_calendar.todo")
            .with("agency", &self.agency_name(agency))
            .with("code", &indicator.entity.code)
            .with("of", &of.to_string())
            .with("found", &listed(others.iter().map(|id| self.calendar_code(*id))))
            .with("asked", &self.calendar_code(self.rehearsal.calendar));
        self.lacks(FindingReason::OtherCalendar, agency, indicator, told);
    }

    /// The way to enter the figures of an indicator that an agency must report.
    fn to_enter(&self, indicator: IndicatorEntry<'_>) -> Message {
        let (code, calendar) = (&indicator.entity.code, self.calendar_code(self.rehearsal.calendar));
        let definition = indicator.entity.definition_in(self.rehearsal.period.last_month());
        match (&definition.source, definition.semantics) {
            (Source::DocumentExchanges { .. }, _) => {
                Message::new("rehearsal.count_documents").with("calendar", &calendar)
            }
            (_, Semantics::State) => {
                Message::new("rehearsal.declare_last_month").with("code", code).with("calendar", &calendar)
            }
            (_, Semantics::Flow | Semantics::Stock) => {
                Message::new("rehearsal.declare_months").with("code", code).with("calendar", &calendar)
            }
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
    fn lacks(&mut self, reason: FindingReason, agency: AgencyId, indicator: IndicatorEntry<'_>, told: FindingText) {
        let step = match self.definition(indicator).source {
            Source::DocumentExchanges { .. } => FindingStep::CountDocuments,
            _ => FindingStep::Declare,
        };
        self.owe(agency, indicator.id);
        self.find(reason, agency, Some(indicator.id), told, Some(step));
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
            let told = FindingText::new("rehearsal.two_calendars", "rehearsal.two_calendars.todo")
                .with("agency", &self.agency_name(agency))
                .with("code", &indicator.entity.code)
                .with("asked", &self.calendar_code(calendar))
                .with("other", &self.calendar_code(other))
                .with("months", &all(&twice));
            self.owe(agency, indicator.id);
            self.find(FindingReason::TwoCalendars, agency, Some(indicator.id), told, Some(step));
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
        let told = FindingText::new("rehearsal.estimates_left", "rehearsal.estimates_left.todo")
            .with("agency", &self.agency_name(agency))
            .with("code", &indicator.entity.code)
            .with("months", &all(&left));
        self.owe(agency, indicator.id);
        self.find(FindingReason::EstimatesLeft, agency, Some(indicator.id), told, Some(FindingStep::Correct));
    }
}
