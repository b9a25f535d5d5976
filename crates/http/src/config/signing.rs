//! Settings of the keys that sign reports and checkpoints.

use clap::{Args, ValueEnum};
use std::fmt;
use std::path::PathBuf;

/// Settings of signatures: one algorithm signs at a time, and keys of both may be there.
#[derive(Debug, Clone, Default, Args)]
pub struct SigningConfig {
    /// The algorithm of signatures: eddsa (Ed25519), or es256 (P-256), for pullers that cannot check the other.
    #[arg(long, env = "THIDUA_SIGNING_ALGORITHM", value_enum, default_value_t = SigningAlgorithm::EdDsa, global = true)]
    pub signing_algorithm: SigningAlgorithm,

    /// The certificate of the key that signs, in PEM, with those between it and the root; published with the key.
    #[arg(long, env = "THIDUA_SIGNING_CERTIFICATE", global = true)]
    pub signing_certificate: Option<PathBuf>,
}

/// The algorithm of a signature (JWS), by which a key is made for it alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SigningAlgorithm {
    /// Ed25519 (RFC 8037).
    #[default]
    #[value(name = "eddsa")]
    EdDsa,
    /// ECDSA with P-256 and SHA-256 (RFC 7518, section 3.4).
    #[value(name = "es256")]
    Es256,
}

impl SigningAlgorithm {
    /// The name in the header of a signature, and in a key.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
