//! Errata: changes of figures after they were closed.

use crate::api::catalogue::{calendars, indicators};
use crate::api::closing::figure_filter::FigureFilter;
use crate::api::closing::figure_views::FigureView;
use crate::api::closing::told_answers::ToldAnswerView;
use crate::auth::caller::{Allowed, Caller, Read, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::list::{Items, List, ListParams};
use crate::request::time::LocalTime;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::Cell;
use thidua_domain::closing::errata::{Cause, Erratum, ErratumMeasure, Moved};
use thidua_domain::closing::told_answers::ToldAnswer;
use thidua_domain::id::{CorrectionId, ErratumId, Number, ReopeningId};
use thidua_domain::text::{AgencyIdentifier, Code, Reference, optional};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::closing::errata;
use thidua_persistence::closing::errata::{Filter, Sort};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Errata.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// List errata
///
/// Figures that have changed after they were closed, under a correction or since they were reopened, and why. Where records
/// have changed there is one row for each correction or reopening, indicator, agency and month: the agency's own part before
/// the first change and after the last. Where since a reopening something has changed by which figures are computed and
/// judged (a target, a definition, an agency's dates or place, a phase), there is one row for each answer that has moved:
/// `measure` is `answer`, and `answer` says all of it before and after. A row stays when it is changed back.
#[utoipa::path(
    operation_id = "listErrata",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "errata",
    params(ListParams<ErratumView, Sort>, ErratumFilter),
    responses((status = OK, body = Items<ErratumView>, description = "A page of errata"))
)]
#[get("/errata")]
async fn list(
    store: Data<Store>,
    caller: Allowed<Read>,
    list: List<ErratumView, Sort, ErratumFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let filter = list.filter.parse(&catalogue, &caller)?;
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| errata::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, erratum)| {
        let view = ErratumView::new(&catalogue, id, &erratum);
        if caller.small_cells.hides_parts(&catalogue, erratum.indicator, erratum.period().range()) {
            view.withheld()
        } else {
            view
        }
    }))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ErratumFilter {
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only the months of this period, and the answers about periods that lie in it.
    #[param(value_type = Option<String>, format = "period", example = "2026-01")]
    period: Option<Period>,
    /// Only the agency with this identifier and those below it.
    agency: Option<AgencyIdentifier>,
    /// Only the indicator with this code.
    indicator: Option<Code>,
    /// Only the correction with this identity.
    #[param(inline)]
    correction: Option<Number>,
    /// Only the reopening with this identity.
    #[param(inline)]
    reopening: Option<Number>,
}

/// An erratum: what a correction or a reopening has made of an agency's own part of a figure in one month, or of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErratumView {
    /// Identity.
    id: ErratumId,
    /// Identity of the correction under which the figure changed; null when it had been reopened.
    correction: Option<CorrectionId>,
    /// Identity of the reopening since which the figure changed (`GET /api/v1/reopenings`); null under a correction.
    reopening: Option<ReopeningId>,
    /// The indicator's code.
    #[schema(value_type = String, format = "code", example = "CT4")]
    indicator: Code,
    /// Identifier of the agency: itself without those below it, of an answer with them.
    #[schema(value_type = String, format = "agency-identifier", example = "H18.SKHCN.7")]
    agency: AgencyIdentifier,
    /// Code of the calendar of the month.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// The month; of an answer the last one of its period.
    #[schema(value_type = String, format = "month", example = "2026-01")]
    month: Month,
    /// The period: that month, or the one an answer is about.
    #[schema(value_type = String, format = "period", example = "2026-01")]
    period: Period,
    /// Meaning of `old` and `new`: `month_figure`, the agency's own figure of the month; for a stock `month_change`, by
    /// how much the month changes the agency's own running sum (it may be negative), or `recorded_change` where it is
    /// reported by records: with the same numbers, more or fewer people or systems may have one; `answer`, the figure
    /// of the agency with everything below it in the period, which may be the same before and after.
    measure: ErratumMeasure,
    /// Before the first change; both parts are null when nothing was reported.
    old: FigureView,
    /// After the last change; both parts are null when nothing is reported any more.
    new: FigureView,
    /// The answer before and after; null when a single month of the agency itself has changed.
    answer: Option<AnswerErratumView>,
    /// True when it is again as it was before the first change.
    reverted: bool,
    /// Reason for correcting or reopening the figure.
    #[schema(value_type = String, format = "reference", example = "Sót một báo cáo đã gửi trên hệ thống")]
    reason: Reference,
    /// Number of the document the correction rests on; null for a reopening, whose reason may name one.
    #[schema(value_type = Option<String>, format = "reference", example = "12/CV-SKHCN")]
    document_number: Option<Reference>,
    /// Time of the last change.
    corrected_at: LocalTime,
}

