//! Access tokens: JWTs signed with an Ed25519 key made at first run (RFC 7519, RFC 8037, RFC 9068).

use crate::keys;
use aws_lc_rs::signature::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use thidua_domain::id::UserId;

/// Who issues the tokens, and for whom.
const ISSUER: &str = "thidua";
/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";
/// How they are signed (RFC 8037, section 3.1).
const ALGORITHM: &str = "EdDSA";

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

/// What the header of our tokens says, and nothing else: whoever brings a key of his own (`jwk`, `jku`, `x5c`, `x5u`) or
/// asks for an extension (`crit`) has not got the token here (RFC 8725, sections 3.1, 3.10 and 3.11).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnHeader {
    alg: String,
    typ: String,
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
        let pkcs8 = keys::open_or_make(path)?;
        let pair = keys::pair(path, &pkcs8)?;
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

    /// Reads a token: header, signature, issuer, audience and time must all be right.
    pub fn read(&self, token: &str) -> Option<Claims> {
        if !is_own(token) {
            return None;
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        validation.validate_nbf = true;
        Some(jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?.claims)
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

/// Whether a token has the header of ours.
fn is_own(token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header = header.and_then(|header| serde_json::from_slice::<OwnHeader>(&header).ok());
    header.is_some_and(|header| header.alg == ALGORITHM && header.typ == TYPE)
}
