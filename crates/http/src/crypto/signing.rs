//! Signatures by the keys that prove figures: one JWS (RFC 7515), by the algorithm of the settings.

use crate::config::key_place::KeyPlace;
use crate::config::signing::{SigningAlgorithm, SigningConfig};
use crate::crypto::certificates;
use crate::crypto::key_files::{self, Reloading};
use crate::crypto::key_pair::KeyPair;
use crate::crypto::public_keys::PublicKey;
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use thidua_domain::text::Shape;

/// The shape of a JWS in the compact form (RFC 7515, section 7.1).
pub const JWS_SHAPE: Shape =
    Shape { min_length: 5, max_length: 2000, pattern: r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$" };

/// The keys that sign reports and checkpoints: the one in use, and others for as long as anybody may hold what they
/// have signed.
pub struct SigningKeys {
    /// The one in use.
    pub current: SigningKey,
    /// The public halves of all, that of the one in use first.
    pub public: Vec<PublicKey>,
}

impl SigningKeys {
    /// The keys of a file by the settings, read again when it changes. The first key of an algorithm is made if the
    /// place allows it.
    pub fn open(place: &KeyPlace, config: &SigningConfig) -> Result<Reloading<Self>> {
        let algorithm = config.signing_algorithm;
        let keys = key_files::open(place, algorithm)?;
        if place.may_make && position(&keys, algorithm).is_none() {
            key_files::rotate(&place.path, usize::MAX, algorithm)?;
        }
        let config = config.clone();
        Reloading::open(place, algorithm, move |keys| Self::of(keys, &config))
    }

    /// The pairs of a key file (PKCS #8): the first one of the algorithm of the settings is in use.
    pub fn of(pkcs8: &[Vec<u8>], config: &SigningConfig) -> Result<Self> {
        let algorithm = config.signing_algorithm;
        let place = position(pkcs8, algorithm).with_context(|| {
            format!("does not hold a key for {algorithm}; thidua keys rotate signing makes one, with the same settings")
        })?;
        let mut keys = pkcs8.iter().map(|key| SigningKey::of(key)).collect::<Result<Vec<_>, _>>()?;
        let mut current = keys.remove(place);
        if let Some(file) = &config.signing_certificate {
            current.public.x5c = certificates::of_key(file, &pkcs8[place])?;
        }
        let public = std::iter::once(&current).chain(&keys).map(|key| key.public.clone()).collect();
        Ok(Self { current, public })
    }
}

/// The place of the first key of an algorithm among others.
pub fn position(pkcs8: &[Vec<u8>], algorithm: SigningAlgorithm) -> Option<usize> {
    pkcs8.iter().position(|key| KeyPair::of(key).is_ok_and(|pair| pair.algorithm() == algorithm))
}

/// A pair of keys for signatures.
pub struct SigningKey {
    pair: KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// The pair of a private key (PKCS #8).
    pub fn of(pkcs8: &[u8]) -> Result<Self> {
        let pair = KeyPair::of(pkcs8)?;
        let public = PublicKey::of(&pair);
        Ok(Self { pair, public })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key's name.
    pub fn id(&self) -> &str {
        &self.public.kid
    }

    /// A JWS of a payload in the compact form (RFC 7515, section 7.1).
    pub fn sign(&self, payload: &[u8]) -> Result<String> {
        let (header, signature) = self.parts(payload)?;
        Ok(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(payload)))
    }

    /// As [`Self::sign`], with the payload left out, for whoever has it already (RFC 7515, appendix F).
    pub fn sign_detached(&self, payload: &[u8]) -> Result<String> {
        let (header, signature) = self.parts(payload)?;
        Ok(format!("{header}..{signature}"))
    }

    fn parts(&self, payload: &[u8]) -> Result<(String, String)> {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": self.public.alg, "kid": self.public.kid }).to_string());
        let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = self.pair.sign(input.as_bytes())?;
        Ok((header, URL_SAFE_NO_PAD.encode(signature)))
    }
}
