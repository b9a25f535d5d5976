//! Hypothetical figures: of records and targets that do not exist, judged as a write judges them, in memory.

use crate::api::catalogue::{calendars, indicators};
use crate::api::figures::attainments;
use crate::api::records::document_exchanges::DocumentExchangeInput;
use crate::api::records::monitoring_statuses::MonitoringStatusInput;
use crate::api::records::observations::ObservationInput;
use crate::api::records::training_records::TrainingRecordInput;
use crate::auth::caller::{Caller, ReadRecords, permission};
use crate::request::agency_identifier::identifier;
use crate::request::body::Body;
use crate::request::resource::{RecordResource, Records, SetWriting};
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::target_versions::{Comparison, TargetVersion};
use thidua_domain::figure::Verdict;
use thidua_domain::figures::attainment::Attainment;
use thidua_domain::figures::completeness::Absence;
use thidua_domain::figures::question::Question;
use thidua_domain::fraction::{Count, Divisor, Fraction, lowest_terms};
use thidua_domain::limits::Within;
use thidua_domain::text::{AgencyIdentifier, Code, Reference};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Error, Result as Stored, WhatIf};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// The what-if question.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(ask);
}

/// Ask what would be
///
/// The figure as it would be with records that do not exist, or other than they are, and with another target: verdict
/// and shortfall before and after. The records are judged as if they were written (a locked period refuses them, too);
/// nothing is written.
#[utoipa::path(
    operation_id = "askWhatIf",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "attainments",
    request_body(content = WhatIfInput, example = json!({
        "indicator": "CT7", "agency": "H18.SKHCN", "period": "2026-11",
        "training_records": [{"staff": "NV-0001", "course": "KNS-2026-99", "on": "2026-10-20", "result": "completed"}],
        "target": {"numerator": 95, "denominator": 100, "comparison": "at_least"}
    })),
    responses((status = OK, body = WhatIfView, description = "The figure as it is, and as it would be"))
)]
#[post("/attainments/what-if")]
async fn ask(store: Data<Store>, write: Write<ReadRecords>, Body(input): Body<WhatIfInput>) -> ApiResult {
    write.what_if(&store, move |what_if, caller| answer(what_if, caller, input)).await
}

fn answer(what_if: &mut WhatIf<'_>, caller: &Caller, input: WhatIfInput) -> Stored<WhatIfView> {
    let rules = what_if.rules().clone();
    let catalogue = rules.catalogue();
    let mut found = Violations::default();
    let calendar = found.take(attainments::calendar(catalogue, input.calendar.as_deref()));
    let indicator = found.take(indicators::require(catalogue, "/indicator", &input.indicator));
    let agency = found.take(caller.agency(catalogue, "/agency", &input.agency));
    let (period, day) = (input.period, rules.logged_on());
    let question = (|| Some(Question { indicator: indicator?, agency: agency?, calendar: calendar?, period, day }))();
    let question = found.finish(question)?;

    let wanted = input.target.map(AssumedTarget::parse).transpose()?;
    let before = what_if.attain(question, None)?;
    try_out(what_if, caller, "training_records", &input.training_records)?;
    try_out(what_if, caller, "document_exchanges", &input.document_exchanges)?;
    try_out(what_if, caller, "monitoring_statuses", &input.monitoring_statuses)?;
    try_out(what_if, caller, "observations", &input.observations)?;
    let after = what_if.attain(question, wanted.as_ref())?;

    let applied = before.target.as_ref().map(|(_, target)| target.clone());
    Ok(WhatIfView {
        indicator: indicators::code(catalogue, question.indicator),
        agency: identifier(catalogue, question.agency),
        period: question.period,
        calendar: calendars::code(catalogue, question.calendar),
        provisional: before.so_far.provisional,
        judged_on: before.so_far.judged_on,
        before: Outlook::new(&before, applied.as_ref()),
        after: Outlook::new(&after, wanted.as_ref().or(applied.as_ref())),
    })
}

/// Refused records named at most.
const REFUSALS: usize = 100;

/// Assumes records of a kind; pointers of what is wrong with them begin with the member and the index.
fn try_out<R: RecordResource>(what_if: &mut WhatIf<'_>, caller: &Caller, member: &str, inputs: &[R]) -> Stored<()> {
    let outcomes = Records::assume(what_if, caller, &inputs.iter().collect::<Vec<_>>(), Mode::Upsert)?;
    let mut found = Vec::new();
    let refused = outcomes.into_iter().enumerate().filter_map(|(index, outcome)| match outcome {
        RowOutcome::Refused(error) => Some((index, error)),
        _ => None,
    });
    for (index, error) in refused.take(REFUSALS) {
        let prefix = format!("/{member}/{index}");
        match error {
            Error::Invalid(violations) => {
                found.extend(violations.into_iter().map(|violation| violation.under(&prefix)))
            }
            Error::Conflict(violation) => found.push(violation.under(&prefix)),
            other => return Err(other),
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.into()) }
}

/// Records of a kind to assume at most.
const MOST: i64 = 1000;

type Trainings = Within<Vec<TrainingRecordInput>, 0, MOST>;
type Exchanges = Within<Vec<DocumentExchangeInput>, 0, MOST>;
type Statuses = Within<Vec<MonitoringStatusInput>, 0, MOST>;
type Observations = Within<Vec<ObservationInput>, 0, MOST>;

