//! The public halves of keys as JSON Web Keys (RFC 7517), and the check of signatures with them.

use crate::config::signing::SigningAlgorithm;
use crate::crypto::key_files;
use crate::crypto::key_pair::KeyPair;
use anyhow::Result;
use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// The key's name: its thumbprint (RFC 7638).
    pub kid: String,
    kty: String,
    crv: String,
    /// The algorithm it checks, and no other.
    pub alg: String,
    #[serde(rename = "use")]
    purpose: String,
    /// The key itself, or the first half of a point, in base64url.
    pub x: String,
    /// The second half of a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// The key's certificate in base64, and those that prove it (section 4.7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub x5c: Vec<String>,
}

impl PublicKey {
    /// The public half of a pair.
    pub fn of(pair: &KeyPair) -> Self {
        let (kty, crv) = kind(pair.algorithm());
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = match pair.public() {
            // An uncompressed point: a mark, and two halves.
            [_, point @ ..] if pair.algorithm() == SigningAlgorithm::Es256 => {
                let (x, y) = point.split_at(point.len() / 2);
                (encoded(x), Some(encoded(y)))
            }
            key => (encoded(key), None),
        };
        Self {
            kid: thumbprint((kty, crv), &x, y.as_deref()),
            kty: kty.to_owned(),
            crv: crv.to_owned(),
            alg: pair.algorithm().name().to_owned(),
            purpose: "sig".to_owned(),
            x,
            y,
            x5c: Vec::new(),
        }
    }
}

/// Kind and curve of an algorithm's keys (RFC 8037, section 2; RFC 7518, section 6.2.1).
fn kind(algorithm: SigningAlgorithm) -> (&'static str, &'static str) {
    match algorithm {
        SigningAlgorithm::EdDsa => ("OKP", "Ed25519"),
        SigningAlgorithm::Es256 => ("EC", "P-256"),
    }
}

/// The name of a key: the digest of its members, in the order of RFC 7638, section 3.
fn thumbprint((kty, crv): (&str, &str), x: &str, y: Option<&str>) -> String {
    let second = y.map(|y| format!(r#","y":"{y}""#)).unwrap_or_default();
    let members = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"{second}}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()).as_ref())
}

/// Public keys that signatures are checked with: a JSON Web Key Set.
#[derive(Debug, Deserialize)]
pub struct PublicKeys {
    keys: Vec<KnownKey>,
}

/// A key of a set: the members that a check needs. Keys of other kinds have others, and check nothing.
#[derive(Debug, Deserialize)]
struct KnownKey {
    kid: Option<String>,
    kty: Option<String>,
    crv: Option<String>,
    alg: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The header of a signature: the members that a check needs.
#[derive(Debug, Deserialize)]
struct JwsHeader {
    alg: String,
    kid: String,
}

impl From<PublicKey> for KnownKey {
    fn from(key: PublicKey) -> Self {
        let PublicKey { kid, kty, crv, alg, x, y, .. } = key;
        Self { kid: Some(kid), kty: Some(kty), crv: Some(crv), alg: Some(alg), x: Some(x), y }
    }
}

impl PublicKeys {
    /// The public halves of the keys in a file that has to be there.
    pub fn of_file(path: &Path) -> Result<Self> {
        let public = |pkcs8: &Vec<u8>| Ok(PublicKey::of(&KeyPair::of(pkcs8)?).into());
        Ok(Self { keys: key_files::keys(path)?.iter().map(public).collect::<Result<_>>()? })
    }

    /// Checks a JWS in the compact form with these keys, and returns its payload.
    pub fn opened(&self, jws: &str) -> Result<Vec<u8>, String> {
        let parts: Vec<&str> = jws.split('.').collect();
        let &[header, payload, signature] = parts.as_slice() else {
            return Err("its signature is not a JWS in the compact form".to_owned());
        };
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| format!("its signature: {error}"));
        let JwsHeader { alg, kid } = serde_json::from_slice(&decoded(header)?)
            .map_err(|error| format!("the header of its signature: {error}"))?;
        let named = |key: &&KnownKey| key.kid.as_deref() == Some(&kid);
        let key = self.keys.iter().find(named);
        let key = key.ok_or_else(|| format!("it is signed with the key {kid}, which is not known"))?;
        let (algorithm, public) =
            key.public().ok_or_else(|| format!("it is signed with the key {kid}, which is of no use"))?;
        // The key says by which algorithm: a header that says another is forged.
        if alg != algorithm.name() {
            return Err(format!("its signature is of the kind {alg}, and the key {kid} is one for {algorithm}"));
        }
        let by: &'static dyn VerificationAlgorithm = match algorithm {
            SigningAlgorithm::EdDsa => &ED25519,
            SigningAlgorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        };
        UnparsedPublicKey::new(by, public)
            .verify(format!("{header}.{payload}").as_bytes(), &decoded(signature)?)
            .map_err(|_| format!("its signature is not by the key {kid}"))?;
        decoded(payload)
    }
}

impl KnownKey {
    /// The algorithm of a key and the key itself, if it is one that we know, and bears its own name: whoever has
    /// compared names has compared keys.
    fn public(&self) -> Option<(SigningAlgorithm, Vec<u8>)> {
        let kind_of = (self.kty.as_deref()?, self.crv.as_deref()?);
        let algorithm =
            [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256].into_iter().find(|it| kind(*it) == kind_of)?;
        if self.alg.as_deref().is_some_and(|alg| alg != algorithm.name()) {
            return None;
        }
        let (x, y) = (self.x.as_deref()?, self.y.as_deref());
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let (public, y) = match algorithm {
            SigningAlgorithm::EdDsa => (decoded(x)?, None),
            SigningAlgorithm::Es256 => ([vec![4], decoded(x)?, decoded(y?)?].concat(), y),
        };
        (self.kid.as_deref() == Some(&thumbprint(kind_of, x, y))).then_some((algorithm, public))
    }
}
