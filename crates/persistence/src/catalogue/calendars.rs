//! Calendars.

use crate::engine::columns::row;
use crate::engine::schema::calendars;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::records::recount::recount;
use crate::write::free_codes::Coding;
use crate::write::records::{add_row, change_row, known, remove_row};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::calendars::Calendar;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::id::CalendarId;
use thidua_domain::log::changes::Resource;
use thidua_domain::violation::Violation;

/// Creates a calendar. Dated records count in it from the start.
pub fn insert(transaction: &mut Transaction<'_>, calendar: &Calendar) -> Result<CalendarId> {
    let catalogue = transaction.catalogue();
    Coding::new(None, &calendar.code).require_free(catalogue.calendars.values().map(|other| &*other.code))?;
    let id = add_row(transaction, calendar)?;
    let (before, after) = recount(transaction, counts_by_day)?;
    transaction.extend(&before, &after);
    Ok(id)
}

/// Changes a calendar's names, or the treatment of late records from now on. Code and closing day never change.
pub fn update(transaction: &mut Transaction<'_>, id: CalendarId, after: &Calendar) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.calendars, id)?;
    if before.closes != after.closes || before.code != after.code {
        return Err(Error::Conflict(Violation::new("/closing_day", "immutable.calendar")));
    }
    change_row(transaction, id, before, after)
}

/// Deletes a calendar that no figure was recorded under.
pub fn delete(transaction: &mut Transaction<'_>, id: CalendarId) -> Result<()> {
    let catalogue = transaction.catalogue();
    remove_row(transaction, id, known(&catalogue.calendars, id)?)?;
    let (before, after) = recount(transaction, counts_by_day)?;
    transaction.extend(&before, &after);
    Ok(())
}

/// True of an indicator that is computed from dated records in any month.
fn counts_by_day(indicator: &Indicator) -> bool {
    indicator.definitions.all().any(|definition| definition.source.is_dated())
}

impl_entity!(calendars: CalendarId => Calendar, Resource::Calendars);

row! {
    calendars: CalendarId => Calendar {
        code: String = code,
        name_vi: String = name_vi,
        name_en: Option<String> = name_en,
        closing_day: Option<i32> = closes,
        late_records: String = late_records,
    }
}
