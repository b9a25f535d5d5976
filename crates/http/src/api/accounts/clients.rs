//! Clients: machines that may come in, each under a name of its own.

use crate::auth::caller::{Caller, Manage, permission};
use crate::request::agency_identifier::identifier;
use crate::request::resource::{Find, PageRequest, PathParameter, Resource, Writing, operations, verbs, writable_row};
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::post;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::accounts::users::Role;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes;
use thidua_domain::text::{AgencyIdentifier, Code, Name};
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::clients::{ClientProfile, Sort};
use thidua_persistence::accounts::{AccountFilter, clients, erasure};
use thidua_persistence::{Connection, Error, Page, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Clients. They are disabled, never deleted: the change log keeps referring to them. Their names can be erased.
pub fn routes(config: &mut ServiceConfig<'_>) {
    verbs::<ClientInput>(config);
    config.service(erase);
}

impl Resource for ClientInput {
    const PATH: &str = "clients";
    const KEY: &[PathParameter] =
        &[PathParameter::text("client_id", 50, "The client's name", ["kho-du-lieu-vi-du"; 3])];
    operations! {
        /// List clients
        ///
        /// Every machine that may come in, disabled ones included. Filter by role.
        LIST "listClients" => "A page of clients";
        /// Create a client
        ///
        /// A machine with an identity of its own: what it does stands under its name in the audit and in the change log, and it has
        /// nobody's rights but its own. The role says what it may do at most (`editor`, `viewer`, `auditor` or `puller`), the agency
        /// bounds what it sees and writes. It comes in with a key: `POST /api/v1/clients/{client_id}/keys`.
        CREATE "createClient" => "The new client";
        /// Read a client
        ///
        /// The client with role and scope. Its keys are at `/keys` below it.
        READ "getClient" => "The client";
        /// Change or disable a client
        ///
        /// A JSON merge patch (RFC 7396). `{"disabled": true}` shuts the client out at once, with all its keys and tokens. A role
        /// with fewer rights takes them from keys that have been made, too. From the answer on, no node writes by a right that was
        /// taken away, requests under way included; other nodes may answer reads by it for 0.1 seconds.
        UPDATE "updateClient" => "The client as it is now";
    }
    const KEY_OF: fn(&ClientView) -> String = |view| view.client.client_id.to_string();
    const WRITTEN: fn(&ClientView) -> Option<&Self> = |view| Some(&view.client);
    const FIND: Find<Self> = Find::Now(|connection, catalogue, _, client_id: String| {
        let (id, profile) = find(connection, &client_id)?;
        Ok(ClientView::new(catalogue, id, &profile))
    });

    type Reads = Manage;
    type Writes = Manage;
    type Key = String;
    type View = ClientView;
    type Sort = Sort;
    type Filter = ClientFilter;
    type Writing = Self;

    fn example() -> Value {
        json!({
            "client_id": "he-thong-bao-cao-vi-du", "name": "Hệ thống thông tin báo cáo của tỉnh (ví dụ)", "role": "puller"
        })
    }

    fn patch_example() -> Value {
        json!({"name": "Kho dữ liệu dùng chung của tỉnh"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<ClientView>> {
        let PageRequest { connection, catalogue, filter: ClientFilter { role, disabled }, sort, slice, .. } = request;
        let page = clients::list(connection, &AccountFilter { role, disabled }, sort, slice)?;
        Ok(page.map(|(id, profile)| ClientView::new(catalogue, id, &profile)))
    }
}

impl Writing<Self> for ClientInput {
    fn insert(input: Self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<ClientView> {
        let catalogue = transaction.catalogue();
        let profile = input.parse(&catalogue, caller)?;
        let id = clients::insert(transaction, &profile)?;
        Ok(ClientView::new(&catalogue, id, &profile))
    }

    fn update(
        input: Self,
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        current: ClientView,
    ) -> Stored<ClientView> {
        let catalogue = transaction.catalogue();
        let after = input.parse(&catalogue, caller)?;
        clients::update(transaction, current.id, &after)?;
        Ok(ClientView::new(&catalogue, current.id, &after))
    }
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
        .act(&store, (), writable_row::<ClientInput>(path.into_inner()), |transaction, _, current, ()| {
            let (id, before) = find(transaction.connection(), &current.client.client_id)?;
            let after = erasure::client(transaction, id, &before)?;
            Ok(ClientView::new(&transaction.catalogue(), id, &after))
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClientFilter {
    /// Only this role.
    role: Option<Role>,
    /// Only those shut out (`true`), or only those that are not (`false`).
    disabled: Option<bool>,
}

/// A client as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "kho-du-lieu-vi-du", "name": "Kho dữ liệu dùng chung của tỉnh"}))]
pub struct ClientInput {
    /// The name it comes in under; no user and no other client has it.
    client_id: Code,
    /// Shown name of the machine.
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
        Ok(ClientProfile { client_id, name, role, agency, disabled })
    }
}

impl ClientView {
    fn new(catalogue: &Catalogue, id: AccountId, profile: &ClientProfile) -> Self {
        let ClientProfile { client_id, name, role, agency, disabled } = profile.clone();
        let agency = agency.map(|agency| identifier(catalogue, agency));
        Self { id, client: ClientInput { client_id, name, role, agency, disabled } }
    }
}

/// The client in an address.
pub fn find(connection: &mut Connection, client_id: &str) -> Stored<(AccountId, ClientProfile)> {
    clients::find(connection, client_id)?.ok_or(Error::NotFound(changes::Resource::Clients))
}
