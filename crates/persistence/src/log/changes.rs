//! The change log's table.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::decode::{moment, spelled};
use crate::engine::functions::unindexed;
use crate::engine::in_list::one_of;
use crate::engine::insert_rows::insert_rows;
use crate::engine::schema::changes;
use crate::error::{Error, Result};
use diesel::dsl::not;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};
use thidua_domain::Date;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::{Actor, ActorKind, Change, Hash, Operation, Resource, genesis};
use thidua_domain::log::nonce::Nonce;
use thidua_domain::time::{Moment, civil_date};

/// The end of the log, to which the next change is chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    /// Time of the last change, in microseconds since 1970: the next change does not get an earlier one.
    pub(crate) at: i64,
    pub(crate) hash: Hash,
}

/// Reads the end of the log.
pub(crate) fn head(connection: &mut AnyConnection) -> Result<Head> {
    let last = changes::table
        .select((changes::seq, changes::at, changes::hash))
        .order(changes::seq.desc())
        .first::<(i64, i64, String)>(connection)
        .optional()?;
    let (seq, at, hash) = last.unwrap_or_else(|| (0, i64::MIN, genesis()));
    Ok(Head { seq, at, hash })
}

/// The hash of the change at a position.
pub(crate) fn hash_at(connection: &mut AnyConnection, seq: i64) -> Result<Option<Hash>> {
    Ok(changes::table.find(seq).select(changes::hash).first(connection).optional()?)
}

