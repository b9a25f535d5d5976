//! Stored dates of periods, and the periods of a date.

use crate::api::catalogue::calendars;
use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::batch::Keyed;
use crate::request::body::Query;
use crate::request::resource::{
    BatchResource, CatalogueBatch, CatalogueResource, Catalogued, Find, PageRequest, PathParameter, Resource, Verbs,
    in_catalogue, operations, verbs_and_batch,
};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::calendars::{Calendar, MonthClose};
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::id::{CalendarId, PeriodId};
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_domain::text::Code;
use thidua_domain::time::{Month, Period, Window, Year};
use thidua_domain::violation::Violation;
use thidua_persistence::catalogue::periods;
use thidua_persistence::{Error, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Periods, and resolving a date.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(resolve);
    verbs_and_batch::<PeriodInput>(config);
}

impl Resource for PeriodInput {
    const PATH: &str = "periods";
    const KEY: &[PathParameter] = &[
        PathParameter::text("calendar", 50, "The calendar's code", ["nd09", "civil", "civil"]),
        PathParameter::text("period", 7, "The period's code", ["2026-10", "2030-12", "2030-12"]),
    ];
    operations! {
        /// List periods
        ///
        /// The periods dates are stored for, by code. Filter by calendar or year.
        LIST "listPeriods" => "A page of periods";
        /// Store the dates of a period
        ///
        /// Cut-off, submission deadline and lock differ per reporting regime, so they are recorded, never computed. From the
        /// day of the lock no figure of the period may change.
        CREATE "createPeriod" => "The period with its dates";
        /// Read the dates of a period
        ///
        /// Only periods dates are stored for; any period of a date is found by `GET /api/v1/periods/resolve`.
        READ "getPeriod" => "The period with its dates";
        /// Change the dates of a period
        ///
        /// A JSON merge patch (RFC 7396). Taking away a lock that has come, or moving it past today, opens the period again: its
        /// figures may change without a correction, and errata tell which of them do. The header `Change-Reason` must say why.
        UPDATE "updatePeriod" => "The period as it is now";
        /// Remove the dates of a period
        ///
        /// The period itself stays: it follows from its calendar. Without a lock its figures may change again; when the lock has
        /// come already, the header `Change-Reason` must say why, and errata tell which figures change.
        DELETE "deletePeriod" => "They are gone";
    }
    const KEY_OF: fn(&PeriodView) -> String = |view| format!("{}/{}", view.dates.calendar, view.dates.period);
    const WRITTEN: fn(&PeriodView) -> Option<&Self> = |view| Some(&view.dates);
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, (calendar, period): (String, String)| {
        in_catalogue::<Self>(catalogue, find(catalogue, &calendar, &period)?)
    });

    type Reads = Read;
    type Writes = Manage;
    type Key = (String, String);
    type View = PeriodView;
    type Sort = Sort;
    type Filter = PeriodFilter;
    type Writing = Catalogued;

    fn example() -> Value {
        json!({
            "calendar": "civil", "period": "2030-12", "cut_off": "2030-12-31", "submission_due": "2031-01-03",
            "locks_on": "2031-01-31"
        })
    }

    fn patch_example() -> Value {
        json!({"submission_due": "2031-01-06"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<PeriodView>> {
        let PageRequest { catalogue, filter: PeriodFilter { calendar, year }, sort: Sort::Period, slice, .. } = request;
        let calendar = calendar.map(|code| calendars::require(catalogue, "/calendar", &code)).transpose()?;
        let periods = catalogue.periods.iter().filter(|(_, dates)| {
            calendar.is_none_or(|calendar| calendar == dates.calendar)
                && year.is_none_or(|year| year.get() == dates.period.year())
        });
        let page = Page::of(periods, slice, |_, dates| dates.period.to_string())?;
        Ok(page.map(|(id, dates)| PeriodView::new(catalogue, id, &dates)))
    }
}

/// Find the periods of a date
///
/// The month, quarter, half-year and year a civil date belongs to in a calendar, each with its exact dates and, where
/// they are stored, its cut-off, deadline and lock.
#[utoipa::path(
    operation_id = "resolvePeriods",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "periods",
    params(DateQuery),
    responses((status = OK, body = ResolvedPeriods, description = "The periods, shortest first"))
)]
#[get("/periods/resolve")]
async fn resolve(
    store: Data<Store>,
    _caller: Allowed<Read>,
    Query(query): Query<DateQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let id = calendars::require(&catalogue, "/calendar", query.calendar.as_deref().unwrap_or("nd09"))?;
    let calendar = catalogue.calendars.get(&id).ok_or_else(Problem::not_found)?;
    let month = calendar.month_of(query.date).ok_or_else(unknown_year)?;
    let periods = Period::holding(month).map(|period| ResolvedPeriod::new(&catalogue, id, calendar, period));
    Ok(etag::ok(&ResolvedPeriods { date: query.date, calendar: calendar.code.clone(), periods: periods.into() }))
}

/// The date to find the periods of, and its calendar.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DateQuery {
    /// A civil date.
    #[param(example = "2026-10-20")]
    date: Date,
    /// The calendar's code; `nd09` when absent.
    #[param(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
}

impl BatchResource for PeriodInput {
    operations! {
        /// Set or change the dates of many periods
        ///
        /// The dates of years in one request. A row is known by calendar and period. A row that is there takes the place of the
        /// stored one, as a whole.
        BATCH "batchPeriods" => "All rows were written";
    }
}

