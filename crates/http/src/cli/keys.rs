//! `thidua keys`: lists the keys of the installation, and rotates them.

use crate::config::DataConfig;
use crate::config::signing::SigningAlgorithm;
use crate::crypto::key_files;
use crate::crypto::key_pair::KeyPair;
use crate::crypto::public_keys::PublicKey;
use crate::crypto::signing::{self, SigningKeys};
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
    /// One for signatures is of the algorithm that --signing-algorithm names; where that is not what servers are set
    /// to, it is published, and signs once they are.
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
                    which.list(data)?;
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
        let keys = key_files::keys(&path)?;
        let kept = match self {
            // The one before it is kept: tokens of older ones have run out.
            Self::Token if force || key_files::age(&path)? >= OVERLAP => 1,
            Self::Token if keys.len() < 2 => 1,
            Self::Token => {
                bail!(
                    "{}: was changed within the last hour, and tokens of the key before are still about; wait, or say \
                     --force and have their holders log in again",
                    path.display()
                );
            }
            Self::Signing => {
                let certificate = data.signing.signing_certificate.as_ref();
                let certified = certificate.filter(|_| SigningKeys::of(&keys, &data.signing).is_ok());
                if let Some(certificate) = certified {
                    bail!(
                        "{}: is the certificate of the key that signs now, and would not be of a new one; have that \
                         certified first, as docs/operations.md says, or take the setting away",
                        certificate.display()
                    );
                }
                usize::MAX
            }
        };
        key_files::rotate(&path, kept, self.algorithm(data))?;
        self.list(data)
    }

    /// Prints the public names of the keys.
    fn list(self, data: &DataConfig) -> Result<()> {
        let keys = key_files::keys(&self.path(data))?;
        let signs = signing::position(&keys, self.algorithm(data));
        for (place, key) in keys.iter().enumerate() {
            let PublicKey { kid, alg, .. } = PublicKey::of(&KeyPair::of(key)?);
            let state = if signs == Some(place) { "signs" } else { "still verifies" };
            println!("{:<8} {kid}  {alg}  {state}", self.name());
        }
        Ok(())
    }

    /// The algorithm of the key in use.
    fn algorithm(self, data: &DataConfig) -> SigningAlgorithm {
        match self {
            Self::Token => SigningAlgorithm::EdDsa,
            Self::Signing => data.signing.signing_algorithm,
        }
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
