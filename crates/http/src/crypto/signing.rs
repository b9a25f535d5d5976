//! Signatures by the keys that prove figures (Ed25519; RFC 8037), and those keys' public halves.

use crate::crypto::key_files;
use anyhow::{Context, Result};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;
use thidua_domain::text::Shape;
use utoipa::ToSchema;

/// The shape of a JWS in the compact form (RFC 7515, section 7.1).
pub const JWS_SHAPE: Shape =
    Shape { min_length: 5, max_length: 2000, pattern: r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$" };

/// The keys that sign reports and checkpoints: the one in use, and older ones for as long as anybody may hold what they
/// have signed.
pub struct SigningKeys {
    /// The one in use.
    pub current: SigningKey,
    /// The public halves of all, that of the one in use first.
    pub public: Vec<PublicKey>,
}

impl SigningKeys {
    /// The pairs of a key file (PKCS #8), the one in use first.
    pub fn of(pkcs8: &[Vec<u8>]) -> Result<Self> {
        let keys = pkcs8.iter().map(|key| SigningKey::of(key)).collect::<Result<Vec<_>, _>>()?;
        let public = keys.iter().map(|key| key.public.clone()).collect();
        let current = keys.into_iter().next().context("does not hold a private key")?;
        Ok(Self { current, public })
    }
}

/// A pair of keys for signatures.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// The public half of a signing key, as a JSON Web Key (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    /// The key's name: its thumbprint (RFC 7638).
    pub kid: String,
    kty: String,
    crv: String,
    alg: String,
    #[serde(rename = "use")]
    purpose: String,
    /// The key itself, in base64url.
    pub x: String,
}

impl SigningKey {
    /// The pair of a private key (PKCS #8).
    pub fn of(pkcs8: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8)?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // The members of RFC 8037, appendix A.3, in the order RFC 7638 asks for.
        let thumbprint =
            digest::digest(&digest::SHA256, format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes());
        let public = PublicKey {
            kid: URL_SAFE_NO_PAD.encode(thumbprint.as_ref()),
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            purpose: "sig".to_owned(),
            x,
        };
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
    pub fn sign(&self, payload: &[u8]) -> String {
        let (header, signature) = self.parts(payload);
        format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(payload))
    }

    /// As [`Self::sign`], with the payload left out, for whoever has it already (RFC 7515, appendix F).
    pub fn sign_detached(&self, payload: &[u8]) -> String {
        let (header, signature) = self.parts(payload);
        format!("{header}..{signature}")
    }

    fn parts(&self, payload: &[u8]) -> (String, String) {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "EdDSA", "kid": self.public.kid }).to_string());
        let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        (header, URL_SAFE_NO_PAD.encode(self.pair.sign(input.as_bytes()).as_ref()))
    }
}

/// Public keys that signatures are checked with: a JSON Web Key Set (RFC 7517).
#[derive(Debug, Deserialize)]
pub struct PublicKeys {
    keys: Vec<KnownKey>,
}

/// A key of a set: the members that a check needs.
#[derive(Debug, Deserialize)]
struct KnownKey {
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
}

/// The header of a signature: the members that a check needs.
#[derive(Debug, Deserialize)]
struct JwsHeader {
    alg: String,
    kid: String,
}

impl PublicKeys {
    /// The public halves of the keys in a file that has to be there.
    pub fn of_file(path: &Path) -> Result<Self> {
        let keys = SigningKeys::of(&key_files::keys(path)?)?.public.into_iter();
        let known = |PublicKey { kid, crv, x, .. }| KnownKey { kid: Some(kid), crv: Some(crv), x: Some(x) };
        Ok(Self { keys: keys.map(known).collect() })
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
        if alg != "EdDSA" {
            return Err(format!("its signature is of the kind {alg}, not EdDSA"));
        }
        let key = self.key(&kid).ok_or_else(|| format!("it is signed with the key {kid}, which is not known"))?;
        UnparsedPublicKey::new(&ED25519, key)
            .verify(format!("{header}.{payload}").as_bytes(), &decoded(signature)?)
            .map_err(|_| format!("its signature is not by the key {kid}"))?;
        decoded(payload)
    }

    fn key(&self, kid: &str) -> Option<Vec<u8>> {
        let named = |key: &&KnownKey| key.kid.as_deref() == Some(kid) && key.crv.as_deref() == Some("Ed25519");
        let key = self.keys.iter().find(named)?;
        URL_SAFE_NO_PAD.decode(key.x.as_deref()?).ok()
    }
}
