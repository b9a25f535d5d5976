//! The tables of current cells and of every value they have had.

use crate::connection::{AnyConnection, on_engine};
use crate::error::Result;
use crate::schema::{cell_versions, cells};
use crate::stored::month;
use diesel::prelude::*;
use diesel::upsert::excluded;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};

/// Adds a difference to the current cells and keeps the sums as versions of `seq`, one per cell.
pub(crate) fn fold(connection: &mut AnyConnection, difference: &Cells, seq: i64) -> Result<()> {
    for (key, cell) in difference.iter() {
        let row = Row::new(key, cell);
        let sum: (i64, i64, i64) = on_engine!(connection, |typed| {
            diesel::insert_into(cells::table)
                .values(&row)
                .on_conflict((cells::indicator_id, cells::agency_id, cells::calendar_id, cells::month))
                .do_update()
                .set((
                    cells::numerator.eq(cells::numerator + excluded(cells::numerator)),
                    cells::denominator.eq(cells::denominator + excluded(cells::denominator)),
                    cells::reports.eq(cells::reports + excluded(cells::reports)),
                ))
                .returning((cells::numerator, cells::denominator, cells::reports))
                .get_result(typed)
        })?;
        let (numerator, denominator, reports) = sum;
        let version = Version::new(key, seq, Cell { numerator, denominator, reports });
        // A second fold of one change meets the version the first has left.
        on_engine!(connection, |typed| {
            diesel::insert_into(cell_versions::table)
                .values(&version)
                .on_conflict((
                    cell_versions::indicator_id,
                    cell_versions::agency_id,
                    cell_versions::calendar_id,
                    cell_versions::month,
                    cell_versions::seq,
                ))
                .do_update()
                .set((
                    cell_versions::numerator.eq(numerator),
                    cell_versions::denominator.eq(denominator),
                    cell_versions::reports.eq(reports),
                ))
                .execute(typed)
        })?;
    }
    Ok(())
}

/// All current cells.
pub(crate) fn all(connection: &mut AnyConnection) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<Row> = cells::table.load(connection)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The cells of one indicator.
pub(crate) fn of_indicator(connection: &mut AnyConnection, indicator: IndicatorId) -> Result<Cells> {
    let rows: Vec<Row> = cells::table.filter(cells::indicator_id.eq(indicator.0)).load(connection)?;
    let mut found = Cells::default();
    for row in rows {
        let (key, cell) = row.parse()?;
        found.add(key, cell);
    }
    Ok(found)
}

/// The versions given by changes after one position up to another, oldest first.
pub(crate) fn versions_between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<Version> = cell_versions::table
        .filter(cell_versions::seq.gt(after).and(cell_versions::seq.le(until)))
        .order(cell_versions::seq)
        .load(connection)?;
    rows.into_iter().map(Version::parse).collect()
}

/// The last version of every cell.
pub(crate) fn last_versions(connection: &mut AnyConnection) -> Result<Vec<(CellKey, Cell)>> {
    let mut last = std::collections::BTreeMap::new();
    for (key, cell) in versions_between(connection, 0, i64::MAX)? {
        last.insert(key, cell);
    }
    Ok(last.into_iter().collect())
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = cells)]
struct Row {
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = cell_versions)]
struct Version {
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    seq: i64,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

impl Row {
    fn new(key: CellKey, cell: Cell) -> Self {
        Self {
            indicator_id: key.indicator.0,
            agency_id: key.agency.0,
            calendar_id: key.calendar.0,
            month: key.month.yyyymm(),
            numerator: cell.numerator,
            denominator: cell.denominator,
            reports: cell.reports,
        }
    }

    fn parse(self) -> Result<(CellKey, Cell)> {
        let key = CellKey {
            indicator: IndicatorId(self.indicator_id),
            agency: AgencyId(self.agency_id),
            calendar: CalendarId(self.calendar_id),
            month: month(self.month)?,
        };
        Ok((key, Cell { numerator: self.numerator, denominator: self.denominator, reports: self.reports }))
    }
}

impl Version {
    fn new(key: CellKey, seq: i64, cell: Cell) -> Self {
        let Row { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports } = Row::new(key, cell);
        Self { indicator_id, agency_id, calendar_id, month, seq, numerator, denominator, reports }
    }

    fn parse(self) -> Result<(CellKey, Cell)> {
        let Self { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports, .. } = self;
        Row { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports }.parse()
    }
}
