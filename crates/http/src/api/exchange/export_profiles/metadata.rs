//! The twin of a re-shaped report: what stands in it.

use super::sources::{Facet, Holds, Paths, Sources};
use super::wire::ExportProfileView;
use serde::Serialize;
use thidua_domain::exchange::export_profiles::{
    CodePair, ExportProfile, NATIVE, Output, Property, ReportRows, SourcePlace,
};
use thidua_domain::text::{Code, Name, OutputName, Prose, Reference, SourcePath};
use utoipa::ToSchema;

thidua_domain::string_enum! {
    /// Form of the answer as a whole.
    ExportForm {
        /// An array of rows.
        BareArray = "bare_array",
        /// An object that holds the rows.
        Envelope = "envelope",
        /// The provincial report as it is.
        Report = "report",
    }
}

thidua_domain::string_enum! {
    /// Kind of value that a property holds.
    ExportKind {
        /// Always the same text.
        Constant = "constant",
        /// A text.
        Text = "text",
        /// A whole number.
        WholeNumber = "whole_number",
        /// True or false.
        Boolean = "boolean",
        /// A date.
        Date = "date",
        /// A period.
        Period = "period",
        /// A code of a list.
        Code = "code",
        /// Several texts; in the report as it is only.
        List = "list",
    }
}

thidua_domain::string_enum! {
    /// JSON types.
    ExportType {
        /// A text.
        String = "string",
        /// A whole number.
        Integer = "integer",
        /// True or false.
        Boolean = "boolean",
        /// Several texts.
        Array = "array",
    }
}

/// Description of what a profile sends.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportMetadata {
    /// The profile's code.
    #[schema(value_type = String, format = "code", example = "vi-du-cong-tinh")]
    profile: Code,
    /// Vietnamese name.
    name_vi: Name,
    /// English name.
    name_en: Option<Name>,
    /// System it is for, and those who have agreed on it.
    description: Option<Prose>,
    /// True when it only shows how a profile is written, and is agreed on with nobody.
    is_example: bool,
    /// Form of the answer as a whole.
    form: ExportForm,
    /// Subject of each row; null for the report as it is.
    rows: Option<ReportRows>,
    /// The member that holds the rows; null when there is none.
    #[schema(value_type = Option<String>, format = "output-name", example = "Data.Items")]
    rows_name: Option<OutputName>,
    /// The members beside the rows, in order.
    #[schema(max_items = 50)]
    envelope: Vec<ExportedProperty>,
    /// The properties of a row, in order; for the report as it is, every path in it.
    #[schema(max_items = 1000)]
    properties: Vec<ExportedProperty>,
}

/// A property of what is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportedProperty {
    /// Its name; dots nest it, `[]` stands for each row of an array.
    #[schema(max_length = 300, pattern = r"^[A-Za-z_][A-Za-z0-9_.\[\]-]*$", example = "MaDonVi")]
    name: String,
    /// The JSON type; null stands where the report says nothing.
    json_type: ExportType,
    /// Kind of value it holds.
    kind: ExportKind,
    /// Pattern of a date or period; null for anything else.
    #[schema(max_length = 20, pattern = "^[A-Za-z/-]+$", example = "dd/MM/yyyy")]
    pattern: Option<String>,
    /// Meaning, in Vietnamese.
    #[schema(max_length = 4000, pattern = r"\S")]
    label_vi: String,
    /// Meaning, in English.
    #[schema(max_length = 4000, pattern = r"\S")]
    label_en: Option<String>,
    /// Object that the value is looked up in; null for a constant.
    of: Option<SourcePlace>,
    /// Path of the member that holds the value; null for a constant.
    #[schema(value_type = Option<String>, format = "source-path", example = "window.from")]
    path: Option<SourcePath>,
    /// Fixed value; null unless it is a constant.
    constant: Option<Reference>,
    /// The code list; empty unless it is a code.
    #[schema(max_items = 200)]
    codes: Vec<CodePair>,
    /// The code of everything that is not listed; null when there is none.
    otherwise: Option<Reference>,
}

