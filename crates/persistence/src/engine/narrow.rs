//! Queries that are narrowed by filters, each of which may be absent.

use diesel::query_dsl::methods::FilterDsl;

/// A query that stays what it is when it is narrowed, as a boxed one does.
pub(crate) trait Narrow: Sized {
    /// The query with one condition more, if there is one.
    fn narrowed<C>(self, condition: Option<C>) -> Self
    where
        Self: FilterDsl<C, Output = Self>,
    {
        match condition {
            Some(condition) => self.filter(condition),
            None => self,
        }
    }
}

impl<Q> Narrow for Q {}
