//! Monitoring statuses: the separate facts about an information system, and the editable rule that combines them.

use crate::Date;
use crate::catalogue::record_kinds::MonitoringRule;
use crate::closing::late::Late;
use crate::id::InformationSystemId;
use crate::records::future;
use crate::string_enum;
use crate::text::{Prose, Reference};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// The facts about a system on a day; they hold until the next status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitoringStatus {
    /// The system; one status per system and day.
    pub system: InformationSystemId,
    /// The day the facts were established.
    pub on: Date,
    /// True when the level has been approved.
    pub level_approved: bool,
    /// True when the protection plan has been deployed.
    pub plan_deployed: bool,
    /// The party that monitors it.
    pub monitored_by: Monitor,
    /// The last monitoring event.
    pub last_event: Option<Date>,
    /// The last day on which the independent assessment is valid.
    pub assessment_valid_until: Option<Date>,
    /// Reference to the evidence.
    pub evidence: Option<Reference>,
    /// Remarks.
    pub note: Option<Prose>,
    /// The months in which it does not count, since it came late.
    #[serde(default, skip_serializing_if = "Late::is_empty")]
    pub late: Late,
}

string_enum! {
    /// Parties that may monitor a system.
    Monitor {
        /// Nobody.
        Nobody = "nobody",
        /// The agency itself.
        Own = "own",
        /// The province's security operation centre.
        ProvincialSoc = "provincial_soc",
        /// A hired service.
        HiredService = "hired_service",
    }
}

string_enum! {
    /// A requirement of the rule that a system does not meet.
    Requirement {
        /// The level is not approved.
        LevelApproved = "level_approved",
        /// The protection plan is not deployed.
        PlanDeployed = "plan_deployed",
        /// Nobody monitors it.
        Monitored = "monitored",
        /// The assessment is missing or has run out.
        AssessmentValid = "assessment_valid",
        /// The last event is too long ago.
        LastEventRecent = "last_event_recent",
    }
}

impl MonitoringRule {
    /// The requirements a status does not meet on a day, in the order of [`Requirement::ALL`].
    pub fn unmet(&self, status: &MonitoringStatus, day: Date) -> Vec<Requirement> {
        let recent = self
            .last_event_within_days
            .is_none_or(|days| status.last_event.is_some_and(|event| (day - event).num_days() <= i64::from(days)));
        let valid = status.assessment_valid_until.is_some_and(|until| day <= until);
        let met = [
            (Requirement::LevelApproved, !self.level_approved || status.level_approved),
            (Requirement::PlanDeployed, !self.plan_deployed || status.plan_deployed),
            (Requirement::Monitored, !self.monitored || status.monitored_by != Monitor::Nobody),
            (Requirement::AssessmentValid, !self.assessment_valid || valid),
            (Requirement::LastEventRecent, recent),
        ];
        met.into_iter().filter(|(_, met)| !met).map(|(requirement, _)| requirement).collect()
    }

    /// Days from which on a status may no longer meet the rule: when its last event is too long ago, and when its
    /// assessment has run out.
    pub(crate) fn expiries(&self, status: &MonitoringStatus) -> impl Iterator<Item = Date> {
        let last_recent = self.last_event_within_days.and_then(|days| Some(status.last_event?.plus_days(days.into())));
        [last_recent, status.assessment_valid_until].into_iter().flatten().filter_map(|last| last.next())
    }
}

impl MonitoringStatus {
    /// Checks the status by itself, without other rows.
    pub fn check(&self) -> Result<(), Violation> {
        require_event_by(self.on, self.last_event)
    }

    /// Refuses a status and a monitoring event of a day to come; an assessment may be valid until then.
    pub fn check_happened(&self, today: Date) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        found.take(future::require_day("/on", self.on, today));
        if let Some(event) = self.last_event {
            found.take(future::require_day("/last_event", event, today));
        }
        found.finish(Some(()))
    }
}

/// Refuses a monitoring event of a day after the status.
pub fn require_event_by(on: Date, last_event: Option<Date>) -> Result<(), Violation> {
    match last_event {
        Some(event) if event > on => Err(Violation::new("/last_event", "event_after_status")),
        _ => Ok(()),
    }
}
