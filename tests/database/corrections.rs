//! Corrections under a clock that the test holds, and the changes that one write logs.

use crate::database::fixture::{Fixture, assert_clean, context, hire, observation, trained};
use chrono::TimeDelta;
use support::on_both_engines;
use thidua_domain::cells::Cell;
use thidua_domain::closing::corrections::{Correction, Decision};
use thidua_domain::closing::locks::Lock;
use thidua_domain::fraction::Count;
use thidua_domain::id::{AgencyId, CalendarId, CorrectionId, ErratumId, IndicatorId, ObservationId, StaffId};
use thidua_domain::text::Reference;
use thidua_domain::time::Period;
use thidua_persistence::closing::{corrections, locks};
use thidua_persistence::records::{observations, training_records};
use thidua_persistence::{Context, Error, Result, Transaction};

fn text(text: &str) -> Reference {
    Reference::parse("", text).expect("a text")
}

fn lock(transaction: &mut Transaction<'_>, calendar: CalendarId, agency: AgencyId) -> Result<()> {
    let (period, locked_at) = (Period::parse("", "2026-Q1")?, transaction.now());
    locks::insert(transaction, &Lock { calendar, period, agency, reason: text("Khóa"), locked_at })?;
    Ok(())
}

fn request(
    transaction: &mut Transaction<'_>,
    calendar: CalendarId,
    agency: AgencyId,
    indicator: Option<IndicatorId>,
) -> Result<CorrectionId> {
    let correction = Correction {
        calendar,
        period: Period::parse("", "2026-02")?,
        agency,
        indicator,
        reason: text("Cộng sót"),
        document_number: text("12/CV"),
        requested_by: transaction.author(),
        requested_at: transaction.now(),
        decision: Decision::Pending,
    };
    corrections::insert(transaction, &correction)
}

/// A write so many seconds after the first moment of the test.
fn after<T: Send + 'static>(
    world: &Fixture,
    seconds: i64,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    let first = context();
    world.database.write(Context { at: first.at + TimeDelta::seconds(seconds), ..first }, work)
}

fn cell(numerator: i64, denominator: i64, reports: i64) -> Cell {
    Cell { numerator, denominator, reports }
}

#[track_caller]
fn assert_locked<T: std::fmt::Debug>(outcome: Result<T>) {
    match outcome {
        Err(Error::Conflict(violation)) => assert_eq!(violation.code, "period_locked"),
        other => panic!("{other:?}"),
    }
}

/// Declares 3/4 for February, locks the first quarter for the commune, and asks for a correction.
fn declared(world: &Fixture) -> (ObservationId, CorrectionId) {
    let (indicator, agency, calendar) = (world.ids.indicators[2], world.commune(), world.ids.calendars[0]);
    let declared = observation(indicator, agency, calendar, 202_602, (3, 4));
    after(world, 0, move |transaction| {
        let id = observations::insert(transaction, &declared)?;
        lock(transaction, calendar, agency)?;
        Ok((id, request(transaction, calendar, agency, Some(indicator))?))
    })
    .expect("it fits")
}

#[on_both_engines]
fn a_window_opens_and_closes_by_the_clock_of_the_write(world: Fixture) {
    let (id, correction) = declared(&world);
    let figure = observation(world.ids.indicators[2], world.commune(), world.ids.calendars[0], 202_602, (4, 4));
    let change = |seconds, numerator| {
        let mut figure = figure.clone();
        figure.numerator = Count::stored(numerator);
        after(&world, seconds, move |transaction| observations::update(transaction, id, &figure))
    };
    assert_locked(change(5, 4));
    let opens_at = context().at + TimeDelta::seconds(20);
    after(&world, 10, move |transaction| {
        corrections::approve(transaction, correction, Some(opens_at), Some(opens_at + TimeDelta::hours(1)))
    })
    .expect("nobody has decided yet");
    assert_locked(change(19, 4));
    change(20, 4).expect("the window is open");
    change(20 + 3599, 2).expect("the window is still open");
    assert_locked(change(20 + 3600, 4));

    let model = world.database.model();
    let errata: Vec<_> = model
        .catalogue
        .errata
        .values()
        .map(|erratum| {
            let (_, told) = erratum.cell().expect("a cell");
            (told.old, told.new, erratum.corrected_at)
        })
        .collect();
    assert_eq!(errata, [(cell(3, 4, 1), cell(2, 4, 1), opens_at + TimeDelta::seconds(3599))]);
    drop(model);
    let log = world.tables().log();
    let last: Vec<_> = log[log.len() - 4..].iter().map(|row| (row.resource.as_str(), row.operation.as_str())).collect();
    assert_eq!(
        last,
        [("observations", "update"), ("errata", "create"), ("observations", "update"), ("errata", "update")]
    );
    assert_clean(&world.database, log.len() as i64);
}

