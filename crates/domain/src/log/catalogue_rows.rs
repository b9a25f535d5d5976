//! Rows of the catalogue, as the change log holds them.

use crate::catalogue::Catalogue;
use crate::id::AgencyId;
use crate::log::changes::Resource;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

impl Catalogue {
    /// Puts in a row as the change log holds it, or takes it out. Refuses a resource that is no part of the catalogue.
    /// Call [`Self::indexed`] afterwards: the look-ups are not brought up to date.
    pub fn put(&mut self, resource: Resource, id: i64, row: Option<serde_json::Value>) -> serde_json::Result<()> {
        match resource {
            Resource::Agencies => {
                put(&mut self.agencies, id, row)?;
                if let Some(agency) = self.agencies.get_mut(&AgencyId(id)) {
                    // The log has them in the order in which they were given.
                    agency.predecessors.sort_unstable();
                }
                Ok(())
            }
            Resource::Calendars => put(&mut self.calendars, id, row),
            Resource::Corrections => put(&mut self.corrections, id, row),
            Resource::Errata => put(&mut self.errata, id, row),
            Resource::ExportProfiles => put(&mut self.export_profiles, id, row),
            Resource::Holidays => put(&mut self.holidays, id, row),
            Resource::Indicators => put(&mut self.indicators, id, row),
            Resource::Locks => put(&mut self.locks, id, row),
            Resource::Movements => put(&mut self.movements, id, row),
            Resource::Periods => put(&mut self.periods, id, row),
            Resource::Phases => put(&mut self.phases, id, row),
            Resource::Reopenings => put(&mut self.reopenings, id, row),
            Resource::Targets => put(&mut self.targets, id, row),
            other => Err(serde::de::Error::custom(format!("{other} are no part of the catalogue"))),
        }
    }
}

fn put<K: Ord + From<i64>, V: DeserializeOwned>(
    rows: &mut BTreeMap<K, V>,
    id: i64,
    row: Option<serde_json::Value>,
) -> serde_json::Result<()> {
    match row {
        Some(row) => drop(rows.insert(id.into(), V::deserialize(row)?)),
        None => drop(rows.remove(&id.into())),
    }
    Ok(())
}
