//! People with all their training, as far as figures read them.

use super::packing::{Packed, pack_all, unpack_all};
use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::record_kinds::{CourseKind, StaffKind, TrainingResult};
use crate::cells::Cells;
use crate::closing::late::{Late, Roll, ToldHolders};
use crate::id::{CourseId, StaffId};
use crate::records::staff::{Staff, Training, contribution_of};
use crate::records::training_records::TrainingRecord;
use crate::tenures::Tenures;
use std::collections::HashMap;

/// One person: the row, if there is one, and the trainings with their identities.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) member: Option<Member>,
    pub(super) trainings: Vec<(i64, Attendance)>,
}

/// A member of staff without the code.
#[derive(Debug)]
pub(super) struct Member {
    kind: StaffKind,
    tenures: Tenures,
    told: ToldHolders,
}

/// A training record without its person and its certificate.
#[derive(Debug)]
pub(super) struct Attendance {
    pub(super) course: CourseId,
    on: Date,
    result: TrainingResult,
    confirmed_on: Option<Date>,
    late: Late,
}

impl Person {
    /// True when nothing is known of the person.
    pub(super) fn is_empty(&self) -> bool {
        self.member.is_none() && self.trainings.is_empty()
    }

    /// The contribution of a person, with the steps on days after `today`; none without a row.
    pub(super) fn contribution(
        self,
        id: StaffId,
        catalogue: &Catalogue,
        courses: &HashMap<CourseId, CourseKind>,
        today: Date,
    ) -> Option<Cells> {
        let Member { kind, tenures, told } = self.member?;
        let with_course = self.trainings.into_iter().filter_map(|(_, attendance)| {
            let course_kind = *courses.get(&attendance.course)?;
            Some(Training { record: attendance.of(id), course_kind })
        });
        let trainings: Vec<_> = with_course.collect();
        Some(contribution_of(catalogue, (kind, Roll { stays: &tenures, told: &told }), &trainings, today))
    }
}

impl From<Staff> for Member {
    fn from(Staff { code: _, kind, tenures, told }: Staff) -> Self {
        Self { kind, tenures, told }
    }
}

impl Attendance {
    /// The part of a record that figures read, and its person.
    pub(super) fn split(record: TrainingRecord) -> (StaffId, Self) {
        let TrainingRecord { staff, course, on, result, confirmed_on, certificate: _, late } = record;
        (staff, Self { course, on, result, confirmed_on, late })
    }

    fn of(self, staff: StaffId) -> TrainingRecord {
        let Self { course, on, result, confirmed_on, late } = self;
        TrainingRecord { staff, course, on, result, confirmed_on, certificate: None, late }
    }
}

impl Packed for Person {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.member.pack(bytes);
        (self.trainings.len() as u64).pack(bytes);
        for (id, attendance) in &self.trainings {
            id.pack(bytes);
            attendance.pack(bytes);
        }
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let (member, count) = (Option::unpack(bytes)?, u64::unpack(bytes)?);
        let trainings = (0..count).map(|_| Some((i64::unpack(bytes)?, Attendance::unpack(bytes)?)));
        Some(Self { member, trainings: trainings.collect::<Option<_>>()? })
    }
}

impl Packed for Member {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.kind.pack(bytes);
        pack_all(self.tenures.all(), bytes);
        pack_all(self.told.all(), bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            kind: StaffKind::unpack(bytes)?,
            tenures: Tenures::stored(unpack_all(bytes)?),
            told: ToldHolders::stored(unpack_all(bytes)?),
        })
    }
}

impl Packed for Attendance {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.course.0.pack(bytes);
        self.on.pack(bytes);
        self.result.pack(bytes);
        self.confirmed_on.pack(bytes);
        pack_all(self.late.all(), bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            course: i64::unpack(bytes)?.into(),
            on: Date::unpack(bytes)?,
            result: TrainingResult::unpack(bytes)?,
            confirmed_on: Option::unpack(bytes)?,
            late: Late::stored(unpack_all(bytes)?),
        })
    }
}
