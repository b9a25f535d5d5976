//! Indicators.

use crate::api::catalogue::definitions::{DefinitionView, SourceInput};
use crate::api::catalogue::movement_codes;
use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, Patch, Query};
use crate::request::distinct::distinct;
use crate::request::list::{Items, List, ListParams};
use crate::request::schemas;
use crate::request::schemas::Spelling;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::definitions::{Definition, Definitions};
use thidua_domain::catalogue::indicators::{Indicator, Semantics};
use thidua_domain::id::IndicatorId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Code, Name, Prose, Reference, optional};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::indicators;
use thidua_persistence::catalogue::indicators::{Filter, Sort};
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Indicators.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(remove);
}

/// List indicators
///
/// The indicators: each a count over a total, with the records it is computed from. Filter by movement, semantics, kind
/// of source or a day on which they are in force.
#[utoipa::path(
    operation_id = "listIndicators",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "indicators",
    params(ListParams<IndicatorView, Sort>, IndicatorFilter),
    responses((status = OK, body = Items<IndicatorView>, description = "A page of indicators"))
)]
#[get("/indicators")]
async fn list(
    store: Data<Store>,
    _caller: Allowed<Read>,
    list: List<IndicatorView, Sort, IndicatorFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let movement = list.filter.movement.as_deref();
    let filter = Filter {
        movement: movement.map(|code| movement_codes::require(&catalogue, "/movement", code)).transpose()?,
        semantics: list.filter.semantics,
        source_kind: list.filter.source_kind.map(|kind| kind.to_string()),
        valid_on: list.filter.valid_on,
    };
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| indicators::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, indicator)| IndicatorView::new(&catalogue, id, &indicator)))
}

/// Create an indicator
///
/// Records that are there already count in it at once. Declared indicators are `flow` or `state`, document exchanges
/// `flow`, training and monitoring `stock`.
#[utoipa::path(
    operation_id = "createIndicator",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "indicators",
    request_body(content = IndicatorInput, example = json!({
        "code": "CT8", "movement": "CDS-2023-2030", "name_vi": "Bộ dữ liệu mở được công bố (ví dụ)",
        "name_en": "Open data sets published (example)",
        "numerator_definition": "Số bộ dữ liệu mở đã công bố trong kỳ.",
        "denominator_definition": "Số bộ dữ liệu mở phải công bố trong kỳ.",
        "unit": "bộ dữ liệu", "semantics": "flow", "source": {"kind": "declared"}, "owner": "H18.SKHCN",
        "legal_basis": "Kế hoạch số 2158/KH-UBND ngày 26/5/2023", "weight": 1,
        "agency_kinds": ["phong_chuyen_mon", "don_vi_su_nghiep"], "valid_from": "2027-01-01"
    })),
    responses((status = CREATED, body = IndicatorView, description = "The new indicator"))
)]
#[post("/indicators")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<IndicatorInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let indicator = input.parse(&transaction.catalogue(), caller, None)?;
            let id = indicators::insert(transaction, &indicator)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("indicators/{}", view.indicator.code), view))
        })
        .await
}

/// Read an indicator
///
/// The indicator with its formula, source and owner, as its latest version defines it, and all versions of the definition.
#[utoipa::path(
    operation_id = "getIndicator",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "indicators",
    params(("indicator" = String, Path, description = "The indicator's code", example = "CT7", max_length = 50), AsOfQuery),
    responses((status = OK, body = IndicatorView, description = "The indicator"))
)]
#[get("/indicators/{indicator}")]
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

/// Change an indicator
///
/// A JSON merge patch (RFC 7396). Changing the definition computes its figures anew. With `holds_from`, a month such as
/// `2026-01`, the changed definition is a version of its own: it holds from that month on, in every calendar, and the months
/// before keep theirs. Without it the latest version is changed in place; that is refused with `closed_figures` where an
/// answer about a frozen phase or a locked period would move, and the refusal names the first month that is open.
/// Semantics, movement and kind of source change with the first month of a phase only. Versions that would begin later
/// give way; one that says the same as the version before it is taken back. `{"source": {"rule":
/// {"last_event_within_days": 45}}}` changes one member of the rule; to change the kind of source, set the members of the
/// old kind to null. Name, weight, owner, legal basis and validity have no versions.
#[utoipa::path(
    operation_id = "updateIndicator",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "indicators",
    params(("indicator" = String, Path, description = "The indicator's code", example = "CT7", max_length = 50)),
    request_body(content = IndicatorInput, content_type = "application/merge-patch+json", example = json!({
        "weight": 2
    })),
    responses((status = OK, body = IndicatorView, description = "The indicator as it is now"))
)]
#[patch("/indicators/{indicator}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, caller, current| {
            let (id, catalogue) = (IndicatorId(current.id), transaction.catalogue());
            let before = catalogue.indicators.get(&id).map(|indicator| &indicator.definitions);
            let after = patch.applied_to(&current.indicator)?.parse(&catalogue, caller, before)?;
            indicators::update(transaction, id, &after)?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// Delete an indicator
