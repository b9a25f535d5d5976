//! Explanations of figures: their parts, the records behind them, what is missing, and what last moved them.

use crate::api::closing::figure_views::FigureView;
use crate::api::figures::attainments;
use crate::api::figures::attainments::AttainmentView;
use crate::api::log::audit::usernames;
use crate::api::log::feed_readers;
use crate::api::log::logged_changes::ChangeReference;
use crate::auth::caller::{Allowed, Audit, Permission, ReadRecords, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::fields::Row;
use crate::request::list::List;
use crate::request::list_parameters::PageParams;
use crate::response::etag;
use crate::response::etag::Basis;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::figures::explanation::{Lack, LeftOut, Part};
use thidua_domain::figures::question::Question;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{AgencyIdentifier, Code};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::Violation;
use thidua_persistence::figures::explanations::{Contribution, Contributor, Explanation, ExplanationQuery};
use thidua_persistence::{Page, Position};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Explaining a figure.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(explain);
}

/// Explain an attainment
///
/// Origin of a figure: the agency's own part and each child's; the records behind it, a page at a time, each with its
/// share and what it lacks (a person not yet trained, a system and the requirements it does not meet); what is left out
/// and why; the definition, the target, and the changes that last moved the figure. The parts add up to the figure, and
/// so do the records of all pages.
#[utoipa::path(
    operation_id = "explainAttainment",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "attainments",
    params(
        ("indicator" = String, Path, description = "The indicator's code", example = "CT7", max_length = 50),
        ("agency" = String, Path, description = "The agency identifier", example = "H18.SKHCN", max_length = 35),
        ("period" = String, Path, description = "The period", example = "2026-10", max_length = 7),
        PageParams<ContributionView>,
        ExplanationFilter
    ),
    responses((status = OK, body = ExplanationView, description = "The explanation, with a strong `ETag`"))
)]
#[get("/attainments/{indicator}/{agency}/{period}/explain")]
async fn explain(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    path: Path<(String, String, String)>,
    list: List<ContributionView, Sort, ExplanationFilter>,
) -> Result<HttpResponse, Problem> {
    if list.order.slice.descending {
        return Err(one_order().into());
    }
    let question = {
        let model = store.judged(None, list.filter.judged_on).await?;
        let calendar = attainments::calendar(&model.catalogue, list.filter.calendar.as_deref())?;
        let (indicator, agency) = attainments::find(&model.catalogue, &caller, &path.0, &path.1)?;
        Question { indicator, agency, calendar, period: Period::parse("/period", &path.2)?, day: model.day }
    };
    let asked = ExplanationQuery {
        question,
        lacking: list.filter.lacking.unwrap_or(false),
        after: list.order.slice.after.as_ref().map_or(0, |after| after.id),
        limit: list.order.slice.limit,
        reader: feed_readers::reader(&store, &caller),
    };
    let explanation = store.blocking(move |database| database.explain(&asked)).await?;
    let Explanation {
        seq,
        hash,
        catalogue,
        question,
        attainment,
        parts,
        contributions,
        next,
        definition,
        target,
        moved_by,
    } = explanation;
    let names_users = Audit::allows(&caller);
    let names = if names_users { usernames(&store.model()) } else { BTreeMap::new() };
    let so_far = attainment.so_far;
    let day = so_far.provisional.then_some(question.day);
    let next = next.map(|id| Position { key: id.to_string(), id });
    let page = Page { items: contributions, next, total: None };
    let (records, next) = list.order.page(page, |record| ContributionView::new(&catalogue, &record, so_far.end()));
    let document = || {
        Ok(ExplanationView {
            attainment: AttainmentView::new(&catalogue, question, attainment, seq),
            parts: parts.iter().map(|part| PartView::new(&catalogue, part)).collect(),
            records,
            next: next.clone(),
            definition: definition.map(|logged| ChangeReference::new(&names, &logged.change)),
            target: target.map(|logged| ChangeReference::new(&names, &logged.change)),
            moved_by: moved_by.iter().map(|logged| ChangeReference::new(&names, &logged.change)).collect(),
        })
    };
    let basis = Basis { state: (seq, &hash), day, today: day };
    let response = etag::unless_known_with_names(&request, &caller, basis, names_users, document)?;
    Ok(list.order.linked(response, next.as_deref()))
}

fn one_order() -> Violation {
    Violation::new("/sort", "invalid_sort.records")
}

thidua_domain::string_enum! {
    /// Order of the records behind a figure.
    Sort {
        /// In the order of creation.
        Id = "id",
    }
}

/// Filter of the records behind a figure.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExplanationFilter {
    /// The calendar's code; `nd09` when absent.
    #[param(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
    /// The day as of which a period that runs is judged, such as `2026-11-29`: today when absent. Not before the day of the
    /// last change of the data, and not after today.
    judged_on: Option<Date>,
    /// Only the records that lack something: people not yet trained, systems not regularly monitored.
    lacking: Option<bool>,
}

