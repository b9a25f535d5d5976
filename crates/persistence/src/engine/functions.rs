//! Functions of both engines that statements use.

use diesel::expression::Expression;
use diesel::sql_types::{SingleValue, SqlType, Text};

#[diesel::declare_sql_function]
extern "SQL" {
    /// A column of codes as they are compared, beside what `spelling::folded` makes of a text. The unique keys of
    /// `folded_keys.rs` are its indexes.
    #[sql_name = "lower"]
    fn folded(code: Text) -> Text;

    #[sql_name = "COALESCE"]
    fn first_known<T: SqlType + SingleValue>(one: T, other: T) -> T;
}

/// A column wrapped so that no index is used for it. Where a filter lets few rows through, both engines may expect to
/// find a page sooner by the index of the sort order than by that of the filter, and read a whole table for it.
pub(crate) fn unindexed<C>(column: C) -> first_known<C::SqlType, C, C>
where
    C: Expression + Copy,
    C::SqlType: SqlType + SingleValue,
{
    first_known(column, column)
}
