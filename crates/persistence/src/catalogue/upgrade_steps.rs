//! Steps of an upgrade that are changes of rows, and so are logged. A migration notes them; the first program that
//! opens the database takes them, through the writer.

use crate::catalogue::indicators;
use crate::engine::connection::Connection;
use crate::engine::schema::upgrade_steps;
use crate::error::{Error, Result};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::sources::ReportedBy;
use thidua_domain::figures::closed_answers::first_open_month;
use thidua_domain::id::IndicatorId;

/// Figures of people and of information systems are reported by records.
const REPORTED_BY_RECORDS: &str = "reported_by_records";

/// True when there is a step to take.
pub fn are_due(connection: &mut Connection) -> Result<bool> {
    let due: i64 = upgrade_steps::table.count().get_result(&mut connection.0)?;
    Ok(due > 0)
}

/// Takes the steps that are due, from open months on; of several programs only the first one takes them.
pub fn take(transaction: &mut Transaction<'_>) -> Result<()> {
    let taken = diesel::delete(upgrade_steps::table.find(REPORTED_BY_RECORDS)).execute(transaction.raw())?;
    if taken > 0 {
        report_by_records(transaction)?;
    }
    Ok(())
}

/// Gives every definition that is reported by the roll a version that is reported by records, from the first month on
/// that is open for every agency.
fn report_by_records(transaction: &mut Transaction<'_>) -> Result<()> {
    let catalogue = transaction.catalogue();
    for (id, indicator) in &catalogue.indicators {
        let Some(after) = by_records(&catalogue, transaction, *id, indicator) else { continue };
        match transaction.savepoint(|transaction| indicators::update(transaction, *id, &after)) {
            // A change that an administrator would be refused is left out; the definition stays as it is.
            Err(Error::Conflict(refusal)) => {
                log::warn!("{} is still reported by the roll: {}", indicator.code.as_str(), refusal.code);
            }
            done => done?,
        }
    }
    Ok(())
}

fn by_records(
    catalogue: &Catalogue,
    transaction: &Transaction<'_>,
    id: IndicatorId,
    indicator: &Indicator,
) -> Option<Indicator> {
    let latest = indicator.latest();
    let source = latest.source.reported(ReportedBy::Records).filter(|source| *source != latest.source)?;
    let open = first_open_month(&indicators::all_about(catalogue, id), catalogue, transaction.today())?;
    let holds_from = latest.holds_from.max(Some(open));
    let definitions = indicator.definitions.with(Definition { holds_from, source, ..latest.clone() });
    Some(Indicator { definitions, ..indicator.clone() })
}
