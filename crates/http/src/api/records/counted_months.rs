//! Filter of counts and declared figures by agency, calendar and month.

use crate::api::catalogue::calendars;
use crate::auth::caller::Caller;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::text::optional;
use thidua_domain::time::Month;
use thidua_domain::violation::Violations;
use thidua_persistence::records::counted_months::MonthFilter;

/// Reads the parameters `agency` and `calendar`, and takes over `from` and `to`, within a caller's scope.
pub fn month_filter(
    found: &mut Violations,
    (catalogue, caller): (&Catalogue, &Caller),
    (agency, calendar): (Option<&str>, Option<&str>),
    (from, to): (Option<Month>, Option<Month>),
) -> Option<MonthFilter> {
    let agency = found.take(optional(agency, |text| caller.agency(catalogue, "/agency", text)));
    let calendar = found.take(optional(calendar, |text| calendars::require(catalogue, "/calendar", text)));
    Some(MonthFilter { within: caller.within(catalogue, agency?), calendar: calendar?, from, to })
}
