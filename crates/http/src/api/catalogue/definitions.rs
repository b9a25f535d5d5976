//! Definitions of indicators on the wire: their sources with the rules, and their versions.

use crate::api::catalogue::compared_with::ComparedWithInput;
use crate::api::catalogue::movement_codes;
use crate::request::distinct::distinct;
use crate::request::schemas;
use serde::{Deserialize, Serialize};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::record_kinds::{CourseKind, Direction, MonitoringRule, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::violation::Violations;
use utoipa::ToSchema;

/// A version of an indicator's definition, and the first month in which it holds, in every calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefinitionView {
    /// Its number.
    #[schema(minimum = 1)]
    version: i64,
    /// The first month in which it holds; null for the version that holds from the beginning.
    #[schema(format = "month", example = "2026-01")]
    holds_from: Option<String>,
    /// Code of the movement whose phases bound what accumulates.
    #[schema(format = "code", example = "CDS-2023-2030")]
    movement: String,
    /// Definition of the numerator: the things that it counts.
    #[schema(format = "text")]
    numerator_definition: String,
    /// Definition of the denominator: the things that it counts.
    #[schema(format = "text")]
    denominator_definition: String,
    /// Unit of measure.
    #[schema(format = "name", example = "người")]
    unit: String,
    /// Way in which months add up.
    #[schema(value_type = schemas::Semantics)]
    semantics: Semantics,
    /// Source: the records it is computed from, and the rule that reads them.
    source: SourceInput,
    /// Kinds of agency expected to report it.
    #[schema(max_items = 8, value_type = Vec<schemas::AgencyKind>)]
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
        #[schema(value_type = schemas::DocumentMeasure)]
        numerator: DocumentMeasure,
        /// Directions that count; both when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::Direction>)]
        directions: Vec<Direction>,
    },
    /// Information systems with their monitoring statuses.
    MonitoringStatuses {
        /// Rule by which a system counts as regularly monitored.
        rule: MonitoringRuleInput,
        /// The ground for an agency's part to count as reported. `records`, also when absent: something is recorded about one of
        /// the people or systems it has: a training of the phase up to the period's end, in a course of a kind that counts,
        /// however it ended; a monitoring status up to the period's end. An agency that has people or systems and no record
        /// lacks its figure. `roll`: it has, or had in the phase, people or systems that count.
        #[serde(default = "by_records")]
        #[schema(value_type = schemas::ReportedBy, default = "records")]
        reported_by: ReportedBy,
    },
    /// People on the roll with their training records.
    TrainingRecords {
        /// Results that count; at least one.
        #[schema(value_type = Vec<schemas::TrainingResult>)]
        results: Vec<TrainingResult>,
        /// Kinds of course that count; all when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::CourseKind>)]
        course_kinds: Vec<CourseKind>,
        /// True when only people whose skills were confirmed by assessment count. They count from the day of the
        /// confirmation (`confirmed_on`) on, in the phase of that day, whenever the training was; other people from the
        /// day of the training (`on`).
        #[serde(default)]
        confirmed_only: bool,
        /// Kinds of people that count, in both parts of the figure; all when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::StaffKind>)]
        staff_kinds: Vec<StaffKind>,
        /// The ground for an agency's part to count as reported. `records`, also when absent: something is recorded about one of
        /// the people or systems it has: a training of the phase up to the period's end, in a course of a kind that counts,
        /// however it ended; a monitoring status up to the period's end. An agency that has people or systems and no record
        /// lacks its figure. `roll`: it has, or had in the phase, people or systems that count.
        #[serde(default = "by_records")]
        #[schema(value_type = schemas::ReportedBy, default = "records")]
        reported_by: ReportedBy,
    },
}

