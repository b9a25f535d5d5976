//! Keys of clients: made, shown once, exchanged while both are good, and revoked.

use crate::api::accounts::clients;
use crate::auth::caller::{Allowed, Caller, Manage, permission};
use crate::crypto::api_key;
use crate::problem::Problem;
use crate::request::body::{Body, NoParameters};
use crate::request::distinct::distinct;
use crate::request::list::{Items, Whole, WholeParams};
use crate::request::list_parameters::CountParams;
use crate::request::resource::{Find, PathParameter, Resource, Unlisted, Writing, operations, verbs, writable_row};
use crate::request::time::LocalTime;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::shown_once::shown_once;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use thidua_domain::accounts::client_keys::{ClientKey, KeyKind};
use thidua_domain::accounts::networks::Network;
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::id::{AccountId, ClientKeyId};
use thidua_domain::limits::Within;
use thidua_domain::text::Name;
use thidua_domain::time::Moment;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::client_keys;
use thidua_persistence::accounts::client_keys::KeyProfile;
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Keys of a client.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(rotate);
    verbs::<ClientKeyInput>(config);
}

/// A key is shown once, so creating and exchanging one stand written out below.
impl Resource for ClientKeyInput {
    const PATH: &str = "clients/{client_id}/keys";
    const TAG: &str = "clients";
    const KEY: &[PathParameter] = &[
        PathParameter::text("client_id", 50, "The client's name", ["kho-du-lieu-vi-du"; 3]),
        PathParameter::identity("key", "The key's identity", 10703),
    ];
    operations! {
        /// Read a client's key
        ///
        /// Its scopes, and the time of its last use, give or take a minute; the key itself is never shown again.
        READ "getClientKey" => "The key";
        /// Revoke a client's key
        ///
        /// It is void at once, and with it every access token that was issued for it. From the answer on, no node writes by it,
        /// requests under way included; other nodes may answer reads by it for 0.1 seconds.
        DELETE "revokeClientKey" => "It is void";
    }
    const KEY_OF: fn(&ClientKeyView) -> String = |view| view.id.to_string();
    const FIND: Find<Self> = Find::Now(|connection, _, _, (client_id, id): (String, i64)| {
        let (client, _) = clients::find(connection, &client_id)?;
        let id = ClientKeyId(id);
        Ok(ClientKeyView::new(id, client_keys::get(connection, client, id)?))
    });

    type Reads = Manage;
    type Writes = Manage;
    type Key = (String, i64);
    type View = ClientKeyView;
    type Sort = Unlisted;
    type Filter = NoParameters;
    type Writing = Self;
}

impl Writing<Self> for ClientKeyInput {
    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: ClientKeyView) -> Stored<()> {
        client_keys::delete(transaction, current.id)
    }
}

/// List a client's keys
///
/// Expired keys are listed until they are revoked. The keys themselves are never shown again.
#[utoipa::path(
    operation_id = "listClientKeys",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(
        ("client_id" = String, Path, description = "The client's name", example = "kho-du-lieu-vi-du", max_length = 50),
        WholeParams<ClientKeyView>,
        CountParams
    ),
    responses((status = OK, body = Items<ClientKeyView>, description = "The keys"))
)]
#[get("/clients/{client_id}/keys")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    _caller: Allowed<Manage>,
    path: Path<String>,
    list: Whole<ClientKeyView, NoParameters>,
) -> Result<HttpResponse, Problem> {
    let found = store.read(move |connection| {
        let (client, _) = clients::find(connection, &path)?;
        client_keys::of_client(connection, client)
    });
    let keys = found.await?;
    list.answer(request.headers(), keys.into_iter().map(|(id, profile)| ClientKeyView::new(id, profile)).collect())
}

