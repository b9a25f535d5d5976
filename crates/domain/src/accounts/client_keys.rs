//! Keys of clients: what each may be used for, from where, and until when. The key itself is nowhere.

use crate::accounts::clients::Client;
use crate::accounts::networks::Network;
use crate::accounts::scopes::Scope;
use crate::id::AccountId;
use crate::records::incidents::Moment;
use crate::string_enum;
use crate::violation::Violation;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Keys a client may have at once.
pub const MOST: usize = 50;
/// Days a key may be good for.
pub const LONGEST: i64 = 366;

/// A key without its hash and its label, as the change log sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// Whose it is.
    pub client: AccountId,
    /// How it is used.
    pub kind: KeyKind,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// From where; from anywhere while empty.
    pub networks: Vec<Network>,
    /// When it was made.
    pub created_at: Moment,
    /// From when on it is no longer good.
    pub expires_at: Moment,
    /// True when another one was made to take its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}

string_enum! {
    /// How a key of a client is used.
    KeyKind {
        /// It is sent with every request.
        ApiKey = "api_key",
        /// It is exchanged for access tokens (RFC 6749, section 4.4).
        ClientSecret = "client_secret",
    }
}

impl KeyKind {
    /// How such a key begins.
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
        Err(Violation::new(
            format!("/scopes/{place}"),
            "scope_beyond_role",
            format!("Vai trò {} của hệ thống máy không có phạm vi quyền {scope}.", client.role),
            format!("The client's role {} does not have the scope {scope}.", client.role),
        ))
    }

    /// Whether it may be used at a moment from an address.
    pub fn is_good(&self, now: Moment, address: Option<IpAddr>) -> bool {
        let allowed = |address| self.networks.iter().any(|network| network.holds(address));
        now < self.expires_at && (self.networks.is_empty() || address.is_some_and(allowed))
    }

    /// The days it was made for.
    pub fn days(&self) -> i64 {
        (self.expires_at - self.created_at).num_days().clamp(1, LONGEST)
    }

    /// A key of the same settings, made now for so many days.
    pub fn successor(&self, now: Moment, days: i64) -> Self {
        Self { created_at: now, expires_at: now + TimeDelta::days(days), replaced: false, ..self.clone() }
    }

    /// The same key with another in its place, good for so many hours more at most.
    pub fn outgoing(&self, now: Moment, hours: i64) -> Self {
        Self { expires_at: self.expires_at.min(now + TimeDelta::hours(hours)), replaced: true, ..self.clone() }
    }
}
