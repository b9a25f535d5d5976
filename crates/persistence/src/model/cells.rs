//! The table of current cells. Every value they have had stands in the log.

use crate::engine::connection::AnyConnection;
use crate::engine::decode::month;
use crate::engine::in_list::one_of;
use crate::engine::schema::cells;
use crate::error::Result;
use crate::log::cell_versions;
use crate::log::cell_versions::CellVersion;
use crate::model::cell_addition::Addition;
use crate::model::{day_steps, estimates};
use diesel::prelude::*;
use diesel::upsert::excluded;
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};

/// Adds a difference to the current cells and stores the sums as versions of `seq`, one per cell that has moved.
/// `again` is true when versions of `seq` may be there already, from an earlier part of the same write.
///
/// Update first, insert where there was nothing: unlike an upsert, both are prepared only once.
pub(crate) fn fold(connection: &mut AnyConnection, difference: &Cells, seq: i64, again: bool) -> Result<()> {
    for (key, cell) in difference.iter() {
        let sum = add(connection, key, cell)?;
        if again {
            cell_versions::remove(connection, key, seq)?;
            // The parts of the write cancel out: the cell has not moved.
            if cell_versions::one_as_of(connection, key, seq)? == sum {
                continue;
            }
        }
        cell_versions::insert(connection, &[CellVersion::new(key, seq, sum)])?;
    }
    Ok(())
}

fn add(connection: &mut AnyConnection, key: CellKey, cell: Cell) -> Result<Cell> {
    let sum: Option<(i64, i64, i64)> = Addition::new(key, cell).get_result(connection).optional()?;
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
