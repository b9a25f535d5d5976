//! Corrections of locked figures.

use crate::engine::columns::Column;
use crate::engine::schema::corrections;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_written;
use crate::write::records::{add_row, change_row, known};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::closing::corrections::{Correction, CorrectionState, CorrectionWindow, Decision};
use thidua_domain::id::CorrectionId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Reference;
use thidua_domain::time::Moment;
use thidua_domain::violation::Violation;

/// Asks for a correction of locked figures.
pub fn insert(transaction: &mut Transaction<'_>, correction: &Correction) -> Result<CorrectionId> {
    check_facts(transaction, correction)?;
    add_row(transaction, correction)
}

/// Approves a correction: from now on, or from another moment, the figures may change until the window is over.
pub fn approve(
    transaction: &mut Transaction<'_>,
    id: CorrectionId,
    opens_at: Option<Moment>,
    closes_at: Option<Moment>,
) -> Result<()> {
    let (by, at) = (transaction.author(), transaction.now());
    let window = CorrectionWindow::parse(opens_at.unwrap_or(at), closes_at)?;
    let before = undecided(transaction, id)?;
    check_facts(transaction, &before)?;
    change_row(
        transaction,
        id,
        &before,
        &Correction { decision: Decision::Approved { by, at, window }, ..before.clone() },
    )
}

/// Rejects a correction, for a reason.
pub fn reject(transaction: &mut Transaction<'_>, id: CorrectionId, reason: Reference) -> Result<()> {
    let (by, at) = (transaction.author(), transaction.now());
    let before = undecided(transaction, id)?;
    change_row(
        transaction,
        id,
        &before,
        &Correction { decision: Decision::Rejected { by, at, reason }, ..before.clone() },
    )
}

/// Closes a correction before its time.
pub fn close(transaction: &mut Transaction<'_>, id: CorrectionId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.corrections, id)?;
    let after = before.closed(transaction.now()).map_err(Error::Conflict)?;
    change_row(transaction, id, before, &after)
}

/// The correction, if the author of this write may decide on it.
fn undecided(transaction: &Transaction<'_>, id: CorrectionId) -> Result<Correction> {
    let correction = known(&transaction.catalogue().corrections, id)?.clone();
    correction.check_decider(transaction.author()).map_err(Error::Conflict)?;
    Ok(correction)
}

/// Refuses a correction of a frozen phase, and one of figures that can change without it.
fn check_facts(transaction: &Transaction<'_>, correction: &Correction) -> Result<()> {
    let Correction { calendar, period, agency, .. } = *correction;
    transaction.rules().require_thawed("/period", period.first_month())?;
    if transaction.catalogue().is_locked_within(calendar, period, agency, transaction.today()) {
        return Ok(());
    }
    Err(Error::Conflict(Violation::new("/period", "not_locked").with("period", &period)))
}

impl_written!(corrections: CorrectionId => Correction, Resource::Corrections);

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = corrections, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    calendar_id: i64,
    period: String,
    agency_id: i64,
    indicator_id: Option<i64>,
    reason: String,
    document_number: String,
    requested_by: Option<i64>,
    requested_at: i64,
    state: String,
    decided_by: Option<i64>,
    decided_at: Option<i64>,
    opens_at: Option<i64>,
    closes_at: Option<i64>,
    rejection: Option<String>,
}

impl Row {
    fn new(id: CorrectionId, correction: &Correction) -> Self {
        let (state, decided, window, rejection) = match &correction.decision {
            Decision::Pending => (CorrectionState::Requested, None, None, None),
            Decision::Approved { by, at, window } => (CorrectionState::Approved, Some((by, at)), Some(window), None),
            Decision::Rejected { by, at, reason } => (CorrectionState::Rejected, Some((by, at)), None, Some(reason)),
        };
        Self {
            id: id.0,
            calendar_id: correction.calendar.0,
            period: correction.period.to_string(),
            agency_id: correction.agency.0,
            indicator_id: correction.indicator.to_column(),
            reason: correction.reason.to_string(),
            document_number: correction.document_number.to_string(),
            requested_by: correction.requested_by.to_column(),
            requested_at: correction.requested_at.to_column(),
            state: state.as_str().to_owned(),
            decided_by: decided.and_then(|(by, _)| by.to_column()),
            decided_at: decided.map(|(_, at)| at.to_column()),
            opens_at: window.map(|window| window.opens_at.to_column()),
            closes_at: window.map(|window| window.closes_at.to_column()),
            rejection: rejection.map(ToString::to_string),
        }
    }
}
