//! Movements.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{from_json, stored, stored_option, to_json};
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::movements;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::id::MovementId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Code, Name};

thidua_domain::string_enum! {
    /// Sort orders of movements; the first is the default.
    Sort {
        /// By code.
        Code = "code",
    }
}

/// Lists movements by code.
pub fn list(connection: &mut Connection, sort: Sort, slice: &Slice) -> Result<Page<(MovementId, Movement)>> {
    match sort {
        Sort::Code => {
            paged!(connection, movements::table.into_boxed::<AnyBackend>(), slice, id = movements::id, by = movements::code => String,
           |row: Row| (row.code, row.id), Row::parse)
        }
    }
}

/// Creates a movement.
pub fn insert(transaction: &mut Transaction<'_>, movement: &Movement) -> Result<MovementId> {
    if transaction.catalogue().movement(movement.code.as_str()).is_some() {
        return Err(Error::taken("/code", &movement.code));
    }
    let id = MovementId(transaction.created(Resource::Movements, movement)?);
    diesel::insert_into(movements::table).values(Row::new(id, movement)?).execute(transaction.raw())?;
    transaction.update_catalogue()?;
    Ok(id)
}

/// Changes a movement.
pub fn update(transaction: &mut Transaction<'_>, id: MovementId, after: &Movement) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.movements.get(&id).ok_or(Error::NotFound(Resource::Movements))?;
    if catalogue.movement(after.code.as_str()).is_some_and(|(other, _)| other != id) {
        return Err(Error::taken("/code", &after.code));
    }
    transaction.updated(Resource::Movements, id.0, before, after)?;
    diesel::update(movements::table.find(id.0)).set(Row::new(id, after)?).execute(transaction.raw())?;
    transaction.update_catalogue()
}

/// Deletes a movement that nothing refers to.
pub fn delete(transaction: &mut Transaction<'_>, id: MovementId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.movements.get(&id).ok_or(Error::NotFound(Resource::Movements))?;
    // The table of indicators refers to the movement of their latest definition only.
    let refers = |indicator: &Indicator| indicator.definitions.all().any(|definition| definition.movement == id);
    if catalogue.indicators.values().any(refers) {
        return Err(Error::in_use());
    }
    transaction.deleted(Resource::Movements, id.0, before)?;
    diesel::delete(movements::table.find(id.0)).execute(transaction.raw())?;
    transaction.update_catalogue()
}

impl_row_check!(movements, |id, row: &Movement| Row::new(id.into(), row));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = movements, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    code: String,
    name_vi: String,
    name_en: Option<String>,
    basis: String,
}

impl Row {
    fn new(id: MovementId, movement: &Movement) -> Result<Self> {
        Ok(Self {
            id: id.0,
            code: movement.code.to_string(),
            name_vi: movement.name_vi.to_string(),
            name_en: movement.name_en.as_ref().map(ToString::to_string),
            basis: to_json(&movement.basis)?,
        })
    }

    fn parse(self) -> Result<(MovementId, Movement)> {
        let movement = Movement {
            code: stored(Code::parse("", &self.code))?,
            name_vi: stored(Name::parse("", &self.name_vi))?,
            name_en: stored_option(self.name_en.as_ref(), Name::parse)?,
            basis: from_json(&self.basis)?,
        };
        Ok((MovementId(self.id), movement))
    }
}
