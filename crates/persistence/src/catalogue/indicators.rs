//! Indicators. A change of a definition computes the indicator's cells anew.

use crate::engine::connection::AnyConnection;
use crate::engine::date::Day;
use crate::engine::decode::{json, json_if};
use crate::engine::schema::{indicators, observations};
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::entity_tables::impl_written;
use crate::model::cells;
use crate::records::recount::recount;
use crate::write::free_codes::Coding;
use crate::write::records::{add_row, change_row, known};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeSet;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::definitions::{Definition, Definitions, Span};
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::cells::Cells;
use thidua_domain::figures::closed_answers::{Concerned, first_open_month, reopened_questions};
use thidua_domain::id::IndicatorId;
use thidua_domain::log::changes::Resource;
use thidua_domain::time::{Month, civil_date};
use thidua_domain::violation::Violation;

/// Creates an indicator. Records that are there already count in it.
pub fn insert(transaction: &mut Transaction<'_>, indicator: &Indicator) -> Result<IndicatorId> {
    check_facts(&transaction.catalogue(), None, indicator)?;
    let id = add_row(transaction, indicator)?;
    let (before, after) = recount(transaction, |other| other.code == indicator.code)?;
    transaction.extend(&before, &after);
    Ok(id)
}

/// Changes an indicator. Its definition may change in open time only.
pub fn update(transaction: &mut Transaction<'_>, id: IndicatorId, after: &Indicator) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.indicators, id)?;
    check_facts(&catalogue, Some((id, before)), after)?;
    let redefined = before.definitions != after.definitions;
    if redefined {
        require_beginning(&catalogue, &after.definitions)?;
        require_undeclared(transaction, id, &after.definitions)?;
    }
    let Some(since) = before.first_difference(after) else { return replace(transaction, id, before, after) };
    let concerned = Concerned { since, ..all_about(&catalogue, id) };
    let cells = |connection: &mut AnyConnection| cells::of_indicator(connection, id);
    let done = transaction.keep_closed(&concerned, cells, |transaction| replace(transaction, id, before, after));
    match done {
        Err(Error::Conflict(refused)) if redefined && is_closed(refused.code) => Err(from_later_on(
            &catalogue,
            id,
            after.latest(),
            first_open_month(&concerned, &catalogue, transaction.today()),
        )),
        done => done,
    }
}

fn replace(transaction: &mut Transaction<'_>, id: IndicatorId, before: &Indicator, after: &Indicator) -> Result<()> {
    change_row(transaction, id, before, after)?;
    if before.definitions.count_as(&after.definitions) {
        return Ok(());
    }
    let (before, after) = recount(transaction, |other| other.code == after.code)?;
    transaction.replace(&before, &after)
}

/// Refuses a version that measures otherwise than the one before it and does not begin with a phase: its months would
/// not add up with those before.
fn require_beginning(catalogue: &Catalogue, definitions: &Definitions) -> Result<()> {
    let latest = definitions.latest();
    let (Some(from), Some(before)) = (latest.holds_from, definitions.earlier().last()) else { return Ok(()) };
    let months = beginnings(catalogue, latest);
    if latest.measures_as(before) || months.contains(&from) {
        return Ok(());
    }
    let months = months.into_iter().map(|month| month.to_string()).collect::<Vec<_>>().join(", ");
    Err(Error::Conflict(Violation::new("/holds_from", "not_a_phases_first_month").with("months", &months)))
}

/// The months with which phases of a definition's movement begin, in order.
fn beginnings(catalogue: &Catalogue, definition: &Definition) -> BTreeSet<Month> {
    catalogue.phases_of(definition.movement).map(|phase| phase.entity.first_month()).collect()
}

/// Refuses versions by which months with declared figures would be computed from records.
fn require_undeclared(transaction: &mut Transaction<'_>, id: IndicatorId, definitions: &Definitions) -> Result<()> {
    for Span { first, last, definition } in definitions.spans() {
        if matches!(definition.source, Source::Declared { .. }) {
            continue;
        }
        let any: Option<i64> = observations::table
            .filter(observations::indicator_id.eq(id.0))
            .filter(observations::month.between(first.yyyymm(), last.yyyymm()))
            .select(observations::id)
            .first(transaction.raw())
            .optional()?;
        if any.is_some() {
            return Err(Error::Conflict(Violation::new("/source", "has_observations")));
        }
    }
    Ok(())
}

fn is_closed(code: &str) -> bool {
    ["closed_figures", "phase_frozen", "period_locked"].contains(&code)
}

