//! Users, and the roles that users and clients have.

use crate::id::AgencyId;
use crate::string_enum;
use serde::{Deserialize, Serialize};

/// A user without a name or a password, as the change log sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The role, which decides the user's rights.
    pub role: Role,
    /// The agency whose subtree bounds what the user sees and writes; the whole province while absent.
    pub agency: Option<AgencyId>,
    /// True while the user may not come in.
    pub disabled: bool,
    /// Number of times the password has been set; tokens of an earlier password are void.
    pub password_version: i64,
    /// True while the password is one that somebody else has set, and knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password_given: bool,
}

impl User {
    /// True while the user may do nothing but change the password. A machine cannot: its password is always given.
    pub fn must_change_password(&self) -> bool {
        self.password_given && !self.role.is_machine()
    }
}

string_enum! {
    /// Roles. Every role may read within its scope.
    Role {
        /// Manages the catalogue and users, and writes records.
        Admin = "admin",
        /// Writes records of its agencies.
        Editor = "editor",
        /// Writes records of its agencies; locks their figures and decides on corrections.
        Approver = "approver",
        /// Reads.
        Viewer = "viewer",
        /// Reads, for audits.
        Auditor = "auditor",
        /// A machine that pulls aggregates.
        Puller = "puller",
    }
}

impl Role {
    /// True for the role of a machine rather than a person.
    pub fn is_machine(self) -> bool {
        self == Self::Puller
    }
}
