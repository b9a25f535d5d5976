//! Backups: a copy of one state of a database, taken while others write, and the proof that a restored database is that
//! state.

use crate::engine::connection::{AnyConnection, Connection, Engine};
use crate::engine::migrations;
use crate::engine::schema::sessions;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::Head;
use crate::migrate;
use crate::progress::Progress;
use crate::verify::{Finding, KnownHash, verify};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
use thidua_domain::log::changes::Hash;

/// State of a database at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The last migration of its schema.
    pub schema: String,
    /// The last change of its log; 0 when there is none.
    pub seq: i64,
    /// That change's hash.
    pub hash: Hash,
}

/// Copies one state of an SQLite file into a file that is empty, and returns that state. Others read and write
/// meanwhile. The copy is not synced yet.
///
/// `VACUUM INTO` reads one snapshot, however long it takes; the online backup API begins again whenever another process
/// writes, and copies free pages, too, with what may have been erased in them.
pub fn copy(path: &str, into: &Path, progress: &dyn Progress) -> Result<State> {
    let target = into.to_str().ok_or_else(|| Error::internal("the path of the copy is not UTF-8"))?;
    Engine::Sqlite(path.to_owned()).read_only(|connection| {
        migrations::require_known(connection)?;
        // The connection cannot write to the database itself: it is opened so.
        connection.0.batch_execute("PRAGMA query_only = OFF")?;
        let pages = number(
            &mut connection.0,
            "SELECT page_count * page_size AS number FROM pragma_page_count, pragma_page_size",
        )?;
        progress.start("bytes copied", u64::try_from(pages).unwrap_or(0));
        std::thread::scope(|scope| {
            let (done, finished) = sync_channel::<()>(1);
            let copying = scope.spawn(move || {
                let _done = done;
                diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target).execute(&mut connection.0)
            });
            let mut told = 0;
            while finished.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                let size = std::fs::metadata(into).map_or(told, |file| file.len());
                progress.advance(size.saturating_sub(told));
                told = size.max(told);
            }
            copying.join().map_err(|_| Error::internal("the thread that copies has panicked"))?.map_err(Error::from)
        })
    })?;
    let mut copied = Engine::Sqlite(target.to_owned()).connect_to_read(true)?;
    state(&mut copied)
}

/// One state of a PostgreSQL database, held for other programs to read.
#[derive(Debug)]
pub struct Snapshot {
    /// Its name, as `pg_dump --snapshot` takes it.
    pub id: String,
    /// The PostgreSQL schema the tables are in.
    pub namespace: String,
    /// The state it holds.
    pub state: State,
    /// The major version of the server.
    pub server: i64,
}

/// Holds one state of a PostgreSQL database for as long as `read` takes.
pub fn hold<T, E>(
    engine: &Engine,
    read: impl FnOnce(&Snapshot) -> std::result::Result<T, E>,
) -> Result<std::result::Result<T, E>> {
    let mut connection = engine.connect()?;
    connection.snapshot(|connection| {
        connection.0.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?;
        let id = text(&mut connection.0, "SELECT pg_export_snapshot() AS text")?;
        let namespace = namespace(&mut connection.0)?;
        migrations::require_known(connection)?;
        let state = state(connection)?;
        let server = server(&mut connection.0)?;
        Ok(read(&Snapshot { id, namespace, state, server }))
    })
}

/// True for a schema that is this program's own or one it can bring up to date.
pub fn is_known(schema: &str, engine: &Engine) -> Result<bool> {
    migrations::is_known(schema, engine)
}

/// Finishes a restored database: brings its schema up to date, ends all sessions, and proves that it is whole and ends
/// with the expected change.
pub fn finish(file: &Path, expected: &State, progress: &dyn Progress) -> Result<Finding> {
    let path = file.to_str().ok_or_else(|| Error::internal("the path is not UTF-8"))?;
    finish_on(&mut Engine::Sqlite(path.to_owned()).connect()?, expected, progress)
}

