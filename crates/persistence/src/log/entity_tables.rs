//! Entities by their tables: the statements of each, and the comparison of all its rows with the log.

/// Implements `Entity` and `ReadEntity` by a table and its `Row`, and the comparison of the table with the log.
///
/// `impl_entity!(holidays: HolidayId => Holiday, Resource::Holidays);`
macro_rules! impl_entity {
    ($table:ident: $id:ident => $entity:ident, $resource:expr) => {
        $crate::log::entity_tables::impl_written!($table: $id => $entity, $resource);

        impl $crate::engine::entity::ReadEntity for $entity {
            fn row(connection: &mut $crate::engine::connection::Connection, id: i64) -> $crate::error::Result<Option<Self>> {
                let row: Option<Row> = $table::table.find(id).first(&mut connection.0).optional()?;
                Ok(row.map(Row::parse).transpose()?.map(|(_, entity)| entity))
            }
        }
    };
}
pub(crate) use impl_entity;

/// Implements `Entity` by a table and its `Row`, and the comparison of the table with the log by whole rows, so that no
/// column is left out.
macro_rules! impl_written {
    ($table:ident: $id:ident => $entity:ident, $resource:expr) => {
        impl $crate::engine::entity::Identity for $id {
            type Of = $entity;
        }

        impl $crate::engine::entity::Entity for $entity {
            const RESOURCE: thidua_domain::log::changes::Resource = $resource;
            type Id = $id;

            fn insert_rows(
                connection: &mut $crate::engine::connection::Connection,
                rows: &[(i64, &Self)],
            ) -> $crate::error::Result<()> {
                let rows: Vec<_> = rows.iter().map(|(id, entity)| Row::new($id(*id), entity)).collect();
                $crate::engine::insert_rows::insert_rows!(&mut connection.0, $table::table, rows)
            }

            fn update_row(
                connection: &mut $crate::engine::connection::Connection,
                id: i64,
                after: &Self,
            ) -> $crate::error::Result<()> {
                diesel::update($table::table.find(id)).set(Row::new($id(id), after)).execute(&mut connection.0)?;
                Ok(())
            }

            fn delete_row(
                connection: &mut $crate::engine::connection::Connection,
                id: i64,
            ) -> $crate::error::Result<()> {
                diesel::delete($table::table.find(id)).execute(&mut connection.0)?;
                Ok(())
            }
        }

        /// The first row that differs from the log, in words.
        pub(crate) fn first_mismatch(
            connection: &mut $crate::engine::connection::Connection,
            expected: &$crate::log::expected_rows::Expected,
        ) -> $crate::error::Result<Option<String>> {
            let rows: Vec<Row> = $crate::log::expected_rows::rows_in!($table, expected).load(&mut connection.0)?;
            let rows = rows.into_iter().map(|row| (row.id, row)).collect();
            expected.against(rows, |id, entity: &$entity| Ok(Row::new($id(id), entity)))
        }
    };
}
pub(crate) use impl_written;
