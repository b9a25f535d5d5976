//! Logging in: passwords are checked here, and wrong ones counted.

use crate::api::accounts::reauthentication::{OPERATION, keys};
use crate::api::accounts::second_factors;
use crate::api::accounts::second_factors::FactorCode;
use crate::api::accounts::sessions::{NewSession, Token};
use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Allowed, Caller, OwnAccount, permission};
use crate::auth::rights::Authority;
use crate::crypto::passwords::{self, Match, Password};
use crate::problem::Problem;
use crate::request::body::Body;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use thidua_domain::accounts::users::Role;
use thidua_domain::limits::Within;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::EventKind;
use thidua_domain::text::Code;
use thidua_persistence::Transaction;
use thidua_persistence::accounts::{log_ins, second_factors as stored_factors, sessions, users};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Log-in, and the user behind a token.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(login).service(me);
}

/// Log in
///
/// Exchanges a user name and a password for an access token and a refresh token. Send the access token with every other
/// request as `Authorization: Bearer <access_token>`; in Swagger UI put it into **Authorize**. Before it runs out,
/// exchange the refresh token for the next ones.
#[utoipa::path(
    operation_id = "logIn",
    tag = "auth",
    request_body(content = Credentials, example = json!({"username": "admin", "password": "mat-khau-cua-ban-o-day"})),
    responses((status = OK, body = Token, description = "The tokens")),
    security(())
)]
#[post("/auth/login")]
async fn login(
    request: HttpRequest,
    store: Data<Store>,
    Body(credentials): Body<Credentials>,
) -> Result<HttpResponse, Problem> {
    let Credentials { username, password, code } = credentials;
    let keys = keys(&store, &request, &username)?;
    store.begin_log_in(&request, keys.clone()).await?;
    let found = store
        .read(move |connection| {
            if Code::parse("", &username).is_err() {
                return Ok(None);
            }
            let Some((id, profile)) = users::find(connection, &username)? else { return Ok(None) };
            let factor = stored_factors::confirmed(connection, id)?;
            Ok(Some((id, profile.user, users::password(connection, id)?, factor)))
        })
        .await?;
    // An unknown user costs as much time as a known one.
    let hash = found.as_ref().map_or_else(|| decoy().to_owned(), |(_, _, (hash, _), _)| hash.clone());
    let verified = hash.clone();
    let (fits, renewed) = store.hashing(move || checked(&password, &hash)).await?;
    let actor = found.as_ref().map_or(Actor::SYSTEM, |(id, user, ..)| Caller::actor_of(*id, user.role));
    let refused = |why: Problem| async {
        let what = Occurrence::of(EventKind::LogInRefused, OPERATION);
        store.record(&request, Authority::to_note(actor), what).await?;
        Err(why)
    };
    let Some((id, _, (_, version), factor)) = found.filter(|(_, user, ..)| fits && !user.disabled) else {
        return refused(wrong_credentials()).await;
    };
    match (&factor, code) {
        (Some(_), None) => {
            let take_back = move |transaction: &mut Transaction<'_>| log_ins::take_back(transaction, &keys);
            store.write(Authority::to_note(actor), take_back).await?;
            return Err(second_factors::required());
        }
        (Some(factor), Some(code)) if !second_factors::is_right(&store, id, factor, &code).await? => {
            return refused(second_factors::wrong()).await;
        }
        _ => {}
    }
    let beginning = NewSession::of(&store.refresh_tokens(), id, version).map_err(Problem::internal)?;
    let session = beginning.session.clone();
    let came_in = Occurrence::of(EventKind::LogIn, OPERATION);
    let begin = move |transaction: &mut Transaction<'_>| {
        stored_factors::require_as_seen(transaction, id, factor.as_ref())?;
        log_ins::succeeded(transaction, &keys)?;
        if let Some(renewed) = renewed {
            users::renew_hash(transaction, id, &verified, &renewed)?;
        }
        sessions::begin(transaction, &session)
    };
    let by = Authority::of_user(actor, id, version, wrong_credentials);
    store.record_with(&request, by, came_in, begin).await?;
    beginning.answer(&store)
}

/// Read your own user
///
/// The user the access token was issued to, with role and scope.
#[utoipa::path(
    operation_id = "getMe",
    extensions(("x-required-roles" = json!(permission::<OwnAccount>()))),
    tag = "auth",
    responses((status = OK, body = Me, description = "The user"))
)]
#[get("/me")]
async fn me(store: Data<Store>, caller: Allowed<OwnAccount>) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let agency = caller.scope.and_then(|id| catalogue.agencies.get(&id)).map(|agency| agency.identifier.to_string());
    let account = caller.user;
    let factor = store.read(move |connection| stored_factors::confirmed(connection, account)).await?;
    let me = Me {
        username: caller.username.clone(),
        role: caller.role,
        agency,
        second_factor: factor.is_some(),
        must_change_password: caller.must_change_password,
    };
    Ok(HttpResponse::Ok().json(me))
}

/// A name that somebody comes in by, which may be nobody's.
type UserName = Within<String, 1, 50>;

/// A user name and a password.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// The user name.
    #[schema(value_type = String, format = "code", example = "admin")]
    username: UserName,
    /// The password.
    #[schema(value_type = String, format = "any-password")]
    password: Password,
    /// Code of the second factor, where one is on: the six digits the app shows, or a recovery code.
    #[schema(value_type = Option<String>, format = "factor-code", example = "123456")]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<FactorCode>,
}

/// The user behind a token.
#[derive(Serialize, ToSchema)]
struct Me {
    /// The user name.
    #[schema(format = "code")]
    username: String,
    /// Role: what the user may do.
    role: Role,
    /// The identifier of the agency whose subtree bounds it; the whole province while absent.
    #[schema(format = "agency-identifier")]
    agency: Option<String>,
    /// True when a second factor is asked for at log-in.
    second_factor: bool,
    /// True while the password is one that an administrator has set: nothing is allowed before it is changed.
    must_change_password: bool,
}

/// True when a password fits a hash, with a new hash if the stored one is not as it would be made today.
fn checked(password: &str, hash: &str) -> (bool, Option<String>) {
    match passwords::verify(password, hash) {
        None => (false, None),
        Some(Match::Current) => (true, None),
        Some(Match::Outdated) => (true, passwords::hash(password).ok()),
    }
}

fn wrong_credentials() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials")
        .with_header("www-authenticate", "Bearer realm=\"thidua\"")
}

/// A hash nobody knows the password of.
fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| passwords::random().and_then(|password| passwords::hash(&password)).unwrap_or_default())
}
