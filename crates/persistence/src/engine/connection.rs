//! Connections to either engine: opened, tried and pooled here.

use crate::engine::past::AsOf;
use crate::error::{Error, Result};
use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;
use diesel::sql_types::Bool;
use std::cmp::Reverse;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use thidua_domain::time::Moment;

pub(crate) use crate::engine::any_connection::{AnyBackend, AnyConnection};

/// A connection. To other crates it is opaque: they hand it to functions of this one. It shows rows as they are now, or
/// as they were at a moment of the past.
pub struct Connection(pub(crate) AnyConnection, Option<AsOf>, Health);

/// Health of a connection, as learned from its uses.
#[derive(Debug, Clone, Copy, Default)]
struct Health {
    /// Time of its last answer.
    answered: Option<Instant>,
    /// True once it is gone.
    lost: bool,
}

/// Time for which a PostgreSQL that has answered is taken to be there: asking it each time would be half the cost of
/// reading a row. If it has gone meanwhile, one reader is refused, and the connection is thrown away.
const FRESH: Duration = Duration::from_secs(1);

/// Engine of a database, with the place of the data.
#[derive(Clone, PartialEq, Eq)]
pub enum Engine {
    /// A SQLite file.
    Sqlite(String),
    /// A PostgreSQL URL.
    Postgres(String),
}

impl Engine {
    /// Parses a `DATABASE_URL`: `postgres://…`, `sqlite:FILE`, or a plain file path.
    pub fn from_url(url: &str) -> Self {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::Postgres(url.to_owned());
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        Self::Sqlite(path.to_owned())
    }

    /// The engine's name, without address or credentials.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The database, if it is a file that nobody has open.
    pub(crate) fn at_rest(&self) -> Option<AtRest> {
        let Self::Sqlite(path) = self else { return None };
        if Path::new(&format!("{path}-wal")).exists() {
            return None;
        }
        let file = std::fs::metadata(path).ok()?;
        Some(AtRest(file.len(), file.modified().ok()))
    }

    /// Reads a database as it is, without making or changing anything.
    pub(crate) fn read_only<T>(&self, read: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let at_rest = self.at_rest();
        let mut connection = self.connect_to_read(at_rest.is_some())?;
        let outcome = read(&mut connection);
        if at_rest.is_some() && self.at_rest() != at_rest {
            return Err(Error::Unavailable("another program has begun to write to it meanwhile; try again".to_owned()));
        }
        outcome
    }

    /// Opens a connection that creates and changes nothing.
    pub(crate) fn connect_to_read(&self, at_rest: bool) -> Result<Connection> {
        match self {
            Self::Sqlite(path) => {
                let unavailable = |error| Error::Unavailable(without_password(&format!("{path}: {error}"), path));
                let mut connection = open_to_read(path, at_rest).map_err(unavailable)?;
                connection.batch_execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;
                     PRAGMA cache_size = -16000;",
                )?;
                Ok(Connection(AnyConnection::Sqlite(connection), None, Health::default()))
            }
            // Everything but the list of migrations is read in a snapshot, and that is read only.
            Self::Postgres(_) => self.connect(),
        }
    }

    /// Opens a connection, set up for durability: an answered write is on disk.
    pub(crate) fn connect(&self) -> Result<Connection> {
        let (Self::Sqlite(url) | Self::Postgres(url)) = self;
        let unavailable = |error: ConnectionError| Error::Unavailable(without_password(&error.to_string(), url));
        let connection = match self {
            Self::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path).map_err(unavailable)?;
                connection.batch_execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;
                     -- What is erased is overwritten, not only let go of.
                     PRAGMA secure_delete = ON;",
                )?;
                write_ahead(&mut connection)?;
                AnyConnection::Sqlite(connection)
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::establish(&with_timeouts(url)).map_err(unavailable)?;
                connection.batch_execute("SET client_min_messages = warning; SET TIME ZONE 'UTC'")?;
                AnyConnection::Postgres(connection)
            }
        };
        Ok(Connection(connection, None, Health::default()))
    }

    /// Opens a connection for the writer. It waits for others no longer than its callers do, does not hold up others
    /// when this process hangs or its machine is gone, and commits to disk, whatever the server's default is.
    pub(crate) fn connect_to_write(&self) -> Result<Connection> {
        let mut connection = self.connect()?;
        match &mut connection.0 {
            AnyConnection::Sqlite(connection) => connection.batch_execute("PRAGMA busy_timeout = 4000")?,
            AnyConnection::Postgres(connection) => {
                connection.batch_execute(
                    "SET lock_timeout = '4s'; SET idle_in_transaction_session_timeout = '20s';
                     SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
                     SELECT set_config('synchronous_commit', 'on', false)
                     WHERE current_setting('synchronous_commit') = 'off';",
                )?;
                if diesel::select(sql::<Bool>("pg_is_in_recovery()")).get_result(connection)? {
                    return Err(Error::Unavailable("the server is a standby".to_owned()));
                }
            }
        }
        Ok(connection)
    }
}

