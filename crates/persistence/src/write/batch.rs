//! Batches: many records of one kind written as one set. Facts are read in bulk, rows and changes are inserted in bulk,
//! and contributions are replaced once per owner.

use crate::engine::connection::Connection;
use crate::engine::entity::ReadEntity;
use crate::error::{Error, Result, both};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::closing::errata::Cause;
use thidua_domain::id::{StaffId, WholeNumber};
use thidua_domain::string_enum;
use thidua_domain::violation::Violation;

string_enum! {
    /// Modes of a batch.
    Mode {
        /// Rows that are there already are refused.
        Create = "create",
        /// Rows that are not there are refused.
        Update = "update",
        /// Rows that are there are changed, others created.
        Upsert = "upsert",
    }
}

/// Outcome of a row.
#[derive(Debug)]
pub enum RowOutcome {
    /// It was created.
    Created,
    /// It was changed.
    Updated {
        /// Number of stays that it had and has no longer.
        stays_removed: usize,
    },
    /// It was there as it was given.
    Unchanged,
    /// It was refused.
    Refused(Error),
}

/// A kind of record that is written alone or as one of a set.
pub trait Record: ReadEntity {
    /// The natural key that tells records apart, besides their identity.
    type Key: Eq + Hash;
    /// The rows that records refer to.
    type References: Default;
    /// The refusal of a record whose key another one has, by identity; absent where several may have one.
    const TAKEN: Option<fn(&Self, i64) -> Error> = None;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// Stored records with their identities, among them all that have the key of one of `records`.
    fn stored(
        connection: &mut Connection,
        rules: &Rules,
        known: &Self::References,
        records: &[Self],
    ) -> Result<Vec<(Self::Id, Self)>>;

    /// Reads the rows that a record refers to. Those of a set are read by the caller, all at once.
    fn referred(_: &mut Connection, _: &Self) -> Result<Self::References> {
        Ok(Self::References::default())
    }

    /// Refuses a record that breaks a rule of its own or does not fit other rows, among them the one it replaces. Keys
    /// are not checked here.
    fn check(
        connection: &mut Connection,
        rules: &Rules,
        known: &Self::References,
        before: Option<&Self>,
        record: &Self,
    ) -> Result<()>;

    /// Refuses to change or delete a stored record of closed time.
    fn require_open(&self, _: &Rules) -> Result<()> {
        Ok(())
    }

    /// Takes over from the stored record the members that callers do not give.
    fn inherit(&mut self, _before: &Self) {}

    /// Decides the closed months in which a record that is written does not count. Refuses to change a record that
    /// counts in closed time.
    fn decide_late(_: &mut Connection, _: &Rules, _: &Self::References, _: &mut Written<Self>) -> Result<()> {
        Ok(())
    }

    /// The cells it contributes by itself.
    fn contribution(&self, _: &Catalogue) -> Cells {
        Cells::default()
    }

    /// The changes of cells by the writes, one entry per owner, in any order.
    fn differences(
        _: &mut Connection,
        rules: &Rules,
        _: &Self::References,
        writes: &[Written<Self>],
    ) -> Result<Vec<Difference>> {
        Ok(each(writes, |record| record.contribution(rules.catalogue())))
    }

    /// The change of cells by its deletion. Refuses to delete what counts in closed time.
    fn taken_away(&self, _: &mut Connection, rules: &Rules) -> Result<Cells> {
        Ok(Cells::default().less(&self.contribution(rules.catalogue())))
    }

    /// The cell whose figure this record declares, and true for an estimate.
    fn declares(&self) -> Option<(CellKey, bool)> {
        None
    }

    /// The person whose identifier its log entry holds, sealed.
    fn names(&self) -> Option<StaffId> {
        None
    }
}

/// A record about to be written.
#[derive(Debug)]
pub struct Written<R> {
    /// The stored record it replaces, with its identity.
    pub before: Option<(i64, R)>,
    /// The record.
    pub after: R,
    index: usize,
}

/// The change of cells by the writes of one owner.
#[derive(Debug)]
pub struct Difference {
    /// The positions of the writes.
    pub writes: Vec<usize>,
    /// The owner's contribution after the writes less that before.
    pub cells: Cells,
}

