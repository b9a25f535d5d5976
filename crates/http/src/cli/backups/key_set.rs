//! The key files of an installation, as a backup holds them.

use super::staging::publish;
use crate::config::DataConfig;
use crate::config::key_place::KeyPlace;
use crate::crypto::key_files;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

/// A key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyFile {
    /// The keys that sign reports and checkpoints.
    Signing,
    /// The secret that seals second factors and cursors.
    Secret,
    /// The keys that sign access tokens.
    Token,
}

impl KeyFile {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Signing, Self::Secret, Self::Token];

    /// The name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Secret => "secret",
            Self::Token => "token",
        }
    }

    /// The member of a backup that holds it.
    pub(super) fn member(self) -> String {
        format!("keys/{}-key.pem", self.name())
    }

    /// The place of the file.
    pub(super) fn place(self, data: &DataConfig) -> KeyPlace {
        match self {
            Self::Signing => data.signing_key(),
            Self::Secret => data.secret_key(),
            Self::Token => data.token_key(),
        }
    }
}

/// The key files there are. One that a setting names must exist; others are missing until the first server makes them.
pub(super) fn read(data: &DataConfig) -> Result<Vec<(KeyFile, String)>> {
    let mut found = Vec::new();
    for key in KeyFile::ALL {
        let place = key.place(data);
        match fs::read_to_string(&place.path) {
            Ok(text) => found.push((key, text)),
            Err(error) if error.kind() == ErrorKind::NotFound && place.may_make => {}
            Err(error) => return Err(error).with_context(|| place.path.display().to_string()),
        }
    }
    Ok(found)
}

/// Key files put in their places; removed again when this is dropped before it is [kept](Self::keep).
#[derive(Default)]
pub(super) struct Placed(Vec<PathBuf>);

impl Placed {
    /// Puts a key file in its place, where there is none or the same.
    pub(super) fn put(&mut self, place: &KeyPlace, text: &str) -> Result<()> {
        match fs::read_to_string(&place.path) {
            Ok(there) if there == text => return Ok(()),
            Ok(_) => bail!(
                "{}: there is a key already, other than the backup's; a backup is restored where there is nothing yet",
                place.path.display()
            ),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| place.path.display().to_string()),
        }
        // Written beside it first: half a key file would be in the way of the next restore.
        let beside = place.path.with_extension("restored");
        let named = || beside.display().to_string();
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(named),
            _ => {}
        }
        key_files::write_new(&beside, text).with_context(named)?;
        let published = publish(&beside, &place.path);
        // It is gone already where it was moved instead of linked.
        let _ = fs::remove_file(&beside);
        published?;
        self.0.push(place.path.clone());
        Ok(())
    }

    /// Leaves the files where they are.
    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        for path in &self.0 {
            if let Err(error) = fs::remove_file(path) {
                log::error!("{}: {error}", path.display());
            }
        }
    }
}
