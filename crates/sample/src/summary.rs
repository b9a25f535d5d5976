//! Numbers of the rows that a load creates.

use std::collections::BTreeMap;
use std::fmt;
use thidua_domain::log::changes::Resource;

/// Numbers of rows created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Numbers by resource.
    pub rows: BTreeMap<Resource, u64>,
}

impl Summary {
    pub(super) fn count(&mut self, resource: Resource) {
        *self.rows.entry(resource).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (resource, rows) in &other.rows {
            *self.rows.entry(*resource).or_default() += rows;
        }
    }

    /// The number of all rows.
    pub fn total(&self) -> u64 {
        self.rows.values().sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (resource, rows) in &self.rows {
            writeln!(f, "{resource}: {rows}")?;
        }
        Ok(())
    }
}
