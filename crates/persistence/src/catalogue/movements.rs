//! Movements.

use crate::engine::columns::row;
use crate::engine::schema::movements;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::write::free_codes::Coding;
use crate::write::records::{add_row, change_row, known, remove_row};
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::id::MovementId;
use thidua_domain::log::changes::Resource;

/// Creates a movement.
pub fn insert(transaction: &mut Transaction<'_>, movement: &Movement) -> Result<MovementId> {
    check_code(&transaction.catalogue(), None, movement)?;
    add_row(transaction, movement)
}

/// Changes a movement.
pub fn update(transaction: &mut Transaction<'_>, id: MovementId, after: &Movement) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.movements, id)?;
    check_code(&catalogue, Some((id, before)), after)?;
    change_row(transaction, id, before, after)
}

/// Deletes a movement that nothing refers to.
pub fn delete(transaction: &mut Transaction<'_>, id: MovementId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.movements, id)?;
    // The table of indicators refers to the movement of their latest definition only.
    let refers = |indicator: &Indicator| indicator.definitions.all().any(|definition| definition.movement == id);
    if catalogue.indicators.values().any(refers) {
        return Err(Error::in_use());
    }
    remove_row(transaction, id, before)
}

fn check_code(catalogue: &Catalogue, before: Option<(MovementId, &Movement)>, after: &Movement) -> Result<()> {
    let (id, before) = before.unzip();
    let others = catalogue.movements.iter().filter(|(other, _)| Some(**other) != id);
    Coding::new(before.map(|before| &before.code), &after.code).require_free(others.map(|(_, other)| &*other.code))
}

impl_entity!(movements: MovementId => Movement, Resource::Movements);

row! {
    movements: MovementId => Movement {
        code: String = code,
        name_vi: String = name_vi,
        name_en: Option<String> = name_en,
        basis: String = basis,
    }
}
