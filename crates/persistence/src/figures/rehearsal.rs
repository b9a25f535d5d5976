//! Facts about single rows for a rehearsal.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::records::document_exchanges;
use crate::records::information_systems;
use crate::records::monitoring_statuses;
use crate::records::training_records;
use thidua_domain::figures::rehearsal::Facts;
use thidua_domain::id::CalendarId;
use thidua_domain::time::{Period, Window};

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
