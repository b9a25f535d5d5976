//! Filter of locks, corrections and errata by the figures they are about.

use crate::api::catalogue::calendars;
use crate::auth::caller::Caller;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{AgencyId, CalendarId};
use thidua_domain::text::optional;
use thidua_domain::time::Period;
use thidua_domain::violation::Violations;

/// A calendar, a period and an agency, each if it is named.
pub struct FigureFilter {
    /// The calendar.
    pub calendar: Option<CalendarId>,
    /// The period.
    pub period: Option<Period>,
    /// The agency.
    pub agency: Option<AgencyId>,
}

impl FigureFilter {
    /// Reads the parameters `calendar`, `period` and `agency`, within a caller's scope.
    pub fn parse(
        found: &mut Violations,
        catalogue: &Catalogue,
        caller: &Caller,
        (calendar, period, agency): (Option<&str>, Option<Period>, Option<&str>),
    ) -> Option<Self> {
        let calendar = found.take(optional(calendar, |text| calendars::require(catalogue, "/calendar", text)));
        let agency = found.take(optional(agency, |text| caller.agency(catalogue, "/agency", text)));
        Some(Self { calendar: calendar?, period, agency: agency? })
    }

    /// The test of rows that hold for an agency and everything below it, among those that concern the caller.
    pub fn test(self, catalogue: &Catalogue, caller: &Caller) -> impl Fn(CalendarId, Period, AgencyId) -> bool {
        let agencies = caller.concerning(catalogue, self.agency);
        move |calendar, period, agency| {
            self.calendar.is_none_or(|wanted| wanted == calendar)
                && self.period.is_none_or(|wanted| wanted == period)
                && agencies.as_ref().is_none_or(|wanted| wanted.contains(&agency))
        }
    }
}
