//! Locks on figures.

use crate::closing::reopenings;
use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::in_list::one_of;
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::locks;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::closing::locks::Lock;
use thidua_domain::id::{AgencyId, CalendarId, LockId};
use thidua_domain::log::changes::Resource;
use thidua_domain::time::Period;

/// Filter of a list of locks.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only those of this period.
    pub period: Option<Period>,
    /// Only those for these agencies.
    pub agencies: Option<Vec<AgencyId>>,
}

thidua_domain::string_enum! {
    /// Sort orders of locks; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
        /// By the code of the period.
        Period = "period",
    }
}

/// Lists locks.
pub fn list(connection: &mut Connection, filter: &Filter, sort: Sort, slice: &Slice) -> Result<Page<(LockId, Lock)>> {
    match sort {
        Sort::Id => paged!(connection, selected(filter), slice, id = locks::id, by = locks::id => i64,
                           |row: Row| (row.id, row.id), Row::parse),
        Sort::Period => paged!(connection, selected(filter), slice, id = locks::id, by = locks::period => String,
                               |row: Row| (row.period, row.id), Row::parse),
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> locks::BoxedQuery<'_, AnyBackend> {
    let mut query = locks::table.into_boxed::<AnyBackend>();
    if let Some(calendar) = filter.calendar {
        query = query.filter(locks::calendar_id.eq(calendar.0));
    }
    if let Some(period) = filter.period {
        query = query.filter(locks::period.eq(period.to_string()));
    }
    if let Some(agencies) = &filter.agencies {
        query = query.filter(one_of(locks::agency_id, agencies.iter().map(|id| id.0)));
    }
    query
}

/// Locks the figures of a period for an agency and everything below it.
pub fn insert(transaction: &mut Transaction<'_>, lock: &Lock) -> Result<LockId> {
    let place = |lock: &Lock| (lock.calendar, lock.period, lock.agency);
    if transaction.catalogue().locks.values().any(|other| place(other) == place(lock)) {
        return Err(Error::taken("/period", lock.period));
    }
    transaction.rules().require_ended("/period", lock.calendar, lock.period)?;
    let id = LockId(transaction.created(Resource::Locks, lock)?);
    diesel::insert_into(locks::table).values(Row::new(id, lock)).execute(transaction.raw())?;
    transaction.update_catalogue()?;
    Ok(id)
}

/// Takes a lock away, for a reason. If it held, errata tell the changes from now on.
pub fn delete(transaction: &mut Transaction<'_>, id: LockId) -> Result<()> {
    transaction.require_reason()?;
    let catalogue = transaction.catalogue();
    let before = catalogue.locks.get(&id).ok_or(Error::NotFound(Resource::Locks))?;
    transaction.deleted(Resource::Locks, id.0, before)?;
    diesel::delete(locks::table.find(id.0)).execute(transaction.raw())?;
    let Lock { calendar, period, agency, .. } = *before;
    if !catalogue.has_ended(calendar, period, transaction.today()) {
        return transaction.update_catalogue();
    }
    reopenings::insert(transaction, catalogue.reopened_period(calendar, period, Some(agency)))
}

impl_row_check!(locks, |id, row: &Lock| Ok(Row::new(id.into(), row)));

row! {
    locks: LockId => Lock {
        calendar_id: i64 = calendar,
        period: String = period,
        agency_id: i64 = agency,
        reason: String = reason,
        locked_at: i64 = locked_at,
    }
}