/// Rule by which a system counts as regularly monitored: all that is required here must hold.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoringRuleInput {
    /// The level must be approved.
    pub level_approved: bool,
    /// The protection plan must be deployed.
    pub plan_deployed: bool,
    /// Somebody must monitor it.
    pub monitored: bool,
    /// The independent assessment must be valid.
    pub assessment_valid: bool,
    /// The last event must lie at most this many days back; no limit while absent.
    #[schema(minimum = 0, maximum = 65535, example = 30)]
    pub last_event_within_days: Option<u16>,
}

/// Default of `reported_by` for a definition that leaves it out. Definitions stored by version 0.1.0 leave it out as
/// well, but mean the roll.
fn by_records() -> ReportedBy {
    ReportedBy::Records
}

impl DefinitionView {
    /// The view of a version.
    pub fn new(catalogue: &Catalogue, definition: &Definition) -> Self {
        Self {
            version: definition.version,
            holds_from: definition.holds_from.map(|month| month.to_string()),
            movement: movement_codes::code(catalogue, definition.movement),
            numerator_definition: definition.numerator_definition.to_string(),
            denominator_definition: definition.denominator_definition.to_string(),
            unit: definition.unit.to_string(),
            semantics: definition.semantics,
            source: SourceInput::new(&definition.source),
            agency_kinds: definition.agency_kinds.clone(),
        }
    }
}

impl SourceInput {
    /// The view of a source.
    pub fn new(source: &Source) -> Self {
        match source {
            Source::Declared { compared_with } => {
                Self::Declared { compared_with: compared_with.as_ref().map(ComparedWithInput::new) }
            }
            Source::DocumentExchanges { numerator, directions } => {
                Self::DocumentExchanges { numerator: *numerator, directions: directions.clone() }
            }
            Source::MonitoringStatuses { rule, reported_by } => {
                Self::MonitoringStatuses { rule: MonitoringRuleInput::new(rule), reported_by: *reported_by }
            }
            Source::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds, reported_by } => {
                Self::TrainingRecords {
                    results: results.clone(),
                    course_kinds: course_kinds.clone(),
                    confirmed_only: *confirmed_only,
                    staff_kinds: staff_kinds.clone(),
                    reported_by: *reported_by,
                }
            }
        }
    }

    /// The source, unless something is wrong with it.
    pub fn parse(&self, found: &mut Violations) -> Option<Source> {
        Some(match self {
            Self::Declared { compared_with: None } => Source::Declared { compared_with: None },
            Self::Declared { compared_with: Some(records) } => {
                Source::Declared { compared_with: Some(records.parse(found)?) }
            }
            Self::DocumentExchanges { numerator, directions } => {
                let directions = found.take(distinct("/source/directions", directions));
                Source::DocumentExchanges { numerator: *numerator, directions: directions? }
            }
            Self::MonitoringStatuses { rule, reported_by } => {
                Source::MonitoringStatuses { rule: rule.parse(), reported_by: *reported_by }
            }
            Self::TrainingRecords { results, course_kinds, confirmed_only, staff_kinds, reported_by } => {
                let results = found.take(distinct("/source/results", results));
                let course_kinds = found.take(distinct("/source/course_kinds", course_kinds));
                let staff_kinds = found.take(distinct("/source/staff_kinds", staff_kinds));
                Source::TrainingRecords {
                    results: results?,
                    course_kinds: course_kinds?,
                    confirmed_only: *confirmed_only,
                    staff_kinds: staff_kinds?,
                    reported_by: *reported_by,
                }
            }
        })
    }
}

impl MonitoringRuleInput {
    fn new(rule: &MonitoringRule) -> Self {
        Self {
            level_approved: rule.level_approved,
            plan_deployed: rule.plan_deployed,
            monitored: rule.monitored,
            assessment_valid: rule.assessment_valid,
            last_event_within_days: rule.last_event_within_days,
        }
    }

    fn parse(&self) -> MonitoringRule {
        MonitoringRule {
            level_approved: self.level_approved,
            plan_deployed: self.plan_deployed,
            monitored: self.monitored,
            assessment_valid: self.assessment_valid,
            last_event_within_days: self.last_event_within_days,
        }
    }
}
