//! Declared observations.

use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::observations;
use crate::error::{Error, Result, both};
use crate::log::entity_tables::impl_entity;
use crate::records::counted_months::{MonthFilter, counted_months};
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
    /// Only those of these agencies and months.
    pub months: MonthFilter,
    /// Only this indicator's.
    pub indicator: Option<IndicatorId>,
    /// Only estimates, or only actual figures.
    pub nature: Option<Nature>,
}

listed! {
    /// Lists observations.
    pub fn list(observations, Filter, by |filter| filter.months.within.as_ref()) -> (ObservationId, Observation) = Row::parse;
    /// Sort orders of observations; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id" => id: i64,
        /// By month.
        Month = "month" => month: i32,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> observations::BoxedQuery<'_, AnyBackend> {
    in_months(&filter.months, access)
        .narrowed(filter.indicator.map(|indicator| observations::indicator_id.eq(indicator.0)))
        .narrowed(filter.nature.map(|nature| observations::nature.eq(nature.as_str())))
}

/// The observations of a question's agencies and months, after one of them, in identity order.
pub(crate) fn behind(connection: &mut Connection, wanted: &Wanted<'_>) -> Result<Vec<(ObservationId, Observation)>> {
    let filter = MonthFilter::from(wanted);
    let query = in_months(&filter, Access::Searched).filter(observations::indicator_id.eq(wanted.question.indicator.0));
    following(connection, query, (wanted.after, wanted.limit))
}

/// The contributions of all observations of the catalogue's indicators, computed from scratch.
pub(crate) fn contributions(connection: &mut Connection, catalogue: &Catalogue, sum: &mut Cells) -> Result<()> {
    each(connection, |observation| {
        if catalogue.indicators.contains_key(&observation.indicator) {
            sum.add_all(&contribution(&observation));
        }
    })
}

impl Record for Observation {
    type Key = (IndicatorId, AgencyId, CalendarId, Month);
    type References = ();
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|record, _| Error::taken("/month", record.month));

    fn key(&self) -> Self::Key {
        (self.indicator, self.agency, self.calendar, self.month)
    }

    fn stored(connection: &mut Connection, _: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        with_the_months_of(connection, records)
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), _: Option<&Self>, record: &Self) -> Result<()> {
        let window = rules.month_window(record.calendar, record.month)?;
        both(record.check(), record.check_happened(window, rules.today()))?;
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

counted_months!(observations: ObservationId => Observation);
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
