//! Rows of a time to come that stand already, as version 0.1.0 took them: they stay, and can be mended.

use crate::database::fixture::{Fixture, assert_clean, context, day, hire, observation, trained};
use chrono::TimeDelta;
use support::on_both_engines;
use thidua_domain::catalogue::record_kinds::TrainingResult;
use thidua_domain::fraction::Count;
use thidua_domain::records::observations::{Nature, Observation};
use thidua_domain::records::training_records::TrainingRecord;
use thidua_persistence::records::{observations, training_records};
use thidua_persistence::{Context, Error, Result, Transaction};

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Result<T>, pointer: &str) {
    match outcome {
        Err(Error::Invalid(violations)) => {
            let found: Vec<_> = violations.iter().map(|found| (found.pointer.as_str(), found.code)).collect();
            assert_eq!(found, [(pointer, "in_future")]);
        }
        other => panic!("{other:?}"),
    }
}

/// A write by a program whose clock is two months ahead.
fn ahead<T: Send + 'static>(
    world: &Fixture,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
) -> T {
    let now = context();
    world.database.write(Context { at: now.at + TimeDelta::days(60), ..now }, work).expect("it has come by then")
}

#[on_both_engines]
fn a_row_of_a_time_to_come_changes_towards_the_truth_only(world: Fixture) {
    let (course, commune) = (world.ids.courses[0], world.commune());
    let figure = observation(world.ids.indicators[2], commune, world.ids.calendars[1], 202_612, (1, 2));
    let declared = figure.clone();
    // 15/12 is three weeks after the day of the test; 2026-12 of the second calendar begins on the 1st.
    let (person, record, observed) = ahead(&world, move |transaction| {
        let person = hire(transaction, "NV-1", commune)?;
        let record = training_records::insert(transaction, &trained(person, course, "2026-12-15"))?;
        Ok((person, record, observations::insert(transaction, &declared)?))
    });
    let retrain = |change: fn(&mut TrainingRecord)| {
        let mut after = trained(person, course, "2026-12-15");
        change(&mut after);
        world.write(move |transaction| training_records::update(transaction, record, &after))
    };
    let redeclare = |change: fn(&mut Observation)| {
        let mut after = figure.clone();
        change(&mut after);
        world.write(move |transaction| observations::update(transaction, observed, &after))
    };
    assert_refused(retrain(|record| record.result = TrainingResult::Failed), "/on");
    assert_refused(redeclare(|figure| figure.numerator = Count::stored(2)), "/month");
    retrain(|record| record.on = day("2026-11-23")).expect("that is today");
    redeclare(|figure| figure.nature = Nature::Estimate).expect("an estimate may be of any month");
    world
        .write(move |transaction| {
            training_records::delete(transaction, record)?;
            observations::delete(transaction, observed)
        })
        .expect("whatever stands can go");
    let changes = world.tables().log().len() as i64;
    assert_clean(&world.database, changes);
}
