//! Scopes: the part of its role's rights that a machine's credential may use (RFC 6749, section 3.3).

use crate::accounts::users::Role;
use crate::string_enum;

string_enum! {
    /// Scopes, each the right to one kind of operation.
    Scope {
        /// Reads the catalogue and aggregates.
        Read = "read",
        /// Reads single records.
        ReadRecords = "records.read",
        /// Writes records.
        WriteRecords = "records.write",
        /// Locks figures and decides on corrections.
        Approve = "approve",
        /// Audits.
        Audit = "audit",
        /// Manages the catalogue, users and clients.
        Manage = "manage",
    }
}

impl Scope {
    /// The roles whose rights it is a part of.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Read => Role::ALL,
            Self::ReadRecords => &[Role::Admin, Role::Editor, Role::Approver, Role::Viewer, Role::Auditor],
            Self::WriteRecords => &[Role::Admin, Role::Editor, Role::Approver],
            Self::Approve => &[Role::Admin, Role::Approver],
            Self::Audit => &[Role::Admin, Role::Auditor],
            Self::Manage => &[Role::Admin],
        }
    }

    /// True for a scope that is given for the whole province only: accounts that an agency bounds do not have it.
    pub const fn is_of_the_whole_province(self) -> bool {
        matches!(self, Self::Audit | Self::Manage)
    }
}