impl ExportMetadata {
    /// Describes what a profile sends.
    pub(super) fn new(profile: &ExportProfile) -> Self {
        let mapping = &profile.mapping;
        let envelope = mapping.envelope.as_ref();
        Self {
            profile: profile.code.clone(),
            name_vi: profile.name_vi.clone(),
            name_en: profile.name_en.clone(),
            description: profile.description.clone(),
            is_example: profile.is_example,
            form: if envelope.is_some() { ExportForm::Envelope } else { ExportForm::BareArray },
            rows: Some(mapping.rows),
            rows_name: envelope.map(|envelope| envelope.rows_name.clone()),
            envelope: envelope
                .map(|envelope| envelope.members.iter().map(ExportedProperty::new).collect())
                .unwrap_or_default(),
            properties: mapping.properties.iter().map(ExportedProperty::new).collect(),
        }
    }

    /// Describes the report as it is.
    pub(super) fn native() -> Self {
        let ExportProfileView { code, name_vi, name_en, description, is_example, .. } = ExportProfileView::native();
        let sources = Sources::known();
        let of_paths = |prefix: String, of: SourcePlace, paths: &'static Paths| {
            paths.iter().map(move |(path, facet)| ExportedProperty::native(format!("{prefix}{path}"), of, path, facet))
        };
        let mut properties: Vec<_> = of_paths(String::new(), SourcePlace::Report, sources.of_report()).collect();
        for (rows, paths) in sources.of_rows() {
            properties.extend(of_paths(format!("{rows}[]."), SourcePlace::Row, paths));
        }
        Self {
            profile: code,
            name_vi,
            name_en,
            description,
            is_example,
            form: ExportForm::Report,
            rows: None,
            rows_name: None,
            envelope: Vec::new(),
            properties,
        }
    }
}

impl ExportedProperty {
    fn new(property: &Property) -> Self {
        let kind = ExportKind::from_spelling(property.value.kind()).unwrap_or(ExportKind::Text);
        let pattern = match &property.value {
            Output::Date { pattern, .. } => Some(pattern.to_string()),
            Output::Period { pattern, .. } => Some(pattern.to_string()),
            _ => None,
        };
        let constant = match &property.value {
            Output::Constant { text } => Some(text.clone()),
            _ => None,
        };
        let (codes, otherwise) = match &property.value {
            Output::Code { codes, otherwise, .. } => (codes.clone(), otherwise.clone()),
            _ => (Vec::new(), None),
        };
        let source = property.value.source();
        Self {
            name: property.name.to_string(),
            json_type: kind.as_json(),
            kind,
            pattern,
            label_vi: property.label_vi.to_string(),
            label_en: property.label_en.as_ref().map(ToString::to_string),
            of: source.map(|source| source.of),
            path: source.map(|source| source.path.clone()),
            constant,
            codes,
            otherwise,
        }
    }

    fn native(name: String, of: SourcePlace, path: &str, facet: &Facet) -> Self {
        let (kind, pattern) = match &facet.holds {
            Holds::Text => (ExportKind::Text, None),
            Holds::WholeNumber => (ExportKind::WholeNumber, None),
            Holds::Boolean => (ExportKind::Boolean, None),
            Holds::Date => (ExportKind::Date, Some("yyyy-MM-dd".to_owned())),
            Holds::Period => (ExportKind::Period, Some(NATIVE.to_owned())),
            Holds::Code(_) => (ExportKind::Code, None),
            Holds::List => (ExportKind::List, None),
        };
        let codes = match &facet.holds {
            Holds::Code(values) => values.iter().map(|value| same(value)).collect(),
            _ => Vec::new(),
        };
        Self {
            name,
            json_type: kind.as_json(),
            kind,
            pattern,
            label_vi: facet.vi.clone(),
            label_en: Some(facet.en.clone()),
            of: Some(of),
            path: SourcePath::parse("", path).ok(),
            constant: None,
            codes,
            otherwise: None,
        }
    }
}

/// An entry whose value is sent as it is.
fn same(value: &str) -> CodePair {
    let value = Reference::parse("", value).unwrap_or_default();
    CodePair { from: value.clone(), to: value }
}

impl ExportKind {
    fn as_json(self) -> ExportType {
        match self {
            Self::Constant | Self::Text | Self::Date | Self::Period | Self::Code => ExportType::String,
            Self::WholeNumber => ExportType::Integer,
            Self::Boolean => ExportType::Boolean,
            Self::List => ExportType::Array,
        }
    }
}
