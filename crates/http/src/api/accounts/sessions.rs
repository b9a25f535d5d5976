//! Sessions: carried on by refresh tokens, each good once, and ended by logging out.

use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Allowed, OwnAccount, permission};
use crate::auth::context::RequestContext;
use crate::auth::rights::Authority;
use crate::crypto::refresh_tokens::{RefreshToken, RefreshTokens};
use crate::crypto::tokens::new_id;
use crate::problem::Problem;
use crate::request::body::Body;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, post};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use thidua_domain::id::AccountId;
use thidua_domain::limits::Within;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::EventKind;
use thidua_domain::violation::Violation;
use thidua_persistence::Transaction;
use thidua_persistence::accounts::sessions;
use thidua_persistence::accounts::sessions::{Presented, RefreshOutcome, Session};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Sessions.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(refresh).service(logout).service(logout_everywhere);
}

/// The operation that events name.
const OPERATION: &str = "refreshTokens";

/// Carry a session on
///
/// Exchanges a refresh token for a new access token and the next refresh token; the one sent is used up. Sent a second
/// time, whoever sends it, it ends the session: log in again. Only when the answer may have been lost, so within 10 seconds
/// from the same address, is the last one answered once more, with the same refresh token.
#[utoipa::path(
    operation_id = "refreshTokens",
    tag = "auth",
    request_body(content = Refreshment, example = json!({
        "refresh_token": "tdr_0123456789abcdef0123456789abcdef_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"
    })),
    responses((status = OK, body = Token, description = "The tokens to go on with")),
    security(())
)]
#[post("/auth/refresh")]
async fn refresh(
    request: HttpRequest,
    store: Data<Store>,
    Body(input): Body<Refreshment>,
) -> Result<HttpResponse, Problem> {
    let presented = RefreshToken::parse(&input.refresh_token).ok_or_else(session_over)?;
    let id = presented.session.clone();
    let session = store.read(move |connection| sessions::find(connection, &id)).await?.ok_or_else(session_over)?;
    let account = store.model().access.accounts.get(&session.account).cloned();
    let good = |account: &thidua_persistence::Account| {
        !account.disabled && account.password_version == session.password_version
    };
    let account = account.filter(good).ok_or_else(session_over)?;
    let actor = account.actor(session.account);
    let by = Authority::of_user(actor, session.account, session.password_version, session_over);
    let (tokens, lifetimes) = (store.refresh_tokens(), store.lifetimes());
    let address = request.extensions().get::<Rc<RequestContext>>().and_then(|call| call.address);
    let shown = Presented {
        session: presented.session.clone(),
        hash: presented.hash(),
        number: tokens.number(&presented),
        from: address.map(|address| tokens.place(&presented.session, address)),
    };
    let (maker, id) = (tokens.clone(), presented.session.clone());
    let carried_on = store
        .write(by, move |transaction| {
            sessions::refresh(transaction, &shown, |number| maker.token(&id, number).hash(), &lifetimes)
        })
        .await?;
    let told = |kind, detail: &str| Occurrence { detail: Some(detail.to_owned()), ..Occurrence::of(kind, OPERATION) };
    let next = match carried_on {
        RefreshOutcome::Yes(next) => next,
        RefreshOutcome::Repeated(next) => {
            let repeated =
                told(EventKind::LogIn, "the refresh token before came again at once, and was answered again");
            store.record(&request, Authority::to_note(actor), repeated).await?;
            next
        }
        RefreshOutcome::Gone => return Err(session_over()),
        RefreshOutcome::Unknown => {
            // The actor is unknown: a session's name alone proves nothing, as it also stands in tokens that have
            // expired.
            let refused = told(EventKind::LogInRefused, "a refresh token that was never issued");
            store.record(&request, Authority::to_note(Actor::SYSTEM), refused).await?;
            return Err(session_over());
        }
        RefreshOutcome::Reused => {
            let refused = told(EventKind::LogInRefused, "a refresh token came a second time");
            store.record(&request, Authority::to_note(actor), refused).await?;
            return Err(session_over());
        }
    };
    answer(&store, &session, &tokens.token(&session.id, next))
}

