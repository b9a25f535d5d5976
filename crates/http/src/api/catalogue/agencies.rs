//! Agencies.

use crate::auth::caller::{Caller, Manage, Read, permission};
use crate::request::agency_identifier;
use crate::request::batch::Keyed;
use crate::request::body::Body;
use crate::request::resource::{
    BatchResource, CatalogueBatch, CatalogueResource, Catalogued, Find, PageRequest, PathParameter, Resource, Verbs,
    in_catalogue, operations, verbs_and_batch, writable_row,
};
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::post;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::EarlierPlaces;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind};
use thidua_domain::id::AgencyId;
use thidua_domain::limits::Within;
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_domain::text::{AgencyIdentifier, AreaCode, Name, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::agencies;
use thidua_persistence::{Error, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Agencies, and merging them.
pub fn routes(config: &mut ServiceConfig<'_>) {
    verbs_and_batch::<AgencyInput>(config);
    config.service(merge);
}

impl Resource for AgencyInput {
    const PATH: &str = "agencies";
    const KEY: &[PathParameter] =
        &[PathParameter::text("agency", 35, "The agency identifier", ["H18.SKHCN", "H18.SKHCN", "H18.99.1"])];
    operations! {
        /// List agencies
        ///
        /// The agencies within your scope, closed ones included. Filter by kind, parent or a day on which they exist. Kind, parent and
        /// scope are those of the last place of each agency.
        LIST "listAgencies" => "A page of agencies";
        /// Create an agency
        ///
        /// The identifier must be new. For a merger create the successor first, then call the merger operation.
        CREATE "createAgency" => "The new agency";
        /// Read an agency
        ///
        /// One agency by its identifier in force, closed or not.
        READ "getAgency" => "The agency";
        /// Change an agency
        ///
        /// A JSON merge patch (RFC 7396). Closing an agency (`valid_to`) is refused while people, systems or later figures
        /// would be left outside its existence. With `placed_from` a new `parent` or `kind` holds from a day on: figures of
        /// earlier months stay with the old one, and so does everything that was told of them.
        UPDATE "updateAgency" => "The agency as it is now";
        /// Delete an agency
        ///
        /// Only an agency nothing refers to; an agency with figures is closed instead.
        DELETE "deleteAgency" => "It is gone";
    }
    const KEY_OF: fn(&AgencyView) -> String = |view| view.agency.identifier.to_string();
    const WRITTEN: fn(&AgencyView) -> Option<&Self> = |view| Some(&view.agency);
    const FIND: Find<Self> = Find::Catalogue(|catalogue, caller, identifier: String| {
        in_catalogue::<Self>(catalogue, find(catalogue, caller, &identifier)?)
    });

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = AgencyView;
    type Sort = Sort;
    type Filter = AgencyFilter;
    type Writing = Catalogued;

    fn example() -> Value {
        json!({
            "identifier": "H18.99.1", "name_vi": "Phòng Chuyển đổi số (ví dụ)", "kind": "phong_chuyen_mon",
            "parent": "H18.SKHCN", "valid_from": "2026-01-01"
        })
    }

    fn patch_example() -> Value {
        json!({"name_en": "Department of Science and Technology"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<AgencyView>> {
        let PageRequest { catalogue, caller, filter: AgencyFilter { kind, parent, valid_on }, sort, slice, .. } =
            request;
        let parent = parent.map(|identifier| caller.agency(catalogue, "/parent", &identifier)).transpose()?;
        let agencies = catalogue.agencies.iter().filter(|(id, agency)| {
            caller.sees(catalogue, **id)
                && kind.is_none_or(|kind| kind == agency.kind)
                && parent.is_none_or(|parent| Some(parent) == agency.parent)
                && valid_on.is_none_or(|day| agency.exists_on(day))
        });
        let page = match sort {
            Sort::Identifier => Page::of(agencies, slice, |_, agency| agency.identifier.to_string()),
            Sort::Name => Page::of(agencies, slice, |_, agency| agency.name_vi.to_string()),
            Sort::ValidFrom => Page::of(agencies, slice, |_, agency| agency.valid_from),
        };
        Ok(page?.map(|(id, agency)| AgencyView::new(catalogue, id, &agency)))
    }
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
        .act(&store, merger, writable_row::<AgencyInput>(path.into_inner()), |transaction, caller, current, merger| {
            let merged = agency_list(&transaction.catalogue(), caller, "/predecessors", &merger.predecessors)?;
            agencies::merge(transaction, current.id, &merged, merger.on)?;
            in_catalogue::<AgencyInput>(&transaction.catalogue(), current.id)
        })
        .await
}

/// The agencies that are merged at a time.
type MergedAgencies = Within<Vec<AgencyIdentifier>, 1, 100>;

/// The agencies that were merged or divided into one.
type Predecessors = Within<Vec<AgencyIdentifier>, 0, 100>;

/// A merger: the agencies that are merged, and its day.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merger {
    /// Identifiers of the agencies that are merged into this one.
    predecessors: MergedAgencies,
    /// The first day after the merger.
    on: Date,
}

impl BatchResource for AgencyInput {
    operations! {
        /// Create or change many agencies
        ///
        /// An agency is known by its identifier; those above come before those below. A row that is there takes the place
        /// of the stored one, as a whole.
        BATCH "batchAgencies" => "All rows were written";
    }
}

impl Keyed for AgencyInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        self.identifier.to_string()
    }
}

impl CatalogueBatch for AgencyInput {
    fn stored(&self, catalogue: &Catalogue) -> Option<AgencyId> {
        catalogue.agency(&self.identifier).map(|(id, _)| id)
    }
}

string_enum! {
    /// Sort orders of agencies; the first is the default.
    Sort {
        /// By identifier.
        Identifier = "identifier",
        /// By Vietnamese name, in code-point order.
        Name = "name_vi",
        /// By first day of existence.
        ValidFrom = "valid_from",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgencyFilter {
    /// Only this kind.
    kind: Option<AgencyKind>,
    /// Only agencies directly below the one with this identifier.
    parent: Option<AgencyIdentifier>,
    /// Only agencies that exist on this day.
    valid_on: Option<Date>,
}

/// An agency as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"identifier": "H18.20", "former_identifier": "000.00.20.H18", "area_code": "11"}))]
pub struct AgencyInput {
    /// Mã định danh (QĐ 20/2020, amended by QĐ 09/2025): groups of capital letters or digits separated by dots.
    pub identifier: AgencyIdentifier,
    /// Mã định danh of the older form.
    pub former_identifier: Option<AgencyIdentifier>,
    /// Mã đơn vị hành chính: 2 digits for a province, 5 for a commune.
    pub area_code: Option<AreaCode>,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Kind of agency, from `placed_from` on.
    pub kind: AgencyKind,
    /// Identifier of the agency above it, from `placed_from` on.
    pub parent: Option<AgencyIdentifier>,
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
    pub predecessors: Predecessors,
}

/// An agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyView {
    /// Identity.
    pub id: AgencyId,
    /// The agency.
    #[serde(flatten)]
    pub agency: AgencyInput,
    /// Identifiers of the agencies it was merged or divided into.
    #[schema(max_items = 100)]
    pub successors: Vec<AgencyIdentifier>,
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
    pub kind: AgencyKind,
    /// Identifier of the agency above it.
    #[schema(value_type = Option<String>, format = "agency-identifier", example = "H18.SKHCN")]
    pub parent: Option<AgencyIdentifier>,
}

impl AgencyInput {
    fn new(catalogue: &Catalogue, agency: Agency) -> Self {
        let placed_from = agency.placed_from();
        let Agency { identifier, former_identifier, area_code, name_vi, name_en, kind, valid_from, valid_to, .. } =
            agency;
        Self {
            identifier,
            former_identifier,
            area_code,
            name_vi,
            name_en,
            kind,
            parent: agency.parent.map(|parent| agency_identifier::identifier(catalogue, parent)),
            placed_from,
            valid_from,
            valid_to,
            predecessors: Predecessors::stored(identifiers(catalogue, &agency.predecessors)),
        }
    }
}

impl CatalogueResource for AgencyInput {
    type Entity = Agency;
    const ID: fn(&AgencyView) -> AgencyId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<AgencyId, Agency> = |catalogue| &catalogue.agencies;
    const VERBS: Verbs<Agency> = Verbs { insert: agencies::insert, update: agencies::update, delete: agencies::delete };

    /// The places of the stored agency before `placed_from` stay.
    fn parse(self, catalogue: &Catalogue, caller: &Caller, before: Option<&Agency>) -> Stored<Agency> {
        let mut found = Violations::default();
        let parent = found.take(optional(self.parent.as_deref(), |text| caller.agency(catalogue, "/parent", text)));
        let predecessors = found.take(agency_list(catalogue, caller, "/predecessors", &self.predecessors));
        let Self { identifier, former_identifier, area_code, name_vi, name_en, kind, valid_from, valid_to, .. } = self;
        let agency = (|| {
            Some(Agency {
                identifier,
                former_identifier,
                area_code,
                name_vi,
                name_en,
                kind,
                parent: parent?,
                valid_from,
                valid_to,
                predecessors: predecessors?,
                earlier_places: EarlierPlaces::default(),
            })
        })();
        let placed = agency.and_then(|agency| found.take(agency.placed(before, self.placed_from)));
        Ok(found.finish(placed)?)
    }

    fn view(catalogue: &Catalogue, id: AgencyId, agency: &Agency) -> AgencyView {
        AgencyView::new(catalogue, id, agency)
    }
}

impl AgencyView {
    /// The view of an agency.
    pub fn new(catalogue: &Catalogue, id: AgencyId, agency: &Agency) -> Self {
        Self {
            id,
            agency: AgencyInput::new(catalogue, agency.clone()),
            successors: identifiers(catalogue, catalogue.successors(id)),
            earlier_places: agency
                .places()
                .map(|(from, place)| PlaceView {
                    from,
                    to: place.to,
                    kind: place.kind,
                    parent: place.parent.map(|parent| agency_identifier::identifier(catalogue, parent)),
                })
                .collect(),
        }
    }
}

fn identifiers(catalogue: &Catalogue, agencies: &[AgencyId]) -> Vec<AgencyIdentifier> {
    agencies.iter().map(|id| agency_identifier::identifier(catalogue, *id)).collect()
}

fn agency_list(
    catalogue: &Catalogue,
    caller: &Caller,
    pointer: &str,
    identifiers: &[AgencyIdentifier],
) -> Result<Vec<AgencyId>, Violation> {
    let parse =
        |(index, text): (usize, &AgencyIdentifier)| caller.agency(catalogue, &format!("{pointer}/{index}"), text);
    let mut ids = identifiers.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The agency in an address, within the caller's scope.
pub fn find(catalogue: &Catalogue, caller: &Caller, identifier: &str) -> Stored<AgencyId> {
    let found = catalogue.agency(identifier).map(|(id, _)| id).filter(|id| caller.sees(catalogue, *id));
    found.ok_or(Error::NotFound(changes::Resource::Agencies))
}
