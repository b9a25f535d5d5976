//! Names of those who come in, users and clients alike: one space for both.

use crate::batch::distinct;
use crate::changes;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::one_of::one_of;
use crate::personal;
use crate::schema::{clients, users};
use crate::stored::{from_json, stored};
use diesel::prelude::*;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use thidua_domain::changes::{Change, Resource};
use thidua_domain::id::AccountId;
use thidua_domain::text::Code;

/// The names of several accounts.
pub fn names(connection: &mut Connection, ids: &[AccountId]) -> Result<HashMap<AccountId, Code>> {
    let ids = distinct(ids.iter().map(|id| id.0).collect());
    let mut rows: Vec<(i64, String)> = users::table
        .filter(one_of(users::id, ids.clone()))
        .select((users::id, users::username))
        .load(&mut connection.0)?;
    let machines: Vec<(i64, String)> = clients::table
        .filter(one_of(clients::id, ids))
        .select((clients::id, clients::client_id))
        .load(&mut connection.0)?;
    rows.extend(machines);
    rows.into_iter().map(|(id, name)| Ok((AccountId(id), stored(Code::parse("", &name))?))).collect()
}

/// The names that accounts have had, as far as the change log tells.
#[derive(Debug, Clone, Default)]
pub struct History(BTreeMap<AccountId, Vec<Given>>);

/// A name that an account was given by a change; by one before the first, if it is not known by which.
#[derive(Debug, Clone)]
struct Given {
    seq: i64,
    at: i64,
    name: String,
}

impl History {
    /// Reads it from the log.
    pub fn read(connection: &mut Connection) -> Result<Self> {
        let mut history = Self::default();
        for resource in [Resource::Users, Resource::Clients] {
            for change in changes::by_row(connection, resource, (0, 0), i64::MAX)? {
                history.add(connection, change)?;
            }
        }
        Ok(history)
    }

    /// The accounts that have had a name.
    pub fn had(&self, name: &str) -> impl Iterator<Item = AccountId> {
        let had = self.0.iter().filter(move |(_, names)| names.iter().any(|given| given.name == name));
        had.map(|(id, _)| *id)
    }

    /// The name that an account had when a change was made.
    pub fn at_change(&self, account: AccountId, seq: i64) -> Option<&str> {
        self.last(account, |given| given.seq <= seq)
    }

    /// The name that an account had at a moment, in microseconds since 1970.
    pub fn at_moment(&self, account: AccountId, at: i64) -> Option<&str> {
        self.last(account, |given| given.at <= at)
    }

    fn last(&self, account: AccountId, counts: impl Fn(&Given) -> bool) -> Option<&str> {
        self.0.get(&account)?.iter().rev().find(|given| counts(given)).map(|given| given.name.as_str())
    }

    fn add(&mut self, connection: &mut Connection, change: Change) -> Result<()> {
        let Change { seq, at, resource, resource_id, before, after, .. } = change;
        let mut named = |text: Option<String>| -> Result<Option<String>> {
            let Some(text) = text else { return Ok(None) };
            let row: Named = from_json(&personal::opened_row(connection, resource, resource_id, text)?)?;
            Ok(row.name)
        };
        let (before, after) = (named(before)?, named(after)?);
        let names = self.0.entry(AccountId(resource_id)).or_default();
        if let (true, Some(name)) = (names.is_empty(), before) {
            names.push(Given { seq: 0, at: i64::MIN, name });
        }
        if let Some(name) = after.filter(|name| names.last().is_none_or(|given| given.name != *name)) {
            names.push(Given { seq, at, name });
        }
        Ok(())
    }
}

/// The name in a logged row of a user or a client.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "username", alias = "client_id")]
    name: Option<String>,
}

/// Refuses a name at a pointer that another user or client has.
pub(crate) fn require_free(connection: &mut Connection, pointer: &str, name: &Code) -> Result<()> {
    if is_taken(connection, name)? { Err(Error::taken(pointer, name)) } else { Ok(()) }
}

/// Whether a user or a client has a name.
pub fn is_taken(connection: &mut Connection, name: &Code) -> Result<bool> {
    let users: i64 = users::table.filter(users::username.eq(name.as_str())).count().get_result(&mut connection.0)?;
    let clients: i64 =
        clients::table.filter(clients::client_id.eq(name.as_str())).count().get_result(&mut connection.0)?;
    Ok(users + clients > 0)
}
