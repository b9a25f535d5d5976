//! Verification of an OpenID Connect issuer's tokens (OpenID Connect Core 1.0, section 3.1.3.7; RFC 9068, section 4;
//! RFC 8725).

use super::entitlement::Rules;
use super::issuer_keys::{IssuerKeys, NoKey};
use crate::config::sign_on::SignOnConfig;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use thidua_domain::text::IssuerSubject;
use thidua_persistence::accounts::users::SignOn;

/// An issuer whose users may sign on.
pub struct Issuer {
    name: String,
    audience: Vec<String>,
    keys: IssuerKeys,
    /// Rules that read its claims.
    pub(super) rules: Rules,
}

/// Claims of a verified token.
pub(super) struct IdClaims {
    /// The user it is about: issuer and subject.
    pub(super) whom: SignOn,
    /// All of its claims.
    pub(super) claims: Map<String, Value>,
}

/// Reason why a token is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenRejected {
    /// It is no token, or not of this issuer, not for this server, or not valid now.
    Bad,
    /// It cannot be verified, since the issuer does not answer.
    Unavailable,
}

/// Header of a token. It may have other members, but not those that bring a key of its own or ask for an extension (RFC
/// 8725, sections 3.10 and 3.11). Only kinds of token are taken that say who somebody is, or what they may do.
#[derive(Deserialize)]
struct TokenHeader {
    alg: Algorithm,
    typ: Option<String>,
    kid: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Seconds the clocks of issuer and server may differ.
const LEEWAY: u64 = 60;
/// Seconds after which a token is too old to begin a session, whatever it says itself.
const OLDEST: i64 = 3600;
/// Members of a header that no token needs. A token that has any is rejected.
const SUSPECT: [&str; 8] = ["crit", "jwk", "jku", "x5u", "x5c", "enc", "zip", "b64"];
/// Kinds of token, in lower case: those without a kind are ID tokens; RFC 9068 for the others.
const KINDS: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

impl Issuer {
    /// The issuer of the settings, if they name one.
    pub fn of(config: &SignOnConfig) -> Result<Option<Self>, String> {
        let Some(issuer) = &config.oidc_issuer else { return Ok(None) };
        let audience = config.oidc_audience.as_ref().map(|names| names.0.clone()).unwrap_or_default();
        if audience.is_empty() {
            return Err("--oidc-audience names nobody".to_owned());
        }
        let (name, keys) = (issuer.as_str().to_owned(), IssuerKeys::of(issuer.clone())?);
        Ok(Some(Self { name, audience, keys, rules: Rules::of(config)? }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks it for its keys before anybody needs them. Blocks.
    pub fn make_ready(&self) {
        self.keys.ask_again();
    }

    /// Claims of a token, verified. Blocks while the issuer is asked for its keys.
    pub(super) fn believe(&self, token: &str, now: DateTime<Utc>) -> Result<IdClaims, TokenRejected> {
        let TokenHeader { alg, kid, .. } = header(token).ok_or(TokenRejected::Bad)?;
        // A token that does not even claim to be of this issuer must not make this server ask the issuer for keys.
        let claimed: Value = part(token, 1).ok_or(TokenRejected::Bad)?;
        if claimed["iss"].as_str() != Some(&self.name) {
            return Err(TokenRejected::Bad);
        }
        let mut validation = Validation::new(alg);
        validation.set_issuer(&[&self.name]);
        validation.set_audience(&self.audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        let decoded = self
            .keys
            .find(kid.as_deref(), alg, |key| jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation).ok());
        let claims = match decoded {
            Ok(decoded) => decoded.ok_or(TokenRejected::Bad)?.claims,
            Err(NoKey::Unknown) => return Err(TokenRejected::Bad),
            Err(NoKey::Unavailable) => return Err(TokenRejected::Unavailable),
        };
        let issued = claims.get("iat").and_then(Value::as_i64).ok_or(TokenRejected::Bad)?;
        let leeway = i64::try_from(LEEWAY).unwrap_or_default();
        if !(-OLDEST - leeway..=leeway).contains(&issued.saturating_sub(now.timestamp())) {
            return Err(TokenRejected::Bad);
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let subject = IssuerSubject::parse("/token", subject).map_err(|_| TokenRejected::Bad)?;
        Ok(IdClaims { whom: SignOn { issuer: self.name.clone(), subject }, claims })
    }
}

/// A part of a token as JSON.
fn part<T: for<'de> Deserialize<'de>>(token: &str, index: usize) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?).ok()
}

/// The header of a token that may be one.
fn header(token: &str) -> Option<TokenHeader> {
    let header: TokenHeader = part(token, 0)?;
    let kind = header.typ.as_deref().unwrap_or("jwt").to_ascii_lowercase();
    let plain = !SUSPECT.iter().any(|name| header.others.contains_key(*name));
    // With a symmetric algorithm the issuer's public key would serve as the secret (RFC 8725, section 2.1).
    let symmetric = matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
    (plain && !symmetric && KINDS.contains(&kind.as_str())).then_some(header)
}
