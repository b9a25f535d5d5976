//! Identifiers of agencies, by which requests and answers name them.

use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;
use thidua_domain::text::AgencyIdentifier;

/// The identifier of an agency.
pub fn identifier(catalogue: &Catalogue, id: AgencyId) -> AgencyIdentifier {
    catalogue.agencies.get(&id).map(|agency| agency.identifier.clone()).unwrap_or_default()
}
