//! E-document exchange counts.

use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{month, spelled};
use crate::engine::in_list::{distinct, one_of};
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::document_exchanges;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
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
    /// Only those of these agencies.
    pub within: Option<Vec<AgencyId>>,
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only from this month on.
    pub from: Option<Month>,
    /// Only up to this month.
    pub to: Option<Month>,
    /// Only this direction.
    pub direction: Option<Direction>,
}

thidua_domain::string_enum! {
    /// Sort orders of e-document exchange counts; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
        /// By month.
        Month = "month",
    }
}

/// Lists counts.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(DocumentExchangeId, DocumentExchange)>> {
    match sort {
        Sort::Id => {
            paged!(connection, selected(filter), slice, id = document_exchanges::id, by = document_exchanges::id => i64,
                           |row: Row| (row.id, row.id), Row::parse)
        }
        Sort::Month => {
            paged!(connection, selected(filter), slice, id = document_exchanges::id, by = document_exchanges::month => i32,
                   |row: Row| (row.month, row.id), Row::parse)
        }
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> document_exchanges::BoxedQuery<'_, AnyBackend> {
    let mut query = document_exchanges::table.into_boxed::<AnyBackend>();
    if let Some(within) = &filter.within {
        query = query.filter(one_of(document_exchanges::agency_id, within.iter().map(|id| id.0)));
    }
    if let Some(calendar) = filter.calendar {
        query = query.filter(document_exchanges::calendar_id.eq(calendar.0));
    }
    if let Some(from) = filter.from {
        query = query.filter(document_exchanges::month.ge(from.yyyymm()));
    }
    if let Some(to) = filter.to {
        query = query.filter(document_exchanges::month.le(to.yyyymm()));
    }
    if let Some(direction) = filter.direction {
        query = query.filter(document_exchanges::direction.eq(direction.as_str()));
    }
    query
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
    let question = wanted.question;
    let (first, last) = wanted.months;
    let rows: Vec<Row> = document_exchanges::table
        .filter(document_exchanges::calendar_id.eq(question.calendar.0))
        .filter(one_of(document_exchanges::agency_id, wanted.agencies.iter().map(|agency| agency.0)))
        .filter(
            document_exchanges::month
                .between(first.yyyymm(), last.yyyymm())
                .and(document_exchanges::id.gt(wanted.after)),
        )
        .order(document_exchanges::id)
        .limit(wanted.limit)
        .load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The contributions of all counts, computed from scratch.
pub(crate) fn contributions(connection: &mut Connection, catalogue: &Catalogue, sum: &mut Cells) -> Result<()> {
    let mut last = 0;
    loop {
        let rows: Vec<Row> = document_exchanges::table
            .filter(document_exchanges::id.gt(last))
            .order(document_exchanges::id)
            .limit(10_000)
            .load(&mut connection.0)?;
        let Some(end) = rows.last().map(|row| row.id) else { return Ok(()) };
        for row in rows {
            sum.add_all(&contribution(catalogue, &row.parse()?.1));
        }
        last = end;
    }
}

impl Record for DocumentExchange {
    type Key = (AgencyId, CalendarId, Month, Direction);
    type References = ();
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|record, _| Error::taken("/month", record.month));

    fn key(&self) -> Self::Key {
        (self.agency, self.calendar, self.month, self.direction)
    }

    fn stored(connection: &mut Connection, _: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        let agencies = distinct(records.iter().map(|record| record.agency.0).collect());
        let months = distinct(records.iter().map(|record| record.month.yyyymm()).collect());
        let rows: Vec<Row> = document_exchanges::table
            .filter(one_of(document_exchanges::agency_id, agencies))
            .filter(one_of(document_exchanges::month, months))
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).collect()
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), _: Option<&Self>, record: &Self) -> Result<()> {
        record.check()?;
        let window = rules.month_window(record.calendar, record.month)?;
        record.check_happened(window, rules.today())?;
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
