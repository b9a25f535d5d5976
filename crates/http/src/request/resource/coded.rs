//! Resources whose rows are known by a code and written one after the other: a batch writes each as a request of its own
//! would.

use super::declaration::{Resource, SetWriting, Writing};
use crate::auth::caller::Caller;
use crate::request::batch::{Keyed, assume_each, write_each};
use crate::request::taken_codes::{counting, told_or_counted};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;
use thidua_domain::text::Code;
use thidua_persistence::write::batch::{Mode, RowOutcome, in_mode};
use thidua_persistence::{Connection, Result as Stored, Transaction, WhatIf};

/// A resource whose rows are known by a code, which is their key.
pub trait CodedResource: Resource + Keyed {
    /// A stored row.
    type Entity;
    /// A row as an input gives it.
    type Row;
    /// The identity of a row.
    type Id: Copy;

    /// The identity of a view.
    const ID: fn(&Self::View) -> Self::Id;
    /// The agency that holds a row; absent where rows of other scopes are no secret.
    const AGENCY: Option<fn(&Self::Entity) -> AgencyId> = None;
    /// The code of a stored row.
    const CODE: fn(&Self::Entity) -> &Code;
    /// The code of a row that an input gives.
    const GIVEN_CODE: fn(&mut Self::Row) -> &mut Code;
    /// Finds the row that a code means.
    const BY_CODE: ByCode<Self::Id, Self::Entity>;
    /// Reads the row with an identity.
    const GET: fn(&mut Connection, Self::Id) -> Stored<Self::Entity>;
    /// Judges a row as if it were stored.
    const JUDGE: Judge<Self::Id, Self::Row>;

    /// Parses an input, which may be written over a stored row.
    fn parse(&self, catalogue: &Catalogue, caller: &Caller, before: Option<&Self::Entity>) -> Stored<Self::Row>;

    /// True when a stored row is as it is given. Refuses one that the caller may not write.
    fn is_same(
        connection: &mut Connection,
        scope: (&Catalogue, &Caller),
        stored: (Self::Id, &Self::Entity),
        row: &Self::Row,
    ) -> Stored<bool>;

    /// Number of stays of a stored row that are not there any more when it is as it is given.
    fn stays_removed(_before: &Self::Entity, _row: &Self::Row) -> usize {
        0
    }

