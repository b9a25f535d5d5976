//! Phases of movements. Stocks accumulate within a phase, so its years are part of every stock figure.

use crate::closing::reopenings;
use crate::engine::columns::row;
use crate::engine::connection::AnyConnection;
use crate::engine::schema::phases;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::model::cells;
use crate::records::recount::recount;
use crate::write::free_codes::Coding;
use crate::write::records::{add_row, change_row, known, remove_row};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::Phase;
use thidua_domain::catalogue::sources::Semantics;
use thidua_domain::cells::Cells;
use thidua_domain::figures::closed_answers::Concerned;
use thidua_domain::id::{MovementId, PhaseId};
use thidua_domain::log::changes::Resource;
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::Violation;

/// Creates a phase.
pub fn insert(transaction: &mut Transaction<'_>, phase: &Phase) -> Result<PhaseId> {
    check_facts(&transaction.catalogue(), None, phase)?;
    require_over(transaction, None, phase)?;
    keep_closed(transaction, &[phase], |transaction| {
        let id = add_row(transaction, phase)?;
        let (before, after) = recount(transaction, accumulates_in(phase.movement))?;
        transaction.extend(&before, &after);
        Ok(id)
    })
}

/// Changes a phase. The years of a frozen one stay; it can be thawed for a reason, and errata tell the changes from
/// then on.
pub fn update(transaction: &mut Transaction<'_>, id: PhaseId, after: &Phase) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.phases, id)?;
    check_facts(&catalogue, Some((id, before)), after)?;
    require_over(transaction, Some(before), after)?;
    let same_span =
        (before.movement, before.first_year, before.last_year) == (after.movement, after.first_year, after.last_year);
    if before.frozen && !same_span {
        return Err(Error::Conflict(Violation::new("/first_year", "phase_frozen.years")));
    }
    if before.frozen && !after.frozen {
        transaction.require_reason()?;
        change_row(transaction, id, before, after)?;
        return reopenings::insert(transaction, catalogue.reopened_phase(id));
    }
    if same_span {
        return change_row(transaction, id, before, after);
    }
    keep_closed(transaction, &[before, after], |transaction| {
        change_row(transaction, id, before, after)?;
        let (before, after) = recount(transaction, accumulates_in(after.movement))?;
        transaction.replace(&before, &after)
    })
}

/// Deletes a phase that is not frozen and that no target refers to.
pub fn delete(transaction: &mut Transaction<'_>, id: PhaseId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.phases, id)?;
    if before.frozen {
        return Err(Error::Conflict(Violation::new("", "phase_frozen.delete")));
    }
    keep_closed(transaction, &[before], |transaction| {
        remove_row(transaction, id, before)?;
        let (before, after) = recount(transaction, accumulates_in(before.movement))?;
        transaction.replace(&before, &after)
    })
}

/// Makes a change of a phase that moves no closed answer about its movements; `states` are the phase before and after
/// it.
fn keep_closed<T>(
    transaction: &mut Transaction<'_>,
    states: &[&Phase],
    change: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
) -> Result<T> {
    let catalogue = transaction.catalogue();
    let belongs = |indicator: &Indicator| {
        indicator.definitions.all().any(|found| states.iter().any(|phase| phase.movement == found.movement))
    };
    let of_movements = catalogue.indicators().filter(|indicator| belongs(indicator.entity));
    let concerned = Concerned {
        since: states.iter().map(|phase| phase.first_month()).min().unwrap_or(Month::EARLIEST),
        indicators: of_movements.map(|indicator| indicator.id).collect(),
        agencies: catalogue.agencies.keys().copied().collect(),
    };
    let cells = |connection: &mut AnyConnection| {
        let mut sum = Cells::default();
        for indicator in &concerned.indicators {
            sum.add_all(&cells::of_indicator(connection, *indicator)?);
        }
        Ok(sum)
    };
    transaction.keep_closed(&concerned, cells, change)
}

/// Refuses to freeze a phase that runs in any calendar.
fn require_over(transaction: &Transaction<'_>, before: Option<&Phase>, after: &Phase) -> Result<()> {
    if !after.frozen || before.is_some_and(|before| before.frozen) {
        return Ok(());
    }
    let catalogue = transaction.catalogue();
    let mut calendars = catalogue.calendars.keys();
    calendars.try_for_each(|calendar| {
        transaction.rules().require_ended("/frozen", *calendar, Period::Month(after.last_month()))
    })
}

fn accumulates_in(movement: MovementId) -> impl Fn(&Indicator) -> bool {
    let accumulates = move |found: &Definition| found.movement == movement && found.semantics == Semantics::Stock;
    move |indicator| indicator.definitions.all().any(accumulates)
}

fn check_facts(catalogue: &Catalogue, before: Option<(PhaseId, &Phase)>, phase: &Phase) -> Result<()> {
    phase.check()?;
    let (id, before) = before.unzip();
    let others = || catalogue.phases_of(phase.movement).filter(|other| Some(other.id) != id);
    // In another movement it is as good as new.
    let before = before.filter(|before| before.movement == phase.movement).map(|before| &before.code);
    Coding::new(before, &phase.code).require_free(others().map(|other| &*other.entity.code))?;
    for other in others() {
        if other.entity.first_year <= phase.last_year && phase.first_year <= other.entity.last_year {
            return Err(Violation::new("/first_year", "overlapping_phases").with("code", &other.entity.code).into());
        }
    }
    Ok(())
}

impl_entity!(phases: PhaseId => Phase, Resource::Phases);

row! {
    phases: PhaseId => Phase {
        movement_id: i64 = movement,
        code: String = code,
        name_vi: String = name_vi,
        name_en: Option<String> = name_en,
        first_year: i32 = first_year,
        last_year: i32 = last_year,
        frozen: bool = frozen,
    }
}
