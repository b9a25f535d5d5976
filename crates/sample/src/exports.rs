//! A worked example of an export profile.

use super::summary::Summary;
use thidua_domain::exchange::export_profiles::ExportProfile;
use thidua_domain::log::changes::Resource;
use thidua_persistence::exchange::export_profiles;
use thidua_persistence::{Error, Result, Transaction};

/// A profile in the style observed at one provincial gateway; agreed on with nobody.
const EXAMPLE: &str = include_str!("export_profile.json");

/// Creates the example.
pub(super) fn create(transaction: &mut Transaction<'_>, summary: &mut Summary) -> Result<()> {
    let example: ExportProfile = serde_json::from_str(EXAMPLE).map_err(Error::internal)?;
    export_profiles::insert(transaction, &example)?;
    summary.count(Resource::ExportProfiles);
    Ok(())
}
