//! Targets.

use crate::engine::connection::Connection;
use crate::engine::decode::{from_json, json_if};
use crate::engine::schema::targets;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::LoggedChange;
use crate::log::entity_tables::impl_written;
use crate::write::records::{add_row, change_row, known, remove_row};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeSet;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::movements::Phase;
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::cells::Cells;
use thidua_domain::figures::closed_answers::{Concerned, first_open_month};
use thidua_domain::id::TargetId;
use thidua_domain::log::changes::Resource;
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::Violation;

/// The change that gave a target the version that holds in a month.
pub(crate) fn set_by(
    connection: &mut Connection,
    catalogue: &Catalogue,
    id: TargetId,
    month: Month,
) -> Result<Option<LoggedChange>> {
    let Some(target) = catalogue.targets.get(&id) else { return Ok(None) };
    let mut made = None;
    for logged in changes::all_of(connection, Resource::Targets, id.0)? {
        // Changes come newest first: the oldest of those under which the version is the same has made it.
        let Some(row) = logged.change.after.as_deref() else { break };
        let then: Target = from_json(row)?;
        if !then.is_for_the_same(target) || then.versions.in_month(month) != target.versions.in_month(month) {
            break;
        }
        made = Some(logged);
    }
    Ok(made)
}

/// Creates a target.
pub fn insert(transaction: &mut Transaction<'_>, target: &Target) -> Result<TargetId> {
    let catalogue = transaction.catalogue();
    check_facts(&catalogue, None, target)?;
    require_within_scope(&catalogue, target)?;
    let concerned = concerned(&catalogue, &[target]);
    let done = keep_closed(transaction, &concerned, |transaction| add_row(transaction, target));
    done.map_err(|error| from_later_on(error, &catalogue, &concerned, target, transaction.today()))
}

/// Changes a target.
pub fn update(transaction: &mut Transaction<'_>, id: TargetId, after: &Target) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.targets, id)?;
    require_open(&catalogue, before)?;
    check_facts(&catalogue, Some(id), after)?;
    if before.scope != after.scope || before.latest().holds_from != after.latest().holds_from {
        require_within_scope(&catalogue, after)?;
    }
    let since = match before.is_for_the_same(after) {
        true => before.versions.first_difference(&after.versions).unwrap_or(Month::LATEST),
        false => begins(&catalogue, before).min(begins(&catalogue, after)),
    };
    let concerned = Concerned { since, ..concerned(&catalogue, &[before, after]) };
    let done = keep_closed(transaction, &concerned, |transaction| change_row(transaction, id, before, after));
    if before.is_for_the_same(after) {
        return done.map_err(|error| from_later_on(error, &catalogue, &concerned, after, transaction.today()));
    }
    done
}

/// Deletes a target.
pub fn delete(transaction: &mut Transaction<'_>, id: TargetId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.targets, id)?;
    require_open(&catalogue, before)?;
    keep_closed(transaction, &concerned(&catalogue, &[before]), |transaction| remove_row(transaction, id, before))
}

/// The first month whose answers a target judges.
fn begins(catalogue: &Catalogue, target: &Target) -> Month {
    let (first, _) = months_of(catalogue, target.scope);
    let holds_from = target.versions.all().next().and_then(|version| version.holds_from);
    holds_from.map_or(first, |month| month.max(first))
}

/// The answers that targets may judge.
fn concerned(catalogue: &Catalogue, targets: &[&Target]) -> Concerned {
    let for_all = targets.iter().any(|target| target.agency.is_none());
    let named = targets.iter().filter_map(|target| target.agency).collect();
    let indicators: BTreeSet<_> = targets.iter().map(|target| target.indicator).collect();
    Concerned {
        since: targets.iter().map(|target| begins(catalogue, target)).min().unwrap_or(Month::EARLIEST),
        indicators: indicators.into_iter().collect(),
        agencies: if for_all { catalogue.agencies.keys().copied().collect() } else { named },
    }
}

