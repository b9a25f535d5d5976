//! Records that declared figures are compared with, as a definition names them.

use crate::request::distinct::distinct;
use crate::request::schemas;
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::record_kinds::StaffKind;
use thidua_domain::catalogue::sources::ComparedWith;
use thidua_domain::violation::Violations;
use utoipa::ToSchema;

/// The records that a declared figure is compared with.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ComparedWithInput {
    /// The denominator, with the people on the agency's roll at the end of the month.
    PeopleOnRoll {
        /// Kinds of people that count; all when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::StaffKind>)]
        staff_kinds: Vec<StaffKind>,
    },
}

impl ComparedWithInput {
    /// The view of the records.
    pub fn new(compared_with: &ComparedWith) -> Self {
        let ComparedWith::PeopleOnRoll { staff_kinds } = compared_with;
        Self::PeopleOnRoll { staff_kinds: staff_kinds.clone() }
    }

    /// The records, unless something is wrong with them.
    pub fn parse(&self, found: &mut Violations) -> Option<ComparedWith> {
        let Self::PeopleOnRoll { staff_kinds } = self;
        let staff_kinds = found.take(distinct("/source/compared_with/staff_kinds", staff_kinds))?;
        Some(ComparedWith::PeopleOnRoll { staff_kinds })
    }
}
