//! Many new users in one request. Nobody's password comes with them: each is invited, by a secret that is shown once.

use crate::api::accounts::new_invitation::Invitation;
use crate::api::accounts::sign_on::Issuers;
use crate::api::accounts::users::UserInput;
use crate::auth::caller::{Caller, Manage, permission};
use crate::crypto::api_key;
use crate::problem::batch_report::BatchReport;
use crate::request::batch;
use crate::request::batch::{Keyed, NewRowsQuery, Rows, WriteSets, write_each};
use crate::request::body::{Query, given};
use crate::request::write::{ApiResult, Outcome, Write};
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::post;
use actix_web::web::Data;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use thidua_domain::accounts::users::Role;
use thidua_domain::text::{AgencyIdentifier, Code, IssuerSubject, Name};
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::users;
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::openapi::schema::Array;
use utoipa::openapi::{ArrayBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// New users, many at once. It has to be mounted before the addresses of single users.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(create_many);
}

/// Create many users
///
/// A JSON array, or one JSON object a line (NDJSON), of at most 1,000 rows, each a new user as `POST /users` makes one
/// without a password. `invitations` has a secret for everyone who is invited, by which the user sets a password that nobody
/// else knows (`POST /invitations/accept`), once, within 72 hours. The secrets are in this answer only: not in a repetition
/// under an `Idempotency-Key`, and a request that is only tried invites nobody. Whoever needs another one is invited anew
/// (`POST /users/{username}/invitation`). A row has no `password`. Users who are there are refused, and stay as they are:
/// what they may do is changed by `PATCH`, on condition that nobody else has changed it. Refused rows are told with index,
/// key and all their errors, those of lines with their `line`.
#[utoipa::path(
    operation_id = "batchUsers",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "users",
    params(NewRowsQuery),
    request_body(content(
        (inline(NewUsers) = "application/json", example = json!([
            {"username": "van-thu-vi-du-1", "display_name": "Văn thư 1 (ví dụ)", "role": "editor", "agency": "H18.SKHCN"},
            {"username": "van-thu-vi-du-2", "display_name": "Văn thư 2 (ví dụ)", "role": "viewer", "agency": "H18.SKHCN"}
        ])),
        (UserRow = "application/x-ndjson", example = json!({
            "username": "van-thu-vi-du-3", "display_name": "Văn thư 3 (ví dụ)", "role": "editor", "agency": "H18.SKHCN"
        }))
    )),
    responses(
        (status = OK, body = NewUsersReport, description = "All users were created", example = json!({
            "received": 1, "created": 1, "updated": 0, "stays_removed": 0, "unchanged": 0, "rejected": 0, "rejections": [],
            "invitations": [{
                "username": "van-thu-vi-du-1",
                "secret": "tdi_ViDuLoiMoiKhongDungDuoc00000000000000000000000000",
                "expires_at": "2026-11-06T08:30:00+07:00"
            }]
        })),
        (status = MULTI_STATUS, body = NewUsersReport, description = "The result of each row")
    )
)]
#[post("/users/batch")]
async fn create_many(
    store: Data<Store>,
    issuers: Data<Issuers>,
    write: Write<Manage>,
    Query(query): Query<NewRowsQuery>,
    rows: Rows<UserRow>,
) -> ApiResult {
    let unusable_hash = store.unusable_hash().await?;
    let inviting = Inviting { issuers, unusable_hash, invitations: Vec::new() };
    batch::run(&store, write, &query.into(), rows, (inviting, None)).await
}