/// An answer that has moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerErratumView {
    /// Before the first change; null when nobody was told anything: the agency did not exist in the period, or the indicator
    /// was not in force.
    old: Option<ToldAnswerView>,
    /// After the last change; null when nobody is told anything any more.
    new: Option<ToldAnswerView>,
}

impl ErratumFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let named = (self.calendar.as_deref(), self.period, self.agency.as_deref());
        let covered = FigureFilter::parse(&mut found, catalogue, caller, named);
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(catalogue, "/indicator", text)));
        let filter = (|| {
            let FigureFilter { calendar, period, agency } = covered?;
            Some(Filter {
                calendar,
                months: period.map(|period| (period.first_month(), period.last_month())),
                within: caller.within(catalogue, agency),
                indicator: indicator?,
                correction: self.correction.map(|id| CorrectionId(id.get())),
                reopening: self.reopening.map(|id| ReopeningId(id.get())),
            })
        })();
        found.finish(filter)
    }
}

impl ErratumView {
    /// The erratum without its figures: those of single months and agencies may be about few people.
    #[must_use]
    pub fn withheld(self) -> Self {
        let answer = self.answer.map(|AnswerErratumView { old, new }| AnswerErratumView {
            old: old.map(ToldAnswerView::withheld),
            new: new.map(ToldAnswerView::withheld),
        });
        Self { old: FigureView::withheld(), new: FigureView::withheld(), answer, ..self }
    }

    /// The view of an erratum.
    pub fn new(catalogue: &Catalogue, id: ErratumId, erratum: &Erratum) -> Self {
        let (measure, old, new, answer) = match &erratum.moved {
            Moved::Cell(cell) => {
                let measure = catalogue.erratum_measure(erratum.indicator, cell.month);
                let figure = |cell: Cell| FigureView::of_parts(measure.parts(cell));
                (measure, figure(cell.old), figure(cell.new), None)
            }
            Moved::Answer(answer) => {
                let (old, new) = (answer.old.as_ref(), answer.new.as_ref());
                let figure =
                    |told: Option<&ToldAnswer>| FigureView::new(told.map(|told| told.figure).unwrap_or_default());
                let view = |told: Option<&ToldAnswer>| told.map(|told| ToldAnswerView::new(catalogue, told));
                let view = AnswerErratumView { old: view(old), new: view(new) };
                (ErratumMeasure::Answer, figure(old), figure(new), Some(view))
            }
        };
        let (correction, reopening, told) = match erratum.cause {
            Cause::Correction(id) => {
                let found = catalogue.corrections.get(&id);
                (Some(id), None, found.map(|found| (&found.reason, Some(found.document_number.clone()))))
            }
            Cause::Reopening(id) => (None, Some(id), catalogue.reopenings.get(&id).map(|found| (&found.reason, None))),
        };
        let (reason, document_number) = told.unzip();
        Self {
            id,
            correction,
            reopening,
            indicator: indicators::code(catalogue, erratum.indicator),
            agency: identifier(catalogue, erratum.agency),
            calendar: calendars::code(catalogue, erratum.calendar),
            month: erratum.period().last_month(),
            period: erratum.period(),
            measure,
            old,
            new,
            answer,
            reverted: erratum.is_reverted(measure),
            reason: reason.cloned().unwrap_or_default(),
            document_number: document_number.flatten(),
            corrected_at: LocalTime(erratum.corrected_at),
        }
    }
}
