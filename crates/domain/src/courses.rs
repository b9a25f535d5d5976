//! Training courses.

use crate::Date;
use crate::id::AgencyId;
use crate::spelled;
use crate::text::{Code, Name};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// A course (khóa tập huấn, bồi dưỡng).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Code.
    pub code: Code,
    /// Name.
    pub name: Name,
    /// What it teaches.
    pub kind: CourseKind,
    /// How it is held.
    pub form: CourseForm,
    /// Teaching hours.
    pub hours: i64,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The agency that holds it.
    pub organiser: AgencyId,
}

spelled! {
    /// What a course teaches.
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

spelled! {
    /// How a course is held.
    CourseForm {
        /// In person.
        InPerson = "in_person",
        /// Online.
        Online = "online",
        /// Partly in person, partly online.
        Blended = "blended",
    }
}

impl Course {
    /// Checks what can be checked on the course alone.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        found.require((1..=2000).contains(&self.hours), || {
            Violation::new("/hours", "invalid_hours", "Thời lượng từ 1 đến 2000 giờ.", "A course has 1 to 2000 hours.")
        });
        found.require(self.from <= self.to, || {
            Violation::new(
                "/to",
                "ends_before_start",
                "Ngày kết thúc không được trước ngày bắt đầu.",
                "The last day must not be before the first.",
            )
        });
        found.finish(Some(()))
    }
}
