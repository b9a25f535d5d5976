//! Steps inside months: kept with every write, proved by the log, and made again from it.

use crate::database::claims::{Memory, assert_alike, assert_explained, assert_remembered};
use crate::database::fixture::{Fixture, assert_clean, calendar, day, monitoring, person, redefined, trained};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use support::on_both_engines;
use thidua_domain::figures::attainment::attain;
use thidua_domain::figures::question::Question;
use thidua_domain::id::{AgencyId, IndicatorId};
use thidua_domain::records::monitoring_statuses::MonitoringStatus;
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::time::Period;
use thidua_persistence::catalogue::{calendars, indicators};
use thidua_persistence::records::{information_systems, monitoring_statuses, staff, training_records};
use thidua_persistence::verify::Finding;
use thidua_persistence::{Context, Database, Result, Transaction};

/// The migration that makes the table.
const MIGRATION: &str = "20261129074500";

/// A write at nine in the morning of a day.
fn write<T: Send + 'static>(
    database: &Database,
    on: &str,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
) -> T {
    let at: DateTime<Utc> = format!("{on}T02:00:00Z").parse().expect("a moment");
    database.write(Context::of_program(at, None), work).expect("it fits")
}

fn status(system: impl Into<i64>, on: &str, valid_until: &str) -> MonitoringStatus {
    let status = json!({"system": system.into(), "on": on, "level_approved": true, "plan_deployed": true,
        "monitored_by": "own", "last_event": on, "assessment_valid_until": valid_until, "evidence": null, "note": null});
    serde_json::from_value(status).expect("a status")
}

fn stay(agency: AgencyId, from: &str, to: &str) -> Tenures {
    Tenures::parse("", vec![Tenure { agency, from: day(from), to: Some(day(to)) }]).expect("a stay")
}

/// The province's figure of the year under `nd09` on a day.
fn figure(world: &Fixture, indicator: IndicatorId, on: &str) -> (i64, i64) {
    let (agency, calendar) = (world.ids.agencies[0], world.ids.calendars[0]);
    let question = Question { indicator, agency, calendar, period: Period::Year(2026), day: day(on) };
    let model = world.database.model();
    let figure = attain(&model.catalogue, &model.cells, question).expect("an answer").figure;
    (figure.numerator, figure.denominator)
}

/// Two people whose stays end, and a system with statuses, written over some weeks of 2026.
fn history(world: &Fixture) -> Vec<Memory> {
    let (commune, ids, database) = (world.commune(), world.ids.clone(), &world.database);
    let (ct6, courses) = (ids.indicators[3], ids.courses);
    let mut memories = Vec::new();
    let system = write(database, "2026-11-24", move |transaction| {
        let row = json!({"code": "HT-1", "name": "Cổng", "level": null, "level_basis": null,
            "tenures": [{"agency": commune, "from": "2026-01-01", "to": null}]});
        let system = information_systems::insert(transaction, &serde_json::from_value(row).expect("a system"))?;
        monitoring_statuses::insert(transaction, &status(system.0, "2026-11-20", "2026-12-08"))?;
        Ok(system)
    });
    memories.push(Memory::of(database));
    let people = write(database, "2026-11-25", move |transaction| {
        let leaving = |code: &str, to: &str| {
            let member = person(code, commune, "2026-01-01");
            thidua_domain::records::staff::Staff { tenures: stay(commune, "2026-01-01", to), ..member }
        };
        let one = staff::insert(transaction, &leaving("NV-1", "2026-12-02"))?;
        Ok([one, staff::insert(transaction, &leaving("NV-2", "2026-12-10"))?])
    });
    memories.push(Memory::of(database));
    write(database, "2026-11-26", move |transaction| {
        training_records::insert(transaction, &trained(people[0], courses[0], "2026-02-01"))
    });
    memories.push(Memory::of(database));
    // Each of these recounts everything, on another day.
    write(database, "2026-11-27", move |transaction| {
        let indicator = transaction.catalogue().indicators[&ct6].clone();
        let redefined = redefined(indicator, None, |definition| definition.source = monitoring(false));
        indicators::update(transaction, ct6, &redefined)
    });
    memories.push(Memory::of(database));
    write(database, "2026-11-28", move |transaction| {
        let indicator = transaction.catalogue().indicators[&ct6].clone();
        let redefined = redefined(indicator, None, |definition| definition.source = monitoring(true));
        indicators::update(transaction, ct6, &redefined)
    });
    write(database, "2026-11-28", |transaction| calendars::insert(transaction, &calendar("tenth", Some(10))));
    memories.push(Memory::of(database));
    // A stay changes after one of its steps has passed.
    write(database, "2026-12-05", move |transaction| {
        for (person, to) in people.into_iter().zip(["2026-12-20", "2026-12-11"]) {
            let member = staff::get(transaction.connection(), person)?;
            let tenures = stay(commune, "2026-01-01", to);
            staff::update(transaction, person, &thidua_domain::records::staff::Staff { tenures, ..member })?;
        }
        monitoring_statuses::insert(transaction, &status(system.0, "2026-12-04", "2026-12-06"))
    });
    memories.push(Memory::of(database));
    memories
}