///
/// Only an indicator no target and no observation refers to; one that is no longer used is closed (`valid_to`) instead.
#[utoipa::path(
    operation_id = "deleteIndicator",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "indicators",
    params(("indicator" = String, Path, description = "The indicator's code", example = "CT8", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/indicators/{indicator}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, _, current| {
            indicators::delete(transaction, IndicatorId(current.id))
        })
        .await
}

thidua_domain::string_enum! {
    /// Kinds of source.
    SourceKind {
        /// Declared figures.
        Declared = "declared",
        /// E-document exchange counts.
        DocumentExchanges = "document_exchanges",
        /// Monitoring statuses of information systems.
        MonitoringStatuses = "monitoring_statuses",
        /// Training records.
        TrainingRecords = "training_records",
    }
}

/// A kind of source in the contract.
pub(crate) type SourceKindSchema = Spelling<SourceKind>;

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IndicatorFilter {
    /// Only the movement with this code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    movement: Option<String>,
    /// Only indicators whose months add up in this way.
    #[param(value_type = Option<schemas::Semantics>)]
    semantics: Option<Semantics>,
    /// Only indicators computed from this kind of records.
    #[param(value_type = Option<SourceKindSchema>)]
    source_kind: Option<SourceKind>,
    /// Only indicators in force on this day.
    valid_on: Option<Date>,
}

/// An indicator as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorInput {
    /// Code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "CT7")]
    pub code: String,
    /// Code of the movement whose phases bound what accumulates.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "CDS-2023-2030")]
    pub movement: String,
    /// Vietnamese name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_vi: String,
    /// English name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_en: Option<String>,
    /// Definition of the numerator: the things that it counts.
    #[validate(length(min = 1, max = 4000))]
    #[schema(format = "text")]
    pub numerator_definition: String,
    /// Definition of the denominator: the things that it counts.
    #[validate(length(min = 1, max = 4000))]
    #[schema(format = "text")]
    pub denominator_definition: String,
    /// Unit of measure.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name", example = "người")]
    pub unit: String,
    /// Way in which months add up: `flow` is the sum over the window, `stock` the running sum from the phase's start,
    /// `state` each agency's last report in the window.
    #[schema(value_type = schemas::Semantics)]
    pub semantics: Semantics,
    /// Source: the records it is computed from, and the rule that reads them.
    pub source: SourceInput,
    /// Identifier of the agency that answers for the definition.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier", example = "H18.SKHCN")]
    pub owner: String,
    /// The document it rests on.
    #[validate(length(min = 1, max = 500))]
    #[schema(format = "reference")]
    pub legal_basis: String,
    /// Weight in a combined score, in whole parts.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1000000, example = 1)]
    pub weight: i64,
    /// Kinds of agency expected to report it.
    #[validate(length(min = 1, max = 8))]
    #[schema(value_type = Vec<schemas::AgencyKind>)]
    pub agency_kinds: Vec<AgencyKind>,
    /// The first month in which this definition holds, in every calendar: movement, definitions, unit, semantics, source and
    /// kinds of agency. Null while it holds from the beginning, as that of a new indicator does.
    #[schema(format = "month", example = "2026-01")]
    pub holds_from: Option<String>,
    /// First day on which it is in force. Periods that end before it have no rows of the indicator.
    pub valid_from: Date,
    /// Last day; absent while in force. A period that ends after it has rows of a flow only, if a part of the period lies
    /// before, and only those with figures.
    pub valid_to: Option<Date>,
}

/// An indicator.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndicatorView {
    /// Identity.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The indicator.
    #[serde(flatten)]
    pub indicator: IndicatorInput,
    /// Version of the definition: 1, then one more with every change of it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// All versions of the definition, in the order of their first months; the last one is shown above. In a report those
    /// that hold in its period or before it.
    #[schema(max_items = 2400)]
    pub versions: Vec<DefinitionView>,
}

impl IndicatorInput {
    fn new(catalogue: &Catalogue, indicator: &Indicator, definition: &Definition) -> Self {
        Self {
            code: indicator.code.to_string(),
            movement: movement_codes::code(catalogue, definition.movement),
            name_vi: indicator.name_vi.to_string(),
            name_en: indicator.name_en.as_ref().map(ToString::to_string),
            numerator_definition: definition.numerator_definition.to_string(),
            denominator_definition: definition.denominator_definition.to_string(),
            unit: definition.unit.to_string(),
            semantics: definition.semantics,
            source: SourceInput::new(&definition.source),
            owner: identifier(catalogue, indicator.owner),
            legal_basis: indicator.legal_basis.to_string(),
            weight: indicator.weight,
            agency_kinds: definition.agency_kinds.clone(),
            holds_from: definition.holds_from.map(|month| month.to_string()),
            valid_from: indicator.valid_from,
            valid_to: indicator.valid_to,
        }
    }

