//! E-document exchange counts.

use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{month, spelled};
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::document_exchanges;
use crate::error::{Error, Result, both};
use crate::log::entity_tables::impl_entity;
use crate::records::counted_months::{MonthFilter, counted_months};
use crate::records::wanted::Wanted;
use crate::write::batch::Record;
pub use crate::write::records::{delete, get, insert, update};
use crate::write::rules::Rules;
use diesel::prelude::*;
use std::collections::BTreeSet;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::record_kinds::Direction;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::cells::Cells;
use thidua_domain::id::{AgencyId, CalendarId, DocumentExchangeId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::document_exchanges::{DocumentExchange, contribution};
use thidua_domain::time::{Month, Period};

/// Filter of a list of counts.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of these agencies and months.
    pub months: MonthFilter,
    /// Only this direction.
    pub direction: Option<Direction>,
}

listed! {
    /// Lists counts.
    pub fn list(document_exchanges, Filter, by |filter| filter.months.within.as_ref()) -> (DocumentExchangeId, DocumentExchange) = Row::parse;
    /// Sort orders of e-document exchange counts; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id" => id: i64,
        /// By month.
        Month = "month" => month: i32,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> document_exchanges::BoxedQuery<'_, AnyBackend> {
    in_months(&filter.months, access)
        .narrowed(filter.direction.map(|direction| document_exchanges::direction.eq(direction.as_str())))
}

/// The agencies, months and directions with a count under a calendar in a period.
pub(crate) fn counted(
    connection: &mut Connection,
    calendar: CalendarId,
    period: Period,
) -> Result<BTreeSet<(AgencyId, Month, Direction)>> {
    let rows: Vec<(i64, i32, String)> = document_exchanges::table
        .filter(document_exchanges::calendar_id.eq(calendar.0))
        .filter(document_exchanges::month.between(period.first_month().yyyymm(), period.last_month().yyyymm()))
        .select((document_exchanges::agency_id, document_exchanges::month, document_exchanges::direction))
        .load(&mut connection.0)?;
    rows.into_iter()
        .map(|(agency, yyyymm, direction)| {
            Ok((AgencyId(agency), month(yyyymm)?, spelled(Direction::from_spelling, &direction)?))
        })
        .collect()
}

/// The counts of a question's agencies and months, after one of them, in identity order.
pub(crate) fn behind(
    connection: &mut Connection,
    wanted: &Wanted<'_>,
) -> Result<Vec<(DocumentExchangeId, DocumentExchange)>> {
    following(connection, in_months(&MonthFilter::from(wanted), Access::Searched), (wanted.after, wanted.limit))
}

/// The contributions of all counts, computed from scratch.
pub(crate) fn contributions(connection: &mut Connection, catalogue: &Catalogue, sum: &mut Cells) -> Result<()> {
    each(connection, |exchange| sum.add_all(&contribution(catalogue, &exchange)))
}

impl Record for DocumentExchange {
    type Key = (AgencyId, CalendarId, Month, Direction);
    type References = ();
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|record, _| Error::taken("/month", record.month));

    fn key(&self) -> Self::Key {
        (self.agency, self.calendar, self.month, self.direction)
    }

    fn stored(connection: &mut Connection, _: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        with_the_months_of(connection, records)
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), _: Option<&Self>, record: &Self) -> Result<()> {
        let window = rules.month_window(record.calendar, record.month)?;
        both(record.check(), record.check_happened(window, rules.today()))?;
        record.require_open(rules)?;
        rules.require_agency_in_month(record.agency, record.calendar, record.month)
    }

    fn require_open(&self, rules: &Rules) -> Result<()> {
        let place = (self.calendar, self.month, self.agency);
        let feeds = |_, indicator: &Indicator| {
            matches!(indicator.definition_in(self.month).source, Source::DocumentExchanges { .. })
        };
        rules.require_open_month("/month", place, feeds)
    }

    fn contribution(&self, catalogue: &Catalogue) -> Cells {
        contribution(catalogue, self)
    }
}

counted_months!(document_exchanges: DocumentExchangeId => DocumentExchange);
impl_entity!(document_exchanges: DocumentExchangeId => DocumentExchange, Resource::DocumentExchanges);

row! {
    document_exchanges: DocumentExchangeId => DocumentExchange {
        agency_id: i64 = agency,
        calendar_id: i64 = calendar,
        month: i32 = month,
        direction: String = direction,
        total: i64 = total,
        secret: i64 = secret,
        electronic: i64 = electronic,
        signed: i64 = signed,
        paperless: i64 = paperless,
        failed: i64 = failed,
    }
}
