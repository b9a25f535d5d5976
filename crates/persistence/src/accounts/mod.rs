//! Accounts of users and clients. Their names share one space.

pub mod client_keys;
pub mod clients;
pub mod erasure;
pub mod invitations;
pub mod issuer_tokens;
pub mod log_ins;
pub mod receipts;
pub mod revoked_tokens;
pub mod second_factors;
pub mod sessions;
pub mod unused_users;
pub mod users;
pub(crate) mod uses;

use crate::engine::connection::Connection;
use crate::engine::decode::stored;
use crate::engine::in_list::{distinct, one_of};
use crate::engine::schema;
use crate::error::{Error, Result};
use crate::log::former_codes;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::accounts::users::Role;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Code;

/// Filter of a list of users or of clients.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only this role.
    pub role: Option<Role>,
    /// Only disabled ones, or only those that are not.
    pub disabled: Option<bool>,
}

/// The names of several accounts.
pub fn names(connection: &mut Connection, ids: &[AccountId]) -> Result<HashMap<AccountId, Code>> {
    let ids = distinct(ids.iter().map(|id| id.0).collect());
    let mut rows: Vec<(i64, String)> = schema::users::table
        .filter(one_of(schema::users::id, ids.clone()))
        .select((schema::users::id, schema::users::username))
        .load(&mut connection.0)?;
    let machines: Vec<(i64, String)> = schema::clients::table
        .filter(one_of(schema::clients::id, ids))
        .select((schema::clients::id, schema::clients::client_id))
        .load(&mut connection.0)?;
    rows.extend(machines);
    rows.into_iter().map(|(id, name)| Ok((AccountId(id), stored(Code::parse("", &name))?))).collect()
}

/// The accounts that once had a name, as far as the change log tells.
pub fn once_named(connection: &mut Connection, name: &str) -> Result<Vec<AccountId>> {
    let mut found = Vec::new();
    for resource in [Resource::Users, Resource::Clients] {
        found.extend(former_codes::rows(connection, resource, name)?.into_iter().map(AccountId));
    }
    Ok(found)
}

/// Refuses a name at a pointer that another user or client has.
pub(crate) fn require_free(connection: &mut Connection, pointer: &str, name: &Code) -> Result<()> {
    if is_taken(connection, name)? { Err(Error::taken(pointer, name)) } else { Ok(()) }
}

/// True for a name that a user or a client has.
pub fn is_taken(connection: &mut Connection, name: &Code) -> Result<bool> {
    let users: i64 =
        schema::users::table.filter(schema::users::username.eq(name.as_str())).count().get_result(&mut connection.0)?;
    let clients: i64 = schema::clients::table
        .filter(schema::clients::client_id.eq(name.as_str()))
        .count()
        .get_result(&mut connection.0)?;
    Ok(users + clients > 0)
}
