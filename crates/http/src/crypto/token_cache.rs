//! Cache of tokens whose signature has been checked: it is checked once, not with every request. The account, the
//! session, the secret and the time are checked every time.

use crate::crypto::claims::TokenClaims;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use foldhash::{HashMap, HashMapExt};
use serde::Deserialize;
use std::sync::{Arc, PoisonError, RwLock};

/// Claims of verified tokens, by the tokens' texts, under one set of keys.
pub(crate) struct VerifiedTokens<K>(RwLock<CachedTokens<K>>);

struct CachedTokens<K> {
    /// The keys they were checked with; other keys empty the cache.
    keys: Option<Arc<K>>,
    known: HashMap<Box<str>, VerifiedToken>,
}

struct VerifiedToken {
    claims: Arc<TokenClaims>,
    /// The last second it is good in.
    expires: i64,
}

/// Tokens remembered at most: some 4 MiB.
const MOST: usize = 4096;

impl<K> Default for VerifiedTokens<K> {
    fn default() -> Self {
        Self(RwLock::new(CachedTokens { keys: None, known: HashMap::new() }))
    }
}

impl<K> VerifiedTokens<K> {
    /// The claims of a token that is good now: from the cache, else as `check` finds.
    pub(crate) fn read(
        &self,
        keys: &Arc<K>,
        token: &str,
        check: impl FnOnce() -> Option<TokenClaims>,
    ) -> Option<Arc<TokenClaims>> {
        let now = Utc::now().timestamp();
        if let Some(known) = self.find(keys, token) {
            return (known.1 >= now).then_some(known.0);
        }
        let claims = Arc::new(check()?);
        if let Some(expires) = expiry(token) {
            self.remember(keys, token, VerifiedToken { claims: Arc::clone(&claims), expires }, now);
        }
        Some(claims)
    }

    fn find(&self, keys: &Arc<K>, token: &str) -> Option<(Arc<TokenClaims>, i64)> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.keys.as_ref().filter(|held| Arc::ptr_eq(held, keys))?;
        held.known.get(token).map(|known| (Arc::clone(&known.claims), known.expires))
    }

    fn remember(&self, keys: &Arc<K>, token: &str, verified: VerifiedToken, now: i64) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if held.keys.as_ref().is_none_or(|held| !Arc::ptr_eq(held, keys)) {
            *held = CachedTokens { keys: Some(Arc::clone(keys)), known: HashMap::new() };
        }
        if held.known.len() >= MOST {
            held.known.retain(|_, known| known.expires >= now);
        }
        if held.known.len() >= MOST {
            held.known.clear();
        }
        held.known.insert(token.into(), verified);
    }
}

/// The last second a token whose signature is good may be used in (`exp`).
fn expiry(token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Expiry {
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let Expiry { exp } = serde_json::from_slice(&claims).ok()?;
    Some(exp)
}
