//! The past, read back: rows and the catalogue from the change log, each as of a position. No copy is stored for it.

use crate::engine::connection::Connection;
use crate::engine::decode::{from_json, moment};
use crate::engine::entity::{Entity, Identity, ReadEntity};
use crate::engine::past::AsOf;
use crate::engine::schema::changes as log;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::LoggedChange;
use crate::log::former_codes;
use crate::log::past_rows;
use crate::log::personal_data;
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::log::changes::{Operation, Resource};
use thidua_domain::spelling::meant;
use thidua_domain::time::Moment;

/// The moment right after a change.
pub(crate) fn at_seq(connection: &mut Connection, seq: i64) -> Result<AsOf> {
    let at = if seq == 0 { Moment::default() } else { moment(time_of(connection, seq)?)? };
    Ok(AsOf { seq, at })
}

/// The past moment at a time: the last change made by then, itself included. Times in the log never go back, so it is
/// found by binary search.
pub(crate) fn at_time(connection: &mut Connection, at: Moment) -> Result<AsOf> {
    let wanted = at.timestamp_micros();
    let (mut made, mut beyond) = (0, changes::head(&mut connection.0)?.seq + 1);
    while made + 1 < beyond {
        let middle = made + (beyond - made) / 2;
        if time_of(connection, middle)? <= wanted {
            made = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(AsOf { seq: made, at })
}

/// A row as of a position, if it was there.
pub(crate) fn row<E: DeserializeOwned>(
    connection: &mut Connection,
    resource: Resource,
    id: i64,
    seq: i64,
) -> Result<Option<E>> {
    let after: Option<Option<String>> = log::table
        .filter(log::resource.eq(resource.as_str()).and(log::resource_id.eq(id)).and(log::seq.le(seq)))
        .order(log::seq.desc())
        .select(log::after)
        .first(&mut connection.0)
        .optional()?;
    let Some(after) = after.flatten() else { return Ok(None) };
    from_json(&personal_data::opened_row(connection, resource, id, after)?).map(Some)
}

/// The row with an identity, as it is or, on a connection that reads the past, was.
pub fn get<I: Identity<Of: ReadEntity>>(connection: &mut Connection, id: I) -> Result<I::Of> {
    let (resource, id) = (I::Of::RESOURCE, id.number());
    match connection.as_of() {
        Some(seq) => required(connection, resource, id, seq),
        None => I::Of::row(connection, id)?.ok_or(Error::NotFound(resource)),
    }
}

/// As [`row`], of a row that must have been there.
pub(crate) fn required<E: DeserializeOwned>(
    connection: &mut Connection,
    resource: Resource,
    id: i64,
    seq: i64,
) -> Result<E> {
    row(connection, resource, id, seq)?.ok_or(Error::NotFound(resource))
}

/// The row that a code meant at a position. `now` are the rows that have it today in any spelling, most often the same one.
pub(crate) fn with_code<E: DeserializeOwned>(
    connection: &mut Connection,
    resource: Resource,
    seq: i64,
    now: Vec<i64>,
    spelling: impl Fn(&E) -> &str,
    code: &str,
) -> Result<Option<(i64, E)>> {
    let mut then = Vec::new();
    for id in now {
        match row::<E>(connection, resource, id, seq)? {
            Some(found) if spelling(&found) == code => return Ok(Some((id, found))),
            found => then.extend(found.map(|found| (id, found))),
        }
    }
    for (id, _) in former_codes::rows(connection, resource, code)? {
        then.extend(row::<E>(connection, resource, id, seq)?.map(|found| (id, found)));
    }
    then.sort_by_key(|(id, _)| *id);
    Ok(meant(code, then, |(_, found)| spelling(found)))
}

/// The row of a resource that was deleted last among those that had a code at their end: those that spelled it so, or else
/// in any spelling. `there` is the row that has the code now, if any.
pub(crate) fn deleted_with_code<E: DeserializeOwned>(
    connection: &mut Connection,
    resource: Resource,
    there: Option<i64>,
    has: impl Fn(&E, &str) -> bool,
    code: &str,
) -> Result<Option<(i64, E)>> {
    let mut found = None;
    for (id, spelling) in former_codes::rows(connection, resource, code)? {
        if there == Some(id) {
            continue;
        }
        let Some(LoggedChange { change, .. }) = changes::last_of(connection, resource, id)? else { continue };
        let Some(before) = change.before.filter(|_| change.operation == Operation::Delete) else { continue };
        let row: E = from_json(&personal_data::opened_row(connection, resource, id, before)?)?;
        let rank = (spelling == code, change.seq);
        if has(&row, &spelling) && found.as_ref().is_none_or(|(best, _, _)| *best < rank) {
            found = Some((rank, id, row));
        }
    }
    Ok(found.map(|(_, id, row)| (id, row)))
}

/// The catalogue as of a position.
pub(crate) fn catalogue(connection: &mut Connection, seq: i64) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    for resource in Resource::ALL.iter().copied().filter(|resource| resource.is_catalogue()) {
        past_rows::each(connection, resource, seq, |id, row| {
            catalogue.put(resource, id, Some(from_json(row)?)).map_err(Error::internal)
        })?;
    }
    Ok(catalogue.indexed())
}

fn time_of(connection: &mut Connection, seq: i64) -> Result<i64> {
    Ok(log::table.find(seq).select(log::at).first(&mut connection.0)?)
}
