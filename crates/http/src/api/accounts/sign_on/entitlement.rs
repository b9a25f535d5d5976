//! Entitlements: an issuer's claims read as role, agency and names.

use crate::config::sign_on::{AgencyRule, RoleRule, SignOnConfig};
use serde_json::{Map, Value};
use thidua_domain::accounts::users::Role;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;
use thidua_domain::text::{Code, Name};

/// Rules by which claims are read.
pub(super) struct Rules {
    role_claim: String,
    roles: Vec<RoleRule>,
    agency_claim: String,
    agencies: Vec<AgencyRule>,
    username_claim: String,
}

/// Rights and names that claims give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entitlement {
    pub(super) role: Role,
    pub(super) agency: Option<AgencyId>,
    /// Username of a new user.
    pub(super) username: Option<Code>,
    pub(super) display_name: Option<Name>,
}

/// Reason why claims give no entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacking {
    /// No value of the role claim gives a role.
    Role,
    /// The role is one within an agency, and the agency claim is not there.
    Agency,
    /// The agency claim names no known agency.
    KnownAgency,
}

impl Rules {
    /// The rules of the settings.
    pub(super) fn of(config: &SignOnConfig) -> Result<Self, String> {
        let roles = config.oidc_roles.as_ref().map(|rules| rules.0.clone()).unwrap_or_default();
        if roles.is_empty() {
            return Err("--oidc-roles gives no role".to_owned());
        }
        Ok(Self {
            role_claim: config.oidc_role_claim.clone(),
            roles,
            agency_claim: config.oidc_agency_claim.clone(),
            agencies: config.oidc_agencies.0.clone(),
            username_claim: config.oidc_username_claim.clone(),
        })
    }

    /// Entitlement by the first rule whose value is in the role claim.
    pub(super) fn entitlement(
        &self,
        claims: &Map<String, Value>,
        catalogue: &Catalogue,
    ) -> Result<Entitlement, Lacking> {
        let held = texts(claim(claims, &self.role_claim));
        let rule = self.roles.iter().find(|rule| held.contains(&rule.value.as_str())).ok_or(Lacking::Role)?;
        let agency = if rule.whole_province { None } else { Some(self.agency(claims, catalogue)?) };
        let text = |name: &str| claim(claims, name).and_then(Value::as_str);
        Ok(Entitlement {
            role: rule.role,
            agency,
            username: text(&self.username_claim).and_then(|text| Code::parse("", text).ok()),
            display_name: text("name").and_then(|text| Name::parse("", text).ok()),
        })
    }

    fn agency(&self, claims: &Map<String, Value>, catalogue: &Catalogue) -> Result<AgencyId, Lacking> {
        let value = claim(claims, &self.agency_claim).and_then(Value::as_str).ok_or(Lacking::Agency)?;
        let rule = self.agencies.iter().find(|rule| rule.value == value);
        let identifier = rule.map_or(value, |rule| rule.agency.as_str());
        catalogue.agency(identifier).map(|(id, _)| id).ok_or(Lacking::KnownAgency)
    }
}

/// The claim with a name, or at the end of a path. A name may have dots of its own: `https://sso.example.vn/roles`.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    claim(claims.get(first)?.as_object()?, rest)
}

/// The texts of a claim: one, or a list.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
