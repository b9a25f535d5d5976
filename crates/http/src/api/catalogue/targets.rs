//! Targets.

use crate::api::catalogue::target_versions::{TargetValue, TargetVersionView};
use crate::api::catalogue::{indicators, phases};
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
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::target_versions::Comparison;
use thidua_domain::catalogue::target_versions::{TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::figures::fraction::Fraction;
use thidua_domain::id::{MovementId, TargetId};
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Reference, optional};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::targets;
use thidua_persistence::catalogue::targets::{Filter, Sort};
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Targets.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(remove);
}

/// List targets
///
/// The targets for every agency and those for agencies within your scope. The most specific one applies: one for the
/// agency before one for all, then a year before a phase before the whole movement. One that begins with a later month
/// than the last one of a period leaves its place to a less specific one.
#[utoipa::path(
    operation_id = "listTargets",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "targets",
    params(ListParams<TargetView, Sort>, TargetFilter),
    responses((status = OK, body = Items<TargetView>, description = "A page of targets"))
)]
#[get("/targets")]
async fn list(
    store: Data<Store>,
    caller: Allowed<Read>,
    list: List<TargetView, Sort, TargetFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let TargetFilter { indicator, agency, year } = &list.filter;
    let indicator = indicator.as_deref().map(|code| indicators::require(&catalogue, "/indicator", code));
    let agency = agency.as_deref().map(|text| caller.agency(&catalogue, "/agency", text));
    let filter = Filter {
        indicator: indicator.transpose()?,
        agency: agency.transpose()?,
        within: caller.within(&catalogue, None),
        year: *year,
    };
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| targets::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, target)| TargetView::new(&catalogue, id, &target)))
}

/// Create a target
///
/// For a year, a phase or the whole movement, and for one agency or all. The targets of a frozen phase cannot change. With
/// `holds_from`, a month such as `2026-11`, it applies from that month on; without it from the beginning, which is refused
/// with `closed_figures` where an answer about a frozen phase or a locked period would move. The refusal names the first
/// month that is open.
#[utoipa::path(
    operation_id = "createTarget",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "targets",
    request_body(content = TargetInput, example = json!({
        "indicator": "CT3", "year": 2027, "agency": "H18.SKHCN", "value": {"numerator": 95, "denominator": 100},
        "comparison": "at_least", "basis": "Mức phấn đấu riêng năm 2027 (ví dụ)"
    })),
    responses((status = CREATED, body = TargetView, description = "The new target"))
)]
#[post("/targets")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<TargetInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let target = input.parse(&transaction.catalogue(), caller, None)?;
            let id = targets::insert(transaction, &target).map_err(|error| on_wire(error, target.scope))?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("targets/{}", view.id), view))
        })
        .await
}

/// Read a target
///
/// A target for an agency outside your scope looks like a missing one.
#[utoipa::path(
    operation_id = "getTarget",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "targets",
    params(("target" = i64, Path, description = "The target's identity", minimum = 1, example = 81), AsOfQuery),
    responses((status = OK, body = TargetView, description = "The target"))
)]
#[get("/targets/{target}")]
async fn read(
    store: Data<Store>,
    caller: Allowed<Read>,
    path: Path<i64>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue_as_of(&query).await?;
    let id = find(&catalogue, &caller, *path)?;
    Ok(etag::ok(&view(&catalogue, id)?))
}

/// Change a target
///
/// A JSON merge patch (RFC 7396). With `holds_from`, a month such as `2026-11`, the changed value, comparison and basis are a
/// version of their own: it holds from that month on, in every calendar, and the months before keep theirs. A period is
/// judged by the version of its last month. Without `holds_from` the latest version is changed in place; that is refused
/// with `closed_figures` where an answer about a frozen phase or a locked period would move, and the refusal names the first
/// month that is open. Versions that would begin later give way; one that says the same as the version before it is taken
/// back. Indicator, phase or year, and agency have no versions. To turn a target for a phase into one for a year, send
/// `{"phase": null, "year": 2027}`.
#[utoipa::path(
    operation_id = "updateTarget",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "targets",
    params(("target" = i64, Path, description = "The target's identity", minimum = 1, example = 81)),
    request_body(content = TargetInput, content_type = "application/merge-patch+json", example = json!({
        "value": {"numerator": 90}, "holds_from": "2026-12", "basis": "Quyết định điều chỉnh (ví dụ)"
    })),
    responses((status = OK, body = TargetView, description = "The target as it is now"))
)]
#[patch("/targets/{target}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<i64>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, caller, current| {
            let id = TargetId(current.id);
            let catalogue = transaction.catalogue();
            let before = catalogue.targets.get(&id);
            let versions = before.map(|before| &before.versions);
            let mut after = patch.applied_to(&current.target)?.parse(&catalogue, caller, versions)?;
            if let Some(before) = before {
                after.scope = kept_scope(&catalogue, before, &after);
            }
            targets::update(transaction, id, &after).map_err(|error| on_wire(error, after.scope))?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// Delete a target
