//! Kinds of records that definitions of indicators tell apart, and the rule for regular monitoring. Records have them;
//! definitions say which of them count.

use crate::string_enum;
use serde::{Deserialize, Serialize};

string_enum! {
    /// Legal status of a member of staff.
    StaffKind {
        /// Cadre.
        Cadre = "can_bo",
        /// Civil servant.
        CivilServant = "cong_chuc",
        /// Public employee.
        PublicEmployee = "vien_chuc",
        /// Contract worker.
        Worker = "nguoi_lao_dong",
    }
}

string_enum! {
    /// Kinds of course, by content.
    CourseKind {
        /// Raising awareness.
        Awareness = "awareness",
        /// Basic digital skills.
        BasicDigitalSkills = "basic_digital_skills",
        /// Information security.
        InformationSecurity = "information_security",
        /// Artificial intelligence.
        Ai = "ai",
        /// A specialised subject.
        Specialised = "specialised",
    }
}

string_enum! {
    /// Direction of an exchange.
    Direction {
        /// Documents that arrived (đến).
        Incoming = "incoming",
        /// Documents that were sent (đi).
        Outgoing = "outgoing",
    }
}

string_enum! {
    /// Results of a training.
    TrainingResult {
        /// Took part.
        Attended = "attended",
        /// Took part and completed.
        Completed = "completed",
        /// Did not pass.
        Failed = "failed",
    }
}

/// Rule by which a system counts as regularly monitored: all that is required here must hold.
// There is no legal definition, so an administrator edits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MonitoringRuleInput))]
pub struct MonitoringRule {
    /// The level must be approved.
    pub level_approved: bool,
    /// The protection plan must be deployed.
    pub plan_deployed: bool,
    /// Somebody must monitor it.
    pub monitored: bool,
    /// The independent assessment must be valid.
    pub assessment_valid: bool,
    /// The last event must lie at most this many days back; no limit while absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 65535, example = 30))]
    pub last_event_within_days: Option<u16>,
}
