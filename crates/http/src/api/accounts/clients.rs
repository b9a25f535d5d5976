//! Clients: machines that may come in, each under a name of its own.

use crate::auth::caller::{Allowed, Caller, Manage, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::body::{Body, Patch};
use crate::request::list::{Items, List, ListParams};
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::accounts::clients::Client;
use thidua_domain::accounts::users::Role;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{AgencyIdentifier, Code, Name};
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::clients;
use thidua_persistence::accounts::clients::{ClientProfile, Filter, Sort};
use thidua_persistence::accounts::erasure;
use thidua_persistence::{Connection, Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Clients. They are disabled, never deleted: the change log keeps referring to them. Their names can be erased.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(erase);
}

/// List clients
///
/// Every machine that may come in, disabled ones included. Filter by role.
#[utoipa::path(
    operation_id = "listClients",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(ListParams<ClientView, Sort>, ClientFilter),
    responses((status = OK, body = Items<ClientView>, description = "A page of clients"))
)]
#[get("/clients")]
async fn list(
    store: Data<Store>,
    _caller: Allowed<Manage>,
    list: List<ClientView, Sort, ClientFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let filter = Filter { role: list.filter.role, disabled: list.filter.disabled };
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| clients::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, profile)| ClientView::new(&catalogue, id, &profile)))
}

/// Create a client
///
/// A machine with an identity of its own: what it does stands under its name in the audit and in the change log, and it has
/// nobody's rights but its own. The role says what it may do at most (`editor`, `viewer`, `auditor` or `puller`), the agency
/// bounds what it sees and writes. It comes in with a key: `POST /api/v1/clients/{client_id}/keys`.
#[utoipa::path(
    operation_id = "createClient",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    request_body(content = ClientInput, example = json!({
        "client_id": "he-thong-bao-cao-vi-du", "name": "Hệ thống thông tin báo cáo của tỉnh (ví dụ)", "role": "puller"
    })),
    responses((status = CREATED, body = ClientView, description = "The new client"))
)]
#[post("/clients")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<ClientInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let catalogue = transaction.catalogue();
            let profile = input.parse(&catalogue, caller)?;
            let id = clients::insert(transaction, &profile)?;
            Ok(Created::at(format!("clients/{}", profile.client_id), ClientView::new(&catalogue, id, &profile)))
        })
        .await
}

/// Read a client
///
/// The client with role and scope. Its keys are at `/keys` below it.
#[utoipa::path(
    operation_id = "getClient",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(("client_id" = String, Path, description = "The client's name", example = "kho-du-lieu-vi-du", max_length = 50)),
    responses((status = OK, body = ClientView, description = "The client"))
)]
#[get("/clients/{client_id}")]
async fn read(store: Data<Store>, _caller: Allowed<Manage>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, profile) = store.read(move |connection| find(connection, &path)).await?;
    Ok(etag::ok(&ClientView::new(&store.catalogue(), id, &profile)))
}

/// Change or disable a client
///
/// A JSON merge patch (RFC 7396). `{"disabled": true}` shuts the client out at once, with all its keys and tokens. A role
/// with fewer rights takes them from keys that have been made, too. From the answer on, no node writes by a right that was
/// taken away, requests under way included; other nodes may answer reads by it for 0.1 seconds.
#[utoipa::path(
    operation_id = "updateClient",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(("client_id" = String, Path, description = "The client's name", example = "kho-du-lieu-vi-du", max_length = 50)),
    request_body(content = ClientInput, content_type = "application/merge-patch+json", example = json!({
        "name": "Kho dữ liệu dùng chung của tỉnh"
    })),
    responses((status = OK, body = ClientView, description = "The client as it is now"))
)]
#[patch("/clients/{client_id}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, caller, current| {
            let (id, catalogue) = (current.id, transaction.catalogue());
            let after = patch.applied_to(&current.client)?.parse(&catalogue, caller)?;
            clients::update(transaction, id, &after)?;
            Ok(ClientView::new(&catalogue, id, &after))
        })
        .await
}

/// Erase a client's names
///
/// Of a client that is disabled: its names are erased for good, in the change log as well, where the one it came in under is
/// sealed and the key is destroyed. From then on both names are `erased-` and the identity, also where the audit says what
/// the client did. The header `Change-Reason` must say why.
#[utoipa::path(
    operation_id = "eraseClient",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(("client_id" = String, Path, description = "The client's name", example = "kho-du-lieu-vi-du", max_length = 50)),
    responses((status = OK, body = ClientView, description = "The client as it is now"))
)]
#[post("/clients/{client_id}/erasure")]
async fn erase(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write.require_reason()?;
    write
        .act(&store, (), current(path), |transaction, _, current, ()| {
            let (id, before) = find(transaction.connection(), &current.client.client_id)?;
            let after = erasure::client(transaction, id, &before)?;
            Ok(ClientView::new(&transaction.catalogue(), id, &after))
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ClientFilter {
    /// Only this role.
    role: Option<Role>,
    /// Only those shut out (`true`), or only those that are not (`false`).
    disabled: Option<bool>,
}

/// A client as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientInput {
    /// The name it comes in under; no user and no other client has it.
    #[schema(value_type = String, format = "code", example = "kho-du-lieu-vi-du")]
    client_id: Code,
    /// Shown name of the machine.
    #[schema(value_type = String, format = "name", example = "Kho dữ liệu dùng chung của tỉnh")]
    name: Name,
    /// Role: the most that it may do.
    role: Role,
    /// Identifier of the agency whose subtree bounds what it sees and writes; the whole province while absent.
    agency: Option<AgencyIdentifier>,
    /// True while it is shut out.
    #[serde(default)]
    disabled: bool,
}

/// A client.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientView {
    /// Identity.
    id: AccountId,
    /// The client.
    #[serde(flatten)]
    client: ClientInput,
}

impl ClientInput {
    fn parse(self, catalogue: &Catalogue, caller: &Caller) -> Result<ClientProfile, Violation> {
        let Self { client_id, name, role, agency, disabled } = self;
        let agency = agency.map(|agency| caller.agency(catalogue, "/agency", &agency)).transpose()?;
        Ok(ClientProfile { client_id, name, client: Client { role, agency, disabled } })
    }
}

impl ClientView {
    fn new(catalogue: &Catalogue, id: AccountId, profile: &ClientProfile) -> Self {
        let client = ClientInput {
            client_id: profile.client_id.clone(),
            name: profile.name.clone(),
            role: profile.client.role,
            agency: profile.client.agency.map(|agency| identifier(catalogue, agency)),
            disabled: profile.client.disabled,
        };
        Self { id, client }
    }
}

/// The client in an address.
pub fn find(connection: &mut Connection, client_id: &str) -> Stored<(AccountId, ClientProfile)> {
    clients::find(connection, client_id)?.ok_or(Error::NotFound(Resource::Clients))
}

/// The client in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<ClientView> + Clone {
    let path = path.into_inner();
    move |transaction, _| {
        let (id, profile) = find(transaction.connection(), &path)?;
        Ok(ClientView::new(&transaction.catalogue(), id, &profile))
    }
}
