//! The table of monitoring statuses: its rows, and systems' statuses read from it.

use crate::engine::connection::Connection;
use crate::engine::decode::{from_json_or_empty, json_if, spelled, stored_option};
use crate::engine::in_list::one_of;
use crate::engine::schema::monitoring_statuses;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::id::{InformationSystemId, MonitoringStatusId};
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus};
use thidua_domain::text::{Prose, Reference};

/// A system's statuses, in the order of creation.
pub(crate) fn of_system(connection: &mut Connection, system: InformationSystemId) -> Result<Vec<MonitoringStatus>> {
    Ok(of_system_range(connection, system.0, system.0)?.remove(&system).unwrap_or_default())
}

/// The day of each system's last status up to a day, with the last event in it.
pub(crate) fn last_until(
    connection: &mut Connection,
    day: Date,
) -> Result<HashMap<InformationSystemId, (Date, Option<Date>)>> {
    let rows: Vec<(i64, Date, Option<Date>)> = monitoring_statuses::table
        .filter(monitoring_statuses::status_on.le(day))
        .order(monitoring_statuses::status_on)
        .select((monitoring_statuses::system_id, monitoring_statuses::status_on, monitoring_statuses::last_event))
        .load(&mut connection.0)?;
    // Of several statuses of a system, the map keeps the last one.
    Ok(rows.into_iter().map(|(system, on, event)| (InformationSystemId(system), (on, event))).collect())
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

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = monitoring_statuses, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Row {
    pub(crate) id: i64,
    system_id: i64,
    pub(crate) status_on: Date,
    level_approved: bool,
    plan_deployed: bool,
    monitored_by: String,
    last_event: Option<Date>,
    assessment_valid_until: Option<Date>,
    evidence: Option<String>,
    note: Option<String>,
    late: Option<String>,
}

impl Row {
    pub(crate) fn new(id: MonitoringStatusId, status: &MonitoringStatus) -> Self {
        Self {
            id: id.0,
            system_id: status.system.0,
            status_on: status.on,
            level_approved: status.level_approved,
            plan_deployed: status.plan_deployed,
            monitored_by: status.monitored_by.as_str().to_owned(),
            last_event: status.last_event,
            assessment_valid_until: status.assessment_valid_until,
            evidence: status.evidence.as_ref().map(ToString::to_string),
            note: status.note.as_ref().map(ToString::to_string),
            late: json_if(!status.late.is_empty(), &status.late),
        }
    }

    pub(crate) fn parse(self) -> Result<(MonitoringStatusId, MonitoringStatus)> {
        let status = MonitoringStatus {
            system: InformationSystemId(self.system_id),
            on: self.status_on,
            level_approved: self.level_approved,
            plan_deployed: self.plan_deployed,
            monitored_by: spelled(Monitor::from_spelling, &self.monitored_by)?,
            last_event: self.last_event,
            assessment_valid_until: self.assessment_valid_until,
            evidence: stored_option(self.evidence.as_ref(), Reference::parse)?,
            note: stored_option(self.note.as_ref(), Prose::parse)?,
            late: from_json_or_empty(self.late.as_ref())?,
        };
        Ok((MonitoringStatusId(self.id), status))
    }
}
