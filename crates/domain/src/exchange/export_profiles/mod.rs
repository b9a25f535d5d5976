//! Export profiles: the provincial report in the form another system asks for, described as data.
//!
//! A mapping describes the form; [`shaping::shape`] makes it of a report. The paths of a mapping are not checked here: only the
//! caller knows which members a report has.

pub mod shaping;

use crate::string_enum;
use crate::text::{Code, Name, OutputName, Prose, Reference, SourcePath, json_text};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The code of the form that is always there: the report as it is.
pub const NATIVE: &str = "native";

/// The most profiles there may be: all of them are held in memory and listed at once.
pub const MOST: usize = 200;

/// Properties of a row at most.
const PROPERTIES: usize = 200;
/// Members of an envelope at most, without the rows.
const MEMBERS: usize = 50;
/// Entries of a code list at most.
const CODES: usize = 200;

/// A form of the provincial report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportProfile {
    /// Code.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// The system it is for, and those who have agreed on it.
    pub description: Option<Prose>,
    /// True for a profile that only shows how one is written.
    pub is_example: bool,
    /// The form it gives to a report.
    pub mapping: Mapping,
}

/// Mapping of the report to the form that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(ToSchema), schema(as = ExportMappingInput))]
pub struct Mapping {
    /// Subject of each row.
    pub rows: ReportRows,
    /// The object around the rows; a bare array of rows without one.
    pub envelope: Option<Envelope>,
    /// The properties of a row, in order.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 200))]
    pub properties: Vec<Property>,
}

/// An object around the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(ToSchema), schema(as = ExportEnvelopeInput))]
pub struct Envelope {
    /// The member that holds the rows, `items` unless said otherwise; it stands last. Dots nest it.
    #[serde(default = "items")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "output-name", example = "Data.Items"))]
    pub rows_name: OutputName,
    /// The members before it, in order: constants, and values of the report itself.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub members: Vec<Property>,
}

/// A property of what is sent out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(ToSchema), schema(as = ExportPropertyInput))]
pub struct Property {
    /// Its name; dots nest it: `Unit.Code` is the member `Code` of the object `Unit`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "output-name", example = "MaDonVi"))]
    pub name: OutputName,
    /// Meaning, in Vietnamese.
    pub label_vi: Name,
    /// Meaning, in English.
    pub label_en: Option<Name>,
    /// Its value.
    pub value: Output,
}

/// The value of a property. What the report does not say is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(ToSchema), schema(as = ExportValueInput))]
pub enum Output {
    /// Always the same text.
    Constant {
        /// The text.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "reference", example = "1.0"))]
        text: Reference,
    },
    /// A text; numbers and truth values are written as text.
    Text {
        /// Source of the value.
        from: ValueSource,
    },
    /// A whole number.
    WholeNumber {
        /// Source of the value.
        from: ValueSource,
    },
    /// True or false.
    Boolean {
        /// Source of the value.
        from: ValueSource,
    },
    /// A date.
    Date {
        /// Source of the value.
        from: ValueSource,
        /// Pattern in which it is written.
        pattern: DatePattern,
    },
    /// A period. `digits` writes months `202610`, quarters `20264` and years `2026`; `YYYYMM`, `YYYYQ` and `YYYY` write
    /// the month, quarter or year that it is or lies in. What has no such code is null.
    Period {
        /// Source of the value.
        from: ValueSource,
        /// Pattern in which it is written.
        pattern: PeriodPattern,
    },
    /// The code of another list.
    Code {
        /// Source of the value.
        from: ValueSource,
        /// Codes, with the value that each stands for.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 200))]
        codes: Vec<CodePair>,
        /// Code that stands for everything else; null while absent.
        otherwise: Option<Reference>,
    },
}

/// Source of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(ToSchema), schema(as = ExportSourceInput))]
pub struct ValueSource {
    /// Object that the value is looked up in: the row itself unless said otherwise, the report, or the agency,
    /// indicator or target the row names.
    #[serde(default = "row")]
    pub of: SourcePlace,
    /// Path of the member that holds the value; dots lead inwards.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "source-path", example = "window.from"))]
    pub path: SourcePath,
}

/// One entry of a code list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ExportCodeInput, example = json!({"from": "met", "to": "1"})))]
pub struct CodePair {
    /// The value in the report.
    pub from: Reference,
    /// The value sent out.
    pub to: Reference,
}

fn items() -> OutputName {
    OutputName::parse("", "items").unwrap_or_default()
}

fn row() -> SourcePlace {
    SourcePlace::Row
}

string_enum! {
    /// Arrays of the report that can give the rows, with one row for each element.
    ReportRows {
        /// Each indicator of each agency.
        Attainments = "attainments",
        /// Each agency.
        Agencies = "agencies",
        /// Each indicator.
        Indicators = "indicators",
        /// Each target.
        Targets = "targets",
    }
}

string_enum! {
    /// Things in which a value is looked up.
    SourcePlace {
        /// The row.
        Row = "row",
        /// The report itself.
        Report = "report",
        /// The agency that the row names.
        Agency = "agency",
        /// The indicator that the row names.
        Indicator = "indicator",
        /// The target that applied to the row.
        Target = "target",
    }
}

string_enum! {
    /// Patterns of dates.
    DatePattern {
        /// `20/10/2026`.
        DayFirst = "dd/MM/yyyy",
        /// `2026-10-20`.
        Iso = "yyyy-MM-dd",
        /// `20261020`.
        Digits = "yyyyMMdd",
    }
}

string_enum! {
    /// Patterns of periods.
    PeriodPattern {
        /// `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
        Native = "native",
        /// By their length: `202610`, `20264` or `2026`. Half-years have no such code.
        Digits = "digits",
        /// The month: `202610`. Longer periods have none.
        Month = "YYYYMM",
        /// The quarter, or that of the month: `20264`. Longer periods have none.
        Quarter = "YYYYQ",
        /// The year: `2026`.
        Year = "YYYY",
    }
}

