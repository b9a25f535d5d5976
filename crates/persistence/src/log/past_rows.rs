//! Rows of a resource as of a position, read back from the change log: the last change of every row up to there, which
//! an index finds at once. The cost grows with the number of rows there have been, and not with the number of changes.

use crate::engine::connection::Connection;
use crate::error::Result;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use thidua_domain::log::changes::Resource;

/// Rows read at once.
const PAGE: i64 = 5_000;

/// Calls `show` with every row of a resource that was there at a position, as logged, in identity order.
pub(crate) fn each(
    connection: &mut Connection,
    resource: Resource,
    seq: i64,
    mut show: impl FnMut(i64, &str) -> Result<()>,
) -> Result<()> {
    let mut last = 0;
    loop {
        let page: Vec<Row> = diesel::sql_query(LAST)
            .bind::<Text, _>(resource.as_str())
            .bind::<BigInt, _>(last)
            .bind::<BigInt, _>(seq)
            .bind::<BigInt, _>(PAGE)
            .load(&mut connection.0)?;
        let Some(end) = page.last() else { return Ok(()) };
        last = end.id;
        for Row { id, after } in page {
            // A row that had been deleted has none.
            if let Some(after) = after {
                show(id, &after)?;
            }
        }
    }
}

/// Identities are looked up one after the other, each the least above the last, as neither engine skips the changes of
/// a row by itself. A row's identity is the position of the change that created it, so rows with a later one did not
/// exist yet.
const LAST: &str = "
    WITH RECURSIVE there (id, place) AS (
        SELECT (SELECT MIN(c.resource_id) FROM changes c WHERE c.resource = $1 AND c.resource_id > $2), 1
        UNION ALL
        SELECT (SELECT MIN(c.resource_id) FROM changes c WHERE c.resource = $1 AND c.resource_id > there.id), there.place + 1
        FROM there WHERE there.id <= $3 AND there.place < $4
    )
    SELECT there.id, (SELECT c.after FROM changes c WHERE c.resource = $1 AND c.resource_id = there.id AND c.seq <= $3
        ORDER BY c.seq DESC LIMIT 1) AS after
    FROM there WHERE there.id <= $3
    ORDER BY there.id";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    after: Option<String>,
}
