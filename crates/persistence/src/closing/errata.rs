//! Errata: written by the writer itself, when a write has changed cells that were told. Those of answers are in
//! [`crate::closing::answer_errata`].

use crate::engine::connection::AnyBackend;
use crate::engine::decode::{from_json, json, moment, month, stored};
use crate::engine::entity::Entity;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::errata;
use crate::error::{Error, Result};
use crate::log::cell_versions;
use crate::log::entity_tables::impl_entity;
use crate::model::cells;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::closing::errata::{Cause, Erratum, Moved, MovedAnswer, MovedCell};
use thidua_domain::closing::told_answers::ToldAnswer;
use thidua_domain::id::{AgencyId, CalendarId, CorrectionId, ErratumId, IndicatorId, ReopeningId};
use thidua_domain::log::changes::Resource;
use thidua_domain::time::{Month, Period};

/// Filter of a list of errata.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only those of these months, both ends included, and of answers about periods that lie in them.
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

listed! {
    /// Lists errata.
    pub fn list(errata, Filter, by |filter| filter.within.as_ref()) -> (ErratumId, Erratum) = Row::parse;
    /// Sort orders of errata; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id" => id: i64,
        /// By the moment of the last change.
        CorrectedAt = "corrected_at" => corrected_at: i64,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> errata::BoxedQuery<'_, AnyBackend> {
    errata::table
        .into_boxed::<AnyBackend>()
        .narrowed(filter.calendar.map(|calendar| errata::calendar_id.eq(calendar.0)))
        .narrowed(filter.months.map(|(first, last)| errata::month.between(first.yyyymm(), last.yyyymm())))
        .narrowed(filter.months.map(|(first, _)| {
            let begins = errata::first_month;
            begins.is_null().or(begins.ge(first.yyyymm()))
        }))
        .within(errata::agency_id, filter.within.as_ref(), access)
        .narrowed(filter.indicator.map(|indicator| errata::indicator_id.eq(indicator.0)))
        .narrowed(filter.correction.map(|correction| errata::correction_id.eq(correction.0)))
        .narrowed(filter.reopening.map(|reopening| errata::reopening_id.eq(reopening.0)))
}

/// Publishes an erratum for every cell that this write has changed after it was told, unless old and new are shown
/// alike. The cells are in their table by now.
pub(crate) fn publish(transaction: &mut Transaction<'_>, corrected: BTreeMap<CellKey, Cause>) -> Result<()> {
    let (corrected_at, began) = (transaction.now(), transaction.began());
    let (mut published, catalogue) = (false, transaction.catalogue());
    for (key, cause) in corrected {
        let new = cells::get(transaction.raw(), key)?;
        let measure = catalogue.erratum_measure(key.indicator, key.month);
        let known = find(transaction, cause, key)?;
        match known.as_ref().and_then(|(id, before)| Some((*id, before, before.cell()?.1))) {
            Some((_, _, told)) if measure.shows_alike(told.new, new) => continue,
            Some((id, before, told)) => {
                let after = Erratum { moved: Moved::Cell(MovedCell { new, ..*told }), corrected_at, ..before.clone() };
                transaction.updated(Resource::Errata, id.0, before, &after)?;
                Erratum::update_row(transaction.connection(), id.0, &after)?;
            }
            None => {
                let old = cell_versions::one_as_of(transaction.raw(), key, began)?;
                if measure.shows_alike(old, new) {
                    continue;
                }
                let CellKey { indicator, agency, calendar, month } = key;
                let moved = Moved::Cell(MovedCell { month, old, new });
                let erratum = Erratum { cause, indicator, agency, calendar, moved, corrected_at };
                let id = transaction.created(Resource::Errata, &erratum)?;
                Erratum::insert_rows(transaction.connection(), &[(id, &erratum)])?;
            }
        }
        published = true;
    }
    if published { transaction.update_catalogue() } else { Ok(()) }
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
        .filter(errata::period.is_null())
        .first(transaction.raw())
        .optional()?;
    row.map(Row::parse).transpose()
}

impl_entity!(errata: ErratumId => Erratum, Resource::Errata);

/// An erratum as it is stored. One of an answer has a period, and the month is the last one of it.
#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = errata, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    correction_id: Option<i64>,
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    old_numerator: Option<i64>,
    old_denominator: Option<i64>,
    old_reports: Option<i64>,
    new_numerator: Option<i64>,
    new_denominator: Option<i64>,
    new_reports: Option<i64>,
    corrected_at: i64,
    reopening_id: Option<i64>,
    period: Option<String>,
    first_month: Option<i32>,
    old_answer: Option<String>,
    new_answer: Option<String>,
}

impl Row {
    fn new(id: ErratumId, erratum: &Erratum) -> Self {
        let (correction_id, reopening_id) = match erratum.cause {
            Cause::Correction(id) => (Some(id.0), None),
            Cause::Reopening(id) => (None, Some(id.0)),
        };
        let cell = erratum.cell().map(|(_, cell)| cell);
        let (old, new) = (cell.map(|cell| cell.old), cell.map(|cell| cell.new));
        let answer = erratum.answer().map(|(_, answer)| answer);
        let told = |answer: Option<&ToldAnswer>| answer.map(json);
        Self {
            id: id.0,
            correction_id,
            indicator_id: erratum.indicator.0,
            agency_id: erratum.agency.0,
            calendar_id: erratum.calendar.0,
            month: erratum.period().last_month().yyyymm(),
            old_numerator: old.map(|old| old.numerator),
            old_denominator: old.map(|old| old.denominator),
            old_reports: old.map(|old| old.reports),
            new_numerator: new.map(|new| new.numerator),
            new_denominator: new.map(|new| new.denominator),
            new_reports: new.map(|new| new.reports),
            corrected_at: erratum.corrected_at.timestamp_micros(),
            reopening_id,
            period: answer.map(|answer| answer.period.to_string()),
            first_month: answer.map(|answer| answer.period.first_month().yyyymm()),
            old_answer: told(answer.and_then(|answer| answer.old.as_ref())),
            new_answer: told(answer.and_then(|answer| answer.new.as_ref())),
        }
    }

    fn parse(self) -> Result<(ErratumId, Erratum)> {
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
            moved: self.moved()?,
            corrected_at: moment(self.corrected_at)?,
        };
        Ok((ErratumId(self.id), erratum))
    }

    fn moved(&self) -> Result<Moved> {
        let cell = |parts| match parts {
            (Some(numerator), Some(denominator), Some(reports)) => Ok(Cell { numerator, denominator, reports }),
            _ => Err(Error::Internal(format!("erratum {} has not the whole of a cell", self.id))),
        };
        if let Some(period) = &self.period {
            let told = |text: &Option<String>| text.as_deref().map(from_json).transpose();
            let period = stored(Period::parse("", period))?;
            let (old, new) = (told(&self.old_answer)?, told(&self.new_answer)?);
            return Ok(Moved::Answer(Box::new(MovedAnswer { period, old, new })));
        }
        Ok(Moved::Cell(MovedCell {
            month: month(self.month)?,
            old: cell((self.old_numerator, self.old_denominator, self.old_reports))?,
            new: cell((self.new_numerator, self.new_denominator, self.new_reports))?,
        }))
    }
}
