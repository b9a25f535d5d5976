//! `thidua restore`: puts a backup where there is nothing yet, and verifies it before it counts.

use super::container::{EngineKind, KeyTexts, Opened};
use super::key_set::{KeyFile, Placed};
use super::postgres_tools;
use super::staging::{Staging, named, publish, require_absent};
use crate::cli::progress;
use crate::config::DataConfig;
use crate::config::signing::SigningAlgorithm;
use crate::crypto::key_files;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use std::fs::File;
use std::path::{Path, PathBuf};
use thidua_persistence::Engine;
use thidua_persistence::backups::{self, Restoration};
use thidua_persistence::progress::Progress;
use thidua_persistence::verify::Finding;

/// Settings of `thidua restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `thidua backup` has made.
    file: PathBuf,
}

/// Size of a database that has been verified, in words.
struct Proved(String);

impl Restore {
    /// Puts everything in its place, or nothing, and prints what that is.
    pub fn run(&self, data: &DataConfig) -> Result<()> {
        let progress = progress::on_standard_error();
        let engine = data.options().engine;
        let backup = Opened::read(&self.file)?;
        require_fitting(&backup, &engine)?;
        let (Proved(what), keys) = match &engine {
            Engine::Sqlite(path) => restore_file(&backup, data, Path::new(path), progress.as_ref())?,
            Engine::Postgres(url) => restore_postgres(&backup, data, url, progress.as_ref())?,
        };
        let voided = void_tokens(data);
        println!("restored {}: {what}, verified", self.file.display());
        for key in KeyFile::ALL {
            let place = key.place(data).path;
            let how = match (place.exists(), keys.contains_key(&key.member())) {
                (true, _) if key == KeyFile::Token && voided => "is new",
                (true, true) => "from the backup",
                (true, false) => "was there",
                (false, _) => "is missing: put it there, or the first server makes a new one",
            };
            println!("  {:<8} {}  {how}", key.name(), place.display());
        }
        println!("All sessions are ended, so everybody logs in again. What was revoked after the backup counts again.");
        Ok(())
    }
}

/// Refuses a backup of another engine or of a newer program.
fn require_fitting(backup: &Opened, engine: &Engine) -> Result<()> {
    let manifest = &backup.manifest;
    let own = match engine {
        Engine::Sqlite(_) => EngineKind::Sqlite,
        Engine::Postgres(_) => EngineKind::Postgresql,
    };
    if own != manifest.engine {
        bail!("the backup is of {}, and the database to restore into is {own}", manifest.engine);
    }
    if !backups::is_known(&manifest.schema, engine)? {
        bail!(
            "the backup was made by a newer version of thidua ({}, migration {}); install that version",
            manifest.program,
            manifest.schema
        );
    }
    Ok(())
}

fn restore_file(
    backup: &Opened,
    data: &DataConfig,
    target: &Path,
    progress: &dyn Progress,
) -> Result<(Proved, KeyTexts)> {
    for suffix in ["-wal", "-journal"] {
        let mut beside = target.as_os_str().to_owned();
        beside.push(suffix);
        require_absent(Path::new(&beside))?;
    }
    let staging = Staging::beside(target)?;
    let database = staging.path("database");
    let keys = backup.extract(&database, progress)?;
    let proved = proved(backups::finish(&database, &backup.manifest.state(), progress))?;
    require_absent(&staging.path("database-wal"))?;
    File::open(&database).and_then(|file| file.sync_all()).with_context(|| named(&database))?;
    let placed = put_keys(&keys, data)?;
    // Published last, so that a database that is there has its keys.
    publish(&database, target)?;
    placed.keep();
    Ok((proved, keys))
}

fn restore_postgres(
    backup: &Opened,
    data: &DataConfig,
    url: &str,
    progress: &dyn Progress,
) -> Result<(Proved, KeyTexts)> {
    postgres_tools::require("pg_restore")?;
    let begun = Restoration::begin(&Engine::Postgres(url.to_owned()))?;
    let mut restoration =
        begun.context("there are tables in the database already; a backup is restored into an empty one")?;
    let (keys, placed) = match fill(&restoration, backup, data, url, progress) {
        Ok(filled) => filled,
        Err(error) => {
            restoration.abandon().map_err(|abandoning| anyhow!("{error:#}; and then: {abandoning}"))?;
            return Err(error);
        }
    };
    match proved(restoration.finish(&backup.manifest.state(), progress)) {
        Ok(proved) => {
            placed.keep();
            Ok((proved, keys))
        }
        Err(error) => {
            restoration.undo().map_err(|undoing| anyhow!("{error:#}; and taking it away again: {undoing}"))?;
            Err(error)
        }
    }
}

fn fill(
    restoration: &Restoration,
    backup: &Opened,
    data: &DataConfig,
    url: &str,
    progress: &dyn Progress,
) -> Result<(KeyTexts, Placed)> {
    let namespace = restoration.namespace();
    if let Some(of_backup) = backup.manifest.postgresql_schema.as_deref().filter(|name| *name != namespace) {
        bail!(
            "the backup's tables are in the PostgreSQL schema {of_backup}, and new ones would go to {namespace}: say \
             ?options=-csearch_path%3D{of_backup} in the URL, after CREATE SCHEMA {of_backup}"
        );
    }
    let staging = Staging::beside(&data.data_dir.join("restored"))?;
    let dump = staging.path("database");
    let keys = backup.extract(&dump, progress)?;
    let placed = put_keys(&keys, data)?;
    postgres_tools::restore(url, (namespace, restoration.server()), &dump)?;
    Ok((keys, placed))
}

/// Puts the keys of a backup in their places.
fn put_keys(keys: &KeyTexts, data: &DataConfig) -> Result<Placed> {
    let mut placed = Placed::default();
    for key in KeyFile::ALL {
        let place = key.place(data);
        // The key of access tokens is exchanged in any case (`void_tokens`): one that is there may be another.
        let is_there = key == KeyFile::Token && place.path.exists();
        if let Some(text) = keys.get(&key.member()).filter(|_| !is_there) {
            placed.put(&place, text)?;
        }
    }
    Ok(placed)
}

/// Exchanges the key of access tokens for a new one. Tokens it has signed could count again: the backup does not have
/// all revocations, and an account's number may be given anew. Returns true when that was done.
fn void_tokens(data: &DataConfig) -> bool {
    let path = data.token_key().path;
    let voided = if path.exists() { key_files::rotate(&path, 0, SigningAlgorithm::EdDsa) } else { Ok(()) };
    if let Err(error) = &voided {
        log::warn!(
            "{error:#}; access tokens issued before count until they run out, for an hour at most: wait for that"
        );
    }
    voided.is_ok()
}

fn proved(finding: thidua_persistence::Result<Finding>) -> Result<Proved> {
    match finding? {
        Finding::Clean { changes, cells } => Ok(Proved(format!("{changes} changes, {cells} cells"))),
        Finding::Difference(what) => bail!("the backup does not verify: {what}"),
    }
}
