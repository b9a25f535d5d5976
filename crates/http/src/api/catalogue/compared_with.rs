//! Records that declared figures are compared with, as a definition names them.

use crate::request::distinct::distinct;
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
        staff_kinds: Vec<StaffKind>,
    },
}

impl From<ComparedWith> for ComparedWithInput {
    fn from(ComparedWith::PeopleOnRoll { staff_kinds }: ComparedWith) -> Self {
        Self::PeopleOnRoll { staff_kinds }
    }
}

impl ComparedWithInput {
    /// The records; a list in which something stands twice is found.
    pub fn parse(self, found: &mut Violations) -> ComparedWith {
        let Self::PeopleOnRoll { staff_kinds } = self;
        found.take(distinct("/source/compared_with/staff_kinds", &staff_kinds));
        ComparedWith::PeopleOnRoll { staff_kinds }
    }
}