    /// Creates a row, or changes the one with an identity.
    fn store(transaction: &mut Transaction<'_>, id: Option<Self::Id>, row: &Self::Row) -> Stored<Self::Id>;

    /// Deletes a row.
    fn remove(transaction: &mut Transaction<'_>, caller: &Caller, id: Self::Id) -> Stored<()>;

    /// Shows a row that was stored.
    fn view(
        connection: &mut Connection,
        scope: (&Catalogue, &Caller),
        id: Self::Id,
        row: &Self::Row,
    ) -> Stored<Self::View>;
}

/// Way to the row that a code means.
pub(crate) type ByCode<Id, Entity> = fn(&mut Connection, &str) -> Stored<Option<(Id, Entity)>>;

/// Way to judge a row, new or in the place of the one with an identity.
pub(crate) type Judge<Id, Row> = fn(&mut WhatIf<'_>, Option<Id>, &Row) -> Stored<()>;

/// Writing rows one after the other, by their codes.
pub struct Coded;

impl<R: CodedResource> Writing<R> for Coded {
    fn insert(input: R, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<R::View> {
        let catalogue = transaction.catalogue();
        let row = input.parse(&catalogue, caller, None)?;
        let id = store(&input, transaction, caller, None, &row)?;
        R::view(transaction.connection(), (&catalogue, caller), id, &row)
    }

    fn update(input: R, transaction: &mut Transaction<'_>, caller: &Caller, current: R::View) -> Stored<R::View> {
        let (id, catalogue) = ((R::ID)(&current), transaction.catalogue());
        let before = (R::GET)(transaction.connection(), id)?;
        let row = input.parse(&catalogue, caller, Some(&before))?;
        store(&input, transaction, caller, Some(id), &row)?;
        R::view(transaction.connection(), (&catalogue, caller), id, &row)
    }

    fn delete(transaction: &mut Transaction<'_>, caller: &Caller, current: R::View) -> Stored<()> {
        R::remove(transaction, caller, (R::ID)(&current))
    }
}

impl<R: CodedResource> SetWriting<R> for Coded {
    fn write_set(
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        inputs: &[&R],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        let catalogue = transaction.catalogue();
        write_each(transaction, inputs, |transaction, input| {
            let (row, outcome) = judged(input, transaction.connection(), (&catalogue, caller), mode)?;
            match outcome {
                Judged::New => store(input, transaction, caller, None, &row).map(|_| RowOutcome::Created),
                Judged::Changed(id, stays_removed) => {
                    let stored = store(input, transaction, caller, Some(id), &row);
                    stored.map(|_| RowOutcome::Updated { stays_removed })
                }
                Judged::Unchanged => Ok(RowOutcome::Unchanged),
            }
        })
    }

    fn assume(what_if: &mut WhatIf<'_>, caller: &Caller, inputs: &[&R], mode: Mode) -> Stored<Vec<RowOutcome>> {
        let rules = what_if.rules().clone();
        assume_each(what_if, inputs, |what_if, input| {
            let (row, outcome) = judged(input, what_if.connection(), (rules.catalogue(), caller), mode)?;
            let (id, outcome) = match outcome {
                Judged::New => (None, RowOutcome::Created),
                Judged::Changed(id, stays_removed) => (Some(id), RowOutcome::Updated { stays_removed }),
                Judged::Unchanged => return Ok(RowOutcome::Unchanged),
            };
            let judged = (R::JUDGE)(what_if, id, &row);
            let known = (what_if.connection(), rules.catalogue());
            told_or_counted(judged, known, caller, (&input.key(), holder::<R>)).map(|()| outcome)
        })
    }
}

/// The outcome of a row that fits, before it is stored.
enum Judged<Id> {
    /// It is created.
    New,
    /// The row with this identity is changed, and so many of its stays go.
    Changed(Id, usize),
    /// The row is as it is given.
    Unchanged,
}

/// Judges a row by the stored one with its code. A row of another scope looks like a missing one; a new row under its
/// code is refused because the code is taken.
fn judged<R: CodedResource>(
    input: &R,
    connection: &mut Connection,
    (catalogue, caller): (&Catalogue, &Caller),
    mode: Mode,
) -> Stored<(R::Row, Judged<R::Id>)> {
    let code = input.key();
    let is_seen = |row: &R::Entity| R::AGENCY.is_none_or(|agency| caller.sees(catalogue, agency(row)));
    let stored = (R::BY_CODE)(connection, &code)?.filter(|(_, row)| is_seen(row));
    let parsed = input.parse(catalogue, caller, stored.as_ref().map(|(_, before)| before));
    let mut row = in_mode(mode, stored.is_some(), parsed)?;
    if let Some((_, before)) = &stored {
        // The code is how the row is known here: another spelling of it is no change.
        (R::GIVEN_CODE)(&mut row).clone_from((R::CODE)(before));
    }
    let judged = match stored {
        None => Judged::New,
        Some((id, before)) if R::is_same(connection, (catalogue, caller), (id, &before), &row)? => Judged::Unchanged,
        Some((id, before)) => Judged::Changed(id, R::stays_removed(&before, &row)),
    };
    Ok((row, judged))
}

fn store<R: CodedResource>(
    input: &R,
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    id: Option<R::Id>,
    row: &R::Row,
) -> Stored<R::Id> {
    counting(transaction, caller, (&input.key(), holder::<R>), |transaction| R::store(transaction, id, row))
}

/// The agency and the code of the row that a code means, where rows of other scopes are a secret.
fn holder<R: CodedResource>(connection: &mut Connection, code: &str) -> Stored<Option<(AgencyId, Code)>> {
    let Some(agency) = R::AGENCY else { return Ok(None) };
    Ok((R::BY_CODE)(connection, code)?.map(|(_, row)| (agency(&row), (R::CODE)(&row).clone())))
}
