//! Holidays and make-up days.

use crate::auth::caller::{Caller, Manage, Read};
use crate::request::batch;
use crate::request::batch::Keyed;
use crate::request::resource::{BatchResource, Find, PageRequest, PathParameter, Resource, operations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::Date;
use thidua_domain::catalogue::holidays::{Holiday, HolidayKind};
use thidua_domain::id::HolidayId;
use thidua_domain::log::changes;
use thidua_domain::text::{Name, Reference};
use thidua_persistence::catalogue::holidays;
use thidua_persistence::catalogue::holidays::{Filter, Sort};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Error, Page, Result as Stored, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl Resource for HolidayInput {
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
    const WRITTEN: fn(&HolidayView) -> &Self = |view| &view.holiday;
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, date| {
        let found = catalogue.holiday(date).ok_or(Error::NotFound(changes::Resource::Holidays));
        found.map(|(id, holiday)| HolidayView::new(id, holiday.clone()))
    });

    type Reads = Read;
    type Writes = Manage;
    type Key = Date;
    type View = HolidayView;
    type Sort = Sort;
    type Filter = HolidayFilter;

    fn example() -> Value {
        json!({
            "date": "2027-01-01", "kind": "holiday", "name_vi": "Tết Dương lịch", "name_en": "New Year's Day",
            "basis": "Điều 112 Bộ luật Lao động 2019"
        })
    }

    fn patch_example() -> Value {
        json!({"name_en": "Independence Day"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<HolidayView>> {
        let PageRequest { connection, filter: HolidayFilter { from, to, kind }, sort, slice, .. } = request;
        let page = holidays::list(connection, &Filter { from, to, kind }, sort, slice)?;
        Ok(page.map(|(id, holiday)| HolidayView::new(id, holiday)))
    }

    fn insert(self, transaction: &mut Transaction<'_>, _: &Caller) -> Stored<HolidayView> {
        let id = holidays::insert(transaction, &self.clone().into())?;
        Ok(HolidayView { id, holiday: self })
    }

    fn update(self, transaction: &mut Transaction<'_>, _: &Caller, current: HolidayView) -> Stored<HolidayView> {
        holidays::update(transaction, current.id, &self.clone().into())?;
        Ok(HolidayView { id: current.id, holiday: self })
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: HolidayView) -> Stored<()> {
        holidays::delete(transaction, current.id)
    }
}

impl BatchResource for HolidayInput {
    operations! {
        /// Create or change many holidays and make-up days
        ///
        /// The list of a year in one request. A row is known by its date. It moves no deadline that is stored already.
        BATCH "batchHolidays" => "All rows were written";
    }

    fn write_set(
        transaction: &mut Transaction<'_>,
        _: &Caller,
        inputs: &[&Self],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        batch::write_records(transaction, &(), inputs, mode, |_, input| Ok(Holiday::from(input.clone())))
    }

    fn assume(what_if: &mut WhatIf<'_>, _: &Caller, inputs: &[&Self], mode: Mode) -> Stored<Vec<RowOutcome>> {
        batch::assume_records(what_if, &(), inputs, mode, |_, input| Ok(Holiday::from(input.clone())))
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
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

/// A holiday or a make-up day as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayInput {
    /// The day.
    date: Date,
    /// A day off (`holiday`), or a Saturday or Sunday that is worked in the place of another day (`working_day`).
    kind: HolidayKind,
    /// Vietnamese name.
    name_vi: Name,
    /// English name.
    name_en: Option<Name>,
    /// The decree or notice it rests on.
    basis: Reference,
}

/// A holiday or a make-up day.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidayView {
    /// Identity.
    id: HolidayId,
    /// The holiday.
    #[serde(flatten)]
    holiday: HolidayInput,
}

impl Keyed for HolidayInput {
    fn key(&self) -> String {
        self.date.to_string()
    }
}

impl From<HolidayInput> for Holiday {
    fn from(HolidayInput { date, kind, name_vi, name_en, basis }: HolidayInput) -> Self {
        Self { date, kind, name_vi, name_en, basis }
    }
}

impl HolidayView {
    fn new(id: HolidayId, Holiday { date, kind, name_vi, name_en, basis }: Holiday) -> Self {
        Self { id, holiday: HolidayInput { date, kind, name_vi, name_en, basis } }
    }
}