#[on_both_engines]
fn steps_follow_every_write_and_the_log_proves_them(world: Fixture) {
    let (ct6, ct7) = (world.ids.indicators[3], world.ct7());
    let memories = history(&world);
    // The assessment holds until 06/12; one of the two, who is trained, stays until 20/12, the other until 11/12.
    let figures = |days: [&str; 3], indicator| days.map(|on| figure(&world, indicator, on));
    assert_eq!(figures(["2026-12-05", "2026-12-06", "2026-12-07"], ct6), [(1, 1), (1, 1), (0, 1)]);
    assert_eq!(figures(["2026-12-11", "2026-12-12", "2026-12-14"], ct7), [(1, 2), (1, 1), (1, 1)]);
    assert_clean(&world.database, world.database.model().seq);
    assert_remembered(&world.database, &memories);
    assert_explained(&world.database);
    let reopened = world.place.open();
    assert_alike(&world.database.model(), &reopened.model());
}

#[on_both_engines]
fn a_program_that_knew_no_steps_leaves_a_log_they_are_made_from(world: Fixture) {
    let memories = history(&world);
    let Fixture { database, place, ids } = world;
    let told = database.model().cells.steps().collect::<BTreeMap<_, _>>();
    assert!(!told.is_empty());
    drop(database);
    let mut tables = crate::database::fixture::Tables::of(&place);
    tables.execute("DROP TABLE day_steps");
    tables.execute(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{MIGRATION}'"));
    let database = place.open();
    assert_remembered(&database, &memories);
    assert_explained(&database);
    let world = Fixture { database, place, ids };
    assert!(matches!(world.finding(), Finding::Clean { .. }), "{:?}", world.finding());
    assert_eq!(figure(&world, world.ids.indicators[3], "2026-12-07"), (0, 1));
}

#[on_both_engines]
fn an_earlier_value_of_a_step_is_proved_too(world: Fixture) {
    history(&world);
    let mut tables = world.tables();
    // The step that the first write of the person's stay gave, before the stay was prolonged.
    let first = "day = '2026-12-11' AND seq = (SELECT MIN(seq) FROM day_steps WHERE day = '2026-12-11')";
    let found = |tables: &mut crate::database::fixture::Tables, sql: &str| {
        let finding = tables.and_back(&["day_steps"], |tables| {
            tables.execute(sql);
            world.finding()
        });
        match finding {
            Finding::Difference(said) => said,
            clean => panic!("{clean:?} after {sql}"),
        }
    };
    let edited = found(&mut tables, &format!("UPDATE day_steps SET denominator = denominator - 1 WHERE {first}"));
    assert!(edited.starts_with("step (") && edited.contains("given by change"), "{edited}");
    let deleted = found(&mut tables, &format!("DELETE FROM day_steps WHERE {first}"));
    assert!(deleted.starts_with("step (") && deleted.contains(" still 0/0 from 0 reports"), "{deleted}");
    let invented =
        "INSERT INTO day_steps SELECT indicator_id, agency_id, calendar_id, '2026-12-09', seq, 1, 1, 1 FROM day_steps";
    let invented = found(&mut tables, &format!("{invented} WHERE {first}"));
    assert!(invented.starts_with("step ("), "{invented}");
    let beyond = found(&mut tables, &format!("UPDATE day_steps SET seq = seq + 1000 WHERE {first}"));
    assert!(beyond.starts_with("step ("), "{beyond}");
}
