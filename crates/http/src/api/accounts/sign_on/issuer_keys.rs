//! The keys of an issuer: found where it says (OpenID Connect Discovery 1.0), kept, and asked for again when they are old
//! or a token names one that is not among them (OpenID Connect Core 1.0, section 10.1.1).

use crate::config::sign_on::{IssuerUrl, is_safe};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use ureq::Agent;

/// Age up to which keys are used without asking again.
const FRESH: Duration = Duration::from_secs(3600);
/// Age up to which they are used while the issuer does not answer: a day's work goes on.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// The least time between two times of asking, whatever tokens name.
const PAUSE: Duration = Duration::from_secs(5);
/// Time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes an answer may have.
const LARGEST: u64 = 1 << 20;
/// The least length of RSA moduli, in bits (RFC 7518, section 3.3).
const RSA_BITS: usize = 2048;

/// The keys of one issuer.
pub(super) struct IssuerKeys {
    issuer: IssuerUrl,
    agent: Agent,
    kept: RwLock<FetchedKeys>,
    /// Time at which the issuer was asked last.
    asked: Mutex<Option<Instant>>,
}

/// Keys that the issuer gave last, and the time of it.
#[derive(Default)]
struct FetchedKeys {
    keys: Arc<Vec<IssuerKey>>,
    since: Option<Instant>,
}

/// A key that verifies tokens.
pub(super) struct IssuerKey {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    /// The key in the form that verifies.
    pub(super) key: DecodingKey,
}

/// Reason why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The issuer has no such key.
    Unknown,
    /// The issuer does not answer.
    Unavailable,
}

/// Configuration of an issuer, as far as it is used here (OpenID Connect Discovery 1.0).
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// A set of keys (RFC 7517, section 5). One that cannot be read is passed over, as the RFC asks.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl IssuerKeys {
    /// The keys of an issuer, which is not asked yet.
    pub(super) fn of(issuer: IssuerUrl) -> Result<Self, String> {
        let agent = Agent::config_builder()
            // Nobody but the issuer says where its keys are.
            .max_redirects(0)
            .tls_config(thidua_pull::client::tls(issuer.as_str()).map_err(|error| error.to_string())?)
            .user_agent(concat!("thidua/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Ok(Self { issuer, agent, kept: RwLock::default(), asked: Mutex::default() })
    }

    /// The key that a token names. Blocks while the issuer is asked.
    pub(super) fn find<T>(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        verify: impl FnOnce(&DecodingKey) -> T,
    ) -> Result<T, NoKey> {
        let known = self.known(FRESH).filter(|keys| named(keys, kid, algorithm).is_some());
        let keys = match known {
            Some(keys) => keys,
            None => {
                self.ask_again();
                self.known(STALE).ok_or(NoKey::Unavailable)?
            }
        };
        named(&keys, kid, algorithm).map(|key| verify(&key.key)).ok_or(NoKey::Unknown)
    }

    /// The keys, if they are not older than some time.
    fn known(&self, age: Duration) -> Option<Arc<Vec<IssuerKey>>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.since.filter(|since| since.elapsed() < age).map(|_| Arc::clone(&kept.keys))
    }

    /// Asks the issuer for its keys, unless it was asked just now. One asks at a time; the others find what it was told.
    pub(super) fn ask_again(&self) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        match self.ask() {
            Ok(keys) => {
                log::info!("{}: {} key(s) to verify tokens with", self.issuer.as_str(), keys.len());
                let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
                *kept = FetchedKeys { keys: Arc::new(keys), since: Some(Instant::now()) };
            }
            Err(why) => log::warn!("the issuer's keys are not to be had: {why}"),
        }
        // After a failure, too: an issuer that does not answer is not asked by every request.
        *asked = Some(Instant::now());
    }

    fn ask(&self) -> Result<Vec<IssuerKey>, String> {
        let Configuration { issuer, jwks_uri } = self.get(&self.issuer.configuration())?;
        if issuer != self.issuer.as_str() {
            return Err(format!("{} calls itself {issuer}", self.issuer.as_str()));
        }
        if !is_safe(&jwks_uri) {
            return Err(format!("{issuer} has its keys at {jwks_uri}, where anybody on the way can change them"));
        }
        let KeySet { keys } = self.get(&jwks_uri)?;
        let keys: Vec<_> = keys.into_iter().filter_map(IssuerKey::of).collect();
        if keys.is_empty() { Err(format!("{jwks_uri} holds no key that verifies")) } else { Ok(keys) }
    }

    fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let said = |error: ureq::Error| format!("{url}: {error}");
        let mut response = self.agent.get(url).header("accept", "application/json").call().map_err(said)?;
        if response.status() != 200 {
            return Err(format!("{url}: {}", response.status()));
        }
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(said)?;
        serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
    }
}

/// The key with a name; the only one there is for a token that names none (OpenID Connect Core 1.0, section 10.1).
fn named<'a>(keys: &'a [IssuerKey], kid: Option<&str>, algorithm: Algorithm) -> Option<&'a IssuerKey> {
    let mut fitting = keys.iter().filter(|key| key.algorithms.contains(&algorithm));
    match kid {
        Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

impl IssuerKey {
    /// A key that is public, verifies, and is strong enough; no other, symmetric ones least of all.
    fn of(key: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(key).ok()?;
        if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return None;
        }
        let mut algorithms = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) if bits(&rsa.n) >= RSA_BITS => vec![
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
            ],
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => vec![Algorithm::ES256],
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P384 => vec![Algorithm::ES384],
            AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
            _ => return None,
        };
        if let Some(only) = jwk.common.key_algorithm {
            let only = Algorithm::from_str(&only.to_string()).ok()?;
            algorithms.retain(|algorithm| *algorithm == only);
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { kid: jwk.common.key_id, algorithms, key })
    }
}

/// The length of a number in base64url.
fn bits(number: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.len().saturating_sub(zeros) * 8
}
