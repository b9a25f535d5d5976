//! The table of steps of stocks inside months, with every value they have had. The last version of a step is its
//! current value.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::date::Day;
use crate::engine::insert_rows::insert_rows;
use crate::engine::schema::day_steps;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::LoggedChange;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date as SqlDate, Nullable};
use thidua_domain::Date;
use thidua_domain::cells::{Cell, Cells, DayKey};
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};
use thidua_domain::log::replay::{Recorded, Replay};

/// Changes read at once.
const PAGE: i64 = 10_000;

/// Adds the steps of a difference to the current ones and stores the sums as versions of `seq`, one per step that has
/// moved.
pub(crate) fn fold(connection: &mut AnyConnection, difference: &Cells, seq: i64) -> Result<()> {
    for (key, step) in difference.steps() {
        let (given_by, before) = current(connection, key)?;
        let sum = before.plus(step);
        if given_by == seq {
            // An earlier part of the same write has given it a value.
            diesel::delete(day_steps::table.find(place(key, seq))).execute(connection)?;
            if current(connection, key)?.1 == sum {
                continue;
            }
        }
        insert(connection, &[(seq, key, sum)])?;
    }
    Ok(())
}

/// The change that gave a step its current value, and that value.
fn current(connection: &mut AnyConnection, key: DayKey) -> Result<(i64, Cell)> {
    let row: Option<Row> = day_steps::table
        .filter(day_steps::indicator_id.eq(key.indicator.0))
        .filter(day_steps::agency_id.eq(key.agency.0))
        .filter(day_steps::calendar_id.eq(key.calendar.0))
        .filter(day_steps::day.eq(Day(key.day)))
        .order(day_steps::seq.desc())
        .first(connection)
        .optional()?;
    Ok(row.map_or_else(Default::default, |row| (row.seq, row.parse().1)))
}

fn insert(connection: &mut AnyConnection, versions: &[(i64, DayKey, Cell)]) -> Result<()> {
    let rows: Vec<Row> = versions.iter().map(|(seq, key, step)| Row::new(*key, *seq, *step)).collect();
    insert_rows!(connection, day_steps::table, rows)
}

/// The steps of days after one, as of a position.
pub(crate) fn as_of(connection: &mut AnyConnection, seq: i64, day: Date) -> Result<Vec<(DayKey, Cell)>> {
    read(connection, "", seq, day)
}

/// The current steps of one indicator on days after one.
pub(crate) fn of_indicator(
    connection: &mut AnyConnection,
    indicator: IndicatorId,
    day: Date,
) -> Result<Vec<(DayKey, Cell)>> {
    read(connection, &format!(" AND k.indicator_id = {indicator}"), i64::MAX, day)
}

fn read(connection: &mut AnyConnection, which: &str, seq: i64, day: Date) -> Result<Vec<(DayKey, Cell)>> {
    let query = diesel::sql_query(last(which)).bind::<SqlDate, _>(Day(day)).bind::<BigInt, _>(seq);
    let rows: Vec<PastStep> = query.load(connection)?;
    Ok(rows.into_iter().filter_map(PastStep::parse).collect())
}

/// The query for the last version of every step on later days. Steps are looked up one after the other, each the next
/// in the order of the index, as neither engine skips the versions of a step by itself. SQLite numbers parameters as
/// they first occur, so the day comes first.
fn last(which: &str) -> String {
    let key = "s.day, s.indicator_id, s.agency_id, s.calendar_id";
    let next = |column: &str| {
        format!(
            "(SELECT s.{column} FROM day_steps s WHERE ({key}) > (k.day, k.indicator_id, k.agency_id, k.calendar_id)
                ORDER BY {key} LIMIT 1)"
        )
    };
    let value = |column: &str| {
        format!(
            "(SELECT v.{column} FROM day_steps v WHERE v.indicator_id = k.indicator_id AND v.agency_id = k.agency_id
                AND v.calendar_id = k.calendar_id AND v.day = k.day AND v.seq <= $2 ORDER BY v.seq DESC LIMIT 1) AS {column}"
        )
    };
    let next = ["day", "indicator_id", "agency_id", "calendar_id"].map(next).join(", ");
    let values = ["numerator", "denominator", "reports"].map(value).join(", ");
    format!(
        "WITH RECURSIVE k (day, indicator_id, agency_id, calendar_id) AS (
            SELECT * FROM (SELECT {key} FROM day_steps s WHERE s.day > $1 ORDER BY {key} LIMIT 1) AS first
            UNION ALL
            SELECT {next} FROM k WHERE k.day IS NOT NULL
        )
        SELECT k.indicator_id, k.agency_id, k.calendar_id, k.day, {values} FROM k WHERE k.day IS NOT NULL{which}"
    )
}

