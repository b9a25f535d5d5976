//! Training courses.

use crate::Date;
use crate::catalogue::record_kinds::CourseKind;
use crate::id::AgencyId;
use crate::limits::Within;
use crate::string_enum;
use crate::text::{Code, Name};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// A course (khóa tập huấn, bồi dưỡng).
///
/// `A` names the agency that holds it: by its identity, or as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CourseInput, description = "A course as it is written."))]
#[serde(deny_unknown_fields)]
pub struct Course<A = AgencyId> {
    /// Code.
    pub code: Code,
    /// Name.
    pub name: Name,
    /// Kind of course: what it teaches.
    pub kind: CourseKind,
    /// Form in which it is held.
    pub form: CourseForm,
    /// Teaching hours.
    pub hours: Hours,
    /// First day.
    pub from: Date,
    /// Last day. A training of the course lies on one of its days, or at most 30 days after the last.
    pub to: Date,
    /// Identifier of the agency that holds it.
    pub organiser: A,
}

/// Teaching hours of a course.
pub type Hours = Within<i64, 1, 2000>;

string_enum! {
    /// Forms in which a course is held.
    CourseForm {
        /// In person.
        InPerson = "in_person",
        /// Online.
        Online = "online",
        /// Partly in person, partly online.
        Blended = "blended",
    }
}

impl<A> Course<A> {
    /// The course with its organiser named another way.
    pub fn held_by<B>(self, organiser: B) -> Course<B> {
        let Self { code, name, kind, form, hours, from, to, organiser: _ } = self;
        Course { code, name, kind, form, hours, from, to, organiser }
    }
}

impl Course {
    /// Checks the course by itself, without other rows.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        found.require(Hours::holds(&self.hours), || Violation::new("/hours", "invalid_hours"));
        found.require(self.from <= self.to, || Violation::new("/to", "ends_before_start.course"));
        found.finish(Some(()))
    }

    /// The days on which it is held.
    pub fn days(&self) -> CourseDays {
        CourseDays { from: self.from, to: self.to }
    }
}

/// The days on which a course is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CourseDays {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl CourseDays {
    /// Number of days after the last one on which a training of the course may still lie: sheets give the day of the
    /// certificate.
    const GRACE: u64 = 30;

    /// The last day on which a training of the course may lie.
    pub fn last_taken(self) -> Date {
        self.to.plus_days(Self::GRACE)
    }

    /// Refuses a training outside the course's days.
    pub fn require(self, pointer: &str, on: Date) -> Result<(), Violation> {
        if (self.from..=self.last_taken()).contains(&on) {
            return Ok(());
        }
        Err(Violation::new(pointer, "outside_course.training")
            .with("on", &on)
            .with("from", &self.from)
            .with("to", &self.to)
            .with("last", &self.last_taken()))
    }

    /// Refuses days that leave out trainings of the course: `before` is their number before its first day, `after`
    /// their number too long after its last.
    pub fn require_all_within(self, before: i64, after: i64) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        for (pointer, left_out) in [("/from", before), ("/to", after)] {
            found.require(left_out == 0, || {
                Violation::new(pointer, "outside_course.dates")
                    .with("count", &left_out)
                    .with("from", &self.from)
                    .with("to", &self.to)
                    .with("last", &self.last_taken())
            });
        }
        found.finish(Some(()))
    }
}
