//! Last days of change of cells that were changed after a cut-off. They are read from versions and the log, so that
//! writes store nothing for them.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::decode::month;
use crate::error::Result;
use crate::log::cell_versions;
use crate::log::changes;
use crate::log::past;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::closing::cut_offs::CutOffs;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};
use thidua_domain::time::end_of_day;

/// A position in the log, with the day of its change.
pub(crate) type DatedPosition = (i64, Date);

/// The last days of change of one indicator's cells, or of all, as of a position. Nothing is read where no cut-off is
/// over.
pub(crate) fn as_of(
    connection: &mut Connection,
    cut_offs: &CutOffs,
    indicator: Option<IndicatorId>,
    (seq, day): DatedPosition,
) -> Result<Vec<(CellKey, Date)>> {
    let (least, greatest) = indicator.map_or((i64::MIN, i64::MAX), |indicator| (indicator.0, indicator.0));
    let mut found = Vec::new();
    for (calendar, over) in cut_offs.over(day) {
        // A change is late when it comes after the last one of the cut-off's day. So positions are compared, and days
        // are looked up for late changes only.
        let mut in_time = BTreeMap::new();
        for (end, cut_off) in over {
            in_time.insert(end, past::at_time(connection, end_of_day(cut_off))?.seq);
        }
        let (Some((last, _)), Some(first)) = (in_time.last_key_value(), in_time.values().min()) else { continue };
        let rows: Vec<Row> = diesel::sql_query(LAST)
            .bind::<BigInt, _>(seq)
            .bind::<BigInt, _>(least)
            .bind::<BigInt, _>(greatest)
            .bind::<BigInt, _>(calendar.0)
            .bind::<Integer, _>(last.yyyymm())
            .load(&mut connection.0)?;
        for row in rows.into_iter().filter(|row| *first < row.seq) {
            let (seq, key) = (row.seq, row.parse()?);
            if in_time.range(key.month..).next().is_some_and(|(_, in_time)| *in_time < seq) {
                found.push((seq, key));
            }
        }
    }
    dated(&mut connection.0, found)
}

/// The last days of change that the changes after one position up to another have made; `versions` are the cells these
/// gave.
pub(crate) fn since(
    connection: &mut AnyConnection,
    cut_offs: &CutOffs,
    (known, known_on): DatedPosition,
    (seq, day): DatedPosition,
    versions: &[(CellKey, Cell)],
) -> Result<Vec<(CellKey, Date)>> {
    if cut_offs.is_empty() {
        return Ok(Vec::new());
    }
    // Times in the log never go back: mostly all changes are of one day.
    let mut changed = if known_on == day {
        versions.iter().map(|(key, _)| (*key, day)).collect()
    } else {
        let given = cell_versions::given_between(connection, known, seq)?;
        dated(connection, given.into_iter().map(|(seq, key, _)| (seq, key)).collect())?
    };
    changed.retain(|(key, day)| cut_offs.are_over_for((key.calendar, key.month), *day));
    Ok(changed)
}

/// The days of some changes of cells.
fn dated(connection: &mut AnyConnection, changed: Vec<(i64, CellKey)>) -> Result<Vec<(CellKey, Date)>> {
    let mut seqs: Vec<_> = changed.iter().map(|(seq, _)| *seq).collect();
    seqs.sort_unstable();
    seqs.dedup();
    let days = changes::days_of(connection, seqs)?;
    Ok(changed.into_iter().filter_map(|(seq, key)| Some((key, *days.get(&seq)?))).collect())
}

/// The last change of every cell up to a position. Every cell that has ever had a version has a row in `cells`.
const LAST: &str = "
    SELECT c.indicator_id, c.agency_id, c.calendar_id, c.month, COALESCE((
        SELECT MAX(v.seq) FROM cell_versions v WHERE v.indicator_id = c.indicator_id AND v.agency_id = c.agency_id
            AND v.calendar_id = c.calendar_id AND v.month = c.month AND v.seq <= $1), 0) AS seq
    FROM cells c
    WHERE c.indicator_id >= $2 AND c.indicator_id <= $3 AND c.calendar_id = $4 AND c.month <= $5";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    indicator_id: i64,
    #[diesel(sql_type = BigInt)]
    agency_id: i64,
    #[diesel(sql_type = BigInt)]
    calendar_id: i64,
    #[diesel(sql_type = Integer)]
    month: i32,
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

impl Row {
    fn parse(self) -> Result<CellKey> {
        Ok(CellKey {
            indicator: IndicatorId(self.indicator_id),
            agency: AgencyId(self.agency_id),
            calendar: CalendarId(self.calendar_id),
            month: month(self.month)?,
        })
    }
}
