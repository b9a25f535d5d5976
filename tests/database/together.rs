//! Writes of one commit are stored together, with the same result as one by one.

use crate::database::fixture::{Fixture, code, context, finding, hire, refusal, trained};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use support::Engine;
use support::engines::FromEngine;
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::Reference;
use thidua_persistence::log::{changes, personal_data};
use thidua_persistence::records::{courses, staff, training_records};
use thidua_persistence::verify::Finding;
use thidua_persistence::{Error, Prefetch, PrefetchHint, Result, Transaction};

/// A write of the sequence.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody is trained.
    Train { person: &'static str, course: &'static str, on: &'static str, certified: bool, end: End },
    /// Somebody is hired.
    Hire { person: &'static str },
    /// Somebody's first training is deleted.
    Forget { person: &'static str },
}

/// The end of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Stands,
    /// Abandoned: it was a dry run.
    Abandoned,
    /// Refused after its work was done.
    Refused,
}

fn step() -> impl Strategy<Value = Step> {
    let person = || select(&["NV-1", "NV-2", "NV-3"][..]);
    let ends = select(&[End::Stands, End::Stands, End::Stands, End::Abandoned, End::Refused][..]);
    let day = select(&["2026-01-20", "2026-02-10", "2025-12-30"][..]);
    let train = (person(), select(&["K1", "K2", "K3", "K9"][..]), day, prop::bool::weighted(0.2), ends);
    prop_oneof![
        6 => train.prop_map(|(person, course, on, certified, end)| Step::Train { person, course, on, certified, end }),
        1 => person().prop_map(|person| Step::Hire { person }),
        1 => person().prop_map(|person| Step::Forget { person }),
    ]
}

impl Step {
    fn prefetch(&self) -> Prefetch {
        match self {
            Self::Train { person, course, .. } => Prefetch {
                rows: PrefetchHint { staff: vec![(*person).to_owned()], courses: vec![(*course).to_owned()] },
                ..Prefetch::default()
            },
            _ => Prefetch::default(),
        }
    }

    /// Runs the step, and gives the identity of the row it made.
    fn run(self, transaction: &mut Transaction<'_>, agency: AgencyId) -> Result<i64> {
        match self {
            Self::Train { person, course, on, certified, end } => {
                if end == End::Abandoned {
                    transaction.roll_back();
                }
                let person = staff::look_up(transaction, &code(person))?.ok_or(Error::NotFound(Resource::Staff))?.0;
                let course = courses::look_up(transaction, &code(course))?.ok_or(Error::NotFound(Resource::Courses))?.0;
                let certificate = if certified { Some(Reference::parse("", "CC-7")?) } else { None };
                let record = TrainingRecord { certificate, ..trained(person, course, on) };
                let id = training_records::insert(transaction, &record)?;
                if end == End::Refused { Err(refusal()) } else { Ok(id.0) }
            }
            Self::Hire { person } => Ok(hire(transaction, person, agency)?.0),
            Self::Forget { person } => {
                let person = staff::look_up(transaction, &code(person))?.ok_or(Error::NotFound(Resource::Staff))?.0;
                let filter = training_records::Filter { staff: Some(person), ..Default::default() };
                let slice = thidua_persistence::Slice { limit: 1, descending: false, after: None, count: false };
                let page =
                    training_records::list(transaction.connection(), &filter, training_records::Sort::Id, &slice)?;
                let id = page.items.first().ok_or(Error::NotFound(Resource::TrainingRecords))?.0;
                training_records::delete(transaction, id)?;
                Ok(id.0)
            }
        }
    }
}

/// Runs steps one by one, each in a commit of its own, and gives the result of each.
fn one_by_one(world: &Fixture, steps: &[Step]) -> Vec<String> {
    let agency = world.commune();
    let run = |step: &Step| {
        let step = step.clone();
        format!("{:?}", world.write(move |transaction| step.run(transaction, agency)))
    };
    steps.iter().map(run).collect()
}

/// Runs steps in one commit: they queue up behind a write that waits.
fn together(world: &Fixture, steps: &[Step]) -> Vec<String> {
    let (go, wait) = channel::<()>();
    let (wait, agency) = (Arc::new(Mutex::new(wait)), world.commune());
    let (sender, receiver) = channel();
    let told = |index: usize, sender: &Sender<(usize, String)>| {
        let sender = sender.clone();
        move |outcome: Result<i64>| sender.send((index, format!("{outcome:?}"))).expect("the test waits")
    };
    let waits = move |_: &mut Transaction<'_>| {
        wait.lock().expect("nobody else waits").recv().expect("the test says go");
        Ok(0)
    };
    world.database.submit(context(), waits, |_| ());
    for (index, step) in steps.iter().enumerate() {
        let work = {
            let step = step.clone();
            move |transaction: &mut Transaction<'_>| step.run(transaction, agency)
        };
        world.database.submit_prefetching(context(), step.prefetch(), work, told(index, &sender));
    }
    go.send(()).expect("the writer waits");
    let outcomes: BTreeMap<_, _> = steps.iter().map(|_| receiver.recv().expect("each is answered")).collect();
    outcomes.into_values().collect()
}

