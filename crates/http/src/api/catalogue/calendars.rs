//! Calendars.

use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, Nothing, Patch, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::schemas;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::calendars::{Calendar, LateRecords, MonthClose};
use thidua_domain::id::CalendarId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Code, Name, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::calendars;
use thidua_persistence::catalogue::calendars::Sort;
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Calendars.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(remove);
}

/// List calendars
///
/// The calendars figures are recorded under: when the months of each of them close.
#[utoipa::path(
    operation_id = "listCalendars",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "calendars",
    params(ListParams<CalendarView, Sort>),
    responses((status = OK, body = Items<CalendarView>, description = "A page of calendars"))
)]
#[get("/calendars")]
async fn list(
    store: Data<Store>,
    _caller: Allowed<Read>,
    list: List<CalendarView, Sort, Nothing>,
) -> Result<HttpResponse, Problem> {
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| calendars::list(connection, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, calendar)| CalendarView::new(id, &calendar)))
}

/// Create a calendar
///
/// Records that carry days (training, security monitoring) count in it from the start.
#[utoipa::path(
    operation_id = "createCalendar",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "calendars",
    request_body(content = CalendarInput, example = json!({
        "code": "ngay20", "name_vi": "Kỳ báo cáo chốt ngày 20 (ví dụ)", "name_en": "Months close on the 20th (example)",
        "closing_day": 20
    })),
    responses((status = CREATED, body = CalendarView, description = "The new calendar"))
)]
#[post("/calendars")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<CalendarInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, _, input| {
            let id = calendars::insert(transaction, &input.parse()?)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("calendars/{}", view.calendar.code), view))
        })
        .await
}

/// Read a calendar
///
/// The calendar with a code.
#[utoipa::path(
    operation_id = "getCalendar",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "calendars",
    params(("calendar" = String, Path, description = "The calendar's code", example = "nd09", max_length = 50), AsOfQuery),
    responses((status = OK, body = CalendarView, description = "The calendar"))
)]
#[get("/calendars/{calendar}")]
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

/// Change a calendar
///
/// A JSON merge patch (RFC 7396). The code and the closing day cannot change; create another calendar instead. Another
/// choice for `late_records` concerns the records to come.
#[utoipa::path(
    operation_id = "updateCalendar",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "calendars",
    params(("calendar" = String, Path, description = "The calendar's code", example = "nd09", max_length = 50)),
    request_body(content = CalendarInput, content_type = "application/merge-patch+json", example = json!({
        "name_en": "State reporting (Decree 09/2019/NĐ-CP)"
    })),
    responses((status = OK, body = CalendarView, description = "The calendar as it is now"))
)]
#[patch("/calendars/{calendar}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, _, current| {
            let id = CalendarId(current.id);
            calendars::update(transaction, id, &patch.applied_to(&current.calendar)?.parse()?)?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// Delete a calendar
///
/// Only a calendar no figure was recorded under and no period has dates in.
#[utoipa::path(
    operation_id = "deleteCalendar",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "calendars",
    params(("calendar" = String, Path, description = "The calendar's code", example = "ngay20", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/calendars/{calendar}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, _, current| calendars::delete(transaction, CalendarId(current.id)))
        .await
}

/// A calendar as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarInput {
    /// Code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "nd09")]
    pub code: String,
    /// Vietnamese name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_vi: String,
    /// English name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_en: Option<String>,
    /// The day a month closes; the days after it belong to the next month. Absent when months close on their last day.
    #[validate(range(min = 1, max = 28))]
    #[schema(minimum = 1, maximum = 28, example = 14)]
    pub closing_day: Option<u8>,
    /// Dated records of time that is closed for their agency: they count from the first open day, or are refused
    /// (`late_record`).
    #[serde(default)]
    #[schema(value_type = schemas::LateRecords)]
    pub late_records: LateRecords,
}

/// A calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarView {
    /// Identity.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The calendar.
    #[serde(flatten)]
    pub calendar: CalendarInput,
}

impl CalendarInput {
    fn new(calendar: &Calendar) -> Self {
        Self {
            code: calendar.code.to_string(),
            name_vi: calendar.name_vi.to_string(),
            name_en: calendar.name_en.as_ref().map(ToString::to_string),
            closing_day: calendar.closes.day(),
            late_records: calendar.late_records,
        }
    }

    fn parse(&self) -> Result<Calendar, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let closes = found.take(MonthClose::parse("/closing_day", self.closing_day));
        let late_records = self.late_records;
        let calendar =
            (|| Some(Calendar { code: code?, name_vi: name_vi?, name_en: name_en?, closes: closes?, late_records }))();
        found.finish(calendar)
    }
}

impl CalendarView {
    /// The view of a calendar.
    pub fn new(id: CalendarId, calendar: &Calendar) -> Self {
        Self { id: id.0, calendar: CalendarInput::new(calendar) }
    }
}

/// The code of a calendar.
pub fn code(catalogue: &Catalogue, id: CalendarId) -> String {
    catalogue.calendars.get(&id).map(|calendar| calendar.code.to_string()).unwrap_or_default()
}

/// The calendar an input names, which must exist.
pub fn require(catalogue: &Catalogue, pointer: &str, code: &str) -> Result<CalendarId, Violation> {
    catalogue.calendar(code).map(|(id, _)| id).ok_or_else(|| {
        Violation::new(
            pointer,
            "unknown_calendar",
            format!("Không có lịch báo cáo với mã {code}."),
            format!("There is no calendar with the code {code}."),
        )
    })
}

/// The calendar in an address.
pub fn find(catalogue: &Catalogue, code: &str) -> Stored<CalendarId> {
    catalogue.calendar(code).map(|(id, _)| id).ok_or(Error::NotFound(Resource::Calendars))
}

fn view(catalogue: &Catalogue, id: CalendarId) -> Stored<CalendarView> {
    let calendar = catalogue.calendars.get(&id).ok_or(Error::NotFound(Resource::Calendars))?;
    Ok(CalendarView::new(id, calendar))
}

/// The calendar in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<CalendarView> + Clone {
    let path = path.into_inner();
    move |transaction, _| {
        let catalogue = transaction.catalogue();
        view(&catalogue, find(&catalogue, &path)?)
    }
}
