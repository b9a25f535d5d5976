//! Export profiles: the provincial report in the form another system asks for, described as data.
//!
//! A mapping says what becomes of a report; [`shape`] does it. Whether a mapping's paths are ones that a report has is
//! checked by whoever knows the report's form.

mod shaping;

pub use shaping::{Shaped, shape};

use crate::string_enum;
use crate::text::{Code, Name, OutputName, Prose, Reference, SourcePath};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The code of the form that is always there: the report as it is.
pub const NATIVE: &str = "native";

/// Profiles at most: all of them are held in memory and listed at once.
pub const MOST: usize = 200;

/// A form of the provincial report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportProfile {
    /// Code.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Which system it is for, and who has agreed on it.
    pub description: Option<Prose>,
    /// Whether it only shows how a profile is written.
    pub is_example: bool,
    /// What becomes of a report.
    pub mapping: Mapping,
}

/// What becomes of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// What there is one row for.
    pub rows: ReportRows,
    /// The object around the rows; a bare array without one.
    pub envelope: Option<Envelope>,
    /// The properties of a row, in order.
    pub properties: Vec<Property>,
}

/// An object around the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The member that holds the rows; it stands last.
    pub rows_name: OutputName,
    /// The members before it, in order.
    pub members: Vec<Property>,
}

/// A property of what is sent out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// Its name; dots nest it.
    pub name: OutputName,
    /// What it is, in Vietnamese.
    pub label_vi: Name,
    /// What it is, in English.
    pub label_en: Option<Name>,
    /// Its value.
    pub value: Output,
}

/// The value of a property. What a report does not say is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    /// Always the same text.
    Constant {
        /// The text.
        text: Reference,
    },
    /// A text, or a number as text.
    Text {
        /// Where it comes from.
        from: Source,
    },
    /// A whole number.
    WholeNumber {
        /// Where it comes from.
        from: Source,
    },
    /// True or false.
    Boolean {
        /// Where it comes from.
        from: Source,
    },
    /// A date.
    Date {
        /// Where it comes from.
        from: Source,
        /// How it is written.
        pattern: DatePattern,
    },
    /// A period.
    Period {
        /// Where it comes from.
        from: Source,
        /// How it is written.
        pattern: PeriodPattern,
    },
    /// The code of another list.
    Code {
        /// Where it comes from.
        from: Source,
        /// What stands for what.
        codes: Vec<CodePair>,
        /// What stands for everything else; null while absent.
        otherwise: Option<Reference>,
    },
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// In what.
    pub of: SourcePlace,
    /// Which member of it; dots lead inwards.
    pub path: SourcePath,
}

/// One entry of a code list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePair {
    /// The value in the report.
    pub from: Reference,
    /// The value sent out.
    pub to: Reference,
}

string_enum! {
    /// What there is one row for.
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
    /// In what a value is looked up.
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
    /// How dates are written.
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
    /// How periods are written.
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
    /// Where the value comes from; constants come from nowhere.
    pub fn source(&self) -> Option<&Source> {
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

impl Mapping {
    /// Every property with a JSON pointer to it: the envelope's first.
    pub fn all_properties(&self) -> impl Iterator<Item = (String, &Property)> {
        let members = self.envelope.iter().flat_map(|envelope| envelope.members.iter().enumerate());
        let members = members.map(|(index, property)| (format!("/envelope/members/{index}"), property));
        let properties = self.properties.iter().enumerate();
        members.chain(properties.map(|(index, property)| (format!("/properties/{index}"), property)))
    }

    /// Checks what can be checked on the mapping alone: that every name has a place of its own, and every code one
    /// meaning.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let names = |properties: &'static str| {
            let all = self.all_properties().filter(move |(pointer, _)| pointer.starts_with(properties));
            all.map(|(pointer, property)| (format!("{pointer}/name"), &property.name))
        };
        let rows_name = self.envelope.iter().map(|envelope| ("/envelope/rows_name".to_owned(), &envelope.rows_name));
        let mut found = check_names(names("/envelope").chain(rows_name));
        found.extend(check_names(names("/properties")));
        for (pointer, property) in self.all_properties() {
            if let Output::Code { codes, .. } = &property.value {
                found.extend(check_codes(&pointer, codes));
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// Names that stand twice, and names that are a value in one place and hold others in another.
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
    let violation = |(index, _)| {
        Violation::new(
            format!("{pointer}/value/codes/{index}/from"),
            "repeated_value",
            "Mỗi giá trị chỉ được ghi một lần trong danh sách.",
            "Each value may stand in the list only once.",
        )
    };
    repeated.map(violation).collect()
}

fn duplicate_name(pointer: &str, name: &str, first: &str) -> Violation {
    Violation::new(
        pointer,
        "duplicate_output_name",
        format!("Tên {name} đã dùng tại {first}; hãy chọn tên khác."),
        format!("The name {name} stands at {first} already; choose another."),
    )
}

fn value_and_parent(pointer: &str, name: &str, other: &str) -> Violation {
    Violation::new(
        pointer,
        "value_and_parent",
        format!("{name} vừa là giá trị vừa chứa thuộc tính khác (xem {other}); chỉ được một trong hai."),
        format!("{name} is a value and holds other properties, too (see {other}); it can be only one of these."),
    )
}