/// The position of the last change without a nonce, 0 if all have one. Changes without are those of version 0.1.0,
/// which sealed no identifiers either. All changes after the first with a nonce have one, so it is found by binary
/// search.
pub(crate) fn last_without_nonce(connection: &mut AnyConnection) -> Result<i64> {
    let (mut without, mut beyond) = (0, head(connection)?.seq + 1);
    while without + 1 < beyond {
        let middle = without + (beyond - without) / 2;
        let nonce: Option<String> = changes::table.find(middle).select(changes::nonce).first(connection)?;
        if nonce.is_none() {
            without = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(without)
}

/// The position of the last change; 0 before the first.
pub fn end(connection: &mut Connection) -> Result<i64> {
    Ok(head(&mut connection.0)?.seq)
}

/// The moment of the first change.
pub fn first_moment(connection: &mut Connection) -> Result<Option<Moment>> {
    let first = changes::table.order(changes::seq).select(changes::at);
    first.first(&mut connection.0).optional()?.map(moment).transpose()
}

/// Lag of a position behind the end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The position of the last change.
    pub head: i64,
    /// Time of the first change beyond the position; none when there is no such change.
    pub since: Option<Moment>,
}

/// The lag of a position.
pub fn lag(connection: &mut Connection, reached: i64) -> Result<Lag> {
    let head = end(connection)?;
    if head <= reached {
        return Ok(Lag { head, since: None });
    }
    let first = changes::table.filter(changes::seq.gt(reached)).order(changes::seq).select(changes::at);
    let since = first.first(&mut connection.0).optional()?.map(moment).transpose()?;
    Ok(Lag { head, since })
}

/// The hash of a change; for 0 the one that the first change is chained to.
pub(crate) fn hash_of(connection: &mut Connection, seq: i64) -> Result<Hash> {
    Ok(hash_at(&mut connection.0, seq)?.unwrap_or_else(genesis))
}

/// Chains a change to the head and moves the head; the row is to be inserted.
pub(crate) fn chain(head: &mut Head, change: &Change) -> Row {
    let hash = change.hash(&head.hash);
    let row = Row {
        seq: change.seq,
        at: change.at,
        actor_kind: change.actor.kind.as_str().to_owned(),
        actor_id: change.actor.id,
        resource: change.resource.as_str().to_owned(),
        resource_id: change.resource_id,
        operation: change.operation.as_str().to_owned(),
        before: change.before.clone(),
        after: change.after.clone(),
        reason: change.reason.clone(),
        previous_hash: head.hash.clone(),
        hash: hash.clone(),
        nonce: change.nonce.map(String::from),
    };
    *head = Head { seq: change.seq, at: change.at, hash };
    row
}

/// Inserts chained changes.
pub(crate) fn insert(connection: &mut AnyConnection, rows: &[Row]) -> Result<()> {
    insert_rows!(connection, changes::table, rows)
}

/// The resources that a model holds and that changes after one position, up to another, have touched.
///
/// Repetitions are removed here, and both ends are given: with `DISTINCT` or an open end, SQLite reads an index of the
/// whole log, and PostgreSQL has workers read a third of it. For the same reason the other resources, which have most
/// of the changes, are ruled out, instead of asking for the wanted ones.
pub(crate) fn touched_between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<HashSet<Resource>> {
    let others = Resource::ALL.iter().filter(|resource| !resource.is_in_model());
    let names: Vec<String> = changes::table
        .filter(changes::seq.gt(after).and(changes::seq.le(until)))
        .filter(not(one_of(changes::resource, others.map(|resource| resource.as_str()))))
        .select(changes::resource)
        .load(connection)?;
    let names: HashSet<String> = names.into_iter().collect();
    names.iter().map(|name| spelled(Resource::from_spelling, name)).collect()
}

/// A row after a change, with its resource and its identity; none once it is deleted.
pub(crate) type RowAfter = (Resource, i64, Option<String>);

/// The rows of the catalogue after each change of one, after one position up to another, in order.
pub(crate) fn catalogue_between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<RowAfter>> {
    // The others are ruled out for the same reason as above.
    let others = Resource::ALL.iter().filter(|resource| !resource.is_catalogue());
    let rows: Vec<(String, i64, Option<String>)> = changes::table
        .filter(changes::seq.gt(after).and(changes::seq.le(until)))
        .filter(not(one_of(changes::resource, others.map(|resource| resource.as_str()))))
        .order(changes::seq)
        .select((changes::resource, changes::resource_id, changes::after))
        .load(connection)?;
    rows.into_iter().map(|(name, id, row)| Ok((spelled(Resource::from_spelling, &name)?, id, row))).collect()
}

/// The rows of a resource before and after each change of one, after one position up to another, in order.
pub(crate) fn rows_between(
    connection: &mut AnyConnection,
    resource: Resource,
    after: i64,
    until: i64,
) -> Result<Vec<(Option<String>, Option<String>)>> {
    Ok(changes::table
        .filter(changes::seq.gt(after).and(changes::seq.le(until)))
        // By the index of resources all changes of this one would be read, from the first on.
        .filter(unindexed(changes::resource).eq(resource.as_str()))
        .order(changes::seq)
        .select((changes::before, changes::after))
        .load(connection)?)
}

/// A change as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedChange {
    /// The change.
    pub change: Change,
    /// The hash of the change before it, as stored.
    pub previous_hash: Hash,
    /// Its own hash, as stored.
    pub hash: Hash,
}

/// The changes after a position, at most `limit`, in order.
pub fn after(connection: &mut Connection, seq: i64, limit: i64) -> Result<Vec<LoggedChange>> {
    found_after(connection, seq, limit)?.into_iter().map(|(_, logged)| logged).collect()
}

/// As [`after`], for a log in which some change may not parse.
pub(crate) fn found_after(
    connection: &mut Connection,
    seq: i64,
    limit: i64,
) -> Result<Vec<(i64, Result<LoggedChange>)>> {
    let rows: Vec<Row> =
        changes::table.filter(changes::seq.gt(seq)).order(changes::seq).limit(limit).load(&mut connection.0)?;
    Ok(rows.into_iter().map(|row| (row.seq, row.parse())).collect())
}

/// The changes of a resource's rows after a row and a position, at most `limit`, row by row.
pub(crate) fn by_row(
    connection: &mut Connection,
    resource: Resource,
    (id, seq): (i64, i64),
    limit: i64,
) -> Result<Vec<Change>> {
    let rows: Vec<Row> = changes::table
        .filter(changes::resource.eq(resource.as_str()))
        // In this form the condition lets the index begin where the page before ended.
        .filter(changes::resource_id.ge(id).and(changes::resource_id.gt(id).or(changes::seq.gt(seq))))
        .order((changes::resource_id, changes::seq))
        .limit(limit)
        .load(&mut connection.0)?;
    rows.into_iter().map(|row| Ok(row.parse()?.change)).collect()
}

