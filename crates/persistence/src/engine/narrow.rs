//! Queries that are narrowed by filters, each of which may be absent.

use crate::engine::in_list::{Among, OneOf, among, one_of};
use diesel::expression::Expression;
use diesel::query_dsl::methods::FilterDsl;
use diesel::sql_types::BigInt;
use thidua_domain::id::AgencyId;

/// A way to the rows that a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// By the indexes of what is filtered by: good where it lets few rows through.
    Searched,
    /// In the order asked for, row by row: good where it lets many through, as a page is full soon.
    InOrder,
    /// In that order too, of whatever agency.
    OfAll,
}

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

    /// The query with the condition that a column has one of some agencies, if there is one.
    fn within<C>(self, column: C, agencies: Option<&Vec<AgencyId>>, access: Access) -> Self
    where
        C: Expression<SqlType = BigInt> + Copy,
        Self: FilterDsl<OneOf<C>, Output = Self> + FilterDsl<Among<C>, Output = Self>,
    {
        let Some(agencies) = agencies else { return self };
        let ids = agencies.iter().map(|id| id.0);
        match access {
            Access::Searched => self.filter(one_of(column, ids)),
            Access::InOrder => self.filter(among(column, ids)),
            Access::OfAll => self,
        }
    }
}

impl<Q> Narrow for Q {}
