//! Pairs of keys, each for the one algorithm that signs with it.

use crate::config::signing::SigningAlgorithm;
use anyhow::{Result, anyhow};
use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

/// A pair of keys.
pub enum KeyPair {
    /// Of Ed25519.
    Ed25519(Ed25519KeyPair),
    /// Of P-256.
    P256(EcdsaKeyPair),
}

impl KeyPair {
    /// The pair of a private key (PKCS #8).
    pub fn of(pkcs8: &[u8]) -> Result<Self> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(pkcs8) {
            return Ok(Self::Ed25519(pair));
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        pair.map(Self::P256).map_err(|error| anyhow!("does not hold an Ed25519 or a P-256 key: {error}"))
    }

    /// A new private key (PKCS #8).
    pub fn generate(algorithm: SigningAlgorithm) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        let made = match algorithm {
            SigningAlgorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random)?,
            SigningAlgorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?,
        };
        Ok(made.as_ref().to_vec())
    }

    /// The algorithm that signs with it.
    pub fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Ed25519(_) => SigningAlgorithm::EdDsa,
            Self::P256(_) => SigningAlgorithm::Es256,
        }
    }

    /// The secret half, of 32 bytes.
    pub fn secret(&self) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Ed25519(pair) => pair.seed()?.as_be_bytes()?.as_ref().to_vec(),
            Self::P256(pair) => pair.private_key().as_be_bytes()?.as_ref().to_vec(),
        })
    }

    /// The public half: 32 bytes of Ed25519, or the uncompressed point of P-256, of 65.
    pub fn public(&self) -> &[u8] {
        match self {
            Self::Ed25519(pair) => pair.public_key().as_ref(),
            Self::P256(pair) => pair.public_key().as_ref(),
        }
    }

    /// The signature of a message, of 64 bytes: of P-256 both numbers one after the other, as a JWS has them.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::P256(pair) => pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec(),
        })
    }
}