/// Explanation of a figure: where it comes from.
#[derive(Debug, Serialize, ToSchema)]
struct ExplanationView {
    /// The figure.
    attainment: AttainmentView,
    /// The agency's own part, then each child's with everything below it; of a flow in the months in which it is one. They add
    /// up to the figure.
    #[schema(max_items = 100000)]
    parts: Vec<PartView>,
    /// The records behind it, a page of them, in the order of creation. Those of all pages add up to the figure.
    #[schema(max_items = 1000, value_type = Vec<ContributionView>)]
    records: Vec<Row<ContributionView>>,
    /// The cursor of the next page of records; absent on the last one.
    #[schema(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$", example = "eyJzb3J0IjoiL2FwaS92MSJ9")]
    next: Option<String>,
    /// The change that made the indicator as it is defined.
    definition: Option<ChangeReference>,
    /// The change that made the target as it is in the last month of the period; null when none applies.
    target: Option<ChangeReference>,
    /// The changes that last moved the figure, the last one first. A write of several rows is named by the last one that you
    /// may see.
    #[schema(max_items = 20)]
    moved_by: Vec<ChangeReference>,
}

/// Part that an agency adds to a figure.
#[derive(Debug, Serialize, ToSchema)]
struct PartView {
    /// The agency identifier.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN.1")]
    agency: AgencyIdentifier,
    /// True for the agency's own part, without those below it.
    own: bool,
    /// Part that it adds; numerator and denominator are null when nothing was reported. People and information systems
    /// about which nothing is recorded add to the denominator.
    figure: FigureView,
    /// Reason why the agency itself adds nothing, when it does not.
    left_out: Option<LeftOut>,
}

/// A record behind a figure.
#[derive(Debug, Serialize, ToSchema)]
struct ContributionView {
    /// Resource of the record.
    #[schema(max_length = 50, pattern = "^[a-z-]+$", example = "staff")]
    resource: String,
    /// Its identity.
    #[schema(minimum = 1)]
    id: i64,
    /// The code of the person or the system; null for counts and declared figures.
    #[schema(value_type = Option<String>, format = "code", example = "NV-0001")]
    code: Option<Code>,
    /// Identifier of the agency it is with at the window's end, or on the day as of which a running one is told.
    #[schema(value_type = Option<String>, format = "agency-identifier", example = "H18.SKHCN")]
    agency: Option<AgencyIdentifier>,
    /// The month it was recorded for; null for people and systems.
    #[schema(value_type = Option<String>, format = "month", example = "2026-10")]
    month: Option<Month>,
    /// Amount that it adds to the numerator.
    numerator: i64,
    /// Amount that it adds to the denominator.
    denominator: i64,
    /// Version of the indicator's definition by which it was judged: of a count or a declared figure that of its month, of a
    /// person or a system that of the period's last month.
    #[schema(minimum = 1)]
    definition_version: i64,
    /// Requirements not met, which keep it from counting in the numerator.
    #[schema(max_items = 12)]
    lacks: Vec<Lack>,
    /// Part of it that is left out; null when nothing is.
    left_out: Option<ExclusionView>,
}

/// Part that is left out of a figure.
#[derive(Debug, Serialize, ToSchema)]
struct ExclusionView {
    /// Reason.
    reason: LeftOut,
    /// Number of units.
    #[schema(minimum = 0)]
    units: i64,
}

impl PartView {
    fn new(catalogue: &Catalogue, part: &Part) -> Self {
        Self {
            agency: identifier(catalogue, part.agency),
            own: part.own,
            figure: FigureView::new(part.figure),
            left_out: part.left_out,
        }
    }
}

impl ContributionView {
    fn new(catalogue: &Catalogue, contribution: &Contribution, day: Date) -> Self {
        let (resource, code, agency, month) = match &contribution.record {
            Contributor::DocumentExchange(_, exchange) => {
                (Resource::DocumentExchanges, None, Some(exchange.agency), Some(exchange.month))
            }
            Contributor::Observation(_, observation) => {
                (Resource::Observations, None, Some(observation.agency), Some(observation.month))
            }
            Contributor::InformationSystem(_, system) => {
                (Resource::InformationSystems, Some(&system.code), system.tenures.agency_on(day), None)
            }
            Contributor::Staff(_, member) => (Resource::Staff, Some(&member.code), member.tenures.agency_on(day), None),
        };
        Self {
            resource: resource.to_string(),
            id: contribution.record.id(),
            code: code.cloned(),
            agency: agency.map(|agency| identifier(catalogue, agency)),
            month,
            numerator: contribution.share.numerator,
            denominator: contribution.share.denominator,
            definition_version: contribution.version,
            lacks: contribution.lacks.clone(),
            left_out: contribution.left_out.map(|(reason, units)| ExclusionView { reason, units }),
        }
    }
}
