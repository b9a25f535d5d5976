//! The tables of current cells and of every value they have had.

use crate::engine::connection::AnyConnection;
use crate::engine::decode::month;
use crate::engine::in_list::one_of;
use crate::engine::insert_rows::insert_rows;
use crate::engine::schema::{cell_versions, cells};
use crate::error::Result;
use crate::figures::explanations::Wanted;
use crate::model::{day_steps, estimates};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};
use diesel::upsert::excluded;
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::figures::attainment::CellBook;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};

/// Adds a difference to the current cells and stores the sums as versions of `seq`, one per cell that has moved.
/// `again` is true when versions of `seq` may be there already, from an earlier part of the same write.
///
/// Update first, insert where there was nothing: unlike an upsert, diesel prepares both only once.
pub(crate) fn fold(connection: &mut AnyConnection, difference: &Cells, seq: i64, again: bool) -> Result<()> {
    for (key, cell) in difference.iter() {
        let sum = add(connection, key, cell)?;
        let version = Version::new(key, seq, sum);
        if again {
            let place = (key.indicator.0, key.agency.0, key.calendar.0, key.month.yyyymm(), seq);
            diesel::delete(cell_versions::table.find(place)).execute(connection)?;
            // The parts of the write cancel out: the cell has not moved.
            if one_as_of(connection, key, seq)? == sum {
                continue;
            }
        }
        diesel::insert_into(cell_versions::table).values(&version).execute(connection)?;
    }
    Ok(())
}

fn add(connection: &mut AnyConnection, key: CellKey, cell: Cell) -> Result<Cell> {
    let place = (key.indicator.0, key.agency.0, key.calendar.0, key.month.yyyymm());
    let sum: Option<(i64, i64, i64)> = diesel::update(cells::table.find(place))
        .set((
            cells::numerator.eq(cells::numerator + cell.numerator),
            cells::denominator.eq(cells::denominator + cell.denominator),
            cells::reports.eq(cells::reports + cell.reports),
        ))
        .returning((cells::numerator, cells::denominator, cells::reports))
        .get_result(connection)
        .optional()?;
    match sum {
        Some((numerator, denominator, reports)) => Ok(Cell { numerator, denominator, reports }),
        None => {
            diesel::insert_into(cells::table).values(&Row::new(key, cell)).execute(connection)?;
            Ok(cell)
        }
    }
}

/// Sets current cells to values.
pub(crate) fn put(connection: &mut AnyConnection, values: &BTreeMap<CellKey, Cell>) -> Result<()> {
    let rows = values.iter().map(|(key, cell)| Row::new(*key, *cell));
    match connection {
        AnyConnection::Sqlite(_) => {
            for row in rows {
                let place = (row.indicator_id, row.agency_id, row.calendar_id, row.month);
                if diesel::update(cells::table.find(place)).set(&row).execute(connection)? == 0 {
                    diesel::insert_into(cells::table).values(&row).execute(connection)?;
                }
            }
        }
        AnyConnection::Postgres(connection) => {
            diesel::insert_into(cells::table)
                .values(rows.collect::<Vec<_>>())
                .on_conflict((cells::indicator_id, cells::agency_id, cells::calendar_id, cells::month))
                .do_update()
                .set((
                    cells::numerator.eq(excluded(cells::numerator)),
                    cells::denominator.eq(excluded(cells::denominator)),
                    cells::reports.eq(excluded(cells::reports)),
                ))
                .execute(connection)?;
        }
    }
    Ok(())
}

/// Inserts versions.
pub(crate) fn insert_versions(connection: &mut AnyConnection, versions: &[Version]) -> Result<()> {
    insert_rows!(connection, cell_versions::table, versions)
}

/// The cells as of a position: the last version of every cell up to it, which the key finds at once.
pub(crate) fn as_of(connection: &mut AnyConnection, seq: i64) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<Past> = diesel::sql_query(as_of_query()).bind::<BigInt, _>(seq).load(connection)?;
    rows.into_iter().filter_map(Past::parse).collect()
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

/// All current cells.
pub(crate) fn all(connection: &mut AnyConnection) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<Row> = cells::table.load(connection)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The current value of one cell.
pub(crate) fn get(connection: &mut AnyConnection, key: CellKey) -> Result<Cell> {
    let place = (key.indicator.0, key.agency.0, key.calendar.0, key.month.yyyymm());
    let row: Option<Row> = cells::table.find(place).first(connection).optional()?;
    row.map_or_else(|| Ok(Cell::default()), |row| Ok(row.parse()?.1))
}