/// Make a key for a client
///
/// An `api_key` is sent with every request, as `Authorization: Bearer tdk_…`; a `client_secret` (`tds_…`) is exchanged for
/// access tokens at `POST /oauth/token` (RFC 6749, section 4.4). `secret` is the key itself: it is in this answer only, the
/// server keeps its hash. The key may be used for its scopes, which must be among the rights of the client's role, from its
/// networks, until it runs out. `Idempotency-Key` is not taken here, as answers under it are kept.
#[utoipa::path(
    operation_id = "createClientKey",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(("client_id" = String, Path, description = "The client's name", example = "kho-du-lieu-vi-du", max_length = 50)),
    request_body(content = ClientKeyInput, example = json!({
        "kind": "api_key", "label": "Kéo số liệu hằng ngày (ví dụ)", "scopes": ["read"], "networks": ["10.18.0.0/16"],
        "valid_days": 365
    })),
    responses((status = CREATED, body = NewClientKey, description = "The new key, with its secret"))
)]
#[post("/clients/{client_id}/keys")]
async fn create(
    store: Data<Store>,
    write: Write<Manage>,
    path: Path<String>,
    Body(input): Body<ClientKeyInput>,
) -> ApiResult {
    let secret = api_key::make(input.kind).map_err(Problem::internal)?;
    let path = path.into_inner();
    let answered = write.without_idempotency_key()?.create(&store, input, move |transaction, _, input| {
        let (client, profile) = clients::find(transaction.connection(), &path)?;
        let (key, label) = input.parse(client, transaction.now())?;
        let id = keep(transaction, &key, label.as_ref(), &secret)?;
        let view = ClientKeyView::new(id, KeyProfile { key, label, used_at: None });
        Ok(Created::at(format!("clients/{}/keys/{id}", profile.client_id), NewClientKey { key: view, secret }))
    });
    answered.await.map(shown_once)
}

/// Exchange a client's key
///
/// Makes a key of the same kind, scopes and networks, and lets the old one run out after `overlap_hours`, so that the
/// client can take up the new one without a break. A key is exchanged once. `secret` is in this answer only.
/// `Idempotency-Key` is not taken here, as answers under it are kept.
#[utoipa::path(
    operation_id = "rotateClientKey",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "clients",
    params(
        ("client_id" = String, Path, description = "The client's name", example = "kho-du-lieu-vi-du", max_length = 50),
        ("key" = i64, Path, description = "The key's identity", minimum = 1, example = 10703)
    ),
    request_body(content = RotationInput, example = json!({"overlap_hours": 24})),
    responses((status = CREATED, body = NewClientKey, description = "The new key, with its secret"))
)]
#[post("/clients/{client_id}/keys/{key}/rotate")]
async fn rotate(
    store: Data<Store>,
    write: Write<Manage>,
    path: Path<(String, i64)>,
    Body(input): Body<RotationInput>,
) -> ApiResult {
    let (at, current) = ((path.0.clone(), path.1), writable_row::<ClientKeyInput>(path.into_inner()));
    let answered = write.without_idempotency_key()?.succeed(&store, input, current, move |transaction, _, _, input| {
        let (client, profile) = clients::find(transaction.connection(), &at.0)?;
        let before = client_keys::get(transaction.connection(), client, ClientKeyId(at.1))?;
        let now = transaction.now();
        if before.key.expires_at <= now {
            return Err(expired());
        }
        if before.key.replaced {
            return Err(replaced());
        }
        let key = before.key.successor(now, input.valid_days.map_or_else(|| before.key.days(), ValidDays::get));
        let secret = api_key::make(key.kind).map_err(Error::internal)?;
        let id = keep(transaction, &key, before.label.as_ref(), &secret)?;
        client_keys::update(transaction, ClientKeyId(at.1), &before.key.outgoing(now, *input.overlap_hours))?;
        let view = ClientKeyView::new(id, KeyProfile { key, label: before.label, used_at: None });
        Ok(Created::at(format!("clients/{}/keys/{id}", profile.client_id), NewClientKey { key: view, secret }))
    });
    answered.await.map(shown_once)
}

