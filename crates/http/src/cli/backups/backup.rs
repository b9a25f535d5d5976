//! `thidua backup`: one state of the database, copied while others write, with the keys.

use super::container::{self, ArchiveMember, Manifest};
use super::key_set;
use super::postgres_tools;
use super::staging::{Staging, publish};
use crate::cli::database;
use crate::cli::database::Making;
use crate::cli::progress;
use crate::config::DataConfig;
use anyhow::{Result, bail};
use chrono::{SecondsFormat, Utc};
use clap::Args;
use std::path::{Path, PathBuf};
use thidua_persistence::progress::Progress;
use thidua_persistence::{Engine, backups};

/// Settings of `thidua backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to make, which must not be there. Only its owner may read it: it is as secret as the keys.
    file: PathBuf,
    /// Leave the keys out; they are then to be kept elsewhere.
    #[arg(long)]
    without_keys: bool,
}

impl Backup {
    /// Makes the file, whole or not at all, and prints its contents.
    pub fn run(&self, data: &DataConfig) -> Result<()> {
        database::found(data, Making::Refused)?;
        let progress = progress::on_standard_error();
        let staging = Staging::beside(&self.file)?;
        let (manifest, database) = copied(&data.options().engine, &staging, progress.as_ref())?;
        // After the database: a key that was exchanged meanwhile is in the file with the one before it.
        let keys = if self.without_keys { Vec::new() } else { key_set::read(data)? };
        let mut members = vec![ArchiveMember::file(manifest.engine.member(), database)?];
        members.extend(keys.iter().map(|(key, text)| ArchiveMember::text(key.member(), text)));
        let whole = staging.path("backup.tar");
        container::write(&whole, &manifest, members, progress.as_ref())?;
        publish(&whole, &self.file)?;
        let names: Vec<_> = keys.iter().map(|(key, _)| key.name()).collect();
        println!("backed up {} up to change {} to {}", manifest.engine, manifest.seq, self.file.display());
        println!("  keys  {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
        Ok(())
    }
}

/// Copies the database to a file of its own.
fn copied(engine: &Engine, staging: &Staging, progress: &dyn Progress) -> Result<(Manifest, PathBuf)> {
    let file = staging.path("database");
    let (kind, namespace, state) = match engine {
        Engine::Sqlite(path) => {
            staging.create("database")?;
            let state = backups::copy(path, &file, progress)?;
            (container::EngineKind::Sqlite, None, state)
        }
        Engine::Postgres(url) => {
            let dump = |snapshot: &backups::Snapshot| {
                postgres_tools::dump(url, snapshot, &file)?;
                Ok::<_, anyhow::Error>((snapshot.namespace.clone(), snapshot.state.clone()))
            };
            let (namespace, state) = backups::hold(engine, dump)??;
            (container::EngineKind::Postgresql, Some(namespace), state)
        }
    };
    let made_at = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok((Manifest::new(made_at, kind, namespace, state), require_made(file)?))
}

fn require_made(file: PathBuf) -> Result<PathBuf> {
    let is_file = |file: &Path| std::fs::metadata(file).is_ok_and(|file| file.len() > 0);
    if !is_file(&file) {
        bail!("the copy of the database is empty");
    }
    Ok(file)
}
