//! Rehearsal of a report: findings about what would be missing, late, inconsistent or refused for a period, in words
//! that those who enter figures can act on. A pure function; facts about single rows come as [`Facts`].

mod after_cut_off;
mod closed;
mod derived;
mod facts;
mod findings;
mod recorded;
mod systems;
mod unreported;
mod words;

use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::Definition;
use crate::catalogue::periods::PeriodDates;
use crate::catalogue::record_kinds::Direction;
use crate::catalogue::so_far::SoFar;
use crate::catalogue::sources::{Semantics, Source};
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::cells::{Cell, CellKey};
use crate::figures::attainment::{is_counted, span};
use crate::figures::cell_book::CellBook;
use crate::figures::completeness::{Scope, must_be_reported};
use crate::figures::parts::Term;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::message::{Argument, ToArgument};
use crate::time::{Month, Window};
pub use facts::{Facts, LateStatus, NotedTraining, WatchedSystem};
pub use findings::{Finding, FindingKind, FindingReason, FindingStep, Rehearsal};
use std::collections::{BTreeMap, BTreeSet};
use words::{FindingText, listed};

/// Rehearses a report: every finding, by agency identifier and indicator code. There is none where the calendar does
/// not exist.
pub fn rehearse(catalogue: &Catalogue, cells: &CellBook, facts: &Facts, rehearsal: &Rehearsal) -> Vec<Finding> {
    let Some(calendar) = catalogue.calendars.get(&rehearsal.calendar) else { return Vec::new() };
    let so_far = SoFar::of(calendar, rehearsal.period, rehearsal.today);
    let window = so_far.window;
    let come = so_far.part(window);
    let dates = catalogue.periods.values();
    let mut run = RehearsalRun {
        catalogue,
        cells,
        facts,
        rehearsal,
        calendar,
        so_far,
        window,
        come,
        dates: dates.into_iter().find(|dates| (dates.calendar, dates.period) == (rehearsal.calendar, rehearsal.period)),
        findings: Vec::new(),
        open: BTreeMap::new(),
        after_cut_off: BTreeMap::new(),
    };
    run.all();
    run.findings.sort_by_cached_key(|finding| {
        let agency = catalogue.agencies.get(&finding.agency).map(|agency| agency.identifier.clone());
        let indicator = finding.indicator.and_then(|id| catalogue.indicators.get(&id));
        (agency, indicator.map(|indicator| indicator.code.clone()), finding.reason)
    });
    run.findings
}

/// A rehearsal under way.
struct RehearsalRun<'a> {
    catalogue: &'a Catalogue,
    cells: &'a CellBook,
    facts: &'a Facts,
    rehearsal: &'a Rehearsal,
    calendar: &'a Calendar,
    so_far: SoFar,
    window: Window,
    /// The days of the window that have come.
    come: Window,
    dates: Option<&'a PeriodDates>,
    findings: Vec<Finding>,
    /// Figures that an agency still has to enter or correct.
    open: BTreeMap<AgencyId, BTreeSet<IndicatorId>>,
    /// Figures of an agency that came after the cut-off.
    after_cut_off: BTreeMap<AgencyId, BTreeSet<IndicatorId>>,
}