impl ReportRows {
    /// The member of a row by which something else is found; none where the row names no such thing.
    pub fn key_of(self, of: SourcePlace) -> Option<&'static str> {
        match (self, of) {
            (Self::Attainments | Self::Targets, SourcePlace::Agency) => Some("agency"),
            (Self::Attainments | Self::Targets, SourcePlace::Indicator) => Some("indicator"),
            (Self::Attainments, SourcePlace::Target) => Some("target.id"),
            _ => None,
        }
    }
}

impl SourcePlace {
    /// The report's array that is searched, and the member of its rows that is the key.
    pub fn found_in(self) -> Option<(ReportRows, &'static str)> {
        match self {
            Self::Row | Self::Report => None,
            Self::Agency => Some((ReportRows::Agencies, "identifier")),
            Self::Indicator => Some((ReportRows::Indicators, "code")),
            Self::Target => Some((ReportRows::Targets, "id")),
        }
    }
}

impl Output {
    /// The source of the value; constants have none.
    pub fn source(&self) -> Option<&ValueSource> {
        match self {
            Self::Constant { .. } => None,
            Self::Text { from }
            | Self::WholeNumber { from }
            | Self::Boolean { from }
            | Self::Date { from, .. }
            | Self::Period { from, .. }
            | Self::Code { from, .. } => Some(from),
        }
    }

    /// Its spelling as a `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Constant { .. } => "constant",
            Self::Text { .. } => "text",
            Self::WholeNumber { .. } => "whole_number",
            Self::Boolean { .. } => "boolean",
            Self::Date { .. } => "date",
            Self::Period { .. } => "period",
            Self::Code { .. } => "code",
        }
    }
}

json_text!(Mapping);

impl Mapping {
    /// Every property with a JSON pointer to it: the envelope's first.
    pub fn all_properties(&self) -> impl Iterator<Item = (String, &Property)> {
        let members = self.envelope.iter().flat_map(|envelope| envelope.members.iter().enumerate());
        let members = members.map(|(index, property)| (format!("/envelope/members/{index}"), property));
        let properties = self.properties.iter().enumerate();
        members.chain(properties.map(|(index, property)| (format!("/properties/{index}"), property)))
    }

    /// Checks the mapping by itself: its lists are no longer than they may be, every name has a place of its own, and
    /// every value of a code list one code.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let names = |properties: &'static str| {
            let all = self.all_properties().filter(move |(pointer, _)| pointer.starts_with(properties));
            all.map(|(pointer, property)| (format!("{pointer}/name"), &property.name))
        };
        let rows_name = self.envelope.iter().map(|envelope| ("/envelope/rows_name".to_owned(), &envelope.rows_name));
        let mut found = self.check_lengths();
        found.extend(check_names(names("/envelope").chain(rows_name)));
        found.extend(check_names(names("/properties")));
        for (pointer, property) in self.all_properties() {
            if let Output::Code { codes, .. } = &property.value {
                found.extend(check_codes(&pointer, codes));
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn check_lengths(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.envelope.as_ref().is_some_and(|envelope| envelope.members.len() > MEMBERS) {
            found.push(Violation::new("/envelope/members", "out_of_limits.at_most").with("max", &MEMBERS));
        }
        if !(1..=PROPERTIES).contains(&self.properties.len()) {
            let violation = Violation::new("/properties", "out_of_limits.between");
            found.push(violation.with("min", &1_usize).with("max", &PROPERTIES));
        }
        found
    }
}

/// Violations by names: one that stands twice, and one that is a value in one place and holds others in another.
fn check_names<'a>(names: impl Iterator<Item = (String, &'a OutputName)>) -> Vec<Violation> {
    let mut leaves: BTreeMap<&str, String> = BTreeMap::new();
    let mut parents: BTreeMap<&str, String> = BTreeMap::new();
    let mut found = Vec::new();
    for (pointer, name) in names {
        let name = name.as_str();
        let above = || name.match_indices('.').filter_map(|(dot, _)| name.get(..dot));
        if let Some(first) = leaves.get(name) {
            found.push(duplicate_name(&pointer, name, first));
        } else if let Some(other) = parents.get(name) {
            found.push(value_and_parent(&pointer, name, other));
        } else if let Some((parent, other)) = above().find_map(|parent| Some((parent, leaves.get(parent)?))) {
            found.push(value_and_parent(&pointer, parent, other));
        } else {
            for parent in above() {
                parents.entry(parent).or_insert_with(|| pointer.clone());
            }
            leaves.insert(name, pointer);
        }
    }
    found
}

fn check_codes(pointer: &str, codes: &[CodePair]) -> Vec<Violation> {
    let repeated = codes.iter().enumerate().filter(|(index, pair)| {
        let before = codes.iter().take(*index);
        before.into_iter().any(|other| other.from == pair.from)
    });
    let at = format!("{pointer}/value/codes");
    match codes.len() {
        0 => vec![Violation::new(at, "empty_list.codes")],
        1..=CODES => {
            repeated.map(|(index, _)| Violation::new(format!("{at}/{index}/from"), "repeated_value")).collect()
        }
        _ => vec![Violation::new(at, "out_of_limits.codes").with("codes", &CODES)],
    }
}

fn duplicate_name(pointer: &str, name: &str, first: &str) -> Violation {
    Violation::new(pointer, "duplicate_output_name").with("name", &name).with("first", &first)
}

fn value_and_parent(pointer: &str, name: &str, other: &str) -> Violation {
    Violation::new(pointer, "value_and_parent").with("name", &name).with("other", &other)
}
