//! Identifiers of agencies, by which requests and answers name them.

use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;

/// The identifier of an agency.
pub fn identifier(catalogue: &Catalogue, id: AgencyId) -> String {
    catalogue.agencies.get(&id).map(|agency| agency.identifier.to_string()).unwrap_or_default()
}
