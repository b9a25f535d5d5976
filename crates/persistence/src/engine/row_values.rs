//! Comparisons of several columns at once: `(a, b, c) >= (x, y, z)`.

use diesel::IntoSql;
use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, SqlType};

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

/// A side of a place in an order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    /// Behind it, in ascending order.
    Above,
    /// Behind it, in descending order.
    Below,
    /// Up to it, in ascending order.
    AtMost,
    /// Up to it, in descending order.
    AtLeast,
}

/// A column and the identity on a side of a place. PostgreSQL begins or ends an index at the very place for it; SQLite,
/// where the column begins or ends to have its value.
pub(crate) fn on_side<C, I, K>(columns: (C, I), side: Side, (key, id): (K, i64)) -> OnSide<(C, I), Place<C, K>>
where
    C: Expression<SqlType: SqlType + TypedExpressionType>,
    K: AsExpression<C::SqlType>,
{
    OnSide { columns, side, place: (key.as_expression(), id.into_sql::<BigInt>()) }
}

type Place<C, K> =
    (<K as AsExpression<<C as Expression>::SqlType>>::Expression, <i64 as AsExpression<BigInt>>::Expression);

/// The expression that [`on_side`] makes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnSide<C, V> {
    columns: C,
    side: Side,
    place: V,
}

/// Identified by its text, which the side is a part of.
impl<C, V> QueryId for OnSide<C, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Expression, V: Expression<SqlType = C::SqlType>> Expression for OnSide<C, V> {
    type SqlType = Bool;
}

impl<C, V> ValidGrouping<()> for OnSide<C, V> {
    type IsAggregate = is_aggregate::No;
}

impl<C: AppearsOnTable<T>, V: AppearsOnTable<T>, T> AppearsOnTable<T> for OnSide<C, V> where Self: Expression {}
impl<C: SelectableExpression<T>, V: SelectableExpression<T>, T> SelectableExpression<T> for OnSide<C, V> where
    Self: AppearsOnTable<T>
{
}

impl<C: QueryFragment<DB>, V: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for OnSide<C, V> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(match self.side {
            Side::Above => ") > (",
            Side::Below => ") < (",
            Side::AtMost => ") <= (",
            Side::AtLeast => ") >= (",
        });
        self.place.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
