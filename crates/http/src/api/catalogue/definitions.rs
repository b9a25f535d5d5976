//! Definitions of indicators on the wire: their sources with the rules, and their versions.

use crate::api::catalogue::compared_with::ComparedWithInput;
use crate::api::catalogue::movement_codes;
use crate::request::distinct::distinct;
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::record_kinds::{CourseKind, Direction, MonitoringRule, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::text::{Code, Name, Prose};
use thidua_domain::time::Month;
use thidua_domain::violation::Violations;
use utoipa::ToSchema;

/// A version of an indicator's definition, and the first month in which it holds, in every calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefinitionView {
    /// Its number.
    #[schema(minimum = 1)]
    version: i64,
    /// The first month in which it holds; null for the version that holds from the beginning.
    #[schema(value_type = Option<String>, format = "month", example = "2026-01")]
    holds_from: Option<Month>,
    /// Code of the movement whose phases bound what accumulates.
    #[schema(value_type = String, format = "code", example = "CDS-2023-2030")]
    movement: Code,
    /// Definition of the numerator: the things that it counts.
    numerator_definition: Prose,
    /// Definition of the denominator: the things that it counts.
    denominator_definition: Prose,
    /// Unit of measure.
    #[schema(value_type = String, format = "name", example = "người")]
    unit: Name,
    /// Way in which months add up.
    semantics: Semantics,
    /// Source: the records it is computed from, and the rule that reads them.
    source: SourceInput,
    /// Kinds of agency expected to report it.
    #[schema(max_items = 8)]
    agency_kinds: Vec<AgencyKind>,
}

/// The records an indicator is computed from, with the rule that reads them.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceInput {
    /// Figures declared as observations.
    Declared {
        /// The records that could tell a part of the figure, too. What they say stands beside it (`derived`), with the
        /// difference, and the rehearsal tells where the two differ; the figure stays the declared one. Absent where nothing
        /// is compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compared_with: Option<ComparedWithInput>,
    },
    /// E-document exchange counts over all documents but the secret ones.
    DocumentExchanges {
        /// Count that makes the numerator.
        numerator: DocumentMeasure,
        /// Directions that count; both when empty.
        #[serde(default)]
        directions: Vec<Direction>,
    },
    /// Information systems with their monitoring statuses.
    MonitoringStatuses {
        /// Rule by which a system counts as regularly monitored.
        rule: MonitoringRule,
        /// The ground for an agency's part to count as reported. `records`, also when absent: something is recorded about one of
        /// the people or systems it has: a training of the phase up to the period's end, in a course of a kind that counts,
        /// however it ended; a monitoring status up to the period's end. An agency that has people or systems and no record
        /// lacks its figure. `roll`: it has, or had in the phase, people or systems that count.
        #[serde(default = "by_records")]
        #[schema(default = "records")]
        reported_by: ReportedBy,
    },
    /// People on the roll with their training records.
    TrainingRecords {
        /// Results that count; at least one.
        results: Vec<TrainingResult>,
        /// Kinds of course that count; all when empty.
        #[serde(default)]
        course_kinds: Vec<CourseKind>,
        /// True when only people whose skills were confirmed by assessment count. They count from the day of the
        /// confirmation (`confirmed_on`) on, in the phase of that day, whenever the training was; other people from the
        /// day of the training (`on`).
        #[serde(default)]
        confirmed_only: bool,
        /// Kinds of people that count, in both parts of the figure; all when empty.
        #[serde(default)]
        staff_kinds: Vec<StaffKind>,
        /// The ground for an agency's part to count as reported. `records`, also when absent: something is recorded about one of
        /// the people or systems it has: a training of the phase up to the period's end, in a course of a kind that counts,
        /// however it ended; a monitoring status up to the period's end. An agency that has people or systems and no record
        /// lacks its figure. `roll`: it has, or had in the phase, people or systems that count.
        #[serde(default = "by_records")]
        #[schema(default = "records")]
        reported_by: ReportedBy,
    },
}

/// Default of `reported_by` for a definition that leaves it out. Definitions stored by version 0.1.0 leave it out as
/// well, but mean the roll.
fn by_records() -> ReportedBy {
    ReportedBy::Records
}

impl DefinitionView {
    /// The view of a version.
    pub fn new(catalogue: &Catalogue, definition: &Definition) -> Self {
        let Definition { version, holds_from, movement, semantics, ref source, .. } = *definition;
        let Definition { numerator_definition, denominator_definition, unit, agency_kinds, .. } = definition.clone();
        Self {
            version,
            holds_from,
            movement: movement_codes::code(catalogue, movement),
            numerator_definition,
            denominator_definition,
            unit,
            semantics,
            source: source.clone().into(),
            agency_kinds,
        }
    }
}

impl From<Source> for SourceInput {
    fn from(source: Source) -> Self {
        match source {
            Source::Declared { compared_with } => {
                Self::Declared { compared_with: compared_with.map(ComparedWithInput::from) }
            }
            Source::DocumentExchanges { numerator, directions } => Self::DocumentExchanges { numerator, directions },
            Source::MonitoringStatuses { rule, reported_by } => Self::MonitoringStatuses { rule, reported_by },
            Source::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds, reported_by } => {
                Self::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds, reported_by }
            }
        }
    }
}

impl SourceInput {
    /// The source; a list in which something stands twice is found.
    pub fn parse(self, found: &mut Violations) -> Source {
        match self {
            Self::Declared { compared_with } => {
                Source::Declared { compared_with: compared_with.map(|records| records.parse(found)) }
            }
            Self::DocumentExchanges { numerator, directions } => {
                found.take(distinct("/source/directions", &directions));
                Source::DocumentExchanges { numerator, directions }
            }
            Self::MonitoringStatuses { rule, reported_by } => Source::MonitoringStatuses { rule, reported_by },
            Self::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds, reported_by } => {
                found.take(distinct("/source/results", &results));
                found.take(distinct("/source/course_kinds", &course_kinds));
                found.take(distinct("/source/staff_kinds", &staff_kinds));
                Source::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds, reported_by }
            }
        }
    }
}
