//! Calendars.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{spelled, stored, stored_option};
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::calendars;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::records::recount::recount;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::calendars::{Calendar, LateRecords, MonthClose};
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::id::CalendarId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Code, Name};
use thidua_domain::violation::Violation;

thidua_domain::string_enum! {
    /// Sort orders of calendars; the first is the default.
    Sort {
        /// By code.
        Code = "code",
    }
}

/// Lists calendars by code.
pub fn list(connection: &mut Connection, sort: Sort, slice: &Slice) -> Result<Page<(CalendarId, Calendar)>> {
    match sort {
        Sort::Code => {
            paged!(connection, calendars::table.into_boxed::<AnyBackend>(), slice, id = calendars::id, by = calendars::code => String,
           |row: Row| (row.code, row.id), Row::parse)
        }
    }
}

/// Creates a calendar. Dated records count in it from the start.
pub fn insert(transaction: &mut Transaction<'_>, calendar: &Calendar) -> Result<CalendarId> {
    let catalogue = transaction.catalogue();
    if catalogue.calendar(calendar.code.as_str()).is_some() {
        return Err(Error::taken("/code", &calendar.code));
    }
    let id = CalendarId(transaction.created(Resource::Calendars, calendar)?);
    diesel::insert_into(calendars::table).values(Row::new(id, calendar)).execute(transaction.raw())?;
    transaction.update_catalogue()?;
    let (before, after) = recount(transaction, counts_by_day)?;
    transaction.extend(&before, &after);
    Ok(id)
}

/// Changes a calendar's names, or the treatment of late records from now on. Code and closing day never change.
pub fn update(transaction: &mut Transaction<'_>, id: CalendarId, after: &Calendar) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.calendars.get(&id).ok_or(Error::NotFound(Resource::Calendars))?;
    if before.closes != after.closes || before.code != after.code {
        return Err(Error::Conflict(Violation::new("/closing_day", "immutable.calendar")));
    }
    transaction.updated(Resource::Calendars, id.0, before, after)?;
    diesel::update(calendars::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    transaction.update_catalogue()
}

/// Deletes a calendar that no figure was recorded under.
pub fn delete(transaction: &mut Transaction<'_>, id: CalendarId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.calendars.get(&id).ok_or(Error::NotFound(Resource::Calendars))?;
    transaction.deleted(Resource::Calendars, id.0, before)?;
    diesel::delete(calendars::table.find(id.0)).execute(transaction.raw())?;
    transaction.update_catalogue()?;
    let (before, after) = recount(transaction, counts_by_day)?;
    transaction.extend(&before, &after);
    Ok(())
}

/// True of an indicator that is computed from dated records in any month.
fn counts_by_day(indicator: &Indicator) -> bool {
    indicator.definitions.all().any(|definition| definition.source.is_dated())
}

impl_row_check!(calendars, |id, row: &Calendar| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = calendars, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    code: String,
    name_vi: String,
    name_en: Option<String>,
    closing_day: Option<i32>,
    late_records: String,
}

impl Row {
    fn new(id: CalendarId, calendar: &Calendar) -> Self {
        Self {
            id: id.0,
            code: calendar.code.to_string(),
            name_vi: calendar.name_vi.to_string(),
            name_en: calendar.name_en.as_ref().map(ToString::to_string),
            closing_day: calendar.closes.day().map(i32::from),
            late_records: calendar.late_records.as_str().to_owned(),
        }
    }

    fn parse(self) -> Result<(CalendarId, Calendar)> {
        let day = self.closing_day.map(u8::try_from).transpose().map_err(Error::internal)?;
        let calendar = Calendar {
            code: stored(Code::parse("", &self.code))?,
            name_vi: stored(Name::parse("", &self.name_vi))?,
            name_en: stored_option(self.name_en.as_ref(), Name::parse)?,
            closes: stored(MonthClose::parse("", day))?,
            late_records: spelled(LateRecords::from_spelling, &self.late_records)?,
        };
        Ok((CalendarId(self.id), calendar))
    }
}
