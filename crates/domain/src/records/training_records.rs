//! Training records: one person's part in one course.

use crate::Date;
use crate::catalogue::record_kinds::TrainingResult;
use crate::closing::late::Late;
use crate::id::{CourseId, StaffId};
use crate::records::future;
use crate::text::Reference;
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// A training record. Three counts are never mixed: records are attendances (lượt), distinct people are counted per
/// phase (người), and confirmation by assessment is a date of its own (QĐ 757/QĐ-BKHCN).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The person.
    pub staff: StaffId,
    /// The course; one record per person and course.
    pub course: CourseId,
    /// The day the training counts from: the last day of attendance.
    pub on: Date,
    /// Its result.
    pub result: TrainingResult,
    /// The day an assessment confirmed the skills.
    pub confirmed_on: Option<Date>,
    /// Number of the certificate.
    pub certificate: Option<Reference>,
    /// The months in which it does not count, since it came late.
    #[serde(default, skip_serializing_if = "Late::is_empty")]
    pub late: Late,
}

impl TrainingRecord {
    /// Checks the record by itself, without other rows.
    pub fn check(&self) -> Result<(), Violation> {
        require_confirmed_after(self.on, self.confirmed_on)
    }

    /// Refuses a training, however it ended, and a confirmation of a day to come: a planned course is no training.
    pub fn check_happened(&self, today: Date) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        found.take(future::require_day("/on", self.on, today));
        if let Some(day) = self.confirmed_on {
            found.take(future::require_day("/confirmed_on", day, today));
        }
        found.finish(Some(()))
    }
}

/// Refuses a confirmation of a day before the training.
pub fn require_confirmed_after(on: Date, confirmed_on: Option<Date>) -> Result<(), Violation> {
    match confirmed_on {
        Some(day) if day < on => Err(Violation::new("/confirmed_on", "confirmed_before_training")),
        _ => Ok(()),
    }
}
