//! Rules in force for writes and what-ifs: those of the catalogue, at a time.

use crate::error::{Error, Result};
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::closing::errata::Cause;
use thidua_domain::closing::late::{Dated, Late, Roll, ToldHolders};
use thidua_domain::closing::{Closed, ClosedFigure};
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};
use thidua_domain::log::changes::Resource;
use thidua_domain::tenures::Tenures;
use thidua_domain::time::{Moment, Month, Period, Window, civil_date};
use thidua_domain::violation::Violation;

/// The rules in force at a time, as a write has left them so far.
#[derive(Debug, Clone)]
pub struct Rules {
    catalogue: Arc<Catalogue>,
    at: Moment,
    logged_at: i64,
}

impl Rules {
    /// The rules of a catalogue at a time; `logged_at` is the time of the last change in the log.
    pub(crate) fn new(catalogue: Arc<Catalogue>, at: Moment, logged_at: i64) -> Self {
        Self { catalogue, at, logged_at }
    }

    /// The catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The time, to the microsecond.
    pub fn now(&self) -> Moment {
        Moment::from_timestamp_micros(self.at.timestamp_micros()).unwrap_or(self.at)
    }

    /// Today's civil date.
    pub fn today(&self) -> Date {
        civil_date(self.at)
    }

    /// The civil day that changes made now have in the log, in which times never go back.
    pub fn logged_on(&self) -> Date {
        let at = self.at.timestamp_micros().max(self.logged_at);
        civil_date(Moment::from_timestamp_micros(at).unwrap_or(self.at))
    }

    /// Refuses an agency that did not exist on a day.
    pub(crate) fn require_agency_on(&self, pointer: &str, agency: AgencyId, day: Date) -> Result<()> {
        require_on(&self.catalogue, pointer, agency, day)
    }

    /// Refuses an agency that did not exist on any day of a month.
    pub(crate) fn require_agency_in_month(&self, agency: AgencyId, calendar: CalendarId, month: Month) -> Result<()> {
        let found = self.catalogue.agencies.get(&agency).ok_or(Error::NotFound(Resource::Agencies))?;
        if found.exists_within(self.month_window(calendar, month)?) {
            return Ok(());
        }
        let identifier = &found.identifier;
        Err(Error::Conflict(
            Violation::new("/month", "agency_not_in_existence.month")
                .with("identifier", &identifier)
                .with("month", &month),
        ))
    }

    /// The days of a month of a calendar.
    pub(crate) fn month_window(&self, calendar: CalendarId, month: Month) -> Result<Window> {
        let calendar = self.catalogue.calendars.get(&calendar).ok_or(Error::NotFound(Resource::Calendars))?;
        Ok(calendar.month_window(month))
    }

    /// The months in which a dated record does not count, since they were closed when it came. `before` has the day and
    /// the late months of the record it replaces, which must not have counted in closed time.
    pub(crate) fn late(&self, kind: Dated, before: Option<(Date, &Late)>, day: Date, held: Roll<'_>) -> Result<Late> {
        if let Some(before) = before {
            self.require_uncounted(kind, before, held)?;
        }
        let (catalogue, before) = (&self.catalogue, before.map(|(_, late)| late));
        let late = catalogue.late(kind, day, held, before, self.now());
        match catalogue.refused_late(&late, before) {
            None => Ok(late),
            Some(month) => Err(late_refused("/on", catalogue, month)),
        }
    }

    /// Refuses to change or delete a record that counts in closed time, unless open corrections cover all of it.
    pub(crate) fn require_uncounted(&self, kind: Dated, (day, late): (Date, &Late), held: Roll<'_>) -> Result<()> {
        match self.catalogue.counted_closed(kind, day, late, held, self.now()) {
            None => Ok(()),
            Some(figure) => Err(closed_error("/on", &self.catalogue, figure)),
        }
    }

    /// The roll that closed months go on being told with when stays take the place of others.
    pub(crate) fn told(&self, kind: Dated, before: Option<Roll<'_>>, after: &Tenures) -> Result<ToldHolders> {
        let catalogue = &*self.catalogue;
        let told = catalogue.told(kind, before, after, self.now());
        match catalogue.refused_told(&told, before.map(|before| before.told)) {
            None => Ok(told),
            Some(month) => Err(late_refused("/tenures", catalogue, month)),
        }
    }

