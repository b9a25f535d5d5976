//! Access tokens of clients (RFC 9068): good for as long as the secret they were issued for, at most.

use crate::auth::tokens;
use crate::auth::tokens::{ISSUER, Tokens};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thidua_domain::accounts::client_keys::ClientKey;
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::id::{AccountId, ClientKeyId};

/// The claims of a client's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientClaims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    scope: String,
    iat: i64,
    exp: i64,
    /// The token's own identity, by which it can be given up.
    pub jti: String,
    /// The secret it was issued for.
    pub key: ClientKeyId,
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

impl Tokens {
    /// Issues a token for a client's secret; returns it with its lifetime in seconds, which never goes beyond the
    /// secret's.
    pub fn issue_to_client(
        &self,
        (client_id, id, key): (&str, ClientKeyId, &ClientKey),
        scope: &str,
        now: DateTime<Utc>,
    ) -> Result<(String, i64), String> {
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
            jti: tokens::new_id()?,
            key: id,
        };
        Ok((self.encode(&claims)?, exp - from))
    }
}
