//! Trusted keys, and the check of signatures with them. The keys seen first are trusted from then on; a key that comes
//! later has to be named by whoever runs the pull.

use crate::chain::Position;
use crate::error::Error;
use crate::wire::{Checkpoint, Statement};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, crypto, decode_header};
use std::fmt;

/// The keys whose signatures count.
#[derive(Debug, Clone)]
pub struct Keys(JwkSet);

impl Keys {
    /// Parses the keys as [`Self::to_json`] writes them.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map(Self).map_err(|error| Error::File(format!("keys: {error}")))
    }

    /// The keys as a JSON Web Key Set (RFC 7517), to be kept in the file.
    pub fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(&self.0).map_err(|error| Error::File(format!("keys: {error}")))
    }

    /// The keys to trust: those kept from before, else all that are published, and those named. A key's name is its
    /// thumbprint (RFC 7638), so whoever has compared names has compared keys.
    pub fn trust(kept: Option<Self>, mut published: JwkSet, named: &[String]) -> Result<Self, Error> {
        // Keys for other algorithms are passed over: they check nothing, so they need not be trusted.
        published.keys.retain(|key| algorithm(key).is_some());
        for key in &published.keys {
            let thumbprint = key.thumbprint(ThumbprintHash::SHA256).map_err(|error| unfit(key, &error.to_string()))?;
            if thumbprint != name(key) {
                return Err(unfit(key, "it is not named by its thumbprint"));
            }
        }
        let is_named = |key: &&Jwk| named.iter().any(|named| named == name(key));
        let trusted = match kept {
            None if named.is_empty() => published.clone(),
            None => JwkSet { keys: published.keys.iter().filter(is_named).cloned().collect() },
            Some(Self(mut kept)) => {
                let new = |key: &&Jwk| kept.find(name(key)).is_none();
                let added: Vec<_> = published.keys.iter().filter(is_named).filter(new).cloned().collect();
                kept.keys.extend(added);
                kept
            }
        };
        // Without a trusted key no signature would count: fail here, where both sides' keys can be named.
        if !published.keys.iter().any(|key| trusted.find(name(key)).is_some()) {
            let known = if trusted.keys.is_empty() { named.join(", ") } else { names(&trusted) };
            return Err(changed(&names(&published), &known));
        }
        Ok(Self(trusted))
    }

    /// Checks a signature in its compact form, or detached (RFC 7515, appendix F); returns the name of the key.
    pub fn check(&self, header: &str, payload: &[u8], signature: &str) -> Result<String, Error> {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        let said = decode_header(format!("{header}.{payload}.{signature}")).map_err(|error| malformed(&error))?;
        let kid = said.kid.ok_or_else(|| Error::Untrue("a signature names no key".to_owned()))?;
        let key = self.0.find(&kid).ok_or_else(|| changed(&kid, &names(&self.0)))?;
        // The key says by which algorithm, not the header.
        let by = algorithm(key).ok_or_else(|| unfit(key, "it is neither for EdDSA nor for ES256"))?;
        if said.alg != by {
            return Err(Error::Untrue(format!("a signature says {:?}, and the key {kid} is one for {by:?}", said.alg)));
        }
        let key = DecodingKey::from_jwk(key).map_err(|error| malformed(&error))?;
        let signed = format!("{header}.{payload}");
        match crypto::verify(signature, signed.as_bytes(), &key, by) {
            Ok(true) => Ok(kid),
            _ => Err(Error::Untrue(format!("a signature is not by the key {kid}, or of something else"))),
        }
    }

    /// Checks that a checkpoint is signed, agrees with its signed payload, and is about a position; returns the key's
    /// name.
    pub fn check_checkpoint(&self, checkpoint: &Checkpoint, at: &Position) -> Result<String, Error> {
        let mut parts = checkpoint.jws.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Untrue("a checkpoint is not a JWS in the compact form".to_owned()));
        };
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|error| malformed(&error))?;
        let kid = self.check(header, &payload, signature)?;
        let said: Statement = serde_json::from_slice(&payload).map_err(|error| malformed(&error))?;
        if (said.seq, &said.hash, &said.at) != (checkpoint.seq, &checkpoint.hash, &checkpoint.at) {
            return Err(Error::Untrue("a checkpoint says something else than its signature covers".to_owned()));
        }
        if (said.seq, &said.hash) != (at.seq, &at.hash) {
            return Err(Error::Untrue(format!(
                "the server signs that change {} has the hash {}; what it sent has {} at {}",
                said.seq, said.hash, at.hash, at.seq
            )));
        }
        Ok(kid)
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&names(&self.0))
    }
}

/// The one algorithm that a key is for; none for keys of other kinds.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let algorithm = match &key.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => Algorithm::ES256,
        _ => return None,
    };
    key.common.key_algorithm.is_none_or(|said| said == KeyAlgorithm::from(algorithm)).then_some(algorithm)
}

fn name(key: &Jwk) -> &str {
    key.common.key_id.as_deref().unwrap_or_default()
}

fn names(keys: &JwkSet) -> String {
    keys.keys.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn changed(new: &str, trusted: &str) -> Error {
    Error::Untrue(format!(
        "the server signs with the key {new}; trusted are: {trusted}. Ask its operators, by another way than this server, \
         whether the key is theirs. If so, pull again with --trust-key and its name; if not, somebody else has answered"
    ))
}

fn unfit(key: &Jwk, why: &str) -> Error {
    Error::Untrue(format!("the published key {} is of no use: {why}", name(key)))
}

fn malformed(error: &dyn fmt::Display) -> Error {
    Error::Untrue(format!("a signature cannot be read: {error}"))
}
