//! Versions of cells: every value that one has had, under the change that gave it. The last version is the current
//! value.

use crate::engine::connection::AnyConnection;
use crate::engine::decode::month;
use crate::engine::insert_rows::insert_rows;
use crate::engine::schema::cell_versions;
use crate::error::Result;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};

/// Inserts versions.
pub(crate) fn insert(connection: &mut AnyConnection, versions: &[CellVersion]) -> Result<()> {
    insert_rows!(connection, cell_versions::table, versions)
}

/// Removes the version that a change gave a cell, if it gave one.
pub(crate) fn remove(connection: &mut AnyConnection, key: CellKey, seq: i64) -> Result<()> {
    let place = (key.indicator.0, key.agency.0, key.calendar.0, key.month.yyyymm(), seq);
    diesel::delete(cell_versions::table.find(place)).execute(connection)?;
    Ok(())
}

/// The cells as of a position: the last version of every cell up to it, which the key finds at once.
pub(crate) fn as_of(connection: &mut AnyConnection, seq: i64) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<PastCell> = diesel::sql_query(as_of_query()).bind::<BigInt, _>(seq).load(connection)?;
    rows.into_iter().filter_map(PastCell::parse).collect()
}

/// The query of [`as_of`]. Every cell that has ever had a version has a row in `cells`. Versions are looked up one by
/// one: a join may read all versions of a cell.
fn as_of_query() -> String {
    let last = |column: &str| {
        format!(
            "(SELECT v.{column} FROM cell_versions v WHERE v.indicator_id = c.indicator_id AND v.agency_id = c.agency_id
                AND v.calendar_id = c.calendar_id AND v.month = c.month AND v.seq <= $1 ORDER BY v.seq DESC LIMIT 1)"
        )
    };
    let [numerator, denominator, reports] = ["numerator", "denominator", "reports"].map(last);
    format!(
        "SELECT c.indicator_id, c.agency_id, c.calendar_id, c.month, {numerator} AS numerator, {denominator} AS denominator,
            {reports} AS reports
        FROM cells c"
    )
}

/// The value that one cell had after a change.
pub(crate) fn one_as_of(connection: &mut AnyConnection, key: CellKey, seq: i64) -> Result<Cell> {
    let row: Option<CellVersion> = cell_versions::table
        .filter(cell_versions::indicator_id.eq(key.indicator.0))
        .filter(cell_versions::agency_id.eq(key.agency.0))
        .filter(cell_versions::calendar_id.eq(key.calendar.0))
        .filter(cell_versions::month.eq(key.month.yyyymm()))
        .filter(cell_versions::seq.le(seq))
        .order(cell_versions::seq.desc())
        .first(connection)
        .optional()?;
    row.map_or_else(|| Ok(Cell::default()), |row| Ok(row.parse()?.1))
}

/// The versions given by changes after one position up to another, with the change that gave each, in key order.
pub(crate) fn given_between(
    connection: &mut AnyConnection,
    after: i64,
    until: i64,
) -> Result<Vec<(i64, CellKey, Cell)>> {
    let rows: Vec<CellVersion> = cell_versions::table
        .filter(cell_versions::seq.gt(after).and(cell_versions::seq.le(until)))
        .order((
            cell_versions::seq,
            cell_versions::indicator_id,
            cell_versions::agency_id,
            cell_versions::calendar_id,
            cell_versions::month,
        ))
        .load(connection)?;
    let given = rows.into_iter().map(|row| {
        let seq = row.seq;
        row.parse().map(|(key, cell)| (seq, key, cell))
    });
    given.collect()
}

/// The versions given by changes after one position up to another, oldest first.
pub(crate) fn between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<CellVersion> = cell_versions::table
        .filter(cell_versions::seq.gt(after).and(cell_versions::seq.le(until)))
        .order(cell_versions::seq)
        .load(connection)?;
    rows.into_iter().map(CellVersion::parse).collect()
}

/// A version that no change of the log can have given: it lies outside the positions of the log.
pub(crate) fn outside(connection: &mut AnyConnection, head: i64) -> Result<Option<(i64, CellKey)>> {
    let row: Option<CellVersion> = cell_versions::table
        .filter(cell_versions::seq.le(0).or(cell_versions::seq.gt(head)))
        .order(cell_versions::seq)
        .first(connection)
        .optional()?;
    row.map(|row| Ok((row.seq, row.parse()?.0))).transpose()
}

/// A cell with its last version up to a position, if it had one.
#[derive(QueryableByName)]
struct PastCell {
    #[diesel(sql_type = BigInt)]
    indicator_id: i64,
    #[diesel(sql_type = BigInt)]
    agency_id: i64,
    #[diesel(sql_type = BigInt)]
    calendar_id: i64,
    #[diesel(sql_type = Integer)]
    month: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    numerator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    denominator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reports: Option<i64>,
}

/// A value that a change gave a cell.
#[derive(Queryable, Insertable)]
#[diesel(table_name = cell_versions, treat_none_as_default_value = false)]
pub(crate) struct CellVersion {
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    seq: i64,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

/// The key of a cell by the columns of a row.
fn key(indicator: i64, agency: i64, calendar: i64, yyyymm: i32) -> Result<CellKey> {
    Ok(CellKey {
        indicator: IndicatorId(indicator),
        agency: AgencyId(agency),
        calendar: CalendarId(calendar),
        month: month(yyyymm)?,
    })
}

impl PastCell {
    fn parse(self) -> Option<Result<(CellKey, Cell)>> {
        let cell = Cell { numerator: self.numerator?, denominator: self.denominator?, reports: self.reports? };
        Some(key(self.indicator_id, self.agency_id, self.calendar_id, self.month).map(|key| (key, cell)))
    }
}

impl CellVersion {
    pub(crate) fn new(key: CellKey, seq: i64, cell: Cell) -> Self {
        Self {
            indicator_id: key.indicator.0,
            agency_id: key.agency.0,
            calendar_id: key.calendar.0,
            month: key.month.yyyymm(),
            seq,
            numerator: cell.numerator,
            denominator: cell.denominator,
            reports: cell.reports,
        }
    }

    fn parse(self) -> Result<(CellKey, Cell)> {
        let cell = Cell { numerator: self.numerator, denominator: self.denominator, reports: self.reports };
        Ok((key(self.indicator_id, self.agency_id, self.calendar_id, self.month)?, cell))
    }
}
