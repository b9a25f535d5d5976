//! Comparisons of several columns at once: `(a, b, c) >= (x, y, z)`.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

/// Columns from one row of values to another, both included. An index of the columns is read in its order for it, on
/// both engines. For `a = x AND b = y AND c BETWEEN …` PostgreSQL gathers all rows and sorts them while it expects few,
/// whatever the limit.
pub(crate) fn between<C, V>(columns: C, first: V, last: V) -> RowsBetween<C, V> {
    RowsBetween { columns, first, last }
}

/// The expression that [`between`] makes.
#[derive(Debug, Clone, Copy, QueryId)]
pub(crate) struct RowsBetween<C, V> {
    columns: C,
    first: V,
    last: V,
}

impl<C: Expression, V: Expression<SqlType = C::SqlType>> Expression for RowsBetween<C, V> {
    type SqlType = Bool;
}

impl<C, V> ValidGrouping<()> for RowsBetween<C, V> {
    type IsAggregate = is_aggregate::No;
}

impl<C: AppearsOnTable<T>, V: AppearsOnTable<T>, T> AppearsOnTable<T> for RowsBetween<C, V> where Self: Expression {}
impl<C: SelectableExpression<T>, V: SelectableExpression<T>, T> SelectableExpression<T> for RowsBetween<C, V> where
    Self: AppearsOnTable<T>
{
}

impl<C: QueryFragment<DB>, V: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for RowsBetween<C, V> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") >= (");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql(") AND (");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") <= (");
        self.last.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