/// The refusal of a definition that would reach closed time; it names the first month from which it could hold.
fn from_later_on(catalogue: &Catalogue, id: IndicatorId, definition: &Definition, open: Option<Month>) -> Error {
    let measures_alike = |month: &Month| {
        let holding = catalogue.indicators.get(&id).map(|indicator| indicator.definition_in(*month));
        holding.is_some_and(|holding| definition.measures_as(holding))
    };
    let with_phase = |open: Month| beginnings(catalogue, definition).into_iter().find(|month| open <= *month);
    let first = open.filter(measures_alike).or_else(|| open.and_then(with_phase));
    Error::Conflict(match first {
        Some(month) => Violation::new("/holds_from", "closed_figures.definition").with("month", &month),
        None => Violation::new("/holds_from", "closed_figures.no_phase"),
    })
}

/// Deletes an indicator that no target and no observation refers to.
pub fn delete(transaction: &mut Transaction<'_>, id: IndicatorId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.indicators, id)?;
    let take_out = |transaction: &mut Transaction<'_>| {
        transaction.deleted(Resource::Indicators, id.0, before)?;
        let today = transaction.logged_on();
        let counted = cells::with_steps_of(transaction.raw(), id, today)?;
        transaction.extend(&counted, &Cells::default());
        diesel::delete(indicators::table.find(id.0)).execute(transaction.raw())?;
        transaction.update_catalogue()
    };
    let concerned = all_about(&catalogue, id);
    let reopened = !reopened_questions(&concerned, &catalogue, transaction.today()).is_empty();
    if !reopened && all_closed_before(transaction, &catalogue, id)? {
        return take_out(transaction);
    }
    transaction.keep_closed(&concerned, |connection| cells::of_indicator(connection, id), take_out)
}

/// All answers about an indicator.
pub(crate) fn all_about(catalogue: &Catalogue, id: IndicatorId) -> Concerned {
    let agencies = catalogue.agencies.keys().copied().collect();
    Concerned { since: Month::EARLIEST, indicators: vec![id], agencies }
}

/// True when all that is closed was closed before an indicator was created. Then no closed answer was told about it,
/// and an indicator made by mistake may be deleted.
fn all_closed_before(transaction: &mut Transaction<'_>, catalogue: &Catalogue, id: IndicatorId) -> Result<bool> {
    let created = changes::by_seqs(transaction.connection(), &[id.0])?.pop();
    let Some(created) = created.map(|logged| civil_date(logged.change.moment())) else { return Ok(false) };
    let locked = catalogue.locks.keys().all(|lock| lock.0 < id.0);
    // A day may be entered after it has passed, so the row's last change must be older as well.
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

fn check_facts(catalogue: &Catalogue, before: Option<(IndicatorId, &Indicator)>, after: &Indicator) -> Result<()> {
    after.check()?;
    let (id, before) = before.unzip();
    let others = catalogue.indicators.iter().filter(|(other, _)| Some(**other) != id);
    Coding::new(before.map(|before| &before.code), &after.code).require_free(others.map(|(_, other)| &*other.code))
}

impl_written!(indicators: IndicatorId => Indicator, Resource::Indicators);

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
    valid_from: Day,
    valid_to: Option<Day>,
    version: i64,
    holds_from: Option<i32>,
    earlier: Option<String>,
    issued: Option<i64>,
}

impl Row {
    fn new(id: IndicatorId, indicator: &Indicator) -> Self {
        let (latest, earlier) = (indicator.latest(), indicator.definitions.earlier());
        Self {
            id: id.0,
            code: indicator.code.to_string(),
            movement_id: latest.movement.0,
            name_vi: indicator.name_vi.to_string(),
            name_en: indicator.name_en.as_ref().map(ToString::to_string),
            numerator_definition: latest.numerator_definition.to_string(),
            denominator_definition: latest.denominator_definition.to_string(),
            unit: latest.unit.to_string(),
            semantics: latest.semantics.as_str().to_owned(),
            source_kind: latest.source.kind().to_owned(),
            source: json(&latest.source),
            owner_id: indicator.owner.0,
            legal_basis: indicator.legal_basis.to_string(),
            weight: indicator.weight,
            agency_kinds: json(&latest.agency_kinds),
            valid_from: Day(indicator.valid_from),
            valid_to: indicator.valid_to.map(Day),
            version: latest.version,
            holds_from: latest.holds_from.map(Month::yyyymm),
            earlier: json_if(!earlier.is_empty(), &earlier),
            issued: indicator.definitions.issued(),
        }
    }
}
