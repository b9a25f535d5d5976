//! The provincial report: one document for the provincial reporting system to pull, with everything needed to read it.

use crate::api::catalogue::agencies::AgencyView;
use crate::api::catalogue::indicators::IndicatorView;
use crate::api::catalogue::targets::TargetView;
use crate::api::figures::attainments;
use crate::api::figures::attainments::{AttainmentView, RowSelection};
use crate::auth::caller::{Allowed, Caller, Read, permission};
use crate::problem::Problem;
use crate::request::body::Query;
use crate::request::judged_on::Judged;
use crate::response::cacheable::Cacheable;
use crate::response::etag;
use crate::response::etag::Basis;
use crate::store::Store;
use crate::store::exports::ExportRecord;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use thidua_domain::Date;
use thidua_domain::catalogue::so_far::SoFar;
use thidua_domain::text::Code;
use thidua_domain::time::{Period, Window};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// The provincial report.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read);
}

/// Pull the provincial report
///
/// All indicators and all agencies in scope for a period, with the catalogue needed to read them, in a stable order:
/// indicators by code, agencies by identifier. The strong `ETag` changes with every change of the data; send it back in
/// `If-None-Match` and an unchanged report costs a 304. The header `JWS-Signature` proves the bytes of the answer (a
/// detached JWS, RFC 7515, over canonical JSON, RFC 8785; the key is at `/.well-known/jwks.json`).
#[utoipa::path(
    operation_id = "getProvincialReport",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "provincial-report",
    params(ReportQuery),
    responses((status = OK, body = ProvincialReport, description = "The report, with a strong `ETag`"))
)]
#[get("/provincial-report")]
async fn read(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    Query(query): Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let (response, mut of) = report(&request, &store, &caller, &query).await?;
    if response.status() == StatusCode::OK {
        of.taken = Some(query.record(&request, &store, &caller, "getProvincialReport", &of.tag).await?);
    }
    Ok(of.mark(response))
}

async fn report(
    request: &HttpRequest,
    store: &Store,
    caller: &Caller,
    query: &ReportQuery,
) -> Result<(HttpResponse, Cacheable), Problem> {
    let model = store.judged(query.as_of.as_deref(), query.judged_on).await?;
    let keys = store.signing_keys();
    let basis = basis(&model, query)?;
    let whole = || document(&model, caller, query);
    let response = etag::signed_unless_known(request, caller, basis, &keys.current, whole)?;
    let signed_by = Some(keys.current.id().to_owned());
    Ok((response, Cacheable { signed_by, ..Cacheable::new(caller, basis) }))
}

/// Report to pull.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    #[param(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// The calendar's code; `nd09` when absent.
    #[param(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
    /// Moment of the past to answer as of: a time with an offset such as `2026-11-01T00:00:00+07:00`, a day such as
    /// `2026-09-30`, which stands for its end in Asia/Ho_Chi_Minh, or the `seq` of a change. Of a write of several
    /// changes name the last: at an earlier one, rows have changed already and figures have not, which nobody ever saw.
    #[serde(rename = "asOf")]
    #[param(format = "as-of")]
    pub(crate) as_of: Option<String>,
    /// The day as of which a period that runs is judged, such as `2026-11-29`: today when absent; with `asOf` the day of the
    /// moment it names. Not before the day of the last change of the data asked, and not after today.
    pub(crate) judged_on: Option<Date>,
}

impl ReportQuery {
    /// Notes that a caller takes the report out, in whatever form; `tag` is that of the answer.
    pub(crate) async fn record(
        &self,
        request: &HttpRequest,
        store: &Store,
        caller: &Caller,
        operation: &'static str,
        tag: &str,
    ) -> Result<ExportRecord, Problem> {
        let taken = ExportRecord { operation, detail: format!("{} {tag}", self.period) };
        store.record_export(request, caller, &taken).await?;
        Ok(taken)
    }
}

