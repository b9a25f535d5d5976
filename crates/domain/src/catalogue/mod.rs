//! The catalogue: everything small that gives figures their meaning, held in memory as one value.

pub mod agencies;
mod agencies_in_time;
pub mod calendars;
pub mod definitions;
pub mod holidays;
pub mod indicators;
pub mod movements;
pub mod periods;
pub mod record_kinds;
pub mod so_far;
pub mod sources;
pub mod target_versions;
pub mod targets;
pub mod tree;

use crate::Date;
use crate::catalogue::agencies::Agency;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::Run;
use crate::catalogue::holidays::Holiday;
use crate::catalogue::indicators::Indicator;
use crate::catalogue::movements::{Movement, Phase};
use crate::catalogue::periods::PeriodDates;
use crate::catalogue::target_versions::TargetVersion;
use crate::catalogue::targets::{Target, TargetScope};
use crate::catalogue::tree::Trees;
use crate::closing::corrections::{CorrectedMonths, Correction};
use crate::closing::cut_offs::CutOffs;
use crate::closing::errata::{AnswerKey, Erratum, ErratumMeasure};
use crate::closing::locks::{Lock, LockedMonths};
use crate::closing::reopenings::{ReopenedMonths, Reopening};
use crate::exchange::export_profiles::ExportProfile;
use crate::id::{
    AgencyId, CalendarId, CorrectionId, ErratumId, ExportProfileId, HolidayId, IndicatorId, LockId, MovementId,
    PeriodId, PhaseId, ReopeningId, TargetId,
};
use crate::spelling::{folded, meant};
use crate::time::{Month, Period, Window};
use std::collections::{BTreeMap, HashMap};

/// Agencies, movements, phases, indicators, targets, calendars, the stored dates of periods, holidays, export
/// profiles, locks, corrections, reopenings and errata, each by identity.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Agencies, closed ones included.
    pub agencies: BTreeMap<AgencyId, Agency>,
    /// Movements.
    pub movements: BTreeMap<MovementId, Movement>,
    /// Phases of all movements.
    pub phases: BTreeMap<PhaseId, Phase>,
    /// Indicators.
    pub indicators: BTreeMap<IndicatorId, Indicator>,
    /// Targets.
    pub targets: BTreeMap<TargetId, Target>,
    /// Calendars.
    pub calendars: BTreeMap<CalendarId, Calendar>,
    /// Stored dates of periods.
    pub periods: BTreeMap<PeriodId, PeriodDates>,
    /// Holidays and make-up days.
    pub holidays: BTreeMap<HolidayId, Holiday>,
    /// Export profiles.
    pub export_profiles: BTreeMap<ExportProfileId, ExportProfile>,
    /// Locks on figures.
    pub locks: BTreeMap<LockId, Lock>,
    /// Corrections of locked figures.
    pub corrections: BTreeMap<CorrectionId, Correction>,
    /// Reopenings of closed figures.
    pub reopenings: BTreeMap<ReopeningId, Reopening>,
    /// Errata of corrected figures.
    pub errata: BTreeMap<ErratumId, Erratum>,
    index: Index,
}

/// Look-ups derived from the rest.
#[derive(Debug, Clone, Default)]
struct Index {
    trees: Trees,
    successors: HashMap<AgencyId, Vec<AgencyId>>,
    agency_by_identifier: HashMap<String, AgencyId>,
    indicator_by_code: HashMap<String, IndicatorId>,
    /// By the code in lower case: the indicator that was created first.
    indicator_by_folded_code: HashMap<String, IndicatorId>,
    targets_by_indicator: HashMap<IndicatorId, Vec<TargetId>>,
    locks: LockedMonths,
    corrections: CorrectedMonths,
    reopenings: ReopenedMonths,
    errata: HashMap<(IndicatorId, CalendarId), HashMap<AgencyId, Vec<ErratumId>>>,
    cut_offs: CutOffs,
    errata_of_answers: HashMap<AnswerKey, Vec<ErratumId>>,
}

/// An indicator with its identity.
#[derive(Debug, Clone, Copy)]
pub struct IndicatorEntry<'a> {
    /// Identity.
    pub id: IndicatorId,
    /// The indicator.
    pub entity: &'a Indicator,
}

/// A phase with its identity.
#[derive(Debug, Clone, Copy)]
pub struct PhaseEntry<'a> {
    /// Identity.
    pub id: PhaseId,
    /// The phase.
    pub entity: &'a Phase,
}

/// The targets of an indicator that apply in a month, by their versions that hold in it.
#[derive(Debug, Clone, Default)]
pub struct TargetsOfMonth<'a> {
    for_one: HashMap<AgencyId, Applying<'a>>,
    for_all: Option<Applying<'a>>,
}

/// A target that applies, with the version that holds.
#[derive(Debug, Clone, Copy)]
struct Applying<'a> {
    id: TargetId,
    scope: TargetScope,
    version: &'a TargetVersion,
}

impl<'a> TargetsOfMonth<'a> {
    /// The target that applies to an agency, with the version that holds.
    pub fn of(&self, agency: AgencyId) -> Option<(TargetId, &'a TargetVersion)> {
        let found = self.for_one.get(&agency).copied().or(self.for_all);
        found.map(|found| (found.id, found.version))
    }
}