///
/// Refused if the target speaks for a frozen phase, or has judged an answer that is closed.
#[utoipa::path(
    operation_id = "deleteTarget",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "targets",
    params(("target" = i64, Path, description = "The target's identity", minimum = 1, example = 81)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/targets/{target}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<i64>) -> ApiResult {
    let delete = |transaction: &mut Transaction<'_>, _: &Caller, current: TargetView| {
        let (id, catalogue) = (TargetId(current.id), transaction.catalogue());
        let target = catalogue.targets.get(&id).ok_or(Error::NotFound(Resource::Targets))?;
        targets::delete(transaction, id).map_err(|error| on_wire(error, target.scope))
    };
    write.delete(&store, current(path), delete).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TargetFilter {
    /// Only the indicator with this code.
    #[validate(length(max = 50))]
    #[param(format = "code")]
    indicator: Option<String>,
    /// Only targets set for the one agency with this identifier.
    #[validate(length(max = 35))]
    #[param(format = "agency-identifier")]
    agency: Option<String>,
    /// Only targets set for this year.
    #[validate(range(min = 2000, max = 2199))]
    #[param(minimum = 2000, maximum = 2199)]
    year: Option<i32>,
}

/// A target as it is written. With neither `phase` nor `year` it is for the whole movement; both cannot be given.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetInput {
    /// The indicator's code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "CT7")]
    pub indicator: String,
    /// Code of the one phase of the indicator's movement it is for.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "II")]
    pub phase: Option<String>,
    /// The one year it is for.
    #[validate(range(min = 2000, max = 2199))]
    #[schema(minimum = 2000, maximum = 2199)]
    pub year: Option<i32>,
    /// Identifier of the one agency it is for; every agency while absent.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier")]
    pub agency: Option<String>,
    /// The exact value.
    #[validate(nested)]
    pub value: TargetValue,
    /// Side of the value on which the target is met.
    #[schema(value_type = schemas::Comparison)]
    pub comparison: Comparison,
    /// The document it rests on.
    #[validate(length(min = 1, max = 500))]
    #[schema(format = "reference")]
    pub basis: String,
    /// The first month in which this value, comparison and basis hold, in every calendar. Null while they hold from the
    /// beginning of the movement, the phase or the year.
    #[schema(format = "month", example = "2026-11")]
    pub holds_from: Option<String>,
}

/// A target.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    /// Identity.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The target.
    #[serde(flatten)]
    pub target: TargetInput,
    /// All versions, in the order of their first months; the last one is shown above. In a report those that hold in its
    /// period or before it.
    #[schema(max_items = 2400)]
    pub versions: Vec<TargetVersionView>,
}

impl TargetInput {
    fn new(catalogue: &Catalogue, target: &Target, version: &TargetVersion) -> Self {
        let (phase, year) = match target.scope {
            TargetScope::Movement(_) => (None, None),
            TargetScope::Phase(phase) => (Some(phases::code(catalogue, phase)), None),
            TargetScope::Year(year) => (None, Some(year)),
        };
        Self {
            indicator: indicators::code(catalogue, target.indicator),
            phase,
            year,
            agency: target.agency.map(|agency| identifier(catalogue, agency)),
            value: TargetValue::new(version.value),
            comparison: version.comparison,
            basis: version.basis.to_string(),
            holds_from: version.holds_from.map(|month| month.to_string()),
        }
    }

