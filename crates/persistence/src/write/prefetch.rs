//! Prefetching: rows that many writes will ask for, read for all of them at once.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::records::{courses, staff, training_records};
use crate::write::transaction::Transaction;
use std::collections::HashMap;
use thidua_domain::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use thidua_domain::records::courses::{Course, CourseDays, CourseKind};
use thidua_domain::records::staff::{Staff, Training};

/// A forecast of the rows that a write will ask for. It may ask for more, or less.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefetch {
    /// Codes of people; their training is read, too.
    pub staff: Vec<String>,
    /// Codes of courses.
    pub courses: Vec<String>,
    /// True for a batch, or a part of one: it takes long, so it has a commit of its own and leaves time to others.
    pub is_batch: bool,
}

impl Prefetch {
    /// Reads the rows, as of the changes a write has made so far.
    pub fn look_up(&self, transaction: &mut Transaction<'_>) -> Result<Prefetched> {
        transaction.look_up(self)
    }

    /// True when no rows are named.
    pub(crate) fn is_empty(&self) -> bool {
        self.staff.is_empty() && self.courses.is_empty()
    }
}

/// Rows that have been read, as of the writes done so far.
#[derive(Debug, Default)]
pub struct Prefetched {
    /// By code; none for a code that nobody has.
    people: HashMap<String, Option<StaffId>>,
    members: HashMap<StaffId, Staff>,
    /// The training of all members, in the order of creation.
    trainings: HashMap<StaffId, Vec<(TrainingRecordId, Training)>>,
    /// By code; none for a code that no course has.
    courses: HashMap<String, Option<CourseId>>,
    taught: HashMap<CourseId, CourseFacts>,
}

/// The facts of a course by which its trainings are judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CourseFacts {
    /// Its kind.
    pub(crate) kind: CourseKind,
    /// Its days.
    pub(crate) days: CourseDays,
}

impl CourseFacts {
    /// The facts of a course.
    pub(crate) fn of(course: &Course) -> Self {
        Self { kind: course.kind, days: course.days() }
    }
}

/// The rows by which a new training record is judged.
pub(crate) struct Circumstances {
    /// The person.
    pub(crate) member: Staff,
    /// The person's training so far, in the order of creation.
    pub(crate) before: Vec<Training>,
    /// The course.
    pub(crate) course: CourseFacts,
}

impl Prefetched {
    /// Reads the rows that a write will ask for.
    pub(crate) fn of(connection: &mut Connection, prefetch: &Prefetch) -> Result<Self> {
        let mut facts = Self::default();
        facts.learn(connection, std::iter::once(prefetch))?;
        Ok(facts)
    }

    /// Reads the rows that several writes will ask for. The tables must hold everything written so far.
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

    /// True when all rows that a write will ask for have been read.
    pub(crate) fn has(&self, prefetch: &Prefetch) -> bool {
        prefetch.staff.iter().all(|code| self.people.contains_key(code))
            && prefetch.courses.iter().all(|code| self.courses.contains_key(code))
    }

    /// The person with a code and the current or last agency. The outer option is none when the code was not read, the
    /// inner one when nobody has it.
    pub fn person(&self, code: &str) -> Option<Option<(StaffId, AgencyId)>> {
        let Some(id) = self.people.get(code)? else { return Some(None) };
        Some(Some((*id, self.members.get(id)?.tenures.last().agency)))
    }

    /// The course with a code. The outer option is none when the code was not read, the inner one when no course has
    /// it.
    pub fn course(&self, code: &str) -> Option<Option<CourseId>> {
        self.courses.get(code).copied()
    }

    /// A person who has been read.
    pub(crate) fn member(&self, person: StaffId) -> Option<&Staff> {
        self.members.get(&person)
    }

    /// The training of a person who has been read, in the order of creation, without identities.
    pub(crate) fn training(&self, person: StaffId) -> Vec<Training> {
        self.trainings(person).iter().map(|(_, training)| training.clone()).collect()
    }

    /// The training of a person who has been read, in the order of creation, with the identities of the records.
    pub(crate) fn trainings(&self, person: StaffId) -> &[(TrainingRecordId, Training)] {
        self.trainings.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    /// A course that has been read.
    pub(crate) fn taught(&self, course: CourseId) -> Option<CourseFacts> {
        self.taught.get(&course).copied()
    }

    /// The rows by which a record of a person and a course is judged, if all have been read.
    pub(crate) fn circumstances(&self, person: StaffId, course: CourseId) -> Option<Circumstances> {
        Some(Circumstances {
            member: self.member(person)?.clone(),
            before: self.training(person),
            course: self.taught(course)?,
        })
    }

    /// Adds a training of a person who has been read.
    pub(crate) fn add(&mut self, id: TrainingRecordId, training: Training) {
        self.trainings.entry(training.record.staff).or_default().push((id, training));
    }
}

/// Notes the codes that no row has.
fn missing<T>(found: &mut HashMap<String, Option<T>>, codes: &[&str]) {
    for code in codes {
        if !found.contains_key(*code) {
            found.insert((*code).to_owned(), None);
        }
    }
}
