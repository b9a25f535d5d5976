//! Access: the accounts and credentials that may come in, read from their tables.

use crate::engine::connection::Connection;
use crate::engine::decode::{from_json, moment, spelled, stored};
use crate::engine::schema::{client_keys, clients, revoked_tokens, users};
use crate::error::Result;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};
use thidua_domain::accounts::client_keys::{ClientKey, KeyKind};
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::id::{AccountId, AgencyId, ClientKeyId};
use thidua_domain::log::changes::{Actor, ActorKind, Hash};
use thidua_domain::text::Code;

/// Access: the accounts and credentials that may come in.
#[derive(Debug, Default)]
pub struct Access {
    /// Users and clients by identity.
    pub accounts: HashMap<AccountId, Account>,
    /// Sessions that have ended while access tokens of theirs may still be in use.
    pub revoked: HashSet<String>,
    /// Keys of clients by identity.
    pub keys: HashMap<ClientKeyId, ClientKey>,
    /// Keys of clients by the hashes of their texts.
    pub keys_by_hash: HashMap<Hash, ClientKeyId>,
}

/// An account of a user or a client, as requests need it.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name used to log in.
    pub username: String,
    /// Its kind: a user's or a client's.
    pub kind: AccountKind,
    /// The role, which decides its rights.
    pub role: Role,
    /// The agency whose subtree bounds it.
    pub agency: Option<AgencyId>,
    /// True while it may not come in.
    pub disabled: bool,
    /// The version of the password; tokens of an earlier one are void.
    pub password_version: i64,
    /// True while it may do nothing but change its password.
    pub must_change_password: bool,
}

/// Kinds of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A user's, who logs in with a password.
    User,
    /// A client's, which comes with a key.
    Client,
}

impl Account {
    /// The account with an identity as the logs name it.
    pub fn actor(&self, id: AccountId) -> Actor {
        let machine = self.kind == AccountKind::Client || self.role.is_machine();
        Actor { kind: if machine { ActorKind::Machine } else { ActorKind::Person }, id: id.0 }
    }
}

/// Reads the accounts and credentials that may come in.
pub(crate) fn read(connection: &mut Connection) -> Result<Access> {
    let mut access = Access::default();
    let users: Vec<AccountRow> = users::table
        .select((
            users::id,
            users::username,
            users::role,
            users::agency_id,
            users::disabled,
            users::password_version,
            users::password_given,
        ))
        .load(&mut connection.0)?;
    let clients: Vec<ClientRow> = clients::table
        .select((clients::id, clients::client_id, clients::role, clients::agency_id, clients::disabled))
        .load(&mut connection.0)?;
    let users = users.into_iter().map(|row| row.parse(AccountKind::User));
    let clients = clients.into_iter().map(|row| AccountRow::from(row).parse(AccountKind::Client));
    access.accounts = users.chain(clients).collect::<Result<_>>()?;
    let revoked: Vec<String> = revoked_tokens::table.select(revoked_tokens::token_id).load(&mut connection.0)?;
    access.revoked.extend(revoked);
    let keys: Vec<(KeyRow, Hash)> = client_keys::table
        .select((
            (
                client_keys::id,
                client_keys::client_id,
                client_keys::kind,
                client_keys::scopes,
                client_keys::networks,
                client_keys::created_at,
                client_keys::expires_at,
                client_keys::replaced,
            ),
            client_keys::hash,
        ))
        .load(&mut connection.0)?;
    for (row, hash) in keys {
        let (id, key) = row.parse()?;
        access.keys_by_hash.insert(hash, id);
        access.keys.insert(id, key);
    }
    Ok(access)
}

/// An account as it is stored, a user's or a client's.
#[derive(Queryable)]
struct AccountRow {
    id: i64,
    username: String,
    role: String,
    agency: Option<i64>,
    disabled: bool,
    password_version: i64,
    password_given: bool,
}

/// Identity, name, role and agency of a client, and true while it is disabled.
type ClientRow = (i64, String, String, Option<i64>, bool);

impl From<ClientRow> for AccountRow {
    /// A client has no password, and hence no version of one.
    fn from((id, username, role, agency, disabled): ClientRow) -> Self {
        Self { id, username, role, agency, disabled, password_version: 0, password_given: false }
    }
}

impl AccountRow {
    fn parse(self, kind: AccountKind) -> Result<(AccountId, Account)> {
        let user = User {
            role: spelled(Role::from_spelling, &self.role)?,
            agency: self.agency.map(AgencyId),
            disabled: self.disabled,
            password_version: self.password_version,
            password_given: self.password_given,
        };
        let must_change_password = user.must_change_password();
        let User { role, agency, disabled, password_version, .. } = user;
        let username = stored(Code::parse("", &self.username))?.to_string();
        let account = Account { username, kind, role, agency, disabled, password_version, must_change_password };
        Ok((AccountId(self.id), account))
    }
}

/// The columns of a key that requests need.
#[derive(Queryable)]
pub(crate) struct KeyRow {
    pub(crate) id: i64,
    pub(crate) client: i64,
    pub(crate) kind: String,
    pub(crate) scopes: String,
    pub(crate) networks: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) replaced: bool,
}

impl KeyRow {
    pub(crate) fn parse(self) -> Result<(ClientKeyId, ClientKey)> {
        let key = ClientKey {
            client: AccountId(self.client),
            kind: spelled(KeyKind::from_spelling, &self.kind)?,
            scopes: from_json(&self.scopes)?,
            networks: from_json(&self.networks)?,
            created_at: moment(self.created_at)?,
            expires_at: moment(self.expires_at)?,
            replaced: self.replaced,
        };
        Ok((ClientKeyId(self.id), key))
    }
}
