//! The yardstick for many records in one request: the same rows put into the same tables, with nothing around it.

use anyhow::{Context, Result};
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

// All columns, as the program has them; a test keeps them so.
diesel::table! {
    training_records (id) {
        id -> BigInt,
        staff_id -> BigInt,
        course_id -> BigInt,
        held_on -> Date,
        result -> Text,
        confirmed_on -> Nullable<Date>,
        certificate -> Nullable<Text>,
        late -> Nullable<Text>,
    }
}

diesel::table! {
    changes (seq) {
        seq -> BigInt,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> BigInt,
        resource -> Text,
        resource_id -> BigInt,
        operation -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        reason -> Nullable<Text>,
        previous_hash -> Text,
        hash -> Text,
        nonce -> Nullable<Text>,
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = training_records, treat_none_as_default_value = false)]
struct Record {
    id: i64,
    staff_id: i64,
    course_id: i64,
    held_on: NaiveDate,
    result: String,
    confirmed_on: Option<NaiveDate>,
    certificate: Option<String>,
    late: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct Change {
    seq: i64,
    at: i64,
    actor_kind: String,
    actor_id: i64,
    resource: String,
    resource_id: i64,
    operation: String,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
    previous_hash: String,
    hash: String,
    nonce: Option<String>,
}

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A database, by what `DATABASE_URL` says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a>(pub(super) &'a str);

impl Target<'_> {
    /// True for a file of SQLite, false for PostgreSQL.
    pub(super) fn is_sqlite(self) -> bool {
        !self.0.starts_with("postgres://") && !self.0.starts_with("postgresql://")
    }

    /// Opens a connection that waits for the disk as the program's do.
    fn connect(self) -> Result<AnyConnection> {
        if !self.is_sqlite() {
            return Ok(AnyConnection::Postgres(PgConnection::establish(self.0).context("the database")?));
        }
        let path = self.0.strip_prefix("sqlite://").or_else(|| self.0.strip_prefix("sqlite:")).unwrap_or(self.0);
        let mut connection = SqliteConnection::establish(path).with_context(|| path.to_owned())?;
        connection.batch_execute(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16000; PRAGMA secure_delete = ON;",
        )?;
        Ok(AnyConnection::Sqlite(connection))
    }
}

/// Inserts rows as fast as they can be: on SQLite with one prepared statement, on PostgreSQL with COPY.
macro_rules! insert {
    ($connection:expr, $table:expr, $rows:expr) => {
        match $connection {
            AnyConnection::Sqlite(connection) => {
                for row in $rows {
                    diesel::insert_into($table).values(row).execute(connection)?;
                }
            }
            AnyConnection::Postgres(connection) => {
                diesel::copy_from($table).from_insertable($rows).execute(connection)?;
            }
        }
    };
}

/// Takes training records out of a database that nobody else has open, with the changes that created them, and puts both
/// back in one transaction on disk. Returns the time that took. In the end everything is as it was.
pub(super) fn put_back(target: Target<'_>, written: &RangeInclusive<i64>) -> Result<Duration> {
    let connection = &mut target.connect()?;
    let (first, last) = (*written.start(), *written.end());
    let of_records = training_records::id.between(first, last);
    let records: Vec<Record> =
        training_records::table.filter(of_records).order(training_records::id).load(connection)?;
    diesel::delete(training_records::table.filter(of_records)).execute(connection)?;
    let of_changes = changes::seq.between(first, last);
    let log: Vec<Change> = changes::table.filter(of_changes).order(changes::seq).load(connection)?;
    diesel::delete(changes::table.filter(of_changes)).execute(connection)?;

    let started = Instant::now();
    connection.batch_execute("BEGIN")?;
    insert!(connection, training_records::table, &records);
    insert!(connection, changes::table, &log);
    connection.batch_execute("COMMIT")?;
    Ok(started.elapsed())
}
