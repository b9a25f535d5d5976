//! Attainment: the figures everything else exists for, answered from memory.

use crate::api::catalogue::target_versions::AppliedTarget;
use crate::api::catalogue::{calendars, indicators, phases};
use crate::api::closing::errata::ErratumView;
use crate::api::closing::figure_views::FigureView;
use crate::api::records::comparisons::PartsView;
use crate::auth::caller::{Allowed, Caller, Read, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::body::Query;
use crate::request::fields::Row;
use crate::request::judged_on::Judged;
use crate::request::list::{Whole, WholeParams};
use crate::response::cacheable::Cacheable;
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::calendars::Calendar;
use thidua_domain::catalogue::so_far::SoFar;
use thidua_domain::catalogue::sources::Semantics;
use thidua_domain::figure::Verdict;
use thidua_domain::figures::attainment::{Attainment, attain, errata};
use thidua_domain::figures::completeness::Absence;
use thidua_domain::figures::question::Question;
use thidua_domain::figures::small_cells::{SmallCells, Withheld, Withholding};
use thidua_domain::fraction::lowest_terms;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};
use thidua_domain::text::{AgencyIdentifier, Code};
use thidua_domain::time::{Month, Period, Window};
use thidua_domain::violation::Violation;
use thidua_persistence::Model;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Attainment as a list, as one figure, and as a trend.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(series).service(read);
}

/// List attainments
///
/// One row per indicator and agency for a period, ordered by indicator code and agency identifier. A row's figure is
/// that of the agency with everything below it; `own` is the agency's own part. With `subtree=true` every agency below
/// the one asked for has rows of its own. An agency that was moved is below another in the months on whose last day it
/// was: a flow adds each month where it belonged, a stock or a state is that of the agencies below at the period's end.
/// Agencies outside your scope of today have no rows.
///
/// An agency has a row whether it is expected to report or not (`absence` tells), if it exists on some day of the period and
/// the indicator is in force on the last one. Where the agency does not exist in the period, or the indicator has gone out of
/// force within it, there are rows with figures only. An indicator has no rows of periods outside its validity.
#[utoipa::path(
    operation_id = "listAttainments",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "attainments",
    params(AttainmentQuery, WholeParams<AttainmentView>),
    responses((status = OK, body = Attainments, description = "The attainments, with a strong `ETag`"))
)]
#[get("/attainments")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    list: Whole<AttainmentView, AttainmentQuery>,
) -> Result<HttpResponse, Problem> {
    let query = &list.filter;
    let model = store.judged(query.as_of.as_deref(), query.judged_on).await?;
    let catalogue = &model.catalogue;
    let (calendar, period) = (calendar(catalogue, query.calendar.as_deref())?, query.period);
    let indicators = match &query.indicator {
        Some(code) => vec![indicators::require(catalogue, "/indicator", code)?],
        None => catalogue.indicators.keys().copied().collect(),
    };
    let tops = match &query.agency {
        Some(identifier) => vec![caller.agency(catalogue, "/agency", identifier)?],
        None => tops(catalogue, &caller, (calendar, period), model.day),
    };
    let basis = model.basis(calendar, period);
    let response = etag::not_modified_or(&request, &caller, basis, || {
        let wanted = RowSelection { tops, below: query.subtree.unwrap_or(false), calendar, period };
        let items = rows(&model, &caller, indicators, &wanted)?;
        Ok(Attainments { seq: model.seq, items: list.fields.rows(items) })
    })?;
    Ok(Cacheable::new(&caller, basis).mark(response))
}