impl Keyed for PeriodInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        format!("{}/{}", self.calendar, self.period)
    }
}

impl CatalogueBatch for PeriodInput {
    fn stored(&self, catalogue: &Catalogue) -> Option<PeriodId> {
        find(catalogue, &self.calendar, &self.period.to_string()).ok()
    }
}

string_enum! {
    /// Sort orders of periods; the first is the default.
    Sort {
        /// By the code of the period.
        Period = "period",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodFilter {
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only periods of this year.
    #[param(inline)]
    year: Option<Year>,
}

/// The dates of a period as they are written.
pub type PeriodInput = PeriodDates<Code>;

/// A period with its stored dates.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodView {
    /// Identity.
    pub id: PeriodId,
    /// The stored dates.
    #[serde(flatten)]
    pub dates: PeriodInput,
    /// The dates the period covers.
    pub window: Window,
}

/// The periods a date belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "date": "2026-10-20", "calendar": "nd09",
    "periods": [
        {"period": "2026-11", "from": "2026-10-15", "to": "2026-11-14", "cut_off": null, "submission_due": null, "locks_on": null},
        {"period": "2026-Q4", "from": "2026-09-15", "to": "2026-12-14", "cut_off": null, "submission_due": null, "locks_on": null},
        {"period": "2026-H2", "from": "2026-06-15", "to": "2026-12-14", "cut_off": null, "submission_due": null, "locks_on": null},
        {"period": "2026", "from": "2025-12-15", "to": "2026-12-14", "cut_off": null, "submission_due": null, "locks_on": null}
    ]
}))]
struct ResolvedPeriods {
    /// The date.
    date: Date,
    /// The calendar's code.
    #[schema(value_type = String, format = "code", example = "nd09")]
    calendar: Code,
    /// Month, quarter, half-year and year.
    #[schema(min_items = 4, max_items = 4)]
    periods: Vec<ResolvedPeriod>,
}

/// A period that holds the date.
#[derive(Debug, Serialize, ToSchema)]
struct ResolvedPeriod {
    /// The period's code.
    #[schema(value_type = String, format = "period", example = "2026-10")]
    period: Period,
    /// First day.
    from: Date,
    /// Last day.
    to: Date,
    /// Last day on which figures are taken into account; null when none is stored.
    cut_off: Option<Date>,
    /// Last day for submitting; null when none is stored.
    submission_due: Option<Date>,
    /// First day on which no figure of the period may change; null when none is stored.
    locks_on: Option<Date>,
}

impl CatalogueResource for PeriodInput {
    type Entity = PeriodDates;
    const ID: fn(&PeriodView) -> PeriodId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<PeriodId, PeriodDates> = |catalogue| &catalogue.periods;
    const VERBS: Verbs<PeriodDates> =
        Verbs { insert: periods::insert, update: periods::update, delete: periods::delete };

    fn parse(self, catalogue: &Catalogue, _: &Caller, _: Option<&PeriodDates>) -> Stored<PeriodDates> {
        let calendar = calendars::require(catalogue, "/calendar", &self.calendar)?;
        Ok(self.of(calendar))
    }

    fn view(catalogue: &Catalogue, id: PeriodId, dates: &PeriodDates) -> PeriodView {
        PeriodView::new(catalogue, id, dates)
    }
}

impl PeriodView {
    /// The view of a period.
    pub fn new(catalogue: &Catalogue, id: PeriodId, dates: &PeriodDates) -> Self {
        // A calendar outlives the dates stored under it, so the month's end never stands in for another close.
        let closes = catalogue.calendars.get(&dates.calendar).map_or(MonthClose::AtEnd, |calendar| calendar.closes);
        let from = closes.window(dates.period.first_month()).from;
        let to = closes.window(dates.period.last_month()).to;
        let calendar = calendars::code(catalogue, dates.calendar);
        Self { id, dates: dates.clone().of(calendar), window: Window { from, to } }
    }
}

impl ResolvedPeriod {
    fn new(catalogue: &Catalogue, id: CalendarId, calendar: &Calendar, period: Period) -> Self {
        let Window { from, to } = calendar.window(period);
        let dates = catalogue.periods.values().find(|dates| (dates.calendar, dates.period) == (id, period));
        Self {
            period,
            from,
            to,
            cut_off: dates.and_then(|dates| dates.cut_off),
            submission_due: dates.and_then(|dates| dates.submission_due),
            locks_on: dates.and_then(|dates| dates.locks_on),
        }
    }
}

/// The stored dates in an address.
pub fn find(catalogue: &Catalogue, calendar: &str, period: &str) -> Stored<PeriodId> {
    let calendar = calendars::find(catalogue, calendar)?;
    let period = Period::parse("", period).map_err(|_| Error::NotFound(changes::Resource::Periods))?;
    let same = |dates: &PeriodDates| (dates.calendar, dates.period) == (calendar, period);
    let found = catalogue.periods.iter().find(|(_, dates)| same(dates)).map(|(id, _)| *id);
    found.ok_or(Error::NotFound(changes::Resource::Periods))
}

fn unknown_year() -> Violation {
    let (first, last) = (Month::FIRST_YEAR, Month::LAST_YEAR);
    Violation::new("/date", "date_out_of_range").with("first", &first.to_string()).with("last", &last.to_string())
}
