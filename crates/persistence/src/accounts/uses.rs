//! Times at which users were last here, so that unused accounts are disabled (ASVS 5, 6.1.1 and 7.1.1 leave the time to
//! the installation). They are no part of the change log; disabling an account is.

use crate::accounts::users;
use crate::engine::schema::account_uses;
use crate::error::{Error, Result};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::id::AccountId;
use thidua_domain::records::incidents::Moment;

/// Notes the time of a user's last use.
pub fn note(transaction: &mut Transaction<'_>, account: AccountId) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    let noted = diesel::update(account_uses::table.find(account.0)).set(account_uses::used_at.eq(now));
    if noted.execute(transaction.raw())? == 0 {
        diesel::insert_into(account_uses::table)
            .values((account_uses::account_id.eq(account.0), account_uses::used_at.eq(now)))
            .execute(transaction.raw())?;
    }
    Ok(())
}

/// Disables the users who have not been here since a moment, but for the last administrator, and returns their number.
/// For a user without a noted use the time begins now.
pub fn shut_out_unused(transaction: &mut Transaction<'_>, since: Moment) -> Result<usize> {
    let used: Vec<(i64, i64)> = account_uses::table.load(transaction.raw())?;
    let used: HashMap<_, _> = used.into_iter().collect();
    let mut shut_out = 0;
    for (id, mut profile) in users::active(transaction.connection())? {
        match used.get(&id.0) {
            None => note(transaction, id)?,
            Some(at) if *at < since.timestamp_micros() => {
                profile.user.disabled = true;
                match transaction.attempt(|transaction| users::update(transaction, id, &profile, None)) {
                    Ok(()) => shut_out += 1,
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Some(_) => {}
        }
    }
    Ok(shut_out)
}
