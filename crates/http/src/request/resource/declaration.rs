//! The declaration of a resource: its address, rights, texts and examples, and how its rows are found and written.

use super::texts::{Operation, PathParameter};
use crate::auth::caller::{Caller, Permission};
use crate::request::batch::Keyed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::string_enum;
use thidua_domain::text::StringEnum;
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Error, Page, Prefetch, Result as Stored, Slice, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};

/// A kind of rows with those of the verbs list, create, read, update and delete that it declares. It is declared on its
/// input: a row as it is written.
pub trait Resource: Clone + DeserializeOwned + Serialize + ToSchema + Send + Sync + 'static {
    /// Path of the list, below `/api/v1/`; of rows that belong to another one, with the parameters for that.
    const PATH: &'static str;
    /// Tag of the operations in the contract.
    const TAG: &'static str = Self::PATH;
    /// Parameters in the address of a row.
    const KEY: &'static [PathParameter];
    /// The list in the contract.
    const LIST: Option<Operation> = None;
    /// Creating a row in the contract.
    const CREATE: Option<Operation> = None;
    /// Reading a row in the contract.
    const READ: Option<Operation> = None;
    /// Changing a row in the contract.
    const UPDATE: Option<Operation> = None;
    /// Deleting a row in the contract.
    const DELETE: Option<Operation> = None;
    /// The key of a row as it stands in its address.
    const KEY_OF: fn(&Self::View) -> String;
    /// The row as it was written; given by a resource whose rows can be changed.
    const WRITTEN: fn(&Self::View) -> Option<&Self> = |_| None;
    /// Way to the row in an address, within the caller's scope.
    const FIND: Find<Self>;
    /// The person whose name a view shows, by identity; absent for a resource without names of people. Who is shown one
    /// leaves a trace.
    const NAMED: Option<NamedPerson<Self>> = None;

    /// The permission to list and read.
    type Reads: Permission + 'static;
    /// The permission to create, update and delete.
    type Writes: Permission + 'static;
    /// The key in an address: an identity, a code, or a pair of them.
    type Key: DeserializeOwned + Clone + Send + 'static;
    /// A row as it is shown.
    type View: Serialize + ToSchema + Send + 'static;
    /// The sort keys of the list.
    type Sort: StringEnum + Send;
    /// The filters of the list.
    type Filter: DeserializeOwned + IntoParams + Clone + Send + 'static;
    /// The way its rows are written.
    type Writing: Writing<Self>;

    /// An input that creates a row, for the contract.
    fn example() -> Value {
        Value::Null
    }

    /// A patch of a row, for the contract.
    fn patch_example() -> Value {
        Value::Null
    }

    /// Reads a page of the rows that the caller sees and a filter lets through.
    fn list(_: PageRequest<'_, Self>) -> Stored<Page<Self::View>> {
        Err(undeclared())
    }

    /// Collects what creating the row will look up.
    fn foreseen(&self) -> Prefetch {
        Prefetch::default()
    }

    /// Refuses to change or delete a row that the caller may only read.
    fn require_writable(_catalogue: &Catalogue, _caller: &Caller, _view: &Self::View) -> Stored<()> {
        Ok(())
    }
}

string_enum! {
    /// Sort orders of a resource that lists its rows in a way of its own.
    Unlisted {
        /// As that list has them.
        Given = "given",
    }
}

/// Way from a view to the identity of the person whose name it shows.
pub(crate) type NamedPerson<R> = fn(&<R as Resource>::View) -> Option<i64>;

/// Way to the row with a key in a table, within the caller's scope.
pub(crate) type FindStored<R> =
    fn(&mut Connection, &Catalogue, &Caller, <R as Resource>::Key) -> Stored<<R as Resource>::View>;

/// A page of a list, as a caller asks for it.
pub struct PageRequest<'a, R: Resource> {
    /// The connection to read with.
    pub connection: &'a mut Connection,
    /// The present catalogue.
    pub catalogue: &'a Catalogue,
    /// The caller, who sees its scope.
    pub caller: &'a Caller,
    /// The filters.
    pub filter: R::Filter,
    /// The sort key.
    pub sort: R::Sort,
    /// The start and the length of the page.
    pub slice: &'a Slice,
}

/// A way to write the rows of a resource, one by one, by the verbs that it declares.
pub trait Writing<R: Resource> {
    /// Creates a row.
    fn insert(_: R, _: &mut Transaction<'_>, _: &Caller) -> Stored<R::View> {
        Err(undeclared())
    }

    /// Writes a row over a current one.
    fn update(_: R, _: &mut Transaction<'_>, _: &Caller, _: R::View) -> Stored<R::View> {
        Err(undeclared())
    }

    /// Deletes a row.
    fn delete(_: &mut Transaction<'_>, _: &Caller, _: R::View) -> Stored<()> {
        Err(undeclared())
    }
}

/// The failure of a verb that is not mounted, as its resource does not declare it.
pub(super) fn undeclared() -> Error {
    Error::internal("a verb that is not declared")
}

/// A way to write many rows of a resource at once.
pub trait SetWriting<R: Resource>: Writing<R> {
    /// Writes a set of rows and says, in their order, what became of each.
    fn write_set(
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        inputs: &[&R],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>>;

    /// True when rows can be judged off the writer; a dry run of others is a write that is taken back.
    const ASSUMES: bool = true;

    /// Judges rows as if they were written, and says, in their order, what would become of each.
    fn assume(_: &mut WhatIf<'_>, _: &Caller, _: &[&R], _: Mode) -> Stored<Vec<RowOutcome>> {
        Err(undeclared())
    }
}

/// A resource of which one request can write many rows.
pub trait BatchResource: Resource<Writing: SetWriting<Self>> + Keyed {
    /// The batch in the contract. It says by what a row is known; the bounds of all batches are said before that.
    const BATCH: Option<Operation>;

    /// A row of a batch, for the contract.
    fn row_example() -> Value {
        Self::example()
    }
}

/// Place in which the row in an address is found, with the function that finds it within the caller's scope.
pub enum Find<R: Resource> {
    /// A table.
    Stored(FindStored<R>),
    /// A table of which no past is read.
    Now(FindStored<R>),
    /// The catalogue, which is in memory.
    Catalogue(fn(&Catalogue, &Caller, R::Key) -> Stored<R::View>),
}

/// The row with a key as it stands when a write begins, if the caller may write it.
pub fn writable_row<R: Resource>(
    key: R::Key,
) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<R::View> + Clone + Send + 'static {
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        let view = match R::FIND {
            Find::Stored(find) | Find::Now(find) => find(transaction.connection(), &catalogue, caller, key)?,
            Find::Catalogue(find) => find(&catalogue, caller, key)?,
        };
        R::require_writable(&catalogue, caller, &view)?;
        Ok(view)
    }
}
