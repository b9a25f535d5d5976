//! Migrations of the schema, compiled in, and applied under a lock.

use crate::engine::connection::{AnyConnection, Connection, Engine};
use crate::error::{Error, Result};
use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager as Ansi, SimpleConnection, TransactionManager};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock that lets one process migrate a schema at a time.
const MIGRATION_LOCK: &str = "hashtext('thidua migrate'), hashtext(current_schema())";

/// The table that stands in a PostgreSQL schema while a backup is being restored into it.
pub(crate) const UNFINISHED: &str = "thidua_restoring";

/// Applies the missing migrations and returns them, in order; `fill` is told them, and stores the rows that SQL cannot
/// compute. All is one transaction: such rows come with their tables, or not at all.
pub(crate) fn apply_missing(
    connection: &mut Connection,
    fill: impl FnOnce(&mut Connection, &[String]) -> Result<()>,
) -> Result<Vec<String>> {
    match &mut connection.0 {
        AnyConnection::Sqlite(connection) => Ansi::begin_transaction_sql(connection, "BEGIN IMMEDIATE")?,
        AnyConnection::Postgres(connection) => {
            Ansi::begin_transaction(connection)?;
            connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))?;
        }
    }
    let applied = apply_and_fill(connection, fill);
    match (&mut connection.0, &applied) {
        (AnyConnection::Sqlite(connection), Ok(_)) => Ansi::commit_transaction(connection)?,
        (AnyConnection::Sqlite(connection), Err(_)) => Ansi::rollback_transaction(connection)?,
        (AnyConnection::Postgres(connection), Ok(_)) => Ansi::commit_transaction(connection)?,
        (AnyConnection::Postgres(connection), Err(_)) => Ansi::rollback_transaction(connection)?,
    }
    applied
}

fn apply_and_fill(
    connection: &mut Connection,
    fill: impl FnOnce(&mut Connection, &[String]) -> Result<()>,
) -> Result<Vec<String>> {
    let applied = match &mut connection.0 {
        AnyConnection::Sqlite(connection) => apply(connection, SQLITE)?,
        AnyConnection::Postgres(connection) => apply(connection, POSTGRES)?,
    };
    fill(connection, &applied)?;
    Ok(applied)
}

/// Refuses a database into which a backup is being restored, or was and did not come to an end.
pub(crate) fn refuse_unfinished(connection: &mut Connection) -> Result<()> {
    let AnyConnection::Postgres(connection) = &mut connection.0 else { return Ok(()) };
    let unfinished = diesel::sql_query(
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1",
    );
    let unfinished: Option<TableName> = unfinished.bind::<Text, _>(UNFINISHED).get_result(connection).optional()?;
    match unfinished {
        Some(TableName { name }) => Err(Error::Unavailable(format!(
            "a backup is being restored into it, or that was broken off: if nobody is at it, drop its tables, {name} \
             among them, and restore again"
        ))),
        None => Ok(()),
    }
}

/// Refuses a schema that is not this program's own. Changes nothing.
pub(crate) fn require_current(connection: &mut Connection) -> Result<()> {
    refuse_unfinished(connection)?;
    let (stored, known) = (stored(connection)?, known(&connection.0)?);
    refuse_newer(&stored, &known)?;
    match known.iter().find(|version| !stored.contains(version)) {
        Some(missing) => Err(Error::Unavailable(format!(
            "its schema is older than this program (migration {missing} is missing); run thidua migrate"
        ))),
        None => Ok(()),
    }
}

/// Refuses a schema newer than this program, none at all, and one that is being restored. Changes nothing.
pub(crate) fn require_known(connection: &mut Connection) -> Result<()> {
    refuse_unfinished(connection)?;
    let (stored, known) = (stored(connection)?, known(&connection.0)?);
    if stored.is_empty() { Err(nothing_here()) } else { refuse_newer(&stored, &known) }
}

/// Looks for a database of this program, and says what is missing. Refuses a schema newer than this program, and one that
/// is being restored. Makes and changes nothing.
pub(crate) fn missing(engine: &Engine) -> Result<Option<Missing>> {
    for _ in 1..ATTEMPTS {
        let at_rest = engine.at_rest();
        let found = looked_for(engine);
        // Read while a program began to write: it may be neither the state before nor that after.
        if matches!(found, Ok(None)) || engine.at_rest() == at_rest {
            return found;
        }
    }
    looked_for(engine)
}

/// A part of a database that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The file.
    File,
    /// The tables.
    Tables,
}

/// Times that a database is looked for while others begin to write to it.
const ATTEMPTS: usize = 10;

fn looked_for(engine: &Engine) -> Result<Option<Missing>> {
    if let Engine::Sqlite(path) = engine
        && !Path::new(path).is_file()
    {
        return Ok(Some(Missing::File));
    }
    let mut connection = engine.connect_to_read(engine.at_rest().is_some())?;
    refuse_unfinished(&mut connection)?;
    let stored = stored(&mut connection)?;
    refuse_newer(&stored, &known(&connection.0)?)?;
    Ok(stored.is_empty().then_some(Missing::Tables))
}

/// The error for a database without tables.
pub(crate) fn nothing_here() -> Error {
    Error::Unavailable("there are no tables of thidua in it".to_owned())
}

/// True for a migration of this program.
pub(crate) fn is_known(version: &str, engine: &Engine) -> Result<bool> {
    let known = match engine {
        Engine::Sqlite(_) => versions::<Sqlite>(&SQLITE)?,
        Engine::Postgres(_) => versions::<Pg>(&POSTGRES)?,
    };
    Ok(known.iter().any(|known| known == version))
}

/// The migrations that a database has seen, in order; none when it has no tables.
pub(crate) fn stored(connection: &mut Connection) -> Result<Vec<String>> {
    let stored: QueryResult<Vec<AppliedVersion>> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version").load(&mut connection.0);
    match stored {
        Ok(versions) => Ok(versions.into_iter().map(|row| row.version).collect()),
        Err(DieselError::DatabaseError(_, what)) if is_without_tables(what.message()) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn known(connection: &AnyConnection) -> Result<Vec<String>> {
    match connection {
        AnyConnection::Sqlite(_) => versions::<Sqlite>(&SQLITE),
        AnyConnection::Postgres(_) => versions::<Pg>(&POSTGRES),
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
struct TableName {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct AppliedVersion {
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