    /// Parses the indicator. `before` are its stored definitions; a new one has none.
    fn parse(
        &self,
        catalogue: &Catalogue,
        caller: &Caller,
        before: Option<&Definitions>,
    ) -> Result<Indicator, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let movement = found.take(movement_codes::require(catalogue, "/movement", &self.movement));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let numerator_definition = found.take(Prose::parse("/numerator_definition", &self.numerator_definition));
        let denominator_definition = found.take(Prose::parse("/denominator_definition", &self.denominator_definition));
        let unit = found.take(Name::parse("/unit", &self.unit));
        let source = self.source.parse(&mut found);
        let owner = found.take(caller.agency(catalogue, "/owner", &self.owner));
        let legal_basis = found.take(Reference::parse("/legal_basis", &self.legal_basis));
        let agency_kinds = found.take(distinct("/agency_kinds", &self.agency_kinds));
        let holds_from = self.holds_from.as_deref();
        let holds_from = found.take(optional(holds_from, |text| Period::parse_month("/holds_from", text)));
        found.require(before.is_some() || holds_from.flatten().is_none(), || {
            Violation::new(
                "/holds_from",
                "no_earlier_definition",
                "Định nghĩa của một chỉ tiêu mới áp dụng từ đầu; không ghi holds_from, hãy dùng valid_from.",
                "The definition of a new indicator holds from the beginning; leave holds_from out, and use valid_from.",
            )
        });
        let definition = (|| {
            Some(Definition {
                holds_from: holds_from?,
                version: 1,
                movement: movement?,
                numerator_definition: numerator_definition?,
                denominator_definition: denominator_definition?,
                unit: unit?,
                semantics: self.semantics,
                source: source?,
                agency_kinds: agency_kinds?,
            })
        })();
        let indicator = (|| {
            let definition = definition?;
            Some(Indicator {
                code: code?,
                name_vi: name_vi?,
                name_en: name_en?,
                owner: owner?,
                legal_basis: legal_basis?,
                weight: self.weight,
                valid_from: self.valid_from,
                valid_to: self.valid_to,
                definitions: match before {
                    Some(before) => before.with(definition),
                    None => Definitions::only(definition),
                },
            })
        })();
        found.finish(indicator)
    }
}

impl IndicatorView {
    /// The view of an indicator, as its latest version defines it.
    pub fn new(catalogue: &Catalogue, id: IndicatorId, indicator: &Indicator) -> Self {
        Self::until(catalogue, id, indicator, Month::LATEST)
    }

    /// The view of an indicator as it is defined in a month, without later versions.
    pub fn until(catalogue: &Catalogue, id: IndicatorId, indicator: &Indicator, month: Month) -> Self {
        let definition = indicator.definition_in(month);
        let until = indicator.definitions.within(Month::EARLIEST..=month).map(|span| span.definition);
        Self {
            id: id.0,
            indicator: IndicatorInput::new(catalogue, indicator, definition),
            version: definition.version,
            versions: until.map(|definition| DefinitionView::new(catalogue, definition)).collect(),
        }
    }
}

/// The code of an indicator.
pub fn code(catalogue: &Catalogue, id: IndicatorId) -> String {
    catalogue.indicators.get(&id).map(|indicator| indicator.code.to_string()).unwrap_or_default()
}

/// The indicator an input names, which must exist.
pub fn require(catalogue: &Catalogue, pointer: &str, code: &str) -> Result<IndicatorId, Violation> {
    catalogue.indicator(code).map(|indicator| indicator.id).ok_or_else(|| {
        Violation::new(
            pointer,
            "unknown_indicator",
            format!("Không có chỉ tiêu với mã {code}."),
            format!("There is no indicator with the code {code}."),
        )
    })
}

/// The indicator in an address.
pub fn find(catalogue: &Catalogue, code: &str) -> Stored<IndicatorId> {
    catalogue.indicator(code).map(|indicator| indicator.id).ok_or(Error::NotFound(Resource::Indicators))
}

fn view(catalogue: &Catalogue, id: IndicatorId) -> Stored<IndicatorView> {
    let indicator = catalogue.indicators.get(&id).ok_or(Error::NotFound(Resource::Indicators))?;
    Ok(IndicatorView::new(catalogue, id, indicator))
}

/// The indicator in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<IndicatorView> + Clone {
    let path = path.into_inner();
    move |transaction, _| {
        let catalogue = transaction.catalogue();
        view(&catalogue, find(&catalogue, &path)?)
    }
}
