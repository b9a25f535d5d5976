//! Values of an enumeration, written into the statement itself.
//!
//! They are few, and some are much more common than others. A plan that PostgreSQL keeps must be good for any bound
//! value: where it expects a better plan for a known value, it plans the statement anew each time, which takes longer
//! than running it. SQLite plans once, without knowing the value.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Text;

/// A spelling as a text literal of SQL. Diesel's own `sql` would have the statement prepared each time.
pub(crate) fn literal(spelling: &'static str) -> Literal {
    debug_assert!(spelling.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "no spelling: {spelling}");
    Literal(spelling)
}

/// The expression that [`literal`] makes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Literal(&'static str);

impl Expression for Literal {
    type SqlType = Text;
}

impl<T> AppearsOnTable<T> for Literal {}
impl<T> SelectableExpression<T> for Literal {}

impl<G> ValidGrouping<G> for Literal {
    type IsAggregate = is_aggregate::Never;
}

/// Identified by its text, which the spelling is a part of.
impl QueryId for Literal {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Literal {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("'");
        out.push_sql(self.0);
        out.push_sql("'");
        Ok(())
    }
}