/// Time-outs for a PostgreSQL that does not answer, unless the URL sets them itself: seconds, but milliseconds for
/// `tcp_user_timeout`.
const PATIENCE: &[(&str, &str)] = &[
    ("connect_timeout", "2"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// A URL with the time-outs of [`PATIENCE`] that it does not set itself.
fn with_timeouts(url: &str) -> String {
    let unsaid = PATIENCE.iter().filter(|(name, _)| !url.contains(&format!("{name}=")));
    unsaid.fold(url.to_owned(), |url, (name, value)| {
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}{name}={value}")
    })
}

impl fmt::Debug for Engine {
    /// Leaves out address and credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text without the password of a URL: everything between the user's name and the last `@`, and parameters called
/// password. If a password is not encoded as it must be, libpq takes parts of it for a host, a port or a name and
/// quotes them, so parts are taken out, too. A URL with another scheme is taken for the path of a file, and stripped
/// the same way.
fn without_password(text: &str, url: &str) -> String {
    let rest = url.split_once(':').map_or("", |(_, rest)| rest.trim_start_matches('/'));
    let credentials = rest.rsplit_once('@').map_or("", |(credentials, _)| credentials);
    let password = credentials.split_once(':').map(|(_, password)| password);
    let parameters = rest.split(['?', '&']).filter_map(|parameter| parameter.split_once('='));
    let parameters = parameters.filter(|(name, _)| name.ends_with("password")).map(|(_, value)| value);
    let mut secrets: Vec<&str> = password.into_iter().chain(parameters).collect();
    secrets.extend(password.into_iter().flat_map(|password| password.split(['@', ':', '/', '?', '#', '&', '='])));
    secrets.retain(|secret| secret.len() > 2);
    secrets.sort_unstable_by_key(|secret| Reverse(secret.len()));
    secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

/// State of a file that nobody has open: its size and the time of its last change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AtRest(u64, Option<SystemTime>);

/// Opens a file that must be there, for reading only. For a file at rest SQLite is told that nobody writes: otherwise
/// it would create files beside it.
fn open_to_read(path: &str, at_rest: bool) -> ConnectionResult<SqliteConnection> {
    if !Path::new(path).is_file() {
        return Err(ConnectionError::BadConnection("there is no such file".to_owned()));
    }
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let how = if at_rest { "immutable=1" } else { "mode=ro" };
    SqliteConnection::establish(&format!("file:{path}?{how}"))
}

/// Tries of a connection to turn the write-ahead log on: more programs hardly start together on one new file.
const ATTEMPTS: usize = 100;

/// Turns the write-ahead log on. Of the programs that start together on a new file one can do so at a time, and SQLite
/// refuses the others at once; these wait for the lock, as `BEGIN IMMEDIATE` does, and try again.
fn write_ahead(connection: &mut SqliteConnection) -> QueryResult<()> {
    for _ in 1..ATTEMPTS {
        if connection.batch_execute("PRAGMA journal_mode = WAL").is_ok() {
            return Ok(());
        }
        connection.batch_execute("BEGIN IMMEDIATE; COMMIT")?;
    }
    connection.batch_execute("PRAGMA journal_mode = WAL")
}

impl ManageConnection for Engine {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection> {
        Self::connect(self)
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) if connection.2.answered.is_some_and(|at| at.elapsed() < FRESH) => Ok(()),
            Self::Postgres(_) => Ok(connection.0.batch_execute("SELECT 1")?),
        }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.2.lost || std::thread::panicking()
    }
}

impl Connection {
    /// Runs work on the connection and notes its health by the outcome: a failure that is no refusal means that the
    /// other end is gone.
    pub(crate) fn tracking_health<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outcome = work(self);
        self.2 = match &outcome {
            Err(error) if !error.is_refusal() => Health { lost: true, ..self.2 },
            _ => Health { answered: Some(Instant::now()), ..self.2 },
        };
        outcome
    }

    /// Reads several times from one state of the database, whatever is committed meanwhile.
    pub(crate) fn snapshot<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let begin = match self.0 {
            AnyConnection::Sqlite(_) => "BEGIN",
            AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.0.batch_execute(begin)?;
        let outcome = read(self);
        self.0.batch_execute("ROLLBACK")?;
        outcome
    }

    /// Shows rows as they were at a moment of the past, to `read` alone.
    pub(crate) fn back_at<T>(&mut self, past: AsOf, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.1 = Some(past);
        let outcome = read(self);
        self.1 = None;
        outcome
    }

    /// The position as of which rows are shown; none for now.
    pub(crate) fn as_of(&self) -> Option<i64> {
        self.1.map(|past| past.seq)
    }

    /// The time as of which rows are shown; `now` where they are those of now.
    pub fn moment(&self, now: Moment) -> Moment {
        self.1.map_or(now, |past| past.at)
    }

    /// Tries whether the database answers.
    pub fn ping(&mut self) -> Result<()> {
        Ok(self.0.batch_execute("SELECT 1")?)
    }
}
