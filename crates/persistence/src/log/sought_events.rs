//! Events sought for an audit. They have indexes by actor and by kind. Parts of them are read in order by one of these,
//! or else by position, and other conditions are checked on the rows read.

use crate::engine::connection::{AnyBackend, AnyConnection, Connection};
use crate::engine::inline_limit::limited;
use crate::engine::paging::{Page, Slice};
use crate::engine::schema::events;
use crate::error::Result;
use crate::log::events::{Filter, LoggedEvent, Row, Sort};
use crate::log::read_on;
use crate::log::read_on::Chunk;
use diesel::prelude::*;
use std::cmp::Reverse;

/// Microseconds by which the clock of a node may have gone back before version 0.2.0, when times could go back in the
/// table.
const ASTRAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Lists events. A page may be short, or empty, and still have a next one.
pub fn list(connection: &mut Connection, filter: &Filter, sort: Sort, slice: &Slice) -> Result<Page<LoggedEvent>> {
    let Sort::Seq = sort;
    let head = last(&mut connection.0)?;
    let micros = |moment: chrono::DateTime<chrono::Utc>| moment.timestamp_micros();
    let (from, to) = (filter.from.map(micros), filter.to.map(micros));
    let first = match from {
        Some(from) => up_to(&mut connection.0, head, from.saturating_sub(ASTRAY))? + 1,
        None => 1,
    };
    let until = match to {
        Some(to) => up_to(&mut connection.0, head, to.saturating_add(ASTRAY))?,
        None => head,
    };
    let page = read_on::page(
        slice,
        |part| read(connection, filter, (first, until), part),
        |row| row.seq,
        |row| {
            let time = from.is_none_or(|from| from <= row.event.at) && to.is_none_or(|to| row.event.at <= to);
            Ok(Some(row).filter(|row| time && filter.kind.is_none_or(|kind| kind == row.event.kind)))
        },
    )?;
    // Positions have no gaps.
    Ok(Page { total: Some(head).filter(|_| slice.count && filter.is_none()), ..page })
}

/// Reads a part in order, by the index that fits best.
fn read(connection: &mut Connection, filter: &Filter, between: (i64, i64), part: Chunk) -> Result<Vec<LoggedEvent>> {
    let (first, last) = part.between(between);
    let query = || {
        let query = events::table.into_boxed::<AnyBackend>().filter(events::seq.ge(first).and(events::seq.le(last)));
        if part.descending { query.order(events::seq.desc()) } else { query.order(events::seq.asc()) }
    };
    let mut rows: Vec<Row> = Vec::new();
    match (&filter.users, filter.kind) {
        (Some(users), _) => {
            // An index has the events of one actor in order, and not of several.
            for user in users {
                let query = query().filter(events::actor_id.eq(user.0));
                rows.extend(limited(query, part.limit).load::<Row>(&mut connection.0)?);
            }
            rows.sort_by_key(|row| row.seq);
            if part.descending {
                rows.sort_by_key(|row| Reverse(row.seq));
            }
            rows.truncate(part.limit);
        }
        (None, Some(kind)) => {
            let query = query().filter(events::kind.eq(kind.as_str()));
            rows = limited(query, part.limit).load(&mut connection.0)?;
        }
        (None, None) => rows = limited(query(), part.limit).load(&mut connection.0)?,
    }
    rows.into_iter().map(Row::parse).collect()
}

/// The position of the last event; 0 before the first.
fn last(connection: &mut AnyConnection) -> Result<i64> {
    let last: Option<i64> = events::table.select(events::seq).order(events::seq.desc()).first(connection).optional()?;
    Ok(last.unwrap_or_default())
}

/// The last position whose event had happened by a moment, found by binary search.
fn up_to(connection: &mut AnyConnection, head: i64, at: i64) -> Result<i64> {
    let (mut happened, mut beyond) = (0, head + 1);
    while happened + 1 < beyond {
        let middle = happened + (beyond - happened) / 2;
        let then: i64 = events::table.find(middle).select(events::at).first(connection)?;
        if then <= at {
            happened = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(happened)
}
