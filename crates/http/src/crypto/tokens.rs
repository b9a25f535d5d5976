//! Access tokens: JWTs signed with an Ed25519 key of their own, made at first run (RFC 7519, RFC 8037, RFC 9068).

use crate::config::key_place::KeyPlace;
use crate::config::signing::SigningAlgorithm;
use crate::crypto::claims::{Claims, ClientClaims, TokenClaims};
use crate::crypto::key_files::Reloading;
use crate::crypto::key_pair::KeyPair;
use crate::crypto::public_keys::PublicKey;
use crate::crypto::token_cache::VerifiedTokens;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use thidua_domain::accounts::client_keys::ClientKey;
use thidua_domain::id::ClientKeyId;
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_persistence::accounts::sessions::Session;

/// The issuer of the tokens, which is their audience, too.
pub(crate) const ISSUER: &str = "thidua";
/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";
/// The algorithm of their signatures (RFC 8037, section 3.1).
const ALGORITHM: &str = "EdDSA";

/// Signs and reads access tokens.
pub struct Tokens {
    keys: Reloading<TokenKeys>,
    verified: VerifiedTokens<TokenKeys>,
    lifetime: TimeDelta,
}

/// The keys of tokens: one signs, all of them verify until what they have signed has run out.
struct TokenKeys {
    encoding: EncodingKey,
    decoding: HashMap<String, DecodingKey>,
    public: Vec<PublicKey>,
}

impl TokenKeys {
    /// The pairs of a key file (PKCS #8), the one that signs first.
    fn of(pkcs8: &[Vec<u8>]) -> Result<Self> {
        let public = pkcs8.iter().map(|key| Ok(PublicKey::of(&KeyPair::of(key)?))).collect::<Result<Vec<_>>>()?;
        ensure!(public.iter().all(|key| key.alg == ALGORITHM), "does not hold Ed25519 keys alone, as tokens need");
        let current = pkcs8.first().context("does not hold a private key")?;
        let decoding = public.iter().map(|key| Ok((key.kid.clone(), DecodingKey::from_ed_components(&key.x)?)));
        let decoding = decoding.collect::<Result<_>>()?;
        Ok(Self { encoding: EncodingKey::from_ed_der(current), decoding, public })
    }
}

/// The header of our tokens. It has no other members: a token that brings a key of its own (`jwk`, `jku`, `x5c`, `x5u`)
/// or asks for an extension (`crit`) was not issued here (RFC 8725, sections 3.1, 3.10 and 3.11).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnHeader {
    alg: String,
    typ: String,
    kid: String,
}

impl Tokens {
    /// Reads the key file, or makes one that only its owner can read.
    pub fn open(place: &KeyPlace, lifetime_minutes: u16) -> Result<Self> {
        let keys = Reloading::open(place, SigningAlgorithm::EdDsa, TokenKeys::of)?;
        Ok(Self {
            keys,
            verified: VerifiedTokens::default(),
            lifetime: TimeDelta::minutes(i64::from(lifetime_minutes)),
        })
    }

    /// The public halves of the keys, that of the one that signs first.
    pub fn public(&self) -> Vec<PublicKey> {
        self.keys.get().public.clone()
    }

    /// Issues a token for a session.
    pub fn issue(&self, session: &Session, now: DateTime<Utc>) -> Result<String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: session.account.to_string(),
            iat: now.timestamp(),
            exp: (now + self.lifetime).timestamp(),
            jti: new_id()?,
            sid: session.id.clone(),
            pwv: session.password_version,
        };
        self.encode(&claims)
    }

    /// Issues a token for a client's secret; returns it with its lifetime in seconds, which never goes beyond the
    /// secret's.
    pub fn issue_to_client(
        &self,
        (client_id, id, key): (&str, ClientKeyId, &ClientKey),
        scope: &str,
        now: DateTime<Utc>,
    ) -> Result<(String, i64)> {
        let (from, until) = (now.timestamp(), key.expires_at.timestamp());
        let exp = until.min(from + self.lifetime().num_seconds());
        let claims = ClientClaims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: key.client.to_string(),
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            iat: from,
            exp,
            jti: new_id()?,
            key: id,
        };
        Ok((self.encode(&claims)?, exp - from))
    }

    /// Signs claims.
    pub(crate) fn encode(&self, claims: &impl Serialize) -> Result<String> {
        let keys = self.keys.get();
        let kid = keys.public.first().map(|key| key.kid.clone());
        let header = Header { typ: Some(TYPE.to_owned()), kid, ..Header::new(Algorithm::EdDSA) };
        Ok(jsonwebtoken::encode(&header, claims, &keys.encoding)?)
    }

    /// The claims of a token that is good now; its signature is checked once only.
    pub(crate) fn claims(&self, token: &str) -> Option<Arc<TokenClaims>> {
        self.verified.read(&self.keys.get(), token, || {
            let of_user = self.read(token).map(TokenClaims::OfUser);
            of_user.or_else(|| self.decode(token).map(TokenClaims::OfClient))
        })
    }

    /// Reads a user's token.
    pub fn read(&self, token: &str) -> Option<Claims> {
        self.decode(token)
    }

    /// Reads a token: header, signature, issuer, audience and time must all be right.
    pub(crate) fn decode<C: DeserializeOwned + Clone>(&self, token: &str) -> Option<C> {
        let header = own_header(token)?;
        let keys = self.keys.get();
        let key = keys.decoding.get(&header.kid)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        validation.validate_nbf = true;
        Some(jsonwebtoken::decode::<C>(token, key, &validation).ok()?.claims)
    }

    /// The lifetime of a new token.
    pub fn lifetime(&self) -> TimeDelta {
        self.lifetime
    }
}

/// A new identity of a token.
pub(crate) fn new_id() -> Result<String> {
    let mut id = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut id)?;
    Ok(hexadecimal(&id))
}

/// The header of a token, if it is one of ours.
fn own_header(token: &str) -> Option<OwnHeader> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: OwnHeader = serde_json::from_slice(&header).ok()?;
    (header.alg == ALGORITHM && header.typ == TYPE).then_some(header)
}
