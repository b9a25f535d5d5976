//! The rows that count, as a change log makes them, without texts that no figure reads.

use super::packed_map::PackedMap;
use super::people::{Attendance, Person};
use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::record_kinds::CourseKind;
use crate::cells::Cells;
use crate::id::{CourseId, InformationSystemId, StaffId};
use crate::log::changes::{Change, Resource};
use crate::log::personal_data::Personal;
use crate::records::courses::Course;
use crate::records::document_exchanges::DocumentExchange;
use crate::records::information_systems::InformationSystem;
use crate::records::monitoring_statuses::MonitoringStatus;
use crate::records::observations::Observation;
use crate::records::staff::Staff;
use crate::records::training_records::TrainingRecord;
use crate::records::{document_exchanges, information_systems, observations};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// The rows; statuses stand under their systems and trainings under their persons. People and their trainings are most of
/// a long log, so they are held as bytes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    catalogue: Catalogue,
    courses: HashMap<CourseId, CourseKind>,
    exchanges: HashMap<i64, DocumentExchange>,
    observations: HashMap<i64, Observation>,
    people: PackedMap<Person>,
    /// Number of training records of each course that has some.
    attended: HashMap<CourseId, u64>,
    statuses: HashMap<InformationSystemId, BTreeMap<i64, MonitoringStatus>>,
    systems: HashMap<InformationSystemId, InformationSystem>,
}

/// A subject: the unit whose contribution to cells is computed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Exchange(i64),
    Observation(i64),
    Person(StaffId),
    System(InformationSystemId),
}

impl Rows {
    /// Applies a change.
    pub(super) fn put(&mut self, change: &Change) -> serde_json::Result<()> {
        let id = change.resource_id;
        match change.resource {
            Resource::Courses => set(&mut self.courses, id.into(), after(change)?.map(|course: Course| course.kind)),
            Resource::DocumentExchanges => set(&mut self.exchanges, id, after(change)?),
            Resource::InformationSystems => set(&mut self.systems, id.into(), after(change)?),
            Resource::Observations => {
                let bare = |observation| Observation { evidence: None, note: None, ..observation };
                set(&mut self.observations, id, after(change)?.map(bare));
            }
            Resource::Staff => {
                let member = after(change)?.map(|staff: Staff| staff.into());
                self.edit_person(id, |person| person.member = member);
            }
            Resource::MonitoringStatuses => {
                let bare = |status| MonitoringStatus { evidence: None, note: None, ..status };
                let (before, after) = (before(change)?, after(change)?.map(bare));
                set_under(&mut self.statuses, id, before.as_ref(), after, |status| status.system);
            }
            Resource::TrainingRecords => {
                let (before, after) = (before(change)?, after(change)?);
                self.set_training(id, before.map(|record: TrainingRecord| record.staff), after);
            }
            // These do not count.
            Resource::ClientKeys
            | Resource::Clients
            | Resource::Incidents
            | Resource::RevokedTokens
            | Resource::Users => {}
            catalogue => self.catalogue.put(catalogue, id, after(change)?)?,
        }
        Ok(())
    }

    /// The subjects whose contribution a change may move. To be called before the change is applied.
    pub(super) fn subjects(&self, change: &Change) -> serde_json::Result<Vec<Subject>> {
        let id = change.resource_id;
        Ok(match change.resource {
            Resource::DocumentExchanges => vec![Subject::Exchange(id)],
            Resource::Observations => vec![Subject::Observation(id)],
            Resource::InformationSystems => vec![Subject::System(id.into())],
            Resource::Staff => vec![Subject::Person(id.into())],
            Resource::MonitoringStatuses => {
                both(change)?.map(|status: MonitoringStatus| Subject::System(status.system)).collect()
            }
            Resource::TrainingRecords => {
                both(change)?.map(|record: TrainingRecord| Subject::Person(record.staff)).collect()
            }
            Resource::Courses => {
                let course = CourseId(id);
                let now = after(change)?.map(|course: Course| course.kind);
                if self.courses.get(&course).copied() == now { Vec::new() } else { self.attendants(course) }
            }
            _ => Vec::new(),
        })
    }

    /// Puts a training record under its person, and takes it from the person it was of.
    fn set_training(&mut self, id: i64, before: Option<StaffId>, after: Option<TrainingRecord>) {
        let after = after.map(Attendance::split);
        let owner = after.as_ref().map(|(owner, _)| *owner);
        let mut gone = Vec::new();
        let mut take = |person: &mut Person| gone.extend(person.trainings.extract_if(.., |(other, _)| *other == id));
        if let Some(before) = before.filter(|before| Some(*before) != owner) {
            self.edit_person(before.0, &mut take);
        }
        if let Some((owner, attendance)) = after {
            self.count_attended(attendance.course, u64::checked_add);
            self.edit_person(owner.0, |person| {
                take(person);
                person.trainings.push((id, attendance));
            });
        }
        for (_, attendance) in gone {
            self.count_attended(attendance.course, u64::checked_sub);
        }
    }

