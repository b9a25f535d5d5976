//! Former codes: those that rows once had, names of users and clients among them. They are an index of the change log,
//! so that a renamed or deleted row is found by its code without reading all of the log.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::decode::from_json;
use crate::engine::functions::{folded, unindexed};
use crate::engine::in_list::one_of;
use crate::engine::schema::former_codes;
use crate::error::Result;
use crate::log::changes;
use crate::log::personal_data;
use diesel::dsl::not;
use diesel::prelude::*;
use serde::Deserialize;
use std::collections::BTreeSet;
use thidua_domain::log::changes::{Change, Resource};
use thidua_domain::spelling;

/// The resources whose rows have a code that can change, or be asked for after the row is deleted.
const CODED: [Resource; 5] =
    [Resource::Staff, Resource::InformationSystems, Resource::Courses, Resource::Users, Resource::Clients];

/// Those of them whose codes are names of accounts, which came to the index later.
const NAMED: [Resource; 2] = [Resource::Users, Resource::Clients];

/// Changes read at once.
const PAGE: i64 = 2500;

/// The renaming that a change of a row is, if it is one: a code that the row has no more. `before` and `after` are the
/// row as it is logged, in plain text.
pub(crate) fn renaming(
    (resource, id): (Resource, i64),
    (before, after): (Option<&str>, Option<&str>),
) -> Result<Option<Renaming>> {
    let Some(before) = before.filter(|_| CODED.contains(&resource)) else { return Ok(None) };
    let (before, after) = (code(before)?, after.map(code).transpose()?.flatten());
    let before = before.filter(|before| after.as_ref() != Some(before));
    Ok(before.map(|code| Renaming { former: Former { resource, code, id }, after }))
}

/// A code that a row has no more, with the one it has now.
pub(crate) struct Renaming {
    former: Former,
    after: Option<String>,
}

impl Renaming {
    /// Updates the former codes of the row.
    pub(crate) fn follow(self, connection: &mut AnyConnection) -> Result<()> {
        let Former { resource, code, id } = &self.former;
        if let Some(after) = self.after {
            // The row may have had its new code before; then that is no former one any more.
            diesel::delete(former_codes::table.find((resource.as_str(), after, id))).execute(connection)?;
        }
        diesel::delete(former_codes::table.find((resource.as_str(), code, id))).execute(connection)?;
        insert(connection, [self.former])
    }
}

/// Reads the former codes of a row again from the log, where some of them have been erased.
pub(crate) fn read_again(connection: &mut Connection, resource: Resource, id: i64) -> Result<()> {
    diesel::delete(former_codes::table.filter(former_codes::row_id.eq(id))).execute(&mut connection.0)?;
    let logged = changes::all_of(connection, resource, id)?;
    let changes = logged.into_iter().rev().map(|logged| logged.change);
    let mut found = FormerCodes::default();
    found.add_all(connection, changes)?;
    insert(&mut connection.0, found.finish())
}

/// The rows of a resource that once had a code in any spelling, each with the spelling, in identity order.
pub(crate) fn rows(connection: &mut Connection, resource: Resource, code: &str) -> Result<Vec<(i64, String)>> {
    let is_same = folded(former_codes::code).eq(spelling::folded(code));
    Ok(former_codes::table
        .filter(former_codes::resource.eq(resource.as_str()).and(is_same))
        .order(former_codes::row_id)
        .select((former_codes::row_id, former_codes::code))
        .load(&mut connection.0)?)
}

/// Fills the index from the log, in a database of a version that had none.
pub(crate) fn fill(connection: &mut Connection) -> Result<()> {
    log::info!("codes that rows have had are read from the change log");
    let logged = of_log(connection, &CODED)?;
    insert(&mut connection.0, logged)
}

/// As [`fill`], of names of accounts alone.
pub(crate) fn fill_names(connection: &mut Connection) -> Result<()> {
    log::info!("names that users and clients have had are read from the change log");
    let logged = of_log(connection, &NAMED)?;
    insert(&mut connection.0, logged)
}

/// The first difference between the index and the log, in words; without the code, as people are known by it.
pub(crate) fn first_fault(connection: &mut Connection) -> Result<Option<String>> {
    for resource in CODED {
        if let Some(fault) = first_fault_of(connection, resource)? {
            return Ok(Some(fault));
        }
    }
    let others = not(one_of(former_codes::resource, CODED.iter().map(|resource| resource.as_str())));
    let other: Option<(String, i64)> = former_codes::table
        .filter(others)
        .select((former_codes::resource, former_codes::row_id))
        .first(&mut connection.0)
        .optional()?;
    Ok(other.map(|(resource, id)| format!("former code of {resource} {id}: is not in the log")))
}

