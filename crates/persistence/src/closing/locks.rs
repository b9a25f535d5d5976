//! Locks on figures.

use crate::closing::reopenings;
use crate::engine::columns::row;
use crate::engine::schema::locks;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::write::records::{add_row, known, remove_row};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::closing::locks::Lock;
use thidua_domain::id::LockId;
use thidua_domain::log::changes::Resource;

/// Locks the figures of a period for an agency and everything below it.
pub fn insert(transaction: &mut Transaction<'_>, lock: &Lock) -> Result<LockId> {
    let place = |lock: &Lock| (lock.calendar, lock.period, lock.agency);
    if transaction.catalogue().locks.values().any(|other| place(other) == place(lock)) {
        return Err(Error::taken("/period", lock.period));
    }
    transaction.rules().require_ended("/period", lock.calendar, lock.period)?;
    add_row(transaction, lock)
}

/// Takes a lock away, for a reason. If it held, errata tell the changes from now on.
pub fn delete(transaction: &mut Transaction<'_>, id: LockId) -> Result<()> {
    transaction.require_reason()?;
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.locks, id)?;
    remove_row(transaction, id, before)?;
    let Lock { calendar, period, agency, .. } = *before;
    if !catalogue.has_ended(calendar, period, transaction.today()) {
        return Ok(());
    }
    reopenings::insert(transaction, catalogue.reopened_period(calendar, period, Some(agency)))
}

impl_entity!(locks: LockId => Lock, Resource::Locks);

row! {
    locks: LockId => Lock {
        calendar_id: i64 = calendar,
        period: String = period,
        agency_id: i64 = agency,
        reason: String = reason,
        locked_at: i64 = locked_at,
    }
}
