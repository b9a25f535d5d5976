//! Sources of figures: the records that an indicator is computed from, with the rule that reads them, and the way months
//! add up.

use crate::catalogue::record_kinds::{CourseKind, Direction, MonitoringRule, StaffKind, TrainingResult};
use crate::string_enum;
use serde::{Deserialize, Serialize};

string_enum! {
    /// Semantics of an indicator: the way the months of a window add up.
    Semantics {
        /// The sum over the window.
        Flow = "flow",
        /// The running sum from the phase's start to the window's end.
        Stock = "stock",
        /// Each agency's last report in the window.
        State = "state",
    }
}

/// The records an indicator is computed from, with the rule that reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// Figures declared as observations.
    Declared {
        /// Records that count the same; what they count is shown beside the declared figure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compared_with: Option<ComparedWith>,
    },
    /// E-document exchange counts over all documents but the secret ones.
    DocumentExchanges {
        /// The count that makes the numerator.
        numerator: DocumentMeasure,
        /// Directions that count; both when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        directions: Vec<Direction>,
    },
    /// Information systems with their monitoring statuses.
    MonitoringStatuses {
        /// The rule by which a system counts as regularly monitored.
        rule: MonitoringRule,
        /// The condition under which an agency's part counts as reported.
        #[serde(default, skip_serializing_if = "ReportedBy::is_roll")]
        reported_by: ReportedBy,
    },
    /// People on the roll with their training records.
    TrainingRecords {
        /// Results that count; at least one.
        results: Vec<TrainingResult>,
        /// Kinds of course that count; all when empty.
        course_kinds: Vec<CourseKind>,
        /// True when only people count whose skills an assessment has confirmed.
        confirmed_only: bool,
        /// Kinds of people that count; all when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        staff_kinds: Vec<StaffKind>,
        /// The condition under which an agency's part counts as reported.
        #[serde(default, skip_serializing_if = "ReportedBy::is_roll")]
        reported_by: ReportedBy,
    },
}

/// The records that a declared figure is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ComparedWith {
    /// The denominator, with the people on the agency's roll at the end of the month.
    PeopleOnRoll {
        /// Kinds of people that count; all when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        staff_kinds: Vec<StaffKind>,
    },
}

string_enum! {
    /// The condition under which an agency's part of a figure of people or information systems counts as reported.
    ReportedBy: Default {
        /// The roll: one of them is or was on it. Version 0.1.0 knew nothing else.
        Roll = "roll",
        /// The records: there is one about one of those on the roll.
        Records = "records",
    }
}

impl ReportedBy {
    /// True where the roll suffices.
    pub fn is_roll(&self) -> bool {
        *self == Self::Roll
    }
}

string_enum! {
    /// The count of an e-document exchange that makes the numerator.
    DocumentMeasure {
        /// Exchanged electronically.
        Electronic = "electronic",
        /// Exchanged electronically and digitally signed.
        Signed = "signed",
        /// Signed and not followed by paper.
        Paperless = "paperless",
        /// Exchanged electronically without a failure.
        Delivered = "delivered",
    }
}

impl Source {
    /// The spelling of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "declared",
            Self::DocumentExchanges { .. } => "document_exchanges",
            Self::MonitoringStatuses { .. } => "monitoring_statuses",
            Self::TrainingRecords { .. } => "training_records",
        }
    }

    /// True for records with days of their own, which count in every calendar.
    pub fn is_dated(&self) -> bool {
        matches!(self, Self::MonitoringStatuses { .. } | Self::TrainingRecords { .. })
    }

    /// True where documents of a direction count.
    pub fn counts_direction(&self, direction: Direction) -> bool {
        match self {
            Self::DocumentExchanges { directions, .. } => directions.is_empty() || directions.contains(&direction),
            _ => false,
        }
    }

    /// True where people of a kind count.
    pub fn counts_staff(&self, kind: StaffKind) -> bool {
        match self {
            Self::TrainingRecords { staff_kinds, .. } => staff_kinds.is_empty() || staff_kinds.contains(&kind),
            _ => false,
        }
    }

    /// The condition under which an agency's part counts as reported; the default where no people or systems are
    /// counted.
    pub fn reported_by(&self) -> ReportedBy {
        match self {
            Self::MonitoringStatuses { reported_by, .. } | Self::TrainingRecords { reported_by, .. } => *reported_by,
            Self::Declared { .. } | Self::DocumentExchanges { .. } => ReportedBy::default(),
        }
    }

    /// The same source with another condition for counting as reported; none where no people or systems are counted.
    #[must_use]
    pub fn reported(&self, by: ReportedBy) -> Option<Self> {
        let mut source = self.clone();
        match &mut source {
            Self::MonitoringStatuses { reported_by, .. } | Self::TrainingRecords { reported_by, .. } => {
                *reported_by = by
            }
            Self::Declared { .. } | Self::DocumentExchanges { .. } => return None,
        }
        Some(source)
    }

    /// True for declared figures that are compared with the people on the roll.
    pub fn is_beside_people(&self) -> bool {
        matches!(self, Self::Declared { compared_with: Some(ComparedWith::PeopleOnRoll { .. }) })
    }

    pub(crate) fn allows(&self, semantics: Semantics) -> bool {
        match self {
            Self::Declared { .. } => matches!(semantics, Semantics::Flow | Semantics::State),
            Self::DocumentExchanges { .. } => semantics == Semantics::Flow,
            Self::MonitoringStatuses { .. } | Self::TrainingRecords { .. } => semantics == Semantics::Stock,
        }
    }
}
