//! Export profiles as they are written and shown.

use super::sources::Sources;
use crate::request::schemas;
use serde::{Deserialize, Serialize};
use thidua_domain::exchange::export_profiles::{
    CodePair, DatePattern, Envelope, ExportProfile, Mapping, NATIVE, Output, PeriodPattern, Property, ReportRows,
    SourcePlace, ValueSource,
};
use thidua_domain::id::ExportProfileId;
use thidua_domain::text::{Code, Name, OutputName, Prose, Reference, SourcePath, optional};
use thidua_domain::violation::{Violation, Violations};
use utoipa::ToSchema;
use validator::Validate;

/// Properties of a row at most.
const PROPERTIES: u64 = 200;
/// Members of an envelope at most, without the rows.
const MEMBERS: u64 = 50;
/// Entries of a code list at most.
const CODES: usize = 200;

/// An export profile as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportProfileInput {
    /// Code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "vi-du-cong-tinh")]
    pub(super) code: String,
    /// Vietnamese name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    name_vi: String,
    /// English name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    name_en: Option<String>,
    /// System it is for, and those who have agreed on it.
    #[validate(length(min = 1, max = 4000))]
    #[schema(format = "text")]
    description: Option<String>,
    /// True when it only shows how a profile is written, and is agreed on with nobody.
    #[serde(default)]
    is_example: bool,
    /// Mapping of the report to the form that is sent.
    #[validate(nested)]
    mapping: ExportMappingInput,
}

/// Mapping of the report to the form that is sent.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportMappingInput {
    /// Subject of each row.
    #[schema(value_type = schemas::ExportRows)]
    rows: ReportRows,
    /// The object around the rows; a bare array of rows without one.
    #[validate(nested)]
    envelope: Option<ExportEnvelopeInput>,
    /// The properties of a row, in order.
    #[validate(nested, length(min = 1, max = PROPERTIES))]
    #[schema(min_items = 1, max_items = 200)]
    properties: Vec<ExportPropertyInput>,
}

/// An object around the rows.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportEnvelopeInput {
    /// The member that holds the rows, `items` unless said otherwise; it stands last. Dots nest it.
    #[serde(default = "items")]
    #[validate(length(min = 1, max = 200))]
    #[schema(format = "output-name", example = "Data.Items")]
    rows_name: String,
    /// The members before it, in order: constants, and values of the report itself.
    #[serde(default)]
    #[validate(nested, length(max = MEMBERS))]
    #[schema(max_items = 50)]
    members: Vec<ExportPropertyInput>,
}

/// A property of what is sent out.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportPropertyInput {
    /// Its name; dots nest it: `Unit.Code` is the member `Code` of the object `Unit`.
    #[validate(length(min = 1, max = 200))]
    #[schema(format = "output-name", example = "MaDonVi")]
    name: String,
    /// Meaning, in Vietnamese.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    label_vi: String,
    /// Meaning, in English.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    label_en: Option<String>,
    /// Its value.
    value: ExportValueInput,
}

/// The value of a property. What the report does not say is null.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ExportValueInput {
    /// Always the same text.
    Constant {
        /// The text.
        #[schema(format = "reference", example = "1.0")]
        text: String,
    },
    /// A text; numbers and truth values are written as text.
    Text {
        /// Source of the value.
        from: ExportSourceInput,
    },
    /// A whole number.
    WholeNumber {
        /// Source of the value.
        from: ExportSourceInput,
    },
    /// True or false.
    Boolean {
        /// Source of the value.
        from: ExportSourceInput,
    },
    /// A date.
    Date {
        /// Source of the value.
        from: ExportSourceInput,
        /// Pattern in which it is written.
        #[schema(value_type = schemas::ExportDatePattern)]
        pattern: DatePattern,
    },
    /// A period. `digits` writes months `202610`, quarters `20264` and years `2026`; `YYYYMM`, `YYYYQ` and `YYYY` write
    /// the month, quarter or year that it is or lies in. What has no such code is null.
    Period {
        /// Source of the value.
        from: ExportSourceInput,
        /// Pattern in which it is written.
        #[schema(value_type = schemas::ExportPeriodPattern)]
        pattern: PeriodPattern,
    },
    /// The code of another list.
    Code {
        /// Source of the value.
        from: ExportSourceInput,
        /// Codes, with the value that each stands for.
        #[schema(min_items = 1, max_items = 200)]
        codes: Vec<ExportCodeInput>,
        /// Code that stands for everything else; null while absent.
        #[schema(format = "reference")]
        otherwise: Option<String>,
    },
}

/// Source of a value.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportSourceInput {
    /// Object that the value is looked up in: the row itself unless said otherwise, the report, or the agency,
    /// indicator or target the row names.
    #[serde(default = "row")]
    #[schema(value_type = schemas::ExportOf)]
    of: SourcePlace,
    /// Path of the member that holds the value; dots lead inwards.
    #[schema(format = "source-path", example = "window.from")]
    path: String,
}

