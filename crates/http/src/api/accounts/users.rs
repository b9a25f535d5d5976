//! Users: people, and the machines that pull aggregates.

use crate::api::accounts::new_invitation::Invitation;
use crate::api::accounts::sign_on::Issuers;
use crate::auth::caller::{Caller, Manage, permission};
use crate::crypto::passwords::NewPassword;
use crate::crypto::{api_key, passwords};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::body::{Body, Patch};
use crate::request::resource::{Find, PageRequest, PathParameter, Resource, Writing, operations, verbs, writable_row};
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::response::shown_names::shown_in;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes;
use thidua_domain::text::{AgencyIdentifier, Code, IssuerSubject, Name, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::accounts::users::{SignOn, Sort, UserProfile};
use thidua_persistence::accounts::{AccountFilter, erasure, second_factors, users};
use thidua_persistence::{Connection, Error, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Users. They are disabled, never deleted: the change log keeps referring to them. Their names can be erased.
pub fn routes(config: &mut ServiceConfig<'_>) {
    verbs::<UserInput>(config);
    config.service(create).service(update).service(erase);
}

/// A password is hashed before a write begins, so creating and changing a user stand written out below.
impl Resource for UserInput {
    const PATH: &str = "users";
    const KEY: &[PathParameter] = &[PathParameter::text("username", 50, "The user name", ["admin"; 3])];
    operations! {
        /// List users
        ///
        /// Everyone who may come in, disabled ones included. Filter by role.
        LIST "listUsers" => "A page of users";
        /// Read a user
        ///
        /// The user with role and scope; the password is never shown.
        READ "getUser" => "The user";
    }
    const KEY_OF: fn(&UserView) -> String = |view| view.username.to_string();
    const FIND: Find<Self> = Find::Now(|connection, catalogue, _, username: String| {
        let (id, profile) = find(connection, &username)?;
        Ok(UserView::new(catalogue, id, &profile))
    });
    const NAMED: Option<fn(&UserView) -> Option<i64>> = Some(|view| view.display_name.as_ref().map(|_| view.id.0));

    type Reads = Manage;
    type Writes = Manage;
    type Key = String;
    type View = UserView;
    type Sort = Sort;
    type Filter = UserFilter;
    type Writing = Self;

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<UserView>> {
        let PageRequest { connection, catalogue, filter: UserFilter { role, disabled }, sort, slice, .. } = request;
        let page = users::list(connection, &AccountFilter { role, disabled }, sort, slice)?;
        Ok(page.map(|(id, profile)| UserView::new(catalogue, id, &profile)))
    }
}

impl Writing<Self> for UserInput {}

/// Create a user
///
/// A person, or with the role `puller` a machine that pulls aggregates. The agency bounds what the user sees and
/// writes: itself and all below it. Without a `password` the user is invited: `invitation` has a secret by which the user
/// sets one that nobody else knows (`POST /invitations/accept`), once, within 72 hours. It is in this answer only, and not
/// in a repetition under an `Idempotency-Key` or where the request is only tried. A password that is given here must be changed first. With a `subject` the
/// user signs on by the issuer's word.
#[utoipa::path(
    operation_id = "createUser",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "users",
    request_body(content = UserInput, example = json!({
        "username": "chuyen-vien-vi-du", "display_name": "Chuyên viên (ví dụ)", "role": "editor",
        "agency": "H18.SKHCN"
    })),
    responses((status = CREATED, body = NewUser, description = "The new user", example = json!({
        "id": 10702, "username": "chuyen-vien-vi-du", "display_name": "Chuyên viên (ví dụ)", "role": "editor",
        "agency": "H18.SKHCN", "disabled": false, "must_change_password": false,
        "invitation": {
            "secret": "tdi_ViDuLoiMoiKhongDungDuoc00000000000000000000000000",
            "expires_at": "2026-11-06T08:30:00+07:00"
        }
    })))
)]
#[post("/users")]
async fn create(
    store: Data<Store>,
    issuers: Data<Issuers>,
    write: Write<Manage>,
    Body(input): Body<UserInput>,
) -> ApiResult {
    let known = [Some(input.username.to_string()), input.display_name.as_deref().map(str::to_owned)]
        .into_iter()
        .flatten()
        .collect();
    let hash = match (&input.password, &input.subject) {
        (Some(password), None) => {
            store.new_hash("/password", password.to_string(), passwords::least(false), known).await?
        }
        (None, _) => store.unusable_hash().await?,
        (Some(_), Some(_)) => return Err(two_ways_in().into()),
    };
    let secret = match input.is_invited() {
        true => Some(api_key::invitation().map_err(Problem::internal)?),
        false => None,
    };
    let has_password = input.password.is_some();
    write
        .create(&store, input, move |transaction, caller, input| {
            let catalogue = transaction.catalogue();
            let mut profile = input.parse(&catalogue, caller, &issuers, None)?;
            profile.user.password_given = has_password;
            let id = users::insert(transaction, &profile, &hash)?;
            let invitation = secret.map(|secret| Invitation::make(transaction, id, secret)).transpose()?;
            let user = UserView::new(&catalogue, id, &profile);
            let bare = etag::encode(&user);
            Ok(Created::at(format!("users/{}", profile.username), NewUser { user, invitation }).keeping(bare))
        })
        .await
}

