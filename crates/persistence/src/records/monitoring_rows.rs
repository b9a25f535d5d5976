//! The table of monitoring statuses: its rows, and systems' statuses read from it.

use crate::engine::columns::row;
use crate::engine::connection::Connection;
use crate::engine::date::Day;
use crate::engine::in_list::one_of;
use crate::engine::schema::monitoring_statuses;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::id::{InformationSystemId, MonitoringStatusId};
use thidua_domain::records::monitoring_statuses::MonitoringStatus;

/// A system's statuses, in the order of creation.
pub(crate) fn of_system(connection: &mut Connection, system: InformationSystemId) -> Result<Vec<MonitoringStatus>> {
    Ok(of_system_range(connection, system.0, system.0)?.remove(&system).unwrap_or_default())
}

/// The day of each system's last status up to a day, with the last event in it.
pub(crate) fn last_until(
    connection: &mut Connection,
    day: Date,
) -> Result<HashMap<InformationSystemId, (Date, Option<Date>)>> {
    let rows: Vec<(i64, Day, Option<Day>)> = monitoring_statuses::table
        .filter(monitoring_statuses::status_on.le(Day(day)))
        .order(monitoring_statuses::status_on)
        .select((monitoring_statuses::system_id, monitoring_statuses::status_on, monitoring_statuses::last_event))
        .load(&mut connection.0)?;
    // Of several statuses of a system, the map keeps the last one.
    Ok(rows
        .into_iter()
        .map(|(system, on, event)| (InformationSystemId(system), (on.0, event.map(|event| event.0))))
        .collect())
}

/// The statuses of the systems with identities in a range, both ends included.
pub(crate) fn of_system_range(
    connection: &mut Connection,
    first: i64,
    last: i64,
) -> Result<HashMap<InformationSystemId, Vec<MonitoringStatus>>> {
    let rows: Vec<Row> = monitoring_statuses::table
        .filter(monitoring_statuses::system_id.between(first, last))
        .order(monitoring_statuses::id)
        .load(&mut connection.0)?;
    by_system(rows)
}

/// The statuses of several systems.
pub(crate) fn of_systems(
    connection: &mut Connection,
    ids: &[InformationSystemId],
) -> Result<HashMap<InformationSystemId, Vec<MonitoringStatus>>> {
    let rows: Vec<Row> = monitoring_statuses::table
        .filter(one_of(monitoring_statuses::system_id, ids.iter().map(|id| id.0)))
        .order(monitoring_statuses::id)
        .load(&mut connection.0)?;
    by_system(rows)
}

fn by_system(rows: Vec<Row>) -> Result<HashMap<InformationSystemId, Vec<MonitoringStatus>>> {
    let mut found: HashMap<InformationSystemId, Vec<MonitoringStatus>> = HashMap::new();
    for row in rows {
        let status = row.parse()?.1;
        found.entry(status.system).or_default().push(status);
    }
    Ok(found)
}

row! {
    monitoring_statuses: MonitoringStatusId => MonitoringStatus {
        system_id: i64 = system,
        status_on: Day = on,
        level_approved: bool = level_approved,
        plan_deployed: bool = plan_deployed,
        monitored_by: String = monitored_by,
        last_event: Option<Day> = last_event,
        assessment_valid_until: Option<Day> = assessment_valid_until,
        evidence: Option<String> = evidence,
        note: Option<String> = note,
        late: Option<String> = late,
    }
}