/// A new user as a row of a batch.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRow {
    /// The name used to log in.
    username: Code,
    /// The name shown.
    display_name: Option<Name>,
    /// Role: what the user may do.
    role: Role,
    /// Identifier of the agency whose subtree bounds what the user sees and writes; the whole province while absent.
    agency: Option<AgencyIdentifier>,
    /// Subject (`sub`) of the user at the installation's OpenID Connect issuer: the user signs on by its word and is not
    /// invited. Role and agency follow the issuer from the next sign-on.
    subject: Option<IssuerSubject>,
    /// True for a user who is shut out, and so not invited.
    #[serde(default)]
    disabled: bool,
    /// Read only to say why it is refused.
    #[serde(default, deserialize_with = "given")]
    #[schema(ignore)]
    password: Option<Option<IgnoredAny>>,
}

impl Keyed for UserRow {
    const MOST: usize = 1_000;
    const WEIGHT: usize = 10;

    fn key(&self) -> String {
        self.username.to_string()
    }
}

impl UserRow {
    fn input(&self) -> UserInput {
        let Self { username, display_name, role, agency, subject, disabled, .. } = self.clone();
        UserInput { username, display_name, role, agency, subject, password: None, disabled }
    }

    /// Refuses a password: a thousand would take a minute and more to be hashed, and whoever sends the rows would know all
    /// of them.
    fn require_no_password(&self) -> Result<(), Violation> {
        match self.password {
            None => Ok(()),
            Some(_) => Err(Violation::new("/password", "password_in_batch")),
        }
    }
}

/// The body of a batch as an array.
struct NewUsers;

impl PartialSchema for NewUsers {
    fn schema() -> RefOr<Schema> {
        let rows = ArrayBuilder::new().items(Ref::from_schema_name(UserRow::name())).max_items(Some(UserRow::MOST));
        Array::from(rows).into()
    }
}

impl ToSchema for NewUsers {
    fn name() -> Cow<'static, str> {
        "NewUsers".into()
    }
}

/// Outcome of the rows of a batch of new users.
#[derive(Serialize, ToSchema)]
pub struct NewUsersReport<'a> {
    /// The outcome.
    #[serde(flatten)]
    report: &'a BatchReport,
    /// The invitations of the users created, in the order given. They are shown once: absent where this answer is given
    /// again, and where the request was only tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    invitations: Option<Vec<UserInvitation>>,
}

/// An invitation with the user whom it is for, as it is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct UserInvitation {
    /// The name used to log in.
    username: Code,
    /// The invitation.
    #[serde(flatten)]
    invitation: Invitation,
}

/// The creation of users, with the invitations that were made on the way.
#[derive(Clone)]
struct Inviting {
    issuers: Data<Issuers>,
    /// The hash of no password that anybody knows. It is the same in all rows, as it lets nobody in.
    unusable_hash: String,
    invitations: Vec<UserInvitation>,
}

impl WriteSets for Inviting {
    type Row = UserRow;

    fn write(
        &mut self,
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        rows: &[&UserRow],
        _: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        write_each(transaction, rows, |transaction, row| self.create(transaction, caller, row))
    }

    fn answer(self, status: StatusCode, report: &BatchReport) -> Outcome {
        Outcome::done(status, &NewUsersReport { report, invitations: Some(self.invitations) }).keeping(report)
    }
}

impl Inviting {
    fn create(&mut self, transaction: &mut Transaction<'_>, caller: &Caller, row: &UserRow) -> Stored<RowOutcome> {
        let input = row.input();
        let invited = input.is_invited();
        let parsed = input.parse(&transaction.catalogue(), caller, &self.issuers, None).map_err(Error::from);
        let profile = match (row.require_no_password().map_err(Error::from), parsed) {
            (Err(refused), Err(error)) => return Err(refused.and(error)),
            (Err(refused), Ok(_)) => return Err(refused),
            (Ok(()), parsed) => parsed?,
        };
        let id = users::insert(transaction, &profile, &self.unusable_hash)?;
        if invited {
            let secret = api_key::invitation().map_err(Error::internal)?;
            let invitation = Invitation::make(transaction, id, secret)?;
            self.invitations.push(UserInvitation { username: profile.username, invitation });
        }
        Ok(RowOutcome::Created)
    }
}
