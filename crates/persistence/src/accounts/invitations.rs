//! Invitations: by the secret of one, a user sets a password that nobody else knows. It is good once and for some days; its
//! hash is kept, and the secret nowhere. They are no part of the change log; changes of them are events.

use crate::engine::connection::Connection;
use crate::engine::schema::invitations;
use crate::error::{Error, Result};
use crate::write::transaction::Transaction;
use chrono::TimeDelta;
use diesel::prelude::*;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::{Hash, Resource};
use thidua_domain::log::events::EventKind;
use thidua_domain::time::Moment;

/// Time for which an invitation is good.
const GOOD_FOR: TimeDelta = TimeDelta::hours(72);

/// Finds the account that the invitation with a hash is for, if it is good at a moment.
pub fn find(connection: &mut Connection, hash: &Hash, at: Moment) -> Result<Option<AccountId>> {
    let id: Option<i64> = invitations::table
        .filter(invitations::hash.eq(hash).and(invitations::expires_at.gt(at.timestamp_micros())))
        .select(invitations::account_id)
        .first(&mut connection.0)
        .optional()?;
    Ok(id.map(AccountId))
}

/// Makes an invitation of an account by the hash of its secret, in place of the one before, and returns the moment at which
/// it runs out.
pub(crate) fn make(transaction: &mut Transaction<'_>, id: AccountId, hash: &Hash) -> Result<Moment> {
    void(transaction, id)?;
    let expires_at = transaction.now() + GOOD_FOR;
    diesel::insert_into(invitations::table)
        .values((
            invitations::account_id.eq(id.0),
            invitations::hash.eq(hash),
            invitations::expires_at.eq(expires_at.timestamp_micros()),
        ))
        .execute(transaction.raw())?;
    transaction.note(EventKind::Credentials, &[id.0])?;
    Ok(expires_at)
}

/// Revokes the invitation of a user, expired or not.
///
/// # Errors
///
/// Not found, if there is none.
pub fn revoke(transaction: &mut Transaction<'_>, id: AccountId) -> Result<()> {
    if !void(transaction, id)? {
        return Err(Error::NotFound(Resource::Users));
    }
    transaction.note(EventKind::Credentials, &[id.0])
}

/// Voids the invitation of a user; false where there is none.
pub(crate) fn void(transaction: &mut Transaction<'_>, id: AccountId) -> Result<bool> {
    Ok(diesel::delete(invitations::table.find(id.0)).execute(transaction.raw())? == 1)
}

/// Forgets invitations that have run out.
pub fn sweep(transaction: &mut Transaction<'_>) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    diesel::delete(invitations::table.filter(invitations::expires_at.le(now))).execute(transaction.raw())?;
    Ok(())
}
