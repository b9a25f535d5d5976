//! Values of an enumeration, said in the statement itself.
//!
//! They are few, and some are much more common than others. A plan that PostgreSQL keeps must be good for any value that is
//! bound: where it believes to do better knowing which, it plans the statement anew each time, which takes longer than to
//! run it. SQLite plans once, and knows no more either.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Text;

/// A spelling, as a text of SQL.
pub(crate) fn said(spelling: &'static str) -> SqlLiteral<Text> {
    debug_assert!(spelling.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "no spelling: {spelling}");
    sql(&format!("'{spelling}'"))
}
