//! Claims of access tokens: a user's (RFC 7519), and a client's (RFC 9068), which is good for as long as the secret it
//! was issued for, at most.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::id::{AccountId, ClientKeyId};

/// The claims of a token that was issued here.
#[derive(Debug, Clone)]
pub enum TokenClaims {
    /// A user's.
    OfUser(Claims),
    /// A client's.
    OfClient(ClientClaims),
}

/// The claims of a user's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
    /// The session it belongs to, which can be ended.
    pub sid: String,
    /// The password version it was issued under.
    pub pwv: i64,
}

/// The claims of a client's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    /// The token's own identity, by which it can be given up.
    pub jti: String,
    /// The secret it was issued for.
    pub key: ClientKeyId,
}

impl TokenClaims {
    /// The account it was issued to.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::OfUser(claims) => claims.user(),
            Self::OfClient(claims) => claims.client(),
        }
    }
}

impl Claims {
    /// True until it runs out.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        now.timestamp() <= self.exp
    }

    /// The user it was issued to.
    pub fn user(&self) -> Option<AccountId> {
        self.sub.parse().ok().map(AccountId)
    }
}

impl ClientClaims {
    /// True until it runs out.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        now.timestamp() <= self.exp
    }

    /// The client it was issued to.
    pub fn client(&self) -> Option<AccountId> {
        self.sub.parse().ok().map(AccountId)
    }

    /// The scopes it may be used for.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scope.split(' ').filter_map(Scope::from_spelling).collect()
    }
}
