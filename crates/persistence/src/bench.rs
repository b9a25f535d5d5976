//! The yardstick of `thidua bench`: the rows of a batch put into the same tables, with nothing around it.

use crate::engine::connection::Engine;
use crate::error::Result;
use crate::log::changes;
use crate::records::training_rows;
use diesel::connection::SimpleConnection;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// Takes training records out of a database that nobody else has open, with the changes that created them, and puts
/// both back as fast as rows can be inserted: on SQLite with prepared statements, on PostgreSQL with COPY, in one
/// transaction on disk. Returns the time that took. In the end everything is as it was.
pub fn put_back(engine: &Engine, written: &RangeInclusive<i64>) -> Result<Duration> {
    let mut connection = engine.connect()?;
    let connection = &mut connection.0;
    let records = training_rows::take_out(connection, written)?;
    let log = changes::take_out(connection, written)?;
    let started = Instant::now();
    connection.batch_execute("BEGIN")?;
    training_rows::put(connection, &records)?;
    changes::insert(connection, &log)?;
    connection.batch_execute("COMMIT")?;
    Ok(started.elapsed())
}
