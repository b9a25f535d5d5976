//! Late records: facts that arrive when the months they concern are closed. They keep their true day, and count from
//! the first open day, so that answers told before stay.
//!
//! The writer decides once in which months a record does not count, and logs these months with the row. So
//! contributions can be computed again without locks and without a clock.

use crate::Date;
use crate::catalogue::calendars::{Calendar, LateRecords};
use crate::catalogue::sources::Source;
use crate::catalogue::{Catalogue, IndicatorEntry, PhaseEntry};
use crate::cells::CellKey;
use crate::closing::{Closed, ClosedFigure};
use crate::id::{AgencyId, CalendarId};
use crate::tenures::Tenures;
use crate::time::{Moment, Month};
use serde::{Deserialize, Serialize};

/// Months of one calendar that were closed when a record arrived: it does not count in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateMonths {
    /// The calendar.
    pub calendar: CalendarId,
    /// The first month: that of the record's day, or the first of a later phase.
    pub first: Month,
    /// The last one.
    pub last: Month,
}

impl LateMonths {
    /// The first day after them.
    pub fn over(&self, calendar: &Calendar) -> Option<Date> {
        calendar.last_day(self.last).next()
    }
}

/// The months in which a record does not count, in all calendars; none for a record that came in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Late(Vec<LateMonths>);

impl Late {
    /// The months of a row as it was stored.
    pub(crate) fn stored(months: Vec<LateMonths>) -> Self {
        Self(months)
    }

    /// True for a record that came in time.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The months, by calendar.
    pub fn all(&self) -> &[LateMonths] {
        &self.0
    }

    /// True for a month in which the record does not count.
    pub fn holds(&self, calendar: CalendarId, month: Month) -> bool {
        self.at(calendar, month).is_some()
    }

    /// The first day on which something of a day counts in a calendar.
    pub fn counted_from(&self, (id, calendar): (CalendarId, &Calendar), day: Date) -> Date {
        if self.is_empty() {
            return day;
        }
        let late = calendar.month_of(day).and_then(|month| self.at(id, month));
        late.and_then(|late| late.over(calendar)).unwrap_or(day)
    }

    fn at(&self, calendar: CalendarId, month: Month) -> Option<&LateMonths> {
        self.0.iter().find(|late| late.calendar == calendar && (late.first..=late.last).contains(&month))
    }

    /// The late months of a changed record: where it was late before, no further than then, so that a month in which it
    /// counted already goes on counting. `before` has the late months before the change.
    #[must_use]
    fn within(mut self, before: &Self) -> Self {
        for late in &mut self.0 {
            if let Some(earlier) = before.at(late.calendar, late.first) {
                late.last = late.last.min(earlier.last);
            }
        }
        self
    }
}

/// Kinds of records that count by their day, each in the indicators of its own source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// Training counts in the phase of its day.
    Training,
    /// A person's stay counts in later phases, too.
    Staff,
    /// A monitoring status holds until the next one, in later phases, too.
    Monitoring,
    /// A system's stay counts in later phases, too.
    InformationSystem,
}

impl Dated {
    fn feeds(self, source: &Source) -> bool {
        match self {
            Self::Training | Self::Staff => matches!(source, Source::TrainingRecords { .. }),
            Self::Monitoring | Self::InformationSystem => matches!(source, Source::MonitoringStatuses { .. }),
        }
    }

    fn outlasts_its_phase(self) -> bool {
        self != Self::Training
    }
}

/// Closed months whose figures were told with another holder of a person or a system than the one in the stays now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldMonths {
    /// The calendar.
    pub calendar: CalendarId,
    /// The first month.
    pub first: Month,
    /// The last one.
    pub last: Month,
    /// The agency that was known to hold it then; absent for none.
    pub agency: Option<AgencyId>,
}

/// The holders that closed months were told with, where the stays have others now; empty as long as all stays came in
/// time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ToldHolders(Vec<ToldMonths>);

impl ToldHolders {
    /// The months of a row as it was stored.
    pub(crate) fn stored(months: Vec<ToldMonths>) -> Self {
        Self(months)
    }

    /// True when the stays have the holders of all closed months.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The months, by calendar.
    pub fn all(&self) -> &[ToldMonths] {
        &self.0
    }

    /// The holder that a month was told with, `Some(None)` for nobody; `None` where the stays decide.
    fn holder(&self, calendar: CalendarId, month: Month) -> Option<Option<AgencyId>> {
        let holds = |told: &&ToldMonths| told.calendar == calendar && (told.first..=told.last).contains(&month);
        self.0.iter().find(holds).map(|told| told.agency)
    }

    fn add(&mut self, calendar: CalendarId, month: Month, agency: Option<AgencyId>) {
        match self.0.last_mut() {
            Some(last) if (last.calendar, last.agency, last.last.next()) == (calendar, agency, Some(month)) => {
                last.last = month;
            }
            _ => self.0.push(ToldMonths { calendar, first: month, last: month, agency }),
        }
    }
}