/// Read a trend
///
/// One indicator and agency over consecutive periods of the same length, oldest first.
#[utoipa::path(
    operation_id = "getAttainmentSeries",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "attainments",
    params(
        ("indicator" = String, Path, description = "The indicator's code", example = "CT1", max_length = 50),
        ("agency" = String, Path, description = "The agency identifier", example = "H18.SKHCN", max_length = 35),
        SeriesQuery,
        WholeParams<AttainmentView>
    ),
    responses((status = OK, body = Attainments, description = "The attainments, with a strong `ETag`"))
)]
#[get("/attainments/{indicator}/{agency}/series")]
async fn series(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    path: Path<(String, String)>,
    trend: Whole<AttainmentView, SeriesQuery>,
) -> Result<HttpResponse, Problem> {
    let query = &trend.filter;
    let model = store.judged(query.as_of.as_deref(), query.judged_on).await?;
    let catalogue = &model.catalogue;
    let calendar = calendar(catalogue, query.calendar.as_deref())?;
    let (indicator, agency) = find(catalogue, &caller, &path.0, &path.1)?;
    let periods = consecutive(query.from, query.to)?;
    // The last period ends last, so the series changes with the day as long as that period runs.
    let basis = model.basis(calendar, query.to);
    let response = etag::not_modified_or(&request, &caller, basis, || {
        let items = periods
            .into_iter()
            .map(|period| single(&model, &caller, Question { indicator, agency, calendar, period, day: model.day }))
            .collect::<Result<Vec<_>, Problem>>()?;
        Ok(Attainments { seq: model.seq, items: trend.fields.rows(items) })
    })?;
    Ok(Cacheable::new(&caller, basis).mark(response))
}

/// Read one attainment
///
/// The figure of an agency, with everything below it, for one indicator and period: exact ratio, target, verdict and what
/// is lacking.
#[utoipa::path(
    operation_id = "getAttainment",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "attainments",
    params(
        ("indicator" = String, Path, description = "The indicator's code", example = "CT7", max_length = 50),
        ("agency" = String, Path, description = "The agency identifier", example = "H18.SKHCN", max_length = 35),
        ("period" = String, Path, description = "The period", example = "2026-10", max_length = 7),
        CalendarQuery
    ),
    responses((status = OK, body = AttainmentView, description = "The attainment, with a strong `ETag`"))
)]
#[get("/attainments/{indicator}/{agency}/{period}")]
async fn read(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    path: Path<(String, String, String)>,
    Query(query): Query<CalendarQuery>,
) -> Result<HttpResponse, Problem> {
    let model = store.judged(query.as_of.as_deref(), query.judged_on).await?;
    let catalogue = &model.catalogue;
    let calendar = calendar(catalogue, query.calendar.as_deref())?;
    let (indicator, agency) = find(catalogue, &caller, &path.0, &path.1)?;
    let period = Period::parse("/period", &path.2)?;
    let basis = model.basis(calendar, period);
    let response = etag::not_modified_or(&request, &caller, basis, || {
        single(&model, &caller, Question { indicator, agency, calendar, period, day: model.day })
    })?;
    Ok(Cacheable::new(&caller, basis).mark(response))
}

/// Errata beside a figure at most.
const MAX_ERRATA: usize = 100;

/// Periods in a trend at most.
const MAX_PERIODS: usize = 400;

/// Attainments to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AttainmentQuery {
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    #[param(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// The calendar's code; `nd09` when absent.
    #[param(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
    /// Only the indicator with this code.
    #[param(value_type = Option<String>, format = "code", example = "CT7")]
    indicator: Option<Code>,
    /// The agency with this identifier; the top of your scope when absent.
    #[param(value_type = Option<String>, format = "agency-identifier", example = "H18.SKHCN")]
    agency: Option<AgencyIdentifier>,
    /// True to have rows of every agency below, too.
    subtree: Option<bool>,
    /// Moment of the past to answer as of: a time with an offset such as `2026-11-01T00:00:00+07:00`, a day such as
    /// `2026-09-30`, which stands for its end in Asia/Ho_Chi_Minh, or the `seq` of a change. Of a write of several
    /// changes name the last: at an earlier one, rows have changed already and figures have not, which nobody ever saw.
    #[serde(rename = "asOf")]
    #[param(format = "as-of")]
    as_of: Option<String>,
    /// The day as of which a period that runs is judged, such as `2026-11-29`: today when absent; with `asOf` the day of the
    /// moment it names. Not before the day of the last change of the data asked, and not after today.
    judged_on: Option<Date>,
}

