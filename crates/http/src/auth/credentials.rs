//! Credentials: the proof of who calls, and the check that it still counts.

use crate::crypto::api_key;
use crate::crypto::claims::TokenClaims;
use crate::problem::Problem;
use crate::store::Store;
use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use chrono::Utc;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use thidua_domain::accounts::client_keys::{ClientKey, KeyKind};
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::accounts::users::Role;
use thidua_domain::id::{AccountId, AgencyId, ClientKeyId};
use thidua_domain::log::changes::{Actor, ActorKind};
use thidua_persistence::accounts::client_keys;
use thidua_persistence::{Access, Account, AccountKind};

/// A credential that was issued here.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An access token, of a user or of a client.
    Token(Arc<TokenClaims>),
    /// A client's API key.
    ApiKey {
        /// The client it belongs to.
        client: AccountId,
        /// The key's identity.
        key: ClientKeyId,
    },
}

/// The rights that a credential gives its caller while it counts.
pub struct Grant<'a> {
    /// The name of its account.
    pub username: &'a str,
    /// A person or a machine.
    pub kind: ActorKind,
    /// The account's role, from which its rights follow.
    pub role: Role,
    /// The agency whose subtree bounds it; the whole province while absent.
    pub agency: Option<AgencyId>,
    /// The part of the role's rights that it may use.
    pub scopes: Cow<'a, [Scope]>,
    /// The session that logging out ends: a user's, or a client's token; none for an API key.
    pub session: Option<&'a str>,
    /// True while it may be used for nothing but changing the password.
    pub must_change_password: bool,
}

impl Credential {
    /// The credential of a request, if there is one and it was issued here.
    pub fn of(request: &HttpRequest) -> Result<Arc<Self>, Problem> {
        let store = request.app_data::<Data<Store>>().ok_or_else(|| Problem::internal("no store"))?;
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let header = headers.next().ok_or_else(Problem::unauthenticated)?;
        if headers.next().is_some() {
            return Err(Problem::invalid_token());
        }
        // No credential has other characters: it is an unknown one.
        let text = std::str::from_utf8(header.as_bytes()).map_err(|_| Problem::invalid_token())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(Problem::unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::unauthenticated());
        }
        Self::read(store, token.trim()).ok_or_else(Problem::invalid_token)
    }

    fn read(store: &Store, token: &str) -> Option<Arc<Self>> {
        if token.starts_with(KeyKind::ApiKey.prefix()) {
            let hash = api_key::hash(KeyKind::ApiKey, token)?;
            let model = store.model();
            let key = *model.access.keys_by_hash.get(&hash)?;
            return Some(Arc::new(Self::ApiKey { client: model.access.keys.get(&key)?.client, key }));
        }
        store.tokens.claims(token).map(|claims| Arc::new(Self::Token(claims)))
    }

    /// The account it belongs to.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Token(claims) => claims.account(),
            Self::ApiKey { client, .. } => Some(*client),
        }
    }

    /// The rights it gives, if it still counts.
    pub fn standing<'a>(&'a self, access: &'a Access, address: Option<IpAddr>) -> Option<Grant<'a>> {
        let id = self.account()?;
        let account = access.accounts.get(&id).filter(|account| !account.disabled)?;
        let (scopes, session) = self.extent(access, account, address)?;
        Some(Grant {
            username: &account.username,
            kind: account.actor(id).kind,
            role: account.role,
            agency: account.agency,
            scopes,
            session,
            must_change_password: account.must_change_password,
        })
    }

    /// The scopes it is for, and the session that logging out ends, if it still counts.
    fn extent<'a>(
        &'a self,
        access: &'a Access,
        account: &Account,
        address: Option<IpAddr>,
    ) -> Option<(Cow<'a, [Scope]>, Option<&'a str>)> {
        let now = Utc::now();
        let good = |id: &ClientKeyId, kind: KeyKind| -> Option<&'a ClientKey> {
            let own = |key: &&ClientKey| key.kind == kind && Some(key.client) == self.account();
            access.keys.get(id).filter(own).filter(|key| key.is_good(now, address))
        };
        match self {
            Self::Token(claims) => match &**claims {
                TokenClaims::OfUser(claims) => {
                    let current = account.kind == AccountKind::User && account.password_version == claims.pwv;
                    let counts = current && claims.is_good(now) && !access.revoked.contains(&claims.sid);
                    counts.then_some((Cow::Borrowed(Scope::ALL), Some(claims.sid.as_str())))
                }
                TokenClaims::OfClient(claims) => {
                    let key = good(&claims.key, KeyKind::ClientSecret)?;
                    let mut scopes = claims.scopes();
                    scopes.retain(|scope| key.scopes.contains(scope));
                    let counts = claims.is_good(now) && !access.revoked.contains(&claims.jti);
                    counts.then_some((Cow::Owned(scopes), Some(claims.jti.as_str())))
                }
            },
            Self::ApiKey { key, .. } => {
                let key = good(key, KeyKind::ApiKey)?;
                Some((Cow::Borrowed(key.scopes.as_slice()), None))
            }
        }
    }

    /// Notes the use of an API key; of other credentials none is noted.
    pub fn note_use(&self, store: &Store, actor: Actor) {
        if let Self::ApiKey { key, .. } = self {
            store.note_key_use(*key, actor);
        }
    }
}

impl Store {
    /// Notes that a key is used; nobody waits for it.
    pub fn note_key_use(&self, key: ClientKeyId, actor: Actor) {
        if self.key_uses.is_due(key) {
            self.note(actor, move |transaction| client_keys::used(transaction, key));
        }
    }
}
