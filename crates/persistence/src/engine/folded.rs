//! Codes as they are compared: two that differ in case alone are one.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use thidua_domain::spelling::meant;

/// A column of codes as they are compared, beside what `spelling::folded` makes of a text. The unique keys of
/// `folded_keys.rs` are its indexes.
pub(crate) fn folded<C>(column: C) -> Folded<C> {
    Folded(column)
}

/// The expression that [`folded`] makes.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub(crate) struct Folded<C>(C);

impl<C: Expression> Expression for Folded<C> {
    type SqlType = C::SqlType;
}

impl<C: AppearsOnTable<T>, T> AppearsOnTable<T> for Folded<C> where Self: Expression {}
impl<C: SelectableExpression<T>, T> SelectableExpression<T> for Folded<C> where Self: AppearsOnTable<T> {}

impl<C: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Folded<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("lower(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// The joined rows, in identity order, of the one row that a code means; `named` gives its identity and code.
pub(crate) fn meant_rows<T>(code: &str, mut rows: Vec<T>, named: impl Fn(&T) -> (i64, &str)) -> Vec<T> {
    let meant = meant(code, &rows, |row| named(row).1).map(|row| named(row).0);
    rows.retain(|row| Some(named(row).0) == meant);
    rows
}