/// Trend to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SeriesQuery {
    /// The first period.
    #[param(value_type = String, format = "period", example = "2026-01")]
    from: Period,
    /// The last period, of the same length.
    #[param(value_type = String, format = "period", example = "2026-10")]
    to: Period,
    /// The calendar's code; `nd09` when absent.
    #[param(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
    /// Moment of the past to answer as of: a time with an offset such as `2026-11-01T00:00:00+07:00`, a day such as
    /// `2026-09-30`, which stands for its end in Asia/Ho_Chi_Minh, or the `seq` of a change. Of a write of several
    /// changes name the last: at an earlier one, rows have changed already and figures have not, which nobody ever saw.
    #[serde(rename = "asOf")]
    #[param(format = "as-of")]
    as_of: Option<String>,
    /// The day as of which a period that runs is judged, such as `2026-11-29`: today when absent; with `asOf` the day of the
    /// moment it names. Not before the day of the last change of the data asked, and not after today.
    judged_on: Option<Date>,
}

/// The calendar of a question.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CalendarQuery {
    /// The calendar's code; `nd09` when absent.
    #[param(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
    /// Moment of the past to answer as of: a time with an offset such as `2026-11-01T00:00:00+07:00`, a day such as
    /// `2026-09-30`, which stands for its end in Asia/Ho_Chi_Minh, or the `seq` of a change. Of a write of several
    /// changes name the last: at an earlier one, rows have changed already and figures have not, which nobody ever saw.
    #[serde(rename = "asOf")]
    #[param(format = "as-of")]
    as_of: Option<String>,
    /// The day as of which a period that runs is judged, such as `2026-11-29`: today when absent; with `asOf` the day of the
    /// moment it names. Not before the day of the last change of the data asked, and not after today.
    judged_on: Option<Date>,
}

/// Attainments as of one position in the change log.
#[derive(Debug, Serialize, ToSchema)]
struct Attainments {
    /// The last change they reflect.
    #[schema(minimum = 0)]
    seq: i64,
    /// The rows.
    #[schema(max_items = 1000000, value_type = Vec<AttainmentView>)]
    items: Vec<Row<AttainmentView>>,
}

