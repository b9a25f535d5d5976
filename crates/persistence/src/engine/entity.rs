//! Entities with a table of their own, in which each stands under its identity.

use crate::engine::connection::Connection;
use crate::error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thidua_domain::id::WholeNumber;
use thidua_domain::log::changes::Resource;

/// An entity with a table of its own.
pub trait Entity: Clone + PartialEq + Serialize + DeserializeOwned {
    /// Its resource.
    const RESOURCE: Resource;
    /// Its identity.
    type Id: Identity<Of = Self>;

    /// Inserts rows with their identities.
    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()>;

    /// Replaces a row.
    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()>;

    /// Deletes a row.
    fn delete_row(connection: &mut Connection, id: i64) -> Result<()>;
}

/// An entity that is read from its table, too; others are read from the catalogue, in memory.
pub trait ReadEntity: Entity {
    /// The entity with an identity.
    fn row(connection: &mut Connection, id: i64) -> Result<Option<Self>>;
}

/// An identity of the rows of one table.
pub trait Identity: WholeNumber + Copy + Ord + From<i64> {
    /// The entity that it is the identity of.
    type Of: Entity<Id = Self>;
}
