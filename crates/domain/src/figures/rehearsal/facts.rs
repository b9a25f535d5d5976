//! Facts about single rows that a rehearsal looks at.

use crate::Date;
use crate::catalogue::record_kinds::{CourseKind, Direction, StaffKind, TrainingResult};
use crate::closing::late::Late;
use crate::id::AgencyId;
use crate::text::Code;
use crate::time::Month;
use std::collections::BTreeSet;

/// Facts about single rows.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The e-document exchange counts of the period under the calendar.
    pub exchanges: BTreeSet<(AgencyId, Month, Direction)>,
    /// The information systems in operation on the window's last day.
    pub systems: Vec<WatchedSystem>,
    /// The trainings of the window's days that lie outside the days of their course, or came late.
    pub trainings: Vec<NotedTraining>,
    /// The monitoring statuses of the window's days that came late.
    pub late_statuses: Vec<LateStatus>,
}

/// An information system with its last status on or before the window's last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedSystem {
    /// Its code.
    pub code: Code,
    /// The agency that runs it.
    pub agency: AgencyId,
    /// The day of the status; absent without any.
    pub status_on: Option<Date>,
    /// The last monitoring event that the status knows of.
    pub last_event: Option<Date>,
}

/// A training on a day on which its course was not held, or one that came late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedTraining {
    /// The person's current or last agency, which can correct the record.
    pub agency: AgencyId,
    /// The person's kind.
    pub staff_kind: StaffKind,
    /// The result of the training.
    pub result: TrainingResult,
    /// The course's code.
    pub course: Code,
    /// The kind of the course.
    pub course_kind: CourseKind,
    /// The day of the training.
    pub on: Date,
    /// True when the course was not held on that day.
    pub is_astray: bool,
    /// The months in which it does not count.
    pub late: Late,
}

/// A monitoring status that came late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateStatus {
    /// The agency that runs the system now, or ran it last.
    pub agency: AgencyId,
    /// The day of the status.
    pub on: Date,
    /// The months in which it does not count.
    pub late: Late,
}
