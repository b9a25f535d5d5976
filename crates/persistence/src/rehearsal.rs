//! What a rehearsal needs to know of single rows.

use crate::connection::Connection;
use crate::document_exchanges;
use crate::error::Result;
use crate::information_systems;
use thidua_domain::Date;
use thidua_domain::calendars::Period;
use thidua_domain::id::CalendarId;
use thidua_domain::rehearsal::Facts;

/// Reads the facts of a period, all of one state: `last_day` is the window's.
pub fn facts(connection: &mut Connection, calendar: CalendarId, period: Period, last_day: Date) -> Result<Facts> {
    connection.snapshot(|connection| {
        Ok(Facts {
            exchanges: document_exchanges::counted(connection, calendar, period)?,
            systems: information_systems::watched_on(connection, last_day)?,
        })
    })
}
