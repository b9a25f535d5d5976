//! The schema's history, compiled in, and brought up to date under a lock.

use crate::connection::{AnyConnection, Connection};
use crate::error::{Error, Result};
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock that lets one process migrate a schema at a time.
const MIGRATION_LOCK: &str = "hashtext('thidua migrate'), hashtext(current_schema())";

/// Applies what is missing and says which migrations those were, in order. Refuses a schema newer than this program.
pub(crate) fn migrate(connection: &mut Connection) -> Result<Vec<String>> {
    match &mut connection.0 {
        AnyConnection::Sqlite(connection) => connection.immediate_transaction(|connection| apply(connection, SQLITE)),
        AnyConnection::Postgres(connection) => {
            connection.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            let applied = apply(connection, POSTGRES);
            connection.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
            applied
        }
    }
}

/// Refuses a schema that is not this program's own. Changes nothing.
pub(crate) fn require_current(connection: &mut Connection) -> Result<()> {
    let known = match connection.0 {
        AnyConnection::Sqlite(_) => versions::<Sqlite>(&SQLITE)?,
        AnyConnection::Postgres(_) => versions::<Pg>(&POSTGRES)?,
    };
    let stored: QueryResult<Vec<Version>> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(&mut connection.0);
    let stored: Vec<String> = match stored {
        Ok(versions) => versions.into_iter().map(|row| row.version).collect(),
        Err(DieselError::DatabaseError(_, what)) if is_without_tables(what.message()) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    refuse_newer(&stored, &known)?;
    match known.iter().find(|version| !stored.contains(version)) {
        Some(missing) => Err(Error::Unavailable(format!(
            "its schema is older than this program (migration {missing} is missing); run thidua migrate"
        ))),
        None => Ok(()),
    }
}

fn is_without_tables(message: &str) -> bool {
    message.contains("no such table") || message.contains("does not exist")
}

fn versions<DB: Backend>(known: &EmbeddedMigrations) -> Result<Vec<String>> {
    let source: &dyn diesel::migration::MigrationSource<DB> = known;
    Ok(source.migrations().map_err(Error::internal)?.iter().map(|one| one.name().version().to_string()).collect())
}

fn refuse_newer(stored: &[String], known: &[String]) -> Result<()> {
    match stored.iter().find(|version| !known.contains(version)) {
        Some(newer) => Err(Error::internal(format!(
            "the database was written by a newer version of thidua (migration {newer}); install that version"
        ))),
        None => Ok(()),
    }
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

fn apply<DB: Backend>(connection: &mut impl MigrationHarness<DB>, known: EmbeddedMigrations) -> Result<Vec<String>> {
    let stored = connection.applied_migrations().map_err(Error::internal)?;
    let stored: Vec<_> = stored.iter().map(ToString::to_string).collect();
    refuse_newer(&stored, &versions::<DB>(&known)?)?;
    let applied = connection.run_pending_migrations(known).map_err(Error::internal)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}