/// The state of a database: log without sealed texts, whose keys are random, every value of every cell, and the
/// records.
fn state(world: &Fixture) -> (String, String, String) {
    let log = world.database.read(|connection| {
        let mut page = changes::after(connection, 0, 10_000)?;
        personal_data::open_all(connection, page.iter_mut())?;
        Ok(page)
    });
    let log: Vec<_> = log.expect("the log can be read").into_iter().map(|logged| logged.change).collect();
    let mut tables = world.tables();
    let mut rows = |table: &str, columns: &str| {
        format!("{:?}", tables.pairs(&format!("SELECT '' AS one, {columns} AS two FROM {table} ORDER BY {columns}")))
    };
    let key = "indicator_id || ' ' || agency_id || ' ' || calendar_id || ' ' || month || ' ' ";
    let cell = "numerator || ' ' || denominator || ' ' || reports";
    let cells = rows("cells", &format!("{key} || {cell}"));
    let versions = rows("cell_versions", &format!("{key} || seq || ' ' || {cell}"));
    let records = rows("training_records", "id || ' ' || staff_id || ' ' || course_id || ' ' || result");
    (format!("{log:?}"), cells + &versions, records)
}

/// Whatever is written, and however it ends: the same answers, log, rows and cells as one by one.
fn writes_of_one_commit_come_out_as_one_by_one(engine: Engine) {
    let config = Config {
        cases: 24,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2158),
        max_shrink_iters: 60,
        ..Config::default()
    };
    let made = RefCell::new(0);
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(step(), 2..14), |steps| {
        let (Some(first), Some(second)) = (Fixture::on(engine), Fixture::on(engine)) else { return Ok(()) };
        for world in [&first, &second] {
            let agency = world.commune();
            world.write(move |transaction| hire(transaction, "NV-1", agency)).expect("somebody is hired");
        }
        let outcomes = together(&first, &steps);
        *made.borrow_mut() += outcomes.iter().filter(|outcome| outcome.starts_with("Ok")).count();
        prop_assert_eq!(outcomes, one_by_one(&second, &steps));
        prop_assert_eq!(state(&first), state(&second));
        let clean = matches!(finding(&first.database), Finding::Clean { .. });
        prop_assert!(clean);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let made = made.into_inner();
    assert!(made == 0 || made > 24, "the steps mean something: {made}");
}

#[test]
fn writes_of_one_commit_come_out_as_one_by_one_on_sqlite() {
    writes_of_one_commit_come_out_as_one_by_one(Engine::Sqlite);
}

#[test]
fn writes_of_one_commit_come_out_as_one_by_one_on_postgres() {
    writes_of_one_commit_come_out_as_one_by_one(Engine::Postgres);
}
