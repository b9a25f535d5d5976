//! Tokens of an issuer that have opened a session here: each opens one only. They are no part of the change log.

use crate::engine::schema::used_issuer_tokens;
use crate::error::Result;
use crate::write::transaction::Transaction;
use chrono::TimeDelta;
use diesel::prelude::*;

/// Time for which the use of a token is remembered: longer than any token is valid, clocks that differ included.
const KNOWN: TimeDelta = TimeDelta::hours(2);

/// Uses up a token; `hash` is the SHA-256 of its signed part. Returns false if it was used before.
pub fn consume(transaction: &mut Transaction<'_>, hash: &str) -> Result<bool> {
    let now = transaction.now();
    let forgotten = (now - KNOWN).timestamp_micros();
    diesel::delete(used_issuer_tokens::table.filter(used_issuer_tokens::used_at.lt(forgotten)))
        .execute(transaction.raw())?;
    let known: i64 = used_issuer_tokens::table.find(hash).count().get_result(transaction.raw())?;
    if known > 0 {
        return Ok(false);
    }
    diesel::insert_into(used_issuer_tokens::table)
        .values((used_issuer_tokens::hash.eq(hash), used_issuer_tokens::used_at.eq(now.timestamp_micros())))
        .execute(transaction.raw())?;
    Ok(true)
}
