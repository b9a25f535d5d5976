//! Facts that training records are judged by: people with their training, and courses, read for many records at once.

use crate::catalogue::record_kinds::CourseKind;
use crate::id::{AgencyId, CourseId, StaffId, TrainingRecordId};
use crate::records::courses::{Course, CourseDays};
use crate::records::staff::{Staff, Training};
use crate::spelling::folded;
use crate::text::Code;
use std::collections::HashMap;

/// A hint: the rows that writes of training records will ask for. They may ask for more, or less.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainingHint {
    /// Codes of people; their training is read, too.
    pub staff: Vec<String>,
    /// Codes of courses.
    pub courses: Vec<String>,
}

impl TrainingHint {
    /// True when no rows are named.
    pub fn is_empty(&self) -> bool {
        self.staff.is_empty() && self.courses.is_empty()
    }
}

/// Rows that have been read, as of the writes done so far.
#[derive(Debug, Default)]
pub struct TrainingFacts {
    /// By code, as it was asked for; none for a code that nobody has.
    people: HashMap<String, Option<StaffId>>,
    members: HashMap<StaffId, Staff>,
    /// The training of all members, in the order of creation.
    trainings: HashMap<StaffId, Vec<(TrainingRecordId, Training)>>,
    /// By code, as it was asked for; none for a code that no course has.
    courses: HashMap<String, Option<CourseId>>,
    /// The code and the facts of each course.
    taught: HashMap<CourseId, (Code, CourseFacts)>,
}

/// The facts of a course by which its trainings are judged.
#[derive(Debug, Clone, Copy)]
pub struct CourseFacts {
    /// Its kind.
    pub kind: CourseKind,
    /// Its days.
    pub days: CourseDays,
}

impl CourseFacts {
    /// The facts of a course.
    pub fn of(course: &Course) -> Self {
        Self { kind: course.kind, days: course.days() }
    }
}

/// The rows by which a new training record is judged.
#[derive(Debug)]
pub struct Circumstances {
    /// The person.
    pub member: Staff,
    /// The person's training so far, in the order of creation.
    pub before: Vec<Training>,
    /// The course.
    pub course: CourseFacts,
}

impl TrainingFacts {
    /// Adds the people found by some codes, in any spelling.
    pub fn add_people(&mut self, codes: &[&str], found: HashMap<StaffId, Staff>) {
        let known: Vec<_> = found.iter().map(|(id, member)| (*id, member.code.as_str())).collect();
        self.people.extend(meant(codes, &known).into_iter().map(|(code, id)| (code.to_owned(), id)));
        self.members.extend(found);
    }

    /// Adds the courses found by some codes, in any spelling, each with its code.
    pub fn add_courses(&mut self, codes: &[&str], found: Vec<(Code, CourseId, CourseFacts)>) {
        let known: Vec<_> = found.iter().map(|(code, id, _)| (*id, code.as_str())).collect();
        self.courses.extend(meant(codes, &known).into_iter().map(|(code, id)| (code.to_owned(), id)));
        self.taught.extend(found.into_iter().map(|(code, id, taught)| (id, (code, taught))));
    }

    /// Puts people's training in the place of what was known of it.
    pub fn put_trainings(&mut self, found: HashMap<StaffId, Vec<(TrainingRecordId, Training)>>) {
        self.trainings.extend(found);
    }

    /// Adds a training of a person who has been read.
    pub fn add(&mut self, id: TrainingRecordId, training: Training) {
        self.trainings.entry(training.record.staff).or_default().push((id, training));
    }

    /// The people who were found, in any order.
    pub fn people(&self) -> impl Iterator<Item = StaffId> {
        self.members.keys().copied()
    }

    /// True when all rows of a hint have been read.
    pub fn has(&self, hint: &TrainingHint) -> bool {
        hint.staff.iter().all(|code| self.people.contains_key(code))
            && hint.courses.iter().all(|code| self.courses.contains_key(code))
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
    pub fn member(&self, person: StaffId) -> Option<&Staff> {
        self.members.get(&person)
    }

    /// The training of a person who has been read, in the order of creation, with the identities of the records.
    pub fn trainings(&self, person: StaffId) -> &[(TrainingRecordId, Training)] {
        self.trainings.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    /// A course that has been read.
    pub fn taught(&self, course: CourseId) -> Option<CourseFacts> {
        self.taught.get(&course).map(|(_, facts)| *facts)
    }

    /// The code of a course that has been read.
    pub fn course_code(&self, course: CourseId) -> Option<&Code> {
        self.taught.get(&course).map(|(code, _)| code)
    }

    /// The rows by which a record of a person and a course is judged, if all have been read.
    pub fn circumstances(&self, person: StaffId, course: CourseId) -> Option<Circumstances> {
        Some(Circumstances {
            member: self.member(person)?.clone(),
            before: self.trainings(person).iter().map(|(_, training)| training.clone()).collect(),
            course: self.taught(course)?,
        })
    }
}

/// The row that each of some codes means, among rows that were found by them in any spelling.
fn meant<'c, I: Copy + Ord>(codes: &[&'c str], found: &[(I, &str)]) -> Vec<(&'c str, Option<I>)> {
    let exact: HashMap<&str, I> = found.iter().map(|(id, code)| (*code, *id)).collect();
    // Nearly all codes are spelled as their rows spell them.
    let mut others = None;
    let row = |code: &&'c str| match exact.get(code) {
        Some(id) => (*code, Some(*id)),
        None => (*code, others.get_or_insert_with(|| first_of_each(found)).get(&folded(code)).copied()),
    };
    codes.iter().map(row).collect()
}

/// Of the rows with each code the one that was created first.
fn first_of_each<I: Copy + Ord>(found: &[(I, &str)]) -> HashMap<String, I> {
    let mut first = HashMap::new();
    for (id, code) in found {
        let earliest = first.entry(folded(code)).or_insert(*id);
        *earliest = (*earliest).min(*id);
    }
    first
}
