//! Indicators.

use crate::agencies::identifier;
use crate::as_of::AsOfQuery;
use crate::auth::{Allowed, Caller, Manage, Read, permission};
use crate::extract::{Body, Patch, Query};
use crate::listing::{Items, List, ListParams};
use crate::movements;
use crate::problem::Problem;
use crate::respond;
use crate::schemas;
use crate::store::Store;
use crate::writes::{Answered, Created, Write};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::agencies::AgencyKind;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::changes::Resource;
use thidua_domain::courses::CourseKind;
use thidua_domain::document_exchanges::Direction;
use thidua_domain::id::IndicatorId;
use thidua_domain::indicators::{DocumentMeasure, Indicator, Semantics, Source};
use thidua_domain::monitoring_statuses::MonitoringRule;
use thidua_domain::staff::StaffKind;
use thidua_domain::text::{Code, Name, Prose, Reference, optional};
use thidua_domain::training_records::TrainingResult;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::indicators::{self, Filter, Sort};
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
/// What is counted over what, from which records. Filter by movement, semantics, kind of source or a day on which they
/// are in force.
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
        movement: movement.map(|code| movements::require(&catalogue, "/movement", code)).transpose()?,
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
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<IndicatorInput>) -> Answered {
    write
        .create(&store, input, |transaction, caller, input| {
            let indicator = input.parse(&transaction.catalogue(), caller, 1)?;
            let id = indicators::insert(transaction, &indicator)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("indicators/{}", view.indicator.code), view))
        })
        .await
}

/// Read an indicator
///
/// The indicator with its formula, source, owner and version.
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
    Ok(respond::ok(&view(&catalogue, id)?))
}

