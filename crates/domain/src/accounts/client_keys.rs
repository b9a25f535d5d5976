//! Keys of clients: the scopes, networks and time each is good for. The key itself is never stored.

use crate::accounts::clients::Client;
use crate::accounts::networks::Network;
use crate::accounts::scopes::Scope;
use crate::id::AccountId;
use crate::string_enum;
use crate::time::Moment;
use crate::violation::Violation;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The most keys that a client may have at once.
pub const MOST: usize = 50;
/// The longest validity of a key, in days.
pub const LONGEST: i64 = 366;

/// A key without its hash and its label, as the change log sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// The client it belongs to.
    pub client: AccountId,
    /// Its use.
    pub kind: KeyKind,
    /// The scopes it may be used for.
    pub scopes: Vec<Scope>,
    /// The networks it may be used from; any while empty.
    pub networks: Vec<Network>,
    /// Time of its creation.
    pub created_at: Moment,
    /// The first moment at which it is no longer good.
    pub expires_at: Moment,
    /// True when another one was made to take its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}

string_enum! {
    /// Use of a client's key.
    KeyKind {
        /// It is sent with every request.
        ApiKey = "api_key",
        /// It is exchanged for access tokens (RFC 6749, section 4.4).
        ClientSecret = "client_secret",
    }
}

impl KeyKind {
    /// The prefix of every key of this kind.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "tdk_",
            Self::ClientSecret => "tds_",
        }
    }
}

impl ClientKey {
    /// Refuses scopes that its client's role does not have.
    pub fn check(&self, client: &Client) -> Result<(), Violation> {
        let Some((place, scope)) = self.scopes.iter().enumerate().find(|(_, scope)| !client.may_have(**scope)) else {
            return Ok(());
        };
        Err(Violation::new(format!("/scopes/{place}"), "scope_beyond_role")
            .with("role", &client.role)
            .with("scope", &scope))
    }

    /// True while the key may be used from an address. A key with networks is refused where the address is not known.
    pub fn is_good(&self, now: Moment, address: Option<IpAddr>) -> bool {
        let allowed = |address| self.networks.iter().any(|network| network.holds(address));
        now < self.expires_at && (self.networks.is_empty() || address.is_some_and(allowed))
    }

    /// Its validity as it was made, in whole days.
    pub fn days(&self) -> i64 {
        (self.expires_at - self.created_at).num_days().clamp(1, LONGEST)
    }

    /// A key with the same settings, made now and valid for `days` days.
    pub fn successor(&self, now: Moment, days: i64) -> Self {
        Self { created_at: now, expires_at: now + TimeDelta::days(days), replaced: false, ..self.clone() }
    }

    /// The same key once another has taken its place: valid for `hours` hours more at most.
    pub fn outgoing(&self, now: Moment, hours: i64) -> Self {
        Self { expires_at: self.expires_at.min(now + TimeDelta::hours(hours)), replaced: true, ..self.clone() }
    }
}
