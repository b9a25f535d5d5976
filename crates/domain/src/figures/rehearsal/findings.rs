//! The report to rehearse, and what is found.

use crate::Date;
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::message::Message;
use crate::string_enum;
use crate::time::Period;

/// The report to rehearse.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
    /// The agencies, each with everything below it.
    pub tops: Vec<AgencyId>,
    /// The day of the rehearsal.
    pub today: Date,
    /// Number of days before a deadline from which on it is near.
    pub near_days: u16,
    /// True when single information systems may be named, and single records counted.
    pub names_systems: bool,
}

/// A finding: one thing to see to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of fault.
    pub kind: FindingKind,
    /// The reason for it.
    pub reason: FindingReason,
    /// The agency it concerns.
    pub agency: AgencyId,
    /// The indicator it concerns; absent when it concerns several.
    pub indicator: Option<IndicatorId>,
    /// The fault in words.
    pub text: Message,
    /// The remedy.
    pub todo: Message,
    /// The operation that does it, where there is one.
    pub step: Option<FindingStep>,
}

string_enum! {
    /// Kinds of fault that a rehearsal finds.
    FindingKind {
        /// Something is not there.
        Missing = "missing",
        /// Something is too late, or soon will be.
        Late = "late",
        /// Figures do not go together.
        Inconsistent = "inconsistent",
        /// Figures that are still to be entered would be refused.
        Refused = "refused",
    }
}

string_enum! {
    /// Reasons of findings.
    FindingReason {
        /// An agency that is expected to report has reported nothing; of people and information systems, nothing is
        /// recorded about those that it has.
        NothingReported = "nothing_reported",
        /// An agency that is expected to report has reported some of the months it owes, and not all.
        MonthsMissing = "months_missing",
        /// An information system has no monitoring status in the window.
        NoMonitoringStatus = "no_monitoring_status",
        /// Estimates stand for months that have ended.
        EstimatesLeft = "estimates_left",
        /// No target applies.
        NoTarget = "no_target",
        /// The indicator is not in force, and nothing is recorded.
        NotInForce = "not_in_force",
        /// The submission deadline has passed with something missing.
        DeadlinePassed = "deadline_passed",
        /// The cut-off has passed with something missing.
        CutOffPassed = "cut_off_passed",
        /// The submission deadline is near with something missing.
        DeadlineNear = "deadline_near",
        /// The cut-off is near with something missing.
        CutOffNear = "cut_off_near",
        /// Records came when the time of their day was closed: they count later, or nowhere.
        CountedLater = "counted_later",
        /// Figures were recorded or changed after the cut-off.
        AfterCutOff = "after_cut_off",
        /// The last monitoring event of an information system is too long ago.
        LastEventTooOld = "last_event_too_old",
        /// Figures are recorded under another calendar.
        OtherCalendar = "other_calendar",
        /// Figures of one month are recorded under two calendars.
        TwoCalendars = "two_calendars",
        /// Documents of one direction are counted, those of the other are not.
        OneDirection = "one_direction",
        /// The numerator is above the denominator.
        NumeratorAboveDenominator = "numerator_above_denominator",
        /// Declared figures differ from what records say.
        DiffersFromRecords = "differs_from_records",
        /// Trainings are recorded on days on which their course was not held.
        OutsideCourse = "outside_course",
        /// Figures are recorded for an indicator that is not in force.
        RecordedOutsideForce = "recorded_outside_force",
        /// The period is locked.
        PeriodLocked = "period_locked",
        /// The phase is frozen.
        PhaseFrozen = "phase_frozen",
    }
}

impl FindingReason {
    /// The kind of fault that it is the reason of.
    pub fn kind(self) -> FindingKind {
        match self {
            Self::NothingReported
            | Self::MonthsMissing
            | Self::NoMonitoringStatus
            | Self::EstimatesLeft
            | Self::NoTarget
            | Self::NotInForce => FindingKind::Missing,
            Self::DeadlinePassed
            | Self::CutOffPassed
            | Self::DeadlineNear
            | Self::CutOffNear
            | Self::CountedLater
            | Self::AfterCutOff
            | Self::LastEventTooOld => FindingKind::Late,
            Self::OtherCalendar
            | Self::TwoCalendars
            | Self::OneDirection
            | Self::NumeratorAboveDenominator
            | Self::DiffersFromRecords
            | Self::OutsideCourse
            | Self::RecordedOutsideForce => FindingKind::Inconsistent,
            Self::PeriodLocked | Self::PhaseFrozen => FindingKind::Refused,
        }
    }
}

string_enum! {
    /// Steps that mend a fault, by `operationId`.
    FindingStep {
        /// Declare a figure.
        Declare = "createObservation",
        /// Correct a declared figure.
        Correct = "updateObservation",
        /// Take a declared figure away.
        Remove = "deleteObservation",
        /// Count e-documents.
        CountDocuments = "createDocumentExchange",
        /// Correct a count.
        CorrectCount = "updateDocumentExchange",
        /// Take a count away.
        RemoveCount = "deleteDocumentExchange",
        /// Record a monitoring status.
        RecordStatus = "createMonitoringStatus",
        /// Record a training.
        RecordTraining = "createTrainingRecord",
        /// Correct a training record.
        CorrectTraining = "updateTrainingRecord",
        /// Set a target.
        SetTarget = "createTarget",
        /// Change an indicator.
        ChangeIndicator = "updateIndicator",
        /// Ask for a correction of locked figures.
        RequestCorrection = "createCorrection",
    }
}
