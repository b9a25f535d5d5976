//! Stays of people and information systems with agencies, as they are written, and moving on to another agency.

use crate::auth::caller::Caller;
use crate::request::agency_identifier::identifier;
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::tenures::{self, Tenure, Tenures};
use thidua_domain::text::AgencyIdentifier;
use thidua_domain::violation::{Violation, Violations};
use utoipa::ToSchema;

/// A stay as it is written.
pub type TenureInput = Tenure<AgencyIdentifier>;

/// The stays of a person or a system as they are written.
pub type Stays = tenures::Stays<AgencyIdentifier>;

/// Moving on to another agency.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agency": "H18"}))]
pub struct Transfer {
    /// Identifier of the agency moved to.
    agency: AgencyIdentifier,
    /// The first day with it.
    on: Date,
}

impl Transfer {
    /// The stays after the move.
    pub fn applied_to(&self, catalogue: &Catalogue, caller: &Caller, stays: &Tenures) -> Result<Tenures, Violation> {
        let agency = caller.agency(catalogue, "/agency", &self.agency)?;
        stays.transferred("/on", agency, self.on)
    }
}

fn as_written(catalogue: &Catalogue, stay: &Tenure) -> TenureInput {
    Tenure { agency: identifier(catalogue, stay.agency), from: stay.from, to: stay.to }
}

/// Stays as they are written.
pub fn written(catalogue: &Catalogue, stays: &Tenures) -> Stays {
    Stays::stored(stays.all().iter().map(|stay| as_written(catalogue, stay)).collect())
}

/// Reads the member `tenures`. Every stay must be with an agency within the caller's scope, except earlier ones that
/// are kept as they were in `before`.
pub fn parse(
    found: &mut Violations,
    catalogue: &Catalogue,
    caller: &Caller,
    inputs: &[TenureInput],
    before: Option<&Tenures>,
) -> Option<Tenures> {
    let before = before.map(Tenures::all).unwrap_or_default();
    let mut stays = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let earlier = index + 1 < inputs.len();
        let kept = before.iter().find(|stay| earlier && as_written(catalogue, stay) == *input);
        let agency = match kept {
            Some(stay) => Some(stay.agency),
            None => found.take(caller.agency(catalogue, &format!("/tenures/{index}/agency"), &input.agency)),
        };
        stays.extend(agency.map(|agency| Tenure { agency, from: input.from, to: input.to }));
    }
    if stays.len() < inputs.len() {
        return None;
    }
    found.take(require_kept(catalogue, caller, before, &stays))?;
    found.take(Tenures::parse("/tenures", stays))
}

/// Refuses to drop or change a stay with an agency outside the caller's scope: it counts in that agency's figures.
pub fn require_kept(
    catalogue: &Catalogue,
    caller: &Caller,
    before: &[Tenure],
    after: &[Tenure],
) -> Result<(), Violation> {
    if before.iter().all(|stay| caller.sees(catalogue, stay.agency) || after.contains(stay)) {
        return Ok(());
    }
    Err(Violation::new("/tenures", "tenure_outside_scope"))
}
