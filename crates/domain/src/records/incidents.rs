//! Incidents and early warnings, with the clocks for reporting them.

use crate::id::{AgencyId, InformationSystemId};
use crate::records::future;
use crate::string_enum;
use crate::text::{Name, Prose};
use crate::time::{Moment, Year};
use crate::violation::{Violation, Violations};
use chrono::{Datelike, TimeDelta};
use serde::{Deserialize, Serialize};

/// An incident or an early warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The agency concerned.
    pub agency: AgencyId,
    /// The system concerned, when it is known.
    pub system: Option<InformationSystemId>,
    /// Incident or warning.
    pub kind: IncidentKind,
    /// Its severity.
    pub severity: Severity,
    /// Title: the event on one line.
    pub title: Name,
    /// Particulars.
    pub description: Option<Prose>,
    /// Time of detection.
    pub detected_at: Moment,
    /// Time of the first report, due after 24 hours.
    pub first_reported_at: Option<Moment>,
    /// Time of the detailed report, due after 72 hours.
    pub detailed_reported_at: Option<Moment>,
    /// Time of resolution.
    pub resolved_at: Option<Moment>,
}

string_enum! {
    /// Incident or warning.
    IncidentKind {
        /// Something happened.
        Incident = "incident",
        /// Something may happen.
        EarlyWarning = "early_warning",
    }
}

string_enum! {
    /// Severity of an incident.
    Severity {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// Critical.
        Critical = "critical",
    }
}

string_enum! {
    /// State of a report against its deadline.
    ReportClock {
        /// Made in time.
        OnTime = "on_time",
        /// Made too late.
        Late = "late",
        /// Not made, still in time.
        Pending = "pending",
        /// Not made, and too late.
        Overdue = "overdue",
    }
}

impl Incident {
    /// Deadline of the first report: 24 hours after detection.
    pub fn first_report_due(&self) -> Moment {
        self.detected_at.checked_add_signed(TimeDelta::hours(24)).unwrap_or(Moment::MAX_UTC)
    }

    /// Deadline of the detailed report: 72 hours after detection.
    pub fn detailed_report_due(&self) -> Moment {
        self.detected_at.checked_add_signed(TimeDelta::hours(72)).unwrap_or(Moment::MAX_UTC)
    }

    /// State of the first report at a moment.
    pub fn first_report(&self, now: Moment) -> ReportClock {
        clock(self.first_reported_at, self.first_report_due(), now)
    }

    /// State of the detailed report at a moment.
    pub fn detailed_report(&self, now: Moment) -> ReportClock {
        clock(self.detailed_reported_at, self.detailed_report_due(), now)
    }

    /// Checks that nothing was reported or resolved before it was detected.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        require_order(self.detected_at, [self.first_reported_at, self.detailed_reported_at, self.resolved_at])
    }

    /// Refuses moments to come, but for a few minutes by which clocks may differ.
    pub fn check_happened(&self, now: Moment) -> Result<(), Vec<Violation>> {
        let moments = [
            ("/detected_at", Some(self.detected_at)),
            ("/first_reported_at", self.first_reported_at),
            ("/detailed_reported_at", self.detailed_reported_at),
            ("/resolved_at", self.resolved_at),
        ];
        let mut found = Violations::default();
        for (pointer, moment) in moments {
            if let Some(moment) = moment {
                found.take(future::require_moment(pointer, moment, now));
            }
        }
        found.finish(Some(()))
    }
}

/// Refuses a first report, a detailed report and a resolution, in this order, of before the detection.
pub fn require_order(detected_at: Moment, later: [Option<Moment>; 3]) -> Result<(), Vec<Violation>> {
    let mut found = Violations::default();
    found.require(Year::holds(&detected_at.year()), || Violation::new("/detected_at", "unknown_year"));
    for (pointer, moment) in ["/first_reported_at", "/detailed_reported_at", "/resolved_at"].into_iter().zip(later) {
        let is_later = moment.is_none_or(|moment| detected_at <= moment);
        found.require(is_later, || Violation::new(pointer, "before_detection"));
    }
    found.finish(Some(()))
}

fn clock(made: Option<Moment>, due: Moment, now: Moment) -> ReportClock {
    match made {
        Some(made) if made <= due => ReportClock::OnTime,
        Some(_) => ReportClock::Late,
        None if now <= due => ReportClock::Pending,
        None => ReportClock::Overdue,
    }
}
