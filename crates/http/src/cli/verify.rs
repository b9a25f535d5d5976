//! `thidua verify`: checks a database, or an exported log, against itself and against checkpoints kept outside.

use crate::api::log::checkpoints::Checkpoint;
use crate::cli::database;
use crate::cli::database::Making;
use crate::cli::exported_log;
use crate::cli::exported_log::{Checked, LogFault};
use crate::cli::progress;
use crate::config::DataConfig;
use crate::crypto::public_keys::PublicKeys;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use thidua_persistence::Database;
use thidua_persistence::verify::{Finding, KnownHash, notes, verify};

/// Settings of `thidua verify`.
#[derive(Debug, Args)]
pub struct Options {
    /// A kept answer of GET /api/v1/audit/checkpoints, with which the log must still agree. May be repeated.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The keys that checkpoints are signed with, as kept from /.well-known/jwks.json. Default: the key in the data
    /// directory, which proves nothing to somebody outside.
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    jwks: Option<PathBuf>,
    /// Verify an exported log instead of the database: the lines of GET /api/v1/changes as application/x-ndjson; `-` is
    /// standard input.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// The result, in words.
enum Conclusion {
    /// Everything agrees; with notes of what somebody should look at.
    Clean(String, Vec<String>),
    Difference(String),
}

impl Options {
    /// Verifies. Exits with 0 when everything agrees, with 1 after naming the first difference, and with 2 when it
    /// could not be checked.
    pub fn run(&self, data: &DataConfig) -> ExitCode {
        match self.outcome(data) {
            Ok(Conclusion::Clean(what, notes)) => {
                println!("clean: {what}");
                notes.iter().for_each(|note| println!("note: {note}"));
                ExitCode::SUCCESS
            }
            Ok(Conclusion::Difference(what)) => {
                println!("{what}");
                ExitCode::FAILURE
            }
            Err(error) => {
                log::error!("{error:#}");
                ExitCode::from(2)
            }
        }
    }

    fn outcome(&self, data: &DataConfig) -> Result<Conclusion> {
        if self.log.is_none() {
            database::found(data, Making::Refused)?;
        }
        let mut known = Vec::new();
        if !self.checkpoint.is_empty() {
            let keys = self.keys(data)?;
            for file in &self.checkpoint {
                match read_json::<Checkpoint>(file)?.known(&keys) {
                    Ok(proved) => known.push(proved),
                    Err(fault) => return Ok(Conclusion::Difference(format!("{}: {fault}", file.display()))),
                }
            }
        }
        match &self.log {
            Some(file) => verify_log(file, &known),
            None => verify_database(data, &known),
        }
    }

    fn keys(&self, data: &DataConfig) -> Result<PublicKeys> {
        match (&self.jwks, &self.log) {
            (Some(file), _) => read_json(file),
            (None, None) => PublicKeys::of_file(&data.signing_key().path),
            (None, Some(_)) => bail!("an exported log is checked against checkpoints with --jwks FILE only"),
        }
    }
}

fn verify_database(data: &DataConfig, known: &[KnownHash]) -> Result<Conclusion> {
    let progress = progress::on_standard_error();
    let found = Database::inspect(&data.options().engine, |connection| {
        Ok(match verify(connection, known, progress.as_ref())? {
            Finding::Clean { changes, cells } => {
                Conclusion::Clean(format!("{changes} changes, {cells} cells"), notes(connection)?)
            }
            Finding::Difference(what) => Conclusion::Difference(what),
        })
    });
    Ok(found?)
}

fn verify_log(file: &Path, known: &[KnownHash]) -> Result<Conclusion> {
    let named = || file.display().to_string();
    let (log, size): (Box<dyn BufRead>, _) = if file == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let log = File::open(file).with_context(named)?;
        let size = log.metadata().with_context(named)?.len();
        (Box::new(BufReader::new(log)), Some(size))
    };
    let progress = progress::on_standard_error_of(size);
    progress.start("bytes", size.unwrap_or(0));
    match exported_log::check(log, known, progress.as_ref()) {
        Ok(checked) => Ok(Conclusion::Clean(checked.to_string(), Vec::new())),
        Err(LogFault::Difference(what)) => Ok(Conclusion::Difference(what)),
        Err(LogFault::Unreadable(what)) => bail!("{}: {what}", file.display()),
    }
}

fn read_json<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T> {
    let named = || file.display().to_string();
    let text = fs::read(file).with_context(named)?;
    serde_json::from_slice(&text).with_context(named)
}

impl std::fmt::Display for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { after, last, unchecked, cells } = self;
        write!(f, "{} changes", last - after)?;
        if *after > 0 {
            write!(f, " after change {after}")?;
        }
        if *unchecked > 0 {
            write!(f, ", of which {unchecked} could not be checked")?;
        }
        match cells {
            Some(cells) => write!(f, ", {cells} cells"),
            None => write!(f, "; cells cannot be computed from a part of the log"),
        }
    }
}