    /// Refuses a record of an agency's month that lies in a frozen phase, or in a locked period that no open correction
    /// covers.
    pub(crate) fn require_open_month(
        &self,
        pointer: &str,
        (calendar, month, agency): (CalendarId, Month, AgencyId),
        feeds: impl Fn(IndicatorId, &Indicator) -> bool,
    ) -> Result<()> {
        self.require_thawed(pointer, month)?;
        self.require_unlocked(pointer, (calendar, month, agency), feeds)
    }

    /// Refuses to close a period whose last day has not passed: its figures still grow.
    pub(crate) fn require_ended(&self, pointer: &str, calendar: CalendarId, period: Period) -> Result<()> {
        let catalogue = &*self.catalogue;
        if catalogue.has_ended(calendar, period, self.today()) {
            return Ok(());
        }
        let end = catalogue.window(calendar, period).map(|window| window.to.to_string()).unwrap_or_default();
        Err(Error::Conflict(Violation::new(pointer, "window_not_ended.closing").with("end", &end)))
    }

    /// Refuses a month of a frozen phase.
    pub(crate) fn require_thawed(&self, pointer: &str, month: Month) -> Result<()> {
        let mut phases = self.catalogue.phases.values();
        match phases.find(|phase| phase.frozen && phase.holds_year(month.year())) {
            Some(phase) => Err(frozen(pointer, phase.code.as_str())),
            None => Ok(()),
        }
    }

    /// Refuses a locked month, unless an open correction covers one of the indicators that `feeds` accepts.
    fn require_unlocked(
        &self,
        pointer: &str,
        (calendar, month, agency): (CalendarId, Month, AgencyId),
        feeds: impl Fn(IndicatorId, &Indicator) -> bool,
    ) -> Result<()> {
        let catalogue = &*self.catalogue;
        let Some(period) = catalogue.lock_on(calendar, month, agency, self.today()) else { return Ok(()) };
        let concerns = |id| catalogue.indicators.get(&id).is_some_and(|indicator| feeds(id, indicator));
        match catalogue.correction(calendar, month, agency, concerns, self.now()) {
            Some(_) => Ok(()),
            None => Err(locked(pointer, catalogue, calendar, period)),
        }
    }

    /// The cells of a difference that change after they were told, each with the cause. Refuses to change a figure of a
    /// frozen phase, or one of a locked period that no open correction covers.
    pub(crate) fn permit(&self, difference: &Cells) -> Result<Vec<(CellKey, Cause)>> {
        let permitted = self.catalogue.permit_difference(difference, self.now());
        permitted.map_err(|figure| closed_error("", &self.catalogue, figure))
    }
}

/// Refuses an agency that did not exist on a day.
pub(crate) fn require_on(catalogue: &Catalogue, pointer: &str, agency: AgencyId, day: Date) -> Result<()> {
    let found = catalogue.agencies.get(&agency).ok_or(Error::NotFound(Resource::Agencies))?;
    if found.exists_on(day) {
        return Ok(());
    }
    let identifier = &found.identifier;
    Err(Error::Conflict(
        Violation::new(pointer, "agency_not_in_existence.day").with("identifier", &identifier).with("day", &day),
    ))
}

fn closed_error(pointer: &str, catalogue: &Catalogue, figure: ClosedFigure) -> Error {
    match figure.closed {
        Closed::PhaseFrozen(phase) => {
            frozen(pointer, catalogue.phases.get(&phase).map_or("?", |phase| phase.code.as_str()))
        }
        Closed::PeriodLocked(period) => locked(pointer, catalogue, figure.calendar, period),
    }
}

fn late_refused(pointer: &str, catalogue: &Catalogue, (calendar, month): (CalendarId, Month)) -> Error {
    let calendar = catalogue.calendars.get(&calendar).map_or("?", |calendar| calendar.code.as_str());
    Error::Conflict(Violation::new(pointer, "late_record").with("month", &month).with("calendar", &calendar))
}

fn frozen(pointer: &str, phase: &str) -> Error {
    Error::Conflict(Violation::new(pointer, "phase_frozen.figures").with("phase", &phase))
}

fn locked(pointer: &str, catalogue: &Catalogue, calendar: CalendarId, period: Period) -> Error {
    let calendar = catalogue.calendars.get(&calendar).map_or("?", |calendar| calendar.code.as_str());
    Error::Conflict(Violation::new(pointer, "period_locked").with("period", &period).with("calendar", &calendar))
}
