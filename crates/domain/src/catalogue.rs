//! The catalogue: everything small that gives figures their meaning, held in memory as one value.

use crate::Date;
use crate::agencies::Agency;
use crate::calendars::{Calendar, Month, Period, Window};
use crate::cells::CellKey;
use crate::export_profiles::ExportProfile;
use crate::id::{AgencyId, CalendarId, ExportProfileId, IndicatorId, MovementId, PeriodId, PhaseId, TargetId};
use crate::indicators::Indicator;
use crate::movements::{Movement, Phase};
use crate::periods::PeriodDates;
use crate::targets::{Target, TargetScope};
use std::collections::{BTreeMap, HashMap};

/// Agencies, movements, phases, indicators, targets, calendars, the stored dates of periods and export profiles, each by
/// identity.
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
    /// Export profiles.
    pub export_profiles: BTreeMap<ExportProfileId, ExportProfile>,
    index: Index,
}

/// Look-ups derived from the rest.
#[derive(Debug, Clone, Default)]
struct Index {
    children: HashMap<AgencyId, Vec<AgencyId>>,
    successors: HashMap<AgencyId, Vec<AgencyId>>,
    agency_by_identifier: HashMap<String, AgencyId>,
    indicator_by_code: HashMap<String, IndicatorId>,
    targets_by_indicator: HashMap<IndicatorId, Vec<TargetId>>,
    locks: HashMap<(CalendarId, Period), Date>,
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

/// Why a cell must not change any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The phase is frozen.
    PhaseFrozen(PhaseId),
    /// A period that holds the month is locked.
    PeriodLocked(Period),
}

impl Catalogue {
    /// Derives the look-ups; to be called once after filling the maps.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        let mut index = Index::default();
        for (id, agency) in &self.agencies {
            index.agency_by_identifier.insert(agency.identifier.as_str().to_owned(), *id);
            if let Some(parent) = agency.parent {
                index.children.entry(parent).or_default().push(*id);
            }
            for predecessor in &agency.predecessors {
                index.successors.entry(*predecessor).or_default().push(*id);
            }
        }
        for (id, indicator) in &self.indicators {
            index.indicator_by_code.insert(indicator.code.as_str().to_owned(), *id);
        }
        for (id, target) in &self.targets {
            index.targets_by_indicator.entry(target.indicator).or_default().push(*id);
        }
        for dates in self.periods.values() {
            if let Some(locks_on) = dates.locks_on {
                index.locks.insert((dates.calendar, dates.period), locks_on);
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

    /// The indicator with a code.
    pub fn indicator(&self, code: &str) -> Option<IndicatorEntry<'_>> {
        let id = *self.index.indicator_by_code.get(code)?;
        Some(IndicatorEntry { id, entity: self.indicators.get(&id)? })
    }

    /// The calendar with a code.
    pub fn calendar(&self, code: &str) -> Option<(CalendarId, &Calendar)> {
        let (id, calendar) = self.calendars.iter().find(|(_, calendar)| calendar.code.as_str() == code)?;
        Some((*id, calendar))
    }

    /// The movement with a code.
    pub fn movement(&self, code: &str) -> Option<(MovementId, &Movement)> {
        let (id, movement) = self.movements.iter().find(|(_, movement)| movement.code.as_str() == code)?;
        Some((*id, movement))
    }

    /// The export profile with a code.
    pub fn export_profile(&self, code: &str) -> Option<(ExportProfileId, &ExportProfile)> {
        let (id, profile) = self.export_profiles.iter().find(|(_, profile)| profile.code.as_str() == code)?;
        Some((*id, profile))
    }

    /// Every indicator, in identity order.
    pub fn indicators(&self) -> impl Iterator<Item = IndicatorEntry<'_>> {
        self.indicators.iter().map(|(id, entity)| IndicatorEntry { id: *id, entity })
    }

