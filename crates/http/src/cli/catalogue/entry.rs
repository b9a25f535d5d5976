//! Rows on their way into a database: what is not there is entered, what is there stays, and differences are told.

use super::documents::Document;
use super::kinds::{self, Kind};
use super::rows::Row;
use crate::auth::caller::Caller;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use thidua_domain::spelling::{is_same, meant};
use thidua_domain::violation::Violation;
use thidua_persistence::{Error, Result as Stored, Transaction};

/// The outcome for the rows of files.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Numbers of rows by kind: of those entered, and of those that were there.
    counts: Vec<(&'static str, usize, usize)>,
    /// Members that differ, in words.
    differences: Vec<String>,
    /// Rows that were refused, in words; then nothing is to be entered.
    pub(super) refused: Vec<String>,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "differs: {difference}")?;
        }
        for (table, entered, there) in &self.counts {
            writeln!(f, "{table}: {entered} entered, {there} there already")?;
        }
        Ok(())
    }
}

/// Enters rows, kind by kind, until one is refused.
pub(super) fn enter(rows: &[Row], transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<Entry> {
    let mut entry = Entry::default();
    let mut entered = Vec::new();
    for kind in kinds::ALL {
        let there = (kind.stored)(&transaction.catalogue());
        let there: Vec<_> = there.into_iter().map(|stored| ((kind.key)(&stored), stored)).collect();
        let mut new = Vec::new();
        let rows = rows.iter().filter(|row| row.kind.table == kind.table);
        let mut known = 0;
        for row in rows {
            let same = meant(&row.key(), &there, |(key, _)| key);
            match same.or_else(|| there.iter().find(|(_, stored)| (kind.is_same)(stored, &row.document))) {
                Some((_, stored)) => {
                    known += 1;
                    entry.differences.extend(differences(row, stored));
                }
                None => new.push(row),
            }
        }
        entry.counts.push((kind.table, new.len(), known));
        for row in in_order(kind, new) {
            entry.refused.extend(tried(row, kind.enter, transaction, caller)?);
            entered.push(row);
        }
        // Rows of the kinds to come may refer to those that were refused.
        if !entry.refused.is_empty() {
            return Ok(entry);
        }
    }
    for row in entered {
        entry.refused.extend(tried(row, row.kind.finish, transaction, caller)?);
    }
    Ok(entry)
}

/// A part of entering a row.
type Part = fn(&Document, &mut Transaction<'_>, &Caller) -> Stored<()>;

/// Does a part of entering a row, which leaves nothing where it is refused, and tells the refusals.
fn tried(row: &Row, part: Part, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<Vec<String>> {
    let refusals = match transaction.savepoint(|transaction| part(&row.document, transaction, caller)) {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(violations)) => violations,
        Err(Error::Conflict(violation)) => vec![violation],
        Err(Error::NotFound(_)) => vec![Violation::new("", "not_found")],
        Err(failure) => return Err(failure),
    };
    Ok(refusals.iter().map(|violation| row.refusal(violation)).collect())
}

/// Rows in an order in which each follows those it needs.
fn in_order<'a>(kind: &Kind, mut rows: Vec<&'a Row>) -> Vec<&'a Row> {
    rows.sort_by_key(|row| (kind.rank)(&row.document));
    let mut waiting: BTreeSet<String> = rows.iter().map(|row| row.key()).collect();
    let mut ordered = Vec::new();
    while !rows.is_empty() {
        let waits = |row: &&Row| (kind.needs)(&row.document).iter().any(|key| waiting.contains(key));
        let (later, next): (Vec<_>, Vec<_>) = rows.into_iter().partition(waits);
        if next.is_empty() {
            // They need each other: their refusals will say so.
            ordered.extend(later);
            break;
        }
        waiting.retain(|key| next.iter().all(|row| row.key() != *key));
        ordered.extend(next);
        rows = later;
    }
    ordered
}

/// Members that are codes.
const CODES: &[&str] = &["code", "movement", "phase", "calendar", "indicator"];

/// Members in which a stored row differs from the one in a file, in words.
fn differences(row: &Row, stored: &Document) -> Vec<String> {
    let names: BTreeSet<_> = row.document.keys().chain(stored.keys()).collect();
    let differing = names.into_iter().filter(|name| {
        let (given, there) = (row.document.get(*name), stored.get(*name));
        let spellings = given.and_then(Value::as_str).zip(there.and_then(Value::as_str));
        let is_one_code =
            || CODES.contains(&name.as_str()) && spellings.is_some_and(|(one, other)| is_same(one, other));
        given != there && !is_one_code()
    });
    let told = differing.map(|name| {
        let [there, given] =
            [stored, &row.document].map(|row| row.get(name).map_or("nothing".to_owned(), Value::to_string));
        let (table, key) = (row.kind.table, row.key());
        format!("{table} {key}: {name}: {there} is there, {given} in {}", row.place(&format!("/{name}")))
    });
    told.collect()
}
