//! Movements.

use crate::api::catalogue::movement_codes::find;
use crate::api::catalogue::phases;
use crate::api::catalogue::phases::PhaseView;
use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, Nothing, Patch, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::id::MovementId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Code, Name, Reference, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::movements;
use thidua_persistence::catalogue::movements::Sort;
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Movements.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(remove);
}

/// List movements
///
/// The emulation movements (phong trào thi đua), each with its phases.
#[utoipa::path(
    operation_id = "listMovements",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "movements",
    params(ListParams<MovementView, Sort>),
    responses((status = OK, body = Items<MovementView>, description = "A page of movements"))
)]
#[get("/movements")]
async fn list(
    store: Data<Store>,
    _caller: Allowed<Read>,
    list: List<MovementView, Sort, Nothing>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| movements::list(connection, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, movement)| MovementView::new(&catalogue, id, &movement)))
}

/// Create a movement
///
/// Give it phases next: figures that accumulate do so within a phase.
#[utoipa::path(
    operation_id = "createMovement",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "movements",
    request_body(content = MovementInput, example = json!({
        "code": "CCHC-2026-2030", "name_vi": "Phong trào thi đua đẩy mạnh cải cách hành chính (ví dụ)",
        "name_en": "Emulation movement for administrative reform (example)",
        "basis": ["Kế hoạch của UBND tỉnh về phong trào thi đua (ví dụ)"]
    })),
    responses((status = CREATED, body = MovementView, description = "The new movement"))
)]
#[post("/movements")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<MovementInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, _, input| {
            let id = movements::insert(transaction, &input.parse()?)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("movements/{}", view.movement.code), view))
        })
        .await
}

/// Read a movement
///
/// The movement with its phases in the order of time.
#[utoipa::path(
    operation_id = "getMovement",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "movements",
    params(("movement" = String, Path, description = "The movement's code", example = "CDS-2023-2030", max_length = 50), AsOfQuery),
    responses((status = OK, body = MovementView, description = "The movement"))
)]
#[get("/movements/{movement}")]
async fn read(
    store: Data<Store>,
    _caller: Allowed<Read>,
    path: Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue_as_of(&query).await?;
    let id = find(&catalogue, &path)?;
    Ok(etag::ok(&view(&catalogue, id)?))
}

/// Change a movement
///
/// A JSON merge patch (RFC 7396). Phases have addresses of their own.
#[utoipa::path(
    operation_id = "updateMovement",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "movements",
    params(("movement" = String, Path, description = "The movement's code", example = "CDS-2023-2030", max_length = 50)),
    request_body(content = MovementInput, content_type = "application/merge-patch+json", example = json!({
        "name_en": "Digital transformation 2023–2030"
    })),
    responses((status = OK, body = MovementView, description = "The movement as it is now"))
)]
#[patch("/movements/{movement}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, _, current| {
            let id = MovementId(current.id);
            movements::update(transaction, id, &patch.applied_to(&current.movement)?.parse()?)?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// Delete a movement
///
/// Only a movement without phases, indicators and targets.
#[utoipa::path(
    operation_id = "deleteMovement",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "movements",
    params(("movement" = String, Path, description = "The movement's code", example = "CCHC-2026-2030", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/movements/{movement}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, _, current| movements::delete(transaction, MovementId(current.id)))
        .await
}

/// A movement as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementInput {
    /// Code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "CDS-2023-2030")]
    pub code: String,
    /// Vietnamese name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_vi: String,
    /// English name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_en: Option<String>,
    /// Documents it rests on, at most 500 characters each.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100, format = "reference")]
    pub basis: Vec<String>,
}

/// A movement.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementView {
    /// Identity.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The movement.
    #[serde(flatten)]
    pub movement: MovementInput,
    /// Its phases in the order of time.
    #[schema(max_items = 200)]
    pub phases: Vec<PhaseView>,
}

impl MovementInput {
    fn new(movement: &Movement) -> Self {
        Self {
            code: movement.code.to_string(),
            name_vi: movement.name_vi.to_string(),
            name_en: movement.name_en.as_ref().map(ToString::to_string),
            basis: movement.basis.iter().map(ToString::to_string).collect(),
        }
    }

    fn parse(&self) -> Result<Movement, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let documents = self.basis.iter().enumerate();
        let basis = documents
            .filter_map(|(index, text)| found.take(Reference::parse(&format!("/basis/{index}"), text)))
            .collect();
        let movement = (|| Some(Movement { code: code?, name_vi: name_vi?, name_en: name_en?, basis }))();
        found.finish(movement)
    }
}

impl MovementView {
    /// The view of a movement.
    pub fn new(catalogue: &Catalogue, id: MovementId, movement: &Movement) -> Self {
        Self { id: id.0, movement: MovementInput::new(movement), phases: phases::views(catalogue, id) }
    }
}

fn view(catalogue: &Catalogue, id: MovementId) -> Stored<MovementView> {
    let movement = catalogue.movements.get(&id).ok_or(Error::NotFound(Resource::Movements))?;
    Ok(MovementView::new(catalogue, id, movement))
}

/// The movement in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<MovementView> + Clone {
    let path = path.into_inner();
    move |transaction, _| {
        let catalogue = transaction.catalogue();
        view(&catalogue, find(&catalogue, &path)?)
    }
}