/// One entry of a code list.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportCodeInput {
    /// The value in the report.
    #[schema(format = "reference", example = "met")]
    from: String,
    /// The value sent out.
    #[schema(format = "reference", example = "1")]
    to: String,
}

/// An export profile.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportProfileView {
    /// Identity; 0 for the built-in one.
    #[schema(minimum = 0)]
    pub(super) id: i64,
    /// Code.
    #[schema(format = "code", example = "vi-du-cong-tinh")]
    pub(super) code: String,
    /// Vietnamese name.
    #[schema(format = "name")]
    pub(super) name_vi: String,
    /// English name.
    #[schema(format = "name")]
    pub(super) name_en: Option<String>,
    /// System it is for, and those who have agreed on it.
    #[schema(format = "text")]
    pub(super) description: Option<String>,
    /// True when it only shows how a profile is written, and is agreed on with nobody.
    pub(super) is_example: bool,
    /// True when it comes with the program, and can be neither changed nor deleted.
    built_in: bool,
    /// Mapping of the report to the form that is sent; null when it is sent as it is.
    mapping: Option<ExportMappingInput>,
}

fn items() -> String {
    "items".to_owned()
}

fn row() -> SourcePlace {
    SourcePlace::Row
}

impl ExportProfileView {
    /// The view of a profile.
    pub(super) fn new(id: ExportProfileId, profile: &ExportProfile) -> Self {
        let ExportProfileInput { code, name_vi, name_en, description, is_example, mapping } =
            ExportProfileInput::new(profile);
        Self { id: id.0, code, name_vi, name_en, description, is_example, built_in: false, mapping: Some(mapping) }
    }

    /// The built-in profile `native`, which is always there.
    pub(super) fn native() -> Self {
        Self {
            id: 0,
            code: NATIVE.to_owned(),
            name_vi: "Báo cáo nguyên dạng".to_owned(),
            name_en: Some("The report as it is".to_owned()),
            description: Some("Có sẵn: đúng nội dung của GET /api/v1/provincial-report.".to_owned()),
            is_example: false,
            built_in: true,
            mapping: None,
        }
    }
}

impl ExportProfileInput {
    /// The input that makes a profile.
    pub(super) fn new(profile: &ExportProfile) -> Self {
        Self {
            code: profile.code.to_string(),
            name_vi: profile.name_vi.to_string(),
            name_en: profile.name_en.as_ref().map(ToString::to_string),
            description: profile.description.as_ref().map(ToString::to_string),
            is_example: profile.is_example,
            mapping: ExportMappingInput::new(&profile.mapping),
        }
    }

    /// The profile, unless something is wrong with it.
    pub(super) fn parse(&self) -> Result<ExportProfile, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let description = found.take(optional(self.description.as_deref(), |text| Prose::parse("/description", text)));
        let mapping = self.mapping.parse("/mapping", &mut found);
        if let Some(mapping) = &mapping {
            let faults = mapping.check().err().unwrap_or_default();
            for fault in faults.into_iter().chain(Sources::known().faults(mapping)) {
                found.require(false, || fault.under("/mapping"));
            }
        }
        let is_example = self.is_example;
        let profile = (|| {
            Some(ExportProfile {
                code: code?,
                name_vi: name_vi?,
                name_en: name_en?,
                description: description?,
                is_example,
                mapping: mapping?,
            })
        })();
        found.finish(profile)
    }
}

impl ExportMappingInput {
    fn new(mapping: &Mapping) -> Self {
        Self {
            rows: mapping.rows,
            envelope: mapping.envelope.as_ref().map(|envelope| ExportEnvelopeInput {
                rows_name: envelope.rows_name.to_string(),
                members: envelope.members.iter().map(ExportPropertyInput::new).collect(),
            }),
            properties: mapping.properties.iter().map(ExportPropertyInput::new).collect(),
        }
    }

    fn parse(&self, at: &str, found: &mut Violations) -> Option<Mapping> {
        let envelope = match &self.envelope {
            None => Some(None),
            Some(envelope) => {
                let at = format!("{at}/envelope");
                let rows_name = found.take(OutputName::parse(&format!("{at}/rows_name"), &envelope.rows_name));
                let members = all(&format!("{at}/members"), &envelope.members, found);
                (|| Some(Some(Envelope { rows_name: rows_name?, members: members? })))()
            }
        };
        let properties = all(&format!("{at}/properties"), &self.properties, found);
        Some(Mapping { rows: self.rows, envelope: envelope?, properties: properties? })
    }
}

