//! Sessions: a log-in begins one, its refresh token carries it on, a log-out ends it. They are no part of the change
//! log; the end of one is, so that every node refuses its access tokens.

use crate::accounts::revoked_tokens;
use crate::accounts::uses;
use crate::engine::connection::Connection;
use crate::engine::decode::moment;
use crate::engine::schema::sessions;
use crate::error::{Error, Result};
use crate::write::transaction::Transaction;
use chrono::TimeDelta;
use diesel::prelude::*;
use thidua_domain::id::AccountId;
use thidua_domain::time::Moment;

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its identity: 32 hexadecimal digits.
    pub id: String,
    /// The account it belongs to.
    pub account: AccountId,
    /// The version of the password it was begun with; a later one ends it.
    pub password_version: i64,
    /// The SHA-256 of the secret in the refresh token that is good, in hexadecimal digits.
    pub secret_hash: String,
    /// Time of the log-in.
    pub began_at: Moment,
    /// Time of the last refresh.
    pub carried_on_at: Moment,
    /// Number of refreshes, which is also the number of the refresh token that is good.
    pub counter: u32,
    /// Origin of the last refresh, in a form that can only be compared.
    pub carried_on_from: Option<String>,
    /// True when the last refresh was already answered a second time.
    pub repeated: bool,
}

/// A refresh token as it is presented.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The session it names.
    pub session: String,
    /// The SHA-256 of its secret, in hexadecimal digits.
    pub hash: String,
    /// Its number, if it was issued.
    pub number: Option<u32>,
    /// Its origin, in a form that can only be compared.
    pub from: Option<String>,
}

/// Lifetimes of sessions.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// From the log-in on, however often it is refreshed.
    pub session: TimeDelta,
    /// From the last refresh on.
    pub idle: TimeDelta,
}

/// Outcome of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The session goes on with the token of a number.
    Yes(u32),
    /// The token of a number was issued already in answer to this one, and is issued once more.
    Repeated(u32),
    /// There is no such session any more.
    Gone,
    /// No such token was issued; the session stays as it is.
    Unknown,
    /// The token had been used before, by its owner or by a thief: the session is ended for both.
    Reused,
}

/// The longest lifetime of access tokens that the settings allow: for that time the end of their session must be known.
const ACCESS_TOKEN: TimeDelta = TimeDelta::hours(1);
/// Time for which the token before the good one is answered again: two windows of a browser ask at once, and answers
/// get lost.
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// The most sessions of one account; the one not refreshed for longest goes first.
const MOST: i64 = 100;

impl Session {
    /// The moment at which it ends unless it is refreshed.
    pub fn ends_at(&self, lifetimes: &Lifetimes) -> Moment {
        (self.began_at + lifetimes.session).min(self.carried_on_at + lifetimes.idle)
    }
}

/// Finds a session.
pub fn find(connection: &mut Connection, id: &str) -> Result<Option<Session>> {
    let row: Option<Row> = sessions::table.find(id).first(&mut connection.0).optional()?;
    row.map(Row::parse).transpose()
}

/// Begins a session.
pub fn begin(transaction: &mut Transaction<'_>, session: &Session) -> Result<()> {
    let surplus: Vec<String> = sessions::table
        .filter(sessions::account_id.eq(session.account.0))
        .select(sessions::id)
        .order((sessions::carried_on_at.desc(), sessions::id))
        .offset(MOST - 1)
        .limit(MOST)
        .load(transaction.raw())?;
    for id in surplus {
        end(transaction, session.account, &id)?;
    }
    diesel::insert_into(sessions::table).values(Row::new(session)).execute(transaction.raw())?;
    uses::note(transaction, session.account)
}

