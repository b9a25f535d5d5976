//! Resources whose rows are records: an input becomes a record, and a record a view. The verbs, and batches, follow from
//! that.

use super::declaration::{Resource, SetWriting, Writing};
use crate::auth::caller::Caller;
use crate::request::batch::{assume_by_owner, assume_records, write_records};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;
use thidua_domain::violation::Violation;
use thidua_persistence::write::batch::{Mode, Record, RowOutcome};
use thidua_persistence::write::records;
use thidua_persistence::{Connection, Entity, Prefetch, Prefetched, Result as Stored, Transaction, WhatIf};

/// A resource whose rows are records.
pub trait RecordResource: Resource {
    /// The record that a row is.
    type Record: Record;
    /// Rows that inputs name and records do not refer to, by what inputs call them.
    type Named: Default;

    /// The identity of a row.
    const ID: fn(&Self::View) -> Identity<Self>;
    /// The owner by whose records together a record is judged, by the code that inputs have; absent where each is judged
    /// by itself.
    const OWNER: Option<fn(&Self) -> &str> = None;

    /// Reads the rows that inputs name: those for parsing, and those that their records refer to.
    fn look_up(_: &mut impl Reads, _: &[&Self]) -> Stored<(Self::Named, References<Self>)> {
        Ok(Default::default())
    }

    /// Refuses an input that breaks a rule between its own members. Its record is checked again: this is for an input of
    /// which there is none, so that all that is wrong with it is told at once.
    fn check(&self) -> Result<(), Vec<Violation>> {
        Ok(())
    }

    /// Makes the record of an input.
    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<Self::Record>;

    /// Shows a record.
    fn view(
        connection: &mut Connection,
        catalogue: &Catalogue,
        id: Identity<Self>,
        record: &Self::Record,
    ) -> Stored<Self::View>;

    /// Creates a record and shows it.
    fn create(self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<Self::View> {
        let record = parse(&self, transaction, caller, None)?;
        let (id, record) = records::create(transaction, record)?;
        let catalogue = transaction.catalogue();
        Self::view(transaction.connection(), &catalogue, id, &record)
    }
}

/// The identity of the rows of a resource.
type Identity<R> = <<R as RecordResource>::Record as Entity>::Id;

/// The rows that records of a resource refer to.
pub type References<R> = <<R as RecordResource>::Record as Record>::References;

/// All by which an input is parsed.
pub struct Parsing<'a, R: RecordResource> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The caller, who sees its scope.
    pub caller: &'a Caller,
    /// The rows that inputs name.
    pub named: &'a R::Named,
    /// The rows that records refer to.
    pub known: &'a References<R>,
    /// The row that the input is written over, if it is written alone.
    pub current: Option<&'a R::View>,
}

/// A write or a what-if, as far as both read rows.
pub trait Reads {
    /// The connection.
    fn connection(&mut self) -> &mut Connection;

    /// Reads rows that were foreseen.
    fn look_up(&mut self, prefetch: &Prefetch) -> Stored<Prefetched>;
}

/// Writing rows as records.
pub struct Records;

impl<R: RecordResource> Writing<R> for Records {
    fn insert(input: R, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<R::View> {
        input.create(transaction, caller)
    }

    fn update(input: R, transaction: &mut Transaction<'_>, caller: &Caller, current: R::View) -> Stored<R::View> {
        let id = (R::ID)(&current);
        let record = parse(&input, transaction, caller, Some(&current))?;
        let record = records::change::<R::Record>(transaction, id, record)?;
        let catalogue = transaction.catalogue();
        R::view(transaction.connection(), &catalogue, id, &record)
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: R::View) -> Stored<()> {
        records::delete(transaction, (R::ID)(&current))
    }
}

impl<R: RecordResource> SetWriting<R> for Records {
    fn write_set(
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        inputs: &[&R],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        let (named, known) = R::look_up(transaction, inputs)?;
        let by = Parsing { catalogue: &transaction.catalogue(), caller, named: &named, known: &known, current: None };
        write_records(transaction, &known, inputs, mode, |input| parsed(input, &by))
    }

    fn assume(what_if: &mut WhatIf<'_>, caller: &Caller, inputs: &[&R], mode: Mode) -> Stored<Vec<RowOutcome>> {
        let rules = what_if.rules().clone();
        let mut assume = |inputs: &[&R]| {
            let (named, known) = R::look_up(what_if, inputs)?;
            let by = Parsing { catalogue: rules.catalogue(), caller, named: &named, known: &known, current: None };
            assume_records(what_if, &known, inputs, mode, |input| parsed(input, &by))
        };
        match R::OWNER {
            Some(owner) => assume_by_owner(inputs, owner, assume),
            None => assume(inputs),
        }
    }
}

fn parse<R: RecordResource>(
    input: &R,
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    current: Option<&R::View>,
) -> Stored<R::Record> {
    let (named, known) = R::look_up(transaction, &[input])?;
    parsed(input, &Parsing { catalogue: &transaction.catalogue(), caller, named: &named, known: &known, current })
}

/// The record of an input, or all that is wrong with the input.
fn parsed<R: RecordResource>(input: &R, by: &Parsing<'_, R>) -> Stored<R::Record> {
    input.parse(by).map_err(|error| match input.check() {
        Ok(()) => error,
        Err(broken) => error.and(broken.into()),
    })
}

/// The row with an identity in a table, if its agency lies within the caller's scope.
pub fn found<R: RecordResource>(
    (connection, catalogue): (&mut Connection, &Catalogue),
    caller: &Caller,
    id: i64,
    agency: impl FnOnce(&R::Record) -> AgencyId,
) -> Stored<R::View> {
    let id = Identity::<R>::from(id);
    let record = records::get(connection, id)?;
    caller.require(catalogue, agency(&record), R::Record::RESOURCE)?;
    R::view(connection, catalogue, id, &record)
}

impl Reads for Transaction<'_> {
    fn connection(&mut self) -> &mut Connection {
        self.connection()
    }

    fn look_up(&mut self, prefetch: &Prefetch) -> Stored<Prefetched> {
        self.look_up(prefetch)
    }
}

impl Reads for WhatIf<'_> {
    fn connection(&mut self) -> &mut Connection {
        self.connection()
    }

    fn look_up(&mut self, prefetch: &Prefetch) -> Stored<Prefetched> {
        self.look_up(prefetch)
    }
}
