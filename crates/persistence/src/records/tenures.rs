//! Dated stays of people and systems with agencies, written as parts of their entities.

use crate::engine::connection::Connection;
use crate::engine::schema::tenures;
use crate::error::{Error, Result};
use crate::log::expected_rows::Expected;
use crate::model::stays::{Row, Subject, found_between};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::violation::Violation;

/// Refuses a stay with an agency that does not exist all through it.
pub(crate) fn check(catalogue: &Catalogue, stays: &Tenures) -> Result<()> {
    for (index, stay) in stays.all().iter().enumerate() {
        let agency = catalogue.agencies.get(&stay.agency);
        let covered = agency.is_some_and(|agency| {
            agency.exists_on(stay.from) && agency.valid_to.is_none_or(|end| stay.to.is_some_and(|to| to <= end))
        });
        if !covered {
            return Err(Error::Conflict(Violation::new(format!("/tenures/{index}"), "agency_not_in_existence.stay")));
        }
    }
    Ok(())
}

/// Replaces the stays of a subject.
pub(crate) fn replace(transaction: &mut Transaction<'_>, subject: Subject, id: i64, stays: &Tenures) -> Result<()> {
    remove(transaction, subject, id)?;
    for stay in stays.all() {
        diesel::insert_into(tenures::table).values(Row::new(subject, id, stay)).execute(transaction.raw())?;
    }
    Ok(())
}

/// Removes the stays of a subject about to be deleted.
pub(crate) fn remove(transaction: &mut Transaction<'_>, subject: Subject, id: i64) -> Result<()> {
    diesel::delete(tenures::table.filter(tenures::subject.eq(subject.name()).and(tenures::subject_id.eq(id))))
        .execute(transaction.raw())?;
    Ok(())
}

/// The first of the rows found, in identity order, that differs from the log in itself or in its stays, in words; stays
/// without a row are a fault, too. `stored` makes the expected row and stays of a logged entity.
pub(crate) fn first_mismatch<E: DeserializeOwned, R: PartialEq>(
    connection: &mut Connection,
    expected: &Expected,
    subject: Subject,
    found: Vec<(i64, R)>,
    stored: impl Fn(i64, &E) -> (R, Vec<Tenure>),
) -> Result<Option<String>> {
    let mut stays = found_between(connection, subject, expected.after, expected.upto)?;
    let found = found.into_iter().map(|(id, row)| (id, (row, stays.remove(&id).unwrap_or_default())));
    let fault = expected.against(found.collect(), |id, entity| Ok(stored(id, entity)))?;
    Ok(fault.or_else(|| stays.keys().min().map(|id| expected.unknown(*id))))
}
