//! A replay holds people as bytes, and leaves nothing of them out that counts.

use crate::support::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::cells::Cells;
use thidua_domain::log::changes::{Actor, Change, Operation, Resource};
use thidua_domain::log::replay::{Recorded, Replay};
use thidua_domain::records::staff::{Training, contribution};
use thidua_domain::records::training_records::TrainingRecord;

/// A log with what stands at its end.
#[derive(Default)]
struct Log {
    changes: Vec<Change>,
    rows: BTreeMap<(Resource, i64), Value>,
}

impl Log {
    fn write(&mut self, resource: Resource, id: i64, after: Option<Value>) {
        let before = match &after {
            Some(row) => self.rows.insert((resource, id), row.clone()),
            None => self.rows.remove(&(resource, id)),
        };
        let text = |row: Option<Value>| row.map(|row| row.to_string());
        let operation = match (&before, &after) {
            (None, _) => Operation::Create,
            (_, Some(_)) => Operation::Update,
            (_, None) => Operation::Delete,
        };
        let seq = i64::try_from(self.changes.len()).unwrap_or(i64::MAX) + 1;
        self.changes.push(Change {
            seq,
            at: 1,
            actor: Actor::SYSTEM,
            resource,
            resource_id: id,
            operation,
            before: text(before),
            after: text(after),
            reason: None,
            nonce: None,
        });
    }

    fn replayed(&self) -> Result<Cells, String> {
        let mut replay = Replay::making_steps();
        for change in &self.changes {
            replay.follow(change, Recorded::default());
        }
        replay.finish()
    }

    /// The contributions of the rows that stand at the end.
    fn computed(&self) -> Result<Cells, serde_json::Error> {
        let (catalogue, mut cells) = (catalogue(), Cells::default());
        let of = |resource| self.rows.iter().filter(move |((found, _), _)| *found == resource);
        let mut trainings: BTreeMap<i64, Vec<Training>> = BTreeMap::new();
        for (_, row) in of(Resource::TrainingRecords) {
            let record: TrainingRecord = serde_json::from_value(row.clone())?;
            if let Some(course) = self.rows.get(&(Resource::Courses, record.course.0)) {
                let course_kind = serde_json::from_value(course["kind"].clone())?;
                trainings.entry(record.staff.0).or_default().push(Training { record, course_kind });
            }
        }
        for ((_, id), row) in of(Resource::Staff) {
            let staff = serde_json::from_value(row.clone())?;
            let trainings = trainings.get(id).map_or(&[] as &[_], Vec::as_slice);
            cells.add_all(&contribution(&catalogue, &staff, trainings, long_after()));
        }
        Ok(cells)
    }
}

/// Identities beside each other, in one block of 32 or at its ends, and far apart.
fn people() -> impl Iterator<Item = i64> {
    (1000..1100).chain([1, 3199, 3200, 1 << 31, 1 << 40, i64::MAX])
}

fn course(kind: &str) -> Value {
    json!({"code": "K", "name": "Khóa", "kind": kind, "form": "online", "hours": 1, "from": "2026-01-01",
        "to": "2026-12-31", "organiser": DEPARTMENT})
}

fn person(id: i64) -> Value {
    let stays = match id % 3 {
        0 => json!([{"agency": DEPARTMENT, "from": "2026-01-20", "to": null}]),
        1 => json!([{"agency": WARD, "from": "2025-11-02", "to": "2026-05-31"}]),
        _ => json!([{"agency": WARD, "from": "2026-01-20", "to": "2026-03-15"},
            {"agency": COMMUNE, "from": "2026-03-16", "to": null}]),
    };
    let told = json!([{"calendar": ND09, "first": "2026-02", "last": "2026-03", "agency": null},
        {"calendar": CIVIL, "first": "2026-02", "last": "2026-02", "agency": DEPARTMENT}]);
    let mut person = json!({"code": format!("NV-{id}"), "kind": "cong_chuc", "tenures": stays});
    if id % 5 == 0 {
        person["told"] = told;
    }
    person
}

fn training(staff: i64, course: i64) -> Value {
    let late = json!([{"calendar": CIVIL, "first": "2026-02", "last": "2026-06"}]);
    let mut training = json!({"staff": staff, "course": course, "on": "2026-02-20", "confirmed_on": null,
        "result": if staff % 7 == 0 { "failed" } else { "completed" }, "certificate": "CC-1"});
    if staff % 2 == 0 {
        training["confirmed_on"] = json!("2026-04-03");
    }
    if staff % 4 == 0 {
        training["late"] = late;
    }
    training
}

/// Everybody with one to three trainings in the courses 901 to 903.
fn trained(people: impl Iterator<Item = i64>) -> Log {
    let (mut log, catalogue) = (Log::default(), catalogue());
    for (id, calendar) in &catalogue.calendars {
        log.write(Resource::Calendars, id.0, Some(json!(calendar)));
    }
    for (id, phase) in &catalogue.phases {
        log.write(Resource::Phases, id.0, Some(json!(phase)));
    }
    for (id, indicator) in &catalogue.indicators {
        log.write(Resource::Indicators, id.0, Some(json!(indicator)));
    }
    for (id, kind) in [(901, "basic_digital_skills"), (902, "ai"), (903, "awareness")] {
        log.write(Resource::Courses, id, Some(course(kind)));
    }
    for (number, id) in people.enumerate() {
        log.write(Resource::Staff, id, Some(person(id)));
        for further in 0..=number % 3 {
            let (record, course) = (10_000 + number * 3 + further, 901 + further);
            let [record, course] = [record, course].map(|number| i64::try_from(number).unwrap_or_default());
            log.write(Resource::TrainingRecords, record, Some(training(id, course)));
        }
    }
    log
}

fn require_computed(log: &Log) {
    let (replayed, computed) = (log.replayed().expect("the log can be read"), log.computed().expect("so can its rows"));
    assert!(computed.len() > 4, "{}", computed.len());
    assert_eq!(replayed.iter().collect::<Vec<_>>(), computed.iter().collect::<Vec<_>>());
}

#[test]
fn people_and_trainings_of_every_form_count_as_they_are() {
    require_computed(&trained(people()));
}

#[test]
fn rows_that_change_and_go_count_as_they_are_then() {
    let mut log = trained(people());
    for (number, id) in people().enumerate() {
        let record = 10_000 + i64::try_from(number * 3).unwrap_or_default();
        match number % 4 {
            // The record turns out to be somebody else's.
            0 => log.write(Resource::TrainingRecords, record, Some(training(1000, 901))),
            1 => log.write(Resource::TrainingRecords, record, None),
            2 => log.write(Resource::Staff, id, Some(person(id.saturating_sub(1)))),
            _ => log.write(Resource::Staff, id, None),
        }
    }
    require_computed(&log);
}

#[test]
fn a_course_of_more_people_than_are_held_at_once_counts_for_none_of_them_when_it_is_gone() {
    let mut log = trained(5000..6010);
    let before = log.replayed().expect("the log can be read");
    log.write(Resource::Courses, 901, None);
    assert_ne!(log.replayed(), Ok(before), "the course has counted");
    require_computed(&log);
}