/// The provincial report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvincialReport {
    /// Name and version of this form.
    #[schema(
        max_length = 100,
        pattern = "^thidua[.]provincial-report/[0-9]+$",
        example = "thidua.provincial-report/1"
    )]
    format: String,
    /// The last change it reflects.
    #[schema(minimum = 0)]
    seq: i64,
    /// The period.
    #[schema(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// The calendar's code.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// The dates of the period.
    window: Window,
    /// True until the period has ended: the figures are as of `judged_on`.
    provisional: bool,
    /// The day of which the figures tell: the last one of a period that has ended; of one that runs the day asked on.
    judged_on: Date,
    /// The last day for submitting; null when none is stored.
    submission_due: Option<Date>,
    /// The indicators in the report, by code, as they are defined in the last month of the period.
    #[schema(max_items = 10000)]
    indicators: Vec<IndicatorView>,
    /// The targets that applied, by identity, as they hold in the last month of the period.
    #[schema(max_items = 100000)]
    targets: Vec<TargetView>,
    /// The agencies in the report as they are now, by identifier; `earlier_places` say below which others they were before.
    #[schema(max_items = 100000)]
    agencies: Vec<AgencyView>,
    /// One row per indicator and agency, by indicator code and agency identifier.
    #[schema(max_items = 1000000)]
    attainments: Vec<AttainmentView>,
}

/// The basis of a report.
pub(crate) fn basis<'m>(model: &'m Judged<'_>, query: &ReportQuery) -> Result<Basis<'m>, Problem> {
    let calendar = attainments::calendar(&model.catalogue, query.calendar.as_deref())?;
    Ok(model.basis(calendar, query.period))
}

/// The provincial report of a period, within a caller's scope.
pub(crate) fn document(model: &Judged<'_>, caller: &Caller, query: &ReportQuery) -> Result<ProvincialReport, Problem> {
    let catalogue = &model.catalogue;
    let (calendar, period) = (attainments::calendar(catalogue, query.calendar.as_deref())?, query.period);
    let closes = catalogue.calendars.get(&calendar).ok_or_else(|| Problem::internal("no calendar"))?;
    let SoFar { window, provisional, judged_on, .. } = SoFar::of(closes, period, model.day);

    let tops = attainments::tops(catalogue, caller, (calendar, period), model.day);
    let wanted = RowSelection { tops, below: true, calendar, period };
    let indicators: Vec<_> = catalogue.indicators.keys().copied().collect();
    let attainments = attainments::rows(model, caller, indicators, &wanted)?;

    let shown: BTreeSet<_> = attainments.iter().map(|row| &row.agency).collect();
    let agencies = catalogue.agencies.iter().filter(|(_, agency)| shown.contains(&agency.identifier));
    let mut agencies: Vec<_> = agencies.map(|(id, agency)| AgencyView::new(catalogue, *id, agency)).collect();
    agencies.sort_by(|a, b| a.agency.identifier.cmp(&b.agency.identifier));
    let mut indicators: Vec<_> = catalogue
        .indicators()
        .filter(|indicator| attainments.iter().any(|row| row.indicator == indicator.entity.code))
        .collect();
    indicators.sort_by(|a, b| a.entity.code.cmp(&b.entity.code));
    let applied: BTreeSet<_> =
        attainments.iter().filter_map(|row| row.target.as_ref().map(|target| target.id)).collect();
    let targets = catalogue.targets.iter().filter(|(id, _)| applied.contains(id));

    let dates = catalogue.periods.values().find(|dates| dates.calendar == calendar && dates.period == period);
    Ok(ProvincialReport {
        format: "thidua.provincial-report/1".to_owned(),
        seq: model.seq,
        period,
        calendar: crate::api::catalogue::calendars::code(catalogue, calendar),
        window,
        provisional,
        judged_on,
        submission_due: dates.and_then(|dates| dates.submission_due),
        indicators: indicators
            .into_iter()
            .map(|indicator| IndicatorView::until(catalogue, indicator.id, indicator.entity, period.last_month()))
            .collect(),
        targets: targets.map(|(id, target)| TargetView::until(catalogue, *id, target, period.last_month())).collect(),
        agencies,
        attainments,
    })
}
