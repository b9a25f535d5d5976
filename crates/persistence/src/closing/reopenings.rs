//! Reopenings: noted by the writer itself, when a lock that holds is taken away or a phase is thawed.

use crate::engine::decode::json_if;
use crate::engine::schema::reopenings;
use crate::error::Result;
use crate::log::entity_tables::impl_written;
use crate::write::records::add_row;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::closing::reopenings::{ReopenedScope, Reopening};
use thidua_domain::id::ReopeningId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Reference;

/// Notes that closed figures may change again. Refuses a write without a reason.
pub(crate) fn insert(transaction: &mut Transaction<'_>, scope: ReopenedScope) -> Result<()> {
    let reason = Reference::parse("/Change-Reason", transaction.require_reason()?)?;
    let reopening = Reopening { scope, reason, reopened_at: transaction.now() };
    add_row(transaction, &reopening).map(drop)
}

impl_written!(reopenings: ReopeningId => Reopening, Resource::Reopenings);

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = reopenings, treat_none_as_null = true, treat_none_as_default_value = false)]
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
}
