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
use crate::engine::functions::folded;
use crate::engine::in_list::{distinct, one_of};
use crate::engine::schema;
use crate::error::Result;
use crate::log::former_codes;
use crate::write::free_codes::Coding;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::accounts::users::Role;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Resource;
use thidua_domain::log::personal_data::require_name_not_erased;
use thidua_domain::spelling;
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

/// The accounts that once had a name in any spelling, each with the spelling, as far as the change log tells.
pub fn once_named(connection: &mut Connection, name: &str) -> Result<Vec<(AccountId, String)>> {
    let mut found = Vec::new();
    for resource in [Resource::Users, Resource::Clients] {
        let rows = former_codes::rows(connection, resource, name)?;
        found.extend(rows.into_iter().map(|(id, spelling)| (AccountId(id), spelling)));
    }
    Ok(found)
}

/// Refuses a new name of an account that is a reserved word, or that another user or client has.
pub(crate) fn require_free(connection: &mut Connection, id: AccountId, coding: &Coding<'_>) -> Result<()> {
    if !coding.is_new() {
        return Ok(());
    }
    require_name_not_erased(coding.pointer, coding.after, id)?;
    let others = alike(connection, coding.after)?.into_iter().filter(|(other, _)| *other != id.0);
    coding.require_free(others.map(|(_, name)| name))
}

/// True for a name that a user or a client has.
pub fn is_taken(connection: &mut Connection, name: &Code) -> Result<bool> {
    Ok(!alike(connection, name)?.is_empty())
}

/// The users and clients that have a name in any spelling, by identity.
fn alike(connection: &mut Connection, name: &Code) -> Result<Vec<(i64, String)>> {
    let mut found: Vec<(i64, String)> = schema::users::table
        .filter(folded(schema::users::username).eq(spelling::folded(name)))
        .select((schema::users::id, schema::users::username))
        .load(&mut connection.0)?;
    let machines: Vec<(i64, String)> = schema::clients::table
        .filter(folded(schema::clients::client_id).eq(spelling::folded(name)))
        .select((schema::clients::id, schema::clients::client_id))
        .load(&mut connection.0)?;
    found.extend(machines);
    Ok(found)
}
