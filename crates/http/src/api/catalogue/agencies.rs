//! Agencies.

use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, Patch, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::schemas;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::EarlierPlaces;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind};
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{AgencyIdentifier, AreaCode, Name, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::agencies;
use thidua_persistence::catalogue::agencies::{Filter, Sort};
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Agencies, and merging them.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(remove).service(merge);
}

/// List agencies
///
/// The agencies within your scope, closed ones included. Filter by kind, parent or a day on which they exist. Kind, parent and
/// scope are those of the last place of each agency.
#[utoipa::path(
    operation_id = "listAgencies",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "agencies",
    params(ListParams<AgencyView, Sort>, AgencyFilter),
    responses((status = OK, body = Items<AgencyView>, description = "A page of agencies"))
)]
#[get("/agencies")]
async fn list(
    store: Data<Store>,
    caller: Allowed<Read>,
    list: List<AgencyView, Sort, AgencyFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let parent = match &list.filter.parent {
        Some(identifier) => Some(caller.agency(&catalogue, "/parent", identifier)?),
        None => None,
    };
    let filter = Filter {
        within: caller.within(&catalogue, None),
        kind: list.filter.kind,
        parent,
        valid_on: list.filter.valid_on,
    };
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| agencies::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, agency)| AgencyView::new(&catalogue, id, &agency)))
}

/// Create an agency
///
/// The identifier must be new. For a merger create the successor first, then call the merger operation.
#[utoipa::path(
    operation_id = "createAgency",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "agencies",
    request_body(content = AgencyInput, example = json!({
        "identifier": "H18.99.1", "name_vi": "Phòng Chuyển đổi số (ví dụ)", "kind": "phong_chuyen_mon",
        "parent": "H18.SKHCN", "valid_from": "2026-01-01"
    })),
    responses((status = CREATED, body = AgencyView, description = "The new agency"))
)]
#[post("/agencies")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<AgencyInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let agency = input.parse(&transaction.catalogue(), caller, None)?;
            let id = agencies::insert(transaction, &agency)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("agencies/{}", view.agency.identifier), view))
        })
        .await
}

/// Read an agency
///
/// One agency by its identifier in force, closed or not.
#[utoipa::path(
    operation_id = "getAgency",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "agencies",
    params(("agency" = String, Path, description = "The agency identifier", example = "H18.SKHCN", max_length = 35), AsOfQuery),
    responses((status = OK, body = AgencyView, description = "The agency"))
)]
#[get("/agencies/{agency}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<Read>,
    path: Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue_as_of(&query).await?;
    let id = find(&catalogue, &caller, &path)?;
    Ok(etag::ok(&view(&catalogue, id)?))
}

/// Change an agency
///
/// A JSON merge patch (RFC 7396). Closing an agency (`valid_to`) is refused while people, systems or later figures
/// would be left outside its existence. With `placed_from` a new `parent` or `kind` holds from a day on: figures of
/// earlier months stay with the old one, and so does everything that was told of them.
#[utoipa::path(
    operation_id = "updateAgency",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "agencies",
    params(("agency" = String, Path, description = "The agency identifier", example = "H18.SKHCN", max_length = 35)),
    request_body(content = AgencyInput, content_type = "application/merge-patch+json", example = json!({
        "name_en": "Department of Science and Technology"
    })),
    responses((status = OK, body = AgencyView, description = "The agency as it is now"))
)]
#[patch("/agencies/{agency}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, caller, current| {
            let (id, catalogue) = (AgencyId(current.id), transaction.catalogue());
            let after = patch.applied_to(&current.agency)?.parse(&catalogue, caller, catalogue.agencies.get(&id))?;
            agencies::update(transaction, id, &after)?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// Delete an agency
///
/// Only an agency nothing refers to; an agency with figures is closed instead.
#[utoipa::path(
    operation_id = "deleteAgency",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "agencies",
    params(("agency" = String, Path, description = "The agency identifier", example = "H18.99.1", max_length = 35)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/agencies/{agency}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, _, current| agencies::delete(transaction, AgencyId(current.id)))
        .await
}

