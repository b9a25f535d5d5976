//! Clients: the machines that may come in, each with an identity and rights of its own.

use crate::accounts::scopes::Scope;
use crate::accounts::users::Role;
use crate::id::AgencyId;
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// A client without its names, as the change log sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The role that bounds its rights; each of its keys has a part of them.
    pub role: Role,
    /// The agency whose subtree bounds what it sees and writes; the whole province while absent.
    pub agency: Option<AgencyId>,
    /// True while it may not come in.
    pub disabled: bool,
}

impl Client {
    /// Refuses the roles that manage and decide: those are for people.
    pub fn check(&self) -> Result<(), Violation> {
        if !matches!(self.role, Role::Admin | Role::Approver) {
            return Ok(());
        }
        Err(Violation::new("/role", "role_for_people"))
    }

    /// True for a scope that its keys may have: one of its role and, where an agency bounds it, none of the whole
    /// province.
    pub fn may_have(&self, scope: Scope) -> bool {
        scope.roles().contains(&self.role) && (self.agency.is_none() || !scope.is_of_the_whole_province())
    }
}
