//! The figures' cells, computed from a change log alone.

use crate::catalogue::Catalogue;
use crate::cells::{Cell, CellKey, Cells, first_difference};
use crate::changes::{Change, Resource};
use crate::courses::{Course, CourseKind};
use crate::document_exchanges::{self, DocumentExchange};
use crate::id::{CourseId, InformationSystemId, StaffId};
use crate::information_systems::{self, InformationSystem};
use crate::monitoring_statuses::MonitoringStatus;
use crate::observations::{self, Observation};
use crate::personal::Personal;
use crate::staff::{self, Staff, Training};
use crate::training_records::TrainingRecord;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};

/// What a log has made so far: the rows that count, and the values it says it gave to cells.
#[derive(Debug, Default)]
pub struct Replay {
    catalogue: Catalogue,
    courses: BTreeMap<CourseId, CourseKind>,
    exchanges: BTreeMap<i64, DocumentExchange>,
    observations: BTreeMap<i64, Observation>,
    people: BTreeMap<StaffId, Staff>,
    statuses: BTreeMap<i64, MonitoringStatus>,
    systems: BTreeMap<InformationSystemId, InformationSystem>,
    trainings: BTreeMap<i64, TrainingRecord>,
    given: BTreeMap<CellKey, Cell>,
}

impl Replay {
    /// Makes the next change of the log.
    pub fn apply(&mut self, change: &Change) -> Result<(), String> {
        self.put(change).map_err(|error| {
            format!("change {}: does not hold a row of {} that can be read: {error}", change.seq, change.resource)
        })
    }

    /// Takes a value that the log says a cell was given.
    pub fn give(&mut self, key: CellKey, cell: Cell) {
        self.given.insert(key, cell);
    }

    /// Computes all cells from the rows, and answers how many there are, or the first that was given another value.
    pub fn compare(self) -> Result<usize, String> {
        let mut given = Cells::default();
        for (key, cell) in &self.given {
            given.add(*key, *cell);
        }
        let computed = self.computed();
        match first_difference(&computed, &given, "given last") {
            Some(difference) => Err(difference),
            None => Ok(computed.len()),
        }
    }

    fn put(&mut self, change: &Change) -> serde_json::Result<()> {
        let id = change.resource_id;
        let after = change.after.as_deref().map(|text| readable(change, text)).transpose()?;
        match change.resource {
            Resource::Courses => {
                let kind = after.map(row::<Course>).transpose()?.map(|course| course.kind);
                set(&mut self.courses, id.into(), kind);
            }
            Resource::DocumentExchanges => set(&mut self.exchanges, id, after.map(row).transpose()?),
            Resource::InformationSystems => set(&mut self.systems, id.into(), after.map(row).transpose()?),
            Resource::MonitoringStatuses => set(&mut self.statuses, id, after.map(row).transpose()?),
            Resource::Observations => set(&mut self.observations, id, after.map(row).transpose()?),
            Resource::Staff => set(&mut self.people, id.into(), after.map(row).transpose()?),
            Resource::TrainingRecords => set(&mut self.trainings, id, after.map(row).transpose()?),
            // These do not count.
            Resource::Incidents | Resource::RevokedTokens | Resource::Users => {}
            catalogue => self.catalogue.put(catalogue, id, after.map(row).transpose()?)?,
        }
        Ok(())
    }

    fn computed(self) -> Cells {
        let catalogue = self.catalogue.indexed();
        let mut sum = Cells::default();
        for exchange in self.exchanges.values() {
            sum.add_all(&document_exchanges::contribution(&catalogue, exchange));
        }
        for observation in self.observations.values() {
            if catalogue.indicators.contains_key(&observation.indicator) {
                sum.add_all(&observations::contribution(observation));
            }
        }
        let mut statuses: HashMap<InformationSystemId, Vec<MonitoringStatus>> = HashMap::new();
        for status in self.statuses.into_values() {
            statuses.entry(status.system).or_default().push(status);
        }
        for (id, system) in &self.systems {
            let statuses = statuses.remove(id).unwrap_or_default();
            sum.add_all(&information_systems::contribution(&catalogue, system, &statuses));
        }
        let mut trainings: HashMap<StaffId, Vec<Training>> = HashMap::new();
        for record in self.trainings.into_values() {
            if let Some(course_kind) = self.courses.get(&record.course).copied() {
                trainings.entry(record.staff).or_default().push(Training { record, course_kind });
            }
        }
        for (id, person) in &self.people {
            let trainings = trainings.remove(id).unwrap_or_default();
            sum.add_all(&staff::contribution(&catalogue, person, &trainings));
        }
        sum
    }
}

fn set<K: Ord, V>(rows: &mut BTreeMap<K, V>, id: K, row: Option<V>) {
    match row {
        Some(row) => drop(rows.insert(id, row)),
        None => drop(rows.remove(&id)),
    }
}

/// A row as the log holds it. An identifier of a person that is sealed is read as an erased one: it counts in no figure.
fn readable(change: &Change, text: &str) -> serde_json::Result<String> {
    let personal = Personal::read(change.resource, change.resource_id, text)?;
    let sealed = personal.filter(|personal| personal.sealed().is_some());
    Ok(sealed.map_or_else(|| text.to_owned(), |personal| personal.open(None)))
}

fn row<E: DeserializeOwned>(text: String) -> serde_json::Result<E> {
    serde_json::from_str(&text)
}
