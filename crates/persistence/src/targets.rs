//! Targets.

use crate::connection::{AnyBackend, Connection};
use crate::error::{Error, Result};
use crate::listing::{Page, Slice, paged};
use crate::one_of::one_of;
use crate::rows_proof::proved_rows;
use crate::schema::targets;
use crate::stored::{spelled, stored};
use crate::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::Cells;
use thidua_domain::changes::Resource;
use thidua_domain::closed_answers::Concerned;
use thidua_domain::fraction::Fraction;
use thidua_domain::id::{AgencyId, IndicatorId, MovementId, PhaseId, TargetId};
use thidua_domain::movements::Phase;
use thidua_domain::targets::{Comparison, Target, TargetScope};
use thidua_domain::text::Reference;

/// Which targets to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this indicator's.
    pub indicator: Option<IndicatorId>,
    /// Only those for this one agency.
    pub agency: Option<AgencyId>,
    /// Only those for every agency, or for one of these.
    pub within: Option<Vec<AgencyId>>,
    /// Only this year's.
    pub year: Option<i32>,
}

thidua_domain::spelled! {
    /// How to order targets; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
    }
}

/// Lists targets in the order of creation.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(TargetId, Target)>> {
    match sort {
        Sort::Id => {
            paged!(connection, selected(filter), slice, id = targets::id, by = targets::id => i64, |row: Row| (row.id, row.id), Row::parse)
        }
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> targets::BoxedQuery<'_, AnyBackend> {
    let mut query = targets::table.into_boxed::<AnyBackend>();
    if let Some(indicator) = filter.indicator {
        query = query.filter(targets::indicator_id.eq(indicator.0));
    }
    if let Some(agency) = filter.agency {
        query = query.filter(targets::agency_id.eq(agency.0));
    }
    if let Some(within) = &filter.within {
        let among = one_of(targets::agency_id.assume_not_null(), within.iter().map(|id| id.0));
        query = query.filter(targets::agency_id.is_null().or(among));
    }
    if let Some(year) = filter.year {
        query = query.filter(targets::year.eq(year));
    }
    query
}

/// All targets.
pub(crate) fn all(connection: &mut Connection) -> Result<BTreeMap<TargetId, Target>> {
    let rows: Vec<Row> = targets::table.load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Creates a target.
pub fn insert(transaction: &mut Transaction<'_>, target: &Target) -> Result<TargetId> {
    let catalogue = transaction.catalogue();
    check_facts(&catalogue, None, target)?;
    keep_closed(transaction, &[target], |transaction| {
        let id = TargetId(transaction.created(Resource::Targets, target)?);
        diesel::insert_into(targets::table).values(Row::new(id, target)).execute(transaction.raw())?;
        transaction.reload_catalogue()?;
        Ok(id)
    })
}

/// Changes a target.
pub fn update(transaction: &mut Transaction<'_>, id: TargetId, after: &Target) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.targets.get(&id).ok_or(Error::NotFound(Resource::Targets))?;
    require_open(&catalogue, before)?;
    check_facts(&catalogue, Some(id), after)?;
    keep_closed(transaction, &[before, after], |transaction| {
        transaction.updated(Resource::Targets, id.0, before, after)?;
        diesel::update(targets::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
        transaction.reload_catalogue()
    })
}

/// Deletes a target.
pub fn delete(transaction: &mut Transaction<'_>, id: TargetId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.targets.get(&id).ok_or(Error::NotFound(Resource::Targets))?;
    require_open(&catalogue, before)?;
    keep_closed(transaction, &[before], |transaction| {
        transaction.deleted(Resource::Targets, id.0, before)?;
        diesel::delete(targets::table.find(id.0)).execute(transaction.raw())?;
        transaction.reload_catalogue()
    })
}

/// Makes a change of targets that moves no closed answer. A target is told whatever the figure is, so that no cells are
/// asked for.
fn keep_closed<T>(
    transaction: &mut Transaction<'_>,
    targets: &[&Target],
    change: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
) -> Result<T> {
    let catalogue = transaction.catalogue();
    let for_all = targets.iter().any(|target| target.agency.is_none());
    let named = targets.iter().filter_map(|target| target.agency).collect();
    let concerned = Concerned {
        indicators: targets.iter().map(|target| target.indicator).collect(),
        agencies: if for_all { catalogue.agencies.keys().copied().collect() } else { named },
    };
    transaction.keep_closed(&concerned, |_| Ok(Cells::default()), change)
}

fn check_facts(catalogue: &Catalogue, id: Option<TargetId>, target: &Target) -> Result<()> {
    require_open(catalogue, target)?;
    let indicator = catalogue.indicators.get(&target.indicator);
    let belonged = |movement| {
        indicator.is_some_and(|indicator| indicator.definitions.all().any(|found| found.movement == movement))
    };
    let fits = match target.scope {
        TargetScope::Movement(scope) => belonged(scope),
        TargetScope::Phase(scope) => catalogue.phases.get(&scope).is_some_and(|phase| belonged(phase.movement)),
        TargetScope::Year(year) => phase_of(catalogue, target, year).is_some(),
    };
    if !fits {
        return Err(Error::conflict(
            "/scope",
            "scope_outside_movement",
            "Phạm vi thời gian phải thuộc phong trào thi đua của chỉ tiêu.",
            "The scope must lie within the movement of the indicator.",
        ));
    }
    let same = |other: &Target| {
        other.indicator == target.indicator && other.scope == target.scope && other.agency == target.agency
    };
    match catalogue.targets.iter().find(|(other, found)| Some(**other) != id && same(found)) {
        Some((other, _)) => Err(Error::taken("/scope", other)),
        None => Ok(()),
    }
}

/// The phase that holds a year of a target's indicator.
fn phase_of<'a>(catalogue: &'a Catalogue, target: &Target, year: i32) -> Option<&'a Phase> {
    let indicator = catalogue.indicators.get(&target.indicator)?;
    Some(catalogue.phase_in(catalogue.movement_in(indicator, year), year)?.entity)
}

