//! `thidua keys`: which keys there are, and new ones in their place.

use crate::config::DataConfig;
use crate::crypto::key_files;
use crate::crypto::signing::SigningKeys;
use clap::{Subcommand, ValueEnum};
use std::time::Duration;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the public names (RFC 7638) of the keys, those in use first.
    List,
    /// Make a new key, which signs from now on. Running servers take it up within seconds.
    ///
    /// What the key before has signed stays good: tokens until they run out, within an hour; reports and checkpoints for
    /// good, as its public half stays published.
    Rotate {
        /// Which key.
        which: Which,
        /// Rotate the key of tokens although it was rotated within the last hour: tokens of the key before the last are
        /// void then, and whoever holds one logs in again.
        #[arg(long)]
        force: bool,
    },
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// That of access tokens.
    Token,
    /// That of reports and checkpoints.
    Signing,
}

/// How long a token may live, with a minute for clocks that differ.
const OVERLAP: Duration = Duration::from_secs(61 * 60);

impl Keys {
    /// Does it.
    pub fn run(&self, data: &DataConfig) -> Result<(), String> {
        match self {
            Self::List => {
                for which in [Which::Token, Which::Signing] {
                    let names = which.names(data)?;
                    names.iter().for_each(|(name, state)| println!("{:<8} {name}  {state}", which.name()));
                }
                Ok(())
            }
            Self::Rotate { which, force } => which.rotate(data, *force),
        }
    }
}

impl Which {
    fn rotate(self, data: &DataConfig, force: bool) -> Result<(), String> {
        let path = self.path(data);
        let kept = match self {
            // One before it: whatever older ones have signed has run out.
            Self::Token if force || key_files::age(&path)? >= OVERLAP => 1,
            Self::Token if key_files::keys(&path)?.len() < 2 => 1,
            Self::Token => {
                return Err(format!(
                    "{}: was changed within the last hour, and tokens of the key before are still about; wait, or say \
                     --force and have their holders log in again",
                    path.display()
                ));
            }
            Self::Signing => usize::MAX,
        };
        key_files::rotate(&path, kept)?;
        let names = self.names(data)?;
        names.iter().for_each(|(name, state)| println!("{:<8} {name}  {state}", self.name()));
        Ok(())
    }

    fn names(self, data: &DataConfig) -> Result<Vec<(String, &'static str)>, String> {
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
