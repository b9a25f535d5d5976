//! Closing: figures that must not change any more, and closed figures that a change of cells would move.

pub mod corrections;
pub mod cut_offs;
pub mod errata;
pub mod late;
pub mod locks;
mod reopened_scopes;
pub mod reopenings;
pub mod told_answers;
pub mod told_changes;

use crate::Date;
use crate::catalogue::movements::Phase;
use crate::catalogue::sources::Semantics;
use crate::catalogue::tree::Lines;
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::cells::{Cell, CellKey, Cells};
use crate::closing::errata::Cause;
use crate::id::{AgencyId, CalendarId, CorrectionId, IndicatorId, PhaseId, ReopeningId};
use crate::time::{Moment, Month, Period, civil_date};
use std::ops::RangeInclusive;

/// The reason why a cell must not change any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The phase is frozen.
    PhaseFrozen(PhaseId),
    /// A period that holds the month is locked.
    PeriodLocked(Period),
}

/// A closed figure that a change would move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedFigure {
    /// The calendar.
    pub calendar: CalendarId,
    /// The month at whose end the figure was told.
    pub month: Month,
    /// The reason why it must not move.
    pub closed: Closed,
}

impl Catalogue {
    /// The reason why a figure is closed on a day, if it is: a frozen phase, or a locked period that holds its month.
    /// Nothing closes before it has ended.
    pub fn closed(&self, key: CellKey, today: Date) -> Option<Closed> {
        let indicator = self.indicators.get(&key.indicator)?;
        let phase = self.phase_at(indicator, key.month);
        if let Some(phase) = phase.filter(|phase| self.is_frozen(phase.entity, key.calendar, today)) {
            return Some(Closed::PhaseFrozen(phase.id));
        }
        self.lock_on(key.calendar, key.month, key.agency, today).map(Closed::PeriodLocked)
    }

    /// A longer period whose answer may rest on this cell of a state although `told` has nothing for the agency in the
    /// cell's own month. A state counts where the agency lies at the window's end, and before that it was moved below
    /// an agency for which `told` has something in every month of the period. Returned with what `told` has for the
    /// last month.
    fn told_after_move<T>(&self, key: CellKey, told: impl Fn(Month, AgencyId) -> Option<T>) -> Option<(Period, T)> {
        if self.indicators.get(&key.indicator)?.definition_in(key.month).semantics != Semantics::State {
            return None;
        }
        let Lines::Dated(_) = self.lines(key.agency) else { return None };
        let [_, longer @ ..] = Period::holding(key.month);
        longer.into_iter().find_map(|period| {
            let mut above = self.tree_in(key.calendar, period.last_month()).line(key.agency);
            above.find_map(|root| {
                let all = period.months().all(|month| told(month, root).is_some());
                told(period.last_month(), root).filter(|_| all).map(|found| (period, found))
            })
        })
    }

    /// Permission to change a figure at a moment: freely (`None`), or for a cause that errata are to tell. The cause is
    /// a reopening of the figure or, while it is locked, an open correction: the nearest in the tree of agencies, then
    /// the one asked for first.
    pub fn permit(&self, key: CellKey, now: Moment) -> Result<Option<Cause>, Closed> {
        let today = civil_date(now);
        let moved = || self.told_after_move(key, |month, root| self.lock_on(key.calendar, month, root, today));
        let closed = self.closed(key, today);
        match closed.or_else(|| moved().map(|(period, _)| Closed::PeriodLocked(period))) {
            None => Ok(self.reopening(key).map(Cause::Reopening)),
            Some(Closed::PeriodLocked(period)) => {
                let correction = self.correction(key.calendar, key.month, key.agency, |id| id == key.indicator, now);
                correction.map(|id| Some(Cause::Correction(id))).ok_or(Closed::PeriodLocked(period))
            }
            Some(frozen) => Err(frozen),
        }
    }

    /// The causes for which a difference of cells is permitted, by cell; none for a cell that moves no figure that was
    /// told. Refuses a difference that would move a closed figure which no open correction covers.
    ///
    /// A cell of a stock is a step of a running sum: it moves the figures of all later months of its phase, until
    /// another step takes it back.
    pub fn permit_difference(&self, difference: &Cells, now: Moment) -> Result<Vec<(CellKey, Cause)>, ClosedFigure> {
        let mut permitted = Vec::new();
        let cells: Vec<(CellKey, Cell)> = difference.iter().collect();
        let definition =
            |key: &CellKey| self.indicators.get(&key.indicator).map(|found| found.definition_in(key.month));
        let adds_up = |one: &(CellKey, Cell), other: &(CellKey, Cell)| {
            let place = |key: &CellKey| (key.indicator, key.agency, key.calendar);
            let alike = || Some(definition(&one.0)?.measures_as(definition(&other.0)?));
            place(&one.0) == place(&other.0) && alike().unwrap_or(false)
        };
        for steps in cells.chunk_by(adds_up) {
            let Some((key, _)) = steps.first() else { continue };
            let CellKey { indicator: id, .. } = key;
            let Some(entity) = self.indicators.get(id) else { continue };
            if entity.definition_in(key.month).semantics == Semantics::Stock {
                self.permit_steps(IndicatorEntry { id: *id, entity }, steps, now, &mut permitted)?;
                continue;
            }
            for (key, _) in steps {
                let permit = self.permit(*key, now);
                let refused = |closed| ClosedFigure { calendar: key.calendar, month: key.month, closed };
                permitted.extend(permit.map_err(refused)?.map(|cause| (*key, cause)));
            }
        }
        Ok(permitted)
    }

