//! Holidays and make-up days.

use crate::auth::caller::{Manage, Read};
use crate::request::batch::Keyed;
use crate::request::resource::{
    BatchResource, Find, PageRequest, Parsing, PathParameter, RecordResource, Records, Resource, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::holidays::{Holiday, HolidayKind};
use thidua_domain::id::HolidayId;
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_persistence::{Connection, Error, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};

impl Resource for Holiday {
    const PATH: &str = "holidays";
    const KEY: &[PathParameter] = &[PathParameter::date("date", "The day", ["2026-09-02", "2026-09-02", "2026-08-22"])];
    operations! {
        /// List holidays and make-up days
        ///
        /// The days that are an exception to the working week, which runs from Monday to Friday.
        LIST "listHolidays" => "A page of holidays";
        /// Create a holiday or a make-up day
        ///
        /// A date has one row. A make-up day (`working_day`) is a Saturday or a Sunday. It moves no deadline that is stored
        /// already.
        CREATE "createHoliday" => "The new holiday";
        /// Read a holiday or a make-up day
        ///
        /// The row of a date. A date without a row follows the working week.
        READ "getHoliday" => "The holiday";
        /// Change a holiday or a make-up day
        ///
        /// A JSON merge patch (RFC 7396). It moves no deadline that is stored already.
        UPDATE "updateHoliday" => "The holiday as it is now";
        /// Delete a holiday or a make-up day
        ///
        /// The date follows the working week again. It moves no deadline that is stored already.
        DELETE "deleteHoliday" => "It is gone";
    }
    const KEY_OF: fn(&HolidayView) -> String = |view| view.holiday.date.to_string();
    const WRITTEN: fn(&HolidayView) -> Option<&Self> = |view| Some(&view.holiday);
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, date| {
        let found = catalogue.holiday(date).ok_or(Error::NotFound(changes::Resource::Holidays));
        found.map(|(id, holiday)| HolidayView::new(id, holiday))
    });

    type Reads = Read;
    type Writes = Manage;
    type Key = Date;
    type View = HolidayView;
    type Sort = Sort;
    type Filter = HolidayFilter;
    type Writing = Records;

    fn example() -> Value {
        json!({
            "date": "2031-01-01", "kind": "holiday", "name_vi": "Tết Dương lịch", "name_en": "New Year's Day",
            "basis": "Điều 112 Bộ luật Lao động 2019"
        })
    }

    fn patch_example() -> Value {
        json!({"name_en": "Independence Day"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<HolidayView>> {
        let PageRequest { catalogue, filter: HolidayFilter { from, to, kind }, sort: Sort::Date, slice, .. } = request;
        let holidays = catalogue.holidays.iter().filter(|(_, Holiday { date, kind: of, .. })| {
            from.is_none_or(|from| from <= *date)
                && to.is_none_or(|to| *date <= to)
                && kind.is_none_or(|kind| kind == *of)
        });
        Ok(Page::of(holidays, slice, |_, holiday| holiday.date)?.map(|(id, holiday)| HolidayView::new(id, &holiday)))
    }
}

impl BatchResource for Holiday {
    operations! {
        /// Create or change many holidays and make-up days
        ///
        /// The list of a year in one request. A row is known by its date. It moves no deadline that is stored already.
        BATCH "batchHolidays" => "All rows were written";
    }
}

string_enum! {
    /// Sort orders of holidays.
    Sort {
        /// By date.
        Date = "date",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HolidayFilter {
    /// Only this day and later ones.
    from: Option<Date>,
    /// Only this day and earlier ones.
    to: Option<Date>,
    /// Only this kind.
    kind: Option<HolidayKind>,
}

/// A holiday or a make-up day.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidayView {
    /// Identity.
    id: HolidayId,
    /// The holiday.
    #[serde(flatten)]
    holiday: Holiday,
}

impl Keyed for Holiday {
    fn key(&self) -> String {
        self.date.to_string()
    }
}

impl RecordResource for Holiday {
    type Record = Holiday;
    type Named = ();
    const ID: fn(&HolidayView) -> HolidayId = |view| view.id;

    fn parse(&self, _: &Parsing<'_, Self>) -> Stored<Holiday> {
        Ok(self.clone())
    }

    fn view(_: &mut Connection, _: &Catalogue, id: HolidayId, holiday: &Holiday) -> Stored<HolidayView> {
        Ok(HolidayView::new(id, holiday))
    }
}

impl HolidayView {
    fn new(id: HolidayId, holiday: &Holiday) -> Self {
        Self { id, holiday: holiday.clone() }
    }
}