/// As [`first_fault`], of the rows of one resource, so many at a time as have the changes of a page.
fn first_fault_of(connection: &mut Connection, resource: Resource) -> Result<Option<String>> {
    let mut found = FormerCodes::default();
    let (mut last, mut compared) = ((0, 0), i64::MIN);
    loop {
        let page = changes::by_row(connection, resource, last, PAGE)?;
        let end = page.last().map(|change| (change.resource_id, change.seq));
        // The last row may have more changes on the next page.
        let upto = end.map_or(i64::MAX, |(id, _)| id - 1);
        found.add_all(connection, page)?;
        let (logged, stored) = (found.take(upto), stored_between(connection, resource, compared, upto)?);
        let lacking = logged.difference(&stored).next().map(|former| (former.id, "is not stored"));
        let made_up = || stored.difference(&logged).next().map(|former| (former.id, "is not in the log"));
        if let Some((id, what)) = lacking.or_else(made_up) {
            return Ok(Some(format!("former code of {resource} {id}: {what}")));
        }
        let Some(end) = end else { return Ok(None) };
        (last, compared) = (end, upto);
    }
}

/// The former codes of a resource's rows after one identity up to another.
fn stored_between(connection: &mut Connection, resource: Resource, after: i64, upto: i64) -> Result<BTreeSet<Former>> {
    let stored: Vec<(String, i64)> = former_codes::table
        .filter(former_codes::row_id.gt(after).and(former_codes::row_id.le(upto)))
        // By the key all former codes of the resource would be read, for every page.
        .filter(unindexed(former_codes::resource).eq(resource.as_str()))
        .select((former_codes::code, former_codes::row_id))
        .load(&mut connection.0)?;
    Ok(stored.into_iter().map(|(code, id)| Former { resource, code, id }).collect())
}

/// A code that a row once had.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Former {
    resource: Resource,
    code: String,
    id: i64,
}

/// The former codes of rows according to the log.
fn of_log(connection: &mut Connection, resources: &[Resource]) -> Result<BTreeSet<Former>> {
    let mut found = FormerCodes::default();
    for resource in resources.iter().copied() {
        let mut last = (0, 0);
        loop {
            let page = changes::by_row(connection, resource, last, PAGE)?;
            let Some(end) = page.last() else { break };
            last = (end.resource_id, end.seq);
            found.add_all(connection, page)?;
        }
    }
    Ok(found.finish())
}

/// Codes found in changes, which come row by row, those of a row in order.
#[derive(Default)]
struct FormerCodes {
    former: BTreeSet<Former>,
    /// The code of the last row so far.
    current: Option<Former>,
}

impl FormerCodes {
    fn add_all(&mut self, connection: &mut Connection, changes: impl IntoIterator<Item = Change>) -> Result<()> {
        let mut changes: Vec<Change> = changes.into_iter().collect();
        let texts = changes.iter_mut().flat_map(|change| {
            let Change { resource, resource_id, before, after, .. } = change;
            [before, after].into_iter().flatten().map(|text| (*resource, *resource_id, text))
        });
        personal_data::open(connection, texts.collect())?;
        for Change { resource, resource_id: id, before, after, .. } in changes {
            let other = |current: &Former| (current.resource, current.id) != (resource, id);
            if self.current.as_ref().is_some_and(other) {
                self.current = None;
            }
            let code = |row: Option<String>| row.as_deref().map(code).transpose().map(Option::flatten);
            let named = |code| Former { resource, code, id };
            if self.current.is_none() {
                // Earlier changes may lack the code: names of accounts have been in the log since version 0.2.0 only.
                self.current = code(before)?.map(named);
            }
            // The last code of a deleted row is a former one, too.
            self.former.extend(self.current.take());
            if let Some(current) = code(after)?.map(named) {
                self.former.remove(&current);
                self.current = Some(current);
            }
        }
        Ok(())
    }

    /// Takes out the codes of rows up to one, of which all changes have come.
    fn take(&mut self, upto: i64) -> BTreeSet<Former> {
        self.former.extract_if(.., |former| former.id <= upto).collect()
    }

    fn finish(self) -> BTreeSet<Former> {
        self.former
    }
}

fn insert(connection: &mut AnyConnection, rows: impl IntoIterator<Item = Former>) -> Result<()> {
    for Former { resource, code, id } in rows {
        diesel::insert_into(former_codes::table)
            .values((
                former_codes::resource.eq(resource.as_str()),
                former_codes::code.eq(code),
                former_codes::row_id.eq(id),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// The code in a logged row, if it has one.
fn code(row: &str) -> Result<Option<String>> {
    let Coded { code } = from_json(row)?;
    Ok(code)
}

/// The code in a logged row, or the name.
#[derive(Deserialize)]
struct Coded {
    #[serde(alias = "username", alias = "client_id")]
    code: Option<String>,
}
