//! Answers kept under idempotency keys: a POST sent again with its Idempotency-Key is answered as it was the first
//! time.
//!
//! Each row has the running sum of bytes kept up to it, of its caller and in all. So the oldest answers, for which
//! later ones leave no room, are found without a total that every write would have to keep right.

use crate::engine::functions::folded;
use crate::engine::schema::idempotency_keys;
use crate::error::Result;
use crate::write::transaction::Transaction;
use diesel::dsl::max;
use diesel::prelude::*;
use thidua_domain::id::AccountId;
use thidua_domain::spelling;

/// A request under a key: one caller's, to one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// The caller.
    pub user: AccountId,
    /// Method and path.
    pub route: String,
    /// The key, as the caller chose it.
    pub key: String,
    /// A keyed hash of the request's content: another request under the same key is refused.
    pub fingerprint: String,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The row it speaks of.
    pub row: Option<i64>,
    /// The address of that row, when it was created.
    pub location: Option<String>,
    /// The JSON text.
    pub body: String,
}

/// The result of looking up a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLookup {
    /// Nothing: it comes for the first time.
    New,
    /// It was answered before.
    Answered(KeptAnswer),
    /// Its key was used for another request.
    KeyReused,
}

/// Number of hours that answers are kept.
pub const HOURS_KEPT: i64 = 24;

const MICROSECONDS_KEPT: i64 = HOURS_KEPT * 3_600 * 1_000_000;

/// Looks a request up.
pub fn find(transaction: &mut Transaction<'_>, request: &KeyedRequest) -> Result<KeyLookup> {
    let since = transaction.now().timestamp_micros() - MICROSECONDS_KEPT;
    let row: Option<Row> = idempotency_keys::table
        .find((request.user.0, &request.route, &request.key))
        .filter(idempotency_keys::at.ge(since))
        .first(transaction.raw())
        .optional()?;
    Ok(match row {
        None => KeyLookup::New,
        Some(row) if row.fingerprint != request.fingerprint => KeyLookup::KeyReused,
        Some(row) => KeyLookup::Answered(KeptAnswer {
            status: u16::try_from(row.status).unwrap_or_default(),
            row: row.row_id,
            location: row.location,
            body: row.body,
        }),
    })
}

/// Bounds of the bytes of answers that are kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    of_caller: i64,
    in_all: i64,
}

impl Bounds {
    /// Bounds from a size in MiB for all callers; one caller may have a sixteenth of it.
    pub fn of_mib(in_all: u16) -> Self {
        let in_all = i64::from(in_all) << 20;
        Self { of_caller: in_all / 16, in_all }
    }
}

/// Bytes that an answer takes besides body, key and route: the rest of its row, and entries of indexes.
const BESIDE: usize = 512;

/// Keeps the answer to a request, in the same transaction as its writes. Drops the answers that are too old, and the
/// oldest ones beyond the bounds.
pub fn keep(
    transaction: &mut Transaction<'_>,
    request: &KeyedRequest,
    answer: &KeptAnswer,
    bounds: Bounds,
) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    let old = idempotency_keys::table.filter(idempotency_keys::at.lt(now - MICROSECONDS_KEPT));
    diesel::delete(old).execute(transaction.raw())?;
    let own = idempotency_keys::table.filter(idempotency_keys::user_id.eq(request.user.0));
    let of_caller: Option<i64> = own.select(max(idempotency_keys::of_caller)).first(transaction.raw())?;
    let in_all: Option<i64> = idempotency_keys::table.select(max(idempotency_keys::in_all)).first(transaction.raw())?;
    let bytes = i64::try_from(answer.body.len() + request.key.len() + request.route.len() + BESIDE).unwrap_or(i64::MAX);
    let after = |before: Option<i64>| before.unwrap_or_default().saturating_add(bytes);
    let (of_caller, in_all) = (after(of_caller), after(in_all));
    diesel::delete(own.filter(idempotency_keys::of_caller.le(of_caller - bounds.of_caller)))
        .execute(transaction.raw())?;
    let too_much = idempotency_keys::table.filter(idempotency_keys::in_all.le(in_all - bounds.in_all));
    diesel::delete(too_much).execute(transaction.raw())?;
    let row = Row {
        user_id: request.user.0,
        route: request.route.clone(),
        key: request.key.clone(),
        at: now,
        fingerprint: request.fingerprint.clone(),
        status: i32::from(answer.status),
        row_id: answer.row,
        location: answer.location.clone(),
        body: answer.body.clone(),
        of_caller,
        in_all,
    };
    diesel::insert_into(idempotency_keys::table).values(row).execute(transaction.raw())?;
    Ok(())
}

/// Drops the answers about a row: they may hold something that is to be erased.
pub(crate) fn forget(transaction: &mut Transaction<'_>, row: i64) -> Result<()> {
    let answers = idempotency_keys::table.filter(idempotency_keys::row_id.eq(row));
    diesel::delete(answers).execute(transaction.raw())?;
    Ok(())
}

/// Drops the answers that mention a code, in any spelling.
pub(crate) fn forget_mentions(transaction: &mut Transaction<'_>, code: &str) -> Result<()> {
    let (body, location) = (idempotency_keys::body, idempotency_keys::location);
    let pattern = format!("%{}%", spelling::folded(code));
    let in_location = folded(location.assume_not_null()).like(pattern.clone());
    let answers = idempotency_keys::table.filter(folded(body).like(pattern).or(in_location));
    diesel::delete(answers).execute(transaction.raw())?;
    Ok(())
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = idempotency_keys, treat_none_as_default_value = false)]
struct Row {
    user_id: i64,
    route: String,
    key: String,
    at: i64,
    fingerprint: String,
    status: i32,
    row_id: Option<i64>,
    location: Option<String>,
    body: String,
    of_caller: i64,
    in_all: i64,
}
