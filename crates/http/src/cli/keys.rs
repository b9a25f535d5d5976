//! `thidua keys`: lists the keys of the installation, and rotates them.

use crate::config::DataConfig;
use crate::crypto::key_files;
use crate::crypto::signing::SigningKeys;
use anyhow::{Result, bail};
use clap::{Subcommand, ValueEnum};
use std::time::Duration;

/// Commands of `thidua keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the public names (RFC 7638) of the keys, those in use first.
    List,
    /// Make a new key, which signs from now on. Running servers read it within seconds.
    ///
    /// Signatures by the key before stay good: of tokens until they run out, within an hour; of reports and checkpoints
    /// for good, as its public half stays published.
    Rotate {
        /// The kind of key.
        which: KeyPurpose,
        /// Rotate the key of tokens although it was rotated within the last hour: tokens of the key before the last are
        /// void then, and their holders log in again.
        #[arg(long)]
        force: bool,
    },
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyPurpose {
    /// The key of access tokens.
    Token,
    /// The key of reports and checkpoints.
    Signing,
}

/// The longest life of a token, with a minute for clocks that differ.
const OVERLAP: Duration = Duration::from_secs(61 * 60);

impl KeysCommand {
    /// Runs the command.
    pub fn run(&self, data: &DataConfig) -> Result<()> {
        match self {
            Self::List => {
                for which in [KeyPurpose::Token, KeyPurpose::Signing] {
                    let names = which.names(data)?;
                    names.iter().for_each(|(name, state)| println!("{:<8} {name}  {state}", which.name()));
                }
                Ok(())
            }
            Self::Rotate { which, force } => which.rotate(data, *force),
        }
    }
}

impl KeyPurpose {
    fn rotate(self, data: &DataConfig, force: bool) -> Result<()> {
        let path = self.path(data);
        let kept = match self {
            // The one before it is kept: tokens of older ones have run out.
            Self::Token if force || key_files::age(&path)? >= OVERLAP => 1,
            Self::Token if key_files::keys(&path)?.len() < 2 => 1,
            Self::Token => {
                bail!(
                    "{}: was changed within the last hour, and tokens of the key before are still about; wait, or say \
                     --force and have their holders log in again",
                    path.display()
                );
            }
            Self::Signing => usize::MAX,
        };
        key_files::rotate(&path, kept)?;
        let names = self.names(data)?;
        names.iter().for_each(|(name, state)| println!("{:<8} {name}  {state}", self.name()));
        Ok(())
    }

    fn names(self, data: &DataConfig) -> Result<Vec<(String, &'static str)>> {
        let keys = SigningKeys::of(&key_files::keys(&self.path(data))?)?.public.into_iter().enumerate();
        Ok(keys.map(|(place, key)| (key.kid, if place == 0 { "signs" } else { "still verifies" })).collect())
    }

    fn path(self, data: &DataConfig) -> std::path::PathBuf {
        match self {
            Self::Token => data.token_key().path,
            Self::Signing => data.signing_key().path,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Signing => "signing",
        }
    }
}
