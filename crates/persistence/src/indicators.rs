//! Indicators. Changing what one counts computes its cells anew.

use crate::cells;
use crate::changes;
use crate::connection::{AnyBackend, AnyConnection, Connection};
use crate::error::{Error, Result};
use crate::listing::{Page, Slice, paged};
use crate::rows_proof::proved_rows;
use crate::schema::{indicators, observations};
use crate::stored::{from_json, spelled, stored, stored_option, to_json};
use crate::transaction::Transaction;
use crate::verify::recount;
use diesel::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::calendars::civil_date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::Cells;
use thidua_domain::changes::Resource;
use thidua_domain::closed_answers::Concerned;
use thidua_domain::id::{AgencyId, IndicatorId, MovementId};
use thidua_domain::indicators::{Indicator, Semantics, Source};
use thidua_domain::periods::PeriodDates;
use thidua_domain::text::{Code, Name, Prose, Reference};

/// Which indicators to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this movement's.
    pub movement: Option<MovementId>,
    /// Only this time semantics.
    pub semantics: Option<Semantics>,
    /// Only this kind of source.
    pub source_kind: Option<String>,
    /// Only those in force on this day.
    pub valid_on: Option<Date>,
}

thidua_domain::spelled! {
    /// How to order indicators; the first is the default.
    Sort {
        /// By code.
        Code = "code",
        /// By weight.
        Weight = "weight",
    }
}

/// Lists indicators.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(IndicatorId, Indicator)>> {
    match sort {
        Sort::Code => paged!(connection, selected(filter), slice, id = indicators::id, by = indicators::code => String,
                             |row: Row| (row.code, row.id), Row::parse),
        Sort::Weight => {
            paged!(connection, selected(filter), slice, id = indicators::id, by = indicators::weight => i64,
                               |row: Row| (row.weight, row.id), Row::parse)
        }
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> indicators::BoxedQuery<'_, AnyBackend> {
    let mut query = indicators::table.into_boxed::<AnyBackend>();
    if let Some(movement) = filter.movement {
        query = query.filter(indicators::movement_id.eq(movement.0));
    }
    if let Some(semantics) = filter.semantics {
        query = query.filter(indicators::semantics.eq(semantics.as_str()));
    }
    if let Some(kind) = &filter.source_kind {
        query = query.filter(indicators::source_kind.eq(kind.clone()));
    }
    if let Some(day) = filter.valid_on {
        query = query
            .filter(indicators::valid_from.le(day))
            .filter(indicators::valid_to.is_null().or(indicators::valid_to.ge(day)));
    }
    query
}

/// All indicators.
pub(crate) fn all(connection: &mut Connection) -> Result<BTreeMap<IndicatorId, Indicator>> {
    let rows: Vec<Row> = indicators::table.load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Creates an indicator; records there already count in it.
pub fn insert(transaction: &mut Transaction<'_>, indicator: &Indicator) -> Result<IndicatorId> {
    check_facts(&transaction.catalogue(), None, indicator)?;
    let id = IndicatorId(transaction.created(Resource::Indicators, indicator)?);
    diesel::insert_into(indicators::table).values(Row::new(id, indicator)?).execute(transaction.raw())?;
    transaction.reload_catalogue()?;
    let (before, after) = recount(transaction, |other| other.code == indicator.code)?;
    transaction.extend(&before, &after);
    Ok(id)
}

/// Changes an indicator and, when the definition changes, its version.
pub fn update(transaction: &mut Transaction<'_>, id: IndicatorId, after: &Indicator) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.indicators.get(&id).ok_or(Error::NotFound(Resource::Indicators))?;
    check_facts(&catalogue, Some(id), after)?;
    let declared = |indicator: &Indicator| matches!(indicator.source, Source::Declared {});
    if declared(before) && !declared(after) {
        let any: Option<i64> = observations::table
            .filter(observations::indicator_id.eq(id.0))
            .select(observations::id)
            .first(transaction.raw())
            .optional()?;
        if any.is_some() {
            return Err(Error::conflict(
                "/source",
                "has_observations",
                "Chỉ tiêu đã có số liệu khai báo nên không đổi được nguồn số liệu.",
                "The indicator has declared figures, so its source cannot change.",
            ));
        }
    }
    let after = Indicator { version: before.version + i64::from(!before.defined_as(after)), ..after.clone() };
    let concerned = Concerned { indicators: vec![id], agencies: catalogue.agencies.keys().copied().collect() };
    let told_by = |indicator: &Indicator| (indicator.agency_kinds.clone(), indicator.valid_from, indicator.valid_to);
    if before.counts_as(&after) && told_by(before) == told_by(&after) {
        return replace(transaction, id, before, &after);
    }
    let cells = |connection: &mut AnyConnection| cells::of_indicator(connection, id);
    transaction.keep_closed(&concerned, cells, |transaction| replace(transaction, id, before, &after))
}

fn replace(transaction: &mut Transaction<'_>, id: IndicatorId, before: &Indicator, after: &Indicator) -> Result<()> {
    transaction.updated(Resource::Indicators, id.0, before, after)?;
    diesel::update(indicators::table.find(id.0)).set(Row::new(id, after)?).execute(transaction.raw())?;
    transaction.reload_catalogue()?;
    if before.counts_as(after) {
        return Ok(());
    }
    let (before, after) = recount(transaction, |other| other.code == after.code)?;
    transaction.replace(&before, &after)
}

/// Deletes an indicator that no target and no observation refers to.
pub fn delete(transaction: &mut Transaction<'_>, id: IndicatorId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.indicators.get(&id).ok_or(Error::NotFound(Resource::Indicators))?;
    let take_out = |transaction: &mut Transaction<'_>| {
        transaction.deleted(Resource::Indicators, id.0, before)?;
        let today = transaction.logged_on();
        let counted = cells::with_steps_of(transaction.raw(), id, today)?;
        transaction.extend(&counted, &Cells::default());
        diesel::delete(indicators::table.find(id.0)).execute(transaction.raw())?;
        transaction.reload_catalogue()
    };
    if all_closed_before(transaction, &catalogue, id)? {
        return take_out(transaction);
    }
    let concerned = Concerned { indicators: vec![id], agencies: catalogue.agencies.keys().copied().collect() };
    transaction.keep_closed(&concerned, |connection| cells::of_indicator(connection, id), take_out)
}

