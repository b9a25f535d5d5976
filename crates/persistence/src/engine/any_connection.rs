//! One connection type for both engines, so that every query is written once.

use diesel::prelude::*;

/// A connection to either engine; diesel's DSL runs on it unchanged.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    /// SQLite, compiled in.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Postgres(PgConnection),
}

/// The backend of [`AnyConnection`], for boxed queries.
pub(crate) type AnyBackend = <AnyConnection as diesel::Connection>::Backend;
