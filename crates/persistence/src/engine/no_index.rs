//! Columns in expressions that no index is used for.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// A column wrapped so that no index is used for it. Where a filter lets few rows through, both engines may expect to
/// find a page sooner by the index of the sort order than by that of the filter, and read a whole table for it.
pub(crate) fn unindexed<C>(column: C) -> Unindexed<C> {
    Unindexed(column)
}

/// The expression that [`unindexed`] makes.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub(crate) struct Unindexed<C>(C);

impl<C: Expression> Expression for Unindexed<C> {
    type SqlType = C::SqlType;
}

impl<C: AppearsOnTable<T>, T> AppearsOnTable<T> for Unindexed<C> where Self: Expression {}
impl<C: SelectableExpression<T>, T> SelectableExpression<T> for Unindexed<C> where Self: AppearsOnTable<T> {}

impl<C: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Unindexed<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("COALESCE(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
