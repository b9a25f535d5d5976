//! Settings of signing on: the issuer, the audience of its tokens, and the meaning of its claims here.

use crate::config::several::Several;
use clap::Args;
use std::net::IpAddr;
use std::str::FromStr;
use thidua_domain::accounts::users::Role;
use thidua_domain::text::AgencyIdentifier;

/// Settings of signing on through an OpenID Connect issuer; without them everybody logs in with a password.
#[derive(Debug, Clone, Args)]
pub struct SignOnConfig {
    /// An OpenID Connect issuer whose users may sign on, by the name it gives itself: https://HOST, with a path or
    /// without.
    #[arg(long, env = "THIDUA_OIDC_ISSUER", value_name = "URL", requires_all = ["oidc_audience", "oidc_roles"])]
    pub oidc_issuer: Option<IssuerUrl>,

    /// The audience its tokens must have (`aud`): the client or resource it knows this server by; several are separated
    /// by commas.
    #[arg(long, env = "THIDUA_OIDC_AUDIENCE", value_name = "NAME,…", requires = "oidc_issuer")]
    pub oidc_audience: Option<Several<String>>,

    /// Roles by values of the role claim; the first rule that matches counts: `VALUE=ROLE` within the agency of the
    /// agency claim, `VALUE=ROLE:province` for the whole province; separated by commas.
    #[arg(long, env = "THIDUA_OIDC_ROLES", value_name = "VALUE=ROLE,…", requires = "oidc_issuer")]
    pub oidc_roles: Option<Several<RoleRule>>,

    /// The claim that holds roles or groups; dots lead into claims within claims.
    #[arg(long, env = "THIDUA_OIDC_ROLE_CLAIM", value_name = "CLAIM", default_value = "roles")]
    pub oidc_role_claim: String,

    /// The claim that holds the agency.
    #[arg(long, env = "THIDUA_OIDC_AGENCY_CLAIM", value_name = "CLAIM", default_value = "agency")]
    pub oidc_agency_claim: String,

    /// Agencies by the issuer's names, where these are not the agencies' identifiers: `VALUE=IDENTIFIER`, separated by
    /// commas.
    #[arg(long, env = "THIDUA_OIDC_AGENCIES", value_name = "VALUE=IDENTIFIER,…", default_value = "")]
    pub oidc_agencies: Several<AgencyRule>,

    /// The claim that holds the user name a new user gets.
    #[arg(long, env = "THIDUA_OIDC_USERNAME_CLAIM", value_name = "CLAIM", default_value = "preferred_username")]
    pub oidc_username_claim: String,
}

impl SignOnConfig {
    /// Settings without an issuer: nobody signs on.
    pub fn none() -> Self {
        Self {
            oidc_issuer: None,
            oidc_audience: None,
            oidc_roles: None,
            oidc_role_claim: "roles".to_owned(),
            oidc_agency_claim: "agency".to_owned(),
            oidc_agencies: Several(Vec::new()),
            oidc_username_claim: "preferred_username".to_owned(),
        }
    }
}

/// An issuer's name, which is an address, too (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerUrl(String);

impl IssuerUrl {
    /// The spelling, which tokens must have to the letter (`iss`).
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of the issuer's metadata, which names its keys (section 4.1).
    pub fn configuration(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.0.trim_end_matches('/'))
    }
}

impl FromStr for IssuerUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_safe(text) && !text.contains(['?', '#']) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("{text}: an issuer is https://HOST, with a path or without; http:// only on this machine"))
    }
}

/// True for an address whose answers nobody on the way can change: https, or http on this machine.
pub(crate) fn is_safe(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    scheme == "https" || scheme == "http" && is_here
}

/// The role that a value of the role claim gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// The value.
    pub value: String,
    /// The role, a person's.
    pub role: Role,
    /// True for the whole province; false within the agency of the agency claim.
    pub whole_province: bool,
}

impl FromStr for RoleRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let roles: Vec<_> = Role::ALL.iter().filter(|role| !role.is_machine()).map(|role| role.as_str()).collect();
        let wrong = || format!("{text}: VALUE=ROLE or VALUE=ROLE:province, ROLE being one of {}", roles.join(", "));
        let (value, rest) = text.rsplit_once('=').filter(|(value, _)| !value.is_empty()).ok_or_else(wrong)?;
        let (role, whole_province) = match rest.strip_suffix(":province") {
            Some(role) => (role, true),
            None => (rest, false),
        };
        let role = Role::from_spelling(role).filter(|role| !role.is_machine()).ok_or_else(wrong)?;
        Ok(Self { value: value.to_owned(), role, whole_province })
    }
}

/// The agency that a value of the agency claim means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyRule {
    /// The value.
    pub value: String,
    /// The agency.
    pub agency: AgencyIdentifier,
}

impl FromStr for AgencyRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (value, agency) = text.rsplit_once('=').filter(|(value, _)| !value.is_empty()).unwrap_or_default();
        let agency = AgencyIdentifier::parse("", agency)
            .map_err(|_| format!("{text}: VALUE=IDENTIFIER, as so-khcn=H18.SKHCN"))?;
        Ok(Self { value: value.to_owned(), agency })
    }
}
