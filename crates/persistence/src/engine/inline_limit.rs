//! Limits of queries, written into the statement itself.
//!
//! Diesel's own `limit` binds the number. A plan that PostgreSQL keeps would have to be good for any number, and as
//! none is, it plans the statement anew each time, which takes longer than running it.

use crate::engine::connection::{AnyBackend, AnyConnection};
use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// A query with a limit in its text.
#[derive(Debug, Clone)]
pub(crate) struct Limited<Q> {
    query: Q,
    rows: usize,
    /// Rows that are passed over first.
    offset: usize,
}

/// The limits in use: each makes a statement of its own, so they are few.
const LIMITS: [usize; 6] = [2, 11, 51, 101, 501, 1001];

/// A query limited to a number of rows, or a few more. It must not be limited otherwise.
pub(crate) fn limited<Q>(query: Q, rows: usize) -> Limited<Q> {
    Limited { query, rows: in_use(rows), offset: 0 }
}

/// The limit in use for a number of rows.
pub(crate) fn in_use(rows: usize) -> usize {
    LIMITS.into_iter().find(|limit| rows <= *limit).unwrap_or(rows)
}

/// The row of a query behind a number of others. The numbers in use are few.
pub(crate) fn behind<Q>(query: Q, offset: usize) -> Limited<Q> {
    Limited { query, rows: 1, offset }
}

/// Identified by its text, which the number is a part of.
impl<Q> QueryId for Limited<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Limited<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<AnyConnection> for Limited<Q> {}

impl<Q: QueryFragment<AnyBackend>> QueryFragment<AnyBackend> for Limited<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, AnyBackend>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_sql(&self.rows.to_string());
        if self.offset > 0 {
            out.push_sql(" OFFSET ");
            out.push_sql(&self.offset.to_string());
        }
        Ok(())
    }
}