/// The rights that a key may be used for.
type Scopes = Within<Vec<Scope>, 1, 6>;

/// The networks that a key may be used from.
type Networks = Within<Vec<Network>, 0, 50>;

/// Days until a key runs out.
type ValidDays = Within<i64, 1, 366>;

/// Hours for which a key stays good beside its successor.
type OverlapHours = Within<i64, 0, 720>;

/// A key as it is asked for.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"valid_days": 365}))]
pub struct ClientKeyInput {
    /// Kind of key: the way it will be used.
    kind: KeyKind,
    /// Purpose, in words.
    label: Option<Name>,
    /// Scopes: the rights that it may be used for.
    scopes: Scopes,
    /// The networks it may be used from, as `10.18.0.0/16` or `2001:db8::/32`; from anywhere while empty.
    #[serde(default)]
    networks: Networks,
    /// Days until it runs out.
    valid_days: ValidDays,
}

/// Terms on which a key is exchanged.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_hours": 24, "valid_days": 365}))]
pub struct RotationInput {
    /// Hours for which the old key stays good beside the new one.
    #[serde(default = "a_day")]
    #[schema(default = 24)]
    overlap_hours: OverlapHours,
    /// Days until the new key runs out; as many as the old one was made for while absent.
    valid_days: Option<ValidDays>,
}

/// A key, without what is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientKeyView {
    /// Identity.
    id: ClientKeyId,
    /// Kind of key: the way it is used.
    kind: KeyKind,
    /// Purpose, in words.
    label: Option<Name>,
    /// Scopes: the rights that it may be used for.
    scopes: Vec<Scope>,
    /// The networks it may be used from; from anywhere while empty.
    #[schema(max_items = 50)]
    networks: Vec<Network>,
    /// Time of its creation.
    created_at: LocalTime,
    /// Time of its expiry.
    expires_at: LocalTime,
    /// True when it was exchanged for another key.
    replaced: bool,
    /// Time of its last use, give or take a minute; null when it was never used.
    last_used_at: Option<LocalTime>,
}

/// A key as it is shown once.
#[derive(Serialize, ToSchema)]
pub struct NewClientKey {
    /// The key.
    #[serde(flatten)]
    key: ClientKeyView,
    /// The key itself: keep it, it is not shown again.
    #[schema(format = "client-key")]
    secret: String,
}

impl ClientKeyInput {
    fn parse(self, client: AccountId, now: Moment) -> Result<(ClientKey, Option<Name>), Violation> {
        let Self { kind, label, .. } = self;
        let mut scopes = distinct("/scopes", &self.scopes)?;
        scopes.sort_unstable();
        let (networks, expires_at) = (self.networks.get(), now + TimeDelta::days(*self.valid_days));
        Ok((ClientKey { client, kind, scopes, networks, created_at: now, expires_at, replaced: false }, label))
    }
}

impl ClientKeyView {
    fn new(id: ClientKeyId, KeyProfile { key, label, used_at }: KeyProfile) -> Self {
        Self {
            id,
            kind: key.kind,
            label,
            scopes: key.scopes,
            networks: key.networks,
            created_at: LocalTime(key.created_at),
            expires_at: LocalTime(key.expires_at),
            replaced: key.replaced,
            last_used_at: used_at.map(LocalTime),
        }
    }
}

fn a_day() -> OverlapHours {
    OverlapHours::stored(24)
}

/// Stores the hash of a key.
fn keep(transaction: &mut Transaction<'_>, key: &ClientKey, label: Option<&Name>, secret: &str) -> Stored<ClientKeyId> {
    let hash = api_key::hash(key.kind, secret).ok_or_else(|| Error::internal("a key that is none"))?;
    client_keys::insert(transaction, key, label, &hash)
}

fn expired() -> Error {
    Error::Conflict(Violation::new("", "key_expired"))
}

fn replaced() -> Error {
    Error::Conflict(Violation::new("", "key_replaced"))
}