/// The versions given by changes after one position up to another, with the change that gave each, oldest first and
/// then in key order.
pub(crate) fn given_between(
    connection: &mut AnyConnection,
    after: i64,
    until: i64,
) -> Result<Vec<(i64, DayKey, Cell)>> {
    let rows: Vec<Row> = day_steps::table
        .filter(day_steps::seq.gt(after).and(day_steps::seq.le(until)))
        .order((day_steps::seq, day_steps::indicator_id, day_steps::agency_id, day_steps::calendar_id, day_steps::day))
        .load(connection)?;
    let given = rows.into_iter().map(|row| {
        let seq = row.seq;
        let (key, step) = row.parse();
        (seq, key, step)
    });
    Ok(given.collect())
}

/// A version that no change of the log can have given: it lies outside the positions of the log.
pub(crate) fn version_outside(connection: &mut AnyConnection, head: i64) -> Result<Option<(i64, DayKey)>> {
    let row: Option<Row> = day_steps::table
        .filter(day_steps::seq.le(0).or(day_steps::seq.gt(head)))
        .order(day_steps::seq)
        .first(connection)
        .optional()?;
    Ok(row.map(|row| (row.seq, row.parse().0)))
}

/// Fills the table from the change log, in a database of a version that had no steps.
pub(crate) fn fill(connection: &mut Connection) -> Result<()> {
    let unreadable = |fault: String| Error::internal(format!("the change log cannot be followed: {fault}"));
    let (mut replay, mut after) = (Replay::making_steps(), 0);
    log::info!("steps inside months are computed from the change log");
    loop {
        let page = changes::found_after(connection, after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, logged) in page {
            let LoggedChange { change, .. } = logged?;
            replay.follow(&change, Recorded::default());
        }
        insert(&mut connection.0, &replay.take_steps(false).map_err(unreadable)?)?;
    }
    insert(&mut connection.0, &replay.take_steps(true).map_err(unreadable)?)
}

fn place(key: DayKey, seq: i64) -> (i64, i64, i64, Day, i64) {
    (key.indicator.0, key.agency.0, key.calendar.0, Day(key.day), seq)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = day_steps, treat_none_as_default_value = false)]
struct Row {
    indicator_id: i64,
    agency_id: i64,
    calendar_id: i64,
    day: Day,
    seq: i64,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

/// A step with its last version up to a position, if it had one.
#[derive(QueryableByName)]
struct PastStep {
    #[diesel(sql_type = BigInt)]
    indicator_id: i64,
    #[diesel(sql_type = BigInt)]
    agency_id: i64,
    #[diesel(sql_type = BigInt)]
    calendar_id: i64,
    #[diesel(sql_type = SqlDate)]
    day: Day,
    #[diesel(sql_type = Nullable<BigInt>)]
    numerator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    denominator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reports: Option<i64>,
}

impl PastStep {
    fn parse(self) -> Option<(DayKey, Cell)> {
        let Self { indicator_id, agency_id, calendar_id, day, numerator, denominator, reports } = self;
        let (numerator, denominator, reports) = (numerator?, denominator?, reports?);
        Some(Row { indicator_id, agency_id, calendar_id, day, seq: 0, numerator, denominator, reports }.parse())
    }
}

impl Row {
    fn new(key: DayKey, seq: i64, step: Cell) -> Self {
        Self {
            indicator_id: key.indicator.0,
            agency_id: key.agency.0,
            calendar_id: key.calendar.0,
            day: Day(key.day),
            seq,
            numerator: step.numerator,
            denominator: step.denominator,
            reports: step.reports,
        }
    }

    fn parse(self) -> (DayKey, Cell) {
        let key = DayKey {
            indicator: IndicatorId(self.indicator_id),
            agency: AgencyId(self.agency_id),
            calendar: CalendarId(self.calendar_id),
            day: self.day.0,
        };
        (key, Cell { numerator: self.numerator, denominator: self.denominator, reports: self.reports })
    }
}
