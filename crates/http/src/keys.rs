//! Keys of an installation, each in a file only its owner can read, and signatures by the one that proves figures
//! (Ed25519; RFC 8037).

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use thidua_domain::text::Shape;
use utoipa::ToSchema;

/// What a JWS in the compact form (RFC 7515, section 7.1) looks like.
pub const JWS_SHAPE: Shape =
    Shape { min_length: 5, max_length: 2000, pattern: r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$" };

/// Signs reports and checkpoints.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// The public half of a signing key, as a JSON Web Key (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    /// The key's name: its thumbprint (RFC 7638).
    kid: String,
    kty: String,
    crv: String,
    alg: String,
    #[serde(rename = "use")]
    purpose: String,
    /// The key itself, in base64url.
    x: String,
}

impl SigningKey {
    /// Reads the key file, or makes one.
    pub fn open(path: &Path) -> Result<Self, String> {
        Ok(Self::of(pair(path, &open_or_make(path)?)?))
    }

    fn of(pair: Ed25519KeyPair) -> Self {
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
        Self { pair, public }
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

/// A key of a set, as far as it matters.
#[derive(Debug, Deserialize)]
struct KnownKey {
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
}

/// The header of a signature, as far as it matters.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

impl PublicKeys {
    /// The public half of the key in a file, which is not made when it is not there.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let pem = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let PublicKey { kid, crv, x, .. } = SigningKey::of(pair(path, &read(path, &pem)?)?).public;
        Ok(Self { keys: vec![KnownKey { kid: Some(kid), crv: Some(crv), x: Some(x) }] })
    }

    /// What a JWS in the compact form says, when one of these keys has signed it.
    pub fn opened(&self, jws: &str) -> Result<Vec<u8>, String> {
        let parts: Vec<&str> = jws.split('.').collect();
        let &[header, payload, signature] = parts.as_slice() else {
            return Err("its signature is not a JWS in the compact form".to_owned());
        };
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| format!("its signature: {error}"));
        let Header { alg, kid } = serde_json::from_slice(&decoded(header)?)
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

/// The private key in a file (PKCS #8), made when there is no file.
pub fn open_or_make(path: &Path) -> Result<Vec<u8>, String> {
    match fs::read_to_string(path) {
        Ok(pem) => read(path, &pem),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|error| error.to_string())?;
            write_new(path, &to_pem(made.as_ref())).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(made.as_ref().to_vec())
        }
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn read(path: &Path, pem: &str) -> Result<Vec<u8>, String> {
    from_pem(pem).ok_or_else(|| format!("{} does not hold a private key", path.display()))
}

/// The pair of a private key from a file.
pub fn pair(path: &Path, pkcs8: &[u8]) -> Result<Ed25519KeyPair, String> {
    Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|error| format!("{}: {error}", path.display()))
}

fn write_new(path: &Path, pem: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()
}

fn to_pem(pkcs8: &[u8]) -> String {
    let text = STANDARD.encode(pkcs8);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn from_pem(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?.strip_suffix("-----END PRIVATE KEY-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
