//! The change log: no gaps, no lost writes, and no trace of refused ones.

use crate::database::fixture::{Fixture, Tables, assert_clean, assert_gap_free, cells, hire, refusal, trained};
use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::on_both_engines;
use thidua_domain::id::{AgencyId, StaffId};
use thidua_persistence::catalogue::agencies;
use thidua_persistence::records::{staff, training_records};
use thidua_persistence::{Database, Error};

#[on_both_engines]
fn an_identity_is_the_seq_of_the_change_that_created_the_row(world: Fixture) {
    let before = world.tables().log().len() as i64;
    let commune = world.commune();
    let course = world.ids.courses[0];
    let (person, record) = world
        .write(move |transaction| {
            let person = hire(transaction, "NV-1", commune)?;
            let mut member = staff::get(transaction.connection(), person)?;
            member.kind = thidua_domain::catalogue::record_kinds::StaffKind::Worker;
            staff::update(transaction, person, &member)?;
            Ok((person, training_records::insert(transaction, &trained(person, course, "2026-02-01"))?))
        })
        .expect("it fits");
    world.write(move |transaction| training_records::delete(transaction, record)).expect("it can go");
    let log = world.tables().log();
    assert_gap_free(&log);
    let told: Vec<_> = log[before as usize..]
        .iter()
        .map(|row| (row.resource.as_str(), row.resource_id, row.operation.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("staff", person.0, "create"),
            ("staff", person.0, "update"),
            ("training-records", record.0, "create"),
            ("training-records", record.0, "delete"),
        ]
    );
    assert_eq!((person.0, record.0), (before + 1, before + 3));
    assert_clean(&world.database, before + 4);
}

#[on_both_engines]
fn what_fails_in_a_batch_leaves_nothing_and_harms_nobody(world: Fixture) {
    let before = world.tables().log().len() as i64;
    let commune = world.commune();
    let (release, released) = channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let (running, runs) = channel::<()>();
    // The writer is kept busy until all the others wait: they are one batch.
    world.database.submit(
        crate::database::fixture::context(),
        move |_| {
            running.send(()).expect("the test waits");
            released.lock().expect("one waits").recv().map_err(Error::internal)
        },
        |outcome| outcome.expect("nothing was asked"),
    );
    runs.recv().expect("the writer runs");
    let (answer, answers) = channel();
    for index in 0..40 {
        let answer = answer.clone();
        world.database.submit(
            crate::database::fixture::context(),
            move |transaction| {
                let person = hire(transaction, &format!("NV-{index}"), commune)?;
                match index % 5 {
                    1 => Err(refusal()),
                    2 => std::panic::resume_unwind(Box::new("a defect")),
                    // The database itself refuses this one: people are there.
                    3 => agencies::delete(transaction, commune).map(|()| person),
                    _ => Ok(person),
                }
            },
            move |outcome| answer.send((index, outcome)).expect("the test waits"),
        );
    }
    drop(answer);
    release.send(()).expect("the writer waits");
    let mut done = Vec::new();
    let mut refused = 0;
    for (index, outcome) in answers {
        match (index % 5, outcome) {
            (0 | 4, Ok(person)) => done.push(person.0),
            (1, Err(Error::Conflict(violation))) => refused += i64::from(violation.code == "refused_by_test"),
            (2, Err(Error::Internal(_))) => refused += 1,
            (3, Err(Error::Conflict(_))) => refused += 1,
            (_, outcome) => panic!("write {index}: {outcome:?}"),
        }
    }
    assert_eq!((done.len(), refused), (16, 24));
    assert_eq!(done, (before + 1..=before + 16).collect::<Vec<_>>(), "in the order of the queue, without gaps");
    let log = world.tables().log();
    assert_gap_free(&log);
    assert_eq!(log.len() as i64, before + 16);
    assert_eq!(world.tables().count("staff"), 16);
    assert_eq!(world.tables().count("tenures"), 16);
    assert_eq!(world.database.model().seq, before + 16);
    assert_clean(&world.database, before + 16);
    world.write(move |transaction| hire(transaction, "NV-after", commune)).expect("the writer goes on");
}

#[on_both_engines]
fn every_answered_write_of_many_threads_is_there_once(world: Fixture) {
    let before = world.tables().log().len() as i64;
    let mut answered = Vec::new();
    std::thread::scope(|scope| {
        let world = &world;
        let threads: Vec<_> =
            (0..8).map(|thread| scope.spawn(move || hire_many(&world.database, world.commune(), thread, 50))).collect();
        for thread in threads {
            answered.extend(thread.join().expect("a thread ends well"));
        }
    });
    assert_there_once(&mut world.tables(), before, &answered, 400);
    assert_eq!(world.database.model().seq, before + 400);
    assert_clean(&world.database, before + 400);
}

#[on_both_engines]
fn two_programs_on_one_database_keep_one_log(world: Fixture) {
    let before = world.tables().log().len() as i64;
    let mut options = world.place.options();
    options.follow_every = Duration::from_millis(10);
    let other = Database::open(options).expect("a second program");
    let mut answered = Vec::new();
    std::thread::scope(|scope| {
        let (world, other) = (&world, &other);
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let database = if thread % 2 == 0 { &world.database } else { other };
                scope.spawn(move || hire_many(database, world.commune(), thread, 25))
            })
            .collect();
        for thread in threads {
            answered.extend(thread.join().expect("a thread ends well"));
        }
    });
    assert_there_once(&mut world.tables(), before, &answered, 200);
    let deadline = Instant::now() + Duration::from_secs(10);
    while world.database.model().seq != before + 200 || other.model().seq != before + 200 {
        assert!(Instant::now() < deadline, "{} and {}", world.database.model().seq, other.model().seq);
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(cells(&world.database.model()), cells(&other.model()));
    let key = world.database.model().cells.iter().find(|(key, _)| key.agency == world.commune()).expect("a cell");
    assert_eq!((key.0.indicator, key.1.denominator), (world.ct7(), 200));
    assert_clean(&world.database, before + 200);
    assert_clean(&other, before + 200);
}

fn hire_many(database: &Database, agency: AgencyId, thread: usize, count: usize) -> Vec<StaffId> {
    let write = |index| {
        database.write(crate::database::fixture::context(), move |transaction| {
            hire(transaction, &format!("NV-{thread}-{index}"), agency)
        })
    };
    (0..count).map(|index| write(index).expect("the write fits")).collect()
}

#[track_caller]
fn assert_there_once(tables: &mut Tables, before: i64, answered: &[StaffId], count: i64) {
    let log = tables.log();
    assert_gap_free(&log);
    let logged: BTreeSet<i64> = log[before as usize..].iter().map(|row| row.resource_id).collect();
    let answered: BTreeSet<i64> = answered.iter().map(|person| person.0).collect();
    assert_eq!(answered.len() as i64, count, "no identity was given twice");
    assert_eq!(log.len() as i64, before + count, "nothing but what was answered");
    assert_eq!(logged, answered);
    assert_eq!(tables.count("staff"), count);
}