    fn edit_person(&mut self, id: i64, edit: impl FnOnce(&mut Person)) {
        let mut person = self.people.get(id).unwrap_or_default();
        edit(&mut person);
        self.people.set(id, Some(&person).filter(|person| !person.is_empty()));
    }

    fn count_attended(&mut self, course: CourseId, count: impl FnOnce(u64, u64) -> Option<u64>) {
        let before = self.attended.get(&course).copied().unwrap_or_default();
        set(&mut self.attended, course, count(before, 1).filter(|records| *records > 0));
    }

    fn attendants(&self, course: CourseId) -> Vec<Subject> {
        // Most courses are written before anybody has attended them: then nobody is looked for.
        if !self.attended.contains_key(&course) {
            return Vec::new();
        }
        let attended = |id: &i64| {
            let person = self.people.get(*id).unwrap_or_default();
            person.trainings.iter().any(|(_, attendance)| attendance.course == course)
        };
        self.people.ids().filter(attended).map(|id| Subject::Person(id.into())).collect()
    }

    /// The contribution of one subject, with the steps on days after `today`.
    pub(super) fn contribution(&self, subject: Subject, today: Date) -> Cells {
        let catalogue = &self.catalogue;
        let found = match subject {
            Subject::Exchange(id) => {
                self.exchanges.get(&id).map(|exchange| document_exchanges::contribution(catalogue, exchange))
            }
            Subject::Observation(id) => {
                let known = |observation: &&Observation| catalogue.indicators.contains_key(&observation.indicator);
                self.observations.get(&id).filter(known).map(observations::contribution)
            }
            Subject::Person(id) => {
                self.people.get(id.0).and_then(|person| person.contribution(id, catalogue, &self.courses, today))
            }
            Subject::System(id) => {
                let statuses: Vec<_> = self.statuses.get(&id).into_iter().flat_map(BTreeMap::values).cloned().collect();
                self.systems
                    .get(&id)
                    .map(|system| information_systems::contribution(catalogue, system, &statuses, today))
            }
        };
        found.unwrap_or_default()
    }

    /// The contribution of some subjects together.
    pub(super) fn contributions(&self, subjects: impl Iterator<Item = Subject>, today: Date) -> Cells {
        let mut sum = Cells::default();
        for subject in subjects {
            sum.add_all(&self.contribution(subject, today));
        }
        sum
    }

    /// The contribution of all subjects, with the steps on days after `today`.
    pub(super) fn all_contributions(&self, today: Date) -> Cells {
        let exchanges = self.exchanges.keys().map(|id| Subject::Exchange(*id));
        let observations = self.observations.keys().map(|id| Subject::Observation(*id));
        let people = self.people.ids().map(|id| Subject::Person(id.into()));
        let systems = self.systems.keys().map(|id| Subject::System(*id));
        self.contributions(exchanges.chain(observations).chain(people).chain(systems), today)
    }
}

fn set<K: Eq + Hash, V>(rows: &mut HashMap<K, V>, id: K, row: Option<V>) {
    match row {
        Some(row) => drop(rows.insert(id, row)),
        None => drop(rows.remove(&id)),
    }
}

/// Puts a row under its owner, and takes it from the owner it had.
fn set_under<K: Eq + Hash, V>(
    rows: &mut HashMap<K, BTreeMap<i64, V>>,
    id: i64,
    before: Option<&V>,
    after: Option<V>,
    owner: impl Fn(&V) -> K,
) {
    if let Some(others) = before.and_then(|before| rows.get_mut(&owner(before))) {
        others.remove(&id);
    }
    if let Some(after) = after {
        rows.entry(owner(&after)).or_default().insert(id, after);
    }
}

fn before<E: DeserializeOwned>(change: &Change) -> serde_json::Result<Option<E>> {
    change.before.as_deref().map(|text| row(change, text)).transpose()
}

fn after<E: DeserializeOwned>(change: &Change) -> serde_json::Result<Option<E>> {
    change.after.as_deref().map(|text| row(change, text)).transpose()
}

fn both<E: DeserializeOwned>(change: &Change) -> serde_json::Result<impl Iterator<Item = E>> {
    Ok(before(change)?.into_iter().chain(after(change)?))
}

/// A row as the log holds it. An identifier of a person that is sealed is read as an erased one: it counts in no
/// figure.
fn row<E: DeserializeOwned>(change: &Change, text: &str) -> serde_json::Result<E> {
    let personal = Personal::read(change.resource, change.resource_id, text)?;
    match personal.filter(|personal| personal.sealed().is_some()) {
        Some(personal) => serde_json::from_str(&personal.open(None)),
        None => serde_json::from_str(text),
    }
}
