//! Names that accounts had when they did something, as far as the change log tells. Only the changes that gave those
//! names are looked up.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{from_json, moment};
use crate::engine::schema::changes as log;
use crate::error::Result;
use crate::log::changes;
use crate::log::past;
use crate::log::personal_data;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Resource;

/// The names that accounts had at places of a log, by account and place.
pub type Names = HashMap<(AccountId, i64), String>;

/// The names that accounts had when changes were made, each named by its position.
pub fn at_changes(connection: &mut Connection, acts: impl IntoIterator<Item = (AccountId, i64)>) -> Result<Names> {
    at(connection, acts, |_, seq| Ok(seq), |given| given.seq)
}

/// The names that accounts had at moments, in microseconds since 1970.
pub fn at_moments(connection: &mut Connection, acts: impl IntoIterator<Item = (AccountId, i64)>) -> Result<Names> {
    let seq = |connection: &mut Connection, at| Ok(past::at_time(connection, moment(at)?)?.seq);
    at(connection, acts, seq, |given| given.at)
}

fn at(
    connection: &mut Connection,
    acts: impl IntoIterator<Item = (AccountId, i64)>,
    position: impl Fn(&mut Connection, i64) -> Result<i64>,
    since: impl Fn(&NameChange) -> i64,
) -> Result<Names> {
    let mut places: BTreeMap<AccountId, BTreeSet<i64>> = BTreeMap::new();
    for (account, place) in acts {
        places.entry(account).or_default().insert(place);
    }
    let mut names = Names::new();
    for (account, mut places) in places {
        // From the last place back: a name holds for everything done since it was given.
        while let Some(place) = places.last().copied() {
            let seq = position(connection, place)?;
            let given = NameChange::last(connection, account, seq)?;
            let held = places.split_off(&given.as_ref().map_or(i64::MIN, &since));
            let name = match given {
                Some(NameChange { name: Some(name), .. }) => Some(name),
                given => first_told(connection, account, given.map_or(seq, |given| given.seq))?,
            };
            names.extend(
                name.into_iter().flat_map(|name| held.iter().map(move |place| ((account, *place), name.clone()))),
            );
        }
    }
    Ok(names)
}

/// A change of an account, with the name the account had from it on.
struct NameChange {
    seq: i64,
    at: i64,
    /// None where the log does not tell: names have been in it since version 0.2.0 only.
    name: Option<String>,
}

/// Position, time, and the row before and after a change.
type ChangedRow = (i64, i64, Option<String>, Option<String>);

impl NameChange {
    /// The last change of an account up to a position.
    fn last(connection: &mut Connection, account: AccountId, seq: i64) -> Result<Option<Self>> {
        for resource in ACCOUNTS {
            let query = of(resource, account).filter(log::seq.le(seq)).order(log::seq.desc());
            let last: Option<ChangedRow> = query.first(&mut connection.0).optional()?;
            if let Some((seq, at, before, after)) = last {
                let name = name(connection, (resource, account), after.or(before))?;
                return Ok(Some(Self { seq, at, name }));
            }
        }
        Ok(None)
    }
}

const ACCOUNTS: [Resource; 2] = [Resource::Users, Resource::Clients];

/// The name that an account had before the first of its changes that tells one, if that is beyond a position.
fn first_told(connection: &mut Connection, account: AccountId, seq: i64) -> Result<Option<String>> {
    let told = changes::last_without_nonce(&mut connection.0)?;
    for resource in ACCOUNTS {
        let query = of(resource, account).filter(log::seq.gt(told.max(seq))).order(log::seq);
        let first: Option<ChangedRow> = query.first(&mut connection.0).optional()?;
        if let Some((.., before, _)) = first {
            return name(connection, (resource, account), before);
        }
    }
    Ok(None)
}

/// The changes of an account.
fn of<'a>(resource: Resource, account: AccountId) -> log::BoxedQuery<'a, AnyBackend, Columns> {
    log::table
        .filter(log::resource.eq(resource.as_str()).and(log::resource_id.eq(account.0)))
        .select((log::seq, log::at, log::before, log::after))
        .into_boxed()
}

/// [`ChangedRow`] as a database types it.
type Columns = (BigInt, BigInt, Nullable<Text>, Nullable<Text>);

fn name(
    connection: &mut Connection,
    (resource, account): (Resource, AccountId),
    row: Option<String>,
) -> Result<Option<String>> {
    let Some(row) = row else { return Ok(None) };
    let row: NameMember = from_json(&personal_data::opened_row(connection, resource, account.0, row)?)?;
    Ok(row.name)
}

/// The name in a logged row of a user or a client.
#[derive(Deserialize)]
struct NameMember {
    #[serde(alias = "username", alias = "client_id")]
    name: Option<String>,
}