/// Filter of a list of changes.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this resource.
    pub resource: Option<Resource>,
    /// Only of the row with this identity.
    pub id: Option<i64>,
    /// Only those of one of these users and clients.
    pub users: Option<Vec<AccountId>>,
    /// Only by actors of this kind.
    pub actor: Option<ActorKind>,
    /// Only this operation.
    pub operation: Option<Operation>,
    /// Only from this moment on.
    pub from: Option<Moment>,
    /// Only up to this moment.
    pub to: Option<Moment>,
}

impl Filter {
    /// True when nothing but the time is asked for.
    pub(crate) fn names_no_member(&self) -> bool {
        let Self { resource, id, users, actor, operation, from: _, to: _ } = self;
        resource.is_none() && id.is_none() && users.is_none() && actor.is_none() && operation.is_none()
    }
}

thidua_domain::string_enum! {
    /// Sort orders of changes; the first is the default.
    Sort {
        /// In the order they were made.
        Seq = "seq",
    }
}

/// Some changes, in order.
pub(crate) fn by_seqs(connection: &mut Connection, seqs: &[i64]) -> Result<Vec<LoggedChange>> {
    let rows: Vec<Row> = changes::table
        .filter(one_of(changes::seq, seqs.iter().copied()))
        .order(changes::seq)
        .load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The civil days of some changes.
pub(crate) fn days_of(connection: &mut AnyConnection, seqs: Vec<i64>) -> Result<HashMap<i64, Date>> {
    let times: Vec<(i64, i64)> =
        changes::table.filter(one_of(changes::seq, seqs)).select((changes::seq, changes::at)).load(connection)?;
    times.into_iter().map(|(seq, at)| Ok((seq, civil_date(moment(at)?)))).collect()
}

/// All changes of a row, the last one first.
pub(crate) fn all_of(connection: &mut Connection, resource: Resource, id: i64) -> Result<Vec<LoggedChange>> {
    let rows: Vec<Row> = changes::table
        .filter(changes::resource.eq(resource.as_str()).and(changes::resource_id.eq(id)))
        .order(changes::seq.desc())
        .load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The last change of a row.
pub(crate) fn last_of(connection: &mut Connection, resource: Resource, id: i64) -> Result<Option<LoggedChange>> {
    let row: Option<Row> = changes::table
        .filter(changes::resource.eq(resource.as_str()).and(changes::resource_id.eq(id)))
        .order(changes::seq.desc())
        .first(&mut connection.0)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// A row of the log.
#[derive(Queryable, Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
pub(crate) struct Row {
    seq: i64,
    at: i64,
    actor_kind: String,
    actor_id: i64,
    resource: String,
    resource_id: i64,
    operation: String,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
    previous_hash: String,
    hash: String,
    nonce: Option<String>,
}

impl Row {
    pub(crate) fn parse(self) -> Result<LoggedChange> {
        // The text is not quoted: it may be a nonce but for one character.
        let nonce = |text: String| Nonce::parse(&text).ok_or_else(|| Error::internal("stored nonce is none"));
        let nonce = self.nonce.map(nonce).transpose()?;
        let change = Change {
            seq: self.seq,
            at: self.at,
            actor: Actor { kind: spelled(ActorKind::from_spelling, &self.actor_kind)?, id: self.actor_id },
            resource: spelled(Resource::from_spelling, &self.resource)?,
            resource_id: self.resource_id,
            operation: spelled(Operation::from_spelling, &self.operation)?,
            before: self.before,
            after: self.after,
            reason: self.reason,
            nonce,
        };
        Ok(LoggedChange { change, previous_hash: self.previous_hash, hash: self.hash })
    }
}