/// Records and a target to assume. Records take the place of those with the same key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indicator": "CT7", "agency": "H18.SKHCN", "period": "2026-10", "calendar": "nd09"}))]
struct WhatIfInput {
    /// The indicator's code.
    indicator: Code,
    /// The agency identifier.
    agency: AgencyIdentifier,
    /// The period: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    period: Period,
    /// The calendar's code; `nd09` when absent.
    calendar: Option<Code>,
    /// Another target than the one that applies.
    target: Option<AssumedTarget>,
    /// Training records.
    #[serde(default)]
    training_records: Trainings,
    /// E-document exchange counts.
    #[serde(default)]
    document_exchanges: Exchanges,
    /// Monitoring statuses.
    #[serde(default)]
    monitoring_statuses: Statuses,
    /// Declared figures.
    #[serde(default)]
    observations: Observations,
}

/// A target to assume.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SupposedTarget, example = json!({"numerator": 95, "denominator": 100}))]
struct AssumedTarget {
    /// Upper part of its value.
    numerator: Count,
    /// Lower part of its value.
    denominator: Divisor,
    /// Side of the value on which the target is met.
    comparison: Comparison,
}

/// A figure as it is, and as it would be.
#[derive(Debug, Serialize, ToSchema)]
struct WhatIfView {
    /// The indicator's code.
    #[schema(value_type = String, format = "code", example = "CT7")]
    indicator: Code,
    /// The agency identifier.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN")]
    agency: AgencyIdentifier,
    /// The period.
    #[schema(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// The calendar's code.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// True until the period has ended: both figures are as of `judged_on`.
    provisional: bool,
    /// The day of which both figures tell: the last one of a period that has ended; of one that runs today.
    judged_on: Date,
    /// The figure as it is.
    before: Outlook,
    /// The figure as it would be.
    after: Outlook,
}

/// A figure and what its target says of it.
#[derive(Debug, Serialize, ToSchema)]
struct Outlook {
    /// Upper part; null when nothing is reported.
    numerator: Option<i64>,
    /// Lower part; null when nothing is reported, but for people and information systems that are there.
    denominator: Option<i64>,
    /// The exact ratio in lowest terms; null when there is none.
    #[schema(max_length = 50, pattern = "^-?[0-9]+/[0-9]+$", example = "37/40")]
    ratio: Option<String>,
    /// The target judged by; null when none applies.
    target: Option<AssumedTarget>,
    /// The verdict.
    verdict: Verdict,
    /// The reason why there is no verdict by a target; null when it is `met` or `not_met`.
    absence: Option<Absence>,
    /// Units lacking to the target, 0 when met; null without a figure or a target.
    #[schema(minimum = 0, example = 3)]
    shortfall: Option<i64>,
    /// Expected agencies that meet the target that applies to them, each by its own part; an assumed target applies to
    /// all.
    #[schema(minimum = 0, example = 4)]
    agencies_met: usize,
    /// Expected agencies that do not meet it.
    #[schema(minimum = 0, example = 1)]
    agencies_not_met: usize,
    /// Expected agencies that have reported nothing.
    #[schema(minimum = 0, example = 0)]
    agencies_lacking: usize,
    /// Agencies with figures of the period under another calendar that are lacking under this one.
    #[schema(minimum = 0, example = 0)]
    agencies_under_other_calendars: usize,
    /// Agencies whose part of the figure rests on an estimate.
    #[schema(minimum = 0, example = 0)]
    estimated_agencies: usize,
    /// Months owed by the expected agencies, added up over them.
    #[schema(minimum = 0, example = 15)]
    expected_months: usize,
    /// Expected months that have been reported.
    #[schema(minimum = 0, example = 14)]
    reported_months: usize,
    /// True when the period has ended, all expected months have been reported, and no expected agency lacks its figure.
    complete: bool,
    /// The oldest month that the figure of a state rests on; null without a figure, and of flows and stocks.
    #[schema(value_type = Option<String>, format = "month", example = "2026-10")]
    oldest_month: Option<Month>,
}

impl AssumedTarget {
    fn parse(self) -> Result<TargetVersion, Violation> {
        Ok(TargetVersion {
            value: Fraction { numerator: *self.numerator, denominator: *self.denominator },
            comparison: self.comparison,
            basis: Reference::parse("/target", "what-if")?,
            holds_from: None,
        })
    }
}

impl Outlook {
    fn new(answer: &Attainment, target: Option<&TargetVersion>) -> Self {
        let (figure, behind) = (answer.figure, answer.completeness);
        let (numerator, denominator) = figure.told();
        let target = target.map(|target| AssumedTarget {
            numerator: Count::stored(target.value.numerator),
            denominator: Divisor::stored(target.value.denominator),
            comparison: target.comparison,
        });
        Self {
            numerator,
            denominator,
            ratio: lowest_terms(figure.numerator, figure.denominator).filter(|_| figure.reported),
            target,
            verdict: answer.verdict,
            absence: answer.absence,
            shortfall: answer.shortfall,
            agencies_met: behind.agencies_met,
            agencies_not_met: behind.agencies_not_met,
            agencies_lacking: behind.agencies_lacking,
            agencies_under_other_calendars: behind.agencies_elsewhere,
            estimated_agencies: behind.agencies_estimated,
            expected_months: behind.expected_months,
            reported_months: behind.reported_months,
            complete: answer.is_complete(),
            oldest_month: behind.oldest_month,
        }
    }
}
