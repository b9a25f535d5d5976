//! Keys of clients. Of a key itself only a hash is stored, and not in the change log.

use crate::accounts::clients;
use crate::engine::connection::Connection;
use crate::engine::decode::{moment, stored_option, to_json};
use crate::engine::in_list::one_of;
use crate::engine::schema::{client_key_uses, client_keys};
use crate::error::{Error, Result};
use crate::log::expected_rows::{Expected, rows_in};
use crate::model::access::KeyRow;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::accounts::client_keys::{ClientKey, MOST};
use thidua_domain::id::{AccountId, ClientKeyId};
use thidua_domain::log::changes::{Hash, Resource};
use thidua_domain::text::Name;
use thidua_domain::time::Moment;
use thidua_domain::violation::Violation;

/// A key with the members that the change log does not hold.
#[derive(Debug, Clone)]
pub struct KeyProfile {
    /// The key.
    pub key: ClientKey,
    /// Its purpose, in words.
    pub label: Option<Name>,
    /// Time of its last use, give or take a minute.
    pub used_at: Option<Moment>,
}

/// A client's keys, in the order of their creation.
pub fn of_client(connection: &mut Connection, client: AccountId) -> Result<Vec<(ClientKeyId, KeyProfile)>> {
    let rows: Vec<Row> = client_keys::table
        .filter(client_keys::client_id.eq(client.0))
        .order(client_keys::id)
        .load(&mut connection.0)?;
    with_uses(connection, rows)
}

/// A key of a client.
pub fn get(connection: &mut Connection, client: AccountId, id: ClientKeyId) -> Result<KeyProfile> {
    let row: Option<Row> = client_keys::table
        .find(id.0)
        .filter(client_keys::client_id.eq(client.0))
        .first(&mut connection.0)
        .optional()?;
    let found = with_uses(connection, row.into_iter().collect())?.pop();
    found.map(|(_, profile)| profile).ok_or(Error::NotFound(Resource::ClientKeys))
}

/// Stores a new key; `hash` is the SHA-256 of its text.
pub fn insert(
    transaction: &mut Transaction<'_>,
    key: &ClientKey,
    label: Option<&Name>,
    hash: &str,
) -> Result<ClientKeyId> {
    key.check(&clients::get(transaction.connection(), key.client)?.client())?;
    let others: i64 =
        client_keys::table.filter(client_keys::client_id.eq(key.client.0)).count().get_result(transaction.raw())?;
    if usize::try_from(others).is_ok_and(|others| others >= MOST) {
        return Err(Error::Conflict(Violation::new("", "too_many_keys").with("most", &MOST)));
    }
    let id = ClientKeyId(transaction.created(Resource::ClientKeys, key)?);
    let row = Row::new(id, key, label, hash)?;
    diesel::insert_into(client_keys::table).values(row).execute(transaction.raw())?;
    Ok(id)
}

/// Changes the end of a key's validity, and the mark that another has taken its place.
pub fn update(transaction: &mut Transaction<'_>, id: ClientKeyId, after: &ClientKey) -> Result<()> {
    let (_, before) = row(transaction, id)?.parse()?;
    transaction.updated(Resource::ClientKeys, id.0, &before.key, after)?;
    diesel::update(client_keys::table.find(id.0))
        .set((
            client_keys::expires_at.eq(after.expires_at.timestamp_micros()),
            client_keys::replaced.eq(after.replaced),
        ))
        .execute(transaction.raw())?;
    Ok(())
}

/// Revokes a key.
pub fn delete(transaction: &mut Transaction<'_>, id: ClientKeyId) -> Result<()> {
    let (_, before) = row(transaction, id)?.parse()?;
    transaction.deleted(Resource::ClientKeys, id.0, &before.key)?;
    diesel::delete(client_key_uses::table.find(id.0)).execute(transaction.raw())?;
    diesel::delete(client_keys::table.find(id.0)).execute(transaction.raw())?;
    Ok(())
}

/// Notes a use of a key, unless the key is gone meanwhile.
pub fn used(transaction: &mut Transaction<'_>, id: ClientKeyId) -> Result<()> {
    let there: i64 = client_keys::table.find(id.0).count().get_result(transaction.raw())?;
    if there == 0 {
        return Ok(());
    }
    let now = transaction.now().timestamp_micros();
    let updated = diesel::update(client_key_uses::table.find(id.0))
        .set(client_key_uses::used_at.eq(now))
        .execute(transaction.raw())?;
    if updated == 0 {
        diesel::insert_into(client_key_uses::table)
            .values((client_key_uses::key_id.eq(id.0), client_key_uses::used_at.eq(now)))
            .execute(transaction.raw())?;
    }
    Ok(())
}

/// The first key whose logged part differs from the log, in words.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let rows: Vec<Row> = rows_in!(client_keys, expected).load(&mut connection.0)?;
    let bare = |row: Row| (row.id, Row { label: None, hash: Hash::new(), ..row });
    expected
        .against(rows.into_iter().map(bare).collect(), |id, key: &ClientKey| Row::new(ClientKeyId(id), key, None, ""))
}

fn row(transaction: &mut Transaction<'_>, id: ClientKeyId) -> Result<Row> {
    let row: Option<Row> = client_keys::table.find(id.0).first(transaction.raw()).optional()?;
    row.ok_or(Error::NotFound(Resource::ClientKeys))
}

fn with_uses(connection: &mut Connection, rows: Vec<Row>) -> Result<Vec<(ClientKeyId, KeyProfile)>> {
    let among = one_of(client_key_uses::key_id, rows.iter().map(|row| row.id));
    let uses: Vec<(i64, i64)> = client_key_uses::table.filter(among).load(&mut connection.0)?;
    let uses: HashMap<_, _> = uses.into_iter().collect();
    let profile = |row: Row| {
        let used_at = uses.get(&row.id).copied().map(moment).transpose()?;
        let (id, profile) = row.parse()?;
        Ok((id, KeyProfile { used_at, ..profile }))
    };
    rows.into_iter().map(profile).collect()
}

#[derive(PartialEq, Queryable, Insertable)]
#[diesel(table_name = client_keys, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    client_id: i64,
    kind: String,
    label: Option<String>,
    scopes: String,
    networks: String,
    created_at: i64,
    expires_at: i64,
    hash: Hash,
    replaced: bool,
}

impl Row {
    fn new(id: ClientKeyId, key: &ClientKey, label: Option<&Name>, hash: &str) -> Result<Self> {
        Ok(Self {
            id: id.0,
            client_id: key.client.0,
            kind: key.kind.as_str().to_owned(),
            label: label.map(ToString::to_string),
            scopes: to_json(&key.scopes)?,
            networks: to_json(&key.networks)?,
            created_at: key.created_at.timestamp_micros(),
            expires_at: key.expires_at.timestamp_micros(),
            hash: hash.to_owned(),
            replaced: key.replaced,
        })
    }

    /// Parses all but the last use, which stands in a table of its own.
    fn parse(self) -> Result<(ClientKeyId, KeyProfile)> {
        let label = stored_option(self.label.as_ref(), Name::parse)?;
        let row = KeyRow {
            id: self.id,
            client: self.client_id,
            kind: self.kind,
            scopes: self.scopes,
            networks: self.networks,
            created_at: self.created_at,
            expires_at: self.expires_at,
            replaced: self.replaced,
        };
        let (id, key) = row.parse()?;
        Ok((id, KeyProfile { key, label, used_at: None }))
    }
}
