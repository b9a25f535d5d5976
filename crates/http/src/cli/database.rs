//! The database of a command: named in its first line, as it may be another one than its user thinks, and opened.

use crate::config::{DataConfig, PostgresUrl};
use anyhow::{Context as _, Result, bail};
use chrono::Utc;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use thidua_persistence::catalogue::upgrade_steps;
use thidua_persistence::{Context, Database, Engine, Missing, Options};

/// The reason, in the change log, for the changes of an upgrade.
const UPGRADED: &str =
    "Nâng cấp phần mềm: từ tháng chưa khóa đầu tiên, chỉ tiêu tính từ hồ sơ được coi là đã báo cáo khi có hồ sơ";

/// Leave to make a database where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    /// It must be there.
    Refused,
    /// A new one may be made.
    Allowed,
}

impl From<bool> for Making {
    fn from(create: bool) -> Self {
        if create { Self::Allowed } else { Self::Refused }
    }
}

/// Prints which database a command is about.
pub(super) fn name(data: &DataConfig) {
    let engine = data.options().engine;
    // Where nobody reads it, the command goes on all the same.
    let _ = writeln!(io::stdout(), "database {} ({})", engine.place(), engine.name());
}

/// Prints which database a command is about, and refuses one that is not there unless it may be made. Makes nothing.
pub(super) fn found(data: &DataConfig, making: Making) -> Result<()> {
    name(data);
    let engine = data.options().engine;
    if making == Making::Allowed {
        return Ok(());
    }
    let what = match Database::missing(&engine)? {
        None => return Ok(()),
        Some(Missing::File) => "there is no such file",
        Some(Missing::Tables) => "there are no tables of thidua in it",
    };
    bail!(
        "{}: {what}; is it the right database (--database-url, --data-dir)? A new one is made by thidua init, by thidua \
         serve, and by migrate and sample with --create",
        engine.place()
    )
}

/// Opens the database of a command, as [`found`] allows.
pub(super) fn opened(data: &DataConfig, making: Making) -> Result<Database> {
    found(data, making)?;
    open(data)
}

/// Opens the database, which is made if it is not there.
pub(super) fn open(data: &DataConfig) -> Result<Database> {
    open_to_serve(data, None)
}

/// As [`open`], with a standby to read from.
pub(super) fn open_to_serve(data: &DataConfig, standby: Option<&PostgresUrl>) -> Result<Database> {
    prepare(data)?;
    let options = Options { standby: standby.map(PostgresUrl::engine), ..data.options() };
    if let (Some(_), Engine::Sqlite(_)) = (&options.standby, &options.engine) {
        bail!("--read-database-url names a standby of a PostgreSQL, and the database is a SQLite file");
    }
    let database = Database::open(options)?;
    if database.read(upgrade_steps::are_due)? {
        let context = Context::of_program(Utc::now(), Some(UPGRADED.to_owned()));
        database.write(context, upgrade_steps::take)?;
    }
    Ok(database)
}

/// Brings the schema up to date, and prints the migrations that were applied.
pub(super) fn migrate(data: &DataConfig, making: Making) -> Result<()> {
    found(data, making)?;
    prepare(data)?;
    let applied = Database::migrate(&data.options().engine)?;
    println!("{} migration(s) applied{}", applied.len(), list(&applied));
    // Opening the database writes the changes of an upgrade.
    drop(open(data)?);
    Ok(())
}

/// Makes the data directory, and the file of an embedded database.
fn prepare(data: &DataConfig) -> Result<()> {
    make_folder(data)?;
    keep_to_owner(data);
    Ok(())
}

/// Makes the data directory, which only its owner may enter.
pub(super) fn make_folder(data: &DataConfig) -> Result<()> {
    let folder = &data.data_dir;
    if folder.exists() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| folder.display().to_string())
}

/// Makes the file of an embedded database that is not there yet, for its owner alone; files beside it take its mode.
fn keep_to_owner(data: &DataConfig) {
    if let Engine::Sqlite(path) = data.options().engine {
        // Of what hinders it the engine tells in its own words.
        let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}
