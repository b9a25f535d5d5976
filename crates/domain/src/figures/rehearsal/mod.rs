//! Rehearsal of a report: findings about what would be missing, late, inconsistent or refused for a period, in words
//! that those who enter figures can act on. A pure function; facts about single rows come as [`Facts`].

mod after_cut_off;
mod derived;
mod facts;
mod findings;
mod recorded;
mod unreported;
mod words;

use crate::Date;
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
use crate::text::Code;
use crate::time::{Month, Period, Window, civil_date};
pub use facts::{Facts, LateStatus, NotedTraining, WatchedSystem};
pub use findings::{Finding, FindingKind, FindingReason, FindingStep, Rehearsal};
use std::collections::{BTreeMap, BTreeSet};
use words::{FindingText, Words};

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
        words: Words { catalogue, rehearsal, window, come },
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
    words: Words<'a>,
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
            self.find(
                FindingKind::Missing,
                FindingReason::NoTarget,
                top,
                Some(indicator.id),
                self.words.no_target(indicator, without_target),
                Some(FindingStep::SetTarget),
            );
        }
    }

    fn out_of_force(&mut self, top: AgencyId, agencies: &[(AgencyId, Vec<Month>)], indicator: IndicatorEntry<'_>) {
        let mut recorded = false;
        for (agency, months) in agencies {
            // People and systems are on record for other reasons as well. Only figures entered for the indicator can be
            // mended.
            if must_be_reported(self.definition(indicator))
                && self.reports(indicator, *agency, self.rehearsal.calendar, months)
            {
                recorded = true;
                let told = self.words.recorded_outside_force(*agency, indicator);
                self.find(
                    FindingKind::Inconsistent,
                    FindingReason::RecordedOutsideForce,
                    *agency,
                    Some(indicator.id),
                    told,
                    Some(FindingStep::ChangeIndicator),
                );
            }
        }
        if !recorded {
            let told = self.words.not_in_force(indicator);
            self.find(
                FindingKind::Missing,
                FindingReason::NotInForce,
                top,
                Some(indicator.id),
                told,
                Some(FindingStep::ChangeIndicator),
            );
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
                let told = self.words.one_direction(agency, there, &months);
                self.owe(agency, indicator.id);
                self.find(
                    FindingKind::Inconsistent,
                    FindingReason::OneDirection,
                    agency,
                    Some(indicator.id),
                    told,
                    Some(FindingStep::CountDocuments),
                );
            }
        }
    }

    fn systems(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let Source::MonitoringStatuses { rule, .. } = &self.definition(indicator).source else { return };
        let own = || self.facts.systems.iter().filter(|system| system.agency == agency);
        let unwatched = own().filter(|system| system.status_on.is_none_or(|on| on < self.window.from));
        let unwatched: Vec<_> = unwatched.map(|system| &system.code).collect();
        let too_old = |system: &&WatchedSystem| match (rule.last_event_within_days, system.last_event) {
            (None, _) => false,
            (Some(_), None) => system.status_on.is_some(),
            (Some(days), Some(event)) => (self.come.to - event).num_days() > i64::from(days),
        };
        let stale: Vec<_> = own().filter(too_old).map(|system| &system.code).collect();
        if !unwatched.is_empty() {
            let told = self.words.no_status(agency, &unwatched);
            self.owe(agency, indicator.id);
            self.find(
                FindingKind::Missing,
                FindingReason::NoMonitoringStatus,
                agency,
                Some(indicator.id),
                told,
                Some(FindingStep::RecordStatus),
            );
        }
        if !stale.is_empty() {
            let told = self.words.stale_event(agency, &stale, rule.last_event_within_days.unwrap_or_default());
            self.owe(agency, indicator.id);
            self.find(
                FindingKind::Late,
                FindingReason::LastEventTooOld,
                agency,
                Some(indicator.id),
                told,
                Some(FindingStep::RecordStatus),
            );
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
        let told = self.words.numerator_above(agency, indicator, &months);
        self.owe(agency, indicator.id);
        self.find(
            FindingKind::Inconsistent,
            FindingReason::NumeratorAboveDenominator,
            agency,
            Some(indicator.id),
            told,
            Some(step),
        );
    }

    /// Finds the open figures of an agency that would be refused, and returns their indicators.
    fn refused(&mut self, agency: AgencyId, indicators: &BTreeSet<IndicatorId>) -> BTreeSet<IndicatorId> {
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
                Closing::Phase(code) => (FindingReason::PhaseFrozen, None, self.words.frozen(agency, indicators, code)),
                Closing::Period(calendar, period, from) => {
                    let told = self.words.locked(agency, indicators, (*calendar, *period), *from);
                    (FindingReason::PeriodLocked, Some(FindingStep::RequestCorrection), told)
                }
            };
            self.find(FindingKind::Refused, reason, agency, None, told, step);
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

    fn late(&mut self, agency: AgencyId, indicators: &[IndicatorId]) {
        let Some(dates) = self.dates.filter(|_| !indicators.is_empty()) else { return };
        let today = self.rehearsal.today;
        let near = |day: &Date| (0..=i64::from(self.rehearsal.near_days)).contains(&(*day - today).num_days());
        let passed = |day: &Date| *day < today;
        let reasons = [
            (FindingReason::DeadlinePassed, dates.submission_due.filter(passed)),
            (FindingReason::CutOffPassed, dates.cut_off.filter(passed)),
            (FindingReason::CutOffNear, dates.cut_off.filter(near)),
            (FindingReason::DeadlineNear, dates.submission_due.filter(near)),
        ];
        if let Some((reason, day)) = reasons.into_iter().find_map(|(reason, day)| Some((reason, day?))) {
            let told = self.words.late(agency, indicators, reason, day);
            self.find(FindingKind::Late, reason, agency, None, told, None);
        }
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

    fn owe(&mut self, agency: AgencyId, indicator: IndicatorId) {
        self.open.entry(agency).or_default().insert(indicator);
    }

    fn find(
        &mut self,
        kind: FindingKind,
        reason: FindingReason,
        agency: AgencyId,
        indicator: Option<IndicatorId>,
        told: FindingText,
        step: Option<FindingStep>,
    ) {
        let FindingText { text, todo } = told;
        self.findings.push(Finding { kind, reason, agency, indicator, text, todo, step });
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
