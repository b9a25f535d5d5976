//! Export profiles as they are written and shown, and their verbs.

use super::sources::Sources;
use crate::auth::caller::{Caller, Manage, Read};
use crate::request::body::NoParameters;
use crate::request::resource::{
    CatalogueResource, Catalogued, Find, PathParameter, Resource, Unlisted, Verbs, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::exchange::export_profiles::{ExportProfile, Mapping, NATIVE};
use thidua_domain::id::ExportProfileId;
use thidua_domain::log::changes;
use thidua_domain::spelling::is_same;
use thidua_domain::text::{Code, Name, Prose};
use thidua_domain::violation::Violation;
use thidua_persistence::exchange::export_profiles;
use thidua_persistence::{Error, Result as Stored};
use utoipa::ToSchema;

impl Resource for ExportProfileInput {
    const PATH: &str = "export-profiles";
    const KEY: &[PathParameter] = &[PathParameter::text(
        "profile",
        50,
        "The profile's code",
        ["vi-du-cong-tinh", "vi-du-cong-tinh", "vi-du-dong-goi"],
    )];
    operations! {
        /// Create an export profile
        ///
        /// A mapping from the provincial report to what another system takes. Every path in it must be one that the report has
        /// (`GET /api/v1/export-profiles/native/metadata` lists them), with a format that fits what stands there.
        CREATE "createExportProfile" => "The new export profile";
        /// Read an export profile
        ///
        /// The profile with its mapping; `native` has none.
        READ "getExportProfile" => "The export profile";
        /// Change an export profile
        ///
        /// A JSON merge patch (RFC 7396); a list in it replaces the whole list. What is pulled next has the new form. `native`
        /// cannot be changed.
        UPDATE "updateExportProfile" => "The export profile as it is now";
        /// Delete an export profile
        ///
        /// Whoever pulls by it finds nothing from then on. `native` cannot be deleted.
        DELETE "deleteExportProfile" => "It is gone";
    }
    const KEY_OF: fn(&ExportProfileView) -> String = |view| view.code.to_string();
    const WRITTEN: fn(&ExportProfileView) -> Option<&Self> = |view| view.written.as_ref();
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, code: String| {
        if is_native(catalogue, &code) {
            return Ok(ExportProfileView::native());
        }
        let (id, profile) = find(catalogue, &code)?;
        Ok(ExportProfileView::new(id, profile.clone()))
    });

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = ExportProfileView;
    type Sort = Unlisted;
    type Filter = NoParameters;
    type Writing = Catalogued;

    fn example() -> Value {
        json!({
            "code": "vi-du-dong-goi", "name_vi": "Ví dụ: gói tin có phần đầu", "name_en": "Example: a packet with a head",
            "description": "Chỉ để minh họa cách viết; không phải quy cách của hệ thống nào.", "is_example": true,
            "mapping": {
                "rows": "attainments",
                "envelope": {"rows_name": "Data.Items", "members": [
                    {"name": "Head.Version", "label_vi": "Phiên bản", "value": {"kind": "constant", "text": "1.0"}},
                    {"name": "Head.Period", "label_vi": "Kỳ báo cáo", "value":
                        {"kind": "period", "from": {"of": "report", "path": "period"}, "pattern": "digits"}}
                ]},
                "properties": [
                    {"name": "Unit.Code", "label_vi": "Mã định danh", "value": {"kind": "text", "from": {"path": "agency"}}},
                    {"name": "Unit.Name", "label_vi": "Tên cơ quan", "value":
                        {"kind": "text", "from": {"of": "agency", "path": "name_vi"}}},
                    {"name": "Kpi", "label_vi": "Mã chỉ tiêu", "value": {"kind": "text", "from": {"path": "indicator"}}},
                    {"name": "Until", "label_vi": "Đến ngày", "value":
                        {"kind": "date", "from": {"path": "window.to"}, "pattern": "yyyyMMdd"}},
                    {"name": "Value", "label_vi": "Tử số", "value": {"kind": "whole_number", "from": {"path": "numerator"}}},
                    {"name": "Status", "label_vi": "Kết quả", "value": {"kind": "code", "from": {"path": "verdict"},
                        "codes": [{"from": "met", "to": "1"}], "otherwise": "0"}}
                ]
            }
        })
    }

    fn patch_example() -> Value {
        json!({"mapping": {"envelope": {"rows_name": "DuLieu"}}})
    }

    fn require_writable(_: &Catalogue, _: &Caller, view: &ExportProfileView) -> Stored<()> {
        if view.built_in { Err(Error::Conflict(Violation::new("", "built_in_profile"))) } else { Ok(()) }
    }
}

/// An export profile as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "vi-du-cong-tinh"}))]
pub(super) struct ExportProfileInput {
    /// Code.
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
    /// The profile as it was written; absent for the built-in one.
    #[serde(skip)]
    written: Option<ExportProfileInput>,
}

impl ExportProfileView {
    /// The view of a profile.
    pub(super) fn new(id: ExportProfileId, profile: ExportProfile) -> Self {
        let written = Some(ExportProfileInput::from(profile.clone()));
        let ExportProfile { code, name_vi, name_en, description, is_example, mapping } = profile;
        let (id, mapping) = (id.0, Some(mapping));
        Self { id, code, name_vi, name_en, description, is_example, built_in: false, mapping, written }
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
            written: None,
        }
    }
}

impl From<ExportProfile> for ExportProfileInput {
    fn from(profile: ExportProfile) -> Self {
        let ExportProfile { code, name_vi, name_en, description, is_example, mapping } = profile;
        Self { code, name_vi, name_en, description, is_example, mapping }
    }
}

impl CatalogueResource for ExportProfileInput {
    type Entity = ExportProfile;
    const ID: fn(&ExportProfileView) -> ExportProfileId = |view| ExportProfileId(view.id);
    const ROWS: fn(&Catalogue) -> &BTreeMap<ExportProfileId, ExportProfile> = |catalogue| &catalogue.export_profiles;
    const VERBS: Verbs<ExportProfile> =
        Verbs { insert: export_profiles::insert, update: export_profiles::update, delete: export_profiles::delete };

    /// The profile, unless something is wrong with its mapping.
    fn parse(self, _: &Catalogue, _: &Caller, _: Option<&ExportProfile>) -> Stored<ExportProfile> {
        let Self { code, name_vi, name_en, description, is_example, mapping } = self;
        let faults = mapping.check().err().unwrap_or_default().into_iter().chain(Sources::known().faults(&mapping));
        let faults: Vec<_> = faults.map(|fault| fault.under("/mapping")).collect();
        let profile = ExportProfile { code, name_vi, name_en, description, is_example, mapping };
        if faults.is_empty() { Ok(profile) } else { Err(faults.into()) }
    }

    fn view(_: &Catalogue, id: ExportProfileId, profile: &ExportProfile) -> ExportProfileView {
        ExportProfileView::new(id, profile.clone())
    }
}

/// The profile in an address.
pub(super) fn find<'c>(catalogue: &'c Catalogue, code: &str) -> Stored<(ExportProfileId, &'c ExportProfile)> {
    catalogue.export_profile(code).ok_or(Error::NotFound(changes::Resource::ExportProfiles))
}

/// True of a code that means the report as it is, which has a name and no row.
pub(super) fn is_native(catalogue: &Catalogue, code: &str) -> bool {
    code == NATIVE || is_same(code, NATIVE) && catalogue.export_profile(code).is_none()
}