/// Change an indicator
///
/// A JSON merge patch (RFC 7396). Changing what it counts computes its figures anew and raises its version; that is
/// refused where it would change a figure of a frozen phase or a locked period. `{"source": {"rule":
/// {"last_event_within_days": 45}}}` changes one member of the rule; to change the kind of source, set the members of
/// the old kind to null.
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
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> Answered {
    write
        .update(&store, current(path), move |transaction, caller, current| {
            let (id, catalogue) = (IndicatorId(current.id), transaction.catalogue());
            let after = patch.applied_to(&current.indicator)?.parse(&catalogue, caller, current.version)?;
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
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> Answered {
    write
        .delete(&store, current(path), |transaction, _, current| {
            indicators::delete(transaction, IndicatorId(current.id))
        })
        .await
}

thidua_domain::spelled! {
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

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IndicatorFilter {
    /// Only the movement with this code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    movement: Option<String>,
    /// Only those whose months add up like this.
    #[param(value_type = Option<schemas::Semantics>)]
    semantics: Option<Semantics>,
    /// Only those computed from such records.
    #[param(value_type = Option<schemas::SourceKind>)]
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
    /// What the numerator counts.
    #[validate(length(min = 1, max = 4000))]
    #[schema(format = "text")]
    pub numerator_definition: String,
    /// What the denominator counts.
    #[validate(length(min = 1, max = 4000))]
    #[schema(format = "text")]
    pub denominator_definition: String,
    /// What one unit is.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name", example = "người")]
    pub unit: String,
    /// How months add up: `flow` is the sum over the window, `stock` the running sum from the phase's start, `state` each
    /// agency's last report in the window.
    #[schema(value_type = schemas::Semantics)]
    pub semantics: Semantics,
    /// Which records it is computed from, and by which rule.
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
    /// First day on which it is in force.
    pub valid_from: Date,
    /// Last day; absent while in force.
    pub valid_to: Option<Date>,
}

/// The records an indicator is computed from, with the rule that reads them.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceInput {
    /// Figures declared as observations.
    Declared {},
    /// E-document exchange counts over all documents but the secret ones.
    DocumentExchanges {
        /// Which count makes the numerator.
        #[schema(value_type = schemas::DocumentMeasure)]
        numerator: DocumentMeasure,
        /// Which directions count; both when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::Direction>)]
        directions: Vec<Direction>,
    },
    /// Information systems with their monitoring statuses.
    MonitoringStatuses {
        /// When a system counts as regularly monitored.
        rule: MonitoringRuleInput,
    },
    /// People on the roll with their training records.
    TrainingRecords {
        /// Which results count; at least one.
        #[schema(value_type = Vec<schemas::TrainingResult>)]
        results: Vec<TrainingResult>,
        /// Which kinds of course count; all when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::CourseKind>)]
        course_kinds: Vec<CourseKind>,
        /// Whether only people whose skills were confirmed by assessment count.
        #[serde(default)]
        confirmed_only: bool,
        /// Which kinds of people count, in both parts of the figure; all when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::StaffKind>)]
        staff_kinds: Vec<StaffKind>,
    },
}

/// When a system counts as regularly monitored: all that is required here must hold.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoringRuleInput {
    /// The level must be approved.
    pub level_approved: bool,
    /// The protection plan must be deployed.
    pub plan_deployed: bool,
    /// Somebody must monitor it.
    pub monitored: bool,
    /// The independent assessment must be valid.
    pub assessment_valid: bool,
    /// The last event must lie at most this many days back; no limit while absent.
    #[schema(minimum = 0, maximum = 65535, example = 30)]
    pub last_event_within_days: Option<u16>,
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
}

impl IndicatorInput {
    fn new(catalogue: &Catalogue, indicator: &Indicator) -> Self {
        Self {
            code: indicator.code.to_string(),
            movement: movements::code(catalogue, indicator.movement),
            name_vi: indicator.name_vi.to_string(),
            name_en: indicator.name_en.as_ref().map(ToString::to_string),
            numerator_definition: indicator.numerator_definition.to_string(),
            denominator_definition: indicator.denominator_definition.to_string(),
            unit: indicator.unit.to_string(),
            semantics: indicator.semantics,
            source: SourceInput::new(&indicator.source),
            owner: identifier(catalogue, indicator.owner),
            legal_basis: indicator.legal_basis.to_string(),
            weight: indicator.weight,
            agency_kinds: indicator.agency_kinds.clone(),
            valid_from: indicator.valid_from,
            valid_to: indicator.valid_to,
        }
    }

    fn parse(&self, catalogue: &Catalogue, caller: &Caller, version: i64) -> Result<Indicator, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let movement = found.take(movements::require(catalogue, "/movement", &self.movement));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let numerator_definition = found.take(Prose::parse("/numerator_definition", &self.numerator_definition));
        let denominator_definition = found.take(Prose::parse("/denominator_definition", &self.denominator_definition));
        let unit = found.take(Name::parse("/unit", &self.unit));
        let source = self.source.parse(&mut found);
        let owner = found.take(caller.agency(catalogue, "/owner", &self.owner));
        let legal_basis = found.take(Reference::parse("/legal_basis", &self.legal_basis));
        let agency_kinds = found.take(distinct("/agency_kinds", &self.agency_kinds));
        let indicator = (|| {
            Some(Indicator {
                code: code?,
                movement: movement?,
                name_vi: name_vi?,
                name_en: name_en?,
                numerator_definition: numerator_definition?,
                denominator_definition: denominator_definition?,
                unit: unit?,
                semantics: self.semantics,
                source: source?,
                owner: owner?,
                legal_basis: legal_basis?,
                weight: self.weight,
                agency_kinds: agency_kinds?,
                valid_from: self.valid_from,
                valid_to: self.valid_to,
                version,
            })
        })();
        found.finish(indicator)
    }
}

impl SourceInput {
    fn new(source: &Source) -> Self {
        match source {
            Source::Declared {} => Self::Declared {},
            Source::DocumentExchanges { numerator, directions } => {
                Self::DocumentExchanges { numerator: *numerator, directions: directions.clone() }
            }
            Source::MonitoringStatuses { rule } => Self::MonitoringStatuses { rule: MonitoringRuleInput::new(rule) },
            Source::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds } => Self::TrainingRecords {
                results: results.clone(),
                course_kinds: course_kinds.clone(),
                confirmed_only: *confirmed_only,
                staff_kinds: staff_kinds.clone(),
            },
        }
    }

    fn parse(&self, found: &mut Violations) -> Option<Source> {
        Some(match self {
            Self::Declared {} => Source::Declared {},
            Self::DocumentExchanges { numerator, directions } => {
                let directions = found.take(distinct("/source/directions", directions));
                Source::DocumentExchanges { numerator: *numerator, directions: directions? }
            }
            Self::MonitoringStatuses { rule } => Source::MonitoringStatuses { rule: rule.parse() },
            Self::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds } => {
                let results = found.take(distinct("/source/results", results));
                let course_kinds = found.take(distinct("/source/course_kinds", course_kinds));
                let staff_kinds = found.take(distinct("/source/staff_kinds", staff_kinds));
                Source::TrainingRecords {
                    results: results?,
                    course_kinds: course_kinds?,
                    confirmed_only: *confirmed_only,
                    staff_kinds: staff_kinds?,
                }
            }
        })
    }
}

impl MonitoringRuleInput {
    fn new(rule: &MonitoringRule) -> Self {
        Self {
            level_approved: rule.level_approved,
            plan_deployed: rule.plan_deployed,
            monitored: rule.monitored,
            assessment_valid: rule.assessment_valid,
            last_event_within_days: rule.last_event_within_days,
        }
    }

    fn parse(&self) -> MonitoringRule {
        MonitoringRule {
            level_approved: self.level_approved,
            plan_deployed: self.plan_deployed,
            monitored: self.monitored,
            assessment_valid: self.assessment_valid,
            last_event_within_days: self.last_event_within_days,
        }
    }
}

impl IndicatorView {
    /// The view of an indicator.
    pub fn new(catalogue: &Catalogue, id: IndicatorId, indicator: &Indicator) -> Self {
        Self { id: id.0, indicator: IndicatorInput::new(catalogue, indicator), version: indicator.version }
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

fn distinct<T: Copy + PartialEq>(pointer: &str, values: &[T]) -> Result<Vec<T>, Violation> {
    let repeated =
        values.iter().enumerate().any(|(index, value)| values.iter().take(index).any(|other| other == value));
    if repeated {
        return Err(Violation::new(
            pointer,
            "repeated_value",
            "Mỗi giá trị chỉ được ghi một lần trong danh sách.",
            "Each value may stand in the list only once.",
        ));
    }
    Ok(values.to_vec())
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
