//! Calendars.

use crate::auth::caller::{Caller, Manage, Read};
use crate::request::body::NoParameters;
use crate::request::resource::{
    CatalogueResource, Catalogued, Find, PageRequest, PathParameter, Resource, Verbs, in_catalogue, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::calendars::{Calendar, ClosingDay, LateRecords, MonthClose};
use thidua_domain::id::CalendarId;
use thidua_domain::log::changes;
use thidua_domain::text::{Code, Name};
use thidua_domain::violation::Violation;
use thidua_persistence::catalogue::calendars;
use thidua_persistence::{Error, Page, Result as Stored};
use utoipa::ToSchema;

impl Resource for CalendarInput {
    const PATH: &str = "calendars";
    const KEY: &[PathParameter] =
        &[PathParameter::text("calendar", 50, "The calendar's code", ["nd09", "nd09", "ngay20"])];
    operations! {
        /// List calendars
        ///
        /// The calendars figures are recorded under: when the months of each of them close.
        LIST "listCalendars" => "A page of calendars";
        /// Create a calendar
        ///
        /// Records that carry days (training, security monitoring) count in it from the start.
        CREATE "createCalendar" => "The new calendar";
        /// Read a calendar
        ///
        /// The calendar with a code.
        READ "getCalendar" => "The calendar";
        /// Change a calendar
        ///
        /// A JSON merge patch (RFC 7396). The code and the closing day cannot change; create another calendar instead. Another
        /// choice for `late_records` concerns the records to come.
        UPDATE "updateCalendar" => "The calendar as it is now";
        /// Delete a calendar
        ///
        /// Only a calendar no figure was recorded under and no period has dates in.
        DELETE "deleteCalendar" => "It is gone";
    }
    const KEY_OF: fn(&CalendarView) -> String = |view| view.calendar.code.to_string();
    const WRITTEN: fn(&CalendarView) -> Option<&Self> = |view| Some(&view.calendar);
    const FIND: Find<Self> =
        Find::Catalogue(|catalogue, _, code: String| in_catalogue::<Self>(catalogue, find(catalogue, &code)?));

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = CalendarView;
    type Sort = Sort;
    type Filter = NoParameters;
    type Writing = Catalogued;

    fn example() -> Value {
        json!({
            "code": "ngay20", "name_vi": "Kỳ báo cáo chốt ngày 20 (ví dụ)", "name_en": "Months close on the 20th (example)",
            "closing_day": 20
        })
    }

    fn patch_example() -> Value {
        json!({"name_en": "State reporting (Decree 09/2019/NĐ-CP)"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<CalendarView>> {
        let PageRequest { catalogue, sort: Sort::Code, slice, .. } = request;
        let page = Page::of(catalogue.calendars.iter(), slice, |_, calendar| calendar.code.to_string())?;
        Ok(page.map(|(id, calendar)| CalendarView::new(id, &calendar)))
    }
}

thidua_domain::string_enum! {
    /// Sort orders of calendars; the first is the default.
    Sort {
        /// By code.
        Code = "code",
    }
}

/// A calendar as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "nd09", "closing_day": 14}))]
pub struct CalendarInput {
    /// Code.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// The day a month closes; the days after it belong to the next month. Absent when months close on their last day.
    pub closing_day: Option<ClosingDay>,
    /// Dated records of time that is closed for their agency: they count from the first open day, or are refused
    /// (`late_record`).
    #[serde(default)]
    pub late_records: LateRecords,
}

/// A calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarView {
    /// Identity.
    pub id: CalendarId,
    /// The calendar.
    #[serde(flatten)]
    pub calendar: CalendarInput,
}

impl CatalogueResource for CalendarInput {
    type Entity = Calendar;
    const ID: fn(&CalendarView) -> CalendarId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<CalendarId, Calendar> = |catalogue| &catalogue.calendars;
    const VERBS: Verbs<Calendar> =
        Verbs { insert: calendars::insert, update: calendars::update, delete: calendars::delete };

    fn parse(self, _: &Catalogue, _: &Caller, _: Option<&Calendar>) -> Stored<Calendar> {
        let Self { code, name_vi, name_en, closing_day, late_records } = self;
        let closes = MonthClose::parse("/closing_day", closing_day.map(ClosingDay::get))?;
        Ok(Calendar { code, name_vi, name_en, closes, late_records })
    }

    fn view(_: &Catalogue, id: CalendarId, calendar: &Calendar) -> CalendarView {
        CalendarView::new(id, calendar)
    }
}

impl CalendarView {
    /// The view of a calendar.
    pub fn new(id: CalendarId, calendar: &Calendar) -> Self {
        let Calendar { code, name_vi, name_en, closes, late_records } = calendar.clone();
        let closing_day = closes.day().map(ClosingDay::stored);
        Self { id, calendar: CalendarInput { code, name_vi, name_en, closing_day, late_records } }
    }
}

/// The code of a calendar.
pub fn code(catalogue: &Catalogue, id: CalendarId) -> Code {
    catalogue.calendars.get(&id).map(|calendar| calendar.code.clone()).unwrap_or_default()
}

/// The calendar an input names, which must exist.
pub fn require(catalogue: &Catalogue, pointer: &str, code: &str) -> Result<CalendarId, Violation> {
    catalogue
        .calendar(code)
        .map(|(id, _)| id)
        .ok_or_else(|| Violation::new(pointer, "unknown_calendar").with("code", &code))
}

/// The calendar in an address.
pub fn find(catalogue: &Catalogue, code: &str) -> Stored<CalendarId> {
    catalogue.calendar(code).map(|(id, _)| id).ok_or(Error::NotFound(changes::Resource::Calendars))
}