/// Change or disable a user
///
/// A JSON merge patch (RFC 7396). `{"disabled": true}` shuts the user out at once. A new password ends all sessions and
/// takes the second factor away, for whoever has lost both; so does a `subject`, by which the user signs on instead of
/// logging in. At least one active administrator of the whole province must remain. From the answer on, no node writes by a
/// right that was taken away, requests under way included; other nodes may answer reads by it for 0.1 seconds.
#[utoipa::path(
    operation_id = "updateUser",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "users",
    params(("username" = String, Path, description = "The user name", example = "admin", max_length = 50)),
    request_body(content = UserInput, content_type = "application/merge-patch+json", example = json!({
        "display_name": "Quản trị hệ thống"
    })),
    responses((status = OK, body = UserView, description = "The user as it is now"))
)]
#[patch("/users/{username}")]
async fn update(
    request: HttpRequest,
    store: Data<Store>,
    issuers: Data<Issuers>,
    write: Write<Manage>,
    path: Path<String>,
    patch: Patch,
) -> ApiResult {
    let password = match patch.text("password") {
        Some(password) => {
            let known = vec![path.clone()];
            Some(store.new_hash("/password", password.to_owned(), passwords::least(false), known).await?)
        }
        None => None,
    };
    let unusable = match patch.text("subject") {
        Some(_) => Some(store.unusable_hash().await?),
        None => None,
    };
    let caller = write.caller().clone();
    let answered = write
        .update(&store, writable_row::<UserInput>(path.into_inner()), move |transaction, caller, current| {
            let (id, catalogue) = (current.id, transaction.catalogue());
            let (_, before) = find(transaction.connection(), &current.username)?;
            let input = patch.applied_to(&UserInput::new(&catalogue, &before))?;
            let mut after = input.parse(&catalogue, caller, &issuers, before.sign_on.as_ref())?;
            let hash = match (password, after.sign_on.is_some()) {
                (Some(_), true) => return Err(two_ways_in().into()),
                (None, true) => unusable.filter(|_| after.sign_on != before.sign_on),
                (None, false) if before.sign_on.is_some() => return Err(missing_password().into()),
                (password, false) => password,
            };
            // An own password is nobody else's, and one by which nobody comes in is nobody's.
            after.user.password_given = match &hash {
                Some(_) => after.sign_on.is_none() && id != caller.user,
                None => before.user.password_given,
            };
            users::update(transaction, id, &after, hash.as_deref())?;
            if hash.is_some() {
                second_factors::remove(transaction, id)?;
            }
            Ok(UserView::new(&catalogue, id, &after))
        })
        .await?;
    shown_in(&store, &request, &caller, "updateUser", answered).await
}

