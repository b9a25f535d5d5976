//! Errata: written by the writer itself, when a write has changed cells that were told.

use crate::cells;
use crate::connection::{AnyBackend, Connection};
use crate::error::{Error, Result};
use crate::listing::{Page, Slice, paged};
use crate::one_of::one_of;
use crate::rows_proof::proved_rows;
use crate::schema::errata;
use crate::stored::{moment, month};
use crate::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::calendars::Month;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::changes::Resource;
use thidua_domain::errata::{Cause, Erratum};
use thidua_domain::id::{AgencyId, CalendarId, CorrectionId, ErratumId, IndicatorId, ReopeningId};

/// Which errata to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only those of these months, both ends included.
    pub months: Option<(Month, Month)>,
    /// Only those of these agencies.
    pub within: Option<Vec<AgencyId>>,
    /// Only this indicator's.
    pub indicator: Option<IndicatorId>,
    /// Only those under this correction.
    pub correction: Option<CorrectionId>,
    /// Only those since this reopening.
    pub reopening: Option<ReopeningId>,
}

thidua_domain::spelled! {
    /// How to order errata; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
        /// By the moment of the last change.
        CorrectedAt = "corrected_at",
    }
}

/// Lists errata.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(ErratumId, Erratum)>> {
    match sort {
        Sort::Id => paged!(connection, selected(filter), slice, id = errata::id, by = errata::id => i64,
                           |row: Row| (row.id, row.id), Row::parse),
        Sort::CorrectedAt => {
            paged!(connection, selected(filter), slice, id = errata::id, by = errata::corrected_at => i64,
                   |row: Row| (row.corrected_at, row.id), Row::parse)
        }
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> errata::BoxedQuery<'_, AnyBackend> {
    let mut query = errata::table.into_boxed::<AnyBackend>();
    if let Some(calendar) = filter.calendar {
        query = query.filter(errata::calendar_id.eq(calendar.0));
    }
    if let Some((first, last)) = filter.months {
        query = query.filter(errata::month.between(first.yyyymm(), last.yyyymm()));
    }
    if let Some(within) = &filter.within {
        query = query.filter(one_of(errata::agency_id, within.iter().map(|id| id.0)));
    }
    if let Some(indicator) = filter.indicator {
        query = query.filter(errata::indicator_id.eq(indicator.0));
    }
    if let Some(correction) = filter.correction {
        query = query.filter(errata::correction_id.eq(correction.0));
    }
    if let Some(reopening) = filter.reopening {
        query = query.filter(errata::reopening_id.eq(reopening.0));
    }
    query
}

/// All errata.
pub(crate) fn all(connection: &mut Connection) -> Result<BTreeMap<ErratumId, Erratum>> {
    let rows: Vec<Row> = errata::table.load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Says of every cell that this write may have changed after it was told what it was and what it is, unless it is shown
/// alike. The cells are in their table by now; `began` is the last change before this write.
pub(crate) fn publish(
    transaction: &mut Transaction<'_>,
    corrected: BTreeMap<CellKey, Cause>,
    began: i64,
) -> Result<()> {
    let corrected_at = transaction.now();
    let (mut published, catalogue) = (false, transaction.catalogue());
    for (key, cause) in corrected {
        let new = cells::get(transaction.raw(), key)?;
        let measure = catalogue.erratum_measure(key.indicator, key.month);
        match find(transaction, cause, key)? {
            Some((_, before)) if measure.shows_alike(before.new, new) => continue,
            Some((id, before)) => {
                let after = Erratum { new, corrected_at, ..before.clone() };
                transaction.updated(Resource::Errata, id.0, &before, &after)?;
                diesel::update(errata::table.find(id.0)).set(Row::new(id, &after)).execute(transaction.raw())?;
            }
            None => {
                let old = cells::one_as_of(transaction.raw(), key, began)?;
                if measure.shows_alike(old, new) {
                    continue;
                }
                let CellKey { indicator, agency, calendar, month } = key;
                let erratum = Erratum { cause, indicator, agency, calendar, month, old, new, corrected_at };
                let id = ErratumId(transaction.created(Resource::Errata, &erratum)?);
                diesel::insert_into(errata::table).values(Row::new(id, &erratum)).execute(transaction.raw())?;
            }
        }
        published = true;
    }
    if published { transaction.reload_catalogue() } else { Ok(()) }
}

fn find(transaction: &mut Transaction<'_>, cause: Cause, key: CellKey) -> Result<Option<(ErratumId, Erratum)>> {
    let query = errata::table.into_boxed::<AnyBackend>();
    let of_cause = match cause {
        Cause::Correction(id) => query.filter(errata::correction_id.eq(id.0)),
        Cause::Reopening(id) => query.filter(errata::reopening_id.eq(id.0)),
    };
    let row: Option<Row> = of_cause
        .filter(errata::indicator_id.eq(key.indicator.0))
        .filter(errata::agency_id.eq(key.agency.0))
        .filter(errata::calendar_id.eq(key.calendar.0))
        .filter(errata::month.eq(key.month.yyyymm()))
        .first(transaction.raw())
        .optional()?;
    row.map(Row::parse).transpose()
}

proved_rows!(errata, |id, row: &Erratum| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = errata, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    correction_id: Option<i64>,
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    old_numerator: i64,
    old_denominator: i64,
    old_reports: i64,
    new_numerator: i64,
    new_denominator: i64,
    new_reports: i64,
    corrected_at: i64,
    reopening_id: Option<i64>,
}

impl Row {
    fn new(id: ErratumId, erratum: &Erratum) -> Self {
        let Erratum { old, new, .. } = erratum;
        let (correction_id, reopening_id) = match erratum.cause {
            Cause::Correction(id) => (Some(id.0), None),
            Cause::Reopening(id) => (None, Some(id.0)),
        };
        Self {
            id: id.0,
            correction_id,
            indicator_id: erratum.indicator.0,
            agency_id: erratum.agency.0,
            calendar_id: erratum.calendar.0,
            month: erratum.month.yyyymm(),
            old_numerator: old.numerator,
            old_denominator: old.denominator,
            old_reports: old.reports,
            new_numerator: new.numerator,
            new_denominator: new.denominator,
            new_reports: new.reports,
            corrected_at: erratum.corrected_at.timestamp_micros(),
            reopening_id,
        }
    }

    fn parse(self) -> Result<(ErratumId, Erratum)> {
        let cell = |numerator, denominator, reports| Cell { numerator, denominator, reports };
        let cause = match (self.correction_id, self.reopening_id) {
            (Some(id), None) => Cause::Correction(CorrectionId(id)),
            (None, Some(id)) => Cause::Reopening(ReopeningId(id)),
            _ => return Err(Error::Internal(format!("erratum {} has not one cause", self.id))),
        };
        let erratum = Erratum {
            cause,
            indicator: IndicatorId(self.indicator_id),
            agency: AgencyId(self.agency_id),
            calendar: CalendarId(self.calendar_id),
            month: month(self.month)?,
            old: cell(self.old_numerator, self.old_denominator, self.old_reports),
            new: cell(self.new_numerator, self.new_denominator, self.new_reports),
            corrected_at: moment(self.corrected_at)?,
        };
        Ok((ErratumId(self.id), erratum))
    }
}