/// The roll of a person or a system: the stays, and the holders that closed months were told with instead.
#[derive(Debug, Clone, Copy)]
pub struct Roll<'a> {
    /// The stays.
    pub stays: &'a Tenures,
    /// The holders that closed months were told with instead.
    pub told: &'a ToldHolders,
}

impl Roll<'_> {
    /// The agency whose figure of a month holds the person or the system; `end` is the month's last day.
    pub fn holder(self, calendar: CalendarId, month: Month, end: Date) -> Option<AgencyId> {
        self.told.holder(calendar, month).unwrap_or_else(|| self.stays.agency_on(end))
    }

    /// Days on which the holder may change in the figures.
    pub(crate) fn turns(self, catalogue: &Catalogue) -> impl Iterator<Item = Date> {
        let stays = self.stays.all().iter();
        let stays = stays.flat_map(|stay| [Some(stay.from), stay.to.and_then(|last| last.next())]).flatten();
        let told = self.told.all().iter().filter_map(|told| {
            let calendar = catalogue.calendars.get(&told.calendar)?;
            Some([calendar.last_day(told.first), calendar.last_day(told.last).next()?])
        });
        stays.chain(told.flatten())
    }
}

/// The months of a phase in which something may be closed, with the first month from which a record counts there.
struct Closable {
    from: Month,
    months: Vec<Month>,
}

/// The months of a phase in which records of a kind count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct FedPhase {
    first: Month,
    last: Month,
    frozen: bool,
}

impl Catalogue {
    /// The months in which a record of a day does not count when it arrives at a moment: in every calendar and phase
    /// from its day up to the last month in which the figure of the agency that held its subject is closed, and under
    /// no open correction. `before` has these months before a change of the record.
    pub fn late(&self, kind: Dated, day: Date, held: Roll<'_>, before: Option<&Late>, now: Moment) -> Late {
        let mut late = Late::default();
        for (id, calendar) in &self.calendars {
            let Some(month) = calendar.month_of(day) else { continue };
            for Closable { from, months } in self.closable(kind, *id, month) {
                let closed = |month: &&Month| self.closed_to(kind, (*id, calendar), **month, held, now).is_some();
                let last = months.iter().rev().find(closed);
                late.0.extend(last.map(|last| LateMonths { calendar: *id, first: from, last: *last }));
            }
        }
        match before {
            Some(before) => late.within(before),
            None => late,
        }
    }

    /// The calendars in which a record does not count from its own day, each with the day from which it counts; no day
    /// where the phase of its own day has no open day left.
    pub fn counted_from(&self, kind: Dated, day: Date, late: &Late) -> Vec<(CalendarId, Option<Date>)> {
        let mut found = Vec::new();
        for (id, calendar) in &self.calendars {
            let Some(late) = calendar.month_of(day).and_then(|month| late.at(*id, month)) else { continue };
            let to_its_end = self.fed_phases(kind).any(|phase| phase.last == late.last);
            let nowhere = to_its_end && !kind.outlasts_its_phase();
            found.push((*id, late.over(calendar).filter(|_| !nowhere)));
        }
        found
    }

    /// The calendars in which the last late change of a roll counts from a later day, each with that day.
    pub fn roll_counted_from(&self, told: &ToldHolders) -> Vec<(CalendarId, Option<Date>)> {
        let last = |id: &CalendarId| told.all().iter().filter(|told| told.calendar == *id).map(|told| told.last).max();
        let over = |(id, calendar): (&CalendarId, &Calendar)| Some((*id, calendar.last_day(last(id)?).next()));
        self.calendars.iter().filter_map(over).collect()
    }

    /// A closed month in which a record counts, with its calendar: then it must neither change nor go, unless an open
    /// correction covers it.
    pub fn counted_closed(
        &self,
        kind: Dated,
        day: Date,
        late: &Late,
        held: Roll<'_>,
        now: Moment,
    ) -> Option<ClosedFigure> {
        self.calendars.iter().find_map(|(id, calendar)| {
            let months =
                self.closable(kind, *id, calendar.month_of(day)?).into_iter().flat_map(|closable| closable.months);
            let mut counted = months.filter(|month| !late.holds(*id, *month));
            counted.find_map(|month| {
                let closed = self.closed_to(kind, (*id, calendar), month, held, now)?;
                Some(ClosedFigure { calendar: *id, month, closed })
            })
        })
    }

    /// A calendar that takes no late records, with the first closed month in which a record would be late now and was
    /// not before.
    pub fn refused_late(&self, late: &Late, before: Option<&Late>) -> Option<(CalendarId, Month)> {
        let new = late.0.iter().filter(|late| before.is_none_or(|before| !before.holds(late.calendar, late.first)));
        new.map(|late| (late.calendar, late.first)).find(|(calendar, _)| self.refuses_late(*calendar))
    }