    /// As [`Self::permit_difference`], for the steps of one running sum.
    fn permit_steps(
        &self,
        indicator: IndicatorEntry<'_>,
        steps: &[(CellKey, Cell)],
        now: Moment,
        permitted: &mut Vec<(CellKey, Cause)>,
    ) -> Result<(), ClosedFigure> {
        let same_phase = |one: &(CellKey, Cell), other: &(CellKey, Cell)| {
            let phase = |key: &CellKey| self.phase_at(indicator.entity, key.month).map(|phase| phase.id);
            phase(&one.0) == phase(&other.0)
        };
        for steps in steps.chunk_by(same_phase) {
            let mut moved: Vec<(Month, Cause)> = Vec::new();
            let mut sum = Cell::default();
            for (position, (key, step)) in steps.iter().enumerate() {
                // Where the steps so far cancel out, the running sum is what it was, and no figure moves.
                sum = sum.plus(*step);
                if sum.is_empty() {
                    continue;
                }
                let phase = self.phase_at(indicator.entity, key.month);
                let end = phase.map_or(key.month, |phase| phase.entity.last_month());
                let end = end.min(*indicator.entity.definitions.run_in(key.month).end());
                let next = steps.get(position + 1).map(|(next, _)| next.month);
                for month in self.told_months(indicator, *key, end, civil_date(now)) {
                    if next.is_some_and(|next| next <= month) {
                        break;
                    }
                    let refused = |closed| ClosedFigure { calendar: key.calendar, month, closed };
                    let permit = self.permit(CellKey { month, ..*key }, now).map_err(refused)?;
                    moved.extend(permit.map(|cause| (month, cause)));
                }
            }
            for (key, _) in steps {
                let first = moved.iter().find(|(month, _)| key.month <= *month);
                permitted.extend(first.map(|(_, cause)| (*key, *cause)));
            }
        }
        Ok(())
    }

    /// The months from a cell's on, up to another one of its phase, in which the figure is closed on a day or was
    /// reopened, in order.
    fn told_months(&self, indicator: IndicatorEntry<'_>, key: CellKey, end: Month, today: Date) -> Vec<Month> {
        let CellKey { agency, calendar, month, .. } = key;
        let mut months = self.closed_months(indicator, agency, calendar, month..=end, today);
        let reopened = self.reopened_months().among(calendar, indicator.id, month..=end);
        if !reopened.is_empty() {
            months.extend(reopened);
            months.sort_unstable();
            months.dedup();
        }
        months
    }

    /// The last reopening of a figure, if it was ever closed and reopened.
    fn reopening(&self, key: CellKey) -> Option<ReopeningId> {
        if self.reopened_months().is_empty() {
            return None;
        }
        let last = |month, agency| {
            let tree = self.tree_in(key.calendar, month);
            self.reopened_months().last(CellKey { month, agency, ..key }, || tree.line(agency))
        };
        last(key.month, key.agency).or_else(|| self.told_after_move(key, last).map(|(_, reopening)| reopening))
    }

    /// The months of a range, which lies in one phase, in which an agency's own figure is closed on a day, in order.
    pub(crate) fn closed_months(
        &self,
        indicator: IndicatorEntry<'_>,
        agency: AgencyId,
        calendar: CalendarId,
        months: RangeInclusive<Month>,
        today: Date,
    ) -> Vec<Month> {
        let phase = self.phase_at(indicator.entity, *months.start());
        if phase.is_some_and(|phase| self.is_frozen(phase.entity, calendar, today)) {
            return months.start().through(*months.end()).collect();
        }
        self.locked_among(calendar, months, agency, today)
    }

    /// The months of a range that are locked for an agency on a day, in order: by a lock of the agency, or of one that
    /// was above it in that month.
    pub(crate) fn locked_among(
        &self,
        calendar: CalendarId,
        months: RangeInclusive<Month>,
        agency: AgencyId,
        today: Date,
    ) -> Vec<Month> {
        let lines = self.lines(agency);
        self.locked_months().among(calendar, months, |month| lines.of(self, calendar, month), today)
    }

    /// The locked period that holds a month for an agency, if any.
    pub fn lock_on(&self, calendar: CalendarId, month: Month, agency: AgencyId, today: Date) -> Option<Period> {
        self.locked_months().find(calendar, month, self.tree_in(calendar, month).line(agency), today)
    }

    /// True when any month of a period is locked for an agency or for one below it.
    pub fn is_locked_within(&self, calendar: CalendarId, period: Period, agency: AgencyId, today: Date) -> bool {
        period.months().any(|month| {
            let tree = self.tree_in(calendar, month);
            self.lock_on(calendar, month, agency, today).is_some()
                || self.locked_months().agencies(calendar, month, today).any(|locked| tree.is_within(locked, agency))
        })
    }

    /// The correction under which an agency's figures of a month may change at a moment, for an indicator that
    /// `concerns` accepts.
    pub fn correction(
        &self,
        calendar: CalendarId,
        month: Month,
        agency: AgencyId,
        concerns: impl Fn(IndicatorId) -> bool,
        now: Moment,
    ) -> Option<CorrectionId> {
        let line = self.tree_in(calendar, month).line(agency);
        self.corrected_months().of(calendar, month, line).find(|id| {
            let correction = self.corrections.get(id);
            correction.is_some_and(|found| found.is_open(now) && found.indicator.is_none_or(&concerns))
        })
    }

    /// True when a phase is closed in a calendar on a day: frozen, and over there.
    pub(crate) fn is_frozen(&self, phase: &Phase, calendar: CalendarId, today: Date) -> bool {
        phase.frozen && self.has_ended(calendar, Period::Month(phase.last_month()), today)
    }

    /// True when the last day of a period has passed in a calendar.
    pub fn has_ended(&self, calendar: CalendarId, period: Period, today: Date) -> bool {
        self.window(calendar, period).is_some_and(|window| window.to < today)
    }
}
