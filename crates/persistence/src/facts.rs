//! What the writes of one commit will ask for, read for all of them at once.

use crate::connection::Connection;
use crate::error::Result;
use crate::{courses, staff, training_records};
use std::collections::HashMap;
use thidua_domain::courses::CourseKind;
use thidua_domain::id::{AgencyId, CourseId, StaffId};
use thidua_domain::staff::{Staff, Training};

/// What a write says beforehand that it will ask for. It may ask for more, or less.
#[derive(Debug, Clone, Default)]
pub struct Foreseen {
    /// Codes of people, whose training it will ask for, too.
    pub staff: Vec<String>,
    /// Codes of courses.
    pub courses: Vec<String>,
}

/// What is known, as of the writes done so far.
#[derive(Default)]
pub(crate) struct Facts {
    /// By code; nobody where a code was looked for in vain.
    people: HashMap<String, Option<StaffId>>,
    members: HashMap<StaffId, Staff>,
    /// Of all members, in the order of creation.
    trainings: HashMap<StaffId, Vec<Training>>,
    /// By code, as people.
    courses: HashMap<String, Option<CourseId>>,
    kinds: HashMap<CourseId, CourseKind>,
}

/// What a new training record is judged by.
pub(crate) struct Circumstances {
    /// The person.
    pub(crate) member: Staff,
    /// The person's training so far, in the order of creation.
    pub(crate) before: Vec<Training>,
    /// What the course teaches.
    pub(crate) course_kind: CourseKind,
}

impl Facts {
    /// Reads what several writes will ask for, from tables that hold all that was written so far.
    pub(crate) fn learn<'a>(
        &mut self,
        connection: &mut Connection,
        foreseen: impl Iterator<Item = &'a Foreseen> + Clone,
    ) -> Result<()> {
        let codes = |of: fn(&Foreseen) -> &Vec<String>| -> Vec<&str> {
            foreseen.clone().flat_map(of).map(String::as_str).collect()
        };
        let (people, courses) = (codes(|foreseen| &foreseen.staff), codes(|foreseen| &foreseen.courses));
        if people.is_empty() && courses.is_empty() {
            return Ok(());
        }
        let members = staff::whole_by_codes(connection, &people)?;
        let ids: Vec<i64> = members.keys().map(|id| id.0).collect();
        self.trainings.extend(training_records::of_people(connection, &ids)?);
        self.people.extend(people.iter().map(|code| ((*code).to_owned(), None)));
        self.people.extend(members.iter().map(|(id, member)| (member.code.to_string(), Some(*id))));
        self.members.extend(members);
        let found = courses::kinds_by_codes(connection, &courses)?;
        self.courses.extend(courses.iter().map(|code| ((*code).to_owned(), None)));
        for (code, id, kind) in found {
            self.courses.insert(code, Some(id));
            self.kinds.insert(id, kind);
        }
        Ok(())
    }

    /// Whether all is known that a write will ask for.
    pub(crate) fn has(&self, foreseen: &Foreseen) -> bool {
        foreseen.staff.iter().all(|code| self.people.contains_key(code))
            && foreseen.courses.iter().all(|code| self.courses.contains_key(code))
    }

    /// The person with a code and the current or last agency, or nobody; nothing when that is not known.
    pub(crate) fn person(&self, code: &str) -> Option<Option<(StaffId, AgencyId)>> {
        let Some(id) = self.people.get(code)? else { return Some(None) };
        Some(Some((*id, self.members.get(id)?.tenures.last().agency)))
    }

    /// The course with a code, or none; nothing when that is not known.
    pub(crate) fn course(&self, code: &str) -> Option<Option<CourseId>> {
        self.courses.get(code).copied()
    }

    /// What a record of a person and a course is judged by, if it is known.
    pub(crate) fn circumstances(&self, person: StaffId, course: CourseId) -> Option<Circumstances> {
        Some(Circumstances {
            member: self.members.get(&person)?.clone(),
            before: self.trainings.get(&person).cloned().unwrap_or_default(),
            course_kind: *self.kinds.get(&course)?,
        })
    }

    /// Adds a training of a known person.
    pub(crate) fn add(&mut self, training: Training) {
        self.trainings.entry(training.record.staff).or_default().push(training);
    }
}