    /// As [`Self::refused_late`], of a roll.
    pub fn refused_told(&self, told: &ToldHolders, before: Option<&ToldHolders>) -> Option<(CalendarId, Month)> {
        let known = |told: &ToldMonths| before.is_some_and(|before| before.holder(told.calendar, told.first).is_some());
        let new = told.0.iter().filter(|told| !known(told));
        new.map(|told| (told.calendar, told.first)).find(|(calendar, _)| self.refuses_late(*calendar))
    }

    fn refuses_late(&self, calendar: CalendarId) -> bool {
        self.calendars.get(&calendar).is_some_and(|calendar| calendar.late_records == LateRecords::Refuse)
    }

    /// True for a day whose records may meet closed months. Most days have none, so that nothing more need be read.
    pub fn may_be_late(&self, kind: Dated, day: Date) -> bool {
        let mut months = self.calendars.iter().filter_map(|(id, calendar)| Some((*id, calendar.month_of(day)?)));
        months.any(|(calendar, month)| !self.closable(kind, calendar, month).is_empty())
    }

    /// The roll that closed months go on being told with when stays take the place of others at a moment: in every
    /// calendar and phase up to the last month in which the figure of the old or the new holder is closed, and under no
    /// open correction. `before` is the roll before the change, if there was one.
    ///
    /// Stays that only go on from those before are late records. Any other change corrects the roll: months that are
    /// told otherwise already stay so, and no others are added.
    pub fn told(&self, kind: Dated, before: Option<Roll<'_>>, after: &Tenures, now: Moment) -> ToldHolders {
        let mut told = ToldHolders::default();
        let goes_on = before.is_none_or(|before| after.goes_on_from(before.stays));
        for (id, calendar) in &self.calendars {
            for Closable { from, months } in self.closable(kind, *id, Month::EARLIEST) {
                let old = |month| before.and_then(|before| before.holder(*id, month, calendar.last_day(month)));
                let differs = |month| old(month) != after.agency_on(calendar.last_day(month));
                let may_keep = |month| goes_on || before.is_some_and(|before| before.told.holder(*id, month).is_some());
                let closed = |month: &&Month| {
                    let holders = [old(**month), after.agency_on(calendar.last_day(**month))];
                    let mut holders = holders.into_iter().flatten();
                    may_keep(**month)
                        && differs(**month)
                        && holders.any(|agency| self.closed_for(kind, (*id, **month, agency), now).is_some())
                };
                let Some(last) = months.iter().rev().find(closed) else { continue };
                for month in from.through(*last).filter(|month| may_keep(*month) && differs(*month)) {
                    told.add(*id, month, old(month));
                }
            }
        }
        told
    }

    /// The months of a calendar from one on in which something may be closed that records of a kind feed, by phase.
    fn closable(&self, kind: Dated, calendar: CalendarId, month: Month) -> Vec<Closable> {
        let phases = self.fed_phases(kind);
        let mut phases: Vec<_> =
            phases.filter(|phase| month <= phase.last && (kind.outlasts_its_phase() || phase.first <= month)).collect();
        phases.sort_unstable();
        phases.dedup();
        let closable = |FedPhase { first, last, frozen }: FedPhase| {
            let from = first.max(month);
            let months = match frozen {
                true => from.through(last).collect(),
                false => self.locked_months().months(calendar, from..=last),
            };
            (!months.is_empty()).then_some(Closable { from, months })
        };
        phases.into_iter().filter_map(closable).collect()
    }

    /// The phases in which records of a kind count, cut for each indicator to the months in which its definition reads
    /// them.
    fn fed_phases(&self, kind: Dated) -> impl Iterator<Item = FedPhase> {
        let runs = self.runs().map(|(_, run)| run).filter(move |run| kind.feeds(&run.definition.source));
        let phases = runs.flat_map(move |run| {
            self.phases_of(run.definition.movement).map(move |PhaseEntry { entity, .. }| FedPhase {
                first: entity.first_month().max(run.first),
                last: entity.last_month().min(run.last),
                frozen: entity.frozen,
            })
        });
        phases.filter(|phase| phase.first <= phase.last)
    }

    /// The reason why the figure of the agency that held a subject at a month's end is closed, if it is for any
    /// indicator that its records feed.
    fn closed_to(
        &self,
        kind: Dated,
        (id, calendar): (CalendarId, &Calendar),
        month: Month,
        held: Roll<'_>,
        now: Moment,
    ) -> Option<Closed> {
        let agency = held.holder(id, month, calendar.last_day(month))?;
        self.closed_for(kind, (id, month, agency), now)
    }

    fn closed_for(
        &self,
        kind: Dated,
        (calendar, month, agency): (CalendarId, Month, AgencyId),
        now: Moment,
    ) -> Option<Closed> {
        let key = |indicator| CellKey { indicator, agency, calendar, month };
        let feeds = |indicator: &IndicatorEntry<'_>| kind.feeds(&indicator.entity.definition_in(month).source);
        self.indicators().filter(feeds).find_map(|indicator| self.permit(key(indicator.id), now).err())
    }
}
