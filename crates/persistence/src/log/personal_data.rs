//! Identifiers of persons, and names of accounts, in the change log: sealed when logged, opened when read, erased with
//! the key.
//!
//! Sealing is AES-256-GCM-SIV (RFC 8452) under a key per person or account. The nonce is always the same, which that
//! mode permits: it only shows whether two identifiers of one owner are equal.

use crate::engine::connection::{AnyBackend, AnyConnection, Connection};
use crate::engine::functions::unindexed;
use crate::engine::in_list::{distinct, one_of};
use crate::engine::schema::{changes as log, personal_keys};
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::LoggedChange;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use thidua_domain::id::StaffId;
use thidua_domain::log::changes::Resource;
use thidua_domain::log::personal_data::Personal;

/// Opens the identifiers of persons in changes, unless they are erased. The hashes of changes are those of the sealed
/// rows.
pub fn open_all<'a>(connection: &mut Connection, changes: impl Iterator<Item = &'a mut LoggedChange>) -> Result<()> {
    let mut texts = Vec::new();
    for logged in changes {
        let change = &mut logged.change;
        for text in [&mut change.before, &mut change.after].into_iter().flatten() {
            texts.push((change.resource, change.resource_id, text));
        }
    }
    open(connection, texts)
}

/// A logged row with the identifier of a person opened.
pub(crate) fn opened_row(connection: &mut Connection, resource: Resource, id: i64, mut text: String) -> Result<String> {
    open(connection, vec![(resource, id, &mut text)])?;
    Ok(text)
}

/// Opens the identifiers of persons in logged rows, each given with its resource and identity.
pub(crate) fn open(connection: &mut Connection, texts: Vec<(Resource, i64, &mut String)>) -> Result<()> {
    let mut sealed = Vec::new();
    for (resource, id, text) in texts {
        let row = Personal::read(resource, id, text).map_err(Error::internal)?;
        sealed.extend(row.filter(|row| row.sealed().is_some()).map(|row| (text, row)));
    }
    if sealed.is_empty() {
        return Ok(());
    }
    let mut keys = PersonalKeys::default();
    keys.learn(&mut connection.0, sealed.iter().map(|(_, row)| row.owner).collect())?;
    for (text, row) in sealed {
        let key = keys.0.get(&row.owner);
        let plain = key.zip(row.sealed()).and_then(|(key, sealed)| key.open(row.member(), sealed));
        *text = row.open(plain.as_deref());
    }
    Ok(())
}

/// Destroys the key of a person or an account, and so erases the owner's identifiers in the log.
pub(crate) fn erase(connection: &mut AnyConnection, owner: i64) -> Result<()> {
    diesel::delete(personal_keys::table.find(owner)).execute(connection)?;
    Ok(())
}

/// The number of changes with an identifier of a person in plain text: they were logged before identifiers were sealed.
/// Later changes are not read, so that it does not take longer as the log grows.
pub(crate) fn in_the_open(connection: &mut Connection, person: StaffId) -> Result<usize> {
    let of_staff = log::resource.eq(Resource::Staff.as_str()).and(log::resource_id.eq(person.0));
    let count = count_in_the_open(connection, Resource::Staff, log::table.filter(of_staff).into_boxed())?;
    if count == 0 {
        return Ok(0); // Logged since: so is all training.
    }
    let mentions = format!("%\"staff\":{person},%");
    let of_training = log::table
        .filter(log::seq.le(changes::last_without_nonce(&mut connection.0)?))
        // By the index of resources all changes of training records would be read, the sealed ones, too.
        .filter(unindexed(log::resource).eq(Resource::TrainingRecords.as_str()))
        .filter(log::before.assume_not_null().like(mentions.clone()).or(log::after.assume_not_null().like(mentions)));
    Ok(count + count_in_the_open(connection, Resource::TrainingRecords, of_training.into_boxed())?)
}

fn count_in_the_open(
    connection: &mut Connection,
    resource: Resource,
    query: log::BoxedQuery<'_, AnyBackend>,
) -> Result<usize> {
    let rows: Vec<(i64, Option<String>, Option<String>)> =
        query.select((log::resource_id, log::before, log::after)).load(&mut connection.0)?;
    let mut count = 0;
    for (id, before, after) in rows {
        let mut open = false;
        for text in [before, after].into_iter().flatten() {
            let row = Personal::read(resource, id, &text).map_err(Error::internal)?;
            open |= row.is_some_and(|row| row.plain().is_some());
        }
        count += usize::from(open);
    }
    Ok(count)
}

/// The row, if it has an identifier of a person in plain text.
pub(crate) fn unsealed(resource: Resource, id: i64, text: &str) -> Result<Option<Personal>> {
    let row = Personal::read(resource, id, text).map_err(Error::internal)?;
    Ok(row.filter(|row| row.plain().is_some()))
}

/// The keys a write has used so far.
#[derive(Debug, Default)]
pub(crate) struct PersonalKeys(HashMap<i64, PersonalKey>);

impl PersonalKeys {
    /// Reads the keys of several owners at once.
    pub(crate) fn learn(&mut self, connection: &mut AnyConnection, owners: Vec<i64>) -> Result<()> {
        let ids = distinct(owners.into_iter().filter(|owner| !self.0.contains_key(owner)).collect());
        let rows: Vec<(i64, Vec<u8>)> =
            personal_keys::table.filter(one_of(personal_keys::owner_id, ids)).load(connection)?;
        self.0.extend(rows.into_iter().map(|(id, key)| (id, PersonalKey(key))));
        Ok(())
    }

    /// A row as it is logged, sealed. An owner without a key gets one.
    pub(crate) fn seal(&mut self, connection: &mut AnyConnection, row: Personal) -> Result<String> {
        let plain = row.plain().unwrap_or_default();
        let sealed = self.of(connection, row.owner)?.seal(row.member(), plain)?;
        Ok(row.seal(&sealed))
    }

    fn of(&mut self, connection: &mut AnyConnection, owner: i64) -> Result<&PersonalKey> {
        if !self.0.contains_key(&owner) {
            self.learn(connection, vec![owner])?;
        }
        match self.0.entry(owner) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(vacant) => {
                let key = PersonalKey::random()?;
                diesel::insert_into(personal_keys::table)
                    .values((personal_keys::owner_id.eq(owner), personal_keys::key.eq(&key.0)))
                    .execute(connection)?;
                Ok(vacant.insert(key))
            }
        }
    }
}

/// A person's or an account's key.
struct PersonalKey(Vec<u8>);

const KEY_LENGTH: usize = 32;

impl PersonalKey {
    fn random() -> Result<Self> {
        let mut key = vec![0; KEY_LENGTH];
        rand::fill(&mut key).map_err(Error::internal)?;
        Ok(Self(key))
    }

    fn seal(&self, member: &str, plain: &str) -> Result<String> {
        let mut bytes = plain.as_bytes().to_vec();
        let cipher = self.cipher().ok_or_else(|| Error::internal("a stored key is not one"))?;
        cipher.seal_in_place_append_tag(nonce(), Aad::from(member), &mut bytes).map_err(Error::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens a sealed text; none when it was sealed under another key.
    fn open(&self, member: &str, sealed: &str) -> Option<String> {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = self.cipher()?.open_in_place(nonce(), Aad::from(member), &mut bytes).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM_SIV, &self.0).ok().map(LessSafeKey::new)
    }
}

impl std::fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}
