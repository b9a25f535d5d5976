//! Second factors: a key that shows a new code every half minute, and recovery codes in case it is lost. They are no
//! part of the change log; changes of them are events.

use crate::engine::connection::Connection;
use crate::engine::schema::{recovery_codes, second_factors};
use crate::error::{Error, Result, RightLapse};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::id::AccountId;
use thidua_domain::violation::Violation;

/// The second factor of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Its key, sealed by the caller.
    pub sealed_key: String,
    /// True once its owner has shown a code of it; until then it is not asked for.
    pub confirmed: bool,
}

/// Finds the second factor of an account.
pub fn find(connection: &mut Connection, account: AccountId) -> Result<Option<SecondFactor>> {
    let row: Option<(String, bool)> = second_factors::table
        .find(account.0)
        .select((second_factors::sealed_key, second_factors::confirmed))
        .first(&mut connection.0)
        .optional()?;
    Ok(row.map(|(sealed_key, confirmed)| SecondFactor { sealed_key, confirmed }))
}

/// The second factor of an account that is asked for at log-in.
pub fn confirmed(connection: &mut Connection, account: AccountId) -> Result<Option<SecondFactor>> {
    Ok(find(connection, account)?.filter(|factor| factor.confirmed))
}

/// Prepares a second factor, instead of one that was never confirmed.
///
/// # Errors
///
/// A conflict, if a confirmed one is there.
pub fn prepare(transaction: &mut Transaction<'_>, account: AccountId, sealed_key: &str) -> Result<()> {
    if confirmed(transaction.connection(), account)?.is_some() {
        return Err(Error::Conflict(Violation::new("", "second_factor_on")));
    }
    remove(transaction, account)?;
    diesel::insert_into(second_factors::table)
        .values((
            second_factors::account_id.eq(account.0),
            second_factors::sealed_key.eq(sealed_key),
            second_factors::confirmed.eq(false),
            second_factors::last_step.eq(0),
        ))
        .execute(transaction.raw())?;
    Ok(())
}

/// Refuses to go on when the confirmed second factor is not the one seen before, or there is one and none was seen.
pub fn require_as_seen(
    transaction: &mut Transaction<'_>,
    account: AccountId,
    seen: Option<&SecondFactor>,
) -> Result<()> {
    let is = confirmed(transaction.connection(), account)?;
    if is.as_ref() == seen { Ok(()) } else { Err(Error::Lapsed(RightLapse::Changed)) }
}

/// Turns on a second factor that has shown the code of a step, and stores the hashes of its recovery codes. Returns
/// false when it is not there to be turned on: another one was prepared, or it is on already.
pub fn confirm(
    transaction: &mut Transaction<'_>,
    account: AccountId,
    sealed_key: &str,
    step: i64,
    recovery_hashes: &[String],
) -> Result<bool> {
    let prepared = second_factors::table
        .find(account.0)
        .filter(second_factors::confirmed.eq(false).and(second_factors::sealed_key.eq(sealed_key)));
    let confirmed = diesel::update(prepared)
        .set((second_factors::confirmed.eq(true), second_factors::last_step.eq(step)))
        .execute(transaction.raw())?;
    if confirmed == 0 {
        return Ok(false);
    }
    for hash in recovery_hashes {
        diesel::insert_into(recovery_codes::table)
            .values((recovery_codes::hash.eq(hash), recovery_codes::account_id.eq(account.0)))
            .execute(transaction.raw())?;
    }
    Ok(true)
}

/// Accepts the code of a step: once only, and none of an earlier step after it (RFC 6238, section 5.2). Returns false
/// otherwise.
pub fn accept_step(transaction: &mut Transaction<'_>, account: AccountId, sealed_key: &str, step: i64) -> Result<bool> {
    let later = second_factors::table
        .find(account.0)
        .filter(second_factors::sealed_key.eq(sealed_key).and(second_factors::last_step.lt(step)));
    let accepted = diesel::update(later).set(second_factors::last_step.eq(step)).execute(transaction.raw())?;
    Ok(accepted == 1)
}

/// Accepts a recovery code, and uses it up. Returns false where there is no such code.
pub fn accept_recovery(transaction: &mut Transaction<'_>, account: AccountId, hash: &str) -> Result<bool> {
    let mine = recovery_codes::table.find(hash).filter(recovery_codes::account_id.eq(account.0));
    Ok(diesel::delete(mine).execute(transaction.raw())? == 1)
}

/// Takes away a second factor as its owner has seen it, with its recovery codes.
///
/// # Errors
///
/// A lapse, if it is another one by now, or was confirmed meanwhile.
pub fn take_away(transaction: &mut Transaction<'_>, account: AccountId, seen: &SecondFactor) -> Result<()> {
    if find(transaction.connection(), account)?.as_ref() != Some(seen) {
        return Err(Error::Lapsed(RightLapse::Changed));
    }
    remove(transaction, account)
}

/// Takes away the second factor of an account, with its recovery codes.
pub fn remove(transaction: &mut Transaction<'_>, account: AccountId) -> Result<()> {
    diesel::delete(second_factors::table.find(account.0)).execute(transaction.raw())?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account.0)))
        .execute(transaction.raw())?;
    Ok(())
}
