//! The statement that adds to a current cell.
//!
//! Every insert of a record runs it. Diesel prepares its own updates anew each time; this one is prepared once.

use crate::engine::connection::{AnyBackend, AnyConnection};
use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Integer};
use thidua_domain::cells::{Cell, CellKey};

/// Addition to a cell that is there; its result are the numerator, the denominator and the number of reports after it.
#[derive(Debug, Clone, Copy, QueryId)]
pub(crate) struct Addition {
    indicator: i64,
    agency: i64,
    calendar: i64,
    month: i32,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

impl Addition {
    /// The addition of a difference to the cell with a key.
    pub(crate) fn new(key: CellKey, difference: Cell) -> Self {
        let CellKey { indicator, agency, calendar, month } = key;
        let Cell { numerator, denominator, reports } = difference;
        Self {
            indicator: indicator.0,
            agency: agency.0,
            calendar: calendar.0,
            month: month.yyyymm(),
            numerator,
            denominator,
            reports,
        }
    }
}

impl Query for Addition {
    type SqlType = (BigInt, BigInt, BigInt);
}

impl RunQueryDsl<AnyConnection> for Addition {}

impl QueryFragment<AnyBackend> for Addition {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, AnyBackend>) -> QueryResult<()> {
        out.push_sql("UPDATE cells SET numerator = numerator + ");
        out.push_bind_param::<BigInt, _>(&self.numerator)?;
        out.push_sql(", denominator = denominator + ");
        out.push_bind_param::<BigInt, _>(&self.denominator)?;
        out.push_sql(", reports = reports + ");
        out.push_bind_param::<BigInt, _>(&self.reports)?;
        out.push_sql(" WHERE indicator_id = ");
        out.push_bind_param::<BigInt, _>(&self.indicator)?;
        out.push_sql(" AND agency_id = ");
        out.push_bind_param::<BigInt, _>(&self.agency)?;
        out.push_sql(" AND calendar_id = ");
        out.push_bind_param::<BigInt, _>(&self.calendar)?;
        out.push_sql(" AND month = ");
        out.push_bind_param::<Integer, _>(&self.month)?;
        out.push_sql(" RETURNING numerator, denominator, reports");
        Ok(())
    }
}
