//! Writes of one record, judged by what judges sets of them; and writes of rows that other verbs have judged.

use crate::engine::connection::Connection;
use crate::engine::entity::{Entity, Identity};
use crate::error::{Error, Result};
pub use crate::log::past::get;
use crate::write::batch::{Record, Written, store_one};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use std::collections::BTreeMap;
use thidua_domain::cells::Cells;
use thidua_domain::id::WholeNumber;

/// Creates a record.
pub fn insert<R: Record>(transaction: &mut Transaction<'_>, record: &R) -> Result<R::Id> {
    create(transaction, record.clone()).map(|(id, _)| id)
}

/// Creates a record, and returns it as it is stored as well.
pub fn create<R: Record>(transaction: &mut Transaction<'_>, record: R) -> Result<(R::Id, R)> {
    write(transaction, None, record)
}

/// Changes a record.
pub fn update<R: Record>(transaction: &mut Transaction<'_>, id: R::Id, after: &R) -> Result<()> {
    change(transaction, id, after.clone()).map(drop)
}

/// Changes a record, and returns it as it is stored.
pub fn change<R: Record>(transaction: &mut Transaction<'_>, id: R::Id, after: R) -> Result<R> {
    let before = get(transaction.connection(), id)?;
    before.require_open(&transaction.rules())?;
    write(transaction, Some((id.number(), before)), after).map(|(_, after)| after)
}

/// Deletes a record.
pub fn delete<I: Identity<Of: Record>>(transaction: &mut Transaction<'_>, id: I) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    let rules = transaction.rules();
    before.require_open(&rules)?;
    let difference = before.taken_away(transaction.connection(), &rules)?;
    let told = rules.permit(&difference)?;
    transaction.add_permitted(&difference, told);
    remove_row(transaction, id, &before)
}

fn write<R: Record>(transaction: &mut Transaction<'_>, before: Option<(i64, R)>, record: R) -> Result<(R::Id, R)> {
    let rules = transaction.rules();
    let connection = transaction.connection();
    let known = R::referred(connection, &record)?;
    R::check(connection, &rules, &known, before.as_ref().map(|(_, before)| before), &record)?;
    let mut write = Written::new(before, record);
    R::decide_late(connection, &rules, &known, &mut write)?;
    require_unique(connection, &rules, &known, &write)?;
    let mut difference = Cells::default();
    for of_owner in R::differences(connection, &rules, &known, std::slice::from_ref(&write))? {
        difference.add_all(&of_owner.cells);
    }
    let told = rules.permit(&difference)?;
    let id = store_one(transaction, &write)?;
    transaction.add_permitted(&difference, told);
    transaction.update_catalogue()?;
    Ok((id.into(), write.after))
}

/// Refuses a record with the key of another one.
pub(crate) fn require_unique<R: Record>(
    connection: &mut Connection,
    rules: &Rules,
    known: &R::References,
    write: &Written<R>,
) -> Result<()> {
    let Some(taken) = R::TAKEN else { return Ok(()) };
    let (id, record) = (write.before.as_ref().map(|(id, _)| *id), &write.after);
    let stored = R::stored(connection, rules, known, std::slice::from_ref(record))?;
    match stored.iter().find(|(other, stored)| Some(other.number()) != id && stored.key() == record.key()) {
        Some((other, _)) => Err(taken(record, other.number())),
        None => Ok(()),
    }
}

/// The row of the catalogue with an identity.
pub fn known<I: Identity>(rows: &BTreeMap<I, I::Of>, id: I) -> Result<&I::Of> {
    rows.get(&id).ok_or(Error::NotFound(I::Of::RESOURCE))
}

/// Logs and stores a new row. If it is one of the catalogue, it stands there afterwards, as is true of the next two.
pub(crate) fn add_row<E: Entity>(transaction: &mut Transaction<'_>, row: &E) -> Result<E::Id> {
    let id = transaction.created(E::RESOURCE, row)?;
    E::insert_rows(transaction.connection(), &[(id, row)])?;
    transaction.update_catalogue()?;
    Ok(id.into())
}

/// Logs and stores another version of a row.
pub(crate) fn change_row<I: Identity>(
    transaction: &mut Transaction<'_>,
    id: I,
    before: &I::Of,
    after: &I::Of,
) -> Result<()> {
    transaction.updated(I::Of::RESOURCE, id.number(), before, after)?;
    I::Of::update_row(transaction.connection(), id.number(), after)?;
    transaction.update_catalogue()
}

/// Logs the end of a row and deletes it.
pub(crate) fn remove_row<I: Identity>(transaction: &mut Transaction<'_>, id: I, before: &I::Of) -> Result<()> {
    transaction.deleted(I::Of::RESOURCE, id.number(), before)?;
    I::Of::delete_row(transaction.connection(), id.number())?;
    transaction.update_catalogue()
}
