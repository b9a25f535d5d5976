//! Signing on: the province's own issuer (OpenID Connect) says who somebody is and what they may, and a session begins
//! here as after a log-in. Its token counts for this once; from then on ours do, so that logging out and being shut out
//! take effect at once.

mod entitlement;
mod issuer;
mod issuer_keys;

pub use issuer::Issuer;

use crate::api::accounts::sessions::{NewSession, Token};
use crate::auth::audit_events::Occurrence;
use crate::auth::caller::Caller;
use crate::auth::rights::Authority;
use crate::crypto::passwords;
use crate::problem::Problem;
use crate::request::body::Body;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::Utc;
use entitlement::{Entitlement, Lacking};
use issuer::{IdClaims, TokenRejected};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use thidua_domain::accounts::users::User;
use thidua_domain::id::AccountId;
use thidua_domain::limits::Within;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::EventKind;
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::text::{Code, IssuerSubject};
use thidua_persistence::accounts::users;
use thidua_persistence::accounts::users::{SignOn, UserProfile};
use thidua_persistence::accounts::{self, issuer_tokens, sessions};
use thidua_persistence::{Error, Result as Stored, RightLapse, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Signing on.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(sign_on);
}

/// The issuer whose users may sign on, if there is one.
pub struct Issuers(pub Option<Arc<Issuer>>);

impl Issuers {
    /// The name of the issuer.
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|issuer| issuer.name())
    }
}

/// The operation that events name.
const OPERATION: &str = "signOn";
/// Reason that the log gives for changes of users by signing on.
const REASON: &str = "Theo hệ thống đăng nhập một lần";

/// Sign on
///
/// Exchanges a token of the installation's OpenID Connect issuer (an ID token, or an access token that is a JWT) for an
/// access token and a refresh token of this server. Role, agency and shown name become what the token says; who signs on
/// for the first time becomes a user. The token must be for this server and not older than an hour; it is good once.
#[utoipa::path(
    operation_id = "signOn",
    tag = "auth",
    request_body(content = IssuerToken, example = json!({
        "token": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3Nzby5leGFtcGxlLnZuIn0.c2lnbmF0dXJl"
    })),
    responses((status = OK, body = Token, description = "The tokens")),
    security(())
)]
#[post("/auth/sign-on")]
async fn sign_on(
    request: HttpRequest,
    store: Data<Store>,
    issuers: Data<Issuers>,
    Body(input): Body<IssuerToken>,
) -> Result<HttpResponse, Problem> {
    let issuer = issuers.0.clone().ok_or_else(nobody_signs_on)?;
    store.sweep_by_and_by();
    let (asked, noted) = (&request, &store);
    let refused = |actor: Actor, why: Problem| async move {
        let what = Occurrence::of(EventKind::LogInRefused, OPERATION);
        noted.record(asked, Authority::to_note(actor), what).await?;
        Err(why)
    };
    let signed = signed_part(&input.token);
    let word = {
        let issuer = Arc::clone(&issuer);
        web::block(move || issuer.believe(&input.token, Utc::now())).await.map_err(Problem::internal)?
    };
    let IdClaims { whom, claims } = match word {
        Ok(word) => word,
        Err(TokenRejected::Bad) => return refused(Actor::SYSTEM, bad_token()).await,
        Err(TokenRejected::Unavailable) => return Err(issuer_away()),
    };
    let entitlement = match issuer.rules.entitlement(&claims, &store.catalogue()) {
        Ok(entitlement) => entitlement,
        Err(lacking) => return refused(Actor::SYSTEM, not_entitled(lacking)).await,
    };
    let (id, profile) = provide(&store, whom.clone(), entitlement).await?;
    let User { role, disabled, password_version, .. } = profile.user;
    let actor = Caller::actor_of(id, role);
    if disabled {
        return refused(actor, shut_out()).await;
    }
    let beginning = NewSession::of(&store.refresh_tokens(), id, password_version).map_err(Problem::internal)?;
    let session = beginning.session.clone();
    let begin = move |transaction: &mut Transaction<'_>| {
        // An administrator may have changed the user since it was read.
        if users::signed_on(transaction.connection(), &whom)? != Some((id, profile)) {
            return Err(Error::Lapsed(RightLapse::Changed));
        }
        let is_new = issuer_tokens::consume(transaction, &signed)?;
        match is_new {
            true => sessions::begin(transaction, &session)?,
            // The token was used before: nobody comes in, so no event may say so.
            false => transaction.roll_back(),
        }
        Ok(is_new)
    };
    let by = Authority::of_user(actor, id, password_version, Problem::rights_changed);
    if !store.record_with(&request, by, Occurrence::of(EventKind::LogIn, OPERATION), begin).await? {
        return refused(actor, bad_token()).await;
    }
    beginning.answer(&store)
}

