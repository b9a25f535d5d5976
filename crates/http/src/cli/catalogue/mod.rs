//! The catalogue as files: `thidua init` enters it into a database, `thidua catalogue export` writes it back.

mod documents;
mod entry;
mod export;
mod files;
mod kinds;
mod rows;
mod toml_text;
mod versions;

use crate::auth::caller::Caller;
use crate::cli::database;
use crate::cli::database::Making;
use crate::cli::refusals;
use crate::config::DataConfig;
use crate::openapi;
use crate::request::served_contract;
use anyhow::{Result, bail};
use chrono::Utc;
use clap::{Args, Subcommand};
use entry::Entry;
use files::File;
use rows::Row;
use std::path::PathBuf;
use std::sync::Arc;
use thidua_persistence::{Context, Database};

/// The reason, in the change log, for the rows of a catalogue.
const ENTERED: &str = "Nhập danh mục từ tệp (thidua init)";

/// Settings of `thidua init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder with the catalogue's files (*.toml). Default: the one of Điện Biên that the program holds.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
}

/// Commands of `thidua catalogue`.
#[derive(Debug, Subcommand)]
pub(super) enum CatalogueCommand {
    /// Write the catalogue of a database into a folder, as files that `thidua init --catalogue` reads.
    Export {
        /// The folder, which must not be there or hold no *.toml yet.
        folder: PathBuf,
    },
}

impl Init {
    /// Enters what is not there yet, and prints what is there and differs. What is there stays.
    pub(super) fn run(&self, data: &DataConfig) -> Result<()> {
        database::name(data);
        let files = match &self.catalogue {
            Some(folder) => files::of_folder(folder)?,
            None => files::embedded(),
        };
        let rows = read(&files)?;
        print!("{}", entered(&database::open(data)?, rows)?);
        Ok(())
    }
}

impl CatalogueCommand {
    /// Runs the command.
    pub(super) fn run(&self, data: &DataConfig) -> Result<()> {
        match self {
            Self::Export { folder } => {
                database::found(data, Making::Refused)?;
                let catalogue = Database::catalogue_of(&data.options().engine)?;
                let written = files::write(folder, &export::texts(&catalogue))?;
                println!("{written} files in {}", folder.display());
                Ok(())
            }
        }
    }
}

/// Enters the catalogue that the program holds into a database without agencies.
pub(super) fn enter_first(database: &Database) -> Result<()> {
    if database.model().catalogue.agencies.is_empty() {
        eprint!("{}", entered(database, read(&files::embedded())?)?);
    }
    Ok(())
}

/// The rows of files, of the shape that the contract says.
fn read(files: &[File]) -> Result<Vec<Row>> {
    served_contract::serve(openapi::value);
    rows::of(files).or_else(refused)
}

/// Enters rows in one write, all of them or none.
fn entered(database: &Database, rows: Vec<Row>) -> Result<Entry> {
    let (rows, context) = (Arc::new(rows), Context::of_program(Utc::now(), Some(ENTERED.to_owned())));
    let entry = database.write(context, move |transaction| {
        let entry = entry::enter(&rows, transaction, &Caller::of_program())?;
        if !entry.refused.is_empty() {
            transaction.roll_back();
        }
        Ok(entry)
    });
    let mut entry = entry.map_err(refusals::error)?;
    match std::mem::take(&mut entry.refused) {
        none if none.is_empty() => Ok(entry),
        refusals => refused(refusals),
    }
}

/// The failure of a catalogue with rows that are refused: each is told in a line, and nothing of it was entered.
fn refused<T>(refusals: Vec<String>) -> Result<T> {
    refusals.iter().for_each(|refusal| log::error!("{refusal}"));
    bail!("nothing was entered, for the {} fault(s) named above", refusals.len())
}
