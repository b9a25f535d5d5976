//! Reopenings: noted by the writer itself, when a lock that holds is taken away or a phase is thawed.

use crate::engine::connection::Connection;
use crate::engine::decode::{from_json_or_empty, json_if, moment, stored};
use crate::engine::schema::reopenings;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::catalogue::calendars::Period;
use thidua_domain::closing::reopenings::{ReopenedScope, Reopening};
use thidua_domain::id::{AgencyId, CalendarId, PhaseId, ReopeningId};
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Reference;

/// All reopenings.
pub(crate) fn all(connection: &mut Connection) -> Result<BTreeMap<ReopeningId, Reopening>> {
    let rows: Vec<Row> = reopenings::table.load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Notes that closed figures may change again. Refuses a write without a reason.
pub(crate) fn insert(transaction: &mut Transaction<'_>, scope: ReopenedScope) -> Result<()> {
    let reason = Reference::parse("/Change-Reason", transaction.require_reason()?)?;
    let reopening = Reopening { scope, reason, reopened_at: transaction.now() };
    let id = ReopeningId(transaction.created(Resource::Reopenings, &reopening)?);
    diesel::insert_into(reopenings::table).values(Row::new(id, &reopening)).execute(transaction.raw())?;
    transaction.reload_catalogue()
}

impl_row_check!(reopenings, |id, row: &Reopening| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable)]
#[diesel(table_name = reopenings, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    calendar_id: Option<i64>,
    period: Option<String>,
    agency_id: Option<i64>,
    phase_id: Option<i64>,
    reason: String,
    reopened_at: i64,
    told: Option<String>,
}

impl Row {
    fn new(id: ReopeningId, reopening: &Reopening) -> Self {
        let (mut calendar_id, mut period, mut agency_id, mut phase_id) = (None, None, None, None);
        let told = match &reopening.scope {
            ReopenedScope::Period { calendar, period: reopened, agency, below } => {
                calendar_id = Some(calendar.0);
                period = Some(reopened.to_string());
                agency_id = agency.map(|agency| agency.0);
                json_if(!below.is_empty(), below)
            }
            ReopenedScope::Phase { phase, measured } => {
                phase_id = Some(phase.0);
                json_if(!measured.is_empty(), measured)
            }
        };
        let (reason, reopened_at) = (reopening.reason.to_string(), reopening.reopened_at.timestamp_micros());
        Self { id: id.0, calendar_id, period, agency_id, phase_id, reason, reopened_at, told }
    }

    fn parse(self) -> Result<(ReopeningId, Reopening)> {
        let told = self.told.as_ref();
        let scope = match (self.calendar_id, self.period, self.phase_id) {
            (Some(calendar), Some(period), None) => ReopenedScope::Period {
                calendar: CalendarId(calendar),
                period: stored(Period::parse("", &period))?,
                agency: self.agency_id.map(AgencyId),
                below: from_json_or_empty(told)?,
            },
            (None, None, Some(phase)) => {
                ReopenedScope::Phase { phase: PhaseId(phase), measured: from_json_or_empty(told)? }
            }
            _ => return Err(Error::Internal(format!("reopening {} has not one scope", self.id))),
        };
        let reason = stored(Reference::parse("", &self.reason))?;
        Ok((ReopeningId(self.id), Reopening { scope, reason, reopened_at: moment(self.reopened_at)? }))
    }
}
