//! Rehearsing the provincial report: what would be missing, late, inconsistent or refused. Nothing is written.

use crate::api::catalogue::indicators;
use crate::api::figures::attainments;
use crate::auth::caller::{Allowed, Permission, Read, ReadRecords, permission};
use crate::problem::Problem;
use crate::problem::negotiation::Language;
use crate::request::agency_identifier::identifier;
use crate::request::body::Body;
use crate::response::etag;
use crate::store::Store;
use crate::texts;
use actix_web::http::header::{CONTENT_LANGUAGE, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::so_far::SoFar;
use thidua_domain::figures::rehearsal::{Finding, FindingKind, FindingReason, FindingStep, Rehearsal, rehearse};
use thidua_domain::limits::Within;
use thidua_domain::text::{AgencyIdentifier, Code};
use thidua_domain::time::{Period, Window};
use thidua_persistence::figures::rehearsal;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// The rehearsal.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(run);
}

/// Rehearse the provincial report
///
/// Findings about a period within your scope, as of today: all that would be missing, late, inconsistent or refused.
/// Each says what is the matter, what to do about it, and by which operation. It writes nothing, so try it as often as
/// you like. Texts are in the language that `Accept-Language` asks for. Ordered by agency and indicator.
#[utoipa::path(
    operation_id = "rehearseProvincialReport",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "provincial-report",
    request_body(content = RehearsalInput, example = json!({"period": "2026-10", "agency": "H18.SKHCN"})),
    responses((status = OK, body = RehearsalView, description = "The findings"))
)]
#[post("/provincial-report/rehearse")]
async fn run(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    Body(input): Body<RehearsalInput>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of(request.headers());
    let rehearsal = {
        let catalogue = store.catalogue();
        let calendar = attainments::calendar(&catalogue, input.calendar.as_deref())?;
        let period = input.period;
        let tops = match &input.agency {
            Some(identifier) => vec![caller.agency(&catalogue, "/agency", identifier)?],
            None => attainments::tops(&catalogue, &caller, (calendar, period), store.today()),
        };
        Rehearsal {
            calendar,
            period,
            tops,
            today: store.today(),
            near_days: input.near_days.get(),
            names_systems: ReadRecords::allows(&caller),
        }
    };
    let (calendar, period) = (rehearsal.calendar, rehearsal.period);
    let closes = store.catalogue().calendars.get(&calendar).cloned().ok_or_else(|| Problem::internal("no calendar"))?;
    let so_far = SoFar::of(&closes, period, rehearsal.today);
    let window = so_far.part(so_far.window);
    let facts = store.read(move |connection| rehearsal::facts(connection, calendar, period, window)).await?;
    let view = {
        let model = store.model();
        let findings = rehearse(&model.catalogue, &model.cells, &facts, &rehearsal);
        RehearsalView::new(&model.catalogue, model.seq, &rehearsal, &findings, language)?
    };
    let mut response = etag::ok(&view);
    response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    Ok(response)
}

/// Findings in one answer at most.
const MOST: usize = 1000;

/// Days before a deadline; there are none below zero.
type NearDays = Within<u16, { i64::MIN }, 366>;

/// Report to rehearse.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"period": "2026-10", "calendar": "nd09", "agency": "H18.SKHCN", "near_days": 7}))]
struct RehearsalInput {
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    period: Period,
    /// The calendar's code; `nd09` when absent.
    calendar: Option<Code>,
    /// Only this agency and what is below it; all of your scope when absent.
    agency: Option<AgencyIdentifier>,
    /// Days before a deadline from which on it is called near.
    #[serde(default = "near_days")]
    near_days: NearDays,
}

/// Result of a rehearsal.
#[derive(Debug, Serialize, ToSchema)]
struct RehearsalView {
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
    /// The day of the rehearsal.
    today: Date,
    /// Last day on which figures are taken into account; null when none is stored.
    cut_off: Option<Date>,
    /// The last day for submitting; null when none is stored.
    submission_due: Option<Date>,
    /// First day on which no figure of the period may change; null when none is stored.
    locks_on: Option<Date>,
    /// Number of findings in all.
    #[schema(minimum = 0, example = 1)]
    total: usize,
    /// Number of findings of each kind.
    summary: RehearsalSummary,
    /// The first 1,000 findings, by agency identifier and indicator code.
    #[schema(max_items = 1000)]
    findings: Vec<FindingView>,
}