/// Log out
///
/// Ends the session: its access tokens are refused from now on, and so is its refresh token. From the answer on, no node
/// writes by them, requests under way included; other nodes may answer reads by them for 0.1 seconds.
#[utoipa::path(
    operation_id = "logOut",
    extensions(("x-required-roles" = json!(permission::<OwnAccount>()))),
    tag = "auth",
    responses((status = NO_CONTENT, description = "The session is over"))
)]
#[post("/auth/logout")]
async fn logout(store: Data<Store>, caller: Allowed<OwnAccount>) -> Result<HttpResponse, Problem> {
    let (account, session) = (caller.user, caller.session.clone().ok_or_else(nothing_to_end)?);
    let end = move |transaction: &mut Transaction<'_>| sessions::end(transaction, account, &session);
    store.write(Authority::of(&caller), end).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Log out everywhere
///
/// Ends every session of the user, this one included. From the answer on, no node writes by their tokens, requests under way
/// included; other nodes may answer reads by them for 0.1 seconds.
#[utoipa::path(
    operation_id = "logOutEverywhere",
    extensions(("x-required-roles" = json!(permission::<OwnAccount>()))),
    tag = "auth",
    responses((status = NO_CONTENT, description = "All sessions are over"))
)]
#[post("/auth/logout-everywhere")]
async fn logout_everywhere(store: Data<Store>, caller: Allowed<OwnAccount>) -> Result<HttpResponse, Problem> {
    let (account, session) = (caller.user, caller.session.clone().ok_or_else(nothing_to_end)?);
    let end = move |transaction: &mut Transaction<'_>| {
        sessions::end_all(transaction, account)?;
        sessions::end(transaction, account, &session)
    };
    store.write(Authority::of(&caller), end).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A session about to begin, with the refresh token that only its owner is given.
pub struct NewSession {
    /// The session as it is stored.
    pub session: Session,
    token: RefreshToken,
}

impl NewSession {
    /// A session of an account under its password.
    pub(crate) fn of(tokens: &RefreshTokens, account: AccountId, password_version: i64) -> anyhow::Result<Self> {
        let token = tokens.token(&new_id()?, 0);
        let now = Utc::now();
        let session = Session {
            id: token.session.clone(),
            account,
            password_version,
            secret_hash: token.hash(),
            began_at: now,
            carried_on_at: now,
            counter: 0,
            carried_on_from: None,
            repeated: false,
        };
        Ok(Self { session, token })
    }

    /// The answer to whoever has begun it.
    pub fn answer(&self, store: &Store) -> Result<HttpResponse, Problem> {
        answer(store, &self.session, &self.token)
    }
}

/// An access token (RFC 6750), and the refresh token that is good for the next one.
#[derive(Serialize, ToSchema)]
pub struct Token {
    /// The token.
    #[schema(
        max_length = 4000,
        pattern = "^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$",
        example = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    )]
    access_token: String,
    /// Always `Bearer`.
    #[schema(pattern = "^Bearer$", max_length = 6, example = "Bearer")]
    token_type: String,
    /// Seconds until it runs out.
    #[schema(minimum = 1, maximum = 3600, example = 3600)]
    expires_in: i64,
    /// Refresh token that `POST /auth/refresh` takes, once.
    #[schema(
        format = "refresh-token",
        example = "tdr_0123456789abcdef0123456789abcdef_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"
    )]
    refresh_token: String,
    /// Seconds until the session ends if nobody carries it on.
    #[schema(minimum = 0, maximum = 31_536_000, example = 28800)]
    refresh_expires_in: i64,
}

/// A refresh token.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refreshment {
    /// The refresh token of the log-in or of the last refresh.
    #[schema(value_type = String, format = "refresh-token", write_only)]
    refresh_token: Within<String, 1, 200>,
}

fn answer(store: &Store, session: &Session, token: &RefreshToken) -> Result<HttpResponse, Problem> {
    let now = Utc::now();
    let carried_on = Session { carried_on_at: now, ..session.clone() };
    let access_token = store.tokens.issue(session, now).map_err(Problem::internal)?;
    let token = Token {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: store.tokens.lifetime().num_seconds(),
        refresh_token: token.text(),
        refresh_expires_in: (carried_on.ends_at(&store.lifetimes()) - now).num_seconds().max(0),
    };
    Ok(HttpResponse::Ok().json(token))
}

/// The refusal to end a session by an API key, which opens none.
fn nothing_to_end() -> Violation {
    Violation::new("/Authorization", "no_token_to_give_up")
}

fn session_over() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "session_over").with_header("www-authenticate", "Bearer realm=\"thidua\"")
}
