//! Names of members of staff, which can be erased. They are not in the change log, so that nothing is left of an erased
//! one.

use crate::engine::connection::Connection;
use crate::engine::decode::{stored, stored_option};
use crate::engine::in_list::one_of;
use crate::engine::schema::staff_names;
use crate::error::Result;
use crate::write::idempotency_keys;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::id::StaffId;
use thidua_domain::text::Name;

/// The name of one member of staff, if there is one.
pub fn name(connection: &mut Connection, id: StaffId) -> Result<Option<Name>> {
    let text: Option<String> =
        staff_names::table.find(id.0).select(staff_names::name).first(&mut connection.0).optional()?;
    stored_option(text.as_ref(), Name::parse)
}

/// The names of those of several members of staff that have one.
pub fn names(connection: &mut Connection, ids: &[StaffId]) -> Result<HashMap<StaffId, Name>> {
    let ids = one_of(staff_names::staff_id, ids.iter().map(|id| id.0));
    let rows: Vec<(i64, String)> = staff_names::table.filter(ids).load(&mut connection.0)?;
    rows.into_iter().map(|(id, name)| Ok((StaffId(id), stored(Name::parse("", &name))?))).collect()
}

/// Gives a new member of staff a name.
pub fn set_name(transaction: &mut Transaction<'_>, id: StaffId, name: &Name) -> Result<()> {
    diesel::insert_into(staff_names::table)
        .values((staff_names::staff_id.eq(id.0), staff_names::name.eq(name.as_str())))
        .execute(transaction.raw())?;
    Ok(())
}

/// Removes a name, and every kept answer that may repeat it. Returns true if there was a name.
pub(crate) fn remove_name(transaction: &mut Transaction<'_>, id: StaffId) -> Result<bool> {
    let removed = diesel::delete(staff_names::table.find(id.0)).execute(transaction.raw())?;
    idempotency_keys::forget(transaction, id.0)?;
    Ok(removed > 0)
}
