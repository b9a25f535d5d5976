//! Migrations: applied once, and never over data of a newer program.

use crate::database::fixture::{Fixture, Tables, hire};
use std::sync::Barrier;
use support::engines::Place;
use support::on_both_engines;
use thidua_persistence::{Database, Engine};

const NEWER: &str = "99991231235959";

#[on_both_engines]
fn a_second_migration_finds_nothing_to_do(place: Place) {
    let engine = Engine::from_url(&place.url);
    let applied = Database::migrate(&engine).expect("an empty database migrates");
    assert!(!applied.is_empty());
    assert!(applied.is_sorted(), "{applied:?}");
    let columns = Tables::of(&place).columns();
    assert_eq!(Database::migrate(&engine).expect("it is up to date"), Vec::<String>::new());
    drop(place.open());
    assert_eq!(Tables::of(&place).count("__diesel_schema_migrations"), applied.len() as i64);
    assert_eq!(Tables::of(&place).columns(), columns);
}

#[on_both_engines]
fn a_database_of_a_newer_program_is_refused_untouched(world: Fixture) {
    let commune = world.commune();
    world.write(move |transaction| hire(transaction, "NV-1", commune)).expect("it fits");
    let Fixture { database, place, .. } = world;
    drop(database);
    let mut tables = Tables::of(&place);
    tables.execute(&format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{NEWER}')"));
    let state = |tables: &mut Tables| (tables.columns(), tables.log(), tables.count("__diesel_schema_migrations"));
    let before = state(&mut tables);

    let opened = Database::open(place.options()).err().expect("it must not open").to_string();
    let migrated = Database::migrate(&Engine::from_url(&place.url)).expect_err("it must not migrate").to_string();
    for message in [opened, migrated] {
        assert!(message.contains("newer version of thidua") && message.contains(NEWER), "{message}");
    }
    assert_eq!(state(&mut tables), before);

    tables.execute(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{NEWER}'"));
    let database = place.open();
    assert_eq!(database.model().seq, before.1.len() as i64, "the right program opens it again");
}

#[on_both_engines]
fn programs_started_together_migrate_once(place: Place) {
    let barrier = Barrier::new(4);
    let applied: Vec<_> = std::thread::scope(|scope| {
        let start = || {
            barrier.wait();
            Database::migrate(&Engine::from_url(&place.url))
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread ends well")).collect()
    });
    let applied: Vec<_> = applied.into_iter().map(|outcome| outcome.expect("each finds it migrated")).collect();
    let migrations = Tables::of(&place).count("__diesel_schema_migrations");
    assert_eq!(applied.iter().map(Vec::len).sum::<usize>() as i64, migrations, "{applied:?}");
}
