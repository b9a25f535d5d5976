//! The stored dates of periods.

use crate::closing::reopenings;
use crate::engine::columns::row;
use crate::engine::date::Day;
use crate::engine::schema::periods;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::model::late_changes;
use crate::write::records::{add_row, change_row, known, remove_row};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeSet;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::cells::CellKey;
use thidua_domain::closing::cut_offs::CutOffs;
use thidua_domain::figures::closed_answers::is_closed_for_some;
use thidua_domain::id::PeriodId;
use thidua_domain::log::changes::Resource;
use thidua_domain::violation::Violation;

/// Stores the dates of a period.
pub fn insert(transaction: &mut Transaction<'_>, dates: &PeriodDates) -> Result<PeriodId> {
    check_facts(&transaction.catalogue(), None, dates)?;
    require_locks_after_end(transaction, dates)?;
    require_cut_off_kept(transaction, None, Some(dates))?;
    add_row(transaction, dates)
}

/// Changes the dates of a period; a reason is required if that opens it again.
pub fn update(transaction: &mut Transaction<'_>, id: PeriodId, after: &PeriodDates) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.periods, id)?;
    check_facts(&catalogue, Some(id), after)?;
    if before.locks_on != after.locks_on || before.period != after.period || before.calendar != after.calendar {
        require_locks_after_end(transaction, after)?;
    }
    require_cut_off_kept(transaction, Some(before), Some(after))?;
    change_row(transaction, id, before, after)?;
    note_reopening(transaction, before, Some(after))
}

/// Removes the stored dates of a period; a reason is required if that opens it again.
pub fn delete(transaction: &mut Transaction<'_>, id: PeriodId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.periods, id)?;
    require_cut_off_kept(transaction, Some(before), None)?;
    remove_row(transaction, id, before)?;
    note_reopening(transaction, before, None)
}

/// Notes a reopening if other dates, or none, open a locked period again.
fn note_reopening(transaction: &mut Transaction<'_>, before: &PeriodDates, after: Option<&PeriodDates>) -> Result<()> {
    let PeriodDates { calendar, period, .. } = *before;
    if !before.is_opened_by(after, transaction.today()) {
        return Ok(());
    }
    transaction.require_reason()?;
    if !transaction.catalogue().has_ended(calendar, period, transaction.today()) {
        return Ok(());
    }
    let scope = transaction.catalogue().reopened_period(calendar, period, None);
    reopenings::insert(transaction, scope)
}

/// Refuses a lock before the day after the period's end: until then its figures still grow.
fn require_locks_after_end(transaction: &Transaction<'_>, dates: &PeriodDates) -> Result<()> {
    let Some(window) = transaction.catalogue().window(dates.calendar, dates.period) else { return Ok(()) };
    if dates.locks_on.is_none_or(|locks_on| window.to < locks_on) {
        return Ok(());
    }
    let end = window.to;
    Err(Error::Conflict(Violation::new("/locks_on", "window_not_ended.lock").with("end", &end)))
}

/// Refuses another cut-off of a closed period by which other figures would have come after it: closed answers count
/// these. A cut-off that changes as the dates open the period is taken.
fn require_cut_off_kept(
    transaction: &mut Transaction<'_>,
    before: Option<&PeriodDates>,
    after: Option<&PeriodDates>,
) -> Result<()> {
    let cut_off =
        |dates: Option<&PeriodDates>| dates.and_then(|dates| Some((dates.calendar, dates.period, dates.cut_off?)));
    let (was, is, today) = (cut_off(before), cut_off(after), transaction.today());
    if was == is || before.is_some_and(|before| before.is_opened_by(after, today)) {
        return Ok(());
    }
    let (was, is) = (closed_late(transaction, before)?, closed_late(transaction, after)?);
    if was == is {
        return Ok(());
    }
    Err(Error::Conflict(Violation::new("/cut_off", "closed_figures.cut_off")))
}

/// The closed figures of a period that came after its cut-off.
fn closed_late(transaction: &mut Transaction<'_>, dates: Option<&PeriodDates>) -> Result<BTreeSet<CellKey>> {
    let (catalogue, today) = (transaction.catalogue(), transaction.today());
    let Some(dates) = dates.filter(|dates| is_closed_for_some(&catalogue, (dates.calendar, dates.period), today))
    else {
        return Ok(BTreeSet::new());
    };
    let mut cut_offs = CutOffs::default();
    cut_offs.add(dates);
    let until = (i64::MAX, transaction.logged_on());
    let late = late_changes::as_of(transaction.connection(), &cut_offs, None, until)?;
    let is_closed = |key: &CellKey| {
        let mut months = dates.period.months();
        months.all(|month| catalogue.closed(CellKey { month, ..*key }, today).is_some())
    };
    Ok(late.into_iter().map(|(key, _)| key).filter(is_closed).collect())
}

fn check_facts(catalogue: &Catalogue, id: Option<PeriodId>, dates: &PeriodDates) -> Result<()> {
    dates.check()?;
    let same = |other: &PeriodDates| (other.calendar, other.period) == (dates.calendar, dates.period);
    match catalogue.periods.iter().find(|(other, found)| Some(**other) != id && same(found)) {
        Some(_) => Err(Error::taken("/period", dates.period)),
        None => Ok(()),
    }
}

impl_entity!(periods: PeriodId => PeriodDates, Resource::Periods);

row! {
    periods: PeriodId => PeriodDates {
        calendar_id: i64 = calendar,
        period: String = period,
        cut_off: Option<Day> = cut_off,
        submission_due: Option<Day> = submission_due,
        locks_on: Option<Day> = locks_on,
    }
}
