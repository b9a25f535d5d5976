//! Changes that last moved the cells of a question.

use crate::engine::connection::AnyConnection;
use crate::error::Result;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use thidua_domain::figures::question::Question;
use thidua_domain::id::AgencyId;
use thidua_domain::time::Month;

/// The last positions, at most `limit`, that moved the cells of some agencies in some months, the last one first.
pub(crate) fn last_moves(
    connection: &mut AnyConnection,
    question: &Question,
    (agencies, (first, last)): (&[AgencyId], (Month, Month)),
    limit: i32,
) -> Result<Vec<i64>> {
    if agencies.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Move> = diesel::sql_query(query(agencies, limit))
        .bind::<BigInt, _>(question.indicator.0)
        .bind::<BigInt, _>(question.calendar.0)
        .bind::<Integer, _>(first.yyyymm())
        .bind::<Integer, _>(last.yyyymm())
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.seq).collect())
}

/// The query of [`last_moves`]. Of each cell only as many versions are read as are wanted in all: older ones cannot be
/// among the last. Every cell that has ever had a version has a row in `cells`. Versions are looked up one after the
/// other, each by the one after it, as a join may read all versions of a cell.
fn query(agencies: &[AgencyId], limit: i32) -> String {
    let agencies = agencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let last = |of: &str, before: &str| {
        format!(
            "(SELECT v.seq FROM cell_versions v WHERE v.indicator_id = $1 AND v.agency_id = {of}.agency_id
                AND v.calendar_id = $2 AND v.month = {of}.month{before}
                ORDER BY v.seq DESC LIMIT 1)"
        )
    };
    let (first, next) = (last("c", ""), last("k", " AND v.seq < k.seq"));
    format!(
        "WITH RECURSIVE k (agency_id, month, seq, place) AS (
            SELECT c.agency_id, c.month, {first}, 1 FROM cells c
            WHERE c.indicator_id = $1 AND c.calendar_id = $2 AND c.month >= $3 AND c.month <= $4
                AND c.agency_id IN ({agencies})
            UNION ALL
            SELECT k.agency_id, k.month, {next}, k.place + 1 FROM k WHERE k.seq IS NOT NULL AND k.place < {limit}
        )
        SELECT DISTINCT k.seq FROM k WHERE k.seq IS NOT NULL ORDER BY k.seq DESC LIMIT {limit}"
    )
}

#[derive(QueryableByName)]
struct Move {
    #[diesel(sql_type = BigInt)]
    seq: i64,
}
