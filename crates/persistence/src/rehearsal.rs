//! What a rehearsal needs to know of single rows.

use crate::connection::Connection;
use crate::document_exchanges;
use crate::error::Result;
use crate::information_systems;
use crate::monitoring_statuses;
use crate::training_records;
use thidua_domain::calendars::{Period, Window};
use thidua_domain::id::CalendarId;
use thidua_domain::rehearsal::Facts;

/// Reads the facts of a period, all of one state: `window` holds its days.
pub fn facts(connection: &mut Connection, calendar: CalendarId, period: Period, window: Window) -> Result<Facts> {
    connection.snapshot(|connection| {
        Ok(Facts {
            exchanges: document_exchanges::counted(connection, calendar, period)?,
            systems: information_systems::watched_on(connection, window.to)?,
            trainings: training_records::noted(connection, window)?,
            late_statuses: monitoring_statuses::late(connection, window)?,
        })
    })
}