#[on_both_engines]
fn a_write_of_many_parts_makes_one_erratum_of_what_stands(world: Fixture) {
    let (id, correction) = declared(&world);
    let (indicator, agency, calendar) = (world.ids.indicators[2], world.commune(), world.ids.calendars[0]);
    after(&world, 1, move |transaction| corrections::approve(transaction, correction, None, None)).expect("it fits");
    let figure = move |numerator| observation(indicator, agency, calendar, 202_602, (numerator, 9));
    after(&world, 2, move |transaction| {
        observations::update(transaction, id, &figure(5))?;
        let refused = transaction.savepoint(|part| {
            observations::update(part, id, &figure(6))?;
            Err::<(), _>(crate::database::fixture::refusal())
        });
        assert!(refused.is_err());
        transaction.savepoint(|part| observations::update(part, id, &figure(7)))?;
        observations::delete(transaction, id)?;
        observations::insert(transaction, &figure(8)).map(|_| ())
    })
    .expect("it is covered");
    let errata = |world: &Fixture| -> Vec<(ErratumId, Cell, Cell)> {
        let model = world.database.model();
        let cells = model.catalogue.errata.iter().filter_map(|(id, erratum)| Some((*id, erratum.cell()?.1)));
        cells.map(|(id, told)| (id, told.old, told.new)).collect()
    };
    let first = errata(&world);
    assert_eq!(first.iter().map(|(_, old, new)| (*old, *new)).collect::<Vec<_>>(), [(cell(3, 4, 1), cell(8, 9, 1))]);

    // A change that the same write takes back makes no erratum, nor does a refused one.
    after(&world, 3, move |transaction| {
        let refused = transaction.savepoint(|part| {
            corrections::close(part, correction)?;
            observations::insert(part, &observation(indicator, agency, calendar, 202_601, (1, 1))).map(|_| ())
        });
        assert!(refused.is_err());
        Ok(())
    })
    .expect("the rest stands");
    assert_eq!(errata(&world), first);
    let changes = world.tables().log().len() as i64;
    assert_clean(&world.database, changes);
}

#[on_both_engines]
fn two_programs_agree_on_what_is_open(world: Fixture) {
    let (id, correction) = declared(&world);
    let other = thidua_persistence::Database::open(world.place.options()).expect("a second program");
    let figure = observation(world.ids.indicators[2], world.commune(), world.ids.calendars[0], 202_602, (4, 4));
    let change = figure.clone();
    assert_locked(other.write(context(), move |transaction| observations::update(transaction, id, &change)));
    world.write(move |transaction| corrections::approve(transaction, correction, None, None)).expect("it fits");
    other
        .write(context(), move |transaction| observations::update(transaction, id, &figure))
        .expect("it is open there, too");
    assert_eq!(other.model().catalogue.errata.len(), 1);
    world.write(move |transaction| corrections::close(transaction, correction)).expect("it was open");
    assert_locked(other.write(context(), move |transaction| observations::delete(transaction, id)));
    let changes = world.tables().log().len() as i64;
    assert_clean(&other, changes);
}

#[on_both_engines]
fn a_person_who_moved_leaves_records_behind_that_the_old_agencys_lock_keeps(world: Fixture) {
    let (here, there) = (world.ids.agencies[4], world.ids.agencies[5]);
    let (calendar, course) = (world.ids.calendars[0], world.ids.courses[0]);
    let (person, record) = world
        .write(move |transaction| {
            let person = hire(transaction, "NV-1", here)?;
            let record = training_records::insert(transaction, &trained(person, course, "2026-02-01"))?;
            let mut member = thidua_persistence::records::staff::get(transaction.connection(), person)?;
            member.tenures = member.tenures.transferred("", there, crate::database::fixture::day("2026-05-20"))?;
            thidua_persistence::records::staff::update(transaction, person, &member)?;
            lock(transaction, calendar, here)?;
            Ok((person, record))
        })
        .expect("it fits");
    let moved = move |person: StaffId| trained(person, course, "2026-02-02");
    assert_locked(world.write(move |transaction| training_records::update(transaction, record, &moved(person))));
    world
        .write(move |transaction| {
            // March's sum holds February's trainings, so the whole quarter is to be corrected.
            let month = request(transaction, calendar, here, None)?;
            let period = Period::parse("", "2026-Q1")?;
            let quarter = Correction { period, ..transaction.catalogue().corrections[&month].clone() };
            let quarter = corrections::insert(transaction, &quarter)?;
            corrections::approve(transaction, quarter, None, None)
        })
        .expect("it fits");
    world
        .write(move |transaction| training_records::update(transaction, record, &moved(person)))
        .expect("it is covered");
    assert!(world.database.model().catalogue.errata.is_empty(), "no figure has changed");
}
