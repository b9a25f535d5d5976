//! Holidays and make-up days.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{spelled, stored, stored_option};
use crate::engine::insert_rows::insert_rows;
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::holidays;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::write::batch::{Difference, Record, Written};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::holidays::{Holiday, HolidayKind};
use thidua_domain::id::HolidayId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Name, Reference};

/// Filter of a list of holidays.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this day and later ones.
    pub from: Option<Date>,
    /// Only this day and earlier ones.
    pub to: Option<Date>,
    /// Only this kind.
    pub kind: Option<HolidayKind>,
}

thidua_domain::string_enum! {
    /// Sort orders of holidays; the first is the default.
    Sort {
        /// By date.
        Date = "date",
    }
}

/// Lists holidays by date.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(HolidayId, Holiday)>> {
    match sort {
        Sort::Date => paged!(connection, selected(filter), slice, id = holidays::id, by = holidays::date => Date,
                             |row: Row| (row.date, row.id), Row::parse),
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> holidays::BoxedQuery<'_, AnyBackend> {
    let mut query = holidays::table.into_boxed::<AnyBackend>();
    if let Some(from) = filter.from {
        query = query.filter(holidays::date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(holidays::date.le(to));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(holidays::kind.eq(kind.as_str()));
    }
    query
}

/// Creates a holiday.
pub fn insert(transaction: &mut Transaction<'_>, holiday: &Holiday) -> Result<HolidayId> {
    check_facts(transaction, None, holiday)?;
    let id = transaction.created(Resource::Holidays, holiday)?;
    Holiday::insert_rows(transaction.connection(), &[(id, holiday)])?;
    transaction.update_catalogue()?;
    Ok(HolidayId(id))
}

/// Changes a holiday.
pub fn update(transaction: &mut Transaction<'_>, id: HolidayId, after: &Holiday) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.holidays.get(&id).ok_or(Error::NotFound(Resource::Holidays))?;
    check_facts(transaction, Some(id), after)?;
    transaction.updated(Resource::Holidays, id.0, before, after)?;
    Holiday::update_row(transaction.connection(), id.0, after)?;
    transaction.update_catalogue()
}

/// Deletes a holiday.
pub fn delete(transaction: &mut Transaction<'_>, id: HolidayId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.holidays.get(&id).ok_or(Error::NotFound(Resource::Holidays))?;
    transaction.deleted(Resource::Holidays, id.0, before)?;
    diesel::delete(holidays::table.find(id.0)).execute(transaction.raw())?;
    transaction.update_catalogue()
}

fn check_facts(transaction: &Transaction<'_>, id: Option<HolidayId>, holiday: &Holiday) -> Result<()> {
    holiday.check()?;
    match transaction.catalogue().holiday(holiday.date) {
        Some((other, _)) if id != Some(other) => Err(Error::taken("/date", holiday.date)),
        _ => Ok(()),
    }
}

impl Record for Holiday {
    const RESOURCE: Resource = Resource::Holidays;
    type Key = Date;
    type References = ();

    fn key(&self) -> Date {
        self.date
    }

    fn stored(connection: &mut Connection, _: &(), records: &[Self]) -> Result<Vec<(i64, Self)>> {
        let days = || records.iter().map(|record| record.date);
        let filter = Filter { from: days().min(), to: days().max(), kind: None };
        let rows: Vec<Row> = selected(&filter).load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).map(|row| row.map(|(id, record)| (id.0, record))).collect()
    }

    fn check(_: &mut Connection, _: &Rules, _: &(), record: &Self) -> Result<()> {
        Ok(record.check()?)
    }

    fn differences(_: &mut Connection, _: &Rules, _: &(), _: &[Written<Self>]) -> Result<Vec<Difference>> {
        Ok(Vec::new())
    }

    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|(id, record)| Row::new(HolidayId(*id), record)).collect();
        insert_rows!(&mut connection.0, holidays::table, rows)
    }

    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()> {
        diesel::update(holidays::table.find(id)).set(Row::new(HolidayId(id), after)).execute(&mut connection.0)?;
        Ok(())
    }
}

impl_row_check!(holidays, |id, row: &Holiday| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = holidays, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    date: Date,
    kind: String,
    name_vi: String,
    name_en: Option<String>,
    basis: String,
}

impl Row {
    fn new(id: HolidayId, holiday: &Holiday) -> Self {
        Self {
            id: id.0,
            date: holiday.date,
            kind: holiday.kind.as_str().to_owned(),
            name_vi: holiday.name_vi.to_string(),
            name_en: holiday.name_en.as_ref().map(ToString::to_string),
            basis: holiday.basis.to_string(),
        }
    }

    fn parse(self) -> Result<(HolidayId, Holiday)> {
        let holiday = Holiday {
            date: self.date,
            kind: spelled(HolidayKind::from_spelling, &self.kind)?,
            name_vi: stored(Name::parse("", &self.name_vi))?,
            name_en: stored_option(self.name_en.as_ref(), Name::parse)?,
            basis: stored(Reference::parse("", &self.basis))?,
        };
        Ok((HolidayId(self.id), holiday))
    }
}