/// Attainment of an indicator by an agency, with everything below it, in a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "indicator": "CT7", "agency": "H18.SKHCN", "period": "2026-10", "calendar": "nd09",
    "window": {"from": "2026-09-15", "to": "2026-10-14"}, "provisional": false, "judged_on": "2026-10-14",
    "phase": "II", "sum_from": "2026-01",
    "numerator": 37, "denominator": 40, "ratio": "37/40", "percent": "92.50", "own": {"numerator": 5, "denominator": 6},
    "target": {"id": 81, "numerator": 100, "denominator": 100, "comparison": "at_least", "holds_from": null},
    "verdict": "not_met",
    "absence": null, "shortfall": 3, "complete": true, "expected_agencies": 7, "reported_agencies": 7,
    "agencies_met": 5, "agencies_not_met": 2, "agencies_lacking": 0, "agencies_under_other_calendars": 0,
    "estimated_agencies": 0, "agencies_after_cut_off": 0,
    "expected_months": 0, "reported_months": 0, "oldest_month": null, "derived": null, "difference": null, "definition_version": 1, "definition_versions": [1],
    "recorded_under": [],
    "errata": [], "errata_total": 0, "seq": 10590
}))]
pub struct AttainmentView {
    /// The indicator's code.
    #[schema(value_type = String, format = "code", example = "CT7")]
    pub indicator: Code,
    /// The agency identifier.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN")]
    pub agency: AgencyIdentifier,
    /// The period.
    #[schema(value_type = String, format = "period", example = "2026-10")]
    pub period: Period,
    /// The calendar's code.
    #[schema(value_type = String, format = "code", example = "nd09")]
    pub calendar: Code,
    /// The dates of the period.
    pub window: Window,
    /// True until the period has ended: the figure is as of `judged_on`, and moves with the days.
    pub provisional: bool,
    /// The day of which the figure tells: the last one of a period that has ended; of one that runs the day asked on. What
    /// comes after it (a status that runs out, a stay that ends) does not count yet.
    #[schema(example = "2026-10-14")]
    pub judged_on: Date,
    /// Code of the phase that the period lies in, of the movement the indicator belongs to then; null when no phase holds its
    /// year. Where it is another than that of the period before, a stock begins anew: break the line of a chart there.
    #[schema(value_type = Option<String>, format = "code", example = "II")]
    pub phase: Option<Code>,
    /// The first month that the figure of a stock adds up, as a rule the first one of the phase; null of flows and states.
    #[schema(value_type = Option<String>, format = "month", example = "2026-01")]
    pub sum_from: Option<Month>,
    /// Upper part; null when nothing was reported, or when it is withheld.
    pub numerator: Option<i64>,
    /// Lower part; null when nothing was reported, or when it is withheld. Of people and information systems it is there as
    /// long as there are some, although nothing may be recorded about them.
    pub denominator: Option<i64>,
    /// The exact ratio in lowest terms; null when there is none.
    #[schema(max_length = 50, pattern = "^-?[0-9]+/[0-9]+$", example = "37/40")]
    pub ratio: Option<String>,
    /// The ratio in per cent with two decimals, never rounded to the target's side; for display only.
    #[schema(max_length = 50, pattern = "^-?[0-9]+[.][0-9]{2}$", example = "92.50")]
    pub percent: Option<String>,
    /// The agency's own part, without the agencies below it.
    pub own: FigureView,
    /// The target that applied; null when none does.
    pub target: Option<AppliedTarget>,
    /// Reason why the figure is not told to you; absent when it is. `small_cell`: it is about few people, or such a
    /// figure would follow from it. `verdict` is `not_applicable` then, and what would tell the figure is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withholding>,
    /// `met`, `not_met`, `not_applicable` (không phát sinh, or no target, or withheld) or `missing` (nothing reported).
    pub verdict: Verdict,
    /// The reason why there is no verdict by a target; null when it is `met` or `not_met`, or withheld. `not_expected`: no
    /// agency at or below this one is expected to report. `nothing_arisen`: nothing was there to count; of people and
    /// information systems that is so when none are on record, although `verdict` is `missing` then and the agency is not
    /// among `reported_agencies`. `no_target`: there is a figure, and no target applies. `missing`: nothing was reported; of
    /// people and information systems where there are some, nothing is recorded about any of them, and the definition says
    /// `reported_by: records`. `not_begun`: the period has not begun on the day asked, so nothing is expected yet.
    pub absence: Option<Absence>,
    /// Units lacking to the target, 0 when met; null without a figure or a target.
    #[schema(minimum = 0, example = 3)]
    pub shortfall: Option<i64>,
    /// Agencies at or below this one that are expected to report the indicator; of a flow those that are in any month of the
    /// period, each with the months in which it is.
    #[schema(minimum = 0)]
    pub expected_agencies: usize,
    /// Expected agencies that have reported.
    #[schema(minimum = 0)]
    pub reported_agencies: usize,
    /// Expected agencies that meet the target that applies to them, each by its own part; null when it is withheld, as
    /// one of these parts is.
    #[schema(minimum = 0)]
    pub agencies_met: Option<usize>,
    /// Expected agencies that do not meet it; null when it is withheld. A figure that is met may hide them.
    #[schema(minimum = 0)]
    pub agencies_not_met: Option<usize>,
    /// Expected agencies that have reported nothing. Of people and information systems those that have some and no
    /// record about any of them, where the definition says `reported_by: records`; an agency without any lacks nothing.
    #[schema(minimum = 0)]
    pub agencies_lacking: usize,
    /// Agencies at or below this one, expected or not, with figures of the period under another calendar that are lacking
    /// under this one: of a flow those of a month, of a state those of a later month. They are not in the figure.
    #[schema(minimum = 0)]
    pub agencies_under_other_calendars: usize,
    /// Agencies at or below this one, expected or not, whose part of the figure rests on an estimate (ước thực hiện): of a
    /// flow in any month, of a state in the month it is of. 0 says that the figure is an actual one.
    #[schema(minimum = 0)]
    pub estimated_agencies: usize,
    /// Agencies at or below this one, expected or not, whose part of the figure was recorded or changed after the cut-off
    /// that is stored for the period: of a flow in any month, of a state in the month it is of, of a stock in any month from
    /// `sum_from` on. 0 without a stored cut-off.
    #[schema(minimum = 0)]
    pub agencies_after_cut_off: usize,
    /// Months owed by the expected agencies, added up over them: of a flow every month of the period that has begun and in
    /// which the agency exists; of a state the last one that has begun, as it is the state of the period's end; of a stock
    /// none, as it is computed from dated records.
    #[schema(minimum = 0)]
    pub expected_months: usize,
    /// Expected months that have been reported; of documents those with both directions.
    #[schema(minimum = 0)]
    pub reported_months: usize,
    /// True when the period has ended, all expected months have been reported, and no expected agency lacks its figure. While
    /// it is false, the verdict is that of a part of the period.
    pub complete: bool,
    /// The oldest month that the figure of a state rests on: it may lie long before the period's end. Null without a figure,
    /// and of flows and stocks.
    #[schema(value_type = Option<String>, format = "month", example = "2026-10")]
    pub oldest_month: Option<Month>,
    /// Figure that records give beside a declared one, of the agencies and months that it rests on; an indicator's
    /// `compared_with` names the records. Null without a figure, where nothing is compared, and for machines where
    /// small counts are withheld.
    pub derived: Option<PartsView>,
    /// Excess of the declared figure over `derived`, part by part; 0 where they agree, null where nothing is derived.
    #[schema(example = json!({"numerator": null, "denominator": 2}))]
    pub difference: Option<PartsView>,
    /// Version of the indicator's definition in the last month of the period.
    #[schema(minimum = 1)]
    pub definition_version: i64,
    /// Versions of the definition that hold in months of the period, in ascending order. A flow counts each month by the
    /// version that holds in it; a stock and a state are those of the last month.
    #[schema(max_items = 12, example = json!([1]))]
    pub definition_versions: Vec<i64>,
    /// Codes of other calendars under which figures were recorded for the period when this one has none: they are not
    /// guessed into it.
    #[schema(max_items = 100)]
    pub recorded_under: Vec<Code>,
    /// Changes after it was closed: the errata of the months that count, of the agency and those below it, and those of
    /// this very answer (`measure` is `answer`), the last corrected first. The first 100; `GET /api/v1/errata` has all.
    #[schema(max_items = 100)]
    pub errata: Vec<ErratumView>,
    /// Number of errata in all.
    #[schema(minimum = 0)]
    pub errata_total: usize,
    /// The last change this reflects.
    #[schema(minimum = 0)]
    pub seq: i64,
}

