//! Queries for so many rows at most, the number said in the statement itself.
//!
//! Diesel's own `limit` binds it. Then a plan that PostgreSQL keeps would have to be good for any number, and as none is,
//! it plans the statement anew each time, which takes longer than to run it.

use crate::engine::connection::{AnyBackend, AnyConnection};
use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// A query for so many of another one's rows.
#[derive(Debug, Clone)]
pub(crate) struct Limited<Q> {
    query: Q,
    rows: usize,
}

/// Numbers that are said: every one makes a statement of its own, so they are few.
const SAID: [usize; 6] = [2, 11, 51, 101, 501, 1001];

/// A query, which must not be limited otherwise, for so many rows or a few more.
pub(crate) fn limited<Q>(query: Q, rows: usize) -> Limited<Q> {
    let rows = SAID.into_iter().find(|said| rows <= *said).unwrap_or(rows);
    Limited { query, rows }
}

/// Told by its text: the number is a part of it.
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
        Ok(())
    }
}