/// A signed JWT.
pub type SignedToken = Within<String, 1, 16_384>;

/// A token of the issuer.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IssuerToken {
    /// The token, a signed JWT.
    #[schema(value_type = String, format = "issuer-token", write_only)]
    token: SignedToken,
}

/// Finds the user an issuer means, and creates or changes it to match its claims. Most often there is nothing to
/// change.
async fn provide(store: &Store, whom: SignOn, entitlement: Entitlement) -> Result<(AccountId, UserProfile), Problem> {
    let found = {
        let whom = whom.clone();
        store.read(move |connection| users::signed_on(connection, &whom)).await?
    };
    if let Some((id, profile)) = found
        && profile == entitlement.applied_to(&profile)
    {
        return Ok((id, profile));
    }
    let hash = store.unusable_hash().await?;
    let work = move |transaction: &mut Transaction<'_>| up_to_date(transaction, whom, &entitlement, &hash);
    match store.write(Authority::of_program(Some(REASON.to_owned())), work).await? {
        Provided::User(id, profile) => Ok((id, profile)),
        Provided::Nameless => Err(nameless()),
        Provided::NameTaken { username, subject } => Err(name_taken(&username, &subject)),
    }
}

/// Outcome of making somebody a user.
enum Provided {
    User(AccountId, UserProfile),
    /// The issuer gives no name that can be used.
    Nameless,
    /// The name is taken: by another person, or by the same one, made a user before there was an issuer.
    NameTaken {
        username: Code,
        subject: IssuerSubject,
    },
}

/// Creates or changes a user as an issuer says.
fn up_to_date(
    transaction: &mut Transaction<'_>,
    whom: SignOn,
    entitlement: &Entitlement,
    hash: &str,
) -> Stored<Provided> {
    if let Some((id, before)) = users::signed_on(transaction.connection(), &whom)? {
        let after = entitlement.applied_to(&before);
        if before != after {
            users::update(transaction, id, &after, None)?;
        }
        return Ok(Provided::User(id, after));
    }
    let Some(username) = entitlement.username.clone() else { return Ok(Provided::Nameless) };
    if accounts::is_taken(transaction.connection(), &username)? {
        return Ok(Provided::NameTaken { username, subject: whom.subject });
    }
    let Entitlement { role, agency, ref display_name, .. } = *entitlement;
    let user = User { role, agency, disabled: false, password_version: 1, password_given: false };
    let profile = UserProfile { username, display_name: display_name.clone(), user, sign_on: Some(whom) };
    let id = users::insert(transaction, &profile, hash)?;
    Ok(Provided::User(id, profile))
}

impl Entitlement {
    /// A user as the issuer has them now. Whether they are shut out is decided here, and a name once given stays.
    fn applied_to(&self, profile: &UserProfile) -> UserProfile {
        let mut profile = profile.clone();
        profile.user.role = self.role;
        profile.user.agency = self.agency;
        profile.display_name = self.display_name.clone().or(profile.display_name);
        profile
    }
}

/// The SHA-256 of the signed part of a token. Another signature over the same part makes no other token.
fn signed_part(token: &str) -> String {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    hexadecimal(&Sha256::digest(signed.as_bytes()))
}

impl Store {
    /// A hash whose password nobody knows, for a user who does not log in by password.
    pub async fn unusable_hash(&self) -> Result<String, Problem> {
        let hashed = self.hashing(|| passwords::random().and_then(|password| passwords::hash(&password)));
        hashed.await?.map_err(Problem::internal)
    }
}

fn nobody_signs_on() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_issuer")
}

fn bad_token() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "issuer_token_refused")
        .with_header("www-authenticate", "Bearer realm=\"thidua\"")
}

fn issuer_away() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "issuer_unavailable").with_header("retry-after", "5")
}

fn not_entitled(lacking: Lacking) -> Problem {
    let key = match lacking {
        Lacking::Role => "not_entitled.role",
        Lacking::Agency => "not_entitled.agency",
        Lacking::KnownAgency => "not_entitled.known_agency",
    };
    Problem::new(StatusCode::FORBIDDEN, key)
}

fn nameless() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "not_entitled.no_user_name")
}

fn name_taken(username: &Code, subject: &IssuerSubject) -> Problem {
    Problem::new(StatusCode::CONFLICT, "username_taken").with("username", &username).with("subject", &subject)
}

fn shut_out() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "not_entitled.disabled")
}