/// Refuses to touch the targets of a frozen phase.
fn require_open(catalogue: &Catalogue, target: &Target) -> Result<()> {
    let phase = match target.scope {
        TargetScope::Phase(phase) => catalogue.phases.get(&phase),
        TargetScope::Year(year) => phase_of(catalogue, target, year),
        // A target for the whole movement speaks for its frozen phases, too.
        TargetScope::Movement(movement) => {
            catalogue.phases_of(movement).map(|phase| phase.entity).find(|phase| phase.frozen)
        }
    };
    match phase.filter(|phase| phase.frozen) {
        None => Ok(()),
        Some(phase) => Err(Error::conflict(
            "/scope",
            "phase_frozen",
            format!("Giai đoạn {} đã chốt: mục tiêu không được thay đổi.", phase.code),
            format!("Phase {} is frozen: its targets must not change.", phase.code),
        )),
    }
}

proved_rows!(targets, |id, row: &Target| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = targets, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    indicator_id: i64,
    movement_id: Option<i64>,
    phase_id: Option<i64>,
    year: Option<i32>,
    agency_id: Option<i64>,
    numerator: i64,
    denominator: i64,
    comparison: String,
    basis: String,
}

impl Row {
    fn new(id: TargetId, target: &Target) -> Self {
        let (movement_id, phase_id, year) = match target.scope {
            TargetScope::Movement(movement) => (Some(movement.0), None, None),
            TargetScope::Phase(phase) => (None, Some(phase.0), None),
            TargetScope::Year(year) => (None, None, Some(year)),
        };
        Self {
            id: id.0,
            indicator_id: target.indicator.0,
            movement_id,
            phase_id,
            year,
            agency_id: target.agency.map(|agency| agency.0),
            numerator: target.value.numerator,
            denominator: target.value.denominator,
            comparison: target.comparison.as_str().to_owned(),
            basis: target.basis.to_string(),
        }
    }

    fn parse(self) -> Result<(TargetId, Target)> {
        let scope = match (self.movement_id, self.phase_id, self.year) {
            (Some(movement), None, None) => TargetScope::Movement(MovementId(movement)),
            (None, Some(phase), None) => TargetScope::Phase(PhaseId(phase)),
            (None, None, Some(year)) => TargetScope::Year(year),
            _ => return Err(Error::internal(format!("target {} has no single scope", self.id))),
        };
        let target = Target {
            indicator: IndicatorId(self.indicator_id),
            scope,
            agency: self.agency_id.map(AgencyId),
            value: stored(Fraction::parse("", self.numerator, self.denominator))?,
            comparison: spelled(Comparison::from_spelling, &self.comparison)?,
            basis: stored(Reference::parse("", &self.basis))?,
        };
        Ok((TargetId(self.id), target))
    }
}
