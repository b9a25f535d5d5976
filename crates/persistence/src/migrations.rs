//! The schema's history, compiled in, and brought up to date under a lock.

use crate::connection::{AnyConnection, Connection};
use crate::error::{Error, Result};
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
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

fn apply<DB: Backend>(connection: &mut impl MigrationHarness<DB>, known: EmbeddedMigrations) -> Result<Vec<String>> {
    let source: &dyn diesel::migration::MigrationSource<DB> = &known;
    let known_versions: Vec<_> =
        source.migrations().map_err(Error::internal)?.iter().map(|one| one.name().version().to_string()).collect();
    let stored = connection.applied_migrations().map_err(Error::internal)?;
    if let Some(newer) = stored.iter().map(ToString::to_string).find(|version| !known_versions.contains(version)) {
        return Err(Error::internal(format!(
            "the database was written by a newer version of thidua (migration {newer}); install that version"
        )));
    }
    let applied = connection.run_pending_migrations(known).map_err(Error::internal)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}
