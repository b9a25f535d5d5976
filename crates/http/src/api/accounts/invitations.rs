//! Invitations: an administrator makes one, and whom it is for sets a password by it that nobody else knows.

use crate::api::accounts::new_invitation::Invitation;
use crate::api::accounts::reauthentication::keys;
use crate::api::accounts::users::{UserInput, UserView};
use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Caller, Manage, permission};
use crate::auth::rights::Authority;
use crate::crypto::api_key;
use crate::crypto::passwords;
use crate::crypto::passwords::NewPassword;
use crate::problem::Problem;
use crate::request::body::Body;
use crate::request::resource::writable_row;
use crate::request::write::{ApiResult, Write};
use crate::response::shown_once::shown_once;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, post};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use thidua_domain::limits::Within;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::EventKind;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::{invitations, log_ins, second_factors, users};
use thidua_persistence::{Error, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Invitations of users.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(invite).service(revoke).service(accept);
}

/// The operation that events name.
const OPERATION: &str = "acceptInvitation";

/// Invite a user
///
/// Makes a secret by which the user sets a password that nobody else knows (`POST /invitations/accept`): once, within 72
/// hours. It is in this answer only, the server keeps its hash; hand it over so that nobody else reads it. An invitation of
/// before is void from here on. A password that the user has goes on until the invitation is accepted, and a second factor
/// after that. `Idempotency-Key` is not taken here, as answers under it are kept.
#[utoipa::path(
    operation_id = "inviteUser",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "users",
    params(("username" = String, Path, description = "The user name", example = "admin", max_length = 50)),
    responses((status = OK, body = Invitation, description = "The invitation, with its secret"))
)]
#[post("/users/{username}/invitation")]
async fn invite(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    let secret = api_key::invitation().map_err(Problem::internal)?;
    let current = writable_row::<UserInput>(path.into_inner());
    let answered =
        write.without_idempotency_key()?.act(&store, (), current, move |transaction, _, current: UserView, ()| {
            Invitation::make(transaction, current.id(), secret)
        });
    answered.await.map(shown_once)
}

/// Revoke a user's invitation
///
/// Nobody sets a password by it from the answer on. The user's password, if there is one, stays. The condition is on the
/// user.
#[utoipa::path(
    operation_id = "revokeInvitation",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "users",
    params(("username" = String, Path, description = "The user name", example = "admin", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is void"))
)]
#[delete("/users/{username}/invitation")]
async fn revoke(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    let current = writable_row::<UserInput>(path.into_inner());
    write
        .take_away(&store, current, move |transaction, _, current: UserView| {
            invitations::revoke(transaction, current.id())
        })
        .await
}

/// Accept an invitation
///
/// Sets the password of the user whom the invitation is for; the secret is used up, all sessions of the user end. Log in
/// with the password then. It has 14 characters at least, or 8 beside a second factor, and is none that is easily guessed.
/// A secret that is unknown, used, expired or revoked has one answer, and counts as a wrong try to log in.
#[utoipa::path(
    operation_id = "acceptInvitation",
    tag = "auth",
    request_body(content = Acceptance, example = json!({
        "secret": "tdi_ViDuLoiMoiKhongDungDuoc00000000000000000000000000",
        "password": "mat-khau-cua-ban-o-day"
    })),
    responses((status = NO_CONTENT, description = "The password is in force")),
    security(())
)]
#[post("/invitations/accept")]
async fn accept(
    request: HttpRequest,
    store: Data<Store>,
    Body(input): Body<Acceptance>,
) -> Result<HttpResponse, Problem> {
    let Acceptance { secret, password } = input;
    let keys = keys(&store, &request, &secret)?;
    store.begin_log_in(&request, keys.clone()).await?;
    let hash = api_key::invitation_hash(&secret);
    let sought = hash.clone();
    let found = store.read(move |connection| {
        let Some(hash) = sought else { return Ok(None) };
        let Some(id) = invitations::find(connection, &hash, Utc::now())? else { return Ok(None) };
        Ok(Some((id, users::get(connection, id)?, second_factors::confirmed(connection, id)?)))
    });
    let (Some((id, profile, factor)), Some(hash)) = (found.await?, hash) else {
        let refused = Occurrence::of(EventKind::LogInRefused, OPERATION);
        store.record(&request, Authority::to_note(Actor::SYSTEM), refused).await?;
        return Err(void());
    };
    // The secret is right: only the password may be refused from here on.
    let take_back = move |transaction: &mut Transaction<'_>| log_ins::take_back(transaction, &keys);
    store.write(Authority::of_program(None), take_back).await?;
    let known = [Some(profile.username.to_string()), profile.display_name.as_ref().map(ToString::to_string)];
    let (least, known) = (passwords::least(factor.is_some()), known.into_iter().flatten().collect());
    let password_hash = store.new_hash("/password", password.get(), least, known).await?;
    let (actor, version) = (Caller::actor_of(id, profile.user.role), profile.user.password_version);
    let work = move |transaction: &mut Transaction<'_>| {
        // Beside a second factor a password may be short.
        second_factors::require_as_seen(transaction, id, factor.as_ref())?;
        users::accept_invitation(transaction, (id, &hash), version, &password_hash)
    };
    let by = Authority::of_user(actor, id, version, void);
    let accepted = Occurrence { subjects: vec![id.0], ..Occurrence::of(EventKind::Credentials, OPERATION) };
    store.record_with(&request, by, accepted, work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The secret of an invitation, as somebody gives it.
pub type InvitationSecret = Within<String, 53, 53>;

/// The secret of an invitation, and the password to come.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// The secret of the invitation.
    #[schema(value_type = String, format = "used-invitation", write_only)]
    secret: InvitationSecret,
    /// The password from now on.
    #[schema(value_type = String, format = "short-password", write_only)]
    password: NewPassword,
}

/// The refusal of a secret, whether it is unknown, used, expired or revoked.
fn void() -> Problem {
    Error::Conflict(Violation::new("/secret", "invitation_void")).into()
}