/// The value that one cell had after a change.
pub(crate) fn one_as_of(connection: &mut AnyConnection, key: CellKey, seq: i64) -> Result<Cell> {
    let row: Option<Version> = cell_versions::table
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

/// The cells of one indicator.
pub(crate) fn of_indicator(connection: &mut AnyConnection, indicator: IndicatorId) -> Result<Cells> {
    collected(cells::table.filter(cells::indicator_id.eq(indicator.0)).load(connection)?)
}

/// As [`of_indicator`], with the steps on days after one.
pub(crate) fn with_steps_of(connection: &mut AnyConnection, indicator: IndicatorId, day: Date) -> Result<Cells> {
    let mut found = of_indicator(connection, indicator)?;
    for (key, step) in day_steps::of_indicator(connection, indicator, day)? {
        found.add_step(key, step);
    }
    Ok(found)
}

/// The cells of several agencies.
pub(crate) fn of_agencies(connection: &mut AnyConnection, agencies: &[AgencyId]) -> Result<Cells> {
    let among = one_of(cells::agency_id, agencies.iter().map(|agency| agency.0));
    collected(cells::table.filter(among).load(connection)?)
}

fn collected(rows: Vec<Row>) -> Result<Cells> {
    let mut found = Cells::default();
    for row in rows {
        let (key, cell) = row.parse()?;
        found.add(key, cell);
    }
    Ok(found)
}

/// The cells of one indicator with the estimates and the steps that an answer about it on a day is computed from. Head
/// counts and late changes are added by the caller.
pub(crate) fn book_of(connection: &mut AnyConnection, indicator: IndicatorId, day: Date) -> Result<CellBook> {
    let mut book = CellBook::from_iter(of_indicator(connection, indicator)?.iter());
    for key in estimates::now(connection, Some(indicator))? {
        book.mark(key, true);
    }
    for (key, step) in day_steps::of_indicator(connection, indicator, day)? {
        book.set_step(key, step);
    }
    Ok(book)
}

/// The last positions that moved a question's cells, the last one first.
pub(crate) fn last_moves(connection: &mut AnyConnection, wanted: &Wanted<'_>) -> Result<Vec<i64>> {
    let (first, last) = wanted.months;
    Ok(cell_versions::table
        .filter(cell_versions::indicator_id.eq(wanted.question.indicator.0))
        .filter(cell_versions::calendar_id.eq(wanted.question.calendar.0))
        .filter(one_of(cell_versions::agency_id, wanted.agencies.iter().map(|agency| agency.0)))
        .filter(cell_versions::month.between(first.yyyymm(), last.yyyymm()))
        .select(cell_versions::seq)
        .distinct()
        .order(cell_versions::seq.desc())
        .limit(wanted.limit)
        .load(connection)?)
}

/// The versions given by changes after one position up to another, with the change that gave each, in key order.
pub(crate) fn given_between(
    connection: &mut AnyConnection,
    after: i64,
    until: i64,
) -> Result<Vec<(i64, CellKey, Cell)>> {
    let rows: Vec<Version> = cell_versions::table
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
pub(crate) fn versions_between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<(CellKey, Cell)>> {
    let rows: Vec<Version> = cell_versions::table
        .filter(cell_versions::seq.gt(after).and(cell_versions::seq.le(until)))
        .order(cell_versions::seq)
        .load(connection)?;
    rows.into_iter().map(Version::parse).collect()
}

/// A version that no change of the log can have given: it lies outside the positions of the log.
pub(crate) fn version_outside(connection: &mut AnyConnection, head: i64) -> Result<Option<(i64, CellKey)>> {
    let row: Option<Version> = cell_versions::table
        .filter(cell_versions::seq.le(0).or(cell_versions::seq.gt(head)))
        .order(cell_versions::seq)
        .first(connection)
        .optional()?;
    row.map(|row| Ok((row.seq, row.parse()?.0))).transpose()
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = cells, primary_key(indicator_id, agency_id, calendar_id, month), treat_none_as_default_value = false)]
struct Row {
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    month: i32,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

/// A cell with its last version up to a position, if it had one.
#[derive(QueryableByName)]
struct Past {
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

#[derive(Queryable, Insertable)]
#[diesel(table_name = cell_versions, treat_none_as_default_value = false)]
pub(crate) struct Version {
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

impl Past {
    fn parse(self) -> Option<Result<(CellKey, Cell)>> {
        let Self { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports } = self;
        let (numerator, denominator, reports) = (numerator?, denominator?, reports?);
        Some(Row { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports }.parse())
    }
}

impl Version {
    pub(crate) fn new(key: CellKey, seq: i64, cell: Cell) -> Self {
        let Row { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports } = Row::new(key, cell);
        Self { indicator_id, agency_id, calendar_id, month, seq, numerator, denominator, reports }
    }

    fn parse(self) -> Result<(CellKey, Cell)> {
        let Self { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports, .. } = self;
        Row { indicator_id, agency_id, calendar_id, month, numerator, denominator, reports }.parse()
    }
}
