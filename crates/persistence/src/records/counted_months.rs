//! Rows that count or declare something of one agency, calendar and month: the same filter and the same look-ups for each
//! table of them.

use crate::records::wanted::Wanted;
use thidua_domain::id::{AgencyId, CalendarId};
use thidua_domain::time::Month;

/// Filter of a list by agency, calendar and month.
#[derive(Debug, Clone, Default)]
pub struct MonthFilter {
    /// Only those of these agencies.
    pub within: Option<Vec<AgencyId>>,
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only from this month on.
    pub from: Option<Month>,
    /// Only up to this month.
    pub to: Option<Month>,
}

impl From<&Wanted<'_>> for MonthFilter {
    fn from(wanted: &Wanted<'_>) -> Self {
        let (first, last) = wanted.months;
        Self {
            within: Some(wanted.agencies.to_vec()),
            calendar: Some(wanted.question.calendar),
            from: Some(first),
            to: Some(last),
        }
    }
}

/// Look-ups of a table with the columns `agency_id`, `calendar_id` and `month`, by its `Row`.
macro_rules! counted_months {
    ($table:ident: $id:ident => $entity:ident) => {
        /// The rows of agencies, of a calendar and of months.
        fn in_months(
            filter: &$crate::records::counted_months::MonthFilter,
            access: $crate::engine::narrow::Access,
        ) -> $table::BoxedQuery<'_, $crate::engine::connection::AnyBackend> {
            $table::table
                .into_boxed::<$crate::engine::connection::AnyBackend>()
                .within($table::agency_id, filter.within.as_ref(), access)
                .narrowed(filter.calendar.map(|calendar| $table::calendar_id.eq(calendar.0)))
                .narrowed(filter.from.map(|from| $table::month.ge(from.yyyymm())))
                .narrowed(filter.to.map(|to| $table::month.le(to.yyyymm())))
        }

        /// The rows of the agencies and the months of some.
        fn with_the_months_of(
            connection: &mut $crate::engine::connection::Connection,
            some: &[$entity],
        ) -> $crate::error::Result<Vec<($id, $entity)>> {
            use $crate::engine::in_list::{distinct, one_of};
            let rows: Vec<Row> = $table::table
                .filter(one_of($table::agency_id, distinct(some.iter().map(|row| row.agency.0).collect())))
                .filter(one_of($table::month, distinct(some.iter().map(|row| row.month.yyyymm()).collect())))
                .load(&mut connection.0)?;
            rows.into_iter().map(Row::parse).collect()
        }

        /// So many rows of a query at most, after one of them, in identity order.
        fn following(
            connection: &mut $crate::engine::connection::Connection,
            query: $table::BoxedQuery<'_, $crate::engine::connection::AnyBackend>,
            (after, limit): (i64, i64),
        ) -> $crate::error::Result<Vec<($id, $entity)>> {
            let query = query.filter($table::id.gt(after)).order($table::id).limit(limit);
            let rows: Vec<Row> = query.load(&mut connection.0)?;
            rows.into_iter().map(Row::parse).collect()
        }

        /// Visits all rows, in parts.
        fn each(
            connection: &mut $crate::engine::connection::Connection,
            mut visit: impl FnMut($entity),
        ) -> $crate::error::Result<()> {
            let mut last = 0;
            loop {
                let rows = following(connection, $table::table.into_boxed(), (last, 10_000))?;
                let Some((end, _)) = rows.last() else { return Ok(()) };
                last = end.0;
                rows.into_iter().for_each(|(_, row)| visit(row));
            }
        }
    };
}
pub(crate) use counted_months;
