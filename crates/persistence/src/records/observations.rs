//! Declared observations.

use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::in_list::{distinct, one_of};
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::observations;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::records::wanted::Wanted;
use crate::write::batch::Record;
pub use crate::write::records::{delete, get, insert, update};
use crate::write::rules::Rules;
use diesel::prelude::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId, ObservationId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::observations::{Nature, Observation, contribution};
use thidua_domain::time::Month;
use thidua_domain::violation::Violation;

/// Filter of a list of observations.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of these agencies.
    pub within: Option<Vec<AgencyId>>,
    /// Only this indicator's.
    pub indicator: Option<IndicatorId>,
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only from this month on.
    pub from: Option<Month>,
    /// Only up to this month.
    pub to: Option<Month>,
    /// Only estimates, or only actual figures.
    pub nature: Option<Nature>,
}

thidua_domain::string_enum! {
    /// Sort orders of observations; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
        /// By month.
        Month = "month",
    }
}

/// Lists observations.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(ObservationId, Observation)>> {
    match sort {
        Sort::Id => paged!(connection, selected(filter), slice, id = observations::id, by = observations::id => i64,
                           |row: Row| (row.id, row.id), Row::parse),
        Sort::Month => {
            paged!(connection, selected(filter), slice, id = observations::id, by = observations::month => i32,
                              |row: Row| (row.month, row.id), Row::parse)
        }
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> observations::BoxedQuery<'_, AnyBackend> {
    let mut query = observations::table.into_boxed::<AnyBackend>();
    if let Some(within) = &filter.within {
        query = query.filter(one_of(observations::agency_id, within.iter().map(|id| id.0)));
    }
    if let Some(indicator) = filter.indicator {
        query = query.filter(observations::indicator_id.eq(indicator.0));
    }
    if let Some(calendar) = filter.calendar {
        query = query.filter(observations::calendar_id.eq(calendar.0));
    }
    if let Some(from) = filter.from {
        query = query.filter(observations::month.ge(from.yyyymm()));
    }
    if let Some(to) = filter.to {
        query = query.filter(observations::month.le(to.yyyymm()));
    }
    if let Some(nature) = filter.nature {
        query = query.filter(observations::nature.eq(nature.as_str()));
    }
    query
}

/// The observations of a question's agencies and months, after one of them, in identity order.
pub(crate) fn behind(connection: &mut Connection, wanted: &Wanted<'_>) -> Result<Vec<(ObservationId, Observation)>> {
    let question = wanted.question;
    let (first, last) = wanted.months;
    let rows: Vec<Row> = observations::table
        .filter(observations::indicator_id.eq(question.indicator.0))
        .filter(observations::calendar_id.eq(question.calendar.0))
        .filter(one_of(observations::agency_id, wanted.agencies.iter().map(|agency| agency.0)))
        .filter(observations::month.between(first.yyyymm(), last.yyyymm()).and(observations::id.gt(wanted.after)))
        .order(observations::id)
        .limit(wanted.limit)
        .load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The contributions of all observations of the catalogue's indicators, computed from scratch.
pub(crate) fn contributions(connection: &mut Connection, catalogue: &Catalogue, sum: &mut Cells) -> Result<()> {
    let mut last = 0;
    loop {
        let rows: Vec<Row> = observations::table
            .filter(observations::id.gt(last))
            .order(observations::id)
            .limit(10_000)
            .load(&mut connection.0)?;
        let Some(end) = rows.last().map(|row| row.id) else { return Ok(()) };
        for row in rows {
            let observation = row.parse()?.1;
            if catalogue.indicators.contains_key(&observation.indicator) {
                sum.add_all(&contribution(&observation));
            }
        }
        last = end;
    }
}

impl Record for Observation {
    type Key = (IndicatorId, AgencyId, CalendarId, Month);
    type References = ();
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|record, _| Error::taken("/month", record.month));

    fn key(&self) -> Self::Key {
        (self.indicator, self.agency, self.calendar, self.month)
    }

    fn stored(connection: &mut Connection, _: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        let agencies = distinct(records.iter().map(|record| record.agency.0).collect());
        let months = distinct(records.iter().map(|record| record.month.yyyymm()).collect());
        let rows: Vec<Row> = observations::table
            .filter(one_of(observations::agency_id, agencies))
            .filter(one_of(observations::month, months))
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).collect()
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), _: Option<&Self>, record: &Self) -> Result<()> {
        record.check()?;
        let window = rules.month_window(record.calendar, record.month)?;
        record.check_happened(window, rules.today())?;
        record.require_open(rules)?;
        rules.require_agency_in_month(record.agency, record.calendar, record.month)?;
        let indicator = rules.catalogue().indicators.get(&record.indicator);
        let indicator = indicator.ok_or(Error::NotFound(Resource::Indicators))?;
        if matches!(indicator.definition_in(record.month).source, Source::Declared { .. }) {
            return Ok(());
        }
        Err(Error::Conflict(Violation::new("/indicator", "indicator_is_derived")))
    }

    fn require_open(&self, rules: &Rules) -> Result<()> {
        let place = (self.calendar, self.month, self.agency);
        rules.require_open_month("/month", place, |indicator, _| indicator == self.indicator)
    }

    fn contribution(&self, _: &Catalogue) -> Cells {
        contribution(self)
    }

    fn declares(&self) -> Option<(CellKey, bool)> {
        Some((self.key_of_cell(), self.nature == Nature::Estimate))
    }
}

impl_entity!(observations: ObservationId => Observation, Resource::Observations);

row! {
    observations: ObservationId => Observation {
        indicator_id: i64 = indicator,
        agency_id: i64 = agency,
        calendar_id: i64 = calendar,
        month: i32 = month,
        numerator: i64 = numerator,
        denominator: i64 = denominator,
        evidence: Option<String> = evidence,
        note: Option<String> = note,
        nature: String = nature,
    }
}
