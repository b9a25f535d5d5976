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

    /// The entity with an identity.
    fn row(connection: &mut Connection, id: i64) -> Result<Option<Self>>;

    /// Inserts rows with their identities.
    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()>;

    /// Replaces a row.
    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()>;

    /// Deletes a row.
    fn delete_row(connection: &mut Connection, id: i64) -> Result<()>;
}

/// An identity of the rows of one table.
pub trait Identity: WholeNumber + Copy + From<i64> {
    /// The entity that it is the identity of.
    type Of: Entity<Id = Self>;
}

/// Implements [`Entity`] by its table and its `Row`.
///
/// `impl_entity!(holidays: HolidayId => Holiday, Resource::Holidays);`
macro_rules! impl_entity {
    ($table:ident: $id:ident => $entity:ident, $resource:expr) => {
        impl $crate::engine::entity::Identity for $id {
            type Of = $entity;
        }

        impl $crate::engine::entity::Entity for $entity {
            const RESOURCE: thidua_domain::log::changes::Resource = $resource;
            type Id = $id;

            fn row(connection: &mut Connection, id: i64) -> Result<Option<Self>> {
                let row: Option<Row> = $table::table.find(id).first(&mut connection.0).optional()?;
                Ok(row.map(Row::parse).transpose()?.map(|(_, entity)| entity))
            }

            fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()> {
                let rows: Vec<_> = rows.iter().map(|(id, entity)| Row::new($id(*id), entity)).collect();
                $crate::engine::insert_rows::insert_rows!(&mut connection.0, $table::table, rows)
            }

            fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()> {
                diesel::update($table::table.find(id)).set(Row::new($id(id), after)).execute(&mut connection.0)?;
                Ok(())
            }

            fn delete_row(connection: &mut Connection, id: i64) -> Result<()> {
                diesel::delete($table::table.find(id)).execute(&mut connection.0)?;
                Ok(())
            }
        }
    };
}
pub(crate) use impl_entity;
