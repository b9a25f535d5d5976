//! Sessions that have ended while access tokens of theirs may still be in use. The end of one is logged, so that every
//! node refuses its tokens.

use crate::engine::connection::Connection;
use crate::engine::schema::revoked_tokens;
use crate::error::Result;
use crate::log::expected_rows::{Expected, rows_in};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Resource;
use thidua_domain::time::Moment;

/// Voids the access tokens of a session until they would have run out by themselves, and forgets those that have.
pub fn revoke(transaction: &mut Transaction<'_>, user: AccountId, session: &str, expires_at: Moment) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    diesel::delete(revoked_tokens::table.filter(revoked_tokens::expires_at.lt(now))).execute(transaction.raw())?;
    let known: Option<i64> = revoked_tokens::table
        .filter(revoked_tokens::token_id.eq(session))
        .select(revoked_tokens::id)
        .first(transaction.raw())
        .optional()?;
    if known.is_some() {
        return Ok(());
    }
    let id = transaction.created(Resource::RevokedTokens, &RevokedTokens { user })?;
    diesel::insert_into(revoked_tokens::table)
        .values((
            revoked_tokens::id.eq(id),
            revoked_tokens::token_id.eq(session),
            revoked_tokens::user_id.eq(user.0),
            revoked_tokens::expires_at.eq(expires_at.timestamp_micros()),
        ))
        .execute(transaction.raw())?;
    Ok(())
}

/// The first ended session that the log does not have, in words. Sessions whose tokens have run out are forgotten, so
/// the table may lack them.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let rows: Vec<(i64, i64)> = rows_in!(revoked_tokens, expected)
        .select((revoked_tokens::id, revoked_tokens::user_id))
        .load(&mut connection.0)?;
    expected.against_remembered(rows, |_, given_up: &RevokedTokens| Ok(given_up.user.0))
}

/// The end of a session, as the change log holds it.
#[derive(Serialize, Deserialize)]
struct RevokedTokens {
    user: AccountId,
}
