//! Estimates: the months whose declared figures are no final ones. No part of cells tells it.

use crate::engine::connection::{AnyBackend, AnyConnection, Connection};
use crate::engine::decode::{from_json, month};
use crate::engine::schema::observations;
use crate::error::Result;
use crate::log::changes;
use crate::log::past_rows;
use diesel::prelude::*;
use thidua_domain::cells::CellKey;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::observations::{Nature, Observation};

/// The months whose figures are estimates, of one indicator or of all.
pub(crate) fn now(connection: &mut AnyConnection, indicator: Option<IndicatorId>) -> Result<Vec<CellKey>> {
    let mut query = observations::table.into_boxed::<AnyBackend>();
    if let Some(indicator) = indicator {
        query = query.filter(observations::indicator_id.eq(indicator.0));
    }
    let rows: Vec<(i64, i64, i64, i32)> = query
        .filter(observations::nature.eq(Nature::Estimate.as_str()))
        .select((observations::indicator_id, observations::agency_id, observations::calendar_id, observations::month))
        .load(connection)?;
    let key = |(indicator, agency, calendar, yyyymm)| {
        let month = month(yyyymm)?;
        let (indicator, agency, calendar) = (IndicatorId(indicator), AgencyId(agency), CalendarId(calendar));
        Ok(CellKey { indicator, agency, calendar, month })
    };
    rows.into_iter().map(key).collect()
}

/// The months whose figures were estimates at a position.
pub(crate) fn as_of(connection: &mut Connection, seq: i64) -> Result<Vec<CellKey>> {
    let mut found = Vec::new();
    past_rows::each(connection, Resource::Observations, seq, |_, row| {
        let row: Observation = from_json(row)?;
        found.extend((row.nature == Nature::Estimate).then(|| row.key_of_cell()));
        Ok(())
    })?;
    Ok(found)
}

/// The months whose figures the changes after one position, up to another, have made estimates, or no longer estimates,
/// in the order of the changes.
pub(crate) fn marked_between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<(CellKey, bool)>> {
    let rows = changes::rows_between(connection, Resource::Observations, after, until)?;
    let mut marks = Vec::new();
    for (before, after) in rows {
        // A change may move a figure to another month: the old month loses its mark first.
        for (row, stands) in [(before, false), (after, true)] {
            let row: Option<Observation> = row.as_deref().map(from_json).transpose()?;
            marks.extend(row.map(|row| (row.key_of_cell(), stands && row.nature == Nature::Estimate)));
        }
    }
    Ok(marks)
}