impl RehearsalRun<'_> {
    fn all(&mut self) {
        let catalogue = self.catalogue;
        // Before a period has begun all of it is looked at: estimates may be there.
        let period = if self.so_far.begun { self.so_far.months() } else { span(self.rehearsal.period) };
        let ends = self.so_far.ends(self.calendar);
        for top in &self.rehearsal.tops {
            for indicator in catalogue.indicators() {
                let semantics = self.definition(indicator).semantics;
                let members = catalogue.members(*top, semantics, ends, period);
                let asked = members.agencies().iter().map(|agency| {
                    let spans = members.spans(*agency, &period).iter();
                    (*agency, spans.flat_map(|(first, last)| first.through(*last)).collect::<Vec<_>>())
                });
                let agencies: Vec<_> = asked.collect();
                if indicator.entity.in_force_on(self.window.to) {
                    self.in_force(*top, &agencies, indicator);
                } else {
                    self.out_of_force(*top, &agencies, indicator);
                }
            }
        }
        for (agency, indicators) in std::mem::take(&mut self.after_cut_off) {
            self.after_cut_off(agency, &indicators);
        }
        for (agency, indicators) in std::mem::take(&mut self.open) {
            let refused = self.refused(agency, &indicators);
            let left: Vec<_> = indicators.difference(&refused).copied().collect();
            self.late(agency, &left);
        }
    }

    /// Findings about an indicator in force. `agencies` are those at or below the top, each with its months of the
    /// period there.
    fn in_force(&mut self, top: AgencyId, agencies: &[(AgencyId, Vec<Month>)], indicator: IndicatorEntry<'_>) {
        let definition = self.definition(indicator);
        let terms = Term::all(indicator.entity, self.calendar, &self.so_far);
        let scope = Scope { definition, terms: &terms, calendar: self.calendar, so_far: self.so_far };
        let mut without_target = 0;
        for (agency, months) in agencies {
            let entity = self.catalogue.agencies.get(agency);
            let expected = entity.is_some_and(|agency| scope.expects_in(agency, months));
            if must_be_reported(definition) {
                if expected {
                    self.unreported(*agency, indicator, months);
                }
                self.two_calendars(*agency, indicator, months);
                self.estimates(*agency, indicator, months);
                self.beside_records(*agency, indicator, months);
            } else if expected {
                self.unrecorded(*agency, indicator);
            }
            if matches!(definition.source, Source::DocumentExchanges { .. }) {
                self.one_direction(*agency, indicator, months);
            }
            if matches!(definition.source, Source::MonitoringStatuses { .. }) {
                self.systems(*agency, indicator);
                self.late_statuses(*agency, indicator);
            }
            if matches!(definition.source, Source::TrainingRecords { .. }) {
                self.outside_course(*agency, indicator);
                self.late_trainings(*agency, indicator);
            }
            self.proportions(*agency, indicator, months);
            self.note_after_cut_off(*agency, indicator, months);
            let month = self.rehearsal.period.last_month();
            without_target += usize::from(expected && self.catalogue.target_for(indicator, *agency, month).is_none());
        }
        if without_target > 0 {
            let told = FindingText::new("rehearsal.no_target", "rehearsal.no_target.todo")
                .with("code", &indicator.entity.code)
                .with("period", &self.rehearsal.period)
                .with("count", &without_target);
            self.find(FindingReason::NoTarget, top, Some(indicator.id), told, Some(FindingStep::SetTarget));
        }
    }

    fn out_of_force(&mut self, top: AgencyId, agencies: &[(AgencyId, Vec<Month>)], indicator: IndicatorEntry<'_>) {
        let mut recorded = false;
        let step = Some(FindingStep::ChangeIndicator);
        for (agency, months) in agencies {
            // People and systems are on record for other reasons as well. Only figures entered for the indicator can be
            // mended.
            if must_be_reported(self.definition(indicator))
                && self.reports(indicator, *agency, self.rehearsal.calendar, months)
            {
                recorded = true;
                let told =
                    FindingText::new("rehearsal.recorded_outside_force", "rehearsal.recorded_outside_force.todo")
                        .with("agency", &self.agency_name(*agency))
                        .with("code", &indicator.entity.code)
                        .with("to", &self.window.to);
                self.find(FindingReason::RecordedOutsideForce, *agency, Some(indicator.id), told, step);
            }
        }
        if !recorded {
            let told = FindingText::new("rehearsal.not_in_force", "rehearsal.not_in_force.todo")
                .with("code", &indicator.entity.code)
                .with("to", &self.window.to);
            self.find(FindingReason::NotInForce, top, Some(indicator.id), told, step);
        }
    }

    /// Months in which only one direction is counted, where the indicator counts both.
    fn one_direction(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let counts_both = |month: &&Month| {
            let source = &indicator.entity.definition_in(**month).source;
            Direction::ALL.iter().all(|direction| source.counts_direction(*direction))
        };
        for (there, lacking) in [(Direction::Incoming, Direction::Outgoing), (Direction::Outgoing, Direction::Incoming)]
        {
            let counted = |month, direction| self.facts.exchanges.contains(&(agency, month, direction));
            let months = asked.iter().filter(counts_both);
            let months = months.filter(|month| counted(**month, there) && !counted(**month, lacking));
            let months: Vec<_> = months.copied().collect();
            if !months.is_empty() {
                let told = match there {
                    Direction::Incoming => FindingText::new("rehearsal.incoming_only", "rehearsal.incoming_only.todo"),
                    Direction::Outgoing => FindingText::new("rehearsal.outgoing_only", "rehearsal.outgoing_only.todo"),
                };
                let told = told.with("agency", &self.agency_name(agency)).with("months", &listed(&months));
                self.owe(agency, indicator.id);
                let step = Some(FindingStep::CountDocuments);
                self.find(FindingReason::OneDirection, agency, Some(indicator.id), told, step);
            }
        }
    }

    /// Figures whose numerator is above the denominator.
    fn proportions(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        if self.definition(indicator).semantics == Semantics::Stock {
            return;
        }
        let cell = |month| self.cell(indicator.id, agency, self.rehearsal.calendar, month);
        let months = asked.iter().copied().filter(|month| cell(*month).numerator > cell(*month).denominator);
        let months: Vec<_> = months.collect();
        if months.is_empty() {
            return;
        }
        let step = match self.definition(indicator).source {
            Source::DocumentExchanges { .. } => FindingStep::CorrectCount,
            _ => FindingStep::Correct,
        };
        let told = FindingText::new("rehearsal.numerator_above", "rehearsal.numerator_above.todo")
            .with("agency", &self.agency_name(agency))
            .with("code", &indicator.entity.code)
            .with("months", &listed(&months));
        self.owe(agency, indicator.id);
        self.find(FindingReason::NumeratorAboveDenominator, agency, Some(indicator.id), told, Some(step));
    }

    /// True for an agency that itself has figures in some months, under a calendar.
    fn reports(&self, indicator: IndicatorEntry<'_>, agency: AgencyId, calendar: CalendarId, months: &[Month]) -> bool {
        let Some(there) = self.catalogue.calendars.get(&calendar) else { return false };
        let so_far = SoFar::of(there, self.rehearsal.period, self.rehearsal.today);
        is_counted(self.catalogue, self.definition(indicator).semantics, agency, so_far.end())
            && months.iter().any(|month| self.cell(indicator.id, agency, calendar, *month).reports > 0)
    }

    /// The definition in the last month of the period that has begun, whose movement, semantics and kind of source are
    /// those of all of it.
    fn definition<'e>(&self, indicator: IndicatorEntry<'e>) -> &'e Definition {
        indicator.entity.definition_in(self.so_far.last)
    }

    fn cell(&self, indicator: IndicatorId, agency: AgencyId, calendar: CalendarId, month: Month) -> Cell {
        self.cells.get(CellKey { indicator, agency, calendar, month })
    }

    fn other_calendars(&self) -> impl Iterator<Item = CalendarId> {
        self.catalogue.calendars.keys().copied().filter(|id| *id != self.rehearsal.calendar)
    }

    /// An agency's name, in English the Vietnamese one where it has no other.
    fn agency_name(&self, id: AgencyId) -> Argument {
        let Some(agency) = self.catalogue.agencies.get(&id) else { return "".to_argument() };
        let english = agency.name_en.as_ref().unwrap_or(&agency.name_vi);
        Argument::Name { vi: agency.name_vi.to_string(), en: english.to_string() }
    }

    fn calendar_code(&self, id: CalendarId) -> String {
        self.catalogue.calendars.get(&id).map(|calendar| calendar.code.to_string()).unwrap_or_default()
    }

    fn indicator_codes(&self, ids: &[IndicatorId]) -> String {
        let mut codes: Vec<_> =
            ids.iter().filter_map(|id| self.catalogue.indicators.get(id)).map(|known| &known.code).collect();
        codes.sort();
        listed(codes)
    }

    fn owe(&mut self, agency: AgencyId, indicator: IndicatorId) {
        self.open.entry(agency).or_default().insert(indicator);
    }

    fn find(
        &mut self,
        reason: FindingReason,
        agency: AgencyId,
        indicator: Option<IndicatorId>,
        told: FindingText,
        step: Option<FindingStep>,
    ) {
        let FindingText { text, todo } = told;
        self.findings.push(Finding { kind: reason.kind(), reason, agency, indicator, text, todo, step });
    }
}
