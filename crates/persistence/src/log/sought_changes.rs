//! Changes sought for an audit. The log has indexes for the most common questions: by row, by actor, by resource. Parts
//! of it are read in order by one of these, or else by position, and other conditions are checked on the rows read. So
//! the cost of a part depends on its size, and not on the length of the log.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::inline_limit::limited;
use crate::engine::row_values;
use crate::engine::schema::changes as log;
use crate::error::Result;
use crate::log::changes;
use crate::log::changes::{Filter, LoggedChange, Row};
use crate::log::past;
use crate::log::read_on::Chunk;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::cmp::Reverse;
use std::ops::RangeInclusive;
use thidua_domain::log::changes::Resource;

/// The key of an index that the wanted changes have in common.
#[derive(Debug, Clone)]
enum Common {
    Row(Resource, i64),
    Actors(Vec<i64>),
    Resource(Resource),
    Nothing,
}

/// The part of the log that holds the changes a filter lets through.
#[derive(Debug)]
pub(crate) struct ChangeSearch<'a> {
    filter: &'a Filter,
    common: Common,
    /// The positions of the time that is asked for.
    positions: RangeInclusive<i64>,
}

impl<'a> ChangeSearch<'a> {
    /// Chooses the index and the positions for a filter.
    pub(crate) fn by(connection: &mut Connection, filter: &'a Filter) -> Result<Self> {
        let first = match filter.from {
            // Times in the log never go back, so those before a moment are all changes up to a position.
            Some(from) => past::at_time(connection, from - TimeDelta::microseconds(1))?.seq + 1,
            None => 1,
        };
        let last = match filter.to {
            Some(to) => past::at_time(connection, to)?.seq,
            None => changes::end(connection)?,
        };
        let common = match (filter.id, &filter.users, filter.resource) {
            // A row has the position of the change that created it for its identity.
            (Some(id), _, _) => created(connection, id)?.map_or(Common::Actors(Vec::new()), |of| Common::Row(of, id)),
            (None, Some(users), _) => Common::Actors(users.iter().map(|user| user.0).collect()),
            (None, None, Some(resource)) => Common::Resource(resource),
            (None, None, None) => Common::Nothing,
        };
        Ok(Self { filter, common, positions: first..=last })
    }

    /// The number of changes the filter lets through, as far as their positions tell.
    pub(crate) fn count(&self) -> Option<i64> {
        let count = (self.positions.end() - self.positions.start() + 1).max(0);
        self.filter.names_no_member().then_some(count)
    }

    /// Reads a part, in order.
    pub(crate) fn read(&self, connection: &mut Connection, part: Chunk) -> Result<Vec<LoggedChange>> {
        let Common::Actors(actors) = &self.common else { return self.of(connection, None, part) };
        // An index has the changes of one actor in order, and not of several.
        let mut all = Vec::new();
        for actor in actors {
            all.extend(self.of(connection, Some(*actor), part)?);
        }
        all.sort_by_key(|logged| logged.change.seq);
        if part.descending {
            all.sort_by_key(|logged| Reverse(logged.change.seq));
        }
        all.truncate(part.limit);
        Ok(all)
    }

    /// True for a change that the filter lets through.
    pub(crate) fn lets(&self, logged: &LoggedChange) -> bool {
        let Filter { resource, id, users, actor, operation, from: _, to: _ } = self.filter;
        let change = &logged.change;
        resource.is_none_or(|wanted| wanted == change.resource)
            && id.is_none_or(|wanted| wanted == change.resource_id)
            && users.as_ref().is_none_or(|wanted| wanted.iter().any(|user| user.0 == change.actor.id))
            && actor.is_none_or(|wanted| wanted == change.actor.kind)
            && operation.is_none_or(|wanted| wanted == change.operation)
    }

    fn of(&self, connection: &mut Connection, actor: Option<i64>, part: Chunk) -> Result<Vec<LoggedChange>> {
        let (first, last) = part.between((*self.positions.start(), *self.positions.end()));
        let mut query = log::table.into_boxed::<AnyBackend>();
        if let Common::Row(resource, id) = self.common {
            let columns = (log::resource, log::resource_id, log::seq);
            let at = |seq: i64| {
                let resource = resource.as_str().into_sql::<Text>();
                (resource, id.into_sql::<BigInt>(), seq.into_sql::<BigInt>())
            };
            query = query.filter(row_values::between(columns, at(first), at(last)));
            query = if part.descending {
                query.order((log::resource.desc(), log::resource_id.desc(), log::seq.desc()))
            } else {
                query.order(columns)
            };
        } else {
            query = query.filter(log::seq.ge(first).and(log::seq.le(last)));
            query = if part.descending { query.order(log::seq.desc()) } else { query.order(log::seq.asc()) };
        }
        if let Common::Resource(resource) = self.common {
            query = query.filter(log::resource.eq(resource.as_str()));
        }
        if let Some(actor) = actor {
            query = query.filter(log::actor_id.eq(actor));
        }
        let rows: Vec<Row> = limited(query, part.limit).load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).collect()
    }
}

/// The resource of the row that a change created.
fn created(connection: &mut Connection, id: i64) -> Result<Option<Resource>> {
    let change = changes::by_seqs(connection, &[id])?.pop().map(|logged| logged.change);
    Ok(change.filter(|change| change.resource_id == id).map(|change| change.resource))
}