/// Each of several properties; none when one of them is wrong.
fn all(at: &str, properties: &[ExportPropertyInput], found: &mut Violations) -> Option<Vec<Property>> {
    let numbered = properties.iter().enumerate();
    let parsed: Vec<_> = numbered.map(|(index, property)| property.parse(&format!("{at}/{index}"), found)).collect();
    parsed.into_iter().collect()
}

impl ExportPropertyInput {
    fn new(property: &Property) -> Self {
        Self {
            name: property.name.to_string(),
            label_vi: property.label_vi.to_string(),
            label_en: property.label_en.as_ref().map(ToString::to_string),
            value: ExportValueInput::new(&property.value),
        }
    }

    fn parse(&self, at: &str, found: &mut Violations) -> Option<Property> {
        let name = found.take(OutputName::parse(&format!("{at}/name"), &self.name));
        let label_vi = found.take(Name::parse(&format!("{at}/label_vi"), &self.label_vi));
        let label_en = optional(self.label_en.as_deref(), |text| Name::parse(&format!("{at}/label_en"), text));
        let label_en = found.take(label_en);
        let value = self.value.parse(&format!("{at}/value"), found);
        Some(Property { name: name?, label_vi: label_vi?, label_en: label_en?, value: value? })
    }
}

impl ExportValueInput {
    fn new(output: &Output) -> Self {
        let from = ExportSourceInput::new;
        match output {
            Output::Constant { text } => Self::Constant { text: text.to_string() },
            Output::Text { from: source } => Self::Text { from: from(source) },
            Output::WholeNumber { from: source } => Self::WholeNumber { from: from(source) },
            Output::Boolean { from: source } => Self::Boolean { from: from(source) },
            Output::Date { from: source, pattern } => Self::Date { from: from(source), pattern: *pattern },
            Output::Period { from: source, pattern } => Self::Period { from: from(source), pattern: *pattern },
            Output::Code { from: source, codes, otherwise } => Self::Code {
                from: from(source),
                codes: codes.iter().map(ExportCodeInput::new).collect(),
                otherwise: otherwise.as_ref().map(ToString::to_string),
            },
        }
    }

    fn parse(&self, at: &str, found: &mut Violations) -> Option<Output> {
        let at_from = format!("{at}/from");
        Some(match self {
            Self::Constant { text } => {
                Output::Constant { text: found.take(Reference::parse(&format!("{at}/text"), text))? }
            }
            Self::Text { from } => Output::Text { from: from.parse(&at_from, found)? },
            Self::WholeNumber { from } => Output::WholeNumber { from: from.parse(&at_from, found)? },
            Self::Boolean { from } => Output::Boolean { from: from.parse(&at_from, found)? },
            Self::Date { from, pattern } => Output::Date { from: from.parse(&at_from, found)?, pattern: *pattern },
            Self::Period { from, pattern } => Output::Period { from: from.parse(&at_from, found)?, pattern: *pattern },
            Self::Code { from, codes, otherwise } => {
                let from = from.parse(&at_from, found);
                let codes = parse_codes(&format!("{at}/codes"), codes, found);
                let otherwise =
                    optional(otherwise.as_deref(), |text| Reference::parse(&format!("{at}/otherwise"), text));
                let otherwise = found.take(otherwise);
                Output::Code { from: from?, codes: codes?, otherwise: otherwise? }
            }
        })
    }
}

fn parse_codes(at: &str, codes: &[ExportCodeInput], found: &mut Violations) -> Option<Vec<CodePair>> {
    found.require(!codes.is_empty(), || Violation::new(at, "empty_list.codes"));
    if codes.len() > CODES {
        found.require(false, || Violation::new(at, "out_of_limits.codes").with("codes", &CODES));
        return None;
    }
    let parsed: Vec<_> = codes
        .iter()
        .enumerate()
        .map(|(index, pair)| {
            let from = found.take(Reference::parse(&format!("{at}/{index}/from"), &pair.from));
            let to = found.take(Reference::parse(&format!("{at}/{index}/to"), &pair.to));
            Some(CodePair { from: from?, to: to? })
        })
        .collect();
    parsed.into_iter().collect()
}

impl ExportSourceInput {
    fn new(source: &ValueSource) -> Self {
        Self { of: source.of, path: source.path.to_string() }
    }

    fn parse(&self, at: &str, found: &mut Violations) -> Option<ValueSource> {
        let path = found.take(SourcePath::parse(&format!("{at}/path"), &self.path))?;
        Some(ValueSource { of: self.of, path })
    }
}

impl ExportCodeInput {
    /// An entry as it was written.
    pub(super) fn new(pair: &CodePair) -> Self {
        Self { from: pair.from.to_string(), to: pair.to.to_string() }
    }

    /// An entry whose value is sent as it is.
    pub(super) fn same(value: &str) -> Self {
        Self { from: value.to_owned(), to: value.to_owned() }
    }
}
