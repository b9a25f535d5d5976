//! The table of events, to which the writer appends.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::decode::{from_json, spelled, to_json};
use crate::engine::schema::events;
use crate::error::{Error, Result};
use diesel::prelude::*;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::{Actor, ActorKind, Hash, genesis};
use thidua_domain::log::events::{Event, EventKind};
use thidua_domain::time::Moment;

/// Filter of a list of events.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<EventKind>,
    /// Only those of one of these users and clients.
    pub users: Option<Vec<AccountId>>,
    /// Only from this moment on.
    pub from: Option<Moment>,
    /// Only up to this moment.
    pub to: Option<Moment>,
}

impl Filter {
    /// True while all events are asked for.
    pub fn is_none(&self) -> bool {
        let Self { kind, users, from, to } = self;
        kind.is_none() && users.is_none() && from.is_none() && to.is_none()
    }
}

thidua_domain::string_enum! {
    /// Sort orders of events; the first is the default.
    Sort {
        /// In the order they happened.
        Seq = "seq",
    }
}

/// An event as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its position: 1, 2, 3 … without gaps.
    pub seq: i64,
    /// The event.
    pub event: Event,
    /// The hash of the event before it, as stored.
    pub previous_hash: Hash,
    /// Its own hash, as stored.
    pub hash: Hash,
}

/// Appends an event to the table.
pub(crate) fn append(connection: &mut AnyConnection, event: &Event) -> Result<()> {
    let last: Option<(i64, i64, String)> = events::table
        .select((events::seq, events::at, events::hash))
        .order(events::seq.desc())
        .first(connection)
        .optional()?;
    let (last, at, previous_hash) = last.unwrap_or_else(|| (0, i64::MIN, genesis()));
    let seq = last + 1;
    // Times never go back, so that a time is found by binary search. Where the clock has gone back, the last time is
    // kept.
    let event = &Event { at: event.at.max(at), ..event.clone() };
    let row = Row {
        seq,
        at: event.at,
        kind: event.kind.as_str().to_owned(),
        actor_kind: event.actor.kind.as_str().to_owned(),
        actor_id: event.actor.id,
        address: event.address.clone(),
        operation: event.operation.clone(),
        subjects: to_json(&event.subjects)?,
        detail: event.detail.clone(),
        reason: event.reason.clone(),
        times: (event.times != 1).then_some(event.times),
        hash: event.hash(seq, &previous_hash),
        previous_hash,
    };
    diesel::insert_into(events::table).values(row).execute(connection)?;
    Ok(())
}

/// Follows the chain of events; the first link that does not hold, in words.
pub(crate) fn first_fault(connection: &mut Connection) -> Result<Option<String>> {
    let (mut seq, mut previous) = (0, genesis());
    loop {
        let page: Vec<Row> =
            events::table.filter(events::seq.gt(seq)).order(events::seq).limit(10_000).load(&mut connection.0)?;
        if page.is_empty() {
            return Ok(None);
        }
        for row in page {
            if row.seq != seq + 1 {
                return Ok(Some(format!("event {}: follows event {seq}, {} expected", row.seq, seq + 1)));
            }
            seq = row.seq;
            let logged = match row.parse() {
                Ok(logged) => logged,
                Err(error) => return Ok(Some(format!("event {seq}: cannot be read: {error}"))),
            };
            if logged.previous_hash != previous || logged.event.hash(seq, &previous) != logged.hash {
                return Ok(Some(format!("event {seq}: its content does not fit its hash")));
            }
            previous = logged.hash;
        }
    }
}

/// The number of times an event happened. A 1 is not stored, as the hash leaves it out, too.
fn times(stored: Option<i64>) -> Result<i64> {
    match stored {
        None => Ok(1),
        Some(times) if times > 1 => Ok(times),
        Some(times) => Err(Error::internal(format!("an event that happened {times} times"))),
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    at: i64,
    kind: String,
    actor_kind: String,
    actor_id: i64,
    address: Option<String>,
    operation: String,
    subjects: String,
    detail: Option<String>,
    previous_hash: String,
    hash: String,
    reason: Option<String>,
    times: Option<i64>,
}

impl Row {
    pub(crate) fn parse(self) -> Result<LoggedEvent> {
        let event = Event {
            at: self.at,
            kind: spelled(EventKind::from_spelling, &self.kind)?,
            actor: Actor { kind: spelled(ActorKind::from_spelling, &self.actor_kind)?, id: self.actor_id },
            address: self.address,
            operation: self.operation,
            subjects: from_json(&self.subjects)?,
            detail: self.detail,
            reason: self.reason,
            times: times(self.times)?,
        };
        Ok(LoggedEvent { seq: self.seq, event, previous_hash: self.previous_hash, hash: self.hash })
    }
}