/// Merge agencies
///
/// Closes each predecessor the day before `on` and moves its people and information systems to this agency on that
/// day. Past figures stay with the predecessors.
#[utoipa::path(
    operation_id = "mergeAgencies",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "agencies",
    params(("agency" = String, Path, description = "The identifier of the successor", example = "H18.SKHCN", max_length = 35)),
    request_body(content = Merger, example = json!({"predecessors": ["H18.SKHCN.6"], "on": "2026-12-01"})),
    responses((status = OK, body = AgencyView, description = "The successor as it is now"))
)]
#[post("/agencies/{agency}/merger")]
async fn merge(store: Data<Store>, write: Write<Manage>, path: Path<String>, Body(merger): Body<Merger>) -> ApiResult {
    write
        .act(&store, merger, current(path), |transaction, caller, current, merger| {
            let id = AgencyId(current.id);
            let merged = agency_list(&transaction.catalogue(), caller, "/predecessors", &merger.predecessors)?;
            agencies::merge(transaction, id, &merged, merger.on)?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// A merger: the agencies that are merged, and its day.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merger {
    /// Identifiers of the agencies that are merged into this one.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, format = "agency-identifier")]
    predecessors: Vec<String>,
    /// The first day after the merger.
    on: Date,
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AgencyFilter {
    /// Only this kind.
    #[param(value_type = Option<schemas::AgencyKind>)]
    kind: Option<AgencyKind>,
    /// Only agencies directly below the one with this identifier.
    #[validate(length(max = 35))]
    #[param(format = "agency-identifier")]
    parent: Option<String>,
    /// Only agencies that exist on this day.
    valid_on: Option<Date>,
}

/// An agency as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyInput {
    /// Mã định danh (QĐ 20/2020, amended by QĐ 09/2025): groups of capital letters or digits separated by dots.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier", example = "H18.20")]
    pub identifier: String,
    /// Mã định danh of the older form.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier", example = "000.00.20.H18")]
    pub former_identifier: Option<String>,
    /// Mã đơn vị hành chính: 2 digits for a province, 5 for a commune.
    #[validate(length(min = 2, max = 5))]
    #[schema(format = "area-code", example = "11")]
    pub area_code: Option<String>,
    /// Vietnamese name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_vi: String,
    /// English name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_en: Option<String>,
    /// Kind of agency, from `placed_from` on.
    #[schema(value_type = schemas::AgencyKind)]
    pub kind: AgencyKind,
    /// Identifier of the agency above it, from `placed_from` on.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier")]
    pub parent: Option<String>,
    /// First day of `kind` and `parent`; null when they have held from the agency's first day on. To move the agency, or to
    /// change its kind, send the new values with the day from which they hold: the old ones stay for the time before. Sent
    /// alone, the day of the last change is corrected. Without another day the values are corrected, as if they had always
    /// been so since `placed_from`. A month belongs to the place of its last day.
    #[serde(default)]
    pub placed_from: Option<Date>,
    /// First day of its existence. It is expected to report, and has rows, in periods of which it exists on some day; for a
    /// stock or a state it is expected if it exists on the period's last day.
    pub valid_from: Date,
    /// Last day; absent while it exists. Its figures of the time before stay its own. Of later periods it has rows only with
    /// figures, and its states no longer count; people and systems count with the agency that has taken them over.
    pub valid_to: Option<Date>,
    /// Identifiers of the agencies merged or divided into this one.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100, format = "agency-identifier")]
    pub predecessors: Vec<String>,
}

/// An agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyView {
    /// Identity.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The agency.
    #[serde(flatten)]
    pub agency: AgencyInput,
    /// Identifiers of the agencies it was merged or divided into.
    #[schema(max_items = 100, format = "agency-identifier")]
    pub successors: Vec<String>,
    /// The kinds and parents it had before `placed_from`, in order of time; empty when it has never been moved.
    #[schema(max_items = 100)]
    pub earlier_places: Vec<PlaceView>,
}

/// A kind and a parent that an agency had.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The kind of agency it was.
    #[schema(value_type = schemas::AgencyKind)]
    pub kind: AgencyKind,
    /// Identifier of the agency above it.
    #[schema(format = "agency-identifier", example = "H18.SKHCN")]
    pub parent: Option<String>,
}