    /// Parses the target. `before` are its stored versions; a new one has none.
    fn parse(
        &self,
        catalogue: &Catalogue,
        caller: &Caller,
        before: Option<&TargetVersions>,
    ) -> Result<Target, Vec<Violation>> {
        let mut found = Violations::default();
        let indicator = found.take(indicators::require(catalogue, "/indicator", &self.indicator));
        let movement =
            indicator.and_then(|id| catalogue.indicators.get(&id)).map(|indicator| indicator.latest().movement);
        let scope = movement.and_then(|movement| found.take(self.scope(catalogue, movement)));
        let agency = found.take(optional(self.agency.as_deref(), |text| caller.agency(catalogue, "/agency", text)));
        let value = found.take(Fraction::parse("/value", self.value.numerator, self.value.denominator));
        let basis = found.take(Reference::parse("/basis", &self.basis));
        let holds_from = self.holds_from.as_deref();
        let holds_from = found.take(optional(holds_from, |text| Period::parse_month("/holds_from", text)));
        let target = (|| {
            let comparison = self.comparison;
            let version = TargetVersion { value: value?, comparison, basis: basis?, holds_from: holds_from? };
            let versions = match before {
                Some(before) => before.with(version),
                None => TargetVersions::only(version),
            };
            Some(Target { indicator: indicator?, scope: scope?, agency: agency?, versions })
        })();
        found.finish(target)
    }

    fn scope(&self, catalogue: &Catalogue, movement: MovementId) -> Result<TargetScope, Violation> {
        match (self.phase.as_deref(), self.year) {
            (None, None) => Ok(TargetScope::Movement(movement)),
            (Some(phase), None) => phases::require(catalogue, "/phase", movement, phase).map(TargetScope::Phase),
            (None, Some(year)) => Ok(TargetScope::Year(year)),
            (Some(_), Some(_)) => Err(Violation::new(
                "/year",
                "phase_and_year",
                "Mục tiêu chỉ áp dụng cho một giai đoạn hoặc một năm; không ghi cả hai.",
                "A target is for a phase or for a year; give one of them only.",
            )),
        }
    }
}

/// The scope of a changed target: the stored one where the input says the same, although the indicator may belong to
/// another movement by now.
fn kept_scope(catalogue: &Catalogue, before: &Target, after: &Target) -> TargetScope {
    let said = |target: &Target| {
        let input = TargetInput::new(catalogue, target, target.latest());
        (input.indicator, input.phase, input.year)
    };
    if said(before) == said(after) { before.scope } else { after.scope }
}

impl TargetView {
    /// The view of a target, as its latest version has it.
    pub fn new(catalogue: &Catalogue, id: TargetId, target: &Target) -> Self {
        Self::until(catalogue, id, target, Month::LATEST)
    }

    /// The view of a target as it holds in a month, without later versions.
    pub fn until(catalogue: &Catalogue, id: TargetId, target: &Target, month: Month) -> Self {
        let version = target.versions.in_month(month).unwrap_or_else(|| target.latest());
        Self {
            id: id.0,
            target: TargetInput::new(catalogue, target, version),
            versions: target.versions.until(month).map(TargetVersionView::new).collect(),
        }
    }
}

/// The target in an address: one for every agency, or for an agency within the caller's scope.
pub fn find(catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<TargetId> {
    let id = TargetId(id);
    let target = catalogue.targets.get(&id).ok_or(Error::NotFound(Resource::Targets))?;
    match target.agency {
        Some(agency) => caller.require(catalogue, agency, Resource::Targets).map(|()| id),
        None => Ok(id),
    }
}

/// Points a conflict about the scope to the member of the input that says it.
fn on_wire(error: Error, scope: TargetScope) -> Error {
    match error {
        Error::Conflict(mut conflict) if conflict.pointer == "/scope" => {
            conflict.pointer = match scope {
                TargetScope::Movement(_) => "/indicator".to_owned(),
                TargetScope::Phase(_) => "/phase".to_owned(),
                TargetScope::Year(_) => "/year".to_owned(),
            };
            Error::Conflict(conflict)
        }
        other => other,
    }
}

fn view(catalogue: &Catalogue, id: TargetId) -> Stored<TargetView> {
    let target = catalogue.targets.get(&id).ok_or(Error::NotFound(Resource::Targets))?;
    Ok(TargetView::new(catalogue, id, target))
}

/// The target in an address, as it stands when a write begins.
fn current(path: Path<i64>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<TargetView> + Clone {
    let path = path.into_inner();
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        view(&catalogue, find(&catalogue, caller, path)?)
    }
}
