//! `column IN (…)` with all values in one parameter: for any number of values it is the same statement, which is
//! prepared once. Diesel's own `eq_any` makes another statement for every number of values, and is prepared each time.

use crate::engine::connection::AnyBackend;
use diesel::expression::{AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Integer, SingleValue, Text};
use diesel::sqlite::Sqlite;
use serde_json::Value;

/// The condition that a column, which is never null, has one of some values.
pub(crate) fn one_of<C, V>(column: C, values: impl IntoIterator<Item = V>) -> OneOf<C>
where
    C: Expression<SqlType: Listed>,
    V: AsExpression<C::SqlType> + Into<Value>,
{
    OneOf { column, values: Value::from_iter(values).to_string() }
}

/// The condition of [`one_of`] as one that is asked of each row: no index is searched for it, and no other table read first.
/// PostgreSQL makes a table of hashes of the values once, and expects every other row to fit.
pub(crate) fn among<C, V>(column: C, values: impl IntoIterator<Item = V>) -> Among<C>
where
    C: Expression<SqlType: Listed>,
    V: AsExpression<C::SqlType> + Into<Value>,
{
    Among(one_of(column, values))
}

/// Values in order, each once, for a list of them.
pub(crate) fn distinct<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

/// The condition that [`one_of`] makes.
#[derive(Debug, Clone, QueryId, ValidGrouping)]
pub(crate) struct OneOf<C> {
    column: C,
    /// A JSON array.
    values: String,
}

/// The condition that [`among`] makes.
#[derive(Debug, Clone, QueryId, ValidGrouping)]
pub(crate) struct Among<C>(OneOf<C>);

/// A type whose values can be members of a JSON array.
pub(crate) trait Listed: SingleValue {
    /// Its name in PostgreSQL.
    const NAME: &'static str;
}

impl Listed for BigInt {
    const NAME: &'static str = "bigint";
}

impl Listed for Integer {
    const NAME: &'static str = "integer";
}

impl Listed for Text {
    const NAME: &'static str = "text";
}

impl<C: Expression> Expression for OneOf<C> {
    type SqlType = Bool;
}

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<T>, T> AppearsOnTable<T> for Among<C> where Self: Expression {}
impl<C: SelectableExpression<T>, T> SelectableExpression<T> for Among<C> where Self: AppearsOnTable<T> {}

impl<C: AppearsOnTable<T>, T> AppearsOnTable<T> for OneOf<C> where Self: Expression {}
impl<C: SelectableExpression<T>, T> SelectableExpression<T> for OneOf<C> where Self: AppearsOnTable<T> {}

impl<C> QueryFragment<AnyBackend> for OneOf<C>
where
    Self: QueryFragment<Sqlite> + QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, AnyBackend>) -> QueryResult<()> {
        AnyBackend::walk_variant_ast(self, out)
    }
}

impl<C> QueryFragment<AnyBackend> for Among<C>
where
    Self: QueryFragment<Sqlite> + QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, AnyBackend>) -> QueryResult<()> {
        AnyBackend::walk_variant_ast(self, out)
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") IS TRUE");
        Ok(())
    }
}

impl<C: QueryFragment<Pg> + Expression<SqlType: Listed>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let OneOf { column, values } = &self.0;
        out.push_sql("(");
        column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT json_array_elements_text(");
        out.push_bind_param::<Text, _>(values)?;
        out.push_sql("::json)::");
        out.push_sql(C::SqlType::NAME);
        out.push_sql(")) IS TRUE");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.values)?;
        out.push_sql("))");
        Ok(())
    }
}

/// An array that is made once, so that PostgreSQL looks the values up in an index.
impl<C: QueryFragment<Pg> + Expression<SqlType: Listed>> QueryFragment<Pg> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(ARRAY(SELECT json_array_elements_text(");
        out.push_bind_param::<Text, _>(&self.values)?;
        out.push_sql("::json)::");
        out.push_sql(C::SqlType::NAME);
        out.push_sql("))");
        Ok(())
    }
}