/// Refreshes a session: the token presented is used up, and the next one is good; `hash_of` gives the hash of the token
/// of a number. A token presented twice ends the session (RFC 9700, section 4.14.2), except the one just used up: it is
/// answered again once, within a grace of seconds and from the same origin.
pub fn refresh(
    transaction: &mut Transaction<'_>,
    presented: &Presented,
    hash_of: impl Fn(u32) -> String,
    lifetimes: &Lifetimes,
) -> Result<RefreshOutcome> {
    let (now, id) = (transaction.now(), presented.session.as_str());
    let Some(session) = find(transaction.connection(), id)? else { return Ok(RefreshOutcome::Gone) };
    if session.ends_at(lifetimes) <= now {
        end(transaction, session.account, id)?;
        return Ok(RefreshOutcome::Gone);
    }
    if session.secret_hash == presented.hash {
        let next = session.counter.saturating_add(1);
        diesel::update(sessions::table.find(id))
            .set((
                sessions::secret_hash.eq(hash_of(next)),
                sessions::carried_on_at.eq(now.timestamp_micros()),
                sessions::counter.eq(i64::from(next)),
                sessions::carried_on_from.eq(&presented.from),
                sessions::repeated.eq(false),
            ))
            .execute(transaction.raw())?;
        uses::note(transaction, session.account)?;
        return Ok(RefreshOutcome::Yes(next));
    }
    let Some(number) = presented.number.filter(|number| *number < session.counter) else {
        return Ok(RefreshOutcome::Unknown);
    };
    let is_one_before = number.saturating_add(1) == session.counter && hash_of(session.counter) == session.secret_hash;
    let is_from_there = presented.from.is_some() && presented.from == session.carried_on_from;
    if is_one_before && is_from_there && !session.repeated && now - session.carried_on_at <= GRACE {
        diesel::update(sessions::table.find(id)).set(sessions::repeated.eq(true)).execute(transaction.raw())?;
        return Ok(RefreshOutcome::Repeated(session.counter));
    }
    end(transaction, session.account, id)?;
    Ok(RefreshOutcome::Reused)
}

/// Ends a session: its refresh token is gone, its access tokens are void everywhere.
pub fn end(transaction: &mut Transaction<'_>, account: AccountId, id: &str) -> Result<()> {
    diesel::delete(sessions::table.find(id)).execute(transaction.raw())?;
    let forgotten = transaction.now() + ACCESS_TOKEN;
    revoked_tokens::revoke(transaction, account, id, forgotten)
}

/// Ends all sessions of an account.
pub fn end_all(transaction: &mut Transaction<'_>, account: AccountId) -> Result<()> {
    let ids: Vec<String> = sessions::table
        .filter(sessions::account_id.eq(account.0))
        .select(sessions::id)
        .order(sessions::id)
        .load(transaction.raw())?;
    ids.iter().try_for_each(|id| end(transaction, account, id))
}

/// Forgets sessions that have run out.
pub fn sweep(transaction: &mut Transaction<'_>, lifetimes: &Lifetimes) -> Result<()> {
    let now = transaction.now();
    let (idle, old) = ((now - lifetimes.idle).timestamp_micros(), (now - lifetimes.session).timestamp_micros());
    diesel::delete(sessions::table.filter(sessions::carried_on_at.lt(idle).or(sessions::began_at.lt(old))))
        .execute(transaction.raw())?;
    Ok(())
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct Row {
    id: String,
    account_id: i64,
    password_version: i64,
    secret_hash: String,
    began_at: i64,
    carried_on_at: i64,
    counter: i64,
    carried_on_from: Option<String>,
    repeated: bool,
}

impl Row {
    fn new(session: &Session) -> Self {
        Self {
            id: session.id.clone(),
            account_id: session.account.0,
            password_version: session.password_version,
            secret_hash: session.secret_hash.clone(),
            began_at: session.began_at.timestamp_micros(),
            carried_on_at: session.carried_on_at.timestamp_micros(),
            counter: i64::from(session.counter),
            carried_on_from: session.carried_on_from.clone(),
            repeated: session.repeated,
        }
    }

    fn parse(self) -> Result<Session> {
        Ok(Session {
            id: self.id,
            account: AccountId(self.account_id),
            password_version: self.password_version,
            secret_hash: self.secret_hash,
            began_at: moment(self.began_at)?,
            carried_on_at: moment(self.carried_on_at)?,
            counter: u32::try_from(self.counter).map_err(Error::internal)?,
            carried_on_from: self.carried_on_from,
            repeated: self.repeated,
        })
    }
}
