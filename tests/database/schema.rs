//! One schema on two engines.

use crate::database::fixture::{Fixture, Tables, course};
use std::collections::BTreeMap;
use std::path::Path;
use support::{Engine, on_both_engines};
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_persistence::Slice;
use thidua_persistence::records::courses;

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine);
        let entries = std::fs::read_dir(folder).expect("a folder of migrations");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
        names.sort();
        for name in &names {
            for file in ["up.sql", "down.sql"] {
                let path =
                    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine).join(name).join(file);
                assert!(path.is_file(), "{} is missing", path.display());
            }
        }
        names
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn both_engines_have_the_same_columns() {
    let columns = |engine: Engine| {
        let place = engine.place()?;
        drop(place.open());
        Some(Tables::of(&place).columns())
    };
    let (Some(sqlite), Some(postgres)) = (columns(Engine::Sqlite), columns(Engine::Postgres)) else { return };
    assert_eq!(sqlite, postgres);
}

#[on_both_engines]
fn the_tables_are_those_the_program_was_compiled_with(world: Fixture) {
    assert_eq!(world.tables().columns(), compiled());
}

#[on_both_engines]
fn texts_sort_by_byte(world: Fixture) {
    let organiser = world.ids.agencies[1];
    let codes =
        ["a", "B", "Z", "1", "y", "_1", "a_b", "a-b", "a.b", "aB", "A1", "10", "2", "Ac", "ad", "a2", "aa", "C"];
    let codes: Vec<String> = codes.iter().map(|code| code.replace("_1", "0_1")).collect();
    let inserted = codes.clone();
    world
        .write(move |transaction| {
            for code in &inserted {
                courses::insert(transaction, &course(code, CourseKind::Specialised, organiser))?;
            }
            Ok(())
        })
        .expect("the codes are valid");
    let mut expected = codes;
    expected.sort();
    let listed = |descending, limit| {
        let filter = courses::Filter { kind: Some(CourseKind::Specialised), ..courses::Filter::default() };
        let mut found = Vec::new();
        let mut slice = Slice { limit, descending, after: None, count: false };
        loop {
            let page = world
                .database
                .read(|connection| courses::list(connection, &filter, courses::Sort::Code, &slice))
                .expect("a page");
            found.extend(page.items.into_iter().map(|(_, course)| course.code.to_string()));
            slice.after = page.next;
            if slice.after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(listed(false, 100), expected);
    assert_eq!(listed(false, 4), expected, "page by page");
    expected.reverse();
    assert_eq!(listed(true, 5), expected);
}

/// Sorting by byte must not depend on how a server was set up.
#[test]
fn every_text_of_postgres_sorts_by_byte_whatever_the_servers_locale() {
    let Some(place) = Engine::Postgres.place() else { return };
    drop(place.open());
    let other = Tables::of(&place).pairs(
        "SELECT table_name::text AS one, column_name::text AS two FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')
           AND table_name NOT LIKE '\\_\\_diesel%' AND collation_name IS DISTINCT FROM 'C'
         ORDER BY 1, 2",
    );
    assert_eq!(other, []);
}

/// It deletes rows and puts them back: a column that it did not know would be lost, and its rows would be too small.
#[test]
fn the_bench_knows_every_column_of_the_tables_it_empties() {
    let (bench, program) = (described(include_str!("../../crates/bench/src/bare_inserts.rs")), compiled());
    assert_eq!(bench.keys().collect::<Vec<_>>(), ["changes", "training_records"]);
    for (table, columns) in &bench {
        assert_eq!(Some(columns), program.get(table), "{table}");
    }
}

/// The tables and columns of the program's own description of the schema.
fn compiled() -> BTreeMap<String, Vec<String>> {
    described(include_str!("../../crates/persistence/src/engine/schema.rs"))
}

/// The tables and columns that a source describes to diesel.
fn described(source: &str) -> BTreeMap<String, Vec<String>> {
    let is_name =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in source.lines().map(str::trim) {
        if let Some((name, "{")) =
            line.split_once(" (").map(|(name, rest)| (name, rest.split_once(") ").map_or("", |r| r.1)))
        {
            table = name.to_owned();
        } else if let Some((column, _)) = line.split_once(" -> ").filter(|(column, _)| is_name(column)) {
            tables.entry(table.clone()).or_default().push(column.to_owned());
        }
    }
    tables
}