/// Erase a user's names
///
/// Of a user who is disabled: the name to log in under, the shown name and the issuer's subject are erased for good, in the
/// change log as well, where names are sealed and the key is destroyed. From then on the user's name is `erased-` and the
/// identity, also where the audit says what the user did. The header `Change-Reason` must say why.
#[utoipa::path(
    operation_id = "eraseUser",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "users",
    params(("username" = String, Path, description = "The user name", example = "chuyen-vien-vi-du", max_length = 50)),
    responses((status = OK, body = UserView, description = "The user as it is now"))
)]
#[post("/users/{username}/erasure")]
async fn erase(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write.require_reason()?;
    let hash = store.unusable_hash().await?;
    write
        .act(&store, (), writable_row::<UserInput>(path.into_inner()), move |transaction, _, current, ()| {
            let (id, before) = find(transaction.connection(), &current.username)?;
            let after = erasure::user(transaction, id, &before, &hash)?;
            Ok(UserView::new(&transaction.catalogue(), id, &after))
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Only this role.
    role: Option<Role>,
    /// Only those shut out (`true`), or only those who are not (`false`).
    disabled: Option<bool>,
}

/// A user as it is written.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "chuyen-vien-vi-du", "subject": "f3b1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"}))]
pub struct UserInput {
    /// The name used to log in.
    pub(super) username: Code,
    /// The name shown.
    pub(super) display_name: Option<Name>,
    /// Role: what the user may do.
    pub(super) role: Role,
    /// Identifier of the agency whose subtree bounds what the user sees and writes; the whole province while absent.
    pub(super) agency: Option<AgencyIdentifier>,
    /// Subject (`sub`) of the user at the installation's OpenID Connect issuer: the user signs on by its word and has
    /// no password. Role and agency follow the issuer from the next sign-on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<IssuerSubject>,
    /// The password, which the user must change first; without it, a new user is invited. It is never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "lone-password", write_only)]
    pub(super) password: Option<NewPassword>,
    /// True while the user is shut out.
    #[serde(default)]
    pub(super) disabled: bool,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    /// Identity.
    id: AccountId,
    /// The name used to log in.
    username: Code,
    /// The name shown.
    display_name: Option<Name>,
    /// Role: what the user may do.
    role: Role,
    /// Identifier of the agency whose subtree bounds what the user sees and writes; the whole province while absent.
    agency: Option<AgencyIdentifier>,
    /// True while the user is shut out.
    disabled: bool,
    /// True while the password is one that an administrator has set: the user may do nothing before it is changed.
    must_change_password: bool,
    /// Subject of the user at the installation's OpenID Connect issuer, for one who signs on by its word; else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "issuer-subject", example = "f3b1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d")]
    subject: Option<IssuerSubject>,
}

/// A user just created.
#[derive(Serialize, ToSchema)]
pub struct NewUser {
    /// The user.
    #[serde(flatten)]
    user: UserView,
    /// The invitation of a user without a password. It is shown once, and absent where this answer is given again.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<Invitation>,
}

impl UserInput {
    /// True of a new user who is to set the password by an invitation.
    pub(super) fn is_invited(&self) -> bool {
        self.password.is_none() && self.subject.is_none() && !self.disabled
    }

    fn new(catalogue: &Catalogue, profile: &UserProfile) -> Self {
        Self {
            username: profile.username.clone(),
            display_name: profile.display_name.clone(),
            role: profile.user.role,
            agency: profile.user.agency.map(|agency| identifier(catalogue, agency)),
            subject: profile.sign_on.as_ref().map(|sign_on| sign_on.subject.clone()),
            password: None,
            disabled: profile.user.disabled,
        }
    }

    /// Parses all but the password, of which is said what holds of a new user's own; a change keeps the stored version.
    pub(super) fn parse(
        self,
        catalogue: &Catalogue,
        caller: &Caller,
        issuers: &Issuers,
        before: Option<&SignOn>,
    ) -> Result<UserProfile, Vec<Violation>> {
        let mut found = Violations::default();
        let agency = found.take(optional(self.agency.as_deref(), |text| caller.agency(catalogue, "/agency", text)));
        let sign_on = found.take(sign_on(self.subject, issuers, before));
        let profile = (|| {
            Some(UserProfile {
                username: self.username,
                display_name: self.display_name,
                user: User {
                    role: self.role,
                    agency: agency?,
                    disabled: self.disabled,
                    password_version: 1,
                    password_given: false,
                },
                sign_on: sign_on?,
            })
        })();
        found.finish(profile)
    }
}

impl UserView {
    /// The identity.
    pub fn id(&self) -> AccountId {
        self.id
    }

    fn new(catalogue: &Catalogue, id: AccountId, profile: &UserProfile) -> Self {
        let input = UserInput::new(catalogue, profile);
        let UserInput { username, display_name, role, agency, disabled, subject, .. } = input;
        let must_change_password = profile.user.must_change_password();
        Self { id, username, display_name, role, agency, disabled, must_change_password, subject }
    }
}

/// The user in an address.
fn find(connection: &mut Connection, username: &str) -> Stored<(AccountId, UserProfile)> {
    users::find(connection, username)?.ok_or(Error::NotFound(changes::Resource::Users))
}

/// The subject with its issuer: the stored issuer while the subject does not change, else the present one.
fn sign_on(
    subject: Option<IssuerSubject>,
    issuers: &Issuers,
    before: Option<&SignOn>,
) -> Result<Option<SignOn>, Violation> {
    let Some(subject) = subject else { return Ok(None) };
    if let Some(before) = before.filter(|before| before.subject == subject) {
        return Ok(Some(before.clone()));
    }
    let issuer = issuers.name().ok_or_else(|| Violation::new("/subject", "subject_without_issuer"))?;
    Ok(Some(SignOn { issuer: issuer.to_owned(), subject }))
}

fn missing_password() -> Violation {
    Violation::new("/password", "missing_password")
}

fn two_ways_in() -> Violation {
    Violation::new("/password", "password_beside_subject")
}