impl AgencyInput {
    fn new(catalogue: &Catalogue, agency: &Agency) -> Self {
        Self {
            identifier: agency.identifier.to_string(),
            former_identifier: agency.former_identifier.as_ref().map(ToString::to_string),
            area_code: agency.area_code.as_ref().map(ToString::to_string),
            name_vi: agency.name_vi.to_string(),
            name_en: agency.name_en.as_ref().map(ToString::to_string),
            kind: agency.kind,
            parent: agency.parent.map(|parent| identifier(catalogue, parent)),
            placed_from: agency.placed_from(),
            valid_from: agency.valid_from,
            valid_to: agency.valid_to,
            predecessors: agency.predecessors.iter().map(|id| identifier(catalogue, *id)).collect(),
        }
    }

    /// Parses the agency. `before` is the stored one, whose places before `placed_from` stay.
    fn parse(&self, catalogue: &Catalogue, caller: &Caller, before: Option<&Agency>) -> Result<Agency, Vec<Violation>> {
        let mut found = Violations::default();
        let identifier = found.take(AgencyIdentifier::parse("/identifier", &self.identifier));
        let former_identifier = found.take(optional(self.former_identifier.as_deref(), |text| {
            AgencyIdentifier::parse("/former_identifier", text)
        }));
        let area_code = found.take(optional(self.area_code.as_deref(), |text| AreaCode::parse("/area_code", text)));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let parent = found.take(optional(self.parent.as_deref(), |text| caller.agency(catalogue, "/parent", text)));
        let predecessors = found.take(agency_list(catalogue, caller, "/predecessors", &self.predecessors));
        let agency = (|| {
            Some(Agency {
                identifier: identifier?,
                former_identifier: former_identifier?,
                area_code: area_code?,
                name_vi: name_vi?,
                name_en: name_en?,
                kind: self.kind,
                parent: parent?,
                valid_from: self.valid_from,
                valid_to: self.valid_to,
                predecessors: predecessors?,
                earlier_places: EarlierPlaces::default(),
            })
        })();
        let placed = agency.and_then(|agency| found.take(agency.placed(before, self.placed_from)));
        found.finish(placed)
    }
}

impl AgencyView {
    /// The view of an agency.
    pub fn new(catalogue: &Catalogue, id: AgencyId, agency: &Agency) -> Self {
        Self {
            id: id.0,
            agency: AgencyInput::new(catalogue, agency),
            successors: catalogue.successors(id).iter().map(|id| identifier(catalogue, *id)).collect(),
            earlier_places: agency
                .places()
                .map(|(from, place)| PlaceView {
                    from,
                    to: place.to,
                    kind: place.kind,
                    parent: place.parent.map(|parent| identifier(catalogue, parent)),
                })
                .collect(),
        }
    }
}

fn agency_list(
    catalogue: &Catalogue,
    caller: &Caller,
    pointer: &str,
    identifiers: &[String],
) -> Result<Vec<AgencyId>, Violation> {
    let parse = |(index, text): (usize, &String)| caller.agency(catalogue, &format!("{pointer}/{index}"), text);
    let mut ids = identifiers.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The agency in an address, within the caller's scope.
pub fn find(catalogue: &Catalogue, caller: &Caller, identifier: &str) -> Stored<AgencyId> {
    let found = catalogue.agency(identifier).map(|(id, _)| id).filter(|id| caller.sees(catalogue, *id));
    found.ok_or(Error::NotFound(Resource::Agencies))
}

fn view(catalogue: &Catalogue, id: AgencyId) -> Stored<AgencyView> {
    let agency = catalogue.agencies.get(&id).ok_or(Error::NotFound(Resource::Agencies))?;
    Ok(AgencyView::new(catalogue, id, agency))
}

/// The agency in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<AgencyView> + Clone {
    let path = path.into_inner();
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        view(&catalogue, find(&catalogue, caller, &path)?)
    }
}