/// Makes a change of targets that moves no closed answer. An answer shows its target whatever the figure is, so that no
/// cells are read.
fn keep_closed<T>(
    transaction: &mut Transaction<'_>,
    concerned: &Concerned,
    change: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
) -> Result<T> {
    transaction.keep_closed(concerned, |_| Ok(Cells::default()), change)
}

/// The refusal for closed answers, completed with the first month from which the version would move none.
fn from_later_on(error: Error, catalogue: &Catalogue, concerned: &Concerned, target: &Target, today: Date) -> Error {
    if !matches!(&error, Error::Conflict(refused) if refused.code == "closed_figures") {
        return error;
    }
    let open = first_open_month(concerned, catalogue, today);
    let (first, last) = months_of(catalogue, target.scope);
    Error::Conflict(match open.map(|open| open.max(first)).filter(|open| *open <= last) {
        Some(month) => Violation::new("/holds_from", "closed_figures.target").with("month", &month),
        None => Violation::new("/holds_from", "closed_figures.no_month"),
    })
}

/// Refuses a version that begins outside the months in which its target applies: it would never hold.
fn require_within_scope(catalogue: &Catalogue, target: &Target) -> Result<()> {
    let (first, last) = months_of(catalogue, target.scope);
    if target.latest().holds_from.is_none_or(|from| (first..=last).contains(&from)) {
        return Ok(());
    }
    Err(Error::Conflict(
        Violation::new("/holds_from", "holds_from_outside_scope").with("first", &first).with("last", &last),
    ))
}

/// The first and the last month of a scope.
fn months_of(catalogue: &Catalogue, scope: TargetScope) -> (Month, Month) {
    let months = match scope {
        TargetScope::Year(year) => Some((Period::Year(year).first_month(), Period::Year(year).last_month())),
        TargetScope::Phase(phase) => {
            catalogue.phases.get(&phase).map(|phase| (phase.first_month(), phase.last_month()))
        }
        TargetScope::Movement(_) => None,
    };
    months.unwrap_or((Month::EARLIEST, Month::LATEST))
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
        return Err(Error::Conflict(Violation::new("/scope", "scope_outside_movement")));
    }
    let mut others = catalogue.targets.iter().filter(|(other, _)| Some(**other) != id);
    match others.find(|(_, found)| found.is_for_the_same(target)) {
        Some((other, _)) => Err(Error::taken("/scope", other)),
        None => Ok(()),
    }
}

/// The phase that holds a year of a target's indicator.
fn phase_of<'a>(catalogue: &'a Catalogue, target: &Target, year: i32) -> Option<&'a Phase> {
    let indicator = catalogue.indicators.get(&target.indicator)?;
    Some(catalogue.phase_in(catalogue.movement_in(indicator, year), year)?.entity)
}

/// Refuses to touch the targets of a frozen phase. A target for the whole movement may change, as it applies after the
/// phase as well.
fn require_open(catalogue: &Catalogue, target: &Target) -> Result<()> {
    let phase = match target.scope {
        TargetScope::Phase(phase) => catalogue.phases.get(&phase),
        TargetScope::Year(year) => phase_of(catalogue, target, year),
        TargetScope::Movement(_) => None,
    };
    match phase.filter(|phase| phase.frozen) {
        None => Ok(()),
        Some(phase) => Err(Error::Conflict(Violation::new("/scope", "phase_frozen.targets").with("code", &phase.code))),
    }
}

impl_written!(targets: TargetId => Target, Resource::Targets);

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
    holds_from: Option<i32>,
    earlier: Option<String>,
}

impl Row {
    fn new(id: TargetId, target: &Target) -> Self {
        let (latest, earlier) = (target.latest(), target.versions.earlier());
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
            numerator: latest.value.numerator,
            denominator: latest.value.denominator,
            comparison: latest.comparison.as_str().to_owned(),
            basis: latest.basis.to_string(),
            holds_from: latest.holds_from.map(Month::yyyymm),
            earlier: json_if(!earlier.is_empty(), &earlier),
        }
    }
}
