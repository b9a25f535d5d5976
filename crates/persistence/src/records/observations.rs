//! Declared observations.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{month, spelled, stored_option};
use crate::engine::in_list::{distinct, one_of};
use crate::engine::insert_rows::insert_rows;
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::observations;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::log::past;
use crate::records::wanted::Wanted;
use crate::write::batch::{Difference, Record, Written, each};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId, ObservationId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::observations::{Nature, Observation, contribution};
use thidua_domain::text::{Prose, Reference};
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

/// The observation with an identity.
pub fn get(connection: &mut Connection, id: ObservationId) -> Result<Observation> {
    if let Some(seq) = connection.as_of() {
        return past::required(connection, Resource::Observations, id.0, seq);
    }
    let row: Option<Row> = observations::table.find(id.0).first(&mut connection.0).optional()?;
    Ok(row.ok_or(Error::NotFound(Resource::Observations))?.parse()?.1)
}

/// Creates an observation.
pub fn insert(transaction: &mut Transaction<'_>, observation: &Observation) -> Result<ObservationId> {
    check_facts(transaction, None, observation)?;
    let id = ObservationId(transaction.created(Resource::Observations, observation)?);
    diesel::insert_into(observations::table).values(Row::new(id, observation)).execute(transaction.raw())?;
    transaction.replace(&Cells::default(), &contribution(observation))?;
    Ok(id)
}

/// Changes an observation.
pub fn update(transaction: &mut Transaction<'_>, id: ObservationId, after: &Observation) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    require_open(&transaction.rules(), &before)?;
    check_facts(transaction, Some(id), after)?;
    transaction.updated(Resource::Observations, id.0, &before, after)?;
    diesel::update(observations::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    transaction.replace(&contribution(&before), &contribution(after))
}

/// Deletes an observation.
pub fn delete(transaction: &mut Transaction<'_>, id: ObservationId) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    require_open(&transaction.rules(), &before)?;
    transaction.deleted(Resource::Observations, id.0, &before)?;
    diesel::delete(observations::table.find(id.0)).execute(transaction.raw())?;
    transaction.replace(&contribution(&before), &Cells::default())
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

fn check_facts(transaction: &mut Transaction<'_>, id: Option<ObservationId>, observation: &Observation) -> Result<()> {
    require_fitting(&transaction.rules(), observation)?;
    let other: Option<i64> = observations::table
        .filter(observations::indicator_id.eq(observation.indicator.0))
        .filter(observations::agency_id.eq(observation.agency.0))
        .filter(observations::calendar_id.eq(observation.calendar.0))
        .filter(observations::month.eq(observation.month.yyyymm()))
        .select(observations::id)
        .first(transaction.raw())
        .optional()?;
    match other {
        Some(other) if id != Some(ObservationId(other)) => Err(Error::taken("/month", observation.month)),
        _ => Ok(()),
    }
}

fn require_fitting(rules: &Rules, observation: &Observation) -> Result<()> {
    observation.check()?;
    let catalogue = rules.catalogue();
    let window = rules.month_window(observation.calendar, observation.month)?;
    observation.check_happened(window, rules.today())?;
    require_open(rules, observation)?;
    rules.require_agency_in_month(observation.agency, observation.calendar, observation.month)?;
    let indicator = catalogue.indicators.get(&observation.indicator).ok_or(Error::NotFound(Resource::Indicators))?;
    if matches!(indicator.definition_in(observation.month).source, Source::Declared { .. }) {
        return Ok(());
    }
    Err(Error::Conflict(Violation::new("/indicator", "indicator_is_derived")))
}

fn require_open(rules: &Rules, observation: &Observation) -> Result<()> {
    let place = (observation.calendar, observation.month, observation.agency);
    rules.require_open_month("/month", place, |indicator, _| indicator == observation.indicator)
}

impl Record for Observation {
    const RESOURCE: Resource = Resource::Observations;
    type Key = (IndicatorId, AgencyId, CalendarId, Month);
    type References = ();

    fn key(&self) -> Self::Key {
        (self.indicator, self.agency, self.calendar, self.month)
    }

    fn stored(connection: &mut Connection, _: &(), records: &[Self]) -> Result<Vec<(i64, Self)>> {
        let agencies = distinct(records.iter().map(|record| record.agency.0).collect());
        let months = distinct(records.iter().map(|record| record.month.yyyymm()).collect());
        let rows: Vec<Row> = observations::table
            .filter(one_of(observations::agency_id, agencies))
            .filter(one_of(observations::month, months))
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).map(|row| row.map(|(id, record)| (id.0, record))).collect()
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), record: &Self) -> Result<()> {
        require_fitting(rules, record)
    }

    fn differences(_: &mut Connection, _: &Rules, _: &(), writes: &[Written<Self>]) -> Result<Vec<Difference>> {
        Ok(each(writes, contribution))
    }

    fn declares(&self) -> Option<(CellKey, bool)> {
        Some((self.key_of_cell(), self.nature == Nature::Estimate))
    }

    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|(id, record)| Row::new(ObservationId(*id), record)).collect();
        insert_rows!(&mut connection.0, observations::table, rows)
    }

    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()> {
        let row = Row::new(ObservationId(id), after);
        diesel::update(observations::table.find(id)).set(row).execute(&mut connection.0)?;
        Ok(())
    }
}

impl_row_check!(observations, |id, row: &Observation| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = observations, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    numerator: i64,
    denominator: i64,
    evidence: Option<String>,
    note: Option<String>,
    nature: String,
}

impl Row {
    fn new(id: ObservationId, observation: &Observation) -> Self {
        Self {
            id: id.0,
            indicator_id: observation.indicator.0,
            agency_id: observation.agency.0,
            calendar_id: observation.calendar.0,
            month: observation.month.yyyymm(),
            numerator: observation.numerator,
            denominator: observation.denominator,
            evidence: observation.evidence.as_ref().map(ToString::to_string),
            note: observation.note.as_ref().map(ToString::to_string),
            nature: observation.nature.as_str().to_owned(),
        }
    }

    fn parse(self) -> Result<(ObservationId, Observation)> {
        let observation = Observation {
            indicator: IndicatorId(self.indicator_id),
            agency: AgencyId(self.agency_id),
            calendar: CalendarId(self.calendar_id),
            month: month(self.month)?,
            numerator: self.numerator,
            denominator: self.denominator,
            evidence: stored_option(self.evidence.as_ref(), Reference::parse)?,
            note: stored_option(self.note.as_ref(), Prose::parse)?,
            nature: spelled(Nature::from_spelling, &self.nature)?,
        };
        Ok((ObservationId(self.id), observation))
    }
}
