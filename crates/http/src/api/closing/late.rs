//! Late records as they are shown: the days from which they count, where these are not their own.

use crate::api::catalogue::calendars;
use serde::Serialize;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::late::{Dated, Late, ToldHolders};
use thidua_domain::id::CalendarId;
use thidua_domain::text::Code;
use utoipa::ToSchema;

/// A calendar in which a record counts from another day than its own, since it came when months were closed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"calendar": "nd09", "day": "2026-10-15"}))]
pub(crate) struct CountedFrom {
    /// The calendar's code.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// The first open day after the closed months; null when the phase of the record's day has none: it counts nowhere.
    day: Option<Date>,
}

/// The calendars in which a record of a day counts from another one.
pub(crate) fn counted_from(catalogue: &Catalogue, kind: Dated, day: Date, late: &Late) -> Vec<CountedFrom> {
    shown(catalogue, catalogue.counted_from(kind, day, late))
}

/// The calendars in which the last late change of a roll counts from another day.
pub(crate) fn roll_counted_from(catalogue: &Catalogue, told: &ToldHolders) -> Vec<CountedFrom> {
    shown(catalogue, catalogue.roll_counted_from(told))
}

fn shown(catalogue: &Catalogue, days: Vec<(CalendarId, Option<Date>)>) -> Vec<CountedFrom> {
    days.into_iter().map(|(id, day)| CountedFrom { calendar: calendars::code(catalogue, id), day }).collect()
}