impl Catalogue {
    /// Derives the look-ups; to be called once after filling the maps.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        let mut index = Index { trees: Trees::of(&self.agencies), ..Index::default() };
        for (id, agency) in &self.agencies {
            index.agency_by_identifier.insert(agency.identifier.as_str().to_owned(), *id);
            for predecessor in &agency.predecessors {
                index.successors.entry(*predecessor).or_default().push(*id);
            }
        }
        for (id, indicator) in &self.indicators {
            index.indicator_by_code.insert(indicator.code.as_str().to_owned(), *id);
            index.indicator_by_folded_code.entry(folded(&indicator.code)).or_insert(*id);
        }
        for (id, target) in &self.targets {
            index.targets_by_indicator.entry(target.indicator).or_default().push(*id);
        }
        let ended = |calendar, period| self.window(calendar, period)?.to.next();
        for dates in self.periods.values() {
            index.cut_offs.add(dates);
            index.locks.add_dates(dates, ended(dates.calendar, dates.period));
        }
        for lock in self.locks.values() {
            index.locks.add(lock, ended(lock.calendar, lock.period));
        }
        for (id, correction) in &self.corrections {
            index.corrections.add(*id, correction);
        }
        for (id, reopening) in &self.reopenings {
            index.reopenings.add(*id, reopening);
        }
        for (id, erratum) in &self.errata {
            match erratum.answer() {
                Some((key, _)) => index.errata_of_answers.entry(key).or_default().push(*id),
                None => {
                    let agencies = index.errata.entry((erratum.indicator, erratum.calendar)).or_default();
                    agencies.entry(erratum.agency).or_default().push(*id);
                }
            }
        }
        self.index = index;
        self
    }

    /// The agency with an identifier in force.
    pub fn agency(&self, identifier: &str) -> Option<(AgencyId, &Agency)> {
        let id = *self.index.agency_by_identifier.get(identifier)?;
        Some((id, self.agencies.get(&id)?))
    }

    /// The indicator that a code means.
    pub fn indicator(&self, code: &str) -> Option<IndicatorEntry<'_>> {
        let exact = self.index.indicator_by_code.get(code);
        let id = *exact.or_else(|| self.index.indicator_by_folded_code.get(&folded(code)))?;
        Some(IndicatorEntry { id, entity: self.indicators.get(&id)? })
    }

    /// The calendar that a code means.
    pub fn calendar(&self, code: &str) -> Option<(CalendarId, &Calendar)> {
        let (id, calendar) = meant(code, &self.calendars, |(_, calendar)| &calendar.code)?;
        Some((*id, calendar))
    }

    /// The holiday or make-up day on a date.
    pub fn holiday(&self, date: Date) -> Option<(HolidayId, &Holiday)> {
        let (id, holiday) = self.holidays.iter().find(|(_, holiday)| holiday.date == date)?;
        Some((*id, holiday))
    }

    /// The movement that a code means.
    pub fn movement(&self, code: &str) -> Option<(MovementId, &Movement)> {
        let (id, movement) = meant(code, &self.movements, |(_, movement)| &movement.code)?;
        Some((*id, movement))
    }

    /// The export profile that a code means.
    pub fn export_profile(&self, code: &str) -> Option<(ExportProfileId, &ExportProfile)> {
        let (id, profile) = meant(code, &self.export_profiles, |(_, profile)| &profile.code)?;
        Some((*id, profile))
    }

    /// Every indicator, in identity order.
    pub fn indicators(&self) -> impl Iterator<Item = IndicatorEntry<'_>> {
        self.indicators.iter().map(|(id, entity)| IndicatorEntry { id: *id, entity })
    }

    /// The runs of every indicator's definitions, by indicator in identity order.
    pub fn runs(&self) -> impl Iterator<Item = (IndicatorId, Run<'_>)> {
        self.indicators().flat_map(|IndicatorEntry { id, entity }| entity.definitions.runs().map(move |run| (id, run)))
    }

    /// True when declared figures of any indicator are compared with the people on the rolls.
    pub fn compares_people(&self) -> bool {
        self.indicators.values().any(Indicator::is_beside_people)
    }

    /// The movement that an indicator belongs to in a year. It changes with a phase, hence with a year.
    pub fn movement_in(&self, indicator: &Indicator, year: i32) -> MovementId {
        indicator.definition_in(Period::Year(year).last_month()).movement
    }

    /// The phase within which an indicator accumulates in a month.
    pub fn phase_at(&self, indicator: &Indicator, month: Month) -> Option<PhaseEntry<'_>> {
        self.phase_in(indicator.definition_in(month).movement, month.year())
    }

    /// The phases of a movement, in identity order.
    pub fn phases_of(&self, movement: MovementId) -> impl Iterator<Item = PhaseEntry<'_>> {
        let all = self.phases.iter().map(|(id, entity)| PhaseEntry { id: *id, entity });
        all.filter(move |phase| phase.entity.movement == movement)
    }

    /// The phase of a movement that a code means.
    pub fn phase_called(&self, movement: MovementId, code: &str) -> Option<PhaseEntry<'_>> {
        meant(code, self.phases_of(movement), |phase| &phase.entity.code)
    }

    /// The phase of a movement that holds a year.
    pub fn phase_in(&self, movement: MovementId, year: i32) -> Option<PhaseEntry<'_>> {
        self.phases_of(movement).find(|phase| phase.entity.holds_year(year))
    }

    /// The agencies directly below one now, in identity order.
    pub fn children(&self, agency: AgencyId) -> &[AgencyId] {
        self.tree().children(agency)
    }

    /// The agencies one was merged or divided into, in identity order.
    pub fn successors(&self, agency: AgencyId) -> &[AgencyId] {
        self.index.successors.get(&agency).map_or(&[], Vec::as_slice)
    }

    /// An agency and all below it now, parents before children, siblings in identity order.
    pub fn subtree(&self, root: AgencyId) -> Vec<AgencyId> {
        self.tree().subtree(root)
    }

    /// True when `agency` is `root` or lies below it now.
    pub fn is_within(&self, agency: AgencyId, root: AgencyId) -> bool {
        self.tree().is_within(agency, root)
    }

    /// An agency and those above it now, from the bottom up.
    pub fn line(&self, agency: AgencyId) -> impl Iterator<Item = AgencyId> + '_ {
        self.tree().line(agency)
    }

    /// The target that applies in a month, the most specific one: one for the agency before one for all, and among
    /// equals a year before a phase before the movement.
    pub fn target_for(
        &self,
        indicator: IndicatorEntry<'_>,
        agency: AgencyId,
        month: Month,
    ) -> Option<(TargetId, &TargetVersion)> {
        self.targets_in(indicator, month).of(agency)
    }

    /// The targets of an indicator that apply in a month, for many agencies to be judged by. One that holds from a
    /// later month on leaves its place to a less specific one.
    pub fn targets_in(&self, indicator: IndicatorEntry<'_>, month: Month) -> TargetsOfMonth<'_> {
        let year = month.year();
        let movement = self.movement_in(indicator.entity, year);
        let phase = self.phase_in(movement, year).map(|phase| phase.id);
        let candidates = self.index.targets_by_indicator.get(&indicator.id);
        let candidates = candidates.into_iter().flatten().filter_map(|id| Some((*id, self.targets.get(id)?)));
        let applying = candidates.filter(|(_, target)| match target.scope {
            TargetScope::Movement(only) => only == movement,
            TargetScope::Phase(only) => Some(only) == phase,
            TargetScope::Year(only) => only == year,
        });
        let mut found = TargetsOfMonth::default();
        for (id, target) in applying {
            let Some(version) = target.versions.in_month(month) else { continue };
            let new = Applying { id, scope: target.scope, version };
            let known = match target.agency {
                Some(agency) => found.for_one.entry(agency).or_insert(new),
                None => found.for_all.get_or_insert(new),
            };
            if (known.scope, known.id) < (new.scope, id) {
                *known = new;
            }
        }
        found
    }

    /// Every lock, by calendar and month.
    pub(crate) fn locked_months(&self) -> &LockedMonths {
        &self.index.locks
    }

    /// The stored cut-offs of periods.
    pub fn cut_offs(&self) -> &CutOffs {
        &self.index.cut_offs
    }

    /// Every approved correction, by calendar and month.
    pub(crate) fn corrected_months(&self) -> &CorrectedMonths {
        &self.index.corrections
    }

    /// Every reopening, by the figures it reopened.
    pub(crate) fn reopened_months(&self) -> &ReopenedMonths {
        &self.index.reopenings
    }

    /// The errata of an indicator's cells in a calendar, of some agencies.
    pub(crate) fn errata_of(
        &self,
        indicator: IndicatorId,
        calendar: CalendarId,
        agencies: &[AgencyId],
    ) -> Vec<(ErratumId, &Erratum)> {
        let Some(known) = self.index.errata.get(&(indicator, calendar)) else { return Vec::new() };
        let ids = agencies.iter().filter_map(|agency| known.get(agency)).flatten();
        ids.filter_map(|id| Some((*id, self.errata.get(id)?))).collect()
    }

    /// The errata of one answer, in the order in which they were made.
    pub fn errata_of_answer(&self, key: AnswerKey) -> impl Iterator<Item = (ErratumId, &Erratum)> {
        let ids = self.index.errata_of_answers.get(&key).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.errata.get(id)?)))
    }

    /// The trees of agencies, in time.
    pub(crate) fn trees(&self) -> &Trees {
        &self.index.trees
    }

    /// The dates a period covers in a calendar.
    pub fn window(&self, calendar: CalendarId, period: Period) -> Option<Window> {
        Some(self.calendars.get(&calendar)?.window(period))
    }

    /// The measure of errata of an indicator's cells of a month.
    pub fn erratum_measure(&self, indicator: IndicatorId, month: Month) -> ErratumMeasure {
        let definition = self.indicators.get(&indicator).map(|indicator| indicator.definition_in(month));
        definition.map_or(ErratumMeasure::MonthFigure, ErratumMeasure::of)
    }
}
