//! Wrong tries to log in, as every node counts them. They are no part of the change log.

use crate::engine::decode::moment;
use crate::engine::schema::log_in_tries;
use crate::error::Result;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::accounts::log_ins::{AttemptCounts, FAMILIAR, FORGOTTEN, Tries};
use thidua_domain::time::Moment;

/// Keys of everything a try concerns. They are keyed hashes, so that they tell nobody what was typed.
#[derive(Debug, Clone)]
pub struct AttemptKeys {
    /// The name on the network.
    pub pair: String,
    /// The name, from any network.
    pub name: String,
    /// The network, for any name.
    pub network: String,
}

/// The most rows kept; the oldest go first.
const MOST: i64 = 200_000;

/// Counts a try as a wrong one until [`succeeded`] says otherwise, so that many tries at once gain nothing over tries
/// one by one. Returns the moment until which the try must wait, if it must.
pub fn begin(transaction: &mut Transaction<'_>, keys: &AttemptKeys) -> Result<Option<Moment>> {
    let now = transaction.now();
    let standing = AttemptCounts {
        pair: get(transaction, &keys.pair)?,
        name: get(transaction, &keys.name)?,
        network: get(transaction, &keys.network)?,
    };
    if let Some(until) = standing.closed_until(now) {
        return Ok(Some(until));
    }
    for (key, tries) in [(&keys.pair, standing.pair), (&keys.name, standing.name), (&keys.network, standing.network)] {
        put(transaction, key, Tries { wrong: tries.remembered(now) + 1, last_at: now, ..tries })?;
    }
    Ok(None)
}

/// Takes back a try that was right, and makes the network familiar with the name.
pub fn succeeded(transaction: &mut Transaction<'_>, keys: &AttemptKeys) -> Result<()> {
    let now = transaction.now();
    put(transaction, &keys.pair, Tries { wrong: 0, last_at: now, familiar_at: Some(now) })?;
    one_less(transaction, [&keys.name, &keys.network])
}

/// Takes back a try that was right and incomplete: the second factor is still to come.
pub fn take_back(transaction: &mut Transaction<'_>, keys: &AttemptKeys) -> Result<()> {
    one_less(transaction, [&keys.pair, &keys.name, &keys.network])
}

/// Forgets tries that no longer count, and the oldest ones beyond the most that are kept.
pub fn sweep(transaction: &mut Transaction<'_>) -> Result<()> {
    let now = transaction.now();
    let (forgotten, unfamiliar) = ((now - FORGOTTEN).timestamp_micros(), (now - FAMILIAR).timestamp_micros());
    let is_unfamiliar = log_in_tries::familiar_at.is_null().or(log_in_tries::familiar_at.lt(unfamiliar));
    diesel::delete(log_in_tries::table.filter(log_in_tries::last_at.lt(forgotten)).filter(is_unfamiliar))
        .execute(transaction.raw())?;
    let beyond: Option<i64> = log_in_tries::table
        .select(log_in_tries::last_at)
        .order(log_in_tries::last_at.desc())
        .offset(MOST)
        .first(transaction.raw())
        .optional()?;
    if let Some(oldest) = beyond {
        diesel::delete(log_in_tries::table.filter(log_in_tries::last_at.le(oldest))).execute(transaction.raw())?;
    }
    Ok(())
}

fn one_less<const N: usize>(transaction: &mut Transaction<'_>, keys: [&String; N]) -> Result<()> {
    for key in keys {
        let tries = get(transaction, key)?;
        put(transaction, key, Tries { wrong: (tries.wrong - 1).max(0), ..tries })?;
    }
    Ok(())
}

fn get(transaction: &mut Transaction<'_>, key: &str) -> Result<Tries> {
    let row: Option<Row> = log_in_tries::table.find(key).first(transaction.raw()).optional()?;
    row.map_or_else(|| Ok(Tries::default()), Row::parse)
}

fn put(transaction: &mut Transaction<'_>, key: &str, tries: Tries) -> Result<()> {
    let row = Row {
        key: key.to_owned(),
        wrong: tries.wrong,
        last_at: tries.last_at.timestamp_micros(),
        familiar_at: tries.familiar_at.map(|at| at.timestamp_micros()),
    };
    let updated = diesel::update(log_in_tries::table.find(key)).set(&row).execute(transaction.raw())?;
    if updated == 0 {
        diesel::insert_into(log_in_tries::table).values(&row).execute(transaction.raw())?;
    }
    Ok(())
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = log_in_tries, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    key: String,
    wrong: i64,
    last_at: i64,
    familiar_at: Option<i64>,
}

impl Row {
    fn parse(self) -> Result<Tries> {
        let familiar_at = self.familiar_at.map(moment).transpose()?;
        Ok(Tries { wrong: self.wrong, last_at: moment(self.last_at)?, familiar_at })
    }
}
