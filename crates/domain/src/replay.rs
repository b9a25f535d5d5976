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
use crate::staff::{self, Staff, Training};
use crate::training_records::TrainingRecord;
use serde::de::DeserializeOwned;
use serde_json::Value;
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
        let (id, after) = (change.resource_id, change.after.as_deref());
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

/// Stands for a text that a log holds sealed; it is a code as well as a name, and counts in no figure.
const SEALED: &str = "sealed";

/// A row as the log holds it. A member that is sealed, `{"sealed": …}` where there is else a text, is read as a word.
fn row<E: DeserializeOwned>(text: &str) -> serde_json::Result<E> {
    let mut value: Value = serde_json::from_str(text)?;
    for member in value.as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
        let sealed = member.as_object().is_some_and(|members| members.len() == 1 && members.contains_key(SEALED));
        if sealed {
            *member = Value::from(SEALED);
        }
    }
    E::deserialize(value)
}
