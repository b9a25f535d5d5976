//! Inserts of many rows of one table.

/// Inserts rows of a table: on PostgreSQL with COPY, on SQLite, where a statement costs no round trip, one by one with
/// a statement that is prepared once.
macro_rules! insert_rows {
    ($connection:expr, $table:expr, $rows:expr) => {{
        use diesel::prelude::*;
        match $connection {
            $crate::engine::connection::AnyConnection::Sqlite(connection) => {
                for row in $rows.iter() {
                    diesel::insert_into($table).values(row).execute(connection)?;
                }
            }
            $crate::engine::connection::AnyConnection::Postgres(connection) if $rows.len() == 1 => {
                // Two round trips fewer than COPY takes.
                diesel::insert_into($table).values(&$rows[0]).execute(connection)?;
            }
            $crate::engine::connection::AnyConnection::Postgres(connection) if !$rows.is_empty() => {
                diesel::copy_from($table).from_insertable(&$rows[..]).execute(connection)?;
            }
            $crate::engine::connection::AnyConnection::Postgres(_) => {}
        }
        Ok(())
    }};
}
pub(crate) use insert_rows;
