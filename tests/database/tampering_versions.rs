//! Tampering with earlier values of cells, which `asOf` and histories answer: they are proved like the present ones.

use crate::database::fixture::{Fixture, assert_clean, context, hire, observation, redefined, trained};
use chrono::TimeDelta;
use support::on_both_engines;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::cells::CellKey;
use thidua_persistence::Context;
use thidua_persistence::catalogue::indicators;
use thidua_persistence::records::{observations, training_records};
use thidua_persistence::verify::Finding;

/// The small world with one declared figure that was set and changed twice, an hour apart each time, and with a figure
/// computed from the roll.
struct Past {
    world: Fixture,
    /// The figure that was declared.
    declared: CellKey,
    /// The changes that set it to 3/4, 2/4 and 1/4.
    set: [i64; 3],
}

impl support::engines::FromEngine for Past {
    fn on(engine: support::Engine) -> Option<Self> {
        let world = Fixture::on(engine)?;
        let (indicator, agency, calendar) = (world.ids.indicators[2], world.commune(), world.ids.calendars[0]);
        let figure = move |numerator| observation(indicator, agency, calendar, 202_602, (numerator, 4));
        let row = world.write(move |transaction| observations::insert(transaction, &figure(3))).expect("it fits");
        let mut set = [row.0; 3];
        for (numerator, place, hours) in [(2, 1, 1), (1, 2, 2)] {
            let course = world.ids.courses[0];
            let now = context();
            let later = Context { at: now.at + TimeDelta::hours(hours), ..now };
            set[place] = world
                .database
                .write(later, move |transaction| {
                    let person = hire(transaction, &format!("NV-{numerator}"), agency)?;
                    training_records::insert(transaction, &trained(person, course, "2026-02-01"))?;
                    observations::update(transaction, row, &figure(numerator))?;
                    Ok(transaction.head())
                })
                .expect("it fits");
        }
        assert_clean(&world.database, set[2]);
        let month = crate::database::fixture::month(202_602);
        Some(Self { world, declared: CellKey { indicator, agency, calendar, month }, set })
    }
}

impl Past {
    /// Tampers with the version that a change gave the declared figure, and gives the finding of a verification.
    #[track_caller]
    fn found_after(&self, sql: &str, given_by: i64) -> String {
        let indicator = self.declared.indicator;
        let sql = format!("{sql} WHERE indicator_id = {indicator} AND seq = {given_by}");
        let finding = self.world.tables().and_back(&["cell_versions"], |tables| {
            tables.execute(&sql);
            self.world.finding()
        });
        match finding {
            Finding::Difference(difference) => difference,
            clean => panic!("{clean:?} after {sql}"),
        }
    }
}

#[on_both_engines]
fn an_edited_earlier_value(past: Past) {
    let (key, [_, second, _]) = (past.declared, past.set);
    let found = past.found_after("UPDATE cell_versions SET numerator = 4", second);
    assert_eq!(found, format!("{key}: given by change {second} 4/4 from 1 reports, computed 2/4 from 1"));
}

#[on_both_engines]
fn a_deleted_earlier_value(past: Past) {
    let (key, [_, second, _]) = (past.declared, past.set);
    let found = past.found_after("DELETE FROM cell_versions", second);
    assert_eq!(found, format!("{key}: after change {second} still 3/4 from 1 reports, computed 2/4 from 1"));
}

#[on_both_engines]
fn a_value_moved_to_a_later_change(past: Past) {
    let (key, [first, second, third]) = (past.declared, past.set);
    let found = past.found_after(&format!("UPDATE cell_versions SET seq = {}", third - 1), second);
    assert_eq!(found, format!("{key}: after change {second} still 3/4 from 1 reports, computed 2/4 from 1"));
    let found = past.found_after(&format!("UPDATE cell_versions SET seq = {}", third + 9), third);
    assert_eq!(found, format!("{key}: after change {third} still 2/4 from 1 reports, computed 1/4 from 1"));
    let found = past.found_after(&format!("UPDATE cell_versions SET seq = {}", first - 1), first);
    assert_eq!(found, format!("{key}: given by change {} 3/4 from 1 reports, computed 0/0 from 0", first - 1));
}

#[on_both_engines]
fn two_values_in_the_others_place(past: Past) {
    let (key, [first, second, _]) = (past.declared, past.set);
    let place = |seq| format!("UPDATE cell_versions SET seq = {seq} WHERE indicator_id = {} AND", key.indicator);
    past.world.tables().execute(&format!(
        "{} seq = {first}; {} seq = {second}; {} seq = -1",
        place(-1),
        place(first),
        place(second)
    ));
    let wrong = format!("{key}: given by change {first} 2/4 from 1 reports, computed 3/4 from 1");
    assert_eq!(past.world.finding(), Finding::Difference(wrong));
}

#[on_both_engines]
fn an_invented_value(past: Past) {
    let (key, [first, second, third]) = (past.declared, past.set);
    let copied = |seq| {
        format!(
            "INSERT INTO cell_versions SELECT indicator_id, agency_id, calendar_id, month, {seq}, numerator, denominator, reports \
         FROM cell_versions"
        )
    };
    let between = first + 1;
    assert_eq!(
        past.found_after(&copied(between), first),
        format!("{key}: given by change {between}, which did not move it")
    );
    let none = third + 1;
    assert_eq!(past.found_after(&copied(none), second), format!("{key}: given by change {none}, which there is not"));
}

#[on_both_engines]
fn values_that_a_new_definition_moved(past: Past) {
    let ct7 = past.world.ct7();
    let defined = past
        .world
        .write(move |transaction| {
            let indicator = transaction.catalogue().indicators[&ct7].clone();
            let confirmed = redefined(indicator, None, |definition| {
                if let Source::TrainingRecords { confirmed_only, .. } = &mut definition.source {
                    *confirmed_only = true;
                }
            });
            indicators::update(transaction, ct7, &confirmed)?;
            Ok(transaction.head())
        })
        .expect("it fits");
    assert_clean(&past.world.database, defined);
    past.world.tables().execute(&format!("UPDATE cell_versions SET numerator = numerator + 1 WHERE seq = {defined}"));
    let Finding::Difference(found) = past.world.finding() else { panic!("clean") };
    assert!(found.starts_with(&format!("cell (indicator {ct7}, ")), "{found}");
    assert!(found.contains(&format!("given by change {defined} ")), "{found}");
}
