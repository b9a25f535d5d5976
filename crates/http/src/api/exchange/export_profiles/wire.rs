//! Export profiles as they are written and shown.

use super::sources::Sources;
use serde::{Deserialize, Serialize};
use thidua_domain::exchange::export_profiles::{ExportProfile, Mapping, NATIVE};
use thidua_domain::id::ExportProfileId;
use thidua_domain::text::{Code, Name, Prose};
use thidua_domain::violation::Violation;
use utoipa::ToSchema;
use validator::Validate;

/// An export profile as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportProfileInput {
    /// Code.
    #[schema(value_type = String, format = "code", example = "vi-du-cong-tinh")]
    pub(super) code: Code,
    /// Vietnamese name.
    name_vi: Name,
    /// English name.
    name_en: Option<Name>,
    /// System it is for, and those who have agreed on it.
    description: Option<Prose>,
    /// True when it only shows how a profile is written, and is agreed on with nobody.
    #[serde(default)]
    is_example: bool,
    /// Mapping of the report to the form that is sent.
    mapping: Mapping,
}

/// An export profile.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportProfileView {
    /// Identity; 0 for the built-in one.
    #[schema(minimum = 0)]
    pub(super) id: i64,
    /// Code.
    #[schema(value_type = String, format = "code", example = "vi-du-cong-tinh")]
    pub(super) code: Code,
    /// Vietnamese name.
    pub(super) name_vi: Name,
    /// English name.
    pub(super) name_en: Option<Name>,
    /// System it is for, and those who have agreed on it.
    pub(super) description: Option<Prose>,
    /// True when it only shows how a profile is written, and is agreed on with nobody.
    pub(super) is_example: bool,
    /// True when it comes with the program, and can be neither changed nor deleted.
    built_in: bool,
    /// Mapping of the report to the form that is sent; null when it is sent as it is.
    mapping: Option<Mapping>,
}

impl ExportProfileView {
    /// The view of a profile.
    pub(super) fn new(id: ExportProfileId, profile: ExportProfile) -> Self {
        let ExportProfile { code, name_vi, name_en, description, is_example, mapping } = profile;
        Self { id: id.0, code, name_vi, name_en, description, is_example, built_in: false, mapping: Some(mapping) }
    }

    /// The built-in profile `native`, which is always there.
    pub(super) fn native() -> Self {
        let name = |text| Name::parse("", text).unwrap_or_default();
        let description = "Có sẵn: đúng nội dung của GET /api/v1/provincial-report.";
        Self {
            id: 0,
            code: Code::parse("", NATIVE).unwrap_or_default(),
            name_vi: name("Báo cáo nguyên dạng"),
            name_en: Some(name("The report as it is")),
            description: Prose::parse("", description).ok(),
            is_example: false,
            built_in: true,
            mapping: None,
        }
    }
}

impl From<ExportProfile> for ExportProfileInput {
    fn from(profile: ExportProfile) -> Self {
        let ExportProfile { code, name_vi, name_en, description, is_example, mapping } = profile;
        Self { code, name_vi, name_en, description, is_example, mapping }
    }
}

impl ExportProfileInput {
    /// The profile, unless something is wrong with its mapping.
    pub(super) fn parse(self) -> Result<ExportProfile, Vec<Violation>> {
        let Self { code, name_vi, name_en, description, is_example, mapping } = self;
        let faults = mapping.check().err().unwrap_or_default().into_iter().chain(Sources::known().faults(&mapping));
        let faults: Vec<_> = faults.map(|fault| fault.under("/mapping")).collect();
        let profile = ExportProfile { code, name_vi, name_en, description, is_example, mapping };
        if faults.is_empty() { Ok(profile) } else { Err(faults) }
    }
}
