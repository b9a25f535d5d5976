//! E-document exchange counts.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{month, spelled};
use crate::engine::in_list::{distinct, one_of};
use crate::engine::insert_rows::insert_rows;
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::document_exchanges;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::log::past;
use crate::records::wanted::Wanted;
use crate::write::batch::{Difference, Record, Written, each};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
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

/// The count with an identity.
pub fn get(connection: &mut Connection, id: DocumentExchangeId) -> Result<DocumentExchange> {
    if let Some(seq) = connection.as_of() {
        return past::required(connection, Resource::DocumentExchanges, id.0, seq);
    }
    let row: Option<Row> = document_exchanges::table.find(id.0).first(&mut connection.0).optional()?;
    Ok(row.ok_or(Error::NotFound(Resource::DocumentExchanges))?.parse()?.1)
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

/// Creates a count.
pub fn insert(transaction: &mut Transaction<'_>, exchange: &DocumentExchange) -> Result<DocumentExchangeId> {
    check_facts(transaction, None, exchange)?;
    let id = DocumentExchangeId(transaction.created(Resource::DocumentExchanges, exchange)?);
    diesel::insert_into(document_exchanges::table).values(Row::new(id, exchange)).execute(transaction.raw())?;
    let catalogue = transaction.catalogue();
    transaction.replace(&Cells::default(), &contribution(&catalogue, exchange))?;
    Ok(id)
}

/// Changes a count.
pub fn update(transaction: &mut Transaction<'_>, id: DocumentExchangeId, after: &DocumentExchange) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    require_open(&transaction.rules(), &before)?;
    check_facts(transaction, Some(id), after)?;
    transaction.updated(Resource::DocumentExchanges, id.0, &before, after)?;
    diesel::update(document_exchanges::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    let catalogue = transaction.catalogue();
    transaction.replace(&contribution(&catalogue, &before), &contribution(&catalogue, after))
}

/// Deletes a count.
pub fn delete(transaction: &mut Transaction<'_>, id: DocumentExchangeId) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    require_open(&transaction.rules(), &before)?;
    transaction.deleted(Resource::DocumentExchanges, id.0, &before)?;
    diesel::delete(document_exchanges::table.find(id.0)).execute(transaction.raw())?;
    let catalogue = transaction.catalogue();
    transaction.replace(&contribution(&catalogue, &before), &Cells::default())
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

fn check_facts(
    transaction: &mut Transaction<'_>,
    id: Option<DocumentExchangeId>,
    exchange: &DocumentExchange,
) -> Result<()> {
    require_fitting(&transaction.rules(), exchange)?;
    let other: Option<i64> = document_exchanges::table
        .filter(document_exchanges::agency_id.eq(exchange.agency.0))
        .filter(document_exchanges::calendar_id.eq(exchange.calendar.0))
        .filter(document_exchanges::month.eq(exchange.month.yyyymm()))
        .filter(document_exchanges::direction.eq(exchange.direction.as_str()))
        .select(document_exchanges::id)
        .first(transaction.raw())
        .optional()?;
    match other {
        Some(other) if id != Some(DocumentExchangeId(other)) => Err(Error::taken("/month", exchange.month)),
        _ => Ok(()),
    }
}

fn require_fitting(rules: &Rules, exchange: &DocumentExchange) -> Result<()> {
    exchange.check()?;
    let window = rules.month_window(exchange.calendar, exchange.month)?;
    exchange.check_happened(window, rules.today())?;
    require_open(rules, exchange)?;
    rules.require_agency_in_month(exchange.agency, exchange.calendar, exchange.month)
}

fn require_open(rules: &Rules, exchange: &DocumentExchange) -> Result<()> {
    let place = (exchange.calendar, exchange.month, exchange.agency);
    let feeds = |_, indicator: &Indicator| {
        matches!(indicator.definition_in(exchange.month).source, Source::DocumentExchanges { .. })
    };
    rules.require_open_month("/month", place, feeds)
}

impl Record for DocumentExchange {
    const RESOURCE: Resource = Resource::DocumentExchanges;
    type Key = (AgencyId, CalendarId, Month, Direction);
    type References = ();

    fn key(&self) -> Self::Key {
        (self.agency, self.calendar, self.month, self.direction)
    }

    fn stored(connection: &mut Connection, _: &(), records: &[Self]) -> Result<Vec<(i64, Self)>> {
        let agencies = distinct(records.iter().map(|record| record.agency.0).collect());
        let months = distinct(records.iter().map(|record| record.month.yyyymm()).collect());
        let rows: Vec<Row> = document_exchanges::table
            .filter(one_of(document_exchanges::agency_id, agencies))
            .filter(one_of(document_exchanges::month, months))
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).map(|row| row.map(|(id, record)| (id.0, record))).collect()
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), record: &Self) -> Result<()> {
        require_fitting(rules, record)
    }

    fn differences(_: &mut Connection, rules: &Rules, _: &(), writes: &[Written<Self>]) -> Result<Vec<Difference>> {
        Ok(each(writes, |exchange| contribution(rules.catalogue(), exchange)))
    }

    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|(id, record)| Row::new(DocumentExchangeId(*id), record)).collect();
        insert_rows!(&mut connection.0, document_exchanges::table, rows)
    }

    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()> {
        let row = Row::new(DocumentExchangeId(id), after);
        diesel::update(document_exchanges::table.find(id)).set(row).execute(&mut connection.0)?;
        Ok(())
    }
}

impl_row_check!(document_exchanges, |id, row: &DocumentExchange| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = document_exchanges, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    direction: String,
    total: i64,
    secret: i64,
    electronic: i64,
    signed: i64,
    paperless: i64,
    failed: i64,
}

impl Row {
    fn new(id: DocumentExchangeId, exchange: &DocumentExchange) -> Self {
        Self {
            id: id.0,
            agency_id: exchange.agency.0,
            calendar_id: exchange.calendar.0,
            month: exchange.month.yyyymm(),
            direction: exchange.direction.as_str().to_owned(),
            total: exchange.total,
            secret: exchange.secret,
            electronic: exchange.electronic,
            signed: exchange.signed,
            paperless: exchange.paperless,
            failed: exchange.failed,
        }
    }

    fn parse(self) -> Result<(DocumentExchangeId, DocumentExchange)> {
        let exchange = DocumentExchange {
            agency: AgencyId(self.agency_id),
            calendar: CalendarId(self.calendar_id),
            month: month(self.month)?,
            direction: spelled(Direction::from_spelling, &self.direction)?,
            total: self.total,
            secret: self.secret,
            electronic: self.electronic,
            signed: self.signed,
            paperless: self.paperless,
            failed: self.failed,
        };
        Ok((DocumentExchangeId(self.id), exchange))
    }
}