/// A set of records that has been judged and not written.
#[derive(Debug)]
pub(crate) struct Judged<R> {
    /// The outcome of each, in their order; records that are to be written have a placeholder.
    outcomes: Vec<RowOutcome>,
    /// The writes to make.
    pub(crate) writes: Vec<Written<R>>,
    /// The change of cells by these writes.
    pub(crate) difference: Cells,
    /// The cells among these that change after they were told, each with the cause.
    told: Vec<(CellKey, Cause)>,
}

/// Writes a set of records and returns the outcome of each, in their order. A refused record leaves nothing behind; the
/// caller decides whether the others stand.
pub fn write<R: Record>(
    transaction: &mut Transaction<'_>,
    known: &R::References,
    records: Vec<R>,
    mode: Mode,
) -> Result<Vec<RowOutcome>> {
    let rules = transaction.rules();
    let mut judged = judge(transaction.connection(), &rules, known, records, mode)?;
    transaction.learn_keys(judged.writes.iter().filter_map(|write| write.after.names()).collect())?;
    transaction.add_permitted(&judged.difference, std::mem::take(&mut judged.told));
    store(transaction, &judged.writes)?;
    transaction.update_catalogue()?;
    Ok(judged.outcomes())
}

/// Judges a set of records as [`write`] does, and writes nothing.
pub(crate) fn judge<R: Record>(
    connection: &mut Connection,
    rules: &Rules,
    known: &R::References,
    records: Vec<R>,
    mode: Mode,
) -> Result<Judged<R>> {
    let mut outcomes: Vec<RowOutcome> = records.iter().map(|_| RowOutcome::Unchanged).collect();
    let mut writes = Vec::new();
    for mut write in decide(connection, rules, known, records, mode, &mut outcomes)? {
        match R::decide_late(connection, rules, known, &mut write) {
            Ok(()) => writes.push(write),
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) => set(&mut outcomes, write.index, RowOutcome::Refused(error)),
        }
    }
    let (mut difference, mut told) = (Cells::default(), Vec::new());
    let mut refused = vec![false; writes.len()];
    for Difference { writes: concerned, cells } in R::differences(connection, rules, known, &writes)? {
        if concerned.iter().all(|write| refused.get(*write) == Some(&false))
            && let Ok(permitted) = rules.permit(&cells)
        {
            difference.add_all(&cells);
            told.extend(permitted);
            continue;
        }
        // An owner's writes stand or fall together: their cells are one difference.
        for write in &concerned {
            if let (Err(error), Some(position)) = (rules.permit(&cells), writes.get(*write)) {
                set(&mut outcomes, position.index, RowOutcome::Refused(error));
                set(&mut refused, *write, true);
            }
        }
    }
    let mut kept = refused.iter().map(|refused| !refused);
    writes.retain(|_| kept.next() == Some(true));
    Ok(Judged { outcomes, writes, difference, told })
}

impl<R> Judged<R> {
    /// The outcome that each record would have, in their order.
    pub(crate) fn outcomes(mut self) -> Vec<RowOutcome> {
        for write in &self.writes {
            set(&mut self.outcomes, write.index, write.outcome());
        }
        self.outcomes
    }
}

impl<R> Written<R> {
    /// A write of one record alone.
    pub(crate) fn new(before: Option<(i64, R)>, after: R) -> Self {
        Self { before, after, index: 0 }
    }

    fn outcome(&self) -> RowOutcome {
        if self.before.is_some() { RowOutcome::Updated { stays_removed: 0 } } else { RowOutcome::Created }
    }
}

/// Decides on records before anything is written: some are refused, some change nothing, and the rest are returned as
/// writes.
fn decide<R: Record>(
    connection: &mut Connection,
    rules: &Rules,
    known: &R::References,
    records: Vec<R>,
    mode: Mode,
    outcomes: &mut [RowOutcome],
) -> Result<Vec<Written<R>>> {
    let stored = R::stored(connection, rules, known, &records)?;
    let mut stored: HashMap<_, _> =
        stored.into_iter().map(|(id, record)| (record.key(), (id.number(), record))).collect();
    let mut seen = HashMap::new();
    let mut writes = Vec::new();
    for (index, mut after) in records.into_iter().enumerate() {
        let earlier = match seen.entry(after.key()) {
            Entry::Occupied(earlier) => Some(*earlier.get()),
            Entry::Vacant(vacant) => {
                vacant.insert(index);
                None
            }
        };
        if earlier.is_some() {
            set(outcomes, index, RowOutcome::Refused(repeated()));
            continue;
        }
        let before = stored.remove(&after.key());
        if let Some((_, before)) = &before {
            after.inherit(before);
        }
        let found = require_fitting_mode(mode, before.is_some());
        let stored_one = before.as_ref().map(|(_, before)| before);
        match both(found, R::check(connection, rules, known, stored_one, &after)) {
            Ok(()) if stored_one == Some(&after) => {}
            Ok(()) => writes.push(Written { before, after, index }),
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) => set(outcomes, index, RowOutcome::Refused(error)),
        }
    }
    Ok(writes)
}