/// The rows for a period, ordered by indicator code and agency identifier. An indicator that is not in force then has none;
/// one that is so no longer on the window's last day, and an agency that does not exist within the window, have those with
/// figures.
pub fn rows(
    model: &Judged<'_>,
    caller: &Caller,
    mut indicators: Vec<IndicatorId>,
    wanted: &RowSelection,
) -> Result<Vec<AttainmentView>, Problem> {
    let (catalogue, rule) = (&model.catalogue, caller.small_cells);
    let RowSelection { calendar, period, .. } = *wanted;
    indicators.sort_by_key(|id| catalogue.indicators.get(id).map(|indicator| indicator.code.clone()));
    let day = model.day;
    let closes = catalogue.calendars.get(&calendar).ok_or_else(|| Problem::internal("no calendar"))?;
    let so_far = SoFar::of(closes, period, day);
    let window = so_far.part(so_far.window);
    let at_the_end = wanted.agencies(catalogue, caller, Semantics::State, (closes, &so_far));
    let moves = !catalogue.has_one_tree(closes, &so_far);
    let in_any_month = moves.then(|| wanted.agencies(catalogue, caller, Semantics::Flow, (closes, &so_far)));
    let mut rows = Vec::with_capacity(indicators.len() * at_the_end.len());
    for indicator in indicators {
        let Some(entity) =
            catalogue.indicators.get(&indicator).filter(|entity| entity.in_force_in(window, period.last_month()))
        else {
            continue;
        };
        let of_a_flow =
            in_any_month.as_ref().filter(|_| entity.definition_in(so_far.last).semantics == Semantics::Flow);
        let agencies = of_a_flow.unwrap_or(&at_the_end);
        let sight = agencies.first().map(|agency| {
            FigureVisibility::of(model, rule, Question { indicator, agency: *agency, calendar, period, day })
        });
        let sight = sight.unwrap_or_default();
        let in_force = entity.in_force_on(window.to);
        for agency in agencies {
            let exists = catalogue.agencies.get(agency).is_some_and(|agency| agency.exists_within(window));
            let row = row(model, &sight, Question { indicator, agency: *agency, calendar, period, day })?;
            if (in_force && exists) || row.verdict != Verdict::Missing {
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// Rows to list.
pub struct RowSelection {
    /// The agencies asked about.
    pub tops: Vec<AgencyId>,
    /// True when those below them have rows, too.
    pub below: bool,
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
}

impl RowSelection {
    /// The agencies that a caller is given rows of, by identifier: for a flow those that are there in any month.
    fn agencies(
        &self,
        catalogue: &Catalogue,
        caller: &Caller,
        semantics: Semantics,
        (calendar, so_far): (&Calendar, &SoFar),
    ) -> Vec<AgencyId> {
        let mut agencies = self.tops.clone();
        if self.below {
            let tops = self.tops.iter();
            let below = tops.flat_map(|top| catalogue.at_or_below(*top, semantics, calendar, so_far));
            let mut seen = HashSet::new();
            agencies = below.filter(|agency| seen.insert(*agency) && caller.sees(catalogue, *agency)).collect();
        }
        agencies.sort_by_key(|id| catalogue.agencies.get(id).map(|agency| agency.identifier.clone()));
        agencies
    }
}

/// The agencies at the top of what a caller sees in a period, as far as it has come on a day.
pub fn tops(
    catalogue: &Catalogue,
    caller: &Caller,
    (calendar, period): (CalendarId, Period),
    day: Date,
) -> Vec<AgencyId> {
    match (caller.scope, catalogue.calendars.get(&calendar)) {
        (Some(scope), _) => vec![scope],
        (None, Some(calendar)) => catalogue.roots(calendar, &SoFar::of(calendar, period, day)),
        (None, None) => Vec::new(),
    }
}

/// The periods of a trend, the first and the last among them.
fn consecutive(from: Period, to: Period) -> Result<Vec<Period>, Violation> {
    let periods: Vec<_> = std::iter::successors(Some(from), |period| period.next())
        .take(MAX_PERIODS + 1)
        .take_while(|period| *period <= to)
        .collect();
    let alike = std::mem::discriminant(&from) == std::mem::discriminant(&to);
    if alike && !periods.is_empty() && periods.len() <= MAX_PERIODS {
        return Ok(periods);
    }
    Err(Violation::new("/to", "invalid_range").with("max_periods", &MAX_PERIODS))
}

/// The calendar with a code, `nd09` when none is given.
pub fn calendar(catalogue: &Catalogue, code: Option<&str>) -> Result<CalendarId, Violation> {
    calendars::require(catalogue, "/calendar", code.unwrap_or("nd09"))
}

/// The indicator and the agency of an address, the agency within the caller's scope.
pub fn find(
    catalogue: &Catalogue,
    caller: &Caller,
    indicator: &str,
    agency: &str,
) -> Result<(IndicatorId, AgencyId), Problem> {
    let indicator = catalogue.indicator(indicator).ok_or_else(Problem::not_found)?;
    Ok((indicator.id, crate::api::catalogue::agencies::find(catalogue, caller, agency)?))
}

/// One row as a caller may see it.
fn single(model: &Model, caller: &Caller, question: Question) -> Result<AttainmentView, Problem> {
    row(model, &FigureVisibility::of(model, caller.small_cells, question), question)
}

fn row(model: &Model, sight: &FigureVisibility, question: Question) -> Result<AttainmentView, Problem> {
    let answer = attain(&model.catalogue, &model.cells, question).map_err(|_| Problem::not_found())?;
    Ok(AttainmentView::new(&model.catalogue, question, answer, model.seq).seen(sight, question.agency))
}

/// Limits on what a caller may see of an indicator in a period.
#[derive(Default)]
struct FigureVisibility {
    hides_parts: bool,
    withheld: Withheld,
}

impl FigureVisibility {
    fn of(model: &Model, rule: SmallCells, question: Question) -> Self {
        Self {
            hides_parts: rule.hides_parts(&model.catalogue, question.indicator, question.period.range()),
            withheld: rule.withheld(&model.catalogue, &model.cells, question),
        }
    }
}

impl AttainmentView {
    /// The answer to a question, as of `seq`.
    pub fn new(catalogue: &Catalogue, question: Question, answer: Attainment, seq: i64) -> Self {
        let errata = errata(catalogue, question);
        let whole = FigureView::new(answer.figure);
        let (behind, complete) = (answer.completeness, answer.is_complete());
        let (derived, difference) = PartsView::beside(&answer);
        let ratio = lowest_terms(answer.figure.numerator, answer.figure.denominator).filter(|_| answer.figure.reported);
        Self {
            indicator: indicators::code(catalogue, question.indicator),
            agency: identifier(catalogue, question.agency),
            period: question.period,
            calendar: calendars::code(catalogue, question.calendar),
            window: answer.so_far.window,
            provisional: answer.so_far.provisional,
            judged_on: answer.so_far.judged_on,
            phase: answer.phase.map(|phase| phases::code(catalogue, phase)),
            sum_from: answer.sum_from,
            numerator: whole.numerator,
            denominator: whole.denominator,
            ratio,
            percent: answer.percent,
            own: FigureView::new(answer.own),
            withheld: None,
            target: answer.target.map(|(id, target)| AppliedTarget::new(id, &target)),
            verdict: answer.verdict,
            absence: answer.absence,
            shortfall: answer.shortfall,
            expected_agencies: answer.expected,
            reported_agencies: answer.reported,
            agencies_met: Some(behind.agencies_met),
            agencies_not_met: Some(behind.agencies_not_met),
            agencies_lacking: behind.agencies_lacking,
            agencies_under_other_calendars: behind.agencies_elsewhere,
            estimated_agencies: behind.agencies_estimated,
            agencies_after_cut_off: behind.agencies_after_cut_off,
            expected_months: behind.expected_months,
            reported_months: behind.reported_months,
            complete,
            oldest_month: behind.oldest_month,
            derived,
            difference,
            definition_version: answer.definition_version,
            definition_versions: answer.definition_versions,
            recorded_under: answer.recorded_under.into_iter().map(|id| calendars::code(catalogue, id)).collect(),
            errata: errata
                .iter()
                .take(MAX_ERRATA)
                .map(|(id, erratum)| ErratumView::new(catalogue, *id, erratum))
                .collect(),
            errata_total: errata.len(),
            seq,
        }
    }

    /// The row without what must not be seen of an agency.
    fn seen(mut self, sight: &FigureVisibility, agency: AgencyId) -> Self {
        if sight.hides_parts {
            self.errata = self.errata.into_iter().map(ErratumView::withheld).collect();
            // They are of the agencies that reported: less than what is proved to tell nothing of the others.
            (self.derived, self.difference) = (None, None);
        }
        if sight.withheld.owns.contains(&agency) {
            self.own = FigureView::withheld();
        }
        if sight.withheld.wholes.contains(&agency) || sight.withheld.standings.contains(&agency) {
            (self.agencies_met, self.agencies_not_met) = (None, None);
        }
        if sight.withheld.wholes.contains(&agency) {
            (self.numerator, self.denominator, self.ratio, self.percent, self.shortfall) = Default::default();
            self.verdict = Verdict::NotApplicable;
            self.absence = None;
            self.withheld = Some(Withholding::SmallCell);
        }
        self
    }
}
