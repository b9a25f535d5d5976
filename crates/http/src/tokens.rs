//! Access tokens: JWTs signed with an Ed25519 key made at first run (RFC 7519, RFC 8037, RFC 9068).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use thidua_domain::id::UserId;

/// Who issues the tokens, and for whom.
const ISSUER: &str = "thidua";
/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// Signs and reads access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    secret: [u8; 32],
    lifetime: TimeDelta,
}

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    /// The token's own identity, by which it can be given up.
    pub jti: String,
    /// The password version it was issued under.
    pub pwv: i64,
}

impl Claims {
    /// Whom it was issued to.
    pub fn user(&self) -> Option<UserId> {
        self.sub.parse().ok().map(UserId)
    }

    /// When it runs out.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or_default()
    }
}

impl Tokens {
    /// Reads the key file, or makes one that only its owner can read.
    pub fn open(path: &Path, lifetime_minutes: u16) -> Result<Self, String> {
        let pkcs8 = match fs::read_to_string(path) {
            Ok(pem) => from_pem(&pem).ok_or_else(|| format!("{} does not hold a private key", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|error| error.to_string())?;
                write_new(path, &to_pem(pair.as_ref())).map_err(|error| format!("{}: {error}", path.display()))?;
                pair.as_ref().to_vec()
            }
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut secret = Sha256::new();
        secret.update(b"thidua cursor");
        secret.update(&pkcs8);
        Ok(Self {
            encoding: EncodingKey::from_ed_der(&pkcs8),
            decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            secret: secret.finalize().into(),
            lifetime: TimeDelta::minutes(i64::from(lifetime_minutes)),
        })
    }

    /// Issues a token.
    pub fn issue(&self, user: UserId, password_version: i64, now: DateTime<Utc>) -> Result<(String, Claims), String> {
        let mut id = [0_u8; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|error| error.to_string())?;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: user.to_string(),
            iat: now.timestamp(),
            exp: (now + self.lifetime).timestamp(),
            jti: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            pwv: password_version,
        };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, &self.encoding).map_err(|error| error.to_string())?;
        Ok((token, claims))
    }

    /// Reads a token: signature, algorithm, type, issuer, audience and time must all be right.
    pub fn read(&self, token: &str) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        let read = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?;
        (read.header.typ.as_deref() == Some(TYPE)).then_some(read.claims)
    }

    /// Seconds until a new token runs out.
    pub fn lifetime_seconds(&self) -> i64 {
        self.lifetime.num_seconds()
    }

    /// A secret of this installation, derived from the key.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
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