/// A row that was parsed, if it is there or not as the mode wants it; otherwise all that is wrong with it.
pub fn in_mode<R>(mode: Mode, is_there: bool, parsed: Result<R>) -> Result<R> {
    match (require_fitting_mode(mode, is_there), parsed) {
        (Err(unfit), Err(error)) => Err(unfit.and(error)),
        (Err(unfit), Ok(_)) => Err(unfit),
        (Ok(()), parsed) => parsed,
    }
}

/// Refuses a record that is there already in the mode create, and one that is not there in the mode update.
fn require_fitting_mode(mode: Mode, is_there: bool) -> Result<()> {
    match (mode, is_there) {
        (Mode::Create, true) => Err(exists()),
        (Mode::Update, false) => Err(missing()),
        _ => Ok(()),
    }
}

/// Logs the changes and writes the rows.
fn store<R: Record>(transaction: &mut Transaction<'_>, writes: &[Written<R>]) -> Result<()> {
    let mut created = Vec::new();
    for write in writes {
        let id = log(transaction, write)?;
        match write.before {
            Some(_) => R::update_row(transaction.connection(), id, &write.after)?,
            None => created.push((id, &write.after)),
        }
    }
    R::insert_rows(transaction.connection(), &created)
}

/// Logs the change of one record and writes its row; returns its identity.
pub(crate) fn store_one<R: Record>(transaction: &mut Transaction<'_>, write: &Written<R>) -> Result<i64> {
    let id = log(transaction, write)?;
    match write.before {
        Some(_) => R::update_row(transaction.connection(), id, &write.after)?,
        None => R::insert_rows(transaction.connection(), &[(id, &write.after)])?,
    }
    Ok(id)
}

fn log<R: Record>(transaction: &mut Transaction<'_>, write: &Written<R>) -> Result<i64> {
    match &write.before {
        Some((id, before)) => transaction.updated(R::RESOURCE, *id, before, &write.after).map(|()| *id),
        None => transaction.created(R::RESOURCE, &write.after),
    }
}

/// The differences of records each of which is an owner of its own.
pub(crate) fn each<R>(writes: &[Written<R>], contribution: impl Fn(&R) -> Cells) -> Vec<Difference> {
    let difference = |(index, write): (usize, &Written<R>)| {
        let before = write.before.as_ref().map(|(_, before)| contribution(before)).unwrap_or_default();
        Difference { writes: vec![index], cells: contribution(&write.after).less(&before) }
    };
    writes.iter().enumerate().map(difference).collect()
}

/// The writes of every owner, by position.
pub(crate) fn by_owner<R, O: Ord>(writes: &[Written<R>], owner: impl Fn(&R) -> O) -> BTreeMap<O, Vec<usize>> {
    let mut owners: BTreeMap<O, Vec<usize>> = BTreeMap::new();
    for (index, write) in writes.iter().enumerate() {
        owners.entry(owner(&write.after)).or_default().push(index);
    }
    owners
}

fn set<T>(values: &mut [T], index: usize, value: T) {
    if let Some(place) = values.get_mut(index) {
        *place = value;
    }
}

/// The refusal of a row that must not be there yet.
fn exists() -> Error {
    Error::Conflict(Violation::new("", "already_exists.mode_create"))
}

/// The refusal of a row that must be there.
fn missing() -> Error {
    Error::Conflict(Violation::new("", "not_found.mode_update"))
}

/// The refusal of a row whose key an earlier row of the batch has.
pub fn repeated() -> Error {
    Error::Conflict(Violation::new("", "repeated_key"))
}
