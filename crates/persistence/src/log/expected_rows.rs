//! Rows of tables as the change log expects them: what every resource compares its rows with when a database is
//! verified.

use crate::engine::connection::Connection;
use crate::engine::decode::from_json;
use crate::error::{Error, Result};
use crate::log::personal_data;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thidua_domain::log::changes::{Change, Resource};

/// The rows of a resource with identities in a range, as the log has them.
pub(crate) struct Expected {
    /// The resource.
    pub(crate) resource: Resource,
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
    /// The rows with identities after the start of a range and up to its end; `last` are their last changes.
    pub(crate) fn read(
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