/// Number of findings of each kind.
#[derive(Debug, Default, Serialize, ToSchema)]
struct RehearsalSummary {
    /// Something is not there.
    #[schema(minimum = 0, example = 1)]
    missing: usize,
    /// Something is too late, or soon will be.
    #[schema(minimum = 0, example = 0)]
    late: usize,
    /// Figures do not go together.
    #[schema(minimum = 0, example = 0)]
    inconsistent: usize,
    /// Something that would have to be entered is refused.
    #[schema(minimum = 0, example = 0)]
    refused: usize,
}

/// One thing to see to.
#[derive(Debug, Serialize, ToSchema)]
struct FindingView {
    /// Kind of fault: what would go wrong.
    kind: FindingKind,
    /// Reason.
    reason: FindingReason,
    /// The agency identifier.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN")]
    agency: AgencyIdentifier,
    /// The indicator's code; null when it concerns several.
    #[schema(value_type = Option<String>, format = "code", example = "CT3")]
    indicator: Option<Code>,
    /// Description of the fault.
    #[schema(max_length = 2000, pattern = r"\S", example = "Đơn vị chưa có số liệu CT3 trong kỳ 2026-10.")]
    text: String,
    /// Remedy: what to do.
    #[schema(max_length = 2000, pattern = r"\S", example = "Khai báo số liệu CT3 của từng tháng trong kỳ.")]
    what_to_do: String,
    /// The `operationId` of the operation that does it; null when there is none.
    operation: Option<FindingStep>,
    /// The method and address of that operation; null when there is none.
    #[schema(max_length = 200, pattern = "^(POST|PATCH|DELETE) /api/v1/", example = "POST /api/v1/observations")]
    address: Option<&'static str>,
}

fn near_days() -> NearDays {
    NearDays::stored(7)
}

impl RehearsalView {
    fn new(
        catalogue: &Catalogue,
        seq: i64,
        rehearsal: &Rehearsal,
        findings: &[Finding],
        language: Language,
    ) -> Result<Self, Problem> {
        let Rehearsal { calendar, period, today, .. } = *rehearsal;
        let window = catalogue.window(calendar, period).ok_or_else(|| Problem::internal("no window"))?;
        let dates = catalogue.periods.values().find(|dates| (dates.calendar, dates.period) == (calendar, period));
        let of = |kind| findings.iter().filter(|finding| finding.kind == kind).count();
        Ok(Self {
            seq,
            period,
            calendar: crate::api::catalogue::calendars::code(catalogue, calendar),
            window,
            today,
            cut_off: dates.and_then(|dates| dates.cut_off),
            submission_due: dates.and_then(|dates| dates.submission_due),
            locks_on: dates.and_then(|dates| dates.locks_on),
            total: findings.len(),
            summary: RehearsalSummary {
                missing: of(FindingKind::Missing),
                late: of(FindingKind::Late),
                inconsistent: of(FindingKind::Inconsistent),
                refused: of(FindingKind::Refused),
            },
            findings: findings
                .iter()
                .take(MOST)
                .map(|finding| FindingView::new(catalogue, finding, language))
                .collect(),
        })
    }
}

impl FindingView {
    fn new(catalogue: &Catalogue, finding: &Finding, language: Language) -> Self {
        Self {
            kind: finding.kind,
            reason: finding.reason,
            agency: identifier(catalogue, finding.agency),
            indicator: finding.indicator.map(|id| indicators::code(catalogue, id)),
            text: texts::say(&finding.text, language),
            what_to_do: texts::say(&finding.todo, language),
            operation: finding.step,
            address: finding.step.map(address),
        }
    }
}

/// Method and address of the operation that does a step.
fn address(step: FindingStep) -> &'static str {
    match step {
        FindingStep::Declare => "POST /api/v1/observations",
        FindingStep::Correct => "PATCH /api/v1/observations/{observation}",
        FindingStep::Remove => "DELETE /api/v1/observations/{observation}",
        FindingStep::CountDocuments => "POST /api/v1/document-exchanges",
        FindingStep::CorrectCount => "PATCH /api/v1/document-exchanges/{document_exchange}",
        FindingStep::RemoveCount => "DELETE /api/v1/document-exchanges/{document_exchange}",
        FindingStep::RecordStatus => "POST /api/v1/monitoring-statuses",
        FindingStep::RecordTraining => "POST /api/v1/training-records",
        FindingStep::CorrectTraining => "PATCH /api/v1/training-records/{training_record}",
        FindingStep::SetTarget => "POST /api/v1/targets",
        FindingStep::ChangeIndicator => "PATCH /api/v1/indicators/{indicator}",
        FindingStep::RequestCorrection => "POST /api/v1/corrections",
    }
}