/// True when all that is closed was closed before an indicator was created: then nobody was told of it there, and one
/// that was made by mistake may go.
fn all_closed_before(transaction: &mut Transaction<'_>, catalogue: &Catalogue, id: IndicatorId) -> Result<bool> {
    let created = changes::some(transaction.connection(), &[id.0])?.pop();
    let Some(created) = created.map(|logged| civil_date(logged.change.moment())) else { return Ok(false) };
    let locked = catalogue.locks.keys().all(|lock| lock.0 < id.0);
    // Dates may be entered when they have passed, so that the row's last change must be older as well.
    let locking = |dates: &PeriodDates| dates.locks_on.filter(|day| *day <= transaction.today());
    let dated = catalogue.periods.iter().filter_map(|(id, dates)| Some((Resource::Periods, id.0, locking(dates)?)));
    let frozen = catalogue.phases.iter().filter(|(_, phase)| phase.frozen);
    let frozen = frozen.map(|(id, _)| (Resource::Phases, id.0, created));
    for (resource, row, closed_on) in dated.chain(frozen).collect::<Vec<_>>() {
        let last = changes::last_of(transaction.connection(), resource, row)?;
        if created < closed_on || last.is_none_or(|last| id.0 < last.change.seq) {
            return Ok(false);
        }
    }
    Ok(locked)
}

fn check_facts(catalogue: &Catalogue, id: Option<IndicatorId>, indicator: &Indicator) -> Result<()> {
    indicator.check()?;
    if catalogue.indicator(indicator.code.as_str()).is_some_and(|other| Some(other.id) != id) {
        return Err(Error::taken("/code", &indicator.code));
    }
    Ok(())
}

proved_rows!(indicators, |id, row: &Indicator| Row::new(id.into(), row));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = indicators, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    code: String,
    movement_id: i64,
    name_vi: String,
    name_en: Option<String>,
    numerator_definition: String,
    denominator_definition: String,
    unit: String,
    semantics: String,
    source_kind: String,
    source: String,
    owner_id: i64,
    legal_basis: String,
    weight: i64,
    agency_kinds: String,
    valid_from: Date,
    valid_to: Option<Date>,
    version: i64,
}

impl Row {
    fn new(id: IndicatorId, indicator: &Indicator) -> Result<Self> {
        Ok(Self {
            id: id.0,
            code: indicator.code.to_string(),
            movement_id: indicator.movement.0,
            name_vi: indicator.name_vi.to_string(),
            name_en: indicator.name_en.as_ref().map(ToString::to_string),
            numerator_definition: indicator.numerator_definition.to_string(),
            denominator_definition: indicator.denominator_definition.to_string(),
            unit: indicator.unit.to_string(),
            semantics: indicator.semantics.as_str().to_owned(),
            source_kind: indicator.source.kind().to_owned(),
            source: to_json(&indicator.source)?,
            owner_id: indicator.owner.0,
            legal_basis: indicator.legal_basis.to_string(),
            weight: indicator.weight,
            agency_kinds: to_json(&indicator.agency_kinds)?,
            valid_from: indicator.valid_from,
            valid_to: indicator.valid_to,
            version: indicator.version,
        })
    }

    fn parse(self) -> Result<(IndicatorId, Indicator)> {
        let indicator = Indicator {
            code: stored(Code::parse("", &self.code))?,
            movement: MovementId(self.movement_id),
            name_vi: stored(Name::parse("", &self.name_vi))?,
            name_en: stored_option(self.name_en.as_ref(), Name::parse)?,
            numerator_definition: stored(Prose::parse("", &self.numerator_definition))?,
            denominator_definition: stored(Prose::parse("", &self.denominator_definition))?,
            unit: stored(Name::parse("", &self.unit))?,
            semantics: spelled(Semantics::from_spelling, &self.semantics)?,
            source: from_json(&self.source)?,
            owner: AgencyId(self.owner_id),
            legal_basis: stored(Reference::parse("", &self.legal_basis))?,
            weight: self.weight,
            agency_kinds: from_json(&self.agency_kinds)?,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            version: self.version,
        };
        Ok((IndicatorId(self.id), indicator))
    }
}
