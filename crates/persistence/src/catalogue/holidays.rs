//! Holidays and make-up days.

use crate::engine::columns::row;
use crate::engine::connection::Connection;
use crate::engine::date::Day;
use crate::engine::schema::holidays;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::write::batch::Record;
pub use crate::write::records::{delete, get, insert, update};
use crate::write::rules::Rules;
use diesel::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::holidays::Holiday;
use thidua_domain::id::HolidayId;
use thidua_domain::log::changes::Resource;

impl Record for Holiday {
    type Key = Date;
    type References = ();
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|holiday, _| Error::taken("/date", holiday.date));

    fn key(&self) -> Date {
        self.date
    }

    fn stored(_: &mut Connection, rules: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        let found = records.iter().filter_map(|record| rules.catalogue().holiday(record.date));
        Ok(found.map(|(id, holiday)| (id, holiday.clone())).collect())
    }

    fn check(_: &mut Connection, _: &Rules, _: &(), _: Option<&Self>, record: &Self) -> Result<()> {
        Ok(record.check()?)
    }
}

impl_entity!(holidays: HolidayId => Holiday, Resource::Holidays);

row! {
    holidays: HolidayId => Holiday {
        date: Day = date,
        kind: String = kind,
        name_vi: String = name_vi,
        name_en: Option<String> = name_en,
        basis: String = basis,
    }
}
