//! Migration of a database: the schema, tables that come to be filled from the change log, and keys that depend on rows.

use crate::engine::connection::Connection;
use crate::engine::folded_keys;
use crate::engine::migrations;
use crate::error::Result;
use crate::log::former_codes;
use crate::model::day_steps;

/// Migrations whose tables are filled from the change log.
const DAY_STEPS: &str = "20261129074500";
const FORMER_CODES: &str = "20261129145846";
const FORMER_NAMES: &str = "20261130014243";
/// The migration whose keys depend on the rows.
const FOLDED_CODES: &str = "20261130225900";

/// Applies the missing migrations and returns them, in order. Refuses a schema newer than this program, and one that is
/// being restored.
pub(crate) fn migrate(connection: &mut Connection) -> Result<Vec<String>> {
    migrations::refuse_unfinished(connection)?;
    apply_missing(connection)
}

/// As [`migrate`], also for a schema that is being restored.
pub(crate) fn apply_missing(connection: &mut Connection) -> Result<Vec<String>> {
    migrations::apply_missing(connection, fill)
}

/// Fills the tables, and makes the keys, of the migrations that have just been applied.
fn fill(connection: &mut Connection, applied: &[String]) -> Result<()> {
    let has_applied = |wanted: &str| applied.iter().any(|version| version == wanted);
    if has_applied(DAY_STEPS) {
        day_steps::fill(connection)?;
    }
    if has_applied(FORMER_CODES) {
        former_codes::fill(connection)?;
    } else if has_applied(FORMER_NAMES) {
        former_codes::fill_names(connection)?;
    }
    if has_applied(FOLDED_CODES) {
        folded_keys::make(connection)?;
    }
    Ok(())
}
