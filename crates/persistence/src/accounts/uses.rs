//! Times at which users were last here. They are no part of the change log.

use crate::engine::schema::account_uses;
use crate::error::Result;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::id::AccountId;

/// Notes the time of a user's last use.
pub(crate) fn note(transaction: &mut Transaction<'_>, account: AccountId) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    let noted = diesel::update(account_uses::table.find(account.0)).set(account_uses::used_at.eq(now));
    if noted.execute(transaction.raw())? == 0 {
        diesel::insert_into(account_uses::table)
            .values((account_uses::account_id.eq(account.0), account_uses::used_at.eq(now)))
            .execute(transaction.raw())?;
    }
    Ok(())
}

/// The times at which accounts were last here, as far as they are noted, in microseconds since 1970.
pub(crate) fn all(transaction: &mut Transaction<'_>) -> Result<HashMap<i64, i64>> {
    let used: Vec<(i64, i64)> = account_uses::table.load(transaction.raw())?;
    Ok(used.into_iter().collect())
}
