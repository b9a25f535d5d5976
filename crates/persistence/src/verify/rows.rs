//! Comparison of rows with the change log: every row equals its last change, none is missing, and none is there that
//! the log does not have.

use crate::accounts::{client_keys, clients, users};
use crate::catalogue::{agencies, calendars, indicators, movements, periods, phases, targets};
use crate::closing::{corrections, errata, locks, reopenings};
use crate::engine::connection::Connection;
use crate::engine::decode::from_json;
use crate::error::{Error, Result};
use crate::exchange::export_profiles;
use crate::log::changes;
use crate::log::personal_data;
use crate::progress::Progress;
use crate::records::tenures;
use crate::records::tenures::Subject;
use crate::records::{
    courses, document_exchanges, incidents, information_systems, monitoring_statuses, observations, staff,
    training_records,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thidua_domain::log::changes::{Change, Resource};
use thidua_domain::records::tenures::Tenure;

/// Changes read in one go.
const PAGE: usize = 5000;

/// The first row that differs from the log, in words.
pub(crate) fn first_fault(connection: &mut Connection, progress: &dyn Progress) -> Result<Option<String>> {
    for resource in Resource::ALL {
        if let Some(fault) = first_fault_of(connection, *resource, progress)? {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}

fn first_fault_of(connection: &mut Connection, resource: Resource, progress: &dyn Progress) -> Result<Option<String>> {
    let limit = i64::try_from(PAGE).map_err(Error::internal)?;
    let mut read_to = (i64::MIN, 0);
    let mut after = i64::MIN;
    let mut last: Vec<Change> = Vec::new();
    loop {
        let page = changes::by_row(connection, resource, read_to, limit)?;
        progress.advance(u64::try_from(page.len()).unwrap_or(0));
        let ended = page.len() < PAGE;
        for change in page {
            read_to = (change.resource_id, change.seq);
            last.pop_if(|before| before.resource_id == change.resource_id);
            last.push(change);
        }
        // The last row may have more changes on the next page.
        let unfinished = if ended { None } else { last.pop() };
        let upto = unfinished.as_ref().map_or(i64::MAX, |change| change.resource_id - 1);
        let expected = Expected::read(connection, resource, after..upto, &last)?;
        if let Some(fault) = compare(connection, &expected)? {
            return Ok(Some(fault));
        }
        if ended {
            return Ok(None);
        }
        after = upto;
        last = unfinished.into_iter().collect();
    }
}

fn compare(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    match expected.resource {
        Resource::Agencies => agencies::first_mismatch(connection, expected),
        Resource::Calendars => calendars::first_mismatch(connection, expected),
        Resource::ClientKeys => client_keys::first_mismatch(connection, expected),
        Resource::Clients => clients::first_mismatch(connection, expected),
        Resource::Corrections => corrections::first_mismatch(connection, expected),
        Resource::Courses => courses::first_mismatch(connection, expected),
        Resource::DocumentExchanges => document_exchanges::first_mismatch(connection, expected),
        Resource::ExportProfiles => export_profiles::first_mismatch(connection, expected),
        Resource::Errata => errata::first_mismatch(connection, expected),
        Resource::Incidents => incidents::first_mismatch(connection, expected),
        Resource::Indicators => indicators::first_mismatch(connection, expected),
        Resource::InformationSystems => information_systems::first_mismatch(connection, expected),
        Resource::Locks => locks::first_mismatch(connection, expected),
        Resource::MonitoringStatuses => monitoring_statuses::first_mismatch(connection, expected),
        Resource::Movements => movements::first_mismatch(connection, expected),
        Resource::Observations => observations::first_mismatch(connection, expected),
        Resource::Periods => periods::first_mismatch(connection, expected),
        Resource::Phases => phases::first_mismatch(connection, expected),
        Resource::Reopenings => reopenings::first_mismatch(connection, expected),
        Resource::RevokedTokens => users::first_unknown_token(connection, expected),
        Resource::Staff => staff::first_mismatch(connection, expected),
        Resource::Targets => targets::first_mismatch(connection, expected),
        Resource::TrainingRecords => training_records::first_mismatch(connection, expected),
        Resource::Users => users::first_mismatch(connection, expected),
    }
}

/// The rows of a resource with identities in a range, as the log has them.
pub(crate) struct Expected {
    resource: Resource,
    /// Identities are greater than this.
    pub(crate) after: i64,
    /// Identities are not greater than this.
    pub(crate) upto: i64,
    rows: Vec<ExpectedRow>,
}

struct ExpectedRow {
    id: i64,
    /// The position of its last change.
    seq: i64,
    /// The row after that change; none when it was deleted.
    value: Option<Value>,
}

impl Expected {
    fn read(
        connection: &mut Connection,
        resource: Resource,
        range: std::ops::Range<i64>,
        last: &[Change],
    ) -> Result<Self> {
        let mut texts: Vec<Option<String>> = last.iter().map(|change| change.after.clone()).collect();
        let sealed = last.iter().zip(&mut texts);
        let sealed = sealed.filter_map(|(change, text)| Some((change.resource, change.resource_id, text.as_mut()?)));
        personal_data::open(connection, sealed.collect())?;
        let rows = last.iter().zip(texts).map(|(change, text)| {
            let value = text.as_deref().map(from_json).transpose()?;
            Ok(ExpectedRow { id: change.resource_id, seq: change.seq, value })
        });
        let rows = rows.collect::<Result<_>>()?;
        Ok(Self { resource, after: range.start, upto: range.end, rows })
    }

    /// Number of rows to read: one more than expected, to find a row too many.
    pub(crate) fn limit(&self) -> Result<i64> {
        let there = self.rows.iter().filter(|row| row.value.is_some()).count();
        i64::try_from(there + 1).map_err(Error::internal)
    }

    /// The first of the rows found, in identity order, that differs from the log, in words. `stored` makes the expected
    /// row of a logged entity.
    pub(crate) fn against<E: DeserializeOwned, R: PartialEq>(
        &self,
        found: Vec<(i64, R)>,
        stored: impl Fn(i64, &E) -> Result<R>,
    ) -> Result<Option<String>> {
        let mut found = found.into_iter().peekable();
        for row in &self.rows {
            if let Some((id, _)) = found.next_if(|(id, _)| *id < row.id) {
                return Ok(Some(self.unknown(id)));
            }
            let there = found.next_if(|(id, _)| *id == row.id);
            let fault = match (&row.value, there) {
                (None, None) => continue,
                (Some(value), Some((id, there))) => {
                    let entity = self.entity(row.seq, value)?;
                    if stored(id, &entity)? == there {
                        continue;
                    }
                    format!("the row is not what change {} made it", row.seq)
                }
                (Some(_), None) => format!("the row of change {} is gone", row.seq),
                (None, Some(_)) => format!("change {} deleted the row, and it is there", row.seq),
            };
            return Ok(Some(format!("{} {}: {fault}", self.resource, row.id)));
        }
        Ok(found.next().map(|(id, _)| self.unknown(id)))
    }

    /// As [`Self::against`], for rows that have stays; stays without a row are a fault, too.
    pub(crate) fn against_with_stays<E: DeserializeOwned, R: PartialEq>(
        &self,
        connection: &mut Connection,
        subject: Subject,
        found: Vec<(i64, R)>,
        stored: impl Fn(i64, &E) -> (R, Vec<Tenure>),
    ) -> Result<Option<String>> {
        let mut stays = tenures::found_between(connection, subject, self.after, self.upto)?;
        let found = found.into_iter().map(|(id, row)| (id, (row, stays.remove(&id).unwrap_or_default())));
        let fault = self.against(found.collect(), |id, entity| Ok(stored(id, entity)))?;
        Ok(fault.or_else(|| stays.keys().min().map(|id| self.unknown(*id))))
    }

    /// As [`Self::against`], for a table in which rows of the log may be missing.
    pub(crate) fn against_remembered<E: DeserializeOwned, R: PartialEq>(
        &self,
        found: Vec<(i64, R)>,
        stored: impl Fn(i64, &E) -> Result<R>,
    ) -> Result<Option<String>> {
        let remembered: std::collections::BTreeSet<i64> = found.iter().map(|(id, _)| *id).collect();
        let rows = self.rows.iter().filter(|row| remembered.contains(&row.id));
        let rows = rows.map(|row| ExpectedRow { value: row.value.clone(), ..*row }).collect();
        Self { rows, ..*self }.against(found, stored)
    }

    /// The fault of a row that the log does not have.
    pub(crate) fn unknown(&self, id: i64) -> String {
        format!("{} {id}: no change in the log has made the row", self.resource)
    }

    fn entity<E: DeserializeOwned>(&self, seq: i64, value: &Value) -> Result<E> {
        E::deserialize(value).map_err(|error| {
            Error::internal(format!("change {seq}: does not hold a row of {}: {error}", self.resource))
        })
    }
}

/// The stored rows in a range of identities, in order, one more than expected.
macro_rules! rows_in {
    ($table:ident, $expected:expr) => {
        $table::table
            .filter($table::id.gt($expected.after))
            .filter($table::id.le($expected.upto))
            .order($table::id)
            .limit($expected.limit()?)
    };
}
pub(crate) use rows_in;

/// Implements the comparison of a table with the log by whole rows, so that no column is left out.
///
/// `impl_row_check!(table, |id, row: &Entity| Ok(Row::new(id.into(), row)));`
macro_rules! impl_row_check {
    ($table:ident, |$id:ident, $entity:ident: &$type:ty| $row:expr) => {
        /// The first row that differs from the log, in words.
        pub(crate) fn first_mismatch(
            connection: &mut Connection,
            expected: &$crate::verify::rows::Expected,
        ) -> Result<Option<String>> {
            let rows: Vec<Row> = $crate::verify::rows::rows_in!($table, expected).load(&mut connection.0)?;
            let rows = rows.into_iter().map(|row| (row.id, row)).collect();
            expected.against(rows, |$id, $entity: &$type| $row)
        }
    };
}
pub(crate) use impl_row_check;