fn finish_on(connection: &mut Connection, expected: &State, progress: &dyn Progress) -> Result<Finding> {
    let found = state(connection)?;
    if found != *expected {
        return Ok(Finding::Difference(format!(
            "it ends with change {} ({}) of the schema {}; change {} ({}) of the schema {} was expected",
            found.seq, found.hash, found.schema, expected.seq, expected.hash, expected.schema
        )));
    }
    migrate::apply_missing(connection)?;
    // A session that was ended after the backup would be good again.
    diesel::delete(sessions::table).execute(&mut connection.0)?;
    let known = KnownHash { seq: expected.seq, hash: expected.hash.clone() };
    verify(connection, std::slice::from_ref(&known), progress)
}

/// A PostgreSQL database into which a backup is restored. Until it is [finished](Self::finish) no program opens it.
pub struct Restoration {
    connection: Connection,
    namespace: String,
    server: i64,
}

impl Restoration {
    /// Begins on a PostgreSQL schema without tables; none when there are any.
    pub fn begin(engine: &Engine) -> Result<Option<Self>> {
        let mut connection = engine.connect()?;
        migrations::refuse_unfinished(&mut connection)?;
        let namespace = namespace(&mut connection.0)?;
        let server = server(&mut connection.0)?;
        if !tables(&mut connection.0)?.is_empty() {
            return Ok(None);
        }
        connection.0.batch_execute(&format!(
            "CREATE TABLE {} (begun timestamptz NOT NULL DEFAULT now())",
            migrations::UNFINISHED
        ))?;
        Ok(Some(Self { connection, namespace, server }))
    }

    /// The PostgreSQL schema that new tables go to.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The major version of the server.
    pub fn server(&self) -> i64 {
        self.server
    }

    /// As [`finish`]; when all is well, programs may open the database from now on.
    pub fn finish(&mut self, expected: &State, progress: &dyn Progress) -> Result<Finding> {
        let finding = finish_on(&mut self.connection, expected, progress)?;
        if matches!(finding, Finding::Clean { .. }) {
            self.connection.0.batch_execute(&format!("DROP TABLE {}", migrations::UNFINISHED))?;
        }
        Ok(finding)
    }

    /// Gives up before anything was restored.
    pub fn abandon(mut self) -> Result<()> {
        Ok(self.connection.0.batch_execute(&format!("DROP TABLE {}", migrations::UNFINISHED))?)
    }

    /// Drops everything that was restored: there was nothing before.
    pub fn undo(mut self) -> Result<()> {
        let tables = tables(&mut self.connection.0)?.join(", ");
        // In one statement, since they refer to each other.
        Ok(self.connection.0.batch_execute(&format!("DROP TABLE {tables}"))?)
    }
}

/// The state a connection sees.
fn state(connection: &mut Connection) -> Result<State> {
    let schema = migrations::stored(connection)?.pop();
    let schema = schema.ok_or_else(migrations::nothing_here)?;
    let Head { seq, hash, .. } = changes::head(&mut connection.0)?;
    Ok(State { schema, seq, hash })
}

fn namespace(connection: &mut AnyConnection) -> Result<String> {
    let row: OptionalText = diesel::sql_query("SELECT current_schema()::text AS text").get_result(connection)?;
    row.text.ok_or_else(|| Error::Unavailable("the PostgreSQL schema of its search_path does not exist".to_owned()))
}

/// The tables, views and other relations of the PostgreSQL schema that new tables go to, as SQL names them.
fn tables(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let rows: Vec<OneText> = diesel::sql_query(
        "SELECT format('%I.%I', nspname, relname) AS text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname = current_schema() AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname",
    )
    .load(connection)?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

/// The major version of a PostgreSQL server.
fn server(connection: &mut AnyConnection) -> Result<i64> {
    number(connection, "SELECT current_setting('server_version_num')::bigint / 10000 AS number")
}

fn number(connection: &mut AnyConnection, query: &str) -> Result<i64> {
    let row: Number = diesel::sql_query(query).get_result(connection)?;
    Ok(row.number)
}

fn text(connection: &mut AnyConnection, query: &str) -> Result<String> {
    let row: OneText = diesel::sql_query(query).get_result(connection)?;
    Ok(row.text)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct OptionalText {
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
}
