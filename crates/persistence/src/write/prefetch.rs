//! What many writes will ask for, read for all of them at once.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::records::{courses, staff, training_records};
use crate::write::transaction::Transaction;
use std::collections::HashMap;
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::records::courses::{Course, CourseDays, CourseKind};
use thidua_domain::records::staff::{Staff, Training};

/// What a write says beforehand that it will ask for. It may ask for more, or less.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefetch {
    /// Codes of people, whose training it will ask for, too.
    pub staff: Vec<String>,
    /// Codes of courses.
    pub courses: Vec<String>,
    /// True for a batch, or a part of one: it takes long, so it has a commit of its own and leaves time to others.
    pub is_batch: bool,
}

impl Prefetch {
    /// Reads it, as a write has left it so far.
    pub fn look_up(&self, transaction: &mut Transaction<'_>) -> Result<Prefetched> {
        transaction.look_up(self)
    }

    /// Whether it will ask for nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.staff.is_empty() && self.courses.is_empty()
    }
}

/// What is known, as of the writes done so far.
#[derive(Debug, Default)]
pub struct Prefetched {
    /// By code; nobody where a code was looked for in vain.
    people: HashMap<String, Option<StaffId>>,
    members: HashMap<StaffId, Staff>,
    /// Of all members, in the order of creation.
    trainings: HashMap<StaffId, Vec<(TrainingRecordId, Training)>>,
    /// By code, as people.
    courses: HashMap<String, Option<CourseId>>,
    taught: HashMap<CourseId, CourseFacts>,
}

/// A course as far as its trainings are judged by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CourseFacts {
    /// Its kind.
    pub(crate) kind: CourseKind,
    /// Its days.
    pub(crate) days: CourseDays,
}

impl CourseFacts {
    /// Those of a course.
    pub(crate) fn of(course: &Course) -> Self {
        Self { kind: course.kind, days: course.days() }
    }
}

/// What a new training record is judged by.
pub(crate) struct Circumstances {
    /// The person.
    pub(crate) member: Staff,
    /// The person's training so far, in the order of creation.
    pub(crate) before: Vec<Training>,
    /// The course.
    pub(crate) course: CourseFacts,
}

impl Prefetched {
    /// Reads what a write will ask for.
    pub(crate) fn of(connection: &mut Connection, prefetch: &Prefetch) -> Result<Self> {
        let mut facts = Self::default();
        facts.learn(connection, std::iter::once(prefetch))?;
        Ok(facts)
    }

    /// Reads what several writes will ask for, from tables that hold all that was written so far.
    pub(crate) fn learn<'a>(
        &mut self,
        connection: &mut Connection,
        prefetch: impl Iterator<Item = &'a Prefetch> + Clone,
    ) -> Result<()> {
        let codes = |of: fn(&Prefetch) -> &Vec<String>| -> Vec<&str> {
            prefetch.clone().flat_map(of).map(String::as_str).collect()
        };
        let (people, courses) = (codes(|prefetch| &prefetch.staff), codes(|prefetch| &prefetch.courses));
        if people.is_empty() && courses.is_empty() {
            return Ok(());
        }
        let members = staff::whole_by_codes(connection, &people)?;
        let ids: Vec<i64> = members.keys().map(|id| id.0).collect();
        self.trainings.extend(training_records::of_people(connection, &ids)?);
        self.people.extend(members.iter().map(|(id, member)| (member.code.to_string(), Some(*id))));
        self.members.extend(members);
        for (code, id, taught) in courses::facts_by_codes(connection, &courses)? {
            self.courses.insert(code, Some(id));
            self.taught.insert(id, taught);
        }
        missing(&mut self.people, &people);
        missing(&mut self.courses, &courses);
        Ok(())
    }

    /// Reads the training of some of the people again.
    pub(crate) fn read_again(&mut self, connection: &mut Connection, people: &[StaffId]) -> Result<()> {
        let ids: Vec<i64> = people.iter().map(|id| id.0).collect();
        self.trainings.extend(training_records::of_people(connection, &ids)?);
        Ok(())
    }

    /// The people who were found, in any order.
    pub(crate) fn people(&self) -> impl Iterator<Item = StaffId> {
        self.members.keys().copied()
    }

    /// Whether all is known that a write will ask for.
    pub(crate) fn has(&self, prefetch: &Prefetch) -> bool {
        prefetch.staff.iter().all(|code| self.people.contains_key(code))
            && prefetch.courses.iter().all(|code| self.courses.contains_key(code))
    }

    /// The person with a code and the current or last agency, or nobody; nothing when that is not known.
    pub fn person(&self, code: &str) -> Option<Option<(StaffId, AgencyId)>> {
        let Some(id) = self.people.get(code)? else { return Some(None) };
        Some(Some((*id, self.members.get(id)?.tenures.last().agency)))
    }

    /// The course with a code, or none; nothing when that is not known.
    pub fn course(&self, code: &str) -> Option<Option<CourseId>> {
        self.courses.get(code).copied()
    }

    /// A known person.
    pub(crate) fn member(&self, person: StaffId) -> Option<&Staff> {
        self.members.get(&person)
    }

    /// The training of a known person, in the order of creation, as a contribution is computed from it.
    pub(crate) fn training(&self, person: StaffId) -> Vec<Training> {
        self.trainings(person).iter().map(|(_, training)| training.clone()).collect()
    }

    /// The training of a known person, in the order of creation, with the identities of the records.
    pub(crate) fn trainings(&self, person: StaffId) -> &[(TrainingRecordId, Training)] {
        self.trainings.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    /// A known course.
    pub(crate) fn taught(&self, course: CourseId) -> Option<CourseFacts> {
        self.taught.get(&course).copied()
    }

    /// What a record of a person and a course is judged by, if it is known.
    pub(crate) fn circumstances(&self, person: StaffId, course: CourseId) -> Option<Circumstances> {
        Some(Circumstances {
            member: self.member(person)?.clone(),
            before: self.training(person),
            course: self.taught(course)?,
        })
    }

    /// Adds a training of a known person.
    pub(crate) fn add(&mut self, id: TrainingRecordId, training: Training) {
        self.trainings.entry(training.record.staff).or_default().push((id, training));
    }
}

/// Notes the codes that were looked for in vain.
fn missing<T>(found: &mut HashMap<String, Option<T>>, codes: &[&str]) {
    for code in codes {
        if !found.contains_key(*code) {
            found.insert((*code).to_owned(), None);
        }
    }
}