    /// The phases of a movement, in identity order.
    pub fn phases_of(&self, movement: MovementId) -> impl Iterator<Item = PhaseEntry<'_>> {
        let all = self.phases.iter().map(|(id, entity)| PhaseEntry { id: *id, entity });
        all.filter(move |phase| phase.entity.movement == movement)
    }

    /// The phase of a movement that holds a year.
    pub fn phase_in(&self, movement: MovementId, year: i32) -> Option<PhaseEntry<'_>> {
        self.phases_of(movement).find(|phase| phase.entity.holds_year(year))
    }

    /// The agencies directly below one, in identity order.
    pub fn children(&self, agency: AgencyId) -> &[AgencyId] {
        self.index.children.get(&agency).map_or(&[], Vec::as_slice)
    }

    /// The agencies one was merged or divided into, in identity order.
    pub fn successors(&self, agency: AgencyId) -> &[AgencyId] {
        self.index.successors.get(&agency).map_or(&[], Vec::as_slice)
    }

    /// An agency and all below it, parents before children, siblings in identity order. A stored cycle cannot loop:
    /// every agency is visited once.
    pub fn subtree(&self, root: AgencyId) -> Vec<AgencyId> {
        let mut found = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut pending = vec![root];
        while let Some(agency) = pending.pop() {
            if seen.insert(agency) {
                found.push(agency);
                pending.extend(self.children(agency).iter().rev());
            }
        }
        found
    }

    /// Whether `agency` is `root` or lies below it.
    pub fn is_within(&self, agency: AgencyId, root: AgencyId) -> bool {
        let mut at = Some(agency);
        let mut steps = 0;
        while let Some(id) = at {
            if id == root {
                return true;
            }
            steps += 1;
            if steps > self.agencies.len() {
                return false;
            }
            at = self.agencies.get(&id).and_then(|agency| agency.parent);
        }
        false
    }

    /// The target that applies to a question, the most specific one: one for the agency before one for all, and among
    /// equals a year before a phase before the movement.
    pub fn target_for(
        &self,
        indicator: IndicatorEntry<'_>,
        agency: AgencyId,
        year: i32,
    ) -> Option<(TargetId, &Target)> {
        let phase = self.phase_in(indicator.entity.movement, year).map(|phase| phase.id);
        let candidates = self.index.targets_by_indicator.get(&indicator.id)?;
        candidates
            .iter()
            .filter_map(|id| self.targets.get(id).map(|target| (*id, target)))
            .filter(|(_, target)| target.agency.is_none_or(|only| only == agency))
            .filter(|(_, target)| match target.scope {
                TargetScope::Movement(movement) => movement == indicator.entity.movement,
                TargetScope::Phase(only) => Some(only) == phase,
                TargetScope::Year(only) => only == year,
            })
            .max_by_key(|(id, target)| (target.agency.is_some(), target.scope, *id))
    }

    /// Whether a figure may still change on a day: a frozen phase or a locked period that holds its month forbids it.
    pub fn closed(&self, key: CellKey, today: Date) -> Option<Closed> {
        let indicator = self.indicators.get(&key.indicator)?;
        if let Some(phase) = self.phase_in(indicator.movement, key.month.year())
            && phase.entity.frozen
        {
            return Some(Closed::PhaseFrozen(phase.id));
        }
        self.lock_on(key.calendar, key.month, today).map(Closed::PeriodLocked)
    }

    /// The locked period that holds a month, if any.
    pub fn lock_on(&self, calendar: CalendarId, month: Month, today: Date) -> Option<Period> {
        Period::holding(month)
            .into_iter()
            .find(|period| self.index.locks.get(&(calendar, *period)).is_some_and(|from| *from <= today))
    }

    /// The dates a period covers in a calendar.
    pub fn window(&self, calendar: CalendarId, period: Period) -> Option<Window> {
        Some(self.calendars.get(&calendar)?.window(period))
    }
}
