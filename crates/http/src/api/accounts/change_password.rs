//! Changing one's own password.

use crate::api::accounts::reauthentication::reauthenticate;
use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Allowed, OwnAccount, permission};
use crate::auth::rights::Authority;
use crate::crypto::passwords;
use crate::crypto::passwords::Password;
use crate::problem::Problem;
use crate::request::body::Body;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use thidua_domain::log::events::EventKind;
use thidua_domain::violation::Violation;
use thidua_persistence::Transaction;
use thidua_persistence::accounts::{second_factors, users};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Changing one's own password.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(change);
}

/// Change your password
///
/// Needs the old one. Whoever was given a password by an administrator must do this first: until then nothing else is
/// allowed but to log out and to read one's own user, and the new password must be another one. A new password has 14
/// characters at least, or 8 with a second factor, and is none that is easily guessed. All your sessions end; log in
/// again. From the answer on, no node writes by their tokens, requests under way included; other nodes may answer
/// reads by them for 0.1 seconds.
#[utoipa::path(
    operation_id = "changePassword",
    extensions(("x-required-roles" = json!(permission::<OwnAccount>()))),
    tag = "auth",
    request_body(content = NewPassword, example = json!({
        "old_password": "mat-khau-cua-ban-o-day", "new_password": "mat-khau-moi-cua-ban-o-day"
    })),
    responses((status = NO_CONTENT, description = "The new password is in force"))
)]
#[post("/auth/password")]
async fn change(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<OwnAccount>,
    Body(input): Body<NewPassword>,
) -> Result<HttpResponse, Problem> {
    let NewPassword { old_password, new_password } = input;
    let account = caller.user;
    let is_same = passwords::are_same(&old_password, &new_password);
    let reassured = reauthenticate(&request, &store, &caller, "/old_password", old_password.get()).await?;
    let version = reassured.password_version();
    reassured.counts_no_more(&store).await?;
    // Whoever set the password would still know it.
    if caller.must_change_password && is_same {
        return Err(Violation::new("/new_password", "password_not_changed").into());
    }
    let found = store.read(move |connection| {
        Ok((users::get(connection, account)?, second_factors::confirmed(connection, account)?))
    });
    let (profile, factor) = found.await?;
    let least = passwords::least(factor.is_some());
    let known = [Some(profile.username.to_string()), profile.display_name.as_ref().map(ToString::to_string)];
    let hash =
        store.new_hash("/new_password", new_password.get(), least, known.into_iter().flatten().collect()).await?;
    let work = move |transaction: &mut Transaction<'_>| {
        // Beside a second factor a password may be short.
        second_factors::require_as_seen(transaction, account, factor.as_ref())?;
        users::change_password(transaction, account, version, &hash)
    };
    let changed = Occurrence::of(EventKind::Credentials, "changePassword");
    store.record_with(&request, Authority::of(&caller), changed, work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The old password and the new one.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password in force.
    #[schema(value_type = String, format = "any-password", write_only)]
    old_password: Password,
    /// The password from now on.
    #[schema(value_type = String, format = "short-password", write_only)]
    new_password: passwords::NewPassword,
}
